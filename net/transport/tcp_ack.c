/*
 * tcp_ack: RFC 9293 §3.10.7.4's fifth step. Is the ACK one for us; what does it say of the window,
 * of SACK, of ECN; what leaves rtx_queue; is something lost; what may cwnd be now; what is sent
 * again. A plain ACK of the next data passes none but the first, the clean-up, and congestion
 * control.
 */
#include "net/ip/neighbour.h"
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_txnote.h"

static void snd_una_update(struct tcp_sock *tp, u32 ack)
{
	tp->bytes_acked += ack - tp->snd_una;
	tp->snd_una = ack;
}

static bool may_update_window(const struct tcp_sock *tp, const struct tcp_ack_state *st, u32 window)
{
	return after(st->ack, tp->snd_una) || after(st->seq, tp->snd_wl1) ||
	       (st->seq == tp->snd_wl1 && (window > tp->snd_wnd || !window));
}

/* The window, unless the segment is older than the one that told it last (RFC 9293 §3.10.7.4). */
static void update_window(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(st->skb);
	u32 window = cb->rx.window;

	if (!(cb->tcp_flags & TCPHDR_SYN))
		window <<= tp->snd_wscale;
	if (may_update_window(tp, st, window)) {
		st->flag |= FLAG_WIN_UPDATE;
		tp->snd_wl1 = st->seq;
		if (tp->snd_wnd != window) {
			tp->snd_wnd = window;
			if (tcp_send_head(tp))
				tcp_slow_start_after_idle_check(sk);
			if (window > tp->max_window) {
				tp->max_window = window;
				tcp_sync_mss(sk, tp->pmtu_cookie);
			}
		}
	}
	snd_una_update(tp, st->ack);
}

/* All that is not plain progress: window, SACK, ECN. */
static void ack_slowpath(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(st->skb);

	if (st->seq != cb->end_seq)
		st->flag |= FLAG_DATA;
	else
		TCPEXT_INC(TCPPureAcks);
	update_window(sk, st);
	if (tp->sack_ok && st->opt->num_sacks)
		tcp_sacktag_write_queue(sk, st);
	if ((cb->tcp_flags & (TCPHDR_ECE | TCPHDR_SYN)) == TCPHDR_ECE &&
	    (tp->ecn_flags & TCP_ECN_OK))
		st->flag |= FLAG_ECE;
	if (st->sack_delivered)
		tcp_count_delivered(tp, st->sack_delivered, st->flag & FLAG_ECE);
}

/* Nothing is on its way: does it open a window that was shut? RFC 9293 §3.8.6.1. */
static void ack_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct sk_buff *head = tcp_send_head(tp);

	if (!head)
		return;
	if (!after(TCP_SKB_CB(head)->end_seq, tcp_wnd_end(tp))) {
		tp->backoff = 0;
		tp->probes_tstamp_ms = 0;
		if (tp->rtx_purpose == TCP_TIME_PROBE0)
			tcp_clear_xmit_timer(sk);
	} else {
		tcp_reset_xmit_timer(sk, TCP_TIME_PROBE0, tcp_probe0_when_us(tp));
	}
}

static bool ack_is_dubious(const struct tcp_sock *tp, u32 flag)
{
	return !(flag & FLAG_NOT_DUP) || (flag & FLAG_CA_ALERT) || tp->ca_state != TCP_CA_Open;
}

/* Grows cwnd on data in order; if the path reorders much, on any that arrives. */
static bool may_raise_cwnd(const struct tcp_sock *tp, u32 flag)
{
	if (tp->reordering > (u32)sysctl_tcp_reordering)
		return flag & FLAG_FORWARD_PROGRESS;
	return flag & FLAG_DATA_ACKED;
}

static void cong_control(struct sock *sk, const struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_ca(tp)->cong_control) {
		tcp_ca(tp)->cong_control(sk, &st->rs);
		return;
	}
	if (tcp_in_cwnd_reduction(tp)) {
		tcp_cwnd_reduction(sk, st->rs.acked_sacked, st->rs.losses, st->flag);
	} else if (may_raise_cwnd(tp, st->flag)) {
		tcp_ca(tp)->cong_avoid(sk, st->ack, st->rs.acked_sacked);
		tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
	}
	tcp_update_pacing_rate(sk);
}

static u32 newly_delivered(const struct tcp_sock *tp, u32 prior, u32 flag)
{
	u32 delivered = tp->delivered - prior;

	TCPEXT_ADD(TCPDelivered, delivered);
	if ((flag & FLAG_ECE) && !(tp->ecn_flags & TCP_ECN_ACCECN))
		TCPEXT_ADD(TCPDeliveredCE, delivered);
	return delivered;
}

static void xmit_recovery(struct sock *sk, enum tcp_rexmit rexmit)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (rexmit == REXMIT_NONE || sk->state == TCP_SYN_SENT)
		return;
	if (rexmit == REXMIT_NEW) {
		__tcp_push_pending_frames(sk, tcp_current_mss(sk), TCP_NAGLE_OFF);
		if (after(tp->snd_nxt, tp->high_seq))
			return;
		tp->frto = false;
	}
	tcp_xmit_retransmit_queue(sk);
}

/* The peer answers, so the way to the next hop works. Told often enough, not for each ACK. */
static void confirm_neighbour(struct sock *sk, u32 last_ms)
{
	const struct rtable *rt = rt_of(sk->dst_cache);

	if (rt && (tcp_sk(sk)->rcv_tstamp_ms ^ last_ms) >> 7)
		neigh_confirm(rt->gateway ? rt->gateway : sk->daddr, rt->dst.dev);
}

