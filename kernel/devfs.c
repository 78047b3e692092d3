/*
 * /dev: the few devices that programs open by name: null, zero, random (and its other name), and
 * the console.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/file.h"
#include "kernel/random.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

#define DEV_INO 0x2000UL

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

static const struct device {
	const char *name;
	const struct file_operations *ops; /* NULL: the console */
} devices[] = {
	{ "console", NULL }, { "null", &null_ops },	 { "random", &random_ops },
	{ "tty", NULL },     { "urandom", &random_ops }, { "zero", &zero_ops },
};

static const struct device *dev_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		if (strcmp(devices[i].name, name) == 0)
			return &devices[i];
	}
	return NULL;
}

static int dev_dir_stat(struct file *f, struct stat *st)
{
	st->st_ino = DEV_INO;
	st->st_mode = S_IFDIR | 0555;
	return 0;
}

static off_t dev_dir_llseek(struct file *f, off_t off, int whence)
{
	return generic_llseek(f, (off_t)ARRAY_SIZE(devices), off, whence);
}

static int dev_readdir(struct file *f, struct dirent *d)
{
	size_t i = (size_t)f->pos;

	if (i >= ARRAY_SIZE(devices))
		return 0;
	f->pos++;
	dirent_set(d, DEV_INO + 1 + i, DT_CHR, devices[i].name, strlen(devices[i].name));
	return 1;
}

static const struct file_operations dev_dir_ops = {
	.llseek = dev_dir_llseek,
	.stat = dev_dir_stat,
	.readdir = dev_readdir,
};

static int dev_open(const char *path, u32 flags, mode_t mode, struct file **out)
{
	const struct device *dev = dev_find(path);

	if (*path && !dev)
		return flags & O_CREAT ? -EROFS : -ENOENT;
	if (*path && (flags & O_DIRECTORY))
		return -ENOTDIR;
	if (!*path && (flags & O_ACCMODE) != O_RDONLY)
		return -EISDIR;
	if (dev && !dev->ops)
		*out = tty_open();
	else
		*out = file_alloc(dev ? dev->ops : &dev_dir_ops, flags & O_KEPT, NULL);
	if (!*out)
		return -ENOMEM;
	(*out)->flags = flags & O_KEPT;
	return 0;
}

static int dev_stat(const char *path, struct stat *st)
{
	const struct device *dev = dev_find(path);

	if (!*path)
		return dev_dir_stat(NULL, st);
	if (!dev)
		return -ENOENT;
	st->st_ino = DEV_INO + 1 + (unsigned long)(dev - devices);
	st->st_mode = S_IFCHR | 0666;
	return 0;
}

const struct fs_ops dev_ops = {
	.open = dev_open,
	.stat = dev_stat,
};
