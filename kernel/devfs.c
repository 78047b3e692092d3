/*
 * /dev: the devices that programs open by name: null, zero, random (and its other name), the
 * console, and what drivers have registered.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/devfs.h"
#include "kernel/file.h"
#include "kernel/random.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

#define DEV_INO 0x2000UL
#define DEV_MAX 16u

static ssize_t null_read(struct file *f, void *buf, size_t len)
{
	return 0;
}

static ssize_t null_write(struct file *f, const void *buf, size_t len)
{
	return (ssize_t)len;
}

static ssize_t zero_read(struct file *f, void *buf, size_t len)
{
	if (!access_ok(buf, len))
		return -EFAULT;
	memset(buf, 0, len);
	return (ssize_t)len;
}

static ssize_t random_read(struct file *f, void *buf, size_t len)
{
	if (!access_ok(buf, len))
		return -EFAULT;
	get_random_bytes(buf, len);
	return (ssize_t)len;
}

static int dev_fstat(struct file *f, struct stat *st)
{
	st->st_ino = DEV_INO;
	st->st_mode = S_IFCHR | 0666;
	return 0;
}

static const struct file_operations null_ops = {
	.read = null_read,
	.write = null_write,
	.stat = dev_fstat,
};
static const struct file_operations zero_ops = {
	.read = zero_read,
	.write = null_write,
	.stat = dev_fstat,
};
static const struct file_operations random_ops = {
	.read = random_read,
	.write = null_write,
	.stat = dev_fstat,
};

static int console_open(u32 flags, struct file **out)
{
	*out = tty_open();
	return *out ? 0 : -ENOMEM;
}

static const struct char_device console = { "console", NULL, console_open };
static const struct char_device null = { "null", &null_ops };
static const struct char_device random = { "random", &random_ops };
static const struct char_device tty = { "tty", NULL, console_open };
static const struct char_device urandom = { "urandom", &random_ops };
static const struct char_device zero = { "zero", &zero_ops };

static const struct char_device *devices[DEV_MAX] = {
	&console, &null, &random, &tty, &urandom, &zero,
};

static size_t dev_count(void)
{
	size_t n = 0;

	while (n < DEV_MAX && devices[n])
		n++;
	return n;
}

int dev_register(const struct char_device *dev)
{
	size_t n = dev_count();

	if (n == DEV_MAX)
		return -ENOSPC;
	devices[n] = dev;
	return 0;
}

/* Its place in the table; that of none is DEV_MAX. */
static size_t dev_find(const char *name)
{
	for (size_t i = 0; i < dev_count(); i++) {
		if (strcmp(devices[i]->name, name) == 0)
			return i;
	}
	return DEV_MAX;
}

static int dev_dir_stat(struct file *f, struct stat *st)
{
	st->st_ino = DEV_INO;
	st->st_mode = S_IFDIR | 0555;
	return 0;
}

static off_t dev_dir_llseek(struct file *f, off_t off, int whence)
{
	return generic_llseek(f, (off_t)dev_count(), off, whence);
}

static int dev_readdir(struct file *f, struct dirent *d)
{
	size_t i = (size_t)f->pos;

	if (i >= dev_count())
		return 0;
	f->pos++;
	dirent_set(d, DEV_INO + 1 + i, DT_CHR, devices[i]->name, strlen(devices[i]->name));
	return 1;
}

static const struct file_operations dev_dir_ops = {
	.llseek = dev_dir_llseek,
	.stat = dev_dir_stat,
	.readdir = dev_readdir,
};

static int dev_open_file(const struct file_operations *ops, u32 flags, struct file **out)
{
	*out = file_alloc(ops, flags & O_KEPT, NULL);
	return *out ? 0 : -ENOMEM;
}

static int dev_open_dir(u32 flags, struct file **out)
{
	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EISDIR;
	return dev_open_file(&dev_dir_ops, flags, out);
}

static int dev_open(const char *path, u32 flags, mode_t mode, struct file **out)
{
	size_t i = dev_find(path);
	int err;

	if (!*path)
		return dev_open_dir(flags, out);
	if (i == DEV_MAX)
		return flags & O_CREAT ? -EROFS : -ENOENT;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if (devices[i]->open)
		err = devices[i]->open(flags, out);
	else
		err = dev_open_file(devices[i]->ops, flags, out);
	if (!err)
		(*out)->flags = flags & O_KEPT;
	return err;
}

static int dev_stat(const char *path, struct stat *st)
{
	size_t i = dev_find(path);

	if (!*path)
		return dev_dir_stat(NULL, st);
	if (i == DEV_MAX)
		return -ENOENT;
	st->st_ino = DEV_INO + 1 + i;
	st->st_mode = S_IFCHR | 0666;
	return 0;
}

const struct fs_ops dev_ops = {
	.open = dev_open,
	.stat = dev_stat,
};
