/*
 * recvmsg: from receive_queue to the task, packet by packet from copied_seq on. The sock is held
 * while bytes are copied; what comes meanwhile waits in the backlog and is taken before the task
 * would sleep. Reading opens the window and may be worth an ACK: tcp_delack.c decides.
 *
 * Urgent data (RFC 6093: a mark in the stream, and the byte before it) is read apart from the rest
 * unless SO_OOBINLINE; a read never crosses the mark, so that SIOCATMARK can find it.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_task.h"

/* One call's progress. */
struct receiving {
	struct sock *sk;
	struct msghdr *msg;
	u32 *seq;     /* what is read next: copied_seq, or with MSG_PEEK a copy of it */
	u32 peek_seq; /* that copy */
	u32 copied, left, target;
	u64 deadline;
	int flags;
	bool nonblock;
};

/* ---- urgent data ---- */

/* MSG_OOB: the urgent byte, if there is one that has not been read. */
static ssize_t recv_urgent(struct sock *sk, struct msghdr *msg, u32 len, int flags)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 byte = (u8)tp->urg_data;

	if (sock_flag(sk, SOCK_OOBINLINE) || !tp->urg_data || tp->urg_data == TCP_URG_READ)
		return -EINVAL;
	if (sk->state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (!(tp->urg_data & TCP_URG_VALID))
		return sk->state == TCP_CLOSE || (sk->shutdown & RCV_SHUTDOWN) ? 0 : -EAGAIN;
	if (!(flags & MSG_PEEK))
		tp->urg_data = TCP_URG_READ;
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	return !(flags & MSG_TRUNC) && memcpy_toiovec(msg->msg_iov, &byte, 1) ? -EFAULT : 1;
}

static bool at_urgent_mark(const struct receiving *r)
{
	const struct tcp_sock *tp = tcp_sk(r->sk);

	return tp->urg_data && tp->urg_seq == *r->seq;
}

/*
 * How many of the next @used bytes (at least one) may be copied before the urgent byte. 0: it is
 * the next one, and to be left out.
 */
static u32 before_urgent(const struct receiving *r, u32 used)
{
	const struct tcp_sock *tp = tcp_sk(r->sk);
	u32 ahead = tp->urg_seq - *r->seq;

	if (likely(!tp->urg_data) || ahead >= used)
		return used;
	if (ahead)
		return ahead;
	return sock_flag(r->sk, SOCK_OOBINLINE) ? used : 0;
}

static void urgent_passed(struct tcp_sock *tp)
{
	if (unlikely(tp->urg_data) && after(tp->copied_seq, tp->urg_seq))
		tp->urg_data = 0;
}

/* ---- taking packets ---- */

/*
 * The packet that holds *@r->seq, and where in it; NULL: not here yet. With MSG_PEEK those before
 * it are still in the queue, else it is the first.
 */
static struct sk_buff *recv_find(struct receiving *r, u32 *offset)
{
	struct sk_buff_head *q = &r->sk->receive_queue;

	for (struct sk_buff *skb = skb_peek(q); skb; skb = tcp_queue_next(q, skb)) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		*offset = *r->seq - cb->seq;
		if (unlikely(before(*r->seq, cb->seq)))
			panic("tcp: receive queue begins at %u, read up to %u", cb->seq, *r->seq);
		if (unlikely(cb->tcp_flags & TCPHDR_SYN))
			--*offset;
		if (*offset < skb->len || (cb->tcp_flags & TCPHDR_FIN))
			return skb;
	}
	return NULL;
}

static void recv_eat(struct receiving *r, struct sk_buff *skb)
{
	if (r->flags & MSG_PEEK)
		return;
	local_bh_disable();
	__skb_unlink(&r->sk->receive_queue, skb);
	consume_skb(skb);
	local_bh_enable();
}

/* SO_PEEK_OFF: the next peek begins where this one ends, and what is read lies before it no more.
 */
