/*
 * When we acknowledge: at once while the sender is in slow start (quick ACKs), when a hole opens or
 * closes, and for every second full segment; else later, with the answer that the task probably
 * writes (pingpong) or after the interval at which segments come (ATO), 40 ms at least and 200 ms
 * at most: RFC 9293 §3.8.6.3, RFC 5681 §4.2.
 */
#include "net/transport/tcp_input_private.h"
#include "net/transport/tcp_output.h"

#define US_PER_MS 1000u
#define DUP_ACKS_AT_ONCE 3 /* RFC 5681 §3.2: what fast retransmit waits for */
#define TIMER_GRAIN_NS NSEC_PER_MSEC

/* ---- quick ACKs ---- */

static void tcp_incr_quickack(struct sock *sk, u32 max_quickacks)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 half_window = tp->rcv_mss ? tp->rcv_wnd / (2u * tp->rcv_mss) : 0;
	u32 quick = min(half_window ? half_window : 2, max_quickacks);

	tp->quick = (u8)max((u32)tp->quick, quick);
}

void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_incr_quickack(sk, max_quickacks);
	tcp_exit_pingpong(tp);
	tp->ato_us = TCP_ATO_MIN_US;
}

static bool tcp_in_quickack_mode(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tp->quick && !tcp_in_pingpong(tp);
}

void tcp_event_ack_sent(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* Only what acknowledges something new counts. */
	if (tp->quick && (tp->ack_pending & TCP_ACK_SCHED) && !--tp->quick)
		tp->ato_us = TCP_ATO_MIN_US;
	/* The timer is left to fire for nothing, or to be moved: cheaper than to stop it each time.
	 */
	tp->ack_pending = 0;
	if (unlikely(tp->compressed_acks)) {
		TCPEXT_ADD(TCPAckCompressed, tp->compressed_acks);
		tp->compressed_acks = 0;
	}
}

/* ---- what a segment of data tells ---- */

/*
 * What the sender calls a full segment: the longest seen; or, if it is shorter than that, what has
 * come twice running without PSH.
 */
void tcp_measure_rcv_mss(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;
	u16 gso = TCP_SKB_CB(skb)->mss, last = tp->last_seg_size;
	u32 len = gso ? gso : skb->len;

	tp->last_seg_size = 0;
	if (len >= tp->rcv_mss) {
		if (unlikely(len != tp->rcv_mss))
			tcp_measure_scaling_ratio(sk, skb);
		tp->rcv_mss = (u16)min(len, (u32)tp->advmss);
		if (flags & TCPHDR_PSH)
			tp->ack_pending |= TCP_ACK_PUSHED;
		return;
	}
	len += TCP_SKB_CB(skb)->rx.hlen;
	if (len >= TCP_MSS_DEFAULT + TCP_MIN_HEADER ||
	    (len >= TCP_MIN_MSS + TCP_MIN_HEADER &&
	     !(flags & (TCPHDR_FIN | TCPHDR_URG | TCPHDR_SYN | TCPHDR_PSH)))) {
		/* Options vary: as if it had those that every segment has. */
		len -= tp->tcp_header_len;
		tp->last_seg_size = (u16)len;
		if (len == last) {
			tp->rcv_mss = (u16)len;
			return;
		}
	}
	if (tp->ack_pending & TCP_ACK_PUSHED)
		tp->ack_pending |= TCP_ACK_PUSHED2;
	tp->ack_pending |= TCP_ACK_PUSHED;
}

/* The interval between segments, smoothed; a gap longer than the RTO means that the sender begins
 * anew, in slow start. */
static void tcp_measure_ato(struct sock *sk, u32 gap_us)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (gap_us <= TCP_ATO_MIN_US / 2)
		tp->ato_us = tp->ato_us / 2 + TCP_ATO_MIN_US / 2;
	else if (gap_us < tp->ato_us)
		tp->ato_us = min(tp->ato_us / 2 + gap_us, tp->rto_us);
	else if (gap_us > tp->rto_us)
		tcp_incr_quickack(sk, TCP_MAX_QUICKACKS);
}

