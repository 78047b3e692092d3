/*
 * sendmsg: the task's bytes into write_queue, and a push when that is worth one. They are copied
 * once, into pool buffers (tcp_fill.c). The sock is held all the time; it is let go of while the
 * task waits for room.
 *
 * When a packet may go is tcp_output.c's matter; fast open's connect is tcp_open.c's.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_task.h"
#include "net/transport/tcp_txnote.h"

/* One call's progress. */
struct sending {
	struct sock *sk;
	struct msghdr *msg;
	size_t left, copied;
	u64 deadline;
	u32 mss, size_goal;
	bool nonblock;
	bool zerocopy; /* packets have the shape that zero copying would give them */
	u32 frags;     /* then: pieces of the task's memory in the last packet */
};

/* ---- packets into the queue ---- */

/*
 * The packet at the queue's end if it takes more, else NULL. The slots are asked for here, so that
 * tcp_copy_from_task finds one.
 */
static struct sk_buff *send_tail(struct sending *s)
{
	struct sk_buff *skb = tcp_queue_tail(&tcp_sk(s->sk)->write_queue);
	const struct skb_shared_info *si;

	if (!skb || skb->len >= s->size_goal || TCP_SKB_CB(skb)->eor)
		return NULL;
	si = skb_shinfo(skb);
	if (!si->nr_frags || tcp_frag_room(&si->frags[si->nr_frags - 1]))
		return skb;
	return si->nr_frags < SKB_BURST_FRAGS && tcp_wmem_may_grow(tcp_sk(s->sk)) ? skb : NULL;
}

static struct sk_buff *send_new_tail(struct sending *s)
{
	struct sk_buff *skb = NULL;

	local_bh_disable();
	if (tcp_wmem_may_grow(tcp_sk(s->sk)))
		skb = tcp_stream_alloc_skb(s->sk);
	if (skb)
		tcp_queue_skb(s->sk, skb);
	else
		tcp_moderate_sndbuf(s->sk);
	local_bh_enable();
	return skb;
}

/* An empty packet at the queue's end that got no bytes. */
static void send_drop_empty(struct sending *s)
{
	struct tcp_sock *tp = tcp_sk(s->sk);
	struct sk_buff *skb = tcp_queue_tail(&tp->write_queue);

	if (!skb || skb->len || TCP_SKB_CB(skb)->end_seq != TCP_SKB_CB(skb)->seq)
		return;
	local_bh_disable();
	__skb_unlink(&tp->write_queue, skb);
	tcp_wmem_free_skb(tp, skb);
	local_bh_enable();
}

/* A piece of the task's memory is a fragment, however small. */
static u32 send_piece(struct sending *s, u32 room)
{
	const struct iovec *iov = s->msg->msg_iov;

	while (!iov->iov_len)
		iov++;
	s->frags++;
	return (u32)min((size_t)room, iov->iov_len);
}

/* Bytes onto @skb, with all that the queue keeps count of. As tcp_copy_from_task. */
static ssize_t send_append(struct sending *s, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(s->sk);
	u32 room = (u32)min(s->left, (size_t)(s->size_goal - skb->len)), truesize = skb->truesize;
	ssize_t n;

	if (unlikely(s->zerocopy))
		room = send_piece(s, room);
	/* About a buffer at a time, so that the share is kept. */
	if (unlikely(tcp_under_pressure()))
		room = min(room, (u32)SKB_MAX_LINEAR);
	n = tcp_copy_from_task(skb, s->msg, room);
	if (skb->truesize != truesize) {
		local_bh_disable();
		tcp_wmem_add(tp, (s32)(skb->truesize - truesize));
		local_bh_enable();
	}
	if (n <= 0)
		return n;
	/* The PSH of an earlier call is not at its message's end any more. */
	if (!s->copied)
		TCP_SKB_CB(skb)->tcp_flags &= (u8)~TCPHDR_PSH;
	TCP_SKB_CB(skb)->end_seq += (u32)n;
	TCP_SKB_CB(skb)->pcount = 0;
	tp->write_seq += (u32)n;
	s->copied += (size_t)n;
	s->left -= (size_t)n;
	return n;
}