static void recv_move_peek_off(const struct receiving *r, u32 used)
{
	int off = sock_rare(r->sk)->peek_off;

	if (off < 0)
		return;
	if (r->flags & MSG_PEEK)
		off += (int)used;
	else
		off = max(off - (int)used, 0);
	sock_rare_get(r->sk)->peek_off = off;
}

static u32 recv_peek_off(const struct sock *sk)
{
	return (u32)max(sock_rare(sk)->peek_off, 0);
}

/* Up to @used bytes at @offset of @skb to the task. -EFAULT. */
static int recv_copy(struct receiving *r, const struct sk_buff *skb, u32 offset, u32 used)
{
	if (!(r->flags & MSG_TRUNC) && skb_copy_datagram_iovec(skb, offset, r->msg->msg_iov, used))
		return -EFAULT;
	*r->seq += used;
	r->copied += used;
	r->left -= used;
	if (unlikely(sock_flag(r->sk, SOCK_RARE)))
		recv_move_peek_off(r, used);
	if (!(r->flags & MSG_PEEK))
		net_bytes_delivered += used;
	return 0;
}

/* Some bytes of @skb, from @offset on. 0: go on; 1: that was the end of the stream; -EFAULT. */
static int recv_from_skb(struct receiving *r, struct sk_buff *skb, u32 offset)
{
	u32 used = min(skb->len - offset, r->left);

	if (likely(used)) {
		used = before_urgent(r, used);
		if (likely(used)) {
			if (recv_copy(r, skb, offset, used))
				return -EFAULT;
		} else {
			used = 1;
			++*r->seq;
		}
		if (!(r->flags & MSG_PEEK))
			urgent_passed(tcp_sk(r->sk));
	}
	if (offset + used < skb->len)
		return 0;
	if (unlikely(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN)) {
		++*r->seq;
		recv_eat(r, skb);
		return 1;
	}
	recv_eat(r, skb);
	return 0;
}

/* ---- waiting ---- */

/* What has changed since the task looked last: anything that a reader may want to know. */
static bool recv_has_news(const struct sock *sk, u32 rcv_nxt, u16 urg_data)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return READ_ONCE(tp->rcv_nxt) != rcv_nxt || READ_ONCE(tp->urg_data) != urg_data ||
	       READ_ONCE(sk->err) || (READ_ONCE(sk->shutdown) & RCV_SHUTDOWN) ||
	       READ_ONCE(sk->state) == TCP_CLOSE;
}

static void recv_cleanup(struct sock *sk, u32 copied)
{
	local_bh_disable();
	tcp_rcv_space_adjust(sk);
	tcp_cleanup_rbuf(sk, copied);
	local_bh_enable();
}

/*
 * Lets go of the sock until something has come. 0, -EAGAIN (SO_RCVTIMEO), -EINTR. Meanwhile
 * SO_RCVLOWAT is what is still missing of it, or what has been copied already would be waited for
 * once more.
 */
static int recv_sleep(struct receiving *r)
{
	struct sock *sk = r->sk;
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 lowat = sk->rcvlowat, missing = min(lowat, r->target - r->copied);
	u32 rcv_nxt = tp->rcv_nxt;
	u16 urg_data = tp->urg_data;
	int err;

	recv_cleanup(sk, r->copied);
	sk->rcvlowat = missing;
	release_sock(sk);
	err = wait_event_deadline(&sk->wq, recv_has_news(sk, rcv_nxt, urg_data), r->deadline);
	lock_sock(sk);
	if (sk->rcvlowat == missing)
		sk->rcvlowat = lowat;
	return err == -ETIMEDOUT ? -EAGAIN : err;
}

/* Nothing more will come, or nothing may be waited for: 1; < 0: and that is why. */
static int recv_over(struct receiving *r)
{
	struct sock *sk = r->sk;

	if (r->copied)
		return sk->err || sk->state == TCP_CLOSE || (sk->shutdown & RCV_SHUTDOWN) ||
		       r->nonblock;
	if (sock_flag(sk, SOCK_DONE))
		return 1;
	if (sk->err)
		return sock_error(sk);
	if (sk->shutdown & RCV_SHUTDOWN)
		return 1;
	if (sk->state == TCP_CLOSE)
		return -ENOTCONN;
	return r->nonblock ? -EAGAIN : 0;
}

