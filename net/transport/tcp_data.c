/*
 * The segment's text and FIN (RFC 9293 §3.10.7.4, seventh and eighth): into the receive queue if it
 * is next, aside if it is early (tcp_ooo.c), reported and gone if it is old or beyond the window.
 * A packet keeps its bytes where the card has put them; only the header is pulled, and bytes of
 * small segments are copied together.
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_input_private.h"
#include "net/transport/tcp_output.h"

/* ---- the receive queue ---- */

static void tcp_rcv_nxt_update(struct tcp_sock *tp, u32 seq)
{
	tp->bytes_received += seq - tp->rcv_nxt;
	tp->rcv_nxt = seq;
}

bool tcp_queue_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = tcp_queue_tail(&sk->receive_queue);

	tcp_rcv_nxt_update(tcp_sk(sk), TCP_SKB_CB(skb)->end_seq);
	if (tail && tcp_try_coalesce(tail, skb))
		return true;
	tcp_skb_set_owner_r(skb, sk);
	__skb_queue_tail(&sk->receive_queue, skb);
	return false;
}

void tcp_data_ready(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 avail = tp->rcv_nxt - tp->copied_seq;

	/* SO_RCVLOWAT; but who waits for more than can come is told. */
	if (likely(avail >= sk->rcvlowat) || sock_flag(sk, SOCK_DONE) || tcp_under_pressure() ||
	    sk->rmem_alloc >= sk->rcvbuf || tcp_receive_window(tp) <= tp->rcv_mss)
		sk_data_ready(sk);
}

/* ---- FIN ---- */

static void tcp_fin_state(struct sock *sk)
{
	switch (sk->state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		tcp_set_state(sk, TCP_CLOSE_WAIT);
		tcp_enter_pingpong(tcp_sk(sk));
		break;
	case TCP_FIN_WAIT1: /* both have closed at the same time */
		tcp_send_ack(sk);
		tcp_set_state(sk, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT2:
		tcp_send_ack(sk);
		tcp_time_wait(sk, TCP_TIME_WAIT, TCP_TIMEWAIT_LEN_NS);
		break;
	}
}

void tcp_fin(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->ack_pending |= TCP_ACK_SCHED;
	sk->shutdown |= RCV_SHUTDOWN;
	sock_set_flag(sk, SOCK_DONE, true);
	/* What lies behind the end; and whoever has closed sends nothing that a SACK could save. */
	tcp_ooo_purge(tp);
	tp->duplicate_sack = (struct tcp_sack_block){ 0, 0 };
	tcp_fin_state(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_state_change(sk);
}

/* ---- the four places that a segment may have ---- */

/* Nothing of it is taken; the sender hears at once where we stand. */
static void tcp_data_refuse(struct sock *sk, struct sk_buff *skb, enum drop_reason reason)
{
	tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
	tcp_sk(sk)->ack_pending |= TCP_ACK_SCHED;
	kfree_skb(skb, reason);
}

static void tcp_data_queue_next(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 fin = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN;
	bool eaten = tcp_queue_rcv(sk, skb);

	if (skb->len)
		tcp_event_data_recv(sk, skb);
	if (eaten)
		consume_skb(skb);
	if (unlikely(fin))
		tcp_fin(sk);
	if (unlikely(tp->ooo))
		tcp_ooo_to_receive(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		tcp_data_ready(sk);
}

/*
 * Memory for the next in order: if the task has nothing to read, even what is kept in reserve, for
 * else nothing would ever move. (A sixth of the limit: so that the cards still find buffers,
 * however many socks hold one each.) A FIN alone costs nothing.
 */
static bool tcp_data_may_queue(struct sock *sk, struct sk_buff *skb)
{
	/* More than the buffer takes: the sender is to hear at once where the window ends. */
	if (unlikely(sk->rmem_alloc + skb->len > sk->rcvbuf))
		tcp_sk(sk)->ack_pending |= TCP_ACK_SCHED | TCP_ACK_NOW;
	if ((!skb_peek(&sk->receive_queue) && tcp_mem_reserve_left(6)) ||
	    tcp_rmem_make_room(sk, skb))
		return true;
	if (!skb->len) {
		tcp_sk(sk)->ack_pending |= TCP_ACK_SCHED | TCP_ACK_NOW;
		return true;
	}
	TCPEXT_INC(TCPRcvQDrop);
	kfree_skb(skb, DROP_TCP_RCVQ_DROP);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_data_ready(sk);
	return false;
}

static void tcp_data_in_order(struct sock *sk, struct sk_buff *skb)
{
	/* A FIN alone costs nothing: refused it would come again and again. */
	if (unlikely(!tcp_receive_window(tcp_sk(sk)) && skb->len)) {
		TCPEXT_INC(TCPZeroWindowDrop);
		tcp_data_refuse(sk, skb, DROP_TCP_ZERO_WINDOW);
		return;
	}
	if (likely(tcp_data_may_queue(sk, skb)))
		tcp_data_queue_next(sk, skb);
}

static void tcp_data_old(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	TCPEXT_INC(DelayedACKLost); /* or so it seems */
	if (unlikely(tcp_has_accecn(tcp_sk(sk))))
		tcp_accecn_duplicate(tcp_sk(sk), cb->seq);
	tcp_dsack_set(sk, cb->seq, cb->end_seq);
	tcp_data_refuse(sk, skb, DROP_TCP_OLD_DATA);
}

/* Begins before rcv_nxt and ends behind it: the reader skips what it has. */
static void tcp_data_partly_old(struct sock *sk, struct sk_buff *skb)
{
	tcp_dsack_set(sk, TCP_SKB_CB(skb)->seq, tcp_sk(sk)->rcv_nxt);
	tcp_data_in_order(sk, skb);
}

void tcp_data_queue(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	if (cb->seq == cb->end_seq) {
		consume_skb(skb);
		return;
	}
	skb_dst_drop(skb);
	skb_pull(skb, cb->rx.hlen);
	tp->duplicate_sack.start_seq = tp->duplicate_sack.end_seq;
	if (likely(cb->seq == tp->rcv_nxt))
		tcp_data_in_order(sk, skb);
	else if (!after(cb->end_seq, tp->rcv_nxt))
		tcp_data_old(sk, skb);
	else if (!before(cb->seq, tp->rcv_nxt + tcp_receive_window(tp)))
		tcp_data_refuse(sk, skb, DROP_TCP_OVERWINDOW);
	else if (before(cb->seq, tp->rcv_nxt))
		tcp_data_partly_old(sk, skb);
	else
		tcp_data_queue_ofo(sk, skb);
}

void tcp_fastopen_add_skb(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb;
	u8 fin;

	if (TCP_SKB_CB(skb)->end_seq == tp->rcv_nxt)
		return;
	skb = skb_clone(skb);
	if (!skb)
		return; /* as if it had come without: it will be sent again */
	cb = TCP_SKB_CB(skb);
	skb_pull(skb, cb->rx.hlen);
	cb->seq++;
	cb->tcp_flags &= (u8)~TCPHDR_SYN;
	fin = cb->tcp_flags & TCPHDR_FIN;
	tp->syn_data_acked = true;
	if (tcp_queue_rcv(sk, skb))
		consume_skb(skb);
	if (fin)
		tcp_fin(sk);
}
