/*
 * The family AF_INET: a BSD socket over an INET sock. Each operation here holds the sock where the
 * transport wants it held, gives the sock a port where it needs one, and goes on to the transport
 * through struct proto. What differs for connections is af_inet_stream.c's.
 */
#include "net/socket/af_inet.h"

#include "net/core/byteorder.h"
#include "net/core/protocol.h"

#define IPPROTO_LAST 262

/* ---- life ---- */

/* The entry for @type and *@protocol; the protocol that it means comes back in the latter. */
static const struct inet_protosw *inet_find_protosw(int type, int *protocol, int *err)
{
	/* The types that the family has, whether or not a protocol of them is in the table. */
	*err = type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_RAW ? -EPROTONOSUPPORT :
									       -ESOCKTNOSUPPORT;
	for (size_t i = 0; i < nr_inet_protosws; i++) {
		const struct inet_protosw *p = &inet_protosws[i];

		if (p->type != type)
			continue;
		if (p->protocol == IPPROTO_IP ? *protocol != 0 : p->protocol == *protocol)
			return p;
		if (*protocol == 0 && p->protocol != IPPROTO_IP) {
			*protocol = p->protocol;
			return p;
		}
	}
	return NULL;
}

int inet_create(struct socket *sock, int protocol)
{
	const struct inet_protosw *p;
	struct sock *sk;
	int err;

	if (protocol < 0 || protocol > IPPROTO_LAST)
		return -EINVAL;
	p = inet_find_protosw(sock->type, &protocol, &err);
	if (!p)
		return err;
	if (protocol > 255)
		return -EPROTONOSUPPORT;
	sk = sk_alloc(p->prot, AF_INET);
	if (!sk)
		return -ENOBUFS;
	sk->type = (u8)sock->type;
	sk->protocol = (u8)protocol;
	sk->socket = sock;
	sk->owner = current->pid;
	err = p->prot->init ? p->prot->init(sk) : 0;
	if (err) {
		sk->prot->close(sk);
		return err;
	}
	sock->sk = sk;
	sock->ops = p->ops;
	return 0;
}

int inet_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	sock->sk = NULL;
	if (!sk)
		return 0;
	/* A task that ends waits for nothing any more. */
	if (current->exiting && sk->linger.l_linger)
		sk->linger.l_onoff = 0;
	sk->prot->close(sk);
	return 0;
}

/* ---- names ---- */

int inet_bind(struct socket *sock, const struct sockaddr *addr, int len)
{
	struct sock *sk = sock->sk;
	int err;

	lock_sock(sk);
	err = sk->prot->bind(sk, addr, len);
	release_sock(sk);
	return err;
}

int inet_autobind(struct sock *sk)
{
	int err = 0;

	if (sk->num || !sk->prot->get_port)
		return 0;
	local_bh_disable();
	err = sk->prot->get_port(sk, 0);
	local_bh_enable();
	return err;
}

/* A socket that sends before it was bound gets a port, too. */
static int inet_dgram_autobind(struct sock *sk)
{
	int err;

	if (likely(sk->num || !sk->prot->get_port))
		return 0;
	lock_sock(sk);
	err = inet_autobind(sk);
	release_sock(sk);
	return err ? -EAGAIN : 0;
}

static int inet_dgram_connect(struct socket *sock, const struct sockaddr *addr, int len, int flags)
{
	struct sock *sk = sock->sk;
	int err;

	if (len < (int)sizeof(addr->sa_family))
		return -EINVAL;
	if (addr->sa_family != AF_UNSPEC) {
		err = inet_dgram_autobind(sk);
		if (err)
			return err;
	}
	lock_sock(sk);
	err = addr->sa_family == AF_UNSPEC ? sk->prot->disconnect(sk) :
					     sk->prot->connect(sk, addr, len, flags);
	release_sock(sk);
	return err;
}

int inet_getname(struct socket *sock, struct sockaddr *addr, int *len, enum sock_name whose)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;
	const struct sock *sk = sock->sk;

	*sin = (struct sockaddr_in){ .sin_family = AF_INET };
	if (whose != SOCK_NAME_OWN) {
		bool open = sk->state != TCP_CLOSE && sk->state != TCP_SYN_SENT;

		if (!sk->dport || (whose == SOCK_NAME_PEER && !open))
			return -ENOTCONN;
		sin->sin_port = sk->dport;
		sin->sin_addr.s_addr = sk->daddr;
	} else {
		sin->sin_port = sk->sport;
		sin->sin_addr.s_addr = sk->rcv_saddr ? sk->rcv_saddr : sk->saddr;
	}
	*len = sizeof(*sin);
	return 0;
}

