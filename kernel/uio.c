/*
 * readv and writev, and the copying of a task's iovec for all who take one.
 */
#include "kernel/uio.h"

#include <abi/errno.h>
#include <abi/fcntl.h>

#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/syscall.h"
#include "kernel/uaccess.h"

void iov_copy_free(struct iov_copy *c)
{
	if (c->iov != c->fast)
		kfree(c->iov);
}

static int iov_check(struct iov_copy *c, size_t n)
{
	c->len = 0;
	for (size_t i = 0; i < n; i++) {
		struct iovec *v = &c->iov[i];

		if ((ssize_t)v->iov_len < 0)
			return -EINVAL;
		if (!access_ok(v->iov_base, v->iov_len))
			return -EFAULT;
		v->iov_len = min(v->iov_len, RW_MAX - c->len);
		c->len += v->iov_len;
	}
	return 0;
}

int iov_copy_get(struct iov_copy *c, const struct iovec *user, size_t n)
{
	int err;

	c->iov = n <= UIO_FASTIOV ? c->fast : kmalloc(n * sizeof(*c->iov));
	if (!c->iov)
		return -ENOMEM;
	err = copy_from_user(c->iov, user, n * sizeof(*c->iov));
	if (!err)
		err = iov_check(c, n);
	if (err)
		iov_copy_free(c);
	return err;
}

/* One read or write for each part, until one is cut short. */
static ssize_t rw_parts(struct file *f, const struct iovec *iov, size_t n, bool write)
{
	ssize_t done = 0;

	for (size_t i = 0; i < n; i++) {
		const struct iovec *v = &iov[i];
		ssize_t got = write ? f->ops->write(f, v->iov_base, v->iov_len) :
				      f->ops->read(f, v->iov_base, v->iov_len);

		if (got < 0)
			return done ? done : got;
		done += got;
		if ((size_t)got < v->iov_len)
			break;
	}
	return done;
}

static ssize_t rw_file(struct file *f, struct iov_copy *c, size_t n, bool write)
{
	ssize_t (*op)(struct file *, struct iovec *, size_t, size_t) =
		write ? f->ops->writev : f->ops->readv;

	return op ? op(f, c->iov, n, c->len) : rw_parts(f, c->iov, n, write);
}

static long rw_vector(struct file *f, const struct iovec *user, int n, bool write)
{
	struct iov_copy c;
	ssize_t ret;

	if (n < 0 || n > UIO_MAXIOV)
		return -EINVAL;
	ret = iov_copy_get(&c, user, (size_t)n);
	if (ret)
		return ret;
	ret = rw_file(f, &c, (size_t)n, write);
	iov_copy_free(&c);
	return ret;
}

long sys_readv(int fd, const struct iovec *iov, int n)
{
	struct file *f = fd_file(fd);

	if (!f || (f->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (!f->ops->read)
		return f->ops->readdir ? -EISDIR : -EINVAL;
	return rw_vector(f, iov, n, false);
}

long sys_writev(int fd, const struct iovec *iov, int n)
{
	struct file *f = fd_file(fd);

	if (!f || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (!f->ops->write)
		return -EINVAL;
	return rw_vector(f, iov, n, true);
}
