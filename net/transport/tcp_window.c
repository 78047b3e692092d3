/*
 * The window that we announce: as much as the buffer can take of segments that waste as much of it
 * as this peer's do (rcv_ssthresh grows with good ones), never less than was promised, and in steps
 * that are worth a segment (RFC 9293 §3.8.6.2.2). And the buffer's size: dynamic right-sizing
 * doubles what the task reads in a round trip, up to net.ipv4.tcp_rmem[2].
 */
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_task.h"

#define MAX_SIGNED_WINDOW 32767u /* for peers that take the window field as signed */

/* ---- space: buffer bytes and what they stand for ---- */

u32 tcp_win_from_space(u32 space)
{
	int scale = sysctl_tcp_adv_win_scale;

	return scale <= 0 ? (u32)((u64)space >> -scale) : space - (u32)((u64)space >> scale);
}

u32 tcp_space(const struct sock *sk)
{
	u32 used = sk->rmem_alloc + sk->backlog_len;

	return used >= sk->rcvbuf ? 0 : tcp_win_from_space(sk->rcvbuf - used);
}

u32 tcp_full_space(const struct sock *sk)
{
	return tcp_win_from_space(sk->rcvbuf);
}

static u32 round_down_to(u32 v, u32 step)
{
	return v - v % step;
}

static u32 align_to_scale(u32 v, u8 scale)
{
	return ALIGN_UP(v, 1u << scale);
}

/* ---- the first window ---- */

static u8 tcp_window_scale_for(u32 space)
{
	int bits = 32 - __builtin_clz(space | 1); /* that it takes to write it */

	return (u8)(bits <= 16 ? 0 : min(bits - 16, TCP_MAX_WSCALE));
}

void tcp_select_initial_window(const struct sock *sk, u32 space, u32 mss, u32 *rcv_wnd,
			       u32 *window_clamp, bool wscale_ok, u8 *rcv_wscale)
{
	if (!*window_clamp)
		*window_clamp = 65535u << TCP_MAX_WSCALE;
	space = min(space, *window_clamp);
	if (mss && space > mss)
		space = round_down_to(space, mss);
	/* A window in a SYN is never scaled (RFC 7323 §2.2). */
	*rcv_wnd = min(space, sysctl_tcp_workaround_signed_windows ? MAX_SIGNED_WINDOW : 65535u);
	*rcv_wscale = 0;
	if (wscale_ok) {
		/* For what it may grow to. */
		space = max(space, (u32)max(sysctl_tcp_rmem[2], sysctl_rmem_max));
		*rcv_wscale = tcp_window_scale_for(min(space, *window_clamp));
	}
	*window_clamp = min(*window_clamp, 65535u << *rcv_wscale);
}

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
	tp->rcvq_space =
		min(min(tp->rcv_ssthresh, tp->rcv_wnd), (u32)TCP_INIT_CWND * tp->advmss);
}

/* ---- the window now ---- */

void tcp_adjust_rcv_ssthresh(struct tcp_sock *tp)
{
	tp->rcv_ssthresh = min(tp->rcv_ssthresh, 4u * tp->advmss);
}

/*
 * The window without a scale, in whole segments; what is announced now stays while it is within one
 * of the truth.
 */
static u32 tcp_window_in_segments(const struct tcp_sock *tp, u32 free, u32 full, u32 mss)
{
	u32 window = tp->rcv_wnd;

	if (window > free || free - window >= mss)
		return round_down_to(free, mss);
	if (mss == full && free > window + full / 2)
		return free;
	return window;
}

u32 __tcp_select_window(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 free = tcp_space(sk), allowed = tcp_full_space(sk);
	u32 full = min(tp->window_clamp, allowed);
	u32 mss = min((u32)tp->rcv_mss, full);

	if (!mss)
		return 0;
	if (free < full / 2) {
		tp->quick = 0;
		if (tcp_under_pressure())
			tcp_adjust_rcv_ssthresh(tp);
		free = ALIGN_DOWN(free, 1u << tp->rcv_wscale);
		/* Shut in time, before the buffer's bound drops what the window has promised. */
		if (free < allowed >> 4 || free < mss)
			return 0;
	}
	free = min(free, tp->rcv_ssthresh);
	if (!tp->rcv_wscale)
		return tcp_window_in_segments(tp, free, full, mss);
	/* A window of less than the scale's unit is not to become none. */
	return align_to_scale(free, tp->rcv_wscale);
}

