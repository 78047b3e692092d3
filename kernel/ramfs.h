/*
 * The RAM file system's insides: inodes with one name each (no links). ramfs.c has the tree and
 * the operations on names, ramfs_file.c the bytes of a file, tar.c fills it at boot. Only tasks
 * use it, and none is preempted in a syscall, so nothing is locked.
 */
#pragma once

#include "kernel/file.h"
#include "kernel/list.h"
#include "kernel/types.h"

struct inode {
	u32 refs; /* open files, and one for the name in the tree */
	mode_t mode;
	unsigned long ino;
	u64 mtime; /* ns since 1970 */

	/* the place in the tree; parent is NULL once the name is gone, and in the root */
	struct inode *parent;
	struct list_head sibling;
	u64 order; /* of siblings, ascending: where readdir goes on */
	char *name;
	struct list_head children; /* directory */

	/*
	 * a file's bytes: in pages that appear when written to, or still in the tar that they came
	 * from
	 */
	u64 size;
	u8 **pages;	 /* NULL: zeros */
	size_t nr_pages; /* slots in @pages */
	const u8 *image; /* not NULL: read here; the first change copies it */
};

extern const struct file_operations ramfs_file_ops, ramfs_dir_ops;

/* Takes @bytes off what the file system may use: 0 or -ENOSPC. Task. */
int ramfs_charge(size_t bytes);
void ramfs_uncharge(size_t bytes);
/* Bytes that the files take now. */
u64 ramfs_used(void);

/* Sets the size of a file; new bytes are zeros. 0, -EFBIG, -ENOSPC. Task. */
int ramfs_resize(struct inode *inode, u64 size);
void inode_stat(const struct inode *inode, struct stat *st);
/* Drops a reference; the last frees the inode. Task. */
void inode_put(struct inode *inode);

/*
 * Puts a directory at @path, with its parents, or sets the mode of the one there. For filling at
 * boot. -ENOTDIR, -ENOSPC, -ENOMEM.
 */
int ramfs_add_dir(const char *path, mode_t mode, u64 mtime);
/*
 * Puts a file at @path, with its parents, instead of what was there. @data stays where it is, for
 * ever. Errors as above, -EISDIR.
 */
int ramfs_add_file(const char *path, mode_t mode, u64 mtime, const void *data, u64 size);

void ramfs_init(void);
