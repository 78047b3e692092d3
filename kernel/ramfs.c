/*
 * The RAM file system: the tree of names and the operations on them. What a user can fill is
 * bounded (fs.ramfs_max_kb), inodes and names included. The bytes of a file are in ramfs_file.c.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <string.h>

#include "kernel/mm.h"
#include "kernel/proc.h"
#include "kernel/ramfs.h"
#include "kernel/timer.h"
#include "kernel/vfs.h"

static struct inode root = {
	.refs = 1,
	.mode = S_IFDIR | 0755,
	.ino = 1,
	.sibling = LIST_HEAD_INIT(root.sibling),
	.children = LIST_HEAD_INIT(root.children),
};
static unsigned long last_ino = 1;
static u64 last_order;

static u64 used; /* bytes */
static int max_kb = 1024;

int ramfs_charge(size_t bytes)
{
	u64 limit = (u64)max_kb << 10;

	if (used > limit || bytes > limit - used)
		return -ENOSPC;
	used += bytes;
	return 0;
}

void ramfs_uncharge(size_t bytes)
{
	used -= bytes;
}

u64 ramfs_used(void)
{
	return used;
}

/* ---- inodes ---- */

static size_t inode_cost(const char *name)
{
	return sizeof(struct inode) + strlen(name) + 1;
}

/* An inode without a place in the tree; its one reference is for the name it is about to get. */
static struct inode *inode_alloc(mode_t mode)
{
	struct inode *inode = kzalloc(sizeof(*inode));

	if (!inode)
		return NULL;
	inode->refs = 1;
	inode->mode = mode;
	inode->ino = ++last_ino;
	inode->mtime = realtime_ns();
	list_init(&inode->sibling);
	list_init(&inode->children);
	return inode;
}

void inode_put(struct inode *inode)
{
	if (--inode->refs)
		return;
	ramfs_resize(inode, 0);
	ramfs_uncharge(inode_cost(inode->name));
	kfree(inode->name);
	kfree(inode);
}

static void inode_link(struct inode *inode, struct inode *dir)
{
	inode->parent = dir;
	inode->order = ++last_order;
	list_add_tail(&inode->sibling, &dir->children);
	dir->mtime = realtime_ns();
}

static void inode_unlink(struct inode *inode)
{
	inode->parent->mtime = realtime_ns();
	inode->parent = NULL;
	list_del(&inode->sibling);
}

/* ---- walking ---- */

static struct inode *dir_find(struct inode *dir, const char *name, size_t len)
{
	struct inode *child;

	list_for_each_entry(child, &dir->children, sibling) {
		if (strncmp(child->name, name, len) == 0 && child->name[len] == '\0')
			return child;
	}
	return NULL;
}

/*
 * A place in the tree: the directory, the last name (of @len bytes), and what is there (may be
 * NULL).
 */
struct place {
	struct inode *dir, *inode;
	const char *name;
	size_t len;
};

static int ramfs_walk(const char *path, struct place *at)
{
	*at = (struct place){ .inode = &root };
	while (*path) {
		if (!at->inode)
			return -ENOENT;
		if (!S_ISDIR(at->inode->mode))
			return -ENOTDIR;
		at->dir = at->inode;
		at->name = path;
		at->len = strcspn(path, "/");
		at->inode = dir_find(at->dir, at->name, at->len);
		path += at->len + (path[at->len] == '/');
	}
	return 0;
}

/* Puts a new inode at @at, where there is none. */
static int ramfs_create(struct place *at, mode_t mode)
{
	char *name = kmalloc(at->len + 1);
	struct inode *inode;
	int err = -ENOMEM;

	if (!name)
		return -ENOMEM;
	memcpy(name, at->name, at->len);
	name[at->len] = '\0';
	inode = inode_alloc(mode);
	if (!inode)
		goto out_name;
	err = ramfs_charge(inode_cost(name));
	if (err)
		goto out_inode;
	inode->name = name;
	inode_link(inode, at->dir);
	at->inode = inode;
	return 0;

out_inode:
	kfree(inode);
out_name:
	kfree(name);
	return err;
}

/* ---- operations on names ---- */

static int ramfs_stat(const char *path, struct stat *st)
{
	struct place at;
	int err = ramfs_walk(path, &at);

	if (err)
		return err;
	if (!at.inode)
		return -ENOENT;
	inode_stat(at.inode, st);
	return 0;
}

/* What open(2) asks of what is at @at, which it may create. */
static int ramfs_open_check(struct place *at, u32 flags, mode_t mode)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	if (!at->inode)
		return flags & O_CREAT ? ramfs_create(at, S_IFREG | (mode & 07777)) : -ENOENT;
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (S_ISDIR(at->inode->mode))
		return writes || (flags & (O_CREAT | O_TRUNC)) ? -EISDIR : 0;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if (writes && (flags & O_TRUNC))
		return ramfs_resize(at->inode, 0);
	return 0;
}