static int inet_no_accept(struct socket *sock, struct socket *newsock, int flags)
{
	return -EOPNOTSUPP;
}

static int inet_no_listen(struct socket *sock, int backlog)
{
	return -EOPNOTSUPP;
}

/* ---- messages ---- */

static ssize_t inet_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	int err = inet_dgram_autobind(sk);

	return err ? err : sk->prot->sendmsg(sk, msg, len);
}

ssize_t inet_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	return sock->sk->prot->recvmsg(sock->sk, msg, len, flags);
}

u32 inet_poll(struct socket *sock, struct poll_table *pt)
{
	struct sock *sk = sock->sk;

	return sk->prot->poll ? sk->prot->poll(sk, pt) : datagram_poll(sk, pt);
}

/* An unconnected socket is shut down too - its sleepers wake - and the caller told that it was not
 * connected. */
static int inet_dgram_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	if (sk->state == TCP_CLOSE)
		err = -ENOTCONN;
	/* SHUT_RD, SHUT_WR, SHUT_RDWR are 0, 1, 2: one more, and they are the bits. */
	sk->shutdown |= (u8)(how + 1);
	if (sk->prot->shutdown)
		sk->prot->shutdown(sk, how + 1);
	sk_state_change(sk);
	release_sock(sk);
	return err;
}

/* ---- ioctl and options ---- */

int inet_ioctl(struct socket *sock, u32 cmd, void *arg)
{
	struct sock *sk = sock->sk;
	int err = sock_stamp_ioctl(sk, cmd, arg);

	if (err != -ENOTTY)
		return err;
	return sk->prot->ioctl ? sk->prot->ioctl(sk, cmd, arg) : -ENOTTY;
}

int inet_setsockopt(struct socket *sock, int level, int name, const void *val, int len)
{
	struct sock *sk = sock->sk;
	int err = -ENOPROTOOPT;

	lock_sock(sk);
	if (level == SOL_SOCKET)
		err = sock_setsockopt(sk, name, val, len);
	if (err == -ENOPROTOOPT && sk->prot->setsockopt)
		err = sk->prot->setsockopt(sk, level, name, val, len);
	release_sock(sk);
	return err;
}

int inet_getsockopt(struct socket *sock, int level, int name, void *val, int *len)
{
	struct sock *sk = sock->sk;
	int err = -ENOPROTOOPT;

	lock_sock(sk);
	if (level == SOL_SOCKET)
		err = sock_getsockopt(sk, name, val, len);
	if (err == -ENOPROTOOPT && sk->prot->getsockopt)
		err = sk->prot->getsockopt(sk, level, name, val, len);
	release_sock(sk);
	return err;
}

/* ---- the tables ---- */

#define INET_DATAGRAM_OPS                                                                          \
	.family = AF_INET, .release = inet_release, .bind = inet_bind,                             \
	.connect = inet_dgram_connect, .accept = inet_no_accept, .getname = inet_getname,          \
	.poll = inet_poll, .ioctl = inet_ioctl, .listen = inet_no_listen,                          \
	.shutdown = inet_dgram_shutdown, .setsockopt = inet_setsockopt,                            \
	.getsockopt = inet_getsockopt, .sendmsg = inet_sendmsg, .recvmsg = inet_recvmsg

const struct proto_ops inet_dgram_ops = { INET_DATAGRAM_OPS };
const struct proto_ops inet_raw_ops = { INET_DATAGRAM_OPS };

/* ---- /proc/net/sockstat ---- */

void sockstat_proc_show(struct seq_file *s)
{
	seq_printf(s, "sockets: used %u\n", socket_count());
	for (const struct proto *p = proto_list; p; p = p->next) {
		if (p->sockstat) {
			p->sockstat(s);
			continue;
		}
		seq_printf(s, "%s: inuse %u mem %lu\n", p->name, kmem_cache_in_use(p->cache),
			   (unsigned long)(p->rmem_alloc + PAGE_SIZE - 1) / PAGE_SIZE);
	}
	ip_sockstat(s);
}