void tcp_event_data_recv(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now = tcp_ms(tp->mstamp_ns), gap = now - tp->lrcvtime_ms;

	tp->ack_pending |= TCP_ACK_SCHED;
	tcp_measure_rcv_mss(sk, skb);
	tcp_rcv_rtt_measure_window(tp);
	if (likely(tp->ato_us)) {
		tcp_measure_ato(sk, min(gap, UINT32_MAX / US_PER_MS) * US_PER_MS);
	} else {
		tcp_incr_quickack(sk, TCP_MAX_QUICKACKS);
		tp->ato_us = TCP_ATO_MIN_US;
	}
	tp->lrcvtime_ms = now;
	tcp_ecn_check_ce(sk, skb);
	if (skb->len >= 128)
		tcp_grow_window(sk, skb);
}

/* ---- now, later, or not ---- */

/* How long an ACK may wait. */
static u32 tcp_delack_us(const struct tcp_sock *tp)
{
	u32 ato = tp->ato_us, most = 500 * US_PER_MS;

	if (ato > TCP_DELACK_MIN_US) {
		if (tcp_in_pingpong(tp) || (tp->ack_pending & TCP_ACK_PUSHED))
			most = TCP_DELACK_MAX_US;
		if (tp->srtt_us)
			most = min(most, max(tp->srtt_us >> 3, TCP_DELACK_MIN_US));
		ato = min(ato, most);
	}
	return min(ato, TCP_DELACK_MAX_US);
}

static void tcp_arm_delack(struct tcp_sock *tp, u64 at_ns)
{
	tp->ack_pending |= TCP_ACK_SCHED | TCP_ACK_TIMER;
	tcp_alarm_set(tp, TCP_ALARM_DELACK, at_ns);
}

static void tcp_send_delayed_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 wait = tcp_delack_us(tp) * NSEC_PER_USEC;
	u64 now = ktime_ns();

	if (tp->ack_pending & TCP_ACK_TIMER) {
		u64 due = tcp_alarm_ns(tp, TCP_ALARM_DELACK);

		if (due <= now + wait / 4) {
			tcp_send_ack(sk);
			return;
		}
		if (due <= now + wait) {
			tp->ack_pending |= TCP_ACK_SCHED;
			return;
		}
	}
	tcp_arm_delack(tp, now + wait);
}

void tcp_delay_ack_longest(struct tcp_sock *tp)
{
	tcp_arm_delack(tp, ktime_ns() + TCP_DELACK_MAX_US * NSEC_PER_USEC);
}

/*
 * More than a full segment waits to be acknowledged, and the task keeps up so that the window can
 * move (else its reading will send the ACK) or waits for more than there is.
 */
static bool tcp_ack_second_segment(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tp->rcv_nxt - tp->rcv_wup <= tp->rcv_mss)
		return false;
	return tp->rcv_nxt - tp->copied_seq < sk->rcvlowat ||
	       __tcp_select_window(sk) >= tp->rcv_wnd;
}

/*
 * Of ACKs for segments out of order the first three leave at once, for the sender may take them for
 * a loss. More of them tell it little: one for all that come within a twentieth of the round trip,
 * a millisecond at most, net.ipv4.tcp_comp_sack_nr of them at most. ns; 0: do not wait.
 */
