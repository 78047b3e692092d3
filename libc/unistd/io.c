/* Descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
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
	struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n };
	ssize_t total = recvmsg(fd, &msg, 0);
	int i;

	if (total >= 0 || errno != ENOTSOCK)
		return total;
	total = 0;
	for (i = 0; i < n; i++) {
		ssize_t got = read(fd, iov[i].iov_base, iov[i].iov_len);

		if (got < 0)
			return total ? total : -1;
		total += got;
		if ((size_t)got < iov[i].iov_len)
			break;
	}
	return total;
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n };
	ssize_t total = sendmsg(fd, &msg, 0);
	int i;

	if (total >= 0 || errno != ENOTSOCK)
		return total;
	total = 0;
	for (i = 0; i < n; i++) {
		ssize_t put = write(fd, iov[i].iov_base, iov[i].iov_len);

		if (put < 0)
			return total ? total : -1;
		total += put;
		if ((size_t)put < iov[i].iov_len)
			break;
	}
	return total;
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

int isatty(int fd)
{
	int pgrp;

	return ioctl(fd, TIOCGPGRP, &pgrp) == 0;
}
