/*
 * The syscalls that carry data: sendto, recvfrom, sendmsg, recvmsg. A message's header, address and
 * iovec are copied and checked once; below here only the payload and the control messages are still
 * the task's memory.
 */
#include "net/socket/socket.h"

static size_t rw_len(size_t len)
{
	return min(len, RW_MAX);
}

/* ---- one buffer ---- */

long sys_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		socklen_t tolen)
{
	struct iovec iov = { (void *)buf, rw_len(len) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_flags = flags };
	struct sockaddr_storage kaddr;
	struct socket *sock;
	int err;
	ssize_t n;

	if (!access_ok(buf, iov.iov_len))
		return -EFAULT;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	if (to) {
		err = move_addr_to_kernel(to, tolen, &kaddr);
		msg.msg_name = &kaddr;
		msg.msg_namelen = tolen;
	}
	n = err ? err : sock_sendmsg(sock, &msg, iov.iov_len);
	fput(sock->file);
	return n;
}

long sys_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
		  socklen_t *fromlen)
{
	struct iovec iov = { buf, rw_len(len) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct sockaddr_storage kaddr;
	struct socket *sock;
	int err;
	ssize_t n;

	if (!access_ok(buf, iov.iov_len))
		return -EFAULT;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	msg.msg_name = from ? &kaddr : NULL;
	n = sock_recvmsg(sock, &msg, iov.iov_len, flags);
	if (n >= 0 && from) {
		err = move_addr_to_user(&kaddr, (int)msg.msg_namelen, from, fromlen);
		n = err ? err : n;
	}
	fput(sock->file);
	return n;
}

/* ---- messages ---- */

/* A task's message in the kernel. */
struct kernel_msg {
	struct msghdr msg;
	struct sockaddr_storage addr;
	struct iov_copy iov;
};

static int msg_get(struct kernel_msg *k, const struct msghdr *umsg)
{
	int err = copy_from_user(&k->msg, umsg, sizeof(k->msg));

	if (err)
		return err;
	if ((int)k->msg.msg_namelen < 0 || (ssize_t)k->msg.msg_controllen < 0)
		return -EINVAL;
	if (k->msg.msg_iovlen > UIO_MAXIOV)
		return -EMSGSIZE;
	if (!k->msg.msg_control)
		k->msg.msg_controllen = 0;
	if (!access_ok(k->msg.msg_control, k->msg.msg_controllen))
		return -EFAULT;
	err = iov_copy_get(&k->iov, k->msg.msg_iov, k->msg.msg_iovlen);
	k->msg.msg_iov = k->iov.iov;
	return err;
}

static ssize_t sock_do_sendmsg(struct socket *sock, const struct msghdr *umsg, int flags)
{
	struct kernel_msg k;
	ssize_t n = msg_get(&k, umsg);

	if (n)
		return n;
	if (k.msg.msg_name && k.msg.msg_namelen) {
		k.msg.msg_namelen = min(k.msg.msg_namelen, (socklen_t)sizeof(k.addr));
		n = move_addr_to_kernel(k.msg.msg_name, k.msg.msg_namelen, &k.addr);
		k.msg.msg_name = &k.addr;
	} else {
		k.msg.msg_name = NULL;
	}
	k.msg.msg_flags = flags;
	if (!n)
		n = sock_sendmsg(sock, &k.msg, k.iov.len);
	iov_copy_free(&k.iov);
	return n;
}

long sys_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);
	ssize_t n;

	if (!sock)
		return err;
	n = sock_do_sendmsg(sock, msg, flags);
	fput(sock->file);
	return n;
}

/* The answers in the task's msghdr: name, how much control data, flags. */
static int msg_put(struct kernel_msg *k, struct msghdr *umsg, void *uname, void *ucontrol)
{
	size_t used = (size_t)((u8 *)k->msg.msg_control - (u8 *)ucontrol);
	int err = 0;

	if (uname)
		err = move_addr_to_user(&k->addr, (int)k->msg.msg_namelen, uname,
					&umsg->msg_namelen);
	if (!err)
		err = copy_to_user(&umsg->msg_flags, &k->msg.msg_flags, sizeof(umsg->msg_flags));
	if (!err)
		err = copy_to_user(&umsg->msg_controllen, &used, sizeof(used));
	return err;
}

static ssize_t sock_do_recvmsg(struct socket *sock, struct msghdr *umsg, int flags)
{
	struct kernel_msg k;
	void *uname, *ucontrol;
	ssize_t n = msg_get(&k, umsg);
	int err;

	if (n)
		return n;
	uname = k.msg.msg_name;
	ucontrol = k.msg.msg_control;
	k.msg.msg_name = uname ? &k.addr : NULL;
	k.msg.msg_namelen = 0;
	k.msg.msg_flags = 0;
	n = sock_recvmsg(sock, &k.msg, k.iov.len, flags);
	if (n >= 0) {
		err = msg_put(&k, umsg, uname, ucontrol);
		n = err ? err : n;
	}
	iov_copy_free(&k.iov);
	return n;
}

long sys_recvmsg(int fd, struct msghdr *msg, int flags)
{
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);
	ssize_t n;

	if (!sock)
		return err;
	n = sock_do_recvmsg(sock, msg, flags);
	fput(sock->file);
	return n;
}
