/*
 * The receive buffer's size, and how much of it the window may promise. rcv_ssthresh grows with
 * segments that use their buffers well, and falls when the buffer overflows all the same. The
 * buffer grows by dynamic right-sizing: twice what the task reads in a round trip, up to
 * net.ipv4.tcp_rmem[2], unless SO_RCVBUF has fixed it.
 */
#include "net/transport/tcp_input_private.h"
#include "net/transport/tcp_task.h"

/* ---- the beginning ---- */

/* The clamp leaves room for the task's side (net.ipv4.tcp_app_win), and for one segment more. */
static void tcp_init_window_clamp(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 most = tcp_full_space(sk), mss = tp->advmss;

	if (tp->window_clamp >= most) {
		tp->window_clamp = most;
		if (sysctl_tcp_app_win && most > 4 * mss)
			tp->window_clamp = max(most - (most >> sysctl_tcp_app_win), 4 * mss);
	}
	if (sysctl_tcp_app_win && tp->window_clamp > 2 * mss && tp->window_clamp + mss > most)
		tp->window_clamp = most > 3 * mss ? most - mss : 2 * mss;
}

void tcp_init_buffer_space(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!sk->sndbuf_locked)
		tcp_sndbuf_expand(sk);
	tcp_mstamp_refresh(tp);
	tcp_init_window_clamp(sk);
	tp->rcv_ssthresh = min(tp->rcv_ssthresh, tp->window_clamp);
	tp->snd_cwnd_stamp_ms = tcp_ms(tp->mstamp_ns);
	tp->rcvq_time_us = tcp_us(tp->mstamp_ns);
	tp->rcvq_seq = tp->copied_seq;
	tp->rcvq_space = min(tp->rcv_ssthresh, tp->rcv_wnd);
	tp->rcvq_space = min(tp->rcvq_space, (u32)TCP_INIT_CWND * tp->advmss);
}

/* ---- growth of rcv_ssthresh: by what segments cost ---- */

/*
 * @skb wastes more than the buffer allows for. The window may still grow while it is a small part
 * of the buffer: halve both until the segment would pay, or the window is not covered.
 */
static u32 tcp_grow_window_slowly(const struct sock *sk, u32 truesize, u32 len)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 cost = tcp_win_from_space(tp, truesize) / 2;
	u32 window = tcp_win_from_space(tp, (u32)sysctl_tcp_rmem[2]) / 2;

	for (; tp->rcv_ssthresh <= window; cost /= 2, window /= 2)
		if (cost <= len)
			return 2u * tp->rcv_mss;
	return 0;
}

void tcp_grow_window(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 most = min(tp->window_clamp, tcp_space(sk)), more;

	if (unlikely(tcp_under_pressure())) {
		tcp_adjust_rcv_ssthresh(tp);
		return;
	}
	if (most <= tp->rcv_ssthresh)
		return;
	if (likely(tcp_win_from_space(tp, skb->truesize) <= skb->len))
		more = 2u * tp->advmss;
	else
		more = tcp_grow_window_slowly(sk, skb->truesize, skb->len);
	if (!more)
		return;
	more = max(more, 2 * skb->len);
	tp->rcv_ssthresh += min(most - tp->rcv_ssthresh, more);
	tp->quick |= 1;
}

/*
 * The buffer is full of what the window promised: let it grow to what it holds, if it may; else
 * announce little until it has drained.
 */
void tcp_clamp_window(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 most = (u32)sysctl_tcp_rmem[2];

	tp->quick = 0;
	if (sk->rcvbuf < most && !sk->rcvbuf_locked && !tcp_under_pressure() && tcp_mem_below_low())
		sk->rcvbuf = min(sk->rmem_alloc, most);
	if (sk->rmem_alloc > sk->rcvbuf)
		tp->rcv_ssthresh = min(tp->window_clamp, 2u * tp->advmss);
}

/* ---- the receiver's round-trip time ---- */

