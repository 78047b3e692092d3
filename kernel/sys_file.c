/*
 * Syscalls on open files: from a descriptor to its file's operations. The descriptor's file is
 * borrowed for the length of the call (fd_file): nobody else can close it.
 */
#include <abi/errno.h>
#include <abi/socket.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/uio.h"
#include "kernel/vfs.h"

long sys_read(int fd, void *buf, size_t len)
{
	struct file *f = fd_file(fd);

	if (!f || (f->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (!f->ops->read)
		return f->ops->readdir ? -EISDIR : -EINVAL;
	len = min(len, RW_MAX);
	return access_ok(buf, len) ? f->ops->read(f, buf, len) : -EFAULT;
}

long sys_write(int fd, const void *buf, size_t len)
{
	struct file *f = fd_file(fd);

	if (!f || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (!f->ops->write)
		return -EINVAL;
	len = min(len, RW_MAX);
	return access_ok(buf, len) ? f->ops->write(f, buf, len) : -EFAULT;
}

long sys_close(int fd)
{
	return fd_close(fd);
}

long sys_lseek(int fd, off_t off, int whence)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	return f->ops->llseek ? f->ops->llseek(f, off, whence) : -ESPIPE;
}

long sys_fstat(int fd, struct stat *st)
{
	struct file *f = fd_file(fd);
	struct stat s = { 0 };
	int err;

	if (!f)
		return -EBADF;
	err = f->ops->stat ? f->ops->stat(f, &s) : -EINVAL;
	return err ? err : copy_to_user(st, &s, sizeof(s));
}

static int file_nonblock(struct file *f, const int *user_on)
{
	int on;

	if (copy_from_user(&on, user_on, sizeof(on)))
		return -EFAULT;
	f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~(u32)O_NONBLOCK;
	return 0;
}

long sys_ioctl(int fd, unsigned long cmd, void *arg)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	if (cmd == FIONBIO)
		return file_nonblock(f, arg);
	return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

/* Another descriptor, @from or above, for the file of @fd. */
static long file_dup(struct file *f, int from, bool cloexec)
{
	int fd;

	if ((unsigned int)from >= (unsigned int)sysctl_nr_open)
		return -EINVAL;
	fget_file(f);
	fd = fd_install(f, from, cloexec);
	if (fd < 0)
		fput(f);
	return fd;
}

long sys_fcntl(int fd, int cmd, long arg)
{
	const u32 settable = O_APPEND | O_NONBLOCK;
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return file_dup(f, (int)arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_table_cloexec(&current->fds, (u32)fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		fd_table_take(&current->fds, (u32)fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return (long)f->flags;
	case F_SETFL:
		f->flags = (f->flags & ~settable) | ((u32)arg & settable);
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_dup(int fd)
{
	struct file *f = fd_file(fd);

	return f ? file_dup(f, 0, false) : -EBADF;
}

long sys_dup2(int fd, int newfd)
{
	struct file *f = fd_file(fd);

	if (!f || newfd < 0)
		return -EBADF;
	if (fd == newfd)
		return newfd;
	fget_file(f);
	newfd = fd_replace(f, newfd, false);
	if (newfd < 0)
		fput(f);
	return newfd;
}

long sys_ftruncate(int fd, off_t len)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	if (len < 0 || (f->flags & O_ACCMODE) == O_RDONLY || !f->ops->truncate)
		return -EINVAL;
	return f->ops->truncate(f, len);
}

long sys_readdir(int fd, struct dirent *d)
{
	struct file *f = fd_file(fd);
	struct dirent entry = { 0 };
	int got;

	if (!f)
		return -EBADF;
	got = f->ops->readdir ? f->ops->readdir(f, &entry) : -ENOTDIR;
	if (got == 1 && copy_to_user(d, &entry, sizeof(entry)))
		return -EFAULT;
	return got;
}

long sys_pipe2(int *user_fds, int flags)
{
	bool cloexec = flags & O_CLOEXEC;
	struct file *ends[2];
	int fds[2], err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pipe_open(ends, (u32)flags);
	if (err)
		return err;
	err = fds[0] = fd_install(ends[0], 0, cloexec);
	if (err < 0)
		goto out_ends;
	err = fds[1] = fd_install(ends[1], 0, cloexec);
	if (err < 0)
		goto out_reader;
	err = copy_to_user(user_fds, fds, sizeof(fds));
	if (!err)
		return 0;
	fd_close(fds[1]);
	fd_close(fds[0]);
	return err;

out_reader:
	fd_close(fds[0]);
	fput(ends[1]);
	return err;
out_ends:
	fput(ends[0]);
	fput(ends[1]);
	return err;
}