/* Older than what was acknowledged already: SACKs and D-SACKs may be news all the same. */
static int ack_old(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 delivered = tp->delivered;

	/* RFC 5961 §5.2: not older than a window, nor than the connection. */
	if (before(st->ack, st->prior_snd_una - (u32)min((u64)tp->max_window, tp->bytes_acked))) {
		if (!(st->flag & FLAG_NO_CHALLENGE_ACK))
			tcp_send_challenge_ack(sk);
		return -1;
	}
	if (tp->sack_ok && st->opt->num_sacks) {
		tcp_sacktag_write_queue(sk, st);
		tcp_fastretrans_alert(sk, st);
		newly_delivered(tp, delivered, st->flag);
		xmit_recovery(sk, st->rexmit);
	}
	return 0;
}

/* Nothing was on its way. */
static void ack_no_queue(struct sock *sk, struct tcp_ack_state *st, u32 delivered)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely(tcp_has_accecn(tp)))
		tcp_accecn_process(sk, st, tp->delivered - delivered);
	if (st->flag & FLAG_DSACKING_ACK) {
		tcp_fastretrans_alert(sk, st);
		newly_delivered(tp, delivered, st->flag);
	}
	ack_probe(sk);
	if (tp->tlp_high_seq)
		tcp_process_tlp_ack(sk, st);
}

static void ack_queue(struct sock *sk, struct tcp_ack_state *st, u32 delivered, u32 last_ms)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool reneg = tp->is_sack_reneg;
	u32 lost = tp->lost;

	tcp_clean_rtx_queue(sk, st);
	if (unlikely(tp->tx_notes))
		tcp_txnote_acked(sk, tp->snd_una);
	if (unlikely(tcp_has_accecn(tp)))
		tcp_accecn_process(sk, st, tp->delivered - delivered);
	tcp_rack_update_reo_wnd(tp, &st->rs);
	if (tp->tlp_high_seq)
		tcp_process_tlp_ack(sk, st);
	if (ack_is_dubious(tp, st->flag)) {
		if (!(st->flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DSACKING_ACK)))
			st->num_dupack = 1;
		tcp_fastretrans_alert(sk, st);
	}
	if ((st->flag & FLAG_SET_XMIT_TIMER) && !tcp_schedule_loss_probe(sk, true))
		tcp_rearm_rto(sk);
	if ((st->flag & FLAG_FORWARD_PROGRESS) || !(st->flag & FLAG_NOT_DUP))
		confirm_neighbour(sk, last_ms);
	st->rs.is_ack_delayed = st->flag & FLAG_ACK_MAYBE_DELAYED;
	tcp_rate_gen(sk, newly_delivered(tp, delivered, st->flag), tp->lost - lost, reneg, &st->rs);
	cong_control(sk, st);
	xmit_recovery(sk, st->rexmit);
}

int tcp_ack(struct sock *sk, const struct sk_buff *skb, const struct tcp_options_received *opt,
	    u32 flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_ack_state st = {
		.skb = skb,
		.opt = opt,
		.seq = TCP_SKB_CB(skb)->seq,
		.ack = TCP_SKB_CB(skb)->rx.ack_seq,
		.flag = flag,
		.prior_snd_una = tp->snd_una,
	};
	u32 delivered = tp->delivered, last_ms = tp->rcv_tstamp_ms, prior_packets = tp->packets_out;

	if (before(st.ack, tp->snd_una))
		return ack_old(sk, &st);
	if (after(st.ack, tp->snd_nxt))
		return -1;
	if (after(st.ack, tp->snd_una)) {
		st.flag |= FLAG_SND_UNA_ADVANCED;
		tp->retransmits = 0;
	}
	st.prior_fack = tcp_fack(tp);
	st.rs.prior_in_flight = tcp_packets_in_flight(tp);
	/* Now it is known to be in the window. */
	if ((flag & FLAG_UPDATE_TS_RECENT) && tcp_replace_ts_recent(tp, st.seq, opt))
		st.flag |= FLAG_TS_PROGRESS;
	if ((st.flag & (FLAG_SLOWPATH | FLAG_SND_UNA_ADVANCED)) == FLAG_SND_UNA_ADVANCED) {
		tp->snd_wl1 = st.seq;
		snd_una_update(tp, st.ack);
		st.flag |= FLAG_WIN_UPDATE;
		TCPEXT_INC(TCPHPAcks);
	} else {
		ack_slowpath(sk, &st);
	}
	tcp_ecn_accept_cwr(sk, skb);
	sk->err_soft = 0;
	tp->probes_out = 0;
	tp->rcv_tstamp_ms = tcp_time_stamp(tp);
	if (prior_packets)
		ack_queue(sk, &st, delivered, last_ms);
	else
		ack_no_queue(sk, &st, delivered);
	return 1;
}

void tcp_init_sender(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	skb_queue_head_init(&tp->write_queue);
	skb_queue_head_init(&tp->rtx_queue);
	list_init(&tp->tsorted_sent);
	tp->mdev_us = TCP_TIMEOUT_INIT_US;
	tp->rto_us = TCP_TIMEOUT_INIT_US;
	for (u32 i = 0; i < ARRAY_SIZE(tp->rtt_min); i++)
		tp->rtt_min[i].value_us = ~0u;
	tp->snd_cwnd = (u32)sysctl_tcp_init_cwnd;
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	tp->mss_cache = TCP_MSS_DEFAULT;
	tp->reordering = (u32)sysctl_tcp_reordering;
	tp->rack_reo_wnd_steps = 1;
	tp->ca_state = TCP_CA_Open;
	/* The pipe is empty for want of data until the first ACK. */
	tp->app_limited = ~0u;
	tp->rate_app_limited = 1;
}