/*
 * @windowed: the time a window took to be filled, which idle senders make long: the least counts.
 * Else a timestamp's echo: smoothed.
 */
static void tcp_rcv_rtt_update(struct tcp_sock *tp, u32 sample_us, bool windowed)
{
	u32 rtt = tp->rcv_rtt_us, m = min(sample_us, UINT32_MAX >> 4);

	if (!rtt)
		tp->rcv_rtt_us = m << 3;
	else if (windowed)
		tp->rcv_rtt_us = min(rtt, m << 3);
	else
		tp->rcv_rtt_us = rtt + m - (rtt >> 3);
}

/* Without timestamps: from a window's announcement to its last byte. */
void tcp_rcv_rtt_measure_window(struct tcp_sock *tp)
{
	u32 now = tcp_us(tp->mstamp_ns);

	if (tp->rcv_rtt_time_us) {
		if (before(tp->rcv_nxt, tp->rcv_rtt_seq))
			return;
		tcp_rcv_rtt_update(tp, max(now - tp->rcv_rtt_time_us, 1u), true);
	}
	tp->rcv_rtt_seq = tp->rcv_nxt + tp->rcv_wnd;
	tp->rcv_rtt_time_us = now;
}

void tcp_rcv_rtt_measure_ts(struct tcp_sock *tp, const struct sk_buff *skb,
			    const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 delta;

	if (!opt->saw_tstamp || opt->rcv_tsecr == tp->rcv_rtt_last_tsecr)
		return;
	tp->rcv_rtt_last_tsecr = opt->rcv_tsecr;
	if (cb->end_seq - cb->seq < tp->rcv_mss)
		return;
	delta = tcp_time_stamp(tp) - opt->rcv_tsecr;
	if (delta < INT32_MAX / 1000)
		tcp_rcv_rtt_update(tp, max(delta, 1u) * 1000, false);
}

/* ---- dynamic right-sizing ---- */

/*
 * The window for a task that read @copied bytes in a round trip: twice that, for losses; as a
 * sender in slow start doubles, by as much again as it has grown since the last time; and what lies
 * beyond a hole, for it stays until the hole is filled.
 */
static u64 tcp_rcv_window_wanted(const struct tcp_sock *tp, u32 copied, u32 last)
{
	u64 window = ((u64)copied << 1) + 16u * tp->advmss;

	window += (window * (copied - last) / max(last, 1u)) << 1;
	if (tp->ooo)
		window += TCP_SKB_CB(tcp_queue_tail(&tp->ooo->queue))->end_seq - tp->rcv_nxt;
	return window;
}

/* The buffer that has room for @window. */
static u32 tcp_rcvbuf_for(const struct tcp_sock *tp, u64 window)
{
	u32 most = (u32)sysctl_tcp_rmem[2];
	u32 space = tcp_space_from_win(tp, (u32)min(window, (u64)most));

	return min(space, most);
}

void tcp_rcvbuf_grow(struct sock *sk, u32 copied)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 last = tp->rcvq_space, wanted;

	tp->rcvq_space = copied;
	if (!sysctl_tcp_moderate_rcvbuf || sk->rcvbuf_locked)
		return;
	wanted = tcp_rcvbuf_for(tp, tcp_rcv_window_wanted(tp, copied, last));
	if (wanted > sk->rcvbuf) {
		sk->rcvbuf = wanted;
		tp->window_clamp = tcp_win_from_space(tp, wanted);
	}
}

void tcp_rcv_space_adjust(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now, copied;

	tcp_mstamp_refresh(tp);
	now = tcp_us(tp->mstamp_ns);
	if (!tp->rcv_rtt_us || now - tp->rcvq_time_us < tp->rcv_rtt_us >> 3)
		return;
	copied = tp->copied_seq - tp->rcvq_seq;
	if (copied > tp->rcvq_space)
		tcp_rcvbuf_grow(sk, copied);
	tp->rcvq_seq = tp->copied_seq;
	tp->rcvq_time_us = now;
}
