/*
 * Delivery rate (draft-cheng-iccrg-delivery-rate-estimation): each packet takes a note of how much
 * had been delivered when it was sent; when it is delivered itself, the difference over the time
 * that it took is a sample. The time is the longer of sending's and of the ACKs', so that ACKs
 * which come in a bunch do not look like speed. A sample during which the application had nothing
 * to send is marked: it says what was asked for, not what the path can do.
 */
#include "net/transport/tcp_cong.h"

void tcp_rate_skb_sent(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	/* Nothing is on its way: the sending phase of the next sample begins here. */
	if (!tp->packets_out)
		tp->first_tx_ns = tp->delivered_ns = cb->tx.xmit_ns;
	cb->tx.first_tx_ns = tp->first_tx_ns;
	cb->tx.delivered_ns = tp->delivered_ns;
	cb->tx.delivered = tp->delivered;
	cb->tx.app_limited = tp->app_limited != 0;
}

/* Of those that one ACK delivers, the packet that was sent last is the sample's. */
static bool rate_is_later(const struct tcp_sock *tp, const struct tcp_skb_cb *cb,
			  const struct rate_sample *rs)
{
	if (cb->tx.xmit_ns != tp->first_tx_ns)
		return cb->tx.xmit_ns > tp->first_tx_ns;
	return after(cb->end_seq, rs->last_end_seq);
}

void tcp_rate_skb_delivered(struct sock *sk, struct sk_buff *skb, struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (!cb->tx.delivered_ns)
		return;
	if (!rs->prior_ns || rate_is_later(tp, cb, rs)) {
		rs->prior_ns = cb->tx.delivered_ns;
		rs->prior_delivered = cb->tx.delivered;
		rs->is_app_limited = cb->tx.app_limited;
		rs->is_retrans = cb->sacked & TCPCB_RETRANS;
		rs->last_end_seq = cb->end_seq;
		tp->first_tx_ns = cb->tx.xmit_ns;
		rs->interval_us = (s32)tcp_us(cb->tx.xmit_ns - cb->tx.first_tx_ns);
	}
	/* A SACKed packet will be ACKed, too: it counts once. */
	if (cb->sacked & TCPCB_SACKED_ACKED)
		cb->tx.delivered_ns = 0;
}

/* What TCP_INFO and ss show: the latest, unless the application was slower than the path is. */
static void rate_keep(struct tcp_sock *tp, const struct rate_sample *rs)
{
	if (rs->is_app_limited && (u64)rs->delivered * tp->rate_interval_us <
					  (u64)tp->rate_delivered * (u32)rs->interval_us)
		return;
	tp->rate_delivered = (u32)rs->delivered;
	tp->rate_interval_us = (u32)rs->interval_us;
	tp->rate_app_limited = rs->is_app_limited;
}

void tcp_rate_gen(struct sock *sk, u32 delivered, u32 lost, bool is_sack_reneg,
		  struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->app_limited && after(tp->delivered, tp->app_limited))
		tp->app_limited = 0;
	if (delivered)
		tp->delivered_ns = tp->mstamp_ns;
	rs->acked_sacked = delivered;
	rs->losses = lost;
	if (!rs->prior_ns || is_sack_reneg) {
		rs->delivered = rs->interval_us = -1;
		return;
	}
	rs->delivered = (s32)(tp->delivered - rs->prior_delivered);
	rs->snd_interval_us = (u32)rs->interval_us;
	rs->rcv_interval_us = tcp_us(tp->mstamp_ns - rs->prior_ns);
	rs->interval_us = (s32)max(rs->snd_interval_us, rs->rcv_interval_us);
	/* Shorter than any round trip: a SACK or an ACK that was for something else. */
	if ((u32)rs->interval_us < tcp_min_rtt_us(tp)) {
		rs->interval_us = -1;
		return;
	}
	rate_keep(tp, rs);
}

/* The task is about to send: was the pipe empty only because it had not? */
void tcp_rate_check_app_limited(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->write_seq - tp->snd_nxt >= tp->mss_cache || sk->wmem_alloc >= SKB_TRUESIZE ||
	    tcp_packets_in_flight(tp) >= tp->snd_cwnd || tp->lost_out > tp->retrans_out)
		return;
	tp->app_limited = tp->delivered + tcp_packets_in_flight(tp);
	if (!tp->app_limited)
		tp->app_limited = 1;
}
