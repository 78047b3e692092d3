/*
 * Whether a sender's sums and lists say the same as the packets of its rtx_queue: what the whole
 * of recovery rests on. For tests, after each step.
 */
#include "net/transport/tcp_ack_private.h"

struct sums {
	u32 packets, sacked, lost, retrans, listed;
	bool retransmit_hint, sack_hint;
};

static const char *check_packet(const struct tcp_sock *tp, const struct sk_buff *skb, u32 seq,
				struct sums *sum)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (cb->seq != seq)
		return "a hole or an overlap in rtx_queue";
	if (!cb->pcount)
		return "a packet of no segments";
	if ((cb->sacked & TCPCB_SACKED_ACKED) && (cb->sacked & TCPCB_LOST))
		return "SACKed and lost";
	if ((cb->sacked & TCPCB_SACKED_RETRANS) && !(cb->sacked & TCPCB_EVER_RETRANS))
		return "sent again, but never";
	if (tp->sack_ok && tp->sacked_out && (cb->sacked & TCPCB_SACKED_ACKED) &&
	    after(cb->end_seq, tp->highest_sack))
		return "SACKed above the highest SACK";
	sum->packets += cb->pcount;
	sum->sacked += cb->sacked & TCPCB_SACKED_ACKED ? cb->pcount : 0;
	sum->lost += cb->sacked & TCPCB_LOST ? cb->pcount : 0;
	sum->retrans += cb->sacked & TCPCB_SACKED_RETRANS ? cb->pcount : 0;
	sum->listed += !list_empty(&cb->tx.tsorted);
	sum->retransmit_hint |= skb == tp->retransmit_skb_hint;
	sum->sack_hint |= skb == tp->sack_hint;
	return NULL;
}

static const char *check_tsorted(const struct tcp_sock *tp, u32 listed)
{
	const struct list_head *node = tp->tsorted_sent.next;
	u64 last = 0;
	u32 n = 0;

	for (; node != &tp->tsorted_sent; node = node->next, n++) {
		const struct tcp_skb_cb *cb = container_of(node, struct tcp_skb_cb, tx.tsorted);

		if (cb->tx.xmit_ns < last)
			return "tsorted_sent is not in order";
		if (cb->sacked & TCPCB_SACKED_ACKED)
			return "SACKed, but in tsorted_sent";
		if ((cb->sacked & TCPCB_TAGBITS) == TCPCB_LOST)
			return "lost, but in tsorted_sent";
		last = cb->tx.xmit_ns;
	}
	return n == listed ? NULL : "tsorted_sent has others than rtx_queue";
}

const char *tcp_rtx_check(const struct tcp_sock *tp)
{
	const struct sk_buff *skb = tcp_rtx_queue_head(tp);
	u32 seq = skb ? TCP_SKB_CB(skb)->seq : tp->snd_nxt;
	struct sums sum = { 0 };
	const char *bad;

	if (skb && (after(seq, tp->snd_una) || !after(TCP_SKB_CB(skb)->end_seq, tp->snd_una)))
		return "the head is not at snd_una";
	for (; skb; skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		bad = check_packet(tp, skb, seq, &sum);
		if (bad)
			return bad;
		seq = TCP_SKB_CB(skb)->end_seq;
	}
	if (seq != tp->snd_nxt)
		return "rtx_queue does not end at snd_nxt";
	if (sum.packets != tp->packets_out || sum.lost != tp->lost_out ||
	    sum.retrans != tp->retrans_out)
		return "packets_out, lost_out or retrans_out is wrong";
	if (tp->sack_ok ? sum.sacked != tp->sacked_out : sum.sacked)
		return "sacked_out is wrong";
	if (tcp_left_out(tp) > tp->packets_out)
		return "more left the network than were in it";
	if ((tp->retransmit_skb_hint && !sum.retransmit_hint) || (tp->sack_hint && !sum.sack_hint))
		return "a hint points nowhere";
	return check_tsorted(tp, sum.listed);
}
