/*
 * The syscalls on sockets that move no data: they fetch what the task points at, find the socket,
 * and call its family's operation.
 */
#include <abi/fcntl.h>

#include "net/socket/socket.h"

/* The most that any option takes; longer ones are cut, as a too long buffer always may be. */
#define SOCKOPT_MAX 256

long sys_socket(int family, int type, int protocol)
{
	int flags = type & ~SOCK_TYPE_MASK;
	struct socket *sock;
	int err;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	err = sock_create(family, type & SOCK_TYPE_MASK, protocol, &sock);
	return err ? err : socket_install(sock, flags);
}

long sys_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_storage kaddr;
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = move_addr_to_kernel(addr, len, &kaddr);
	if (!err)
		err = sock->ops->bind(sock, (struct sockaddr *)&kaddr, (int)len);
	fput(sock->file);
	return err;
}

long sys_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_storage kaddr;
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = move_addr_to_kernel(addr, len, &kaddr);
	if (!err)
		err = sock->ops->connect(sock, (struct sockaddr *)&kaddr, (int)len,
					 (int)sock->file->flags);
	fput(sock->file);
	return err;
}

long sys_listen(int fd, int backlog)
{
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	if ((u32)backlog > (u32)sysctl_somaxconn)
		backlog = sysctl_somaxconn;
	err = sock->ops->listen(sock, backlog);
	fput(sock->file);
	return err;
}

/* NULL: *@err. The new socket inherits nothing of its file's flags (as Linux, unlike BSD). */
static struct socket *sock_accept(struct socket *sock, int *err)
{
	struct socket *newsock = socket_alloc();

	*err = -ENOMEM;
	if (!newsock)
		return NULL;
	newsock->type = sock->type;
	newsock->ops = sock->ops;
	*err = sock->ops->accept(sock, newsock, (int)sock->file->flags);
	if (!*err)
		return newsock;
	sock_release(newsock);
	return NULL;
}

long sys_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	struct sockaddr_storage kaddr;
	struct socket *sock, *newsock;
	int err, klen = 0;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	newsock = sock_accept(sock, &err);
	fput(sock->file);
	if (!newsock)
		return err;
	if (addr) {
		err = newsock->ops->getname(newsock, (struct sockaddr *)&kaddr, &klen, true);
		/* The peer may be gone already. */
		err = err ? -ECONNABORTED : move_addr_to_user(&kaddr, klen, addr, len);
		if (err) {
			sock_release(newsock);
			return err;
		}
	}
	return socket_install(newsock, flags);
}

static long sock_name(int fd, struct sockaddr *addr, socklen_t *len, bool peer)
{
	struct sockaddr_storage kaddr;
	int err, klen = 0;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = sock->ops->getname(sock, (struct sockaddr *)&kaddr, &klen, peer);
	if (!err)
		err = move_addr_to_user(&kaddr, klen, addr, len);
	fput(sock->file);
	return err;
}

long sys_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	return sock_name(fd, addr, len, false);
}

long sys_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	return sock_name(fd, addr, len, true);
}

long sys_shutdown(int fd, int how)
{
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = sock->ops->shutdown(sock, how);
	fput(sock->file);
	return err;
}

long sys_setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	u8 kval[SOCKOPT_MAX] __aligned(8) = { 0 };
	int err, klen = (int)min(len, (socklen_t)sizeof(kval));
	struct socket *sock;

	if ((int)len < 0)
		return -EINVAL;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	if (klen)
		err = copy_from_user(kval, val, (size_t)klen);
	if (!err)
		err = sock->ops->setsockopt(sock, level, name, kval, klen);
	fput(sock->file);
	return err;
}

long sys_getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	u8 kval[SOCKOPT_MAX] __aligned(8);
	int err, klen;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = copy_from_user(&klen, len, sizeof(klen));
	if (!err && klen < 0)
		err = -EINVAL;
	if (!err) {
		klen = min(klen, SOCKOPT_MAX);
		err = sock->ops->getsockopt(sock, level, name, kval, &klen);
	}
	if (!err && klen)
		err = copy_to_user(val, kval, (size_t)klen);
	if (!err)
		err = copy_to_user(len, &klen, sizeof(klen));
	fput(sock->file);
	return err;
}