static u64 tcp_compressed_ack_ns(const struct tcp_sock *tp, struct tcp_ooo *ooo)
{
	u32 rtt = tp->srtt_us ? min(tp->srtt_us, tp->rcv_rtt_us) : tp->rcv_rtt_us;
	u64 wait = min(rtt / 8 * (NSEC_PER_USEC / 20), NSEC_PER_MSEC);

	if (!tp->sack_ok || tp->compressed_acks >= (u32)sysctl_tcp_comp_sack_nr)
		return 0;
	if (ooo->dup_acks_nxt != tp->rcv_nxt) {
		ooo->dup_acks_nxt = tp->rcv_nxt;
		ooo->dup_acks = 0;
	}
	if (ooo->dup_acks < DUP_ACKS_AT_ONCE) {
		ooo->dup_acks++;
		return 0;
	}
	return wait < TIMER_GRAIN_NS / 2 ? 0 : wait;
}

static void tcp_send_ofo_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 wait = tcp_compressed_ack_ns(tp, tp->ooo), at;

	if (!wait) {
		tcp_send_ack(sk);
		return;
	}
	at = ktime_ns() + wait;
	if (!tp->compressed_acks++ &&
	    !((tp->ack_pending & TCP_ACK_TIMER) && tcp_alarm_ns(tp, TCP_ALARM_DELACK) <= at))
		tcp_arm_delack(tp, at);
}

void tcp_ack_snd_check(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!(tp->ack_pending & TCP_ACK_SCHED))
		return;
	/* In this order: the look at the window ends quick ACKs when there is little left of it. */
	if ((tp->ack_pending & TCP_ACK_NOW) || tcp_ack_second_segment(sk) ||
	    tcp_in_quickack_mode(sk))
		tcp_send_ack(sk);
	else if (unlikely(tp->ooo))
		tcp_send_ofo_ack(sk);
	else
		tcp_send_delayed_ack(sk);
}

void tcp_flush_compressed_acks(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->compressed_acks)
		return;
	tp->compressed_acks--; /* for the one that leaves */
	tcp_send_ack(sk);
}

/* ---- the task has read ---- */

/* An ACK is due, and reading was what it waited for. */
static bool tcp_ack_after_read(const struct sock *sk, u32 copied)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!(tp->ack_pending & TCP_ACK_SCHED))
		return false;
	if (tp->rcv_nxt - tp->rcv_wup > tp->rcv_mss)
		return true;
	/* The buffer is empty, and there was a small segment: the sender may wait for us. */
	if (!copied || sk->rmem_alloc)
		return false;
	return (tp->ack_pending & TCP_ACK_PUSHED2) ||
	       ((tp->ack_pending & TCP_ACK_PUSHED) && !tcp_in_pingpong(tp));
}

/* The window that can be announced now is at least twice what the sender knows of. */
static bool tcp_window_update_due(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 known = tcp_receive_window(tp), window;

	if ((sk->shutdown & RCV_SHUTDOWN) || 2 * (u64)known > tp->window_clamp)
		return false;
	window = __tcp_select_window(sk);
	return window && window >= 2 * (u64)known;
}

void tcp_cleanup_rbuf(struct sock *sk, u32 copied)
{
	if (tcp_ack_after_read(sk, copied) || (copied && tcp_window_update_due(sk)))
		tcp_send_ack(sk);
}

void tcp_delack_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* It may have been acknowledged since, and the timer left, or set anew. */
	if (!(tp->ack_pending & TCP_ACK_TIMER) || tcp_alarm_is_set(tp, TCP_ALARM_DELACK))
		return;
	tp->ack_pending &= (u8)~TCP_ACK_TIMER;
	if (!(tp->ack_pending & TCP_ACK_SCHED))
		return;
	tcp_mstamp_refresh(tp);
	if (tp->compressed_acks) {
		tcp_flush_compressed_acks(sk);
		return;
	}
	if (tcp_in_pingpong(tp)) {
		/* The task has not answered in time: it will not next time either. */
		tcp_exit_pingpong(tp);
		tp->ato_us = TCP_ATO_MIN_US;
	} else {
		tp->ato_us = min(tp->ato_us * 2, tp->rto_us);
	}
	tcp_send_ack(sk);
	TCPEXT_INC(DelayedACKs);
}
