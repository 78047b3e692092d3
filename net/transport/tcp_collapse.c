/*
 * Receive memory is short: first small segments are copied together, then what is out of order is
 * given up - it was never acknowledged, the sender still has it - and last the new segment is
 * refused. The bound is SO_RCVBUF for the sock and net.ipv4.tcp_mem for all.
 */
#include "net/transport/tcp_input_private.h"

/* Segments up to this size are copied to the end of the one before as they come; larger ones only
 * when memory is short. */
#define TCP_COALESCE_MAX 512
#define COLLAPSE_BACK 64 /* packets; bounds what one segment can cost */
#define RESERVE_LITTLE (16u << 10)

/* Appends @from's bytes behind the first @skip to @to. False: there is no room, or others look. */
static bool tcp_append(struct sk_buff *to, const struct sk_buff *from, u32 skip)
{
	struct tcp_skb_cb *tcb = TCP_SKB_CB(to);
	const struct tcp_skb_cb *fcb = TCP_SKB_CB(from);
	u32 len = from->len - skip;

	if ((tcb->tcp_flags & TCPHDR_FIN) || !skb_claim_tailroom(to, len))
		return false;
	skb_copy_bits(from, skip, skb_put(to, len), len);
	tcb->end_seq = fcb->end_seq;
	tcb->tcp_flags |= fcb->tcp_flags;
	return true;
}

bool tcp_try_coalesce(struct sk_buff *to, const struct sk_buff *from)
{
	if (from->len > TCP_COALESCE_MAX || TCP_SKB_CB(to)->end_seq != TCP_SKB_CB(from)->seq)
		return false;
	if (!tcp_append(to, from, 0))
		return false;
	TCPEXT_INC(TCPRcvCoalesce);
	return true;
}

/* True: @next has become a part of @skb, or had nothing that @skb has not. */
static bool tcp_collapse_pair(struct sk_buff *skb, const struct sk_buff *next)
{
	u32 end = TCP_SKB_CB(skb)->end_seq, seq = TCP_SKB_CB(next)->seq;

	if (after(seq, end) || (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		return false;
	return !after(TCP_SKB_CB(next)->end_seq, end) || tcp_append(skb, next, end - seq);
}

/* From some packets before @skb: what is further away was looked at when it came. */
static struct sk_buff *tcp_collapse_start(const struct sk_buff_head *q, struct sk_buff *skb)
{
	struct sk_buff *prev;

	for (int i = 0; skb && i < COLLAPSE_BACK; i++, skb = prev) {
		prev = tcp_queue_prev(q, skb);
		if (!prev)
			break;
	}
	return skb;
}

static void tcp_collapse_receive_queue(struct sock *sk)
{
	struct sk_buff_head *q = &sk->receive_queue;
	struct sk_buff *skb = tcp_collapse_start(q, tcp_queue_tail(q)), *next;

	while (skb && (next = tcp_queue_next(q, skb))) {
		if (!tcp_collapse_pair(skb, next)) {
			skb = next;
			continue;
		}
		TCPEXT_INC(TCPRcvCollapsed);
		__skb_unlink(q, next);
		consume_skb(next);
	}
}

static void tcp_collapse_ooo(struct tcp_sock *tp)
{
	struct sk_buff *skb, *next;
	int left = 2 * COLLAPSE_BACK;

	if (!tp->ooo)
		return;
	skb = tcp_collapse_start(&tp->ooo->queue, tp->ooo->last);
	while (skb && left-- && (next = tcp_queue_next(&tp->ooo->queue, skb))) {
		if (!tcp_collapse_pair(skb, next)) {
			skb = next;
			continue;
		}
		TCPEXT_INC(TCPRcvCollapsed);
		tcp_ooo_remove(tp->ooo, next);
		consume_skb(next);
	}
}

/*
 * Who holds little finds a twelfth more: the window that was promised while memory was short is
 * taken whole, for what is refused of it comes again after a time-out only.
 */
static bool tcp_rmem_has_room(const struct sock *sk)
{
	return sk->rmem_alloc <= sk->rcvbuf &&
	       (likely(!tcp_mem_exhausted()) ||
		(sk->rmem_alloc <= RESERVE_LITTLE && tcp_mem_reserve_left(12)));
}

/*
 * Gives up segments from the highest on, until an eighth of the buffer is free, but none that begin
 * before @skb. No more SACK blocks then: they may not hold any longer (RFC 2018 §8).
 */
static void tcp_prune_ooo(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 goal = sk->rcvbuf - sk->rcvbuf / 8;
	struct sk_buff *last;
	bool pruned = false;

	while (tp->ooo && (sk->rmem_alloc > goal || tcp_mem_exhausted())) {
		last = tcp_queue_tail(&tp->ooo->queue);
		if (!after(TCP_SKB_CB(last)->seq, TCP_SKB_CB(skb)->seq))
			break;
		tcp_ooo_remove(tp->ooo, last);
		kfree_skb(last, DROP_TCP_OFO_PRUNE);
		tp->ooo->num_sacks = 0;
		tcp_ooo_put_if_empty(tp);
		pruned = true;
	}
	if (pruned)
		TCPEXT_INC(OfoPruned);
}

static bool tcp_prune_queue(struct sock *sk, const struct sk_buff *skb)
{
	TCPEXT_INC(PruneCalled);
	if (sk->rmem_alloc >= sk->rcvbuf)
		tcp_clamp_window(sk);
	else if (tcp_under_pressure())
		tcp_adjust_rcv_ssthresh(tcp_sk(sk));
	if (tcp_rmem_has_room(sk))
		return true;
	tcp_collapse_ooo(tcp_sk(sk));
	tcp_collapse_receive_queue(sk);
	if (tcp_rmem_has_room(sk))
		return true;
	tcp_prune_ooo(sk, skb);
	if (tcp_rmem_has_room(sk))
		return true;
	TCPEXT_INC(RcvPruned);
	return false;
}

bool tcp_rmem_make_room(struct sock *sk, const struct sk_buff *skb)
{
	return likely(tcp_rmem_has_room(sk)) || tcp_prune_queue(sk, skb);
}