static int ramfs_open(const char *path, u32 flags, mode_t mode, struct file **out)
{
	struct place at;
	int err = ramfs_walk(path, &at);

	if (!err)
		err = ramfs_open_check(&at, flags, mode);
	if (err)
		return err;
	*out = file_alloc(S_ISDIR(at.inode->mode) ? &ramfs_dir_ops : &ramfs_file_ops,
			  flags & O_KEPT, at.inode);
	if (!*out)
		return -ENOMEM;
	at.inode->refs++;
	return 0;
}

static int ramfs_mkdir(const char *path, mode_t mode)
{
	struct place at;
	int err = ramfs_walk(path, &at);

	if (err)
		return err;
	return at.inode ? -EEXIST : ramfs_create(&at, S_IFDIR | (mode & 07777));
}

static int ramfs_unlink(const char *path)
{
	struct place at;
	int err = ramfs_walk(path, &at);

	if (err)
		return err;
	if (!at.inode)
		return -ENOENT;
	if (S_ISDIR(at.inode->mode))
		return -EISDIR;
	inode_unlink(at.inode);
	inode_put(at.inode);
	return 0;
}

static int ramfs_rmdir(const char *path)
{
	struct place at;
	int err = ramfs_walk(path, &at);

	if (err)
		return err;
	if (!at.inode)
		return -ENOENT;
	if (!S_ISDIR(at.inode->mode))
		return -ENOTDIR;
	if (!list_empty(&at.inode->children))
		return -ENOTEMPTY;
	inode_unlink(at.inode);
	inode_put(at.inode);
	return 0;
}

/* May @inode take the place of what is at @to? */
static int ramfs_rename_check(const struct inode *inode, const struct place *to)
{
	for (const struct inode *up = to->dir; up; up = up->parent) {
		if (up == inode)
			return -EINVAL;
	}
	if (!to->inode)
		return 0;
	if (!S_ISDIR(to->inode->mode))
		return S_ISDIR(inode->mode) ? -ENOTDIR : 0;
	if (!S_ISDIR(inode->mode))
		return -EISDIR;
	return list_empty(&to->inode->children) ? 0 : -ENOTEMPTY;
}

static int ramfs_rename(const char *from_path, const char *to_path)
{
	struct place from, to;
	struct inode *inode;
	char *name;
	int err = ramfs_walk(from_path, &from);

	if (err)
		return err;
	if (!from.inode)
		return -ENOENT;
	err = ramfs_walk(to_path, &to);
	if (err || from.inode == to.inode)
		return err;
	inode = from.inode;
	err = ramfs_rename_check(inode, &to);
	if (err)
		return err;
	name = kstrdup(to.name);
	if (!name)
		return -ENOMEM;
	if (to.inode) {
		inode_unlink(to.inode);
		inode_put(to.inode);
	}
	used += strlen(name) - strlen(inode->name);
	kfree(inode->name);
	inode->name = name;
	inode_unlink(inode);
	inode_link(inode, to.dir);
	return 0;
}

const struct fs_ops ramfs_ops = {
	.open = ramfs_open,
	.stat = ramfs_stat,
	.mkdir = ramfs_mkdir,
	.rmdir = ramfs_rmdir,
	.unlink = ramfs_unlink,
	.rename = ramfs_rename,
};

/* ---- filling at boot ---- */

/* Walks to @path and makes the directories on the way. */
static int ramfs_walk_making(const char *path, struct place *at)
{
	char dir[PATH_MAX];
	int err;

	for (size_t i = 0; path[i]; i++) {
		if (path[i] != '/')
			continue;
		strlcpy(dir, path, min(i + 1, sizeof(dir)));
		err = ramfs_mkdir(dir, 0755);
		if (err && err != -EEXIST)
			return err;
	}
	return ramfs_walk(path, at);
}

int ramfs_add_dir(const char *path, mode_t mode, u64 mtime)
{
	struct place at;
	int err = ramfs_walk_making(path, &at);

	if (err)
		return err;
	if (!at.inode)
		err = ramfs_create(&at, S_IFDIR | mode);
	else if (!S_ISDIR(at.inode->mode))
		err = -ENOTDIR;
	if (err)
		return err;
	at.inode->mode = S_IFDIR | mode;
	at.inode->mtime = mtime;
	return 0;
}

int ramfs_add_file(const char *path, mode_t mode, u64 mtime, const void *data, u64 size)
{
	struct place at;
	int err = ramfs_walk_making(path, &at);

	if (err)
		return err;
	if (!at.inode)
		err = ramfs_create(&at, S_IFREG | mode);
	else if (S_ISDIR(at.inode->mode))
		err = -EISDIR;
	else
		err = ramfs_resize(at.inode, 0);
	if (err)
		return err;
	at.inode->mode = S_IFREG | mode;
	at.inode->mtime = mtime;
	at.inode->image = size ? data : NULL;
	at.inode->size = size;
	return 0;
}

static const struct ctl_entry ramfs_sysctls[] = {
	{ "fs.ramfs_max_kb", &max_kb, 0, INT32_MAX, NULL },
};

/* A quarter of the free memory for files, unless the command line says otherwise. */
void ramfs_init(void)
{
	struct mem_info info;

	mem_info(&info);
	max_kb = (int)min(info.free >> 12, (u64)INT32_MAX);
	sysctl_register(ramfs_sysctls, ARRAY_SIZE(ramfs_sysctls));
}
