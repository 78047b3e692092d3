/*
 * A recovery that was a mistake is taken back, cwnd and ssthresh as they were: if the ACK echoes a
 * time before the first retransmission, the original had only been late (Eifel, RFC 3522, 4015);
 * or if D-SACKs tell that all retransmissions were duplicates (RFC 3708). F-RTO's verdict
 * (tcp_loss.c) ends here, too.
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

/* Back into tsorted_sent, by time; from its end, for it is mostly in order. */
static void tsorted_insert(struct tcp_sock *tp, struct tcp_skb_cb *cb)
{
	struct list_head *at = tp->tsorted_sent.prev;

	while (at != &tp->tsorted_sent &&
	       TCP_SKB_CB(tcp_skb_of_tsorted(at))->tx.xmit_ns > cb->tx.xmit_ns)
		at = at->prev;
	list_add(&cb->tx.tsorted, at);
}

/* Nothing is lost: what was held so is on its way again. */
static void unmark_lost(struct tcp_sock *tp)
{
	struct sk_buff *skb = tcp_rtx_queue_head(tp);

	for (; skb && tp->lost_out; skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		if (!(cb->sacked & TCPCB_LOST))
			continue;
		cb->sacked &= (u8)~TCPCB_LOST;
		tp->lost_out -= cb->pcount;
		if (list_empty(&cb->tx.tsorted))
			tsorted_insert(tp, cb);
	}
	tcp_clear_retrans_hints(tp);
}

static void undo_cwnd_reduction(struct sock *sk, bool unmark)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unmark)
		unmark_lost(tp);
	if (tp->prior_ssthresh) {
		tp->snd_cwnd = tcp_ca(tp)->undo_cwnd(sk);
		if (tp->prior_ssthresh > tp->snd_ssthresh) {
			tp->snd_ssthresh = tp->prior_ssthresh;
			tp->ecn_flags &= (u8)~TCP_ECN_QUEUE_CWR;
		}
	}
	tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
	tp->undo_marker = 0;
	tp->rack_advanced = true; /* look again what is lost */
}

/* Is it the original that is acknowledged, not what was sent after it? */
static bool packet_delayed(const struct tcp_sock *tp, const struct tcp_ack_state *st)
{
	return tp->retrans_stamp_ms && tcp_tsecr_before(st->opt, tp->retrans_stamp_ms);
}

static bool may_undo(const struct tcp_sock *tp, const struct tcp_ack_state *st)
{
	return tp->undo_marker && (!tp->undo_retrans || packet_delayed(tp, st));
}

/*
 * Without SACK the duplicates that our own retransmissions draw look like a new loss: stay until
 * something above high_seq is acknowledged (RFC 6582 §4.1).
 */
static bool stay_without_sack(struct tcp_sock *tp)
{
	if (tcp_is_sack(tp) || tp->snd_una != tp->high_seq)
		return false;
	if (!tcp_any_retrans_done(tp))
		tp->retrans_stamp_ms = 0;
	return true;
}

bool tcp_try_undo_recovery(struct sock *sk, const struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (may_undo(tp, st)) {
		undo_cwnd_reduction(sk, false);
		if (tp->ca_state == TCP_CA_Loss)
			TCPEXT_INC(TCPLossUndo);
		else
			TCPEXT_INC(TCPFullUndo);
	} else if (tp->rack_reo_wnd_persist) {
		tp->rack_reo_wnd_persist--;
	}
	if (stay_without_sack(tp))
		return true;
	tcp_set_ca_state(sk, TCP_CA_Open);
	tp->is_sack_reneg = false;
	return false;
}

bool tcp_try_undo_dsack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->undo_marker || tp->undo_retrans)
		return false;
	tp->rack_reo_wnd_persist = (u8)min(tp->rack_reo_wnd_persist + 1, TCP_RACK_PERSIST);
	undo_cwnd_reduction(sk, false);
	TCPEXT_INC(TCPDSACKUndo);
	return true;
}

bool tcp_try_undo_loss(struct sock *sk, const struct tcp_ack_state *st, bool frto_undo)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!frto_undo && !may_undo(tp, st))
		return false;
	undo_cwnd_reduction(sk, true);
	TCPEXT_INC(TCPLossUndo);
	if (frto_undo)
		TCPEXT_INC(TCPSpuriousRTOs);
	tp->retransmits = 0;
	if (stay_without_sack(tp))
		return true;
	if (frto_undo || tcp_is_sack(tp)) {
		tcp_set_ca_state(sk, TCP_CA_Open);
		tp->is_sack_reneg = false;
	}
	return true;
}

bool tcp_try_undo_partial(struct sock *sk, const struct tcp_ack_state *st, bool *delayed)
{
	struct tcp_sock *tp = tcp_sk(sk);

	*delayed = tp->undo_marker && packet_delayed(tp, st);
	if (!*delayed)
		return false;
	/* The hole was filled by the original: the path reorders more than we thought. */
	tcp_check_sack_reordering(sk, st->prior_snd_una, true);
	/* Retransmissions are on their way: send new data meanwhile, but repeat nothing. */
	if (tp->retrans_out)
		return true;
	if (!tcp_any_retrans_done(tp))
		tp->retrans_stamp_ms = 0;
	undo_cwnd_reduction(sk, true);
	TCPEXT_INC(TCPPartialUndo);
	tcp_try_keep_open(sk);
	return false;
}
