/*
 * SOCK_STREAM: connect, listen, accept and shutdown over a transport that makes connections. The
 * transport starts and finishes them and never waits for one; who wants to wait does so here, on
 * the sock's wait queue, without holding the sock. Data passes straight through.
 */
#include <abi/fcntl.h>

#include "net/socket/af_inet.h"

/* ---- connect ---- */

static bool stream_connecting(const struct sock *sk)
{
	u8 state = READ_ONCE(sk->state);

	return state == TCP_SYN_SENT || state == TCP_SYN_RECV;
}

/* Until the connection is made or lost, or @deadline; lets go of the sock meanwhile. Locked. */
static int stream_wait_for_connect(struct sock *sk, u64 deadline)
{
	int err = 0;

	while (!err && stream_connecting(sk)) {
		release_sock(sk);
		err = wait_event_deadline(&sk->wq, !stream_connecting(sk), deadline);
		lock_sock(sk);
	}
	return err;
}

static int stream_disconnect(struct socket *sock)
{
	int err = sock->sk->prot->disconnect(sock->sk);

	sock->state = err ? SS_DISCONNECTING : SS_UNCONNECTED;
	return err;
}

/* The transport may be ahead of us: a sendto() with MSG_FASTOPEN connects, too. */
static enum socket_state stream_state(const struct socket *sock)
{
	const u8 state = sock->sk->state;

	if (sock->state == SS_UNCONNECTED && state != TCP_CLOSE && state != TCP_LISTEN)
		return SS_CONNECTING;
	return sock->state;
}

/*
 * The first half of connect(): -EINPROGRESS: just begun, -EALREADY: it was under way before; the
 * second half decides what becomes of these two. 0: put off until the first send.
 */
static int stream_start_connect(struct socket *sock, const struct sockaddr *addr, int len,
				int flags)
{
	struct sock *sk = sock->sk;
	int err;

	switch (stream_state(sock)) {
	case SS_CONNECTED:
		return -EISCONN;
	case SS_CONNECTING:
		sock->state = SS_CONNECTING;
		return sk->defer_connect ? -EISCONN : -EALREADY;
	case SS_UNCONNECTED:
		break;
	default:
		return -EINVAL;
	}
	if (sk->state != TCP_CLOSE)
		return -EISCONN;
	err = sk->prot->connect(sk, addr, len, flags);
	if (err < 0)
		return err;
	sock->state = SS_CONNECTING;
	return err ? 0 : -EINPROGRESS;
}

/* @err: of the first half, and the answer if the connection is not settled when the wait ends. */
static int stream_finish_connect(struct socket *sock, int err, bool nonblock)
{
	struct sock *sk = sock->sk;

	if (stream_connecting(sk)) {
		if (nonblock || !sk->sndtimeo)
			return err;
		if (stream_wait_for_connect(sk, sock_deadline(sk->sndtimeo)) == -EINTR)
			err = -EINTR;
		if (stream_connecting(sk))
			return err;
	}
	if (sk->state != TCP_CLOSE) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	/* Refused, timed out, or somebody else has disconnected it: it may try again. */
	err = sock_error(sk);
	stream_disconnect(sock);
	return err ? err : -ECONNABORTED;
}

static int inet_stream_connect(struct socket *sock, const struct sockaddr *addr, int len, int flags)
{
	int err;

	if (len < (int)sizeof(addr->sa_family))
		return -EINVAL;
	lock_sock(sock->sk);
	if (addr->sa_family == AF_UNSPEC) {
		err = stream_disconnect(sock);
	} else {
		err = stream_start_connect(sock, addr, len, flags);
		if (err == -EINPROGRESS || err == -EALREADY)
			err = stream_finish_connect(sock, err, flags & O_NONBLOCK);
	}
	release_sock(sock->sk);
	return err;
}

/* ---- listen, accept ---- */

static int inet_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	lock_sock(sk);
	if (stream_state(sock) == SS_UNCONNECTED) {
		err = inet_autobind(sk);
		/* Of a socket that listens already: the new backlog. */
		if (!err)
			err = sk->prot->listen(sk, backlog);
	}
	release_sock(sk);
	return err;
}

