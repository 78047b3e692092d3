/*
 * Segments that came before what precedes them: kept, reported (SACK), and taken into the receive
 * queue when the hole is filled. Of bytes that come twice those that came first are read, unless a
 * segment holds all of another and more. Charged to the sock like everything that it receives.
 */
#include "net/transport/tcp_input_private.h"
#include "net/transport/tcp_task.h"

/* @skb goes: others hold all of its bytes. */
static void tcp_ooo_drop_covered(struct sock *sk, struct sk_buff *skb)
{
	TCPEXT_INC(TCPOFOMerge);
	kfree_skb(skb, DROP_TCP_OLD_DATA);
}

/*
 * Where @skb belongs relative to @prev, the last that begins before it. Reports what both have.
 * True: @skb adds nothing. *@prev changes if it is gone, because @skb holds all of it.
 */
static bool tcp_ooo_check_prev(struct sock *sk, struct sk_buff **prev, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb), *pcb;
	struct tcp_ooo *ooo = tcp_sk(sk)->ooo;
	struct sk_buff *covered = *prev;

	if (!covered)
		return false;
	pcb = TCP_SKB_CB(covered);
	if (!before(cb->seq, pcb->end_seq))
		return false;
	if (!after(cb->end_seq, pcb->end_seq)) {
		tcp_dsack_set(sk, cb->seq, cb->end_seq);
		return true;
	}
	if (cb->seq != pcb->seq) {
		tcp_dsack_set(sk, cb->seq, pcb->end_seq);
		return false;
	}
	tcp_dsack_extend(sk, pcb->seq, pcb->end_seq);
	*prev = tcp_queue_prev(&ooo->queue, covered);
	tcp_ooo_remove(ooo, covered);
	tcp_ooo_drop_covered(sk, covered);
	return false;
}

/* Ends those behind @skb that it holds all of. */
static void tcp_ooo_check_next(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_ooo *ooo = tcp_sk(sk)->ooo;
	u32 end = TCP_SKB_CB(skb)->end_seq;
	struct sk_buff *next;

	while ((next = tcp_queue_next(&ooo->queue, skb))) {
		const struct tcp_skb_cb *ncb = TCP_SKB_CB(next);

		if (!after(end, ncb->seq))
			return;
		if (before(end, ncb->end_seq)) {
			tcp_dsack_extend(sk, ncb->seq, end);
			return;
		}
		tcp_dsack_extend(sk, ncb->seq, ncb->end_seq);
		tcp_ooo_remove(ooo, next);
		tcp_ooo_drop_covered(sk, next);
	}
}

/* Puts @skb into the set, or its bytes at the end of @prev. */
static void tcp_ooo_place(struct sock *sk, struct sk_buff *prev, struct sk_buff *skb)
{
	struct tcp_ooo *ooo = tcp_sk(sk)->ooo;

	/* Without SACK a larger window would make our ACKs look like no duplicates. */
	if (tcp_sk(sk)->sack_ok)
		tcp_grow_window(sk, skb);
	if (prev && tcp_try_coalesce(prev, skb)) {
		consume_skb(skb);
		ooo->last = skb = prev;
	} else {
		tcp_skb_set_owner_r(skb, sk);
		tcp_ooo_insert(ooo, prev, skb);
	}
	tcp_ooo_check_next(sk, skb);
}

static void tcp_ooo_refuse(struct sock *sk, struct sk_buff *skb)
{
	TCPEXT_INC(TCPOFODrop);
	kfree_skb(skb, DROP_TCP_OFO_DROP);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_data_ready(sk);
}

void tcp_data_queue_ofo(struct sock *sk, struct sk_buff *skb)
{
	u32 seq = TCP_SKB_CB(skb)->seq, end = TCP_SKB_CB(skb)->end_seq;
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *prev;

	tcp_measure_rcv_mss(sk, skb);
	tcp_ecn_check_ce(sk, skb);
	if (unlikely(!tcp_rmem_make_room(sk, skb) || !tcp_ooo_may_grow(sk) || !tcp_ooo_get(tp))) {
		tcp_ooo_refuse(sk, skb);
		return;
	}
	tp->ack_pending |= TCP_ACK_SCHED;
	tp->rcv_ooopack++;
	TCPEXT_INC(TCPOFOQueue);
	prev = tcp_ooo_find(tp->ooo, seq);
	if (tcp_ooo_check_prev(sk, &prev, skb))
		tcp_ooo_drop_covered(sk, skb);
	else
		tcp_ooo_place(sk, prev, skb);
	if (sk->socket)
		tcp_rcvbuf_grow(sk, tp->rcvq_space);
	tcp_sack_add(sk, seq, end);
}

/* ---- the hole is filled ---- */

/* @skb, the first of the queue, is taken: what of it has come again (up to @high) is reported. */
static void tcp_ooo_report_old(struct sock *sk, const struct sk_buff *skb, u32 high)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (before(cb->seq, high))
		tcp_dsack_extend(sk, cb->seq, before(cb->end_seq, high) ? cb->end_seq : high);
}

/* The first of the queue, which is off it now and has something new. True: it was the last ever. */
static bool tcp_ooo_take(struct sock *sk, struct sk_buff *skb)
{
	u8 fin = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN;

	if (tcp_queue_rcv(sk, skb))
		consume_skb(skb);
	if (fin)
		tcp_fin(sk);
	return fin;
}

void tcp_ooo_to_receive(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const u32 high = tp->rcv_nxt;
	bool end = false;

	while (tp->ooo && !end) {
		struct sk_buff *skb = skb_peek(&tp->ooo->queue);

		if (after(TCP_SKB_CB(skb)->seq, tp->rcv_nxt))
			break;
		tcp_ooo_report_old(sk, skb, high);
		tcp_ooo_remove(tp->ooo, skb);
		tcp_ooo_put_if_empty(tp);
		if (after(TCP_SKB_CB(skb)->end_seq, tp->rcv_nxt))
			end = tcp_ooo_take(sk, skb);
		else
			tcp_ooo_drop_covered(sk, skb);
	}
	tcp_sack_forget_old(tp);
	/* RFC 5681 §4.2: a filled hole is told at once. */
	if (!tp->ooo)
		tp->ack_pending |= TCP_ACK_NOW;
}

void tcp_ooo_purge(struct tcp_sock *tp)
{
	if (likely(!tp->ooo))
		return;
	skb_queue_purge(&tp->ooo->queue, DROP_TCP_CLOSE);
	tcp_ooo_put_if_empty(tp);
}