/* ---- pushing ---- */

/*
 * A stream that its windows let have several times as much on its way as may wait for being sent
 * together: telling the card is dear, and what goes out in one piece comes back in one, too.
 */
static bool send_is_stream(const struct sending *s)
{
	const struct tcp_sock *tp = tcp_sk(s->sk);

	return s->copied >= s->size_goal && tp->ca_state == TCP_CA_Open && !tcp_needs_pacing(tp) &&
	       (u64)tp->snd_cwnd * s->mss >= 4 * DEV_LATE_BYTES &&
	       tp->snd_wnd >= 4 * DEV_LATE_BYTES;
}

/* The end of a batch; @snd_nxt as it was at its beginning. */
static void send_batch_end(const struct sending *s, u32 snd_nxt)
{
	if (send_is_stream(s))
		dev_batch_end_late(tcp_sk(s->sk)->snd_nxt - snd_nxt);
	else
		dev_batch_end();
}

static void send_push(struct sending *s, int flags, int nonagle)
{
	u32 snd_nxt;

	local_bh_disable();
	snd_nxt = tcp_sk(s->sk)->snd_nxt;
	dev_batch_begin();
	tcp_push(s->sk, flags, s->mss, nonagle, s->size_goal);
	send_batch_end(s, snd_nxt);
	local_bh_enable();
}

/* More than half of the largest window is queued behind the last PSH: the peer may starve. */
static bool send_forced_push(const struct tcp_sock *tp)
{
	return after(tp->write_seq, tp->pushed_seq + (tp->max_window >> 1));
}

/* A packet is full, the message goes on: it need not wait for the message's end. */
static void send_push_full(struct sending *s, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(s->sk);
	u32 snd_nxt;

	local_bh_disable();
	snd_nxt = tp->snd_nxt;
	dev_batch_begin();
	if (send_forced_push(tp)) {
		TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
		tp->pushed_seq = tp->write_seq;
		__tcp_push_pending_frames(s->sk, s->mss, TCP_NAGLE_PUSH);
	} else if (skb == tcp_send_head(tp)) {
		tcp_push_one(s->sk, s->mss);
	}
	send_batch_end(s, snd_nxt);
	local_bh_enable();
}

static void send_ask_mss(struct sending *s)
{
	local_bh_disable();
	s->mss = tcp_send_mss(s->sk, &s->size_goal, s->msg->msg_flags);
	local_bh_enable();
}

/* ---- waiting ---- */

static bool send_broken(const struct sock *sk)
{
	return READ_ONCE(sk->err) || (READ_ONCE(sk->shutdown) & SEND_SHUTDOWN);
}

/* Lets go of the sock until @cond or @until; in the macro's terms, 0, -ETIMEDOUT or -EINTR. */
#define send_wait_event(s, cond, until)                                                            \
	({                                                                                         \
		int sw_err_;                                                                       \
		release_sock((s)->sk);                                                             \
		sw_err_ = wait_event_deadline(&(s)->sk->wq, cond, until);                          \
		lock_sock((s)->sk);                                                                \
		sw_err_;                                                                           \
	})

/* When the pool has nothing, nobody tells us of the next free buffer: look again soon. */
#define SEND_NO_BUFFER_NS (5 * NSEC_PER_MSEC)

/* Something has left the queue, and that was enough. */
static bool send_has_drained(const struct tcp_sock *tp, u32 queued)
{
	return READ_ONCE(tp->wmem_queued) < queued && tcp_wmem_may_grow(tp);
}

/*
 * Until there is room in SO_SNDBUF; or, if there is and it was a buffer that lacked (@no_buffer),
 * for a moment. 0, -EPIPE (an error is pending, or we may not send any more), -EAGAIN, -EINTR.
 */
