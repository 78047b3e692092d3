/*
 * Open files and the table of descriptors of a task. A struct file is shared by every descriptor
 * that dup, spawn or a socket's accept made of it and lives until the last of them is gone. Only
 * tasks come here, and never preempted, so the counts need no lock.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/task.h"

struct file *file_alloc(const struct file_operations *ops, u32 flags, void *private)
{
	struct file *f = kzalloc(sizeof(*f));

	if (!f)
		return NULL;
	f->ops = ops;
	f->flags = flags;
	f->refs = 1;
	f->private = private;
	return f;
}

struct file *fd_file(int fd)
{
	return (unsigned int)fd < NR_OPEN ? current->files[fd] : NULL;
}

struct file *fget(int fd)
{
	struct file *f = fd_file(fd);

	if (f)
		f->refs++;
	return f;
}

void fget_file(struct file *f)
{
	f->refs++;
}

void fput(struct file *f)
{
	BUG_ON(f->refs == 0);
	if (--f->refs)
		return;
	if (f->ops->release)
		f->ops->release(f);
	kfree(f);
}

static void fd_set_slot(int fd, struct file *f, bool cloexec)
{
	current->files[fd] = f;
	current->fd_cloexec[fd] = cloexec;
}

int fd_install(struct file *f, int from, bool cloexec)
{
	for (int fd = from; fd < NR_OPEN; fd++) {
		if (current->files[fd])
			continue;
		fd_set_slot(fd, f, cloexec);
		return fd;
	}
	return -EMFILE;
}

int fd_replace(struct file *f, int fd, bool cloexec)
{
	struct file *old = fd_file(fd);

	if ((unsigned int)fd >= NR_OPEN)
		return -EBADF;
	fd_set_slot(fd, f, cloexec);
	if (old)
		fput(old);
	return fd;
}

int fd_close(int fd)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	fd_set_slot(fd, NULL, false);
	fput(f);
	return 0;
}

void fd_close_all(void)
{
	for (int fd = 0; fd < NR_OPEN; fd++)
		fd_close(fd);
}

off_t generic_llseek(struct file *f, off_t size, off_t off, int whence)
{
	off_t pos;

	switch (whence) {
	case SEEK_SET:
		pos = 0;
		break;
	case SEEK_CUR:
		pos = f->pos;
		break;
	case SEEK_END:
		pos = size;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(pos, off, &pos) || pos < 0)
		return -EINVAL;
	f->pos = pos;
	return pos;
}
