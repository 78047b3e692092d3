/*
 * What is lost (RFC 8985): not what a number of later segments has overtaken, but what was sent
 * long enough before something that has arrived. "Long enough" is the reordering window: none
 * while no reordering has been seen and the evidence is strong, else a quarter of the shortest
 * round trip, and more while D-SACKs tell that we have been hasty.
 *
 * tp->tsorted_sent has what is on its way in the order of its last sending, so a look goes from the
 * oldest up to the first that was sent after what has arrived. What is held lost leaves that list
 * until it is sent again.
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

#define RACK_NO_DUPTHRESH 4 /* net.ipv4.tcp_recovery: bits */
#define RACK_STATIC_REO_WND 2
#define RACK_TIMEOUT_MIN_US 2000 /* what a timer may be late, so that it is not early */

/* Was what was sent at @a_ns up to @a_seq sent after the other? */
static bool sent_after(u64 a_ns, u64 b_ns, u32 a_seq, u32 b_seq)
{
	return a_ns > b_ns || (a_ns == b_ns && after(a_seq, b_seq));
}

void tcp_mark_skb_lost(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *hint = tp->retransmit_skb_hint;

	if (cb->sacked & TCPCB_SACKED_ACKED)
		return;
	/* No hint means: from the head - or that all that is lost has been sent again. */
	if (hint ? before(cb->seq, TCP_SKB_CB(hint)->seq) : tp->retrans_out >= tp->lost_out)
		tp->retransmit_skb_hint = skb;
	list_del(&cb->tx.tsorted);
	if (!(cb->sacked & TCPCB_LOST)) {
		cb->sacked |= TCPCB_LOST;
		tp->lost_out += cb->pcount;
		tp->lost += cb->pcount;
	} else if (cb->sacked & TCPCB_SACKED_RETRANS) {
		/* So is the retransmission. */
		cb->sacked &= (u8)~TCPCB_SACKED_RETRANS;
		tp->retrans_out -= cb->pcount;
		tp->lost += cb->pcount;
		TCPEXT_ADD(TCPLostRetransmit, cb->pcount);
	}
}

static u32 rack_reo_wnd_us(const struct tcp_sock *tp)
{
	if (!tp->reord_seen) {
		/* No time to lose when recovery is on, or due by the classic rule. */
		if (tp->ca_state >= TCP_CA_Recovery)
			return 0;
		if (tp->sacked_out >= tp->reordering && !(sysctl_tcp_recovery & RACK_NO_DUPTHRESH))
			return 0;
	}
	return (u32)min((u64)(tcp_min_rtt_us(tp) >> 2) * tp->rack_reo_wnd_steps,
			(u64)tp->srtt_us >> 3);
}

s32 tcp_rack_skb_timeout(const struct tcp_sock *tp, const struct sk_buff *skb, u32 reo_wnd_us)
{
	return (s32)(tp->rack_rtt_us + reo_wnd_us - tcp_age_us(tp, TCP_SKB_CB(skb)->tx.xmit_ns));
}

/* Marks what is lost; returns the us until all is decided that may be, 0: it is. */
static u32 rack_detect_loss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 reo_wnd = rack_reo_wnd_us(tp), timeout = 0;
	struct list_head *node = tp->tsorted_sent.next, *next;

	for (; node != &tp->tsorted_sent; node = next) {
		struct sk_buff *skb = tcp_skb_of_tsorted(node);
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
		s32 left;

		next = node->next;
		if (!sent_after(tp->rack_ns, cb->tx.xmit_ns, tp->rack_end_seq, cb->end_seq))
			break;
		left = tcp_rack_skb_timeout(tp, skb, reo_wnd);
		if (left <= 0)
			tcp_mark_skb_lost(sk, skb);
		else
			timeout = max(timeout, (u32)left);
	}
	return timeout;
}

bool tcp_rack_mark_lost(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 timeout;

	if (!tp->rack_advanced)
		return false; /* nothing new has arrived since the last look */
	tp->rack_advanced = false;
	timeout = rack_detect_loss(sk);
	if (timeout)
		tcp_reset_xmit_timer(sk, TCP_TIME_REO_TIMEOUT,
				     min(timeout + RACK_TIMEOUT_MIN_US, tp->rto_us));
	return timeout;
}

void tcp_rack_advance(struct tcp_sock *tp, u8 sacked, u32 end_seq, u64 xmit_ns)
{
	u32 rtt = tcp_age_us(tp, xmit_ns);

	/* Sent twice, and too early for the second: that was the first. RFC 8985 §6.2 step 2. */
	if (rtt < tcp_min_rtt_us(tp) && (sacked & TCPCB_RETRANS))
		return;
	tp->rack_advanced = true;
	tp->rack_rtt_us = rtt;
	if (sent_after(xmit_ns, tp->rack_ns, end_seq, tp->rack_end_seq)) {
		tp->rack_ns = xmit_ns;
		tp->rack_end_seq = end_seq;
	}
}

void tcp_rack_reo_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 prior = tcp_packets_in_flight(tp), lost = tp->lost;

	rack_detect_loss(sk);
	if (prior != tcp_packets_in_flight(tp)) {
		if (tp->ca_state != TCP_CA_Recovery) {
			tcp_enter_recovery(sk, false);
			if (!tcp_ca(tp)->cong_control)
				tcp_cwnd_reduction(sk, 1, tp->lost - lost, 0);
		}
		tcp_xmit_retransmit_queue(sk);
	}
	if (tp->rtx_purpose != TCP_TIME_RETRANS)
		tcp_rearm_rto(sk);
}

/* The window grows with each round trip that saw a D-SACK, and lasts for 16 recoveries. */
void tcp_rack_update_reo_wnd(struct tcp_sock *tp, const struct rate_sample *rs)
{
	if ((sysctl_tcp_recovery & RACK_STATIC_REO_WND) || !rs->prior_delivered)
		return;
	/* Less than a round trip since the last step. */
	if (before(rs->prior_delivered, tp->rack_last_delivered))
		tp->rack_dsack_seen = false;
	if (tp->rack_dsack_seen) {
		if (tp->rack_reo_wnd_steps < UINT8_MAX)
			tp->rack_reo_wnd_steps++;
		tp->rack_dsack_seen = false;
		tp->rack_last_delivered = tp->delivered;
		tp->rack_reo_wnd_persist = TCP_RACK_PERSIST;
	} else if (!tp->rack_reo_wnd_persist) {
		tp->rack_reo_wnd_steps = 1;
	}
}