static int send_wait_memory(struct sending *s, bool no_buffer)
{
	const struct tcp_sock *tp = tcp_sk(s->sk);
	u32 queued = tp->wmem_queued;
	u64 until = s->deadline;
	int err;

	if (send_broken(s->sk))
		return -EPIPE;
	if (s->nonblock)
		return -EAGAIN;
	if (no_buffer) {
		until = min(until, ktime_ns() + SEND_NO_BUFFER_NS);
		err = send_wait_event(s, send_broken(s->sk) || send_has_drained(tp, queued), until);
	} else {
		err = send_wait_event(s, send_broken(s->sk) || tcp_stream_memory_free(tp), until);
	}
	if (send_broken(s->sk))
		return -EPIPE;
	if (err == -ETIMEDOUT)
		return until < s->deadline ? 0 : -EAGAIN;
	return err;
}

static int send_wait_for_room(struct sending *s, bool no_buffer)
{
	int err;

	local_bh_disable();
	sock_set_flag(s->sk, SOCK_NOSPACE, true);
	local_bh_enable();
	if (s->copied)
		send_push(s, s->msg->msg_flags & ~MSG_MORE, TCP_NAGLE_PUSH);
	tcp_cong_refill(); /* a window that grows, probably */
	err = send_wait_memory(s, no_buffer);
	if (!err)
		send_ask_mss(s);
	return err;
}

static bool send_may(const struct sock *sk)
{
	return sk->state == TCP_ESTABLISHED || sk->state == TCP_CLOSE_WAIT;
}

/* Until the handshake is over. A fast open's server may send before it is. */
static int send_wait_connect(struct sending *s)
{
	struct sock *sk = s->sk;

	while (!send_may(sk)) {
		int err = sock_error(sk);

		if (err)
			return err;
		if (sk->state == TCP_SYN_RECV && tcp_sk(sk)->fastopen_rsk)
			return 0;
		if (sk->state != TCP_SYN_SENT && sk->state != TCP_SYN_RECV)
			return -EPIPE;
		if (s->nonblock)
			return -EAGAIN;
		tcp_sk(sk)->write_pending = s->left;
		err = send_wait_event(s,
				      (READ_ONCE(sk->state) != TCP_SYN_SENT &&
				       READ_ONCE(sk->state) != TCP_SYN_RECV) ||
					      READ_ONCE(sk->err),
				      s->deadline);
		tcp_sk(sk)->write_pending = false;
		if (err)
			return err == -ETIMEDOUT ? -EAGAIN : err;
	}
	return 0;
}

/* ---- fast open, RFC 7413: connect with the first bytes ---- */

/* Set with bottom halves off only, so there is never more than one. */
static struct tcp_fastopen_request *fastopen_now;

struct tcp_fastopen_request *tcp_fastopen_request(const struct sock *sk)
{
	return fastopen_now && fastopen_now->sk == sk ? fastopen_now : NULL;
}

static int send_fastopen_connect(struct sending *s)
{
	struct sock *sk = s->sk;
	const struct sockaddr *addr = s->msg->msg_name;
	int err;

	if (sk->defer_connect) {
		sk->defer_connect = false;
		err = tcp_connect(sk);
		if (err)
			sk->prot->disconnect(sk);
		return err;
	}
	if (sk->state == TCP_SYN_SENT || sk->state == TCP_SYN_RECV)
		return s->nonblock ? -EALREADY : 0;
	if (sk->state != TCP_CLOSE)
		return -EISCONN;
	if (!addr)
		return -EDESTADDRREQ;
	return tcp_v4_connect(sk, addr, (int)s->msg->msg_namelen, 0);
}

/* The errno of a connect that waits no longer. */
static int send_fastopen_wait(struct sending *s, size_t in_syn)
{
	int err;

	if (s->nonblock)
		return in_syn ? 0 : -EINPROGRESS;
	err = send_wait_connect(s);
	return err == -EAGAIN ? -EINPROGRESS : err;
}

/*
 * Sends the SYN, with as much of the message as it takes. 0: the rest follows; 1: the call is over
 * (@s->copied).
 */
