/*
 * /bin: the apps of the image shown as files, so that `ls /bin` and paths like /bin/ping mean
 * something. What one reads is the app's line of help. Apps are started by spawn, not by opening
 * them.
 */
#include <abi/app.h>
#include <abi/errno.h>
#include <string.h>

#include "kernel/app.h"
#include "kernel/file.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

#define BIN_INO 0x1000UL

const struct app *app_find(const char *name)
{
	for (size_t i = 0; i < nr_apps; i++) {
		if (strcmp(apps[i].name, name) == 0)
			return &apps[i];
	}
	return NULL;
}

static int bin_fstat(struct file *f, struct stat *st)
{
	const struct app *app = f->private;

	st->st_ino = BIN_INO;
	st->st_mode = S_IFDIR | 0555;
	if (app) {
		st->st_ino = BIN_INO + 1 + (unsigned long)(app - apps);
		st->st_mode = S_IFREG | 0555;
		st->st_size = (off_t)strlen(app->help);
	}
	return 0;
}

static ssize_t bin_read(struct file *f, void *buf, size_t len)
{
	const struct app *app = f->private;
	size_t size = strlen(app->help);
	int err;

	if ((size_t)f->pos >= size)
		return 0;
	len = min(len, size - (size_t)f->pos);
	err = copy_to_user(buf, app->help + f->pos, len);
	if (err)
		return err;
	f->pos += (off_t)len;
	return (ssize_t)len;
}

static off_t bin_llseek(struct file *f, off_t off, int whence)
{
	const struct app *app = f->private;

	return generic_llseek(f, app ? (off_t)strlen(app->help) : 0, off, whence);
}

static int bin_readdir(struct file *f, struct dirent *d)
{
	size_t i = (size_t)f->pos;

	if (i >= nr_apps)
		return 0;
	f->pos++;
	dirent_set(d, BIN_INO + 1 + i, DT_REG, apps[i].name, strlen(apps[i].name));
	return 1;
}

static const struct file_operations bin_file_ops = {
	.read = bin_read,
	.llseek = bin_llseek,
	.stat = bin_fstat,
};

static const struct file_operations bin_dir_ops = {
	.llseek = bin_llseek,
	.stat = bin_fstat,
	.readdir = bin_readdir,
};

static int bin_open(const char *path, u32 flags, mode_t mode, struct file **out)
{
	const struct app *app = app_find(path);

	if (*path && !app)
		return flags & O_CREAT ? -EROFS : -ENOENT;
	if ((flags & O_ACCMODE) != O_RDONLY)
		return *path ? -EROFS : -EISDIR;
	if (*path && (flags & O_DIRECTORY))
		return -ENOTDIR;
	*out = file_alloc(*path ? &bin_file_ops : &bin_dir_ops, flags & O_KEPT, (void *)app);
	return *out ? 0 : -ENOMEM;
}

static int bin_stat(const char *path, struct stat *st)
{
	struct file f = { .private = (void *)app_find(path) };

	if (*path && !f.private)
		return -ENOENT;
	return bin_fstat(&f, st);
}

const struct fs_ops bin_ops = {
	.open = bin_open,
	.stat = bin_stat,
};
