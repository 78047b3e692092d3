/*
 * The retransmission timer has fired: everything that was not sent just now is held lost and cwnd
 * begins anew at one segment (RFC 5681 §3.1). Was that a mistake? F-RTO (RFC 5682) finds out: if
 * data that was never sent again is acknowledged, the timeout was spurious and all is taken back.
 * And if the head itself had been SACKed, the receiver has thrown away what it had: then no SACK
 * is believed any more.
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

/* Holds lost what the timeout says; false beliefs of a reneging receiver are forgotten first. */
static void timeout_mark_lost(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *head = tcp_rtx_queue_head(tp), *skb;
	bool reneg = head && (TCP_SKB_CB(head)->sacked & TCPCB_SACKED_ACKED);

	if (reneg) {
		TCPEXT_INC(TCPSACKReneging);
		tp->sacked_out = 0;
		tp->is_sack_reneg = true; /* until this is over */
		tcp_sack_forget(tp);
	} else if (!tcp_is_sack(tp)) {
		tp->sacked_out = 0;
	}
	for (skb = head; skb; skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		if (reneg)
			TCP_SKB_CB(skb)->sacked &= (u8)~TCPCB_SACKED_ACKED;
		else if (tcp_is_rack() && skb != head && tcp_rack_skb_timeout(tp, skb, 0) > 0)
			continue; /* sent too recently to be missed */
		tcp_mark_skb_lost(sk, skb);
	}
	tcp_verify_left_out(tp);
	tcp_clear_retrans_hints(tp);
}

void tcp_enter_loss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool new_recovery = tp->ca_state < TCP_CA_Recovery;

	tcp_mstamp_refresh(tp);
	timeout_mark_lost(sk);
	/* ssthresh falls once for one flight. */
	if (tp->ca_state <= TCP_CA_Disorder || !after(tp->high_seq, tp->snd_una) ||
	    (tp->ca_state == TCP_CA_Loss && !tp->retransmits)) {
		tp->prior_ssthresh = tcp_current_ssthresh(tp);
		tp->prior_cwnd = tp->snd_cwnd;
		tp->snd_ssthresh = tcp_ca(tp)->ssthresh(sk);
		tcp_ca_event(sk, CA_EVENT_LOSS);
		tcp_init_undo(tp);
	}
	tp->snd_cwnd = tcp_packets_in_flight(tp) + 1;
	tp->snd_cwnd_cnt = 0;
	tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
	/* It took the timer although many were SACKed: reordering was thought too large. */
	if (tp->ca_state <= TCP_CA_Disorder && tp->sacked_out >= (u32)sysctl_tcp_reordering)
		tp->reordering = min(tp->reordering, (u32)sysctl_tcp_reordering);
	tcp_set_ca_state(sk, TCP_CA_Loss);
	tp->high_seq = tp->snd_nxt;
	tcp_ecn_queue_cwr(tp);
	/* RFC 5682 §3.1 step 1: only for a first timeout, or one that follows it (§3.2). */
	tp->frto = sysctl_tcp_frto && (new_recovery || tp->retransmits) && !tp->mtu_probe_size;
}

/* F-RTO's steps 2 and 3 (RFC 5682 §3.1). True: the ACK has been dealt with. */
static bool frto_step(struct sock *sk, struct tcp_ack_state *st, bool recovered)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* 3.b: never-retransmitted data has arrived, so not everything was lost. */
	if ((st->flag & FLAG_ORIG_SACK_ACKED) && tcp_try_undo_loss(sk, st, true))
		return true;
	if (after(tp->snd_nxt, tp->high_seq)) {
		/* 3.a: the new data only makes the receiver repeat itself: the loss is real. */
		if ((st->flag & FLAG_DATA_SACKED) || st->num_dupack)
			tp->frto = false;
	} else if ((st->flag & FLAG_SND_UNA_ADVANCED) && !recovered) {
		/* 2.b: new data, to see what becomes of it; without any, as usual. */
		tp->high_seq = tp->snd_nxt;
		if (tcp_send_head(tp) && after(tcp_wnd_end(tp), tp->snd_nxt)) {
			st->rexmit = REXMIT_NEW;
			return true;
		}
		tp->frto = false;
	}
	return false;
}

void tcp_process_loss(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool recovered = !before(tp->snd_una, tp->high_seq);

	if (((st->flag & FLAG_SND_UNA_ADVANCED) || tp->fastopen_rsk) &&
	    tcp_try_undo_loss(sk, st, false))
		return;
	if (tp->frto && frto_step(sk, st, recovered))
		return;
	if (recovered) {
		tcp_try_undo_recovery(sk, st);
		return;
	}
	if (!tcp_is_sack(tp)) {
		/* A duplicate is for the new data of step 2.b, which so has left the network. */
		if (after(tp->snd_nxt, tp->high_seq) && st->num_dupack)
			tcp_add_reno_sack(sk, st);
		else if (st->flag & FLAG_SND_UNA_ADVANCED)
			tp->sacked_out = 0;
	}
	st->rexmit = REXMIT_LOST;
}

bool tcp_check_sack_reneging(struct sock *sk, struct tcp_ack_state *st)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!(st->flag & FLAG_SACK_RENEGING) || !(st->flag & FLAG_SND_UNA_ADVANCED))
		return false;
	/* Perhaps ACKs were reordered: half a round trip shows it. */
	tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, max(tp->srtt_us >> 4, 10000u));
	st->flag &= ~(u32)FLAG_SET_XMIT_TIMER;
	return true;
}

void tcp_simple_retransmit(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_rtx_queue_head(tp);
	u32 mss = tcp_current_mss(sk), len;
	/* Fast open: that a SYN with data drew "too big" means that all of it is lost. */
	bool all = tp->syn_data && sk->state == TCP_SYN_SENT;

	for (; skb; skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		len = tcp_skb_pcount(skb) == 1 ? skb->len : TCP_SKB_CB(skb)->mss;
		if (all || len > mss)
			tcp_mark_skb_lost(sk, skb);
	}
	tcp_clear_retrans_hints(tp);
	if (!tp->lost_out)
		return;
	if (!tcp_is_sack(tp))
		tcp_limit_reno_sacked(tp);
	tcp_verify_left_out(tp);
	/* Not congestion: cwnd stays, but nothing of this is to be undone. */
	if (tp->ca_state != TCP_CA_Loss) {
		tp->high_seq = tp->snd_nxt;
		tp->snd_ssthresh = tcp_current_ssthresh(tp);
		tp->prior_ssthresh = 0;
		tp->undo_marker = 0;
		tcp_set_ca_state(sk, TCP_CA_Loss);
	}
	tcp_xmit_retransmit_queue(sk);
}
