/*
 * Packets of the send queues: cut in two, trimmed at the front, joined - with all that counts them
 * kept right: segments in flight, SACKed, lost and retransmitted, the order of sending, the hints.
 * The bytes themselves stay where they are.
 */
#include "net/transport/tcp_output.h"

void tcp_set_skb_tso_segs(struct sk_buff *skb, u32 mss_now)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->mss = (u16)mss_now;
	if (skb->len <= mss_now) /* a FIN alone counts, too */
		cb->pcount = 1;
	else
		cb->pcount = (u16)((skb->len + mss_now - 1) / mss_now);
}

static u32 less(u32 sum, int decr)
{
	return decr > 0 && (u32)decr > sum ? 0 : sum - (u32)decr;
}

void tcp_adjust_pcount(struct sock *sk, const struct sk_buff *skb, int decr)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 sacked = TCP_SKB_CB(skb)->sacked;

	tp->packets_out -= (u32)decr;
	if (sacked & TCPCB_SACKED_ACKED)
		tp->sacked_out -= (u32)decr;
	if (sacked & TCPCB_SACKED_RETRANS)
		tp->retrans_out -= (u32)decr;
	if (sacked & TCPCB_LOST)
		tp->lost_out -= (u32)decr;
	/* Without SACK, sacked_out counts duplicate ACKs: a guess, which must not grow too large.
	 */
	if (!tp->sack_ok && decr > 0)
		tp->sacked_out = less(tp->sacked_out, decr);
}

/* ---- cut ---- */

/* @rest gets what the notes of @skb say of its last bytes; [seq, seq + len) stays. */
static void tcp_split_cb(struct sk_buff *skb, struct sk_buff *rest, u32 len)
{
	struct tcp_skb_cb *a = TCP_SKB_CB(skb), *b = TCP_SKB_CB(rest);

	b->seq = a->seq + len;
	b->end_seq = a->end_seq;
	a->end_seq = b->seq;
	b->tcp_flags = a->tcp_flags;
	a->tcp_flags &= (u8) ~(TCPHDR_FIN | TCPHDR_PSH);
	b->sacked = a->sacked;
	b->eor = a->eor;
	a->eor = 0;
	b->tx.xmit_ns = a->tx.xmit_ns;
	b->tx.first_tx_ns = a->tx.first_tx_ns;
	b->tx.delivered_ns = a->tx.delivered_ns;
	b->tx.delivered = a->tx.delivered;
	b->tx.in_flight = a->tx.in_flight;
	b->tx.app_limited = a->tx.app_limited;
}

static void tcp_insert_after(struct sk_buff_head *q, struct sk_buff *skb, struct sk_buff *n)
{
	n->prev = skb;
	n->next = skb->next;
	skb->next->prev = n;
	skb->next = n;
	q->qlen++;
}

/*
 * Those who make tiny windows or SACK every other byte must not make us hold a packet's memory for
 * each of these bytes.
 */
static bool tcp_fragments_abused(const struct tcp_sock *tp, const struct sk_buff_head *q,
				 const struct sk_buff *skb)
{
	u32 limit = tp->sk.sndbuf + 2 * (SKB_TRUESIZE + SKB_BURST_FRAGS * SKB_BUF_SIZE);

	return unlikely(tp->wmem_queued >> 1 > limit) && q == &tp->rtx_queue &&
	       skb != tcp_rtx_queue_head(tp) && skb != tcp_queue_tail(&tp->rtx_queue);
}

#define SMALL_PIECE 256

/*
 * A packet in many small ones takes a buffer for each: when memory runs out - for tiny ones as soon
 * as it is short - only what goes first is cut, lest there be no buffer left even for the ACK that
 * frees some.
 */
static bool tcp_fragments_too_many(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss)
{
	bool enough = mss < SMALL_PIECE ? !tcp_under_pressure() : !tcp_mem_exhausted();

	return unlikely(!enough) && tp->packets_out && skb != tcp_rtx_queue_head(tp);
}

