/*
 * The syscalls on sockets that move no data: they fetch what the task points at, find the socket,
 * and call its family's operation.
 */
#include <abi/fcntl.h>

#include "net/core/filter.h"
#include "net/socket/socket.h"

/* The most that any option takes; longer ones are cut, as a too long buffer always may be. */
#define SOCKOPT_MAX 288
#define SOCKOPT_LARGE (16 * 1024) /* a group's filter */

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

/* A socket with its file, for a connection of @listener's; it inherits nothing of the file's flags
 * (as Linux, unlike BSD). NULL: no memory. */
static struct socket *sock_alloc_child(const struct socket *listener, int flags)
{
	struct socket *sock = socket_alloc();

	if (!sock)
		return NULL;
	sock->type = listener->type;
	sock->ops = listener->ops;
	return socket_open_file(sock, flags) ? NULL : sock;
}

/* Takes a connection and says whose it is. */
static int sock_accept(struct socket *sock, struct socket *child, struct sockaddr *addr,
		       socklen_t *len)
{
	struct sockaddr_storage kaddr;
	int klen = 0, err = sock->ops->accept(sock, child, (int)sock->file->flags);

	if (err || !addr)
		return err;
	if (child->ops->getname(child, (struct sockaddr *)&kaddr, &klen, SOCK_NAME_CALLER))
		return -ECONNABORTED;
	return move_addr_to_user(&kaddr, klen, addr, len);
}

/* All that may be missing for a connection is there before it is taken out of the queue. */
static int sock_accept_fd(struct socket *sock, struct sockaddr *addr, socklen_t *len, int flags)
{
	struct socket *child;
	int err, fd = fd_reserve(0, flags & SOCK_CLOEXEC);

	if (fd < 0)
		return fd;
	child = sock_alloc_child(sock, flags);
	if (!child) {
		fd_fill(fd, NULL);
		return -ENFILE;
	}
	err = sock_accept(sock, child, addr, len);
	if (err) {
		fd_fill(fd, NULL);
		fput(child->file);
		return err;
	}
	fd_fill(fd, child->file);
	return fd;
}

long sys_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	struct socket *sock;
	int err;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	err = sock_accept_fd(sock, addr, len, flags);
	fput(sock->file);
	return err;
}

static long sock_name(int fd, struct sockaddr *addr, socklen_t *len, enum sock_name whose)
{
	struct sockaddr_storage kaddr;
	int err, klen = 0;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = sock->ops->getname(sock, (struct sockaddr *)&kaddr, &klen, whose);
	if (!err)
		err = move_addr_to_user(&kaddr, klen, addr, len);
	fput(sock->file);
	return err;
}

long sys_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	return sock_name(fd, addr, len, SOCK_NAME_OWN);
}

long sys_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	return sock_name(fd, addr, len, SOCK_NAME_PEER);
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

/* An option's value on the kernel's side: on the stack, but for those that may be large. */
struct sockopt_room {
	u8 small[SOCKOPT_MAX] __aligned(8);
	u8 *at;
	int size;
};

static int sockopt_room(struct sockopt_room *room, int level, int name)
{
	*room = (struct sockopt_room){ .at = room->small, .size = SOCKOPT_MAX };
	if (level != SOL_IP || name != MCAST_MSFILTER)
		return 0;
	room->size = SOCKOPT_LARGE;
	room->at = kzalloc(SOCKOPT_LARGE);
	return room->at ? 0 : -ENOMEM;
}

static void sockopt_room_free(struct sockopt_room *room)
{
	if (room->at != room->small)
		kfree(room->at);
}

static int sock_set_option(struct socket *sock, int level, int name, const void *val, socklen_t len)
{
	struct sockopt_room room;
	int err = sockopt_room(&room, level, name), klen;

	if (err)
		return err;
	klen = (int)min(len, (socklen_t)room.size);
	if (klen)
		err = copy_from_user(room.at, val, (size_t)klen);
	if (!err)
		err = sock->ops->setsockopt(sock, level, name, room.at, klen);
	sockopt_room_free(&room);
	return err;
}

long sys_setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	struct socket *sock;
	int err;

	if ((int)len < 0)
		return -EINVAL;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	err = sock_set_option(sock, level, name, val, len);
	fput(sock->file);
	return err;
}

/* SO_GET_FILTER: lengths are in instructions, and there may be many. */
static int sock_get_filter(struct socket *sock, void *val, socklen_t *len, int room)
{
	int n;

	lock_sock(sock->sk);
	n = sk_get_filter(sock->sk, val, (u32)room);
	release_sock(sock->sk);
	return n < 0 ? n : copy_to_user(len, &n, sizeof(n));
}

static int sock_get_option(struct socket *sock, int level, int name, void *val, socklen_t *len,
			   int klen)
{
	struct sockopt_room k;
	int err, room;

	if (level == SOL_SOCKET && name == SO_GET_FILTER)
		return sock_get_filter(sock, val, len, klen);
	err = sockopt_room(&k, level, name);
	if (err)
		return err;
	room = klen = min(klen, k.size);
	/* These say in their value what they ask for. */
	if (level == SOL_IP && (name == IP_MSFILTER || name == MCAST_MSFILTER))
		err = copy_from_user(k.at, val, (size_t)klen);
	if (!err)
		err = sock->ops->getsockopt(sock, level, name, k.at, &klen);
	if (!err && klen)
		err = copy_to_user(val, k.at, (size_t)klen);
	/* Of one that does not fit the task is told how much it is. */
	if ((!err || klen > room) && copy_to_user(len, &klen, sizeof(klen)))
		err = -EFAULT;
	sockopt_room_free(&k);
	return err;
}

long sys_getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	int err, klen;
	struct socket *sock = sockfd_lookup(fd, &err);

	if (!sock)
		return err;
	err = copy_from_user(&klen, len, sizeof(klen));
	if (!err && klen < 0)
		err = -EINVAL;
	if (!err)
		err = sock_get_option(sock, level, name, val, len, klen);
	fput(sock->file);
	return err;
}