static int send_fastopen(struct sending *s)
{
	struct tcp_fastopen_request req = { .sk = s->sk, .msg = s->msg, .size = s->left };
	const struct sockaddr *addr = s->msg->msg_name;
	int err;

	if (!(sysctl_tcp_fastopen & 1) || (addr && addr->sa_family == AF_UNSPEC))
		return -EOPNOTSUPP;
	local_bh_disable();
	fastopen_now = &req;
	err = send_fastopen_connect(s);
	fastopen_now = NULL;
	local_bh_enable();
	if (err < 0)
		return err;
	s->copied += req.copied;
	s->left -= min(req.copied, s->left);
	err = send_fastopen_wait(s, req.copied);
	if (err && !(err == -EINPROGRESS && req.copied))
		return err;
	return s->nonblock || !s->left ? 1 : 0;
}

/* ---- the call ---- */

/* One round: some bytes into the queue, or a wait. */
static int send_some(struct sending *s)
{
	struct sk_buff *skb = send_tail(s);
	ssize_t n;

	if (unlikely(s->zerocopy) && skb && s->frags == TCP_ZEROCOPY_FRAGS) {
		TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
		skb = NULL;
	}
	if (!skb) {
		s->frags = 0;
		if (!tcp_stream_memory_free(tcp_sk(s->sk)))
			return send_wait_for_room(s, false);
		skb = send_new_tail(s);
		if (!skb)
			return send_wait_for_room(s, true);
	}
	n = send_append(s, skb);
	if (n == -ENOBUFS) {
		send_drop_empty(s);
		return send_wait_for_room(s, true);
	}
	if (n < 0)
		return (int)n;
	if (!s->left && (s->msg->msg_flags & MSG_EOR))
		TCP_SKB_CB(skb)->eor = 1;
	if (s->left && skb->len >= s->size_goal && !(s->msg->msg_flags & MSG_OOB))
		send_push_full(s, skb);
	return 0;
}

static int send_all(struct sending *s)
{
	int err = 0;

	send_ask_mss(s);
	if (send_broken(s->sk))
		return -EPIPE;
	while (s->left && !err)
		err = send_some(s);
	return err;
}

/* A broken connection's own error comes before EPIPE. */
static ssize_t send_result(struct sending *s, int err)
{
	send_drop_empty(s);
	if (s->copied) {
		tcp_txnote_send(s->sk, (int)s->msg->msg_flags);
		send_push(s, s->msg->msg_flags, tcp_sk(s->sk)->nonagle);
		return (ssize_t)s->copied;
	}
	if (err == -EPIPE) {
		int pending = sock_error(s->sk);

		return pending ? pending : -EPIPE;
	}
	/* Nothing is queued, so nothing will tell of room: say it now (edge-triggered pollers). */
	if (err == -EAGAIN && !skb_peek(&tcp_sk(s->sk)->write_queue)) {
		local_bh_disable();
		tcp_write_space(s->sk);
		local_bh_enable();
	}
	return err;
}

static ssize_t tcp_sendmsg_locked(struct sending *s)
{
	bool fastopen = (s->msg->msg_flags & MSG_FASTOPEN) || s->sk->defer_connect;
	int err;

	if (unlikely(fastopen)) {
		err = send_fastopen(s);
		if (err > 0 && s->copied)
			tcp_txnote_send(s->sk, (int)s->msg->msg_flags);
		if (err)
			return err < 0 ? err : (ssize_t)s->copied;
	}
	tcp_rate_check_app_limited(s->sk);
	if (unlikely(!send_may(s->sk))) {
		err = send_wait_connect(s);
		if (err)
			return s->copied ? (ssize_t)s->copied : send_result(s, err);
	}
	return send_result(s, send_all(s));
}

ssize_t tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	struct sending s = { .sk = sk, .msg = msg, .left = len };
	ssize_t n;

	s.nonblock = (msg->msg_flags & MSG_DONTWAIT) || !sk->sndtimeo;
	s.deadline = s.nonblock ? 0 : sock_deadline(sk->sndtimeo);
	lock_sock(sk);
	s.zerocopy = tcp_txnote_zerocopy(sk, (int)msg->msg_flags);
	n = tcp_sendmsg_locked(&s);
	release_sock(sk);
	return n;
}