int tcp_fragment(struct sock *sk, struct sk_buff_head *q, struct sk_buff *skb, u32 len, u32 mss_now)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 truesize = skb->truesize;
	int old = (int)tcp_skb_pcount(skb);
	struct sk_buff *rest;

	BUG_ON(!len || len >= skb->len);
	if (tcp_fragments_abused(tp, q, skb)) {
		TCPEXT_INC(TCPWqueueTooBig);
		return -ENOMEM;
	}
	if (tcp_fragments_too_many(tp, skb, mss_now))
		return -ENOMEM;
	rest = tcp_stream_alloc_skb(sk);
	if (!rest)
		return -ENOMEM;
	tcp_split_cb(skb, rest, len);
	skb_split(skb, rest, len);
	tcp_set_skb_tso_segs(skb, mss_now);
	tcp_set_skb_tso_segs(rest, mss_now);
	tcp_wmem_add(tp, (s32)(skb->truesize + rest->truesize - truesize));
	tcp_insert_after(q, skb, rest);
	if (q == &tp->rtx_queue) {
		int decr = old - (int)(tcp_skb_pcount(skb) + tcp_skb_pcount(rest));

		if (decr)
			tcp_adjust_pcount(sk, skb, decr);
		if (!list_empty(&TCP_SKB_CB(skb)->tx.tsorted))
			list_add(&TCP_SKB_CB(rest)->tx.tsorted, &TCP_SKB_CB(skb)->tx.tsorted);
	}
	return 0;
}

int tcp_trim_head(struct sock *sk, struct sk_buff *skb, u32 len)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 truesize = skb->truesize;

	skb_pull_frags(skb, len);
	cb->seq += len;
	tcp_wmem_add(tcp_sk(sk), (s32)(skb->truesize - truesize));
	if (cb->pcount > 1)
		tcp_set_skb_tso_segs(skb, cb->mss);
	return 0;
}

/* ---- joined ---- */

static bool tcp_can_collapse(const struct tcp_sock *tp, const struct sk_buff *skb,
			     const struct sk_buff *next, u32 space)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(next);

	if (TCP_SKB_CB(skb)->eor || cb->pcount > 1 || (cb->sacked & TCPCB_SACKED_ACKED))
		return false;
	return next->len && next->len <= space - skb->len && !after(cb->end_seq, tcp_wnd_end(tp));
}

/* False: the fragments do not fit. */
static bool tcp_collapse_next(struct sock *sk, struct sk_buff *skb, struct sk_buff *next)
{
	struct tcp_skb_cb *a = TCP_SKB_CB(skb), *b = TCP_SKB_CB(next);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 truesize = skb->truesize;

	if (skb_shinfo(skb)->nr_frags + skb_shinfo(next)->nr_frags > SKB_BURST_FRAGS)
		return false;
	skb_share_bytes(skb, next, 0, next->len);
	tcp_wmem_add(tp, (s32)(skb->truesize - truesize));
	a->end_seq = b->end_seq;
	a->tcp_flags |= b->tcp_flags;
	a->sacked |= b->sacked & TCPCB_EVER_RETRANS;
	a->eor = b->eor;
	if (tp->retransmit_skb_hint == next)
		tp->retransmit_skb_hint = skb;
	if (tp->sack_hint == next)
		tp->sack_hint = skb;
	tcp_adjust_pcount(sk, next, (int)b->pcount);
	tcp_rtx_queue_unlink_and_free(sk, next);
	return true;
}

void tcp_retrans_try_collapse(struct sock *sk, struct sk_buff *skb, u32 space)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *next;

	if (!sysctl_tcp_retrans_collapse || !skb->len || skb->len >= space ||
	    tcp_skb_pcount(skb) > 1 || (TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_SYN | TCPHDR_FIN)))
		return;
	while ((next = tcp_queue_next(&tp->rtx_queue, skb)) &&
	       tcp_can_collapse(tp, skb, next, space) && tcp_collapse_next(sk, skb, next))
		;
}

/* ---- gone ---- */

void tcp_rtx_queue_unlink_and_free(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	list_del(&TCP_SKB_CB(skb)->tx.tsorted);
	if (tp->retransmit_skb_hint == skb)
		tp->retransmit_skb_hint = NULL;
	if (tp->sack_hint == skb)
		tp->sack_hint = tcp_queue_prev(&tp->rtx_queue, skb);
	__skb_unlink(&tp->rtx_queue, skb);
	tcp_wmem_free_skb(tp, skb);
}
