/*
 * A listening sock and its two queues (RFC 9293 §3.10.7.2): requests, whose handshake is not over,
 * and children that wait for accept(). Both are bounded by listen()'s backlog; a full accept queue
 * stops new handshakes, too.
 */
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

/* net.ipv4.tcp_fastopen: every listener takes them */
#define FASTOPEN_SERVER_WITHOUT_OPTION 0x400

/* ---- listen ---- */

static struct tcp_listener *tcp_listener_alloc(void)
{
	struct tcp_listener *l = kzalloc(sizeof(*l));

	if (l)
		list_init(&l->requests);
	return l;
}

/* Once more: another may have begun to listen on the port since bind(). */
static int tcp_listen_start(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err;

	tcp_ooo_purge(tp); /* of a connection that it has been; its place is the listener's now */
	tp->listener = tcp_listener_alloc();
	if (!tp->listener)
		return -ENOBUFS;
	tcp_set_state(sk, TCP_LISTEN);
	err = tcp_get_port(sk, sk->num);
	if (err) {
		kfree(tp->listener);
		tp->listener = NULL;
		tcp_set_state(sk, TCP_CLOSE);
		return err;
	}
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	tcp_hash(sk);
	return 0;
}

int tcp_listen(struct sock *sk, int backlog)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err = 0;

	if (sk->state != TCP_CLOSE && sk->state != TCP_LISTEN)
		return -EINVAL;
	tcp_refill();
	local_bh_disable();
	if (sk->state == TCP_CLOSE)
		err = tcp_listen_start(sk);
	if (!err) {
		tp->listener->max_ack_backlog = (u32)max(backlog, 0);
		if ((sysctl_tcp_fastopen & FASTOPEN_SERVER_WITHOUT_OPTION) && !tp->fastopen_max)
			tp->fastopen_max = (u16)min(backlog, 65535);
	}
	local_bh_enable();
	return err;
}

/* The first of the queue. */
static struct tcp_sock *tcp_accept_take(struct tcp_listener *l)
{
	struct tcp_sock *child = l->accept_first;

	l->accept_first = child->accept_next;
	child->accept_next = NULL;
	return child;
}

/* A child that nobody will accept. */
static void tcp_forget_child(struct sock *child)
{
	tcp_disconnect(child);
	sock_set_flag(child, SOCK_DEAD, true);
	tcp_orphan_count++;
	tcp_destroy_sock(child);
}

void tcp_listen_stop(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_listener *l = tp->listener;

	while (!list_empty(&l->requests))
		tcp_request_drop(
			list_first_entry(&l->requests, struct tcp_request_sock, of_listener));
	while (l->accept_first)
		tcp_forget_child(&tcp_accept_take(l)->sk);
	tp->listener = NULL;
	kfree(l);
}

/* ---- accept ---- */

bool tcp_accept_queue_full(const struct tcp_sock *tp)
{
	return tp->listener->ack_backlog > tp->listener->max_ack_backlog;
}

bool tcp_accept_queue_empty(const struct tcp_sock *tp)
{
	return !tp->listener->accept_first;
}

u32 tcp_accept_queue_len(const struct tcp_sock *tp)
{
	return tp->listener->ack_backlog;
}

void tcp_accept_queue_add(struct sock *listener, struct sock *child)
{
	struct tcp_listener *l = tcp_sk(listener)->listener;

	if (l->accept_first)
		l->accept_last->accept_next = tcp_sk(child);
	else
		l->accept_first = tcp_sk(child);
	l->accept_last = tcp_sk(child);
	l->ack_backlog++;
}

struct sock *tcp_accept(struct sock *sk, int flags, int *err)
{
	struct tcp_listener *l = tcp_sk(sk)->listener;
	struct tcp_sock *child = NULL;

	if (sk->state != TCP_LISTEN) {
		*err = -EINVAL;
		return NULL;
	}
	local_bh_disable();
	if (l->accept_first) {
		child = tcp_accept_take(l);
		l->ack_backlog--;
	}
	local_bh_enable();
	if (!child) {
		*err = -EAGAIN;
		return NULL;
	}
	tcp_refill();
	return &child->sk;
}

/* ---- a segment for the listener ---- */

void tcp_listen_rcv(struct sock *sk, struct sk_buff *skb)
{
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;

	if (!(flags & TCPHDR_SYN) && tcp_syncookie_rcv(sk, skb))
		return;
	if (flags & TCPHDR_ACK)
		tcp_v4_send_reset(sk, skb);
	if ((flags & (TCPHDR_SYN | TCPHDR_ACK | TCPHDR_RST | TCPHDR_FIN)) == TCPHDR_SYN)
		tcp_conn_request(sk, skb);
	else
		kfree_skb(skb, DROP_TCP_FLAGS);
}