/*
 * The next connection, waited for until @deadline (0: not at all). The wait is exclusive: of many
 * acceptors each connection wakes one, and it looks once more before it gives up, so that no
 * wake-up is lost with it. Locked.
 */
static struct sock *stream_wait_for_child(struct sock *sk, int flags, u64 deadline, int *err)
{
	struct waiter w = { .exclusive = true, .events = POLLIN };
	struct sock *child;
	int gone = 0;

	for (;;) {
		wait_prepare(&sk->wq, &w);
		child = sk->prot->accept(sk, flags, err);
		if (child || *err != -EAGAIN || gone || !deadline)
			break;
		release_sock(sk);
		gone = wait_schedule(deadline);
		lock_sock(sk);
	}
	wait_finish(&w);
	if (!child && gone == -EINTR && *err == -EAGAIN)
		*err = -EINTR;
	return child;
}

static int inet_accept(struct socket *sock, struct socket *newsock, int flags)
{
	struct sock *sk = sock->sk, *child;
	bool nonblock = flags & O_NONBLOCK;
	int err = 0;

	lock_sock(sk);
	child = sk->prot->accept(sk, flags, &err);
	if (!child && err == -EAGAIN && !nonblock && sk->rcvtimeo)
		child = stream_wait_for_child(sk, flags, sock_deadline(sk->rcvtimeo), &err);
	release_sock(sk);
	if (!child)
		return err;
	lock_sock(child);
	newsock->sk = child;
	newsock->state = SS_CONNECTED;
	child->socket = newsock;
	child->owner = current->pid;
	release_sock(child);
	return 0;
}

/* ---- shutdown ---- */

/* A connection that is not there yet, or a listener that is to accept no more, is given up. */
static int inet_stream_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0, bits = how + 1; /* SHUT_RD, SHUT_WR, SHUT_RDWR are 0, 1, 2 */

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	if (stream_state(sock) == SS_CONNECTING)
		sock->state = stream_connecting(sk) || sk->state == TCP_CLOSE ? SS_DISCONNECTING :
										SS_CONNECTED;
	if (sk->state == TCP_SYN_SENT || (sk->state == TCP_LISTEN && (bits & RCV_SHUTDOWN))) {
		err = stream_disconnect(sock);
	} else if (sk->state != TCP_LISTEN) {
		err = sk->state == TCP_CLOSE ? -ENOTCONN : 0;
		sk->shutdown |= (u8)bits;
		sk->prot->shutdown(sk, bits);
	}
	sk_state_change(sk);
	release_sock(sk);
	return err;
}

/* ---- data ---- */

/*
 * MSG_FASTOPEN connects, as a connect() before. Of a connection that has come about meanwhile it
 * hears here, if nobody has yet; once that is known it is one connection too many.
 */
static ssize_t stream_send_fastopen(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	ssize_t n;

	lock_sock(sk);
	if (stream_state(sock) == SS_CONNECTING && sk->state != TCP_CLOSE &&
	    !stream_connecting(sk)) {
		sock->state = SS_CONNECTED;
		msg->msg_flags &= ~MSG_FASTOPEN;
	}
	release_sock(sk);
	n = sk->prot->sendmsg(sk, msg, len);
	if (n >= 0 && !(msg->msg_flags & MSG_DONTWAIT) && !stream_connecting(sk))
		sock->state = SS_CONNECTED;
	return n;
}

static ssize_t inet_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	if (unlikely(msg->msg_flags & MSG_FASTOPEN))
		return stream_send_fastopen(sock, msg, len);
	return sock->sk->prot->sendmsg(sock->sk, msg, len);
}

const struct proto_ops inet_stream_ops = {
	.family = AF_INET,
	.release = inet_release,
	.bind = inet_bind,
	.connect = inet_stream_connect,
	.accept = inet_accept,
	.getname = inet_getname,
	.poll = inet_poll,
	.ioctl = inet_ioctl,
	.listen = inet_listen,
	.shutdown = inet_stream_shutdown,
	.setsockopt = inet_setsockopt,
	.getsockopt = inet_getsockopt,
	.sendmsg = inet_stream_sendmsg,
	.recvmsg = inet_recvmsg,
};
