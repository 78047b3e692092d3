/*
 * Paths: from a name that a task wrote to a file system and a canonical path below its mount
 * point. There are no links, so ".." is a matter of text; only that what it leaves is a directory
 * has to be looked up.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/task.h"
#include "kernel/vfs.h"

static const struct mount {
	const char *prefix; /* the root's is "" */
	const struct fs_ops *fs;
} mounts[] = {
	{ "/proc", &proc_ops },
	{ "/bin", &bin_ops },
	{ "/dev", &dev_ops },
	{ "", &ramfs_ops },
};

/* The file system of canonical @path; *@rest is what remains below its mount point. */
static const struct fs_ops *path_fs(const char *path, const char **rest)
{
	for (const struct mount *m = mounts;; m++) {
		size_t len = strlen(m->prefix);

		if (strncmp(path, m->prefix, len) != 0 || (path[len] != '/' && path[len] != '\0'))
			continue;
		*rest = path[len] ? path + len + 1 : path + len;
		return m->fs;
	}
}

static int path_stat(const char *path, struct stat *st)
{
	const char *rest;
	const struct fs_ops *fs = path_fs(path, &rest);

	memset(st, 0, sizeof(*st));
	return fs->stat(rest, st);
}

static int path_check_dir(const char *path)
{
	struct stat st;
	int err = path_stat(path, &st);

	if (err)
		return err;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/*
 * Appends one component to the @len bytes of @p; the root is "" meanwhile. Returns the new length
 * or -errno.
 */
static int path_push(struct path *p, int len, const char *name, size_t namelen)
{
	int err;

	p->must_be_dir = true;
	if (namelen == 1 && name[0] == '.')
		return len;
	if (namelen == 2 && name[0] == '.' && name[1] == '.') {
		err = path_check_dir(p->text);
		if (err)
			return err;
		while (len > 0 && p->text[--len] != '/')
			;
		p->text[len] = '\0';
		return len;
	}
	if (namelen > NAME_MAX || (size_t)len + 1 + namelen >= sizeof(p->text))
		return -ENAMETOOLONG;
	p->must_be_dir = false;
	p->text[len] = '/';
	memcpy(p->text + len + 1, name, namelen);
	len += 1 + (int)namelen;
	p->text[len] = '\0';
	return len;
}

int path_resolve(struct path *p, const char *name)
{
	int len = 0;

	if (!*name)
		return -ENOENT;
	p->must_be_dir = false;
	p->text[0] = '\0';
	if (*name != '/' && current->cwd[0] && current->cwd[1])
		len = (int)strlcpy(p->text, current->cwd, sizeof(p->text));
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 0) {
			p->must_be_dir = true;
			name++;
			continue;
		}
		len = path_push(p, len, name, n);
		if (len < 0)
			return len;
		name += n;
	}
	if (len == 0)
		strlcpy(p->text, "/", sizeof(p->text));
	return 0;
}

/*
 * path_resolve for a call on something that exists or, if it was written as a directory, has to be
 * one.
 */
static int path_lookup(struct path *p, const char *name)
{
	int err = path_resolve(p, name);

	if (err || !p->must_be_dir)
		return err;
	return path_check_dir(p->text);
}

int vfs_open(const char *name, u32 flags, mode_t mode, struct file **out)
{
	const struct fs_ops *fs;
	const char *rest;
	struct path p;
	int err = path_resolve(&p, name);

	if (err)
		return err;
	if (p.must_be_dir) {
		err = path_check_dir(p.text);
		if (err == -ENOENT && (flags & O_CREAT))
			return -EISDIR;
		if (err)
			return err;
	}
	fs = path_fs(p.text, &rest);
	return fs->open(rest, flags, mode, out);
}

int vfs_stat(const char *name, struct stat *st)
{
	struct path p;
	int err = path_lookup(&p, name);

	return err ? err : path_stat(p.text, st);
}

int vfs_mkdir(const char *name, mode_t mode)
{
	const struct fs_ops *fs;
	const char *rest;
	struct path p;
	int err = path_resolve(&p, name);

	if (err)
		return err;
	fs = path_fs(p.text, &rest);
	if (!*rest)
		return -EEXIST;
	return fs->mkdir ? fs->mkdir(rest, mode) : -EROFS;
}

int vfs_rmdir(const char *name)
{
	const struct fs_ops *fs;
	const char *rest;
	struct path p;
	int err = path_lookup(&p, name);

	if (err)
		return err;
	fs = path_fs(p.text, &rest);
	if (!*rest)
		return -EBUSY;
	return fs->rmdir ? fs->rmdir(rest) : -EROFS;
}

int vfs_unlink(const char *name)
{
	const struct fs_ops *fs;
	const char *rest;
	struct path p;
	int err = path_lookup(&p, name);

	if (err)
		return err;
	fs = path_fs(p.text, &rest);
	if (!*rest)
		return -EISDIR;
	return fs->unlink ? fs->unlink(rest) : -EROFS;
}

int vfs_rename(const char *from, const char *to)
{
	const char *from_rest, *to_rest;
	const struct fs_ops *from_fs, *to_fs;
	struct path a, b;
	struct stat st;
	int err = path_lookup(&a, from);

	if (!err)
		err = path_resolve(&b, to);
	if (!err)
		err = path_stat(a.text, &st);
	if (err)
		return err;
	if (b.must_be_dir && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	from_fs = path_fs(a.text, &from_rest);
	to_fs = path_fs(b.text, &to_rest);
	if (!*from_rest || !*to_rest)
		return -EBUSY;
	if (from_fs != to_fs)
		return -EXDEV;
	return from_fs->rename ? from_fs->rename(from_rest, to_rest) : -EROFS;
}

int vfs_chdir(const char *name)
{
	struct path p;
	int err = path_resolve(&p, name);

	if (!err)
		err = path_check_dir(p.text);
	if (err)
		return err;
	if (strlen(p.text) >= sizeof(current->cwd))
		return -ENAMETOOLONG;
	strlcpy(current->cwd, p.text, sizeof(current->cwd));
	return 0;
}

void dirent_set(struct dirent *d, unsigned long ino, unsigned char type, const char *name,
		size_t len)
{
	len = min(len, sizeof(d->d_name) - 1);
	d->d_ino = ino;
	d->d_type = type;
	memcpy(d->d_name, name, len);
	d->d_name[len] = '\0';
}