static void tcp_count_window(u32 old, u16 now)
{
	if (unlikely(!now && old))
		TCPEXT_INC(TCPToZeroWindowAdv);
	else if (unlikely(now && !old))
		TCPEXT_INC(TCPFromZeroWindowAdv);
}

u16 tcp_select_window(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 old = tp->rcv_wnd, promised = tcp_receive_window(tp), window = __tcp_select_window(sk);

	if (window < promised) {
		if (!window)
			TCPEXT_INC(TCPWantZeroWindowAdv);
		window = align_to_scale(promised, tp->rcv_wscale);
	}
	tp->rcv_wnd = window;
	tp->rcv_wup = tp->rcv_nxt;
	if (!tp->rcv_wscale && sysctl_tcp_workaround_signed_windows)
		window = min(window, MAX_SIGNED_WINDOW);
	window = min(window >> tp->rcv_wscale, 65535u);
	tcp_count_window(old, (u16)window);
	return (u16)window;
}

/* ---- growth of rcv_ssthresh: by what segments cost ---- */

/*
 * @skb wastes more than the buffer allows for. The window may still grow while it is a small part
 * of the buffer: halve both until the segment would pay, or the window is not covered.
 */
static u32 tcp_grow_window_slowly(const struct sock *sk, u32 truesize, u32 len)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 cost = tcp_win_from_space(truesize) / 2;
	u32 window = tcp_win_from_space((u32)sysctl_tcp_rmem[2]) / 2;

	for (; tp->rcv_ssthresh <= window; cost /= 2, window /= 2)
		if (cost <= len)
			return 2u * tp->rcv_mss;
	return 0;
}

void tcp_grow_window(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 most = min(tp->window_clamp, tcp_space(sk)), more;

	if (most <= tp->rcv_ssthresh)
		return;
	if (unlikely(tcp_under_pressure())) {
		tcp_adjust_rcv_ssthresh(tp);
		return;
	}
	if (likely(tcp_win_from_space(skb->truesize) <= skb->len))
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
	if (sk->rcvbuf < most && !sk->rcvbuf_locked && !tcp_under_pressure() &&
	    tcp_mem_below_low())
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

void tcp_rcv_rtt_measure(struct tcp_sock *tp, const struct sk_buff *skb,
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
 * The buffer for a task that read @copied bytes in a round trip: twice that, for losses; and as a
 * sender in slow start doubles, by as much again as it has grown since the last time.
 */
static u32 tcp_rcvbuf_wanted(const struct tcp_sock *tp, u32 copied)
{
	u64 window = ((u64)copied << 1) + 16u * tp->advmss;
	u64 growth = window * (copied - tp->rcvq_space) / max(tp->rcvq_space, 1u);
	u32 cost = SKB_TRUESIZE;

	while (tcp_win_from_space(cost) < tp->advmss)
		cost += 128;
	window += growth << 1;
	return (u32)min(window / max(tp->advmss, (u16)1) * cost, (u64)sysctl_tcp_rmem[2]);
}

void tcp_rcv_space_adjust(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now, copied, wanted;

	tcp_mstamp_refresh(tp);
	now = tcp_us(tp->mstamp_ns);
	if (!tp->rcv_rtt_us || now - tp->rcvq_time_us < tp->rcv_rtt_us >> 3)
		return;
	copied = tp->copied_seq - tp->rcvq_seq;
	if (copied > tp->rcvq_space) {
		if (sysctl_tcp_moderate_rcvbuf && !sk->rcvbuf_locked) {
			wanted = tcp_rcvbuf_wanted(tp, copied);
			if (wanted > sk->rcvbuf) {
				sk->rcvbuf = wanted;
				tp->window_clamp = tcp_win_from_space(wanted);
			}
		}
		tp->rcvq_space = copied;
	}
	tp->rcvq_seq = tp->copied_seq;
	tp->rcvq_time_us = now;
}
