/*
 * Sending again. Which segments are lost others decide (RACK, the RTO); here they are made fit for
 * the window and the MSS of today, small ones joined, and sent as far as the congestion window
 * goes.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_output.h"

/* Takes off what has been acknowledged meanwhile. */
static int tcp_retrans_trim(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 una = tcp_sk(sk)->snd_una;

	if (before(cb->seq, una) && (cb->tcp_flags & TCPHDR_SYN)) {
		cb->tcp_flags &= (u8)~TCPHDR_SYN;
		cb->seq++;
	}
	if (!before(cb->seq, una))
		return 0;
	if (!before(una, cb->seq + skb->len))
		return before(cb->end_seq, una) ? -EINVAL : tcp_trim_head(sk, skb, skb->len);
	return tcp_trim_head(sk, skb, una - cb->seq);
}

/*
 * As long as the window wants it: a shut window gets one segment, which serves as a probe; beyond
 * what a shrunk window takes nothing is sent. -EAGAIN, -ENOMEM.
 */
static int tcp_retrans_fit(struct sock *sk, struct sk_buff *skb, u32 segs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss = tcp_current_mss(sk), len;
	s32 avail = (s32)(tcp_wnd_end(tp) - TCP_SKB_CB(skb)->seq);
	int decr;

	if (avail <= 0) {
		if (TCP_SKB_CB(skb)->seq != tp->snd_una)
			return -EAGAIN;
		avail = (s32)mss;
	}
	len = segs * mss;
	if (unlikely(len > (u32)avail)) {
		len = (u32)avail - (u32)avail % mss;
		if (!len)
			len = (u32)avail;
	}
	if (skb->len > len)
		return tcp_fragment(sk, &tp->rtx_queue, skb, len, mss);
	decr = (int)tcp_skb_pcount(skb);
	tcp_set_skb_tso_segs(skb, mss);
	decr -= (int)tcp_skb_pcount(skb);
	if (decr)
		tcp_adjust_pcount(sk, skb, decr);
	tcp_retrans_try_collapse(sk, skb, min((u32)avail, mss));
	return 0;
}

static void tcp_retrans_count(struct tcp_sock *tp, const struct sk_buff *skb, u32 segs)
{
	TCP_ADD(RetransSegs, segs);
	if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)
		TCPEXT_INC(TCPSynRetrans);
	tp->total_retrans += segs;
	tp->bytes_retrans += skb->len;
}

int __tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err;

	tp->mtu_probe_size = 0; /* a probe that is on its way proves nothing any more */
	err = tcp_retrans_trim(sk, skb);
	if (!err)
		err = tcp_route(sk) ? tcp_retrans_fit(sk, skb, segs) : -EHOSTUNREACH;
	if (err)
		return err;
	if ((TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_SYN | TCPHDR_ACK | TCPHDR_ECE | TCPHDR_CWR)) ==
	    (TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR))
		tcp_ecn_repeat_syn(tp, skb);
	segs = tcp_skb_pcount(skb);
	tcp_retrans_count(tp, skb, segs);
	err = tcp_transmit_skb(sk, skb);
	/* Even in vain: an RTT must not be taken of it (Karn). */
	TCP_SKB_CB(skb)->sacked |= TCPCB_EVER_RETRANS;
	if (err)
		TCPEXT_ADD(TCPRetransFail, segs);
	return err;
}

int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs)
{
	int err = __tcp_retransmit_skb(sk, skb, segs);

	tcp_retrans_started(tcp_sk(sk), skb, tcp_skb_pcount(skb), !err);
	return err;
}

/* How many segments of @skb may go now; 0: it is not to be sent again. */
static u32 tcp_retrans_quota(struct sock *sk, const struct sk_buff *skb, u32 burst_segs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u8 sacked = TCP_SKB_CB(skb)->sacked;

	if (!(sacked & TCPCB_LOST) || (sacked & (TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS)))
		return 0;
	return min(tp->snd_cwnd - tcp_packets_in_flight(tp), burst_segs);
}

static void tcp_retrans_count_fast(struct tcp_sock *tp, u32 segs)
{
	if (tp->ca_state == TCP_CA_Loss)
		TCPEXT_ADD(TCPSlowStartRetrans, segs);
	else
		TCPEXT_ADD(TCPFastRetrans, segs);
	if (tcp_in_cwnd_reduction(tp))
		tp->prr_out += segs;
}

/* May another segment be sent again at all? */
static bool tcp_retrans_may_go_on(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tp->retrans_out < tp->lost_out && tcp_packets_in_flight(tp) < tp->snd_cwnd &&
	       !tcp_pacing_check(sk);
}

void tcp_xmit_retransmit_queue(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *head = tcp_rtx_queue_head(tp), *skb = tp->retransmit_skb_hint, *next;
	u32 mss, segs, burst_segs;
	bool rearm = false;

	if (!tp->packets_out)
		return;
	mss = tcp_current_mss(sk);
	burst_segs = tcp_burst_max(sk, mss) / mss;
	dev_batch_begin();
	for (skb = skb ? skb : head; skb && tcp_retrans_may_go_on(sk); skb = next) {
		segs = tcp_retrans_quota(sk, skb, burst_segs);
		if (segs) {
			tp->retransmit_skb_hint = skb;
			if (tcp_small_queue_check(sk, skb, 1) || tcp_retransmit_skb(sk, skb, segs))
				break;
			tcp_retrans_count_fast(tp, tcp_skb_pcount(skb));
			if (skb == head && tp->rtx_purpose != TCP_TIME_REO_TIMEOUT)
				rearm = true;
		}
		next = tcp_queue_next(&tp->rtx_queue, skb);
		tp->retransmit_skb_hint = next;
	}
	dev_batch_end();
	if (rearm)
		tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, tcp_rto_backoff_us(tp));
}
