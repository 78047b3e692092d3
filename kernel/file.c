/*
 * Open files and the table of descriptors of a task. A struct file is shared by every descriptor
 * that dup, spawn or a socket's accept made of it and lives until the last of them is gone. Only
 * tasks come here, and never preempted, so the counts need no lock.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>

#include "kernel/cpu.h"
#include "kernel/epoll.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/proc.h"
#include "kernel/task.h"

static struct kmem_cache *file_cache;

static const struct ctl_entry files_sysctls[] = {
	{ "fs.nr_open", &sysctl_nr_open, FD_SMALL, NR_OPEN_MAX },
};

void files_init(void)
{
	file_cache = kmem_cache_create("file", sizeof(struct file), 0);
	sysctl_register(files_sysctls, ARRAY_SIZE(files_sysctls));
}

struct file *file_alloc(const struct file_operations *ops, u32 flags, void *private)
{
	struct file *f = kmem_cache_alloc(file_cache);

	if (f)
		*f = (struct file){ .ops = ops, .flags = flags, .refs = 1, .private = private };
	return f;
}

struct file *fd_file(int fd)
{
	const struct fd_table *t = &current->fds;

	return (unsigned int)fd < t->size ? t->files[fd] : NULL;
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
	if (unlikely(f->watchers.first))
		epoll_forget(f);
	if (f->ops->release)
		f->ops->release(f);
	kmem_cache_free(file_cache, f);
}

/* ---- the current task's table ---- */

int fd_reserve(int from, bool cloexec)
{
	struct fd_table *t = &current->fds;
	u32 fd = fd_table_free_slot(t, (u32)from);
	int err = fd_table_grow(t, fd);

	if (err)
		return err;
	fd_table_take(t, fd, cloexec);
	return (int)fd;
}

void fd_fill(int fd, struct file *f)
{
	struct fd_table *t = &current->fds;

	t->files[fd] = f;
	if (!f)
		fd_table_clear(t, (u32)fd);
}

int fd_install(struct file *f, int from, bool cloexec)
{
	int fd = fd_reserve(from, cloexec);

	if (fd >= 0)
		fd_fill(fd, f);
	return fd;
}

int fd_replace(struct file *f, int fd, bool cloexec)
{
	struct fd_table *t = &current->fds;
	struct file *old = fd_file(fd);
	int err = fd < 0 ? -EMFILE : fd_table_grow(t, (u32)fd);

	if (err)
		return err == -EMFILE ? -EBADF : err;
	fd_table_take(t, (u32)fd, cloexec);
	t->files[fd] = f;
	if (old)
		fput(old);
	return fd;
}

int fd_close(int fd)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	fd_fill(fd, NULL);
	fput(f);
	return 0;
}

void fd_close_all(void)
{
	fd_table_drop(&current->fds);
}

/* ---- another's ---- */

int fd_inherit(struct fd_table *to, const struct fd_table *from)
{
	for (u32 fd = 0; (fd = fd_table_next(from, fd)) < from->size; fd++) {
		struct file *f = from->files[fd];

		if (!f || fd_table_cloexec(from, fd))
			continue;
		if (fd_table_grow(to, fd)) {
			fd_table_drop(to);
			return -ENOMEM;
		}
		fget_file(f);
		fd_table_take(to, fd, false);
		to->files[fd] = f;
	}
	return 0;
}

void fd_table_drop(struct fd_table *t)
{
	for (u32 fd = 0; (fd = fd_table_next(t, fd)) < t->size; fd++) {
		struct file *f = t->files[fd];

		t->files[fd] = NULL;
		fd_table_clear(t, fd);
		if (f)
			fput(f);
	}
	fd_table_free(t);
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
