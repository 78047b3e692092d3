/*
 * SACKed packets that follow each other become one again. SACKs come segment by segment and cut
 * packets of many segments to pieces, each with a header and a buffer of its own; left so, a
 * window full of them takes several times its memory and makes every walk long. So the segments
 * that a SACK adds go over to the packet before, if that is SACKed, too: mostly their bytes are
 * neighbours in the same buffer still.
 *
 * Only whole segments of one size are joined, so that both sums of segments stay what they were.
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

/* SACKed, and nothing else is to be remembered of it. */
static bool only_sacked(const struct sk_buff *skb)
{
	return (TCP_SKB_CB(skb)->sacked & TCPCB_TAGBITS) == TCPCB_SACKED_ACKED;
}

/* May the bytes of @skb follow those of @prev in one packet? */
static bool may_follow(const struct tcp_sock *tp, const struct sk_buff *prev,
		       const struct sk_buff *skb)
{
	const struct tcp_skb_cb *a = TCP_SKB_CB(prev), *b = TCP_SKB_CB(skb);

	return only_sacked(prev) && !a->eor && after(a->end_seq, tp->snd_una) && skb->len &&
	       a->mss && a->mss == b->mss && prev->len % a->mss == 0 &&
	       !((a->tcp_flags | b->tcp_flags) & TCPHDR_SYN) &&
	       prev->len + skb->len <= TCP_BURST_MAX;
}

/* @len bytes, @segs segments, from the front of @skb to @prev. False: no slots. */
static bool move_segments(struct tcp_sock *tp, struct sk_buff *prev, struct sk_buff *skb, u32 len,
			  u32 segs)
{
	struct tcp_skb_cb *a = TCP_SKB_CB(prev), *b = TCP_SKB_CB(skb);
	u32 truesize = prev->truesize + skb->truesize;

	if (!skb_move_front(prev, skb, len))
		return false;
	tcp_wmem_add(tp, (s32)(prev->truesize + skb->truesize - truesize));
	a->end_seq += len;
	a->pcount = (u16)(a->pcount + segs);
	a->sacked |= b->sacked & TCPCB_EVER_RETRANS;
	b->seq += len;
	b->pcount = (u16)(b->pcount - segs);
	return true;
}

bool tcp_sack_shift(struct sock *sk, struct tcp_ack_state *st, struct sk_buff *skb,
		    const struct tcp_sack_block *b)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb run = *TCP_SKB_CB(skb);
	struct sk_buff *prev = tcp_queue_prev(&tp->rtx_queue, skb);
	u32 len = b->end_seq - run.seq;

	/* In part, from its start on; not what is on its way a second time and not held lost. */
	if (run.pcount <= 1 || after(b->start_seq, run.seq) || !before(b->end_seq, run.end_seq) ||
	    (run.sacked & TCPCB_SACKED_ACKED) || !prev || !may_follow(tp, prev, skb) ||
	    (run.sacked & (TCPCB_SACKED_RETRANS | TCPCB_LOST)) == TCPCB_SACKED_RETRANS)
		return false;
	run.pcount = (u16)(len / run.mss);
	len = run.pcount * run.mss;
	run.end_seq = run.seq + len;
	if (!len || len >= skb->len || !after(run.end_seq, tp->snd_una))
		return false;
	if (!move_segments(tp, prev, skb, len, run.pcount)) {
		TCPEXT_INC(TCPSackShiftFallback);
		return false;
	}
	TCPEXT_INC(TCPSackShifted);
	tcp_sack_arrived(tp, st, &run);
	tcp_rate_skb_delivered(sk, skb, &st->rs);
	return true;
}

/* All of @skb to @prev, both SACKed. */
static bool join(struct sock *sk, struct sk_buff *prev, struct sk_buff *skb)
{
	struct tcp_skb_cb *a = TCP_SKB_CB(prev), *b = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!only_sacked(skb) || !may_follow(tp, prev, skb))
		return false;
	if (!move_segments(tp, prev, skb, skb->len, b->pcount)) {
		TCPEXT_INC(TCPSackShiftFallback);
		return false;
	}
	TCPEXT_INC(TCPSackMerged);
	a->end_seq = b->end_seq; /* a FIN counts, too */
	a->tcp_flags |= b->tcp_flags;
	a->eor = b->eor;
	if (tp->retransmit_skb_hint == skb)
		tp->retransmit_skb_hint = prev;
	tcp_rtx_queue_unlink_and_free(sk, skb);
	return true;
}

struct sk_buff *tcp_sack_join(struct sock *sk, struct sk_buff *skb)
{
	const struct sk_buff_head *q = &tcp_sk(sk)->rtx_queue;
	struct sk_buff *prev = tcp_queue_prev(q, skb), *next;

	if (prev && join(sk, prev, skb))
		skb = prev;
	next = tcp_queue_next(q, skb);
	if (next)
		join(sk, skb, next);
	return skb;
}
