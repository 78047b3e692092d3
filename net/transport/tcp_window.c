/*
 * The window that we announce: as much as the buffer can take of segments that waste as much of it
 * as this peer's do (rcv_ssthresh, tcp_rcvbuf.c), never less than was promised, and in steps that
 * are worth a segment (RFC 9293 §3.8.6.2.2).
 */
#include "net/transport/tcp_input_private.h"

#define MAX_SIGNED_WINDOW 32767u /* for peers that take the window field as signed */

/* ---- space: buffer bytes and what they stand for ---- */

u8 tcp_first_scaling_ratio(void)
{
	int scale = sysctl_tcp_adv_win_scale;

	return (u8)min(scale <= 0 ? 256ull >> -scale : 256 - (256ull >> scale), 255ull);
}

u32 tcp_win_from_space(const struct tcp_sock *tp, u32 space)
{
	return (u32)((u64)space * tp->scaling_ratio >> 8);
}

u32 tcp_space_from_win(const struct tcp_sock *tp, u32 win)
{
	return (u32)min(((u64)win << 8) / max(tp->scaling_ratio, (u8)1), (u64)INT32_MAX);
}

static void tcp_set_window_clamp(struct tcp_sock *tp, u32 clamp)
{
	tp->window_clamp = clamp;
	tp->rcvq_space = min(tp->rcvq_space, clamp);
	tp->rcv_ssthresh = min(max(tp->rcv_ssthresh, tp->rcv_wnd), clamp);
}

void tcp_measure_scaling_ratio(struct sock *sk, const struct sk_buff *skb)
{
	u8 ratio = (u8)min(((u64)skb->len << 8) / skb->truesize, (u64)255);
	struct tcp_sock *tp = tcp_sk(sk);

	ratio = max(ratio, (u8)1);
	if (ratio == tp->scaling_ratio)
		return;
	tp->scaling_ratio = ratio;
	tcp_set_window_clamp(tp, tcp_full_space(sk));
}

u32 tcp_space(const struct sock *sk)
{
	u32 used = sk->rmem_alloc + sk->backlog_len;

	return used >= sk->rcvbuf ? 0 : tcp_win_from_space(tcp_sk(sk), sk->rcvbuf - used);
}

u32 tcp_full_space(const struct sock *sk)
{
	return tcp_win_from_space(tcp_sk(sk), sk->rcvbuf);
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
	*rcv_wnd = min(space, sysctl_tcp_workaround_signed_windows ? MAX_SIGNED_WINDOW : space);
	*rcv_wscale = 0;
	if (wscale_ok) {
		/* For what it may grow to. */
		space = max(space, (u32)sysctl_tcp_rmem[2]);
		space = max(space, (u32)sysctl_rmem_max);
		*rcv_wscale = tcp_window_scale_for(min(space, *window_clamp));
	}
	*window_clamp = min(*window_clamp, 65535u << *rcv_wscale);
	/* What a SYN can say of it is less, for there it is never scaled (RFC 7323 §2.2). */
	*rcv_wnd = min(*rcv_wnd, *window_clamp);
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