static bool backlog_waits(const struct sock *sk)
{
	return READ_ONCE(sk->backlog.first) != NULL;
}

/* The queue has no more: 0: look again; 1: enough; < 0: an error. */
static int recv_wait(struct receiving *r)
{
	int end;

	if (r->copied >= r->target && !backlog_waits(r->sk))
		return 1;
	end = recv_over(r);
	if (end)
		return end;
	if (r->copied >= r->target || backlog_waits(r->sk)) {
		release_sock(r->sk);
		lock_sock(r->sk);
		return 0;
	}
	end = recv_sleep(r);
	return r->copied && end ? 1 : end;
}

/* ---- the call ---- */

/* One step: a packet, or a wait. 0: go on; 1: done; < 0: an error. */
static int recv_some(struct receiving *r)
{
	struct sk_buff *skb;
	u32 offset;

	/* A read ends before the mark, or begins at it. */
	if (unlikely(at_urgent_mark(r)) && r->copied)
		return 1;
	skb = recv_find(r, &offset);
	if (skb)
		return recv_from_skb(r, skb, offset);
	return recv_wait(r);
}

static ssize_t recv_stream(struct receiving *r)
{
	struct tcp_sock *tp = tcp_sk(r->sk);
	int end = 0;

	/* Once even for no bytes: that waits, too. */
	do {
		u32 read_up_to = tp->copied_seq;

		end = recv_some(r);
		/* Another task has read meanwhile: peek from where it stands now. */
		if ((r->flags & MSG_PEEK) && read_up_to != tp->copied_seq)
			r->peek_seq = tp->copied_seq + recv_peek_off(r->sk);
	} while (r->left && !end);
	recv_cleanup(r->sk, r->flags & MSG_PEEK ? 0 : r->copied);
	return r->copied || end > 0 ? (ssize_t)r->copied : end;
}

/* How much is there to read now; after the end, 1, so that the reader comes and finds it. */
static int tcp_inq_hint(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	int n = (int)(tp->rcv_nxt - tp->copied_seq);

	return n <= 0 ? sock_flag(sk, SOCK_DONE) : n;
}

/* At least so many bytes before the call returns, if it may wait. */
static u32 recv_target(const struct sock *sk, int flags, u32 len)
{
	u32 n = flags & MSG_WAITALL ? len : min(sk->rcvlowat, len);

	return n ? n : 1;
}

static ssize_t tcp_recvmsg_locked(struct receiving *r)
{
	struct tcp_sock *tp = tcp_sk(r->sk);
	ssize_t n;

	if (r->sk->state == TCP_LISTEN)
		return -ENOTCONN;
	if (unlikely(r->flags & MSG_OOB))
		return recv_urgent(r->sk, r->msg, r->left, r->flags);
	r->peek_seq = tp->copied_seq + recv_peek_off(r->sk);
	r->seq = r->flags & MSG_PEEK ? &r->peek_seq : &tp->copied_seq;
	r->target = recv_target(r->sk, r->flags, r->left);
	n = recv_stream(r);
	if (unlikely(tp->recvmsg_inq) && n >= 0) {
		int inq = tcp_inq_hint(r->sk);

		put_cmsg(r->msg, SOL_TCP, TCP_CM_INQ, &inq, sizeof(inq));
	}
	return n;
}

ssize_t tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct receiving r = { .sk = sk, .msg = msg, .flags = flags };
	ssize_t n;

	if (unlikely(flags & MSG_ERRQUEUE))
		return ip_recv_error(sk, msg, len);
	r.left = (u32)min(len, (size_t)INT32_MAX);
	r.nonblock = (flags & MSG_DONTWAIT) || !sk->rcvtimeo;
	r.deadline = r.nonblock ? 0 : sock_deadline(sk->rcvtimeo);
	lock_sock(sk);
	n = tcp_recvmsg_locked(&r);
	release_sock(sk);
	return n;
}
