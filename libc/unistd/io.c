/* Descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/syscall.h"

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return (int)__ret(sys(SYS_open, path, flags, mode));
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)__ret(sys(SYS_fcntl, fd, cmd, arg));
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	return (int)__ret(sys(SYS_ioctl, fd, request, arg));
}

ssize_t read(int fd, void *buf, size_t len)
{
	return __ret(sys(SYS_read, fd, buf, len));
}

ssize_t write(int fd, const void *buf, size_t len)
{
	return __ret(sys(SYS_write, fd, buf, len));
}

ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return __ret(sys(SYS_readv, fd, iov, n));
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return __ret(sys(SYS_writev, fd, iov, n));
}

ssize_t sendfile(int out, int in, off_t *pos, size_t len)
{
	return __ret(sys(SYS_sendfile, out, in, pos, len));
}

int close(int fd)
{
	return (int)__ret(sys(SYS_close, fd));
}

off_t lseek(int fd, off_t off, int whence)
{
	return __ret(sys(SYS_lseek, fd, off, whence));
}

int ftruncate(int fd, off_t len)
{
	return (int)__ret(sys(SYS_ftruncate, fd, len));
}

/* Files live in memory. */
int fsync(int fd)
{
	struct stat st;

	return fstat(fd, &st);
}

int dup(int fd)
{
	return (int)__ret(sys(SYS_dup, fd));
}

int dup2(int from, int to)
{
	return (int)__ret(sys(SYS_dup2, from, to));
}

int pipe(int fds[2])
{
	return (int)__ret(sys(SYS_pipe, fds));
}

int pipe2(int fds[2], int flags)
{
	return (int)__ret(sys(SYS_pipe2, fds, flags));
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return (int)__ret(sys(SYS_poll, fds, n, timeout_ms));
}

int select(int n, fd_set *rd, fd_set *wr, fd_set *ex, struct timeval *timeout)
{
	return (int)__ret(sys(SYS_select, n, rd, wr, ex, timeout));
}

int epoll_create(int size)
{
	return (int)__ret(sys(SYS_epoll_create, size));
}

int epoll_create1(int flags)
{
	return (int)__ret(sys(SYS_epoll_create1, flags));
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	return (int)__ret(sys(SYS_epoll_ctl, epfd, op, fd, event));
}

int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout_ms)
{
	return (int)__ret(sys(SYS_epoll_wait, epfd, events, max, timeout_ms));
}

int isatty(int fd)
{
	int pgrp;

	return ioctl(fd, TIOCGPGRP, &pgrp) == 0;
}
