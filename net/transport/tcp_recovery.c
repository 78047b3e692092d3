/*
 * What an ACK that is not plain progress means for the sender's state:
 *
 *   Open      nothing amiss
 *   Disorder  SACKs or duplicate ACKs, no loss yet: new data goes on (RFC 3042)
 *   CWR       cwnd goes down over a round trip: ECN, or our own queue was full
 *   Recovery  what RACK or NewReno holds lost is sent again, cwnd goes down by PRR
 *   Loss      the timer fired: tcp_loss.c
 *
 * CWR, Recovery and Loss end when what had been sent at their beginning (high_seq) is acknowledged,
 * or when they prove to have been a mistake (tcp_undo.c).
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

void tcp_set_ca_state(struct sock *sk, u8 state)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_ca(tp)->set_state)
		tcp_ca(tp)->set_state(sk, state);
	tp->ca_state = state;
}

/* Is anything on its way that was sent twice, or the head once sent twice? */
bool tcp_any_retrans_done(const struct tcp_sock *tp)
{
	const struct sk_buff *head = tcp_rtx_queue_head(tp);

	return tp->retrans_out || (head && (TCP_SKB_CB(head)->sacked & TCPCB_EVER_RETRANS));
}

void tcp_try_keep_open(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 state = tcp_left_out(tp) || tcp_any_retrans_done(tp) ? TCP_CA_Disorder : TCP_CA_Open;

	if (tp->ca_state == state)
		return;
	tcp_set_ca_state(sk, state);
	tp->high_seq = tp->snd_nxt;
}

static void try_to_open(struct sock *sk, const struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_verify_left_out(tp);
	if (!tcp_any_retrans_done(tp))
		tp->retrans_stamp_ms = 0;
	if (st->flag & FLAG_ECE)
		tcp_enter_cwr(sk);
	if (tp->ca_state != TCP_CA_CWR)
		tcp_try_keep_open(sk);
}

void tcp_enter_cwr(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->prior_ssthresh = 0;
	if (tp->ca_state >= TCP_CA_CWR)
		return; /* once in a round trip */
	tp->undo_marker = 0;
	tcp_init_cwnd_reduction(sk);
	tcp_set_ca_state(sk, TCP_CA_CWR);
}

/* What must be known later to say that all this was for nothing. */
void tcp_init_undo(struct tcp_sock *tp)
{
	tp->undo_marker = tp->snd_una;
	/* Retransmissions from before may still draw D-SACKs. */
	tp->undo_retrans = tp->retrans_out ? (s32)tp->retrans_out : -1;
}

void tcp_enter_recovery(struct sock *sk, bool ece_ack)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_is_sack(tp))
		TCPEXT_INC(TCPSackRecovery);
	else
		TCPEXT_INC(TCPRenoRecovery);
	tp->prior_ssthresh = 0;
	tcp_init_undo(tp);
	if (!tcp_in_cwnd_reduction(tp)) {
		if (!ece_ack)
			tp->prior_ssthresh = tcp_current_ssthresh(tp);
		tcp_init_cwnd_reduction(sk);
	}
	tcp_set_ca_state(sk, TCP_CA_Recovery);
}

void tcp_retrans_started(struct tcp_sock *tp, struct sk_buff *skb, u32 segs, bool sent)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (sent) {
		if (!(cb->sacked & TCPCB_SACKED_RETRANS))
			tp->retrans_out += segs;
		cb->sacked |= TCPCB_RETRANS;
	}
	if (!tp->retrans_stamp_ms)
		tp->retrans_stamp_ms = max(tcp_ms(cb->tx.xmit_ns), 1u);
	tp->undo_retrans = max(tp->undo_retrans, 0) + (s32)segs;
}

/* ---- RFC 6675, for a connection that is told not to use RACK ---- */

/* Have so many segments' worth of bytes been SACKed above snd_una? */
static bool force_fast_retransmit(const struct tcp_sock *tp)
{
	return after(tcp_fack(tp), tp->snd_una + tp->reordering * tp->mss_cache);
}

/* Holds lost what lies below @packets SACKed segments; @head_only: the first packet, in any case.
 */
static void mark_head_lost(struct sock *sk, u32 packets, bool head_only)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_rtx_queue_head(tp);
	u32 sacked = 0;

	for (; skb; skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		if (TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_ACKED)
			sacked += tcp_skb_pcount(skb);
		if (sacked > packets)
			break;
		if (!(TCP_SKB_CB(skb)->sacked & TCPCB_LOST))
			tcp_mark_skb_lost(sk, skb);
		if (head_only)
			break;
	}
}

static void update_scoreboard(struct sock *sk, bool first)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_is_sack(tp))
		return;
	if (tp->sacked_out >= tp->reordering)
		mark_head_lost(sk, tp->sacked_out - tp->reordering, false);
	else if (first)
		mark_head_lost(sk, 1, true);
}

/* ---- the states ---- */

static void identify_loss(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 retrans = tp->retrans_out;

	if (!tcp_rtx_queue_head(tp))
		return;
	if (!tcp_is_sack(tp)) {
		tcp_newreno_mark_lost(sk, st->flag & FLAG_SND_UNA_ADVANCED);
	} else if (tcp_is_rack()) {
		if (tcp_rack_mark_lost(sk))
			st->flag &= ~(u32)FLAG_SET_XMIT_TIMER;
		if (tp->retrans_out < retrans)
			st->flag |= FLAG_LOST_RETRANS;
	}
}

