/*
 * Tail loss probes (RFC 8985 §7): what was sent last and is lost has nothing behind it that would
 * draw SACKs. After two round trips of silence one segment - new data if there is some, else the
 * last one again - asks for them, long before the RTO.
 */
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_output.h"

#define PTO_SLACK_US 2000 /* two ticks of timers */

static bool tcp_wants_loss_probe(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (sysctl_tcp_early_retrans != 3 && sysctl_tcp_early_retrans != 4)
		return false;
	if (!tp->packets_out || !tp->sack_ok)
		return false;
	if (tp->fastopen_rsk && sk->state != TCP_SYN_SENT)
		return false;
	return tp->ca_state == TCP_CA_Open || tp->ca_state == TCP_CA_CWR;
}

bool tcp_schedule_loss_probe(struct sock *sk, bool advancing_rto)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 pto = TCP_TIMEOUT_INIT_US;
	s64 rto;

	if (!tcp_wants_loss_probe(sk))
		return false;
	if (tp->srtt_us) { /* << 3: a quarter is two round trips */
		pto = tp->srtt_us >> 2;
		/* A lone segment's ACK may be a delayed one. */
		pto += tp->packets_out == 1 ? TCP_RTO_MIN_US : PTO_SLACK_US;
	}
	rto = advancing_rto ? tcp_rto_backoff_us(tp) : tcp_rto_delta_us(sk);
	if (rto > 0)
		pto = (u32)min((s64)pto, rto);
	tcp_reset_xmit_timer(sk, TCP_TIME_LOSS_PROBE, pto);
	return true;
}

/* New data, beyond the congestion window if need be. False: none, or none that may go. */
static bool tcp_probe_new(struct sock *sk, u32 mss)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 before_out = tp->packets_out;

	tcp_write_xmit(sk, mss, TCP_NAGLE_OFF, 2);
	return tp->packets_out > before_out;
}

/* The last segment again, of those that have not been SACKed. */
static bool tcp_probe_last(struct sock *sk, u32 mss)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_queue_tail(&tp->rtx_queue);
	u32 pcount;

	while (skb && (TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_ACKED))
		skb = tcp_queue_prev(&tp->rtx_queue, skb);
	if (!skb)
		return false;
	pcount = tcp_skb_pcount(skb);

	if (pcount > 1 && skb->len > (pcount - 1) * mss) {
		if (tcp_fragment(sk, &tp->rtx_queue, skb, (pcount - 1) * mss, mss))
			return false;
		skb = tcp_queue_next(&tp->rtx_queue, skb);
	}
	if (__tcp_retransmit_skb(sk, skb, 1))
		return false;
	tp->tlp_retrans = true;
	return true;
}

void tcp_send_loss_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *head = tcp_send_head(tp);
	u32 mss = tcp_current_mss(sk);
	bool sent = false;

	if (!tcp_rtx_queue_head(tp)) {
		tcp_clear_xmit_timer(sk);
		return;
	}
	/* One at a time. */
	if (!tp->tlp_high_seq) {
		tp->tlp_retrans = false;
		if (head && tcp_snd_wnd_test(tp, head, mss))
			sent = tcp_probe_new(sk, mss);
		else
			sent = tcp_probe_last(sk, mss);
	}
	if (sent) {
		tp->tlp_high_seq = tp->snd_nxt;
		TCPEXT_INC(TCPLossProbes);
		tp->rtx_purpose = TCP_TIME_NONE; /* the RTO counts from now */
	}
	tcp_rearm_rto(sk);
}
