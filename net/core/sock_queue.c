/*
 * What a sock holds of packets: its receive, error and send memory, each with a bound, and the ways
 * in (softirq) and out (the task, which sleeps here). On the walk: sock_queue_rcv_skb is the last
 * step of the bottom half, skb_recv_datagram the first that the woken task takes.
 */
#include "net/core/sock.h"

/* ---- charging ---- */

static void sock_rfree(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	sk->rmem_alloc -= skb->truesize;
	sk->prot->rmem_alloc -= skb->truesize;
}

/* The packet leaves the queue before the sock ends (sk_free purges it): it needs no reference. */
void skb_set_owner_r(struct sk_buff *skb, struct sock *sk)
{
	skb->sk = sk;
	skb->destructor = sock_rfree;
	sk->rmem_alloc += skb->truesize;
	sk->prot->rmem_alloc += skb->truesize;
}

static void sock_wfree(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	sk->wmem_alloc -= skb->truesize;
	sk_write_space(sk);
	sock_put(sk);
}

/* A packet on its way out may outlive the task's close(). */
void skb_set_owner_w(struct sk_buff *skb, struct sock *sk)
{
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = sock_wfree;
	sk->wmem_alloc += skb->truesize;
}

/* ---- in: softirq ---- */

static int sock_drop(struct sock *sk, struct sk_buff *skb, int err)
{
	sk->drops++;
	kfree_skb(skb, DROP_SOCKET_RCVBUF);
	return err;
}

int sock_queue_rcv_skb(struct sock *sk, struct sk_buff *skb)
{
	if (sk->rmem_alloc >= sk->rcvbuf)
		return sock_drop(sk, skb, -ENOMEM);
	if (unlikely(sk->prot->rmem_max && sk->prot->rmem_alloc >= sk->prot->rmem_max))
		return sock_drop(sk, skb, -ENOBUFS);
	skb_dst_drop(skb);
	if (sock_flag(sk, SOCK_RCVTSTAMP) && !skb->tstamp)
		skb->tstamp = ktime_ns();
	skb_set_owner_r(skb, sk);
	skb_queue_tail(&sk->receive_queue, skb);
	sk_data_ready(sk);
	return 0;
}

int sock_queue_err_skb(struct sock *sk, struct sk_buff *skb)
{
	if (sk->rmem_alloc >= sk->rcvbuf)
		return sock_drop(sk, skb, -ENOMEM);
	skb_dst_drop(skb);
	skb_set_owner_r(skb, sk);
	skb_list_add(&sk->error_queue, skb);
	sk_error_report(sk);
	return 0;
}

/* ---- out: task ---- */

/* The message with MSG_PEEK is a clone, charged to nobody: the original stays where it is. */
static struct sk_buff *sock_take_skb(struct sock *sk, int flags, int *err)
{
	struct sk_buff *skb;

	if (!(flags & MSG_PEEK))
		return skb_dequeue(&sk->receive_queue);
	local_bh_disable();
	skb = skb_peek(&sk->receive_queue);
	if (skb) {
		skb = skb_clone(skb);
		if (!skb)
			*err = -ENOBUFS;
	}
	local_bh_enable();
	return skb;
}

static bool sock_has_news(struct sock *sk)
{
	return skb_peek(&sk->receive_queue) || READ_ONCE(sk->err) || (sk->shutdown & RCV_SHUTDOWN);
}

struct sk_buff *skb_recv_datagram(struct sock *sk, int flags, int *err)
{
	bool nonblock = (flags & MSG_DONTWAIT) || !sk->rcvtimeo;
	u64 deadline = 0;
	struct sk_buff *skb;

	for (;;) {
		*err = sock_error(sk);
		if (*err)
			return NULL;
		skb = sock_take_skb(sk, flags, err);
		if (skb || *err)
			return skb;
		/* Only who would wait hears of the end (as Linux has it). */
		*err = nonblock ? -EAGAIN : 0;
		if (nonblock || (sk->shutdown & RCV_SHUTDOWN))
			return NULL;
		if (!deadline)
			deadline = sock_deadline(sk->rcvtimeo);
		*err = wait_event_deadline(&sk->wq, sock_has_news(sk), deadline);
		if (*err) {
			*err = *err == -ETIMEDOUT ? -EAGAIN : *err;
			return NULL;
		}
	}
}

void skb_free_datagram(struct sk_buff *skb)
{
	local_bh_disable();
	consume_skb(skb);
	local_bh_enable();
}

void skb_kill_datagram(struct sk_buff *skb, enum drop_reason reason)
{
	local_bh_disable();
	kfree_skb(skb, reason);
	local_bh_enable();
}

static bool sock_may_send(struct sock *sk)
{
	return READ_ONCE(sk->wmem_alloc) < sk->sndbuf || READ_ONCE(sk->err) ||
	       (sk->shutdown & SEND_SHUTDOWN);
}

int sock_wait_for_wmem(struct sock *sk, bool nonblock)
{
	u64 deadline = 0;
	int err;

	for (;;) {
		err = sock_error(sk);
		if (err)
			return err;
		if (sk->shutdown & SEND_SHUTDOWN)
			return -EPIPE;
		if (likely(READ_ONCE(sk->wmem_alloc) < sk->sndbuf))
			return 0;
		if (nonblock || !sk->sndtimeo)
			return -EAGAIN;
		if (!deadline)
			deadline = sock_deadline(sk->sndtimeo);
		err = wait_event_deadline(&sk->wq, sock_may_send(sk), deadline);
		if (err)
			return err == -ETIMEDOUT ? -EAGAIN : err;
	}
}

u32 datagram_poll(struct sock *sk, struct poll_table *pt)
{
	u32 mask = 0;

	poll_wait(&sk->wq, pt);
	if (sk->err || sk->error_queue.first)
		mask |= POLLERR;
	if (sk->shutdown & RCV_SHUTDOWN)
		mask |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (sk->shutdown == (RCV_SHUTDOWN | SEND_SHUTDOWN))
		mask |= POLLHUP;
	if (skb_peek(&sk->receive_queue))
		mask |= POLLIN | POLLRDNORM;
	if (sk->wmem_alloc < sk->sndbuf / 2)
		mask |= POLLOUT | POLLWRNORM;
	return mask;
}