static bool time_to_recover(const struct tcp_sock *tp)
{
	return tp->lost_out || (!tcp_is_rack() && tp->sacked_out + 1 > tp->reordering);
}

/* Recovery. True: go on to send what is lost. */
static bool alert_recovery(struct sock *sk, struct tcp_ack_state *st, bool *do_lost)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool delayed;

	if (st->flag & FLAG_SND_UNA_ADVANCED) {
		if (tcp_try_undo_partial(sk, st, &delayed))
			return false;
		if (!delayed)
			*do_lost = force_fast_retransmit(tp);
	} else if (!tcp_is_sack(tp)) {
		tcp_add_reno_sack(sk, st);
	}
	if (tcp_try_undo_dsack(sk))
		tcp_try_keep_open(sk);
	identify_loss(sk, st);
	if (tp->ca_state != TCP_CA_Recovery) {
		/* It was a mistake; but there may be a real loss as well. */
		if (!time_to_recover(tp))
			return false;
		tcp_enter_recovery(sk, st->flag & FLAG_ECE);
	}
	return true;
}

/* An MTU probe that was lost says nothing about congestion (RFC 4821 §7.7). */
static bool mtu_probe_lost(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct sk_buff *head = tcp_rtx_queue_head(tp);

	if (tp->ca_state >= TCP_CA_CWR || !tp->mtu_probe_size || !head ||
	    TCP_SKB_CB(head)->end_seq != tp->mtu_probe_seq_end)
		return false;
	tcp_mtup_probe_failed(sk);
	tp->snd_cwnd++; /* the probe had taken one */
	tcp_simple_retransmit(sk);
	return true;
}

/* Open, Disorder, CWR. True: Recovery has begun. */
static bool alert_open(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_is_sack(tp)) {
		if (st->flag & FLAG_SND_UNA_ADVANCED)
			tp->sacked_out = 0;
		tcp_add_reno_sack(sk, st);
	}
	if (tp->ca_state <= TCP_CA_Disorder)
		tcp_try_undo_dsack(sk);
	identify_loss(sk, st);
	if (!time_to_recover(tp)) {
		try_to_open(sk, st);
		return false;
	}
	if (mtu_probe_lost(sk))
		return false;
	tcp_enter_recovery(sk, st->flag & FLAG_ECE);
	return true;
}

/* Loss. True: the state is left, or retransmissions are lost again: look as in Open. */
static bool alert_loss(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_process_loss(sk, st);
	identify_loss(sk, st);
	return tp->ca_state == TCP_CA_Open || (st->flag & FLAG_LOST_RETRANS);
}

/* Is the state over, as high_seq is acknowledged? True: nothing more is to be done. */
static bool alert_exit(struct sock *sk, const struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->ca_state == TCP_CA_Open) {
		tp->retrans_stamp_ms = 0;
	} else if (before(tp->snd_una, tp->high_seq)) {
		return false;
	} else if (tp->ca_state == TCP_CA_CWR) {
		/* Something above high_seq must arrive, for that carried our CWR. */
		if (tp->snd_una != tp->high_seq) {
			tcp_end_cwnd_reduction(sk);
			tcp_set_ca_state(sk, TCP_CA_Open);
		}
	} else if (tp->ca_state == TCP_CA_Recovery) {
		if (!tcp_is_sack(tp))
			tp->sacked_out = 0;
		if (tcp_try_undo_recovery(sk, st))
			return true;
		tcp_end_cwnd_reduction(sk);
	}
	return false;
}

void tcp_fastretrans_alert(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool do_lost =
		st->num_dupack || ((st->flag & FLAG_DATA_SACKED) && force_fast_retransmit(tp));
	bool first = false;

	if (!tp->packets_out)
		tp->sacked_out = 0;
	/* The network itself says that it is congested: that is not to be undone. */
	if (st->flag & FLAG_ECE)
		tp->prior_ssthresh = 0;
	if (tcp_check_sack_reneging(sk, st))
		return;
	tcp_verify_left_out(tp);
	if (alert_exit(sk, st))
		return;
	if (tp->ca_state == TCP_CA_Recovery) {
		if (!alert_recovery(sk, st, &do_lost))
			return;
	} else if (tp->ca_state != TCP_CA_Loss || alert_loss(sk, st)) {
		if (!alert_open(sk, st))
			return;
		first = true;
	} else {
		return;
	}
	if (!tcp_is_rack() && do_lost)
		update_scoreboard(sk, first);
	st->rexmit = REXMIT_LOST;
}

void tcp_process_tlp_ack(struct sock *sk, const struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (before(st->ack, tp->tlp_high_seq))
		return;
	if (!tp->tlp_retrans || (st->flag & FLAG_DSACK_TLP)) {
		/* New data, or both the original and the probe arrived: nothing was lost. */
		tp->tlp_high_seq = 0;
	} else if (after(st->ack, tp->tlp_high_seq)) {
		/* No word of a duplicate: the probe has mended a loss, which cwnd must feel. */
		tcp_init_cwnd_reduction(sk);
		tcp_set_ca_state(sk, TCP_CA_CWR);
		tcp_end_cwnd_reduction(sk);
		tcp_try_keep_open(sk);
		TCPEXT_INC(TCPLossProbeRecovery);
	} else if (!(st->flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DATA_SACKED))) {
		tp->tlp_high_seq = 0; /* a duplicate ACK: likewise */
	}
}
