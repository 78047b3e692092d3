/*
 * Segments for the connection's own sake: FIN, RST, ACK, and the SYN-ACK of a simultaneous open.
 */
#include "net/transport/tcp_accecn.h"

/*
 * The sequence number of a segment without data: snd_nxt, unless a window that has shrunk lets the
 * peer take only less (RFC 9293 §3.10.7.4 would have it drop what is beyond). Off by less than the
 * scale's grain is not beyond.
 */
static u32 tcp_acceptable_seq(const struct tcp_sock *tp)
{
	u32 end = tcp_wnd_end(tp);

	if (likely(!before(end, tp->snd_nxt)))
		return tp->snd_nxt;
	if (tp->wscale_ok && tp->snd_nxt - end < 1u << tp->rcv_wscale)
		return tp->snd_nxt;
	return end;
}

/* No buffer: the delayed-ACK timer tries again. */
static void tcp_ack_later(struct tcp_sock *tp)
{
	tp->ack_pending |= TCP_ACK_SCHED | TCP_ACK_TIMER;
	tp->ato_us = TCP_ATO_MIN_US;
	tcp_alarm_set(tp, TCP_ALARM_DELACK, tp->mstamp_ns + (u64)TCP_DELACK_MAX_US * NSEC_PER_USEC);
}

void tcp_send_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely(sk->state == TCP_CLOSE))
		return;
	tcp_mstamp_refresh(tp);
	if (unlikely(tcp_xmit_bare(sk, tcp_acceptable_seq(tp), TCPHDR_ACK) == -ENOBUFS))
		tcp_ack_later(tp);
}

void tcp_send_active_reset(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	TCP_INC(OutRsts);
	tcp_mstamp_refresh(tp);
	if (tcp_xmit_bare(sk, tcp_acceptable_seq(tp), TCPHDR_ACK | TCPHDR_RST))
		TCPEXT_INC(TCPAbortFailed);
}

/* The SYN in rtx_queue becomes a SYN-ACK, and remains one for retransmissions. */
int tcp_send_synack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_rtx_queue_head(tp);
	struct tcp_skb_cb *cb;

	if (!skb || !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		return -EFAULT;
	cb = TCP_SKB_CB(skb);
	if (!(cb->tcp_flags & TCPHDR_ACK)) {
		cb->tcp_flags |= TCPHDR_ACK;
		tcp_ecn_send_synack(tp, skb);
	}
	tcp_mstamp_refresh(tp);
	return tcp_transmit_skb(sk, skb);
}

/* A FIN of its own at the end of write_queue. False: no memory. */
static bool tcp_queue_fin(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_stream_alloc_skb(sk);

	if (!skb)
		return false;
	tcp_queue_skb(sk, skb);
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_FIN;
	tp->write_seq = ++TCP_SKB_CB(skb)->end_seq;
	return true;
}

/*
 * The FIN rides on the last data that is not sent yet. Under pressure, or without memory, on what
 * is on its way: it is then as if that had carried it, and its retransmission will.
 */
void tcp_send_fin(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *tail = tcp_queue_tail(&tp->write_queue);
	bool sent = false;

	if (!tail && (tcp_under_pressure() || !tcp_queue_fin(sk))) {
		tail = tcp_queue_tail(&tp->rtx_queue);
		sent = tail != NULL;
		if (!tail && !tcp_queue_fin(sk))
			return;
	}
	if (tail) {
		TCP_SKB_CB(tail)->tcp_flags |= TCPHDR_FIN;
		TCP_SKB_CB(tail)->end_seq++;
		tp->write_seq++;
	}
	if (sent)
		tp->snd_nxt++;
	else
		__tcp_push_pending_frames(sk, tcp_current_mss(sk), TCP_NAGLE_OFF);
}
