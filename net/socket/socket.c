/*
 * BSD sockets as files: what read, write, poll, ioctl and close of a descriptor mean for a socket,
 * and the two functions by which every message passes, sock_sendmsg and sock_recvmsg. The syscalls
 * proper are in socket_syscalls.c and socket_msg.c.
 */
#include "net/socket/socket.h"

#include <abi/fcntl.h>

#include "net/core/protocol.h"

#define SOCK_MAX 11 /* types that any family may have */

static struct kmem_cache *socket_cache;
static u32 nr_sockets;

u32 socket_count(void)
{
	return nr_sockets;
}

/* ---- life ---- */

void socket_init(void)
{
	socket_cache = kmem_cache_create("socket", sizeof(struct socket), 0);
}

struct socket *socket_alloc(void)
{
	struct socket *sock = kmem_cache_alloc(socket_cache);

	if (!sock)
		return NULL;
	*sock = (struct socket){ .state = SS_UNCONNECTED };
	nr_sockets++;
	return sock;
}

void sock_release(struct socket *sock)
{
	if (sock->ops)
		sock->ops->release(sock);
	nr_sockets--;
	kmem_cache_free(socket_cache, sock);
}

int sock_create(int family, int type, int protocol, struct socket **res)
{
	const struct net_proto_family *f = NULL;
	struct socket *sock;
	int err;

	for (size_t i = 0; i < nr_net_families; i++)
		if (net_families[i].family == family)
			f = &net_families[i];
	if (!f)
		return -EAFNOSUPPORT;
	if (type >= SOCK_MAX)
		return -EINVAL;
	sock = socket_alloc();
	if (!sock)
		return -ENOMEM;
	sock->type = (short)type;
	err = f->create(sock, protocol);
	if (err) {
		sock_release(sock);
		return err;
	}
	*res = sock;
	return 0;
}

int socket_open_file(struct socket *sock, int flags)
{
	sock->file = file_alloc(&socket_file_ops, O_RDWR | ((u32)flags & O_NONBLOCK), sock);
	if (sock->file)
		return 0;
	sock_release(sock);
	return -ENFILE;
}

int socket_install(struct socket *sock, int flags)
{
	struct file *f;
	int fd = socket_open_file(sock, flags);

	if (fd < 0)
		return fd;
	f = sock->file;
	fd = fd_install(f, 0, flags & SOCK_CLOEXEC);
	if (fd < 0)
		fput(f);
	return fd;
}

struct socket *sockfd_lookup(int fd, int *err)
{
	struct file *f = fget(fd);

	if (!f) {
		*err = -EBADF;
		return NULL;
	}
	if (f->ops != &socket_file_ops) {
		fput(f);
		*err = -ENOTSOCK;
		return NULL;
	}
	*err = 0;
	return f->private;
}

/* ---- messages ---- */

ssize_t sock_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	if (sock->file->flags & O_NONBLOCK)
		msg->msg_flags |= MSG_DONTWAIT;
	return sock->ops->sendmsg(sock, msg, len);
}

ssize_t sock_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	if (sock->file->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	return sock->ops->recvmsg(sock, msg, len, flags);
}

/* ---- file operations ---- */

static ssize_t sock_read(struct file *f, void *buf, size_t len)
{
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	/* System V's rule: a read of nothing takes nothing. */
	if (!len)
		return 0;
	if (!access_ok(buf, len))
		return -EFAULT;
	return sock_recvmsg(f->private, &msg, len, 0);
}

static ssize_t sock_write(struct file *f, const void *buf, size_t len)
{
	struct iovec iov = { (void *)buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (!access_ok(buf, len))
		return -EFAULT;
	return sock_sendmsg(f->private, &msg, len);
}

static ssize_t sock_readv(struct file *f, struct iovec *iov, size_t n, size_t len)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };

	return len ? sock_recvmsg(f->private, &msg, len, 0) : 0;
}

static ssize_t sock_writev(struct file *f, struct iovec *iov, size_t n, size_t len)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };

	return sock_sendmsg(f->private, &msg, len);
}

/* For sendfile: a stream need not send a short segment when more is to come. */
static ssize_t sock_send(struct file *f, const void *buf, size_t len, bool more)
{
	struct socket *sock = f->private;
	struct iovec iov = { (void *)buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (more && sock->type == SOCK_STREAM)
		msg.msg_flags = MSG_MORE;
	return sock_sendmsg(sock, &msg, len);
}

static u32 sock_poll(struct file *f, struct poll_table *pt)
{
	struct socket *sock = f->private;

	return sock->ops->poll(sock, pt);
}

static int sock_fionbio(struct file *f, const void *arg)
{
	int on, err = copy_from_user(&on, arg, sizeof(on));

	if (!err)
		f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~(u32)O_NONBLOCK;
	return err;
}

/* First what every socket answers, then interfaces, addresses, routes, ARP: any socket is a handle
 * to these. */
static int sock_ioctl(struct file *f, unsigned long cmd, void *arg)
{
	struct socket *sock = f->private;
	int err;

	if (cmd == FIONBIO)
		return sock_fionbio(f, arg);
	err = sock->ops->ioctl(sock, (u32)cmd, arg);
	if (err != -ENOTTY)
		return err;
	for (size_t i = 0; i < nr_net_ioctls; i++)
		if (cmd >= net_ioctls[i].first && cmd <= net_ioctls[i].last)
			return net_ioctls[i].fn((u32)cmd, arg);
	return -ENOTTY;
}

static int sock_stat(struct file *f, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFSOCK | 0777;
	return 0;
}

static void sock_file_release(struct file *f)
{
	sock_release(f->private);
}

const struct file_operations socket_file_ops = {
	.read = sock_read,
	.write = sock_write,
	.readv = sock_readv,
	.writev = sock_writev,
	.send = sock_send,
	.poll = sock_poll,
	.ioctl = sock_ioctl,
	.stat = sock_stat,
	.release = sock_file_release,
};

/* ---- addresses ---- */

int move_addr_to_kernel(const void *uaddr, socklen_t ulen, struct sockaddr_storage *to)
{
	if (ulen > sizeof(*to))
		return -EINVAL;
	/* Whoever reads more of it asks for the length first. */
	to->ss_family = AF_UNSPEC;
	return ulen ? copy_from_user(to, uaddr, ulen) : 0;
}

int move_addr_to_user(const struct sockaddr_storage *from, int len, void *uaddr, socklen_t *ulen)
{
	int room, err = copy_from_user(&room, ulen, sizeof(room));

	if (err)
		return err;
	if (room < 0)
		return -EINVAL;
	room = min(room, len);
	if (room && copy_to_user(uaddr, from, (size_t)room))
		return -EFAULT;
	return copy_to_user(ulen, &len, sizeof(len));
}
