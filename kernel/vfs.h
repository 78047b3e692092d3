/*
 * Names of files: what a path means, and which of the few file systems it leads to. A file system
 * is reached by paths, not by inodes: there are no links, so the canonical path of a file says
 * all, and a file system of made-up files (/proc) needs no tree.
 */
#pragma once

#include <abi/fcntl.h>

#include "kernel/types.h"

struct file;

/*
 * @path: canonical, below the mount point, without a leading '/'; "" is the mount point itself.
 * Results are 0 or -errno. A NULL operation is -EROFS. Task.
 */
struct fs_ops {
	/* @flags as open(2); the file made keeps only the ones that F_GETFL shows. */
	int (*open)(const char *path, u32 flags, mode_t mode, struct file **out);
	int (*stat)(const char *path, struct stat *st);
	int (*mkdir)(const char *path, mode_t mode);
	int (*rmdir)(const char *path);
	int (*unlink)(const char *path);
	int (*rename)(const char *from, const char *to);
};

extern const struct fs_ops ramfs_ops, proc_ops, bin_ops, dev_ops;

/* Flags of open(2) that stay with the file. */
#define O_KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK)

struct path {
	char text[PATH_MAX]; /* absolute, without ".", "..", "//" or a trailing '/' */
	bool must_be_dir;    /* it was written with a trailing '/', "/." or "/.." */
};

/*
 * Makes @name, relative to the current task's directory, a canonical path. -ENOENT (empty, or ".."
 * in what is not there), -ENOTDIR, -ENAMETOOLONG. Task.
 */
int path_resolve(struct path *p, const char *name);

/*
 * The calls of the same names, on the current task's behalf; @name is kernel memory or checked. 0
 * or -errno. Task.
 */
int vfs_open(const char *name, u32 flags, mode_t mode, struct file **out);
int vfs_stat(const char *name, struct stat *st);
int vfs_mkdir(const char *name, mode_t mode);
int vfs_rmdir(const char *name);
int vfs_unlink(const char *name);
int vfs_rename(const char *from, const char *to);
int vfs_chdir(const char *name);

/* Fills @d. Pure. */
void dirent_set(struct dirent *d, unsigned long ino, unsigned char type, const char *name,
		size_t len);

/*
 * Makes the root from the image's tar and the boot modules' and registers the kernel's own /proc
 * files. Boot task.
 */
void fs_init(void);
