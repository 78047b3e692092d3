/*
 * RFC 9293 §3.10.7, in order: a function a step. Almost every segment of an established connection
 * is either the next data or an acknowledgement of ours, and nothing else about it is new: that is
 * predicted from its header in one test (tcp_header_predicted), and the steps are skipped.
 *
 *   first, second, fourth   tcp_validate.c: sequence, RST, SYN
 *   fifth, ACK              tcp_ack.c; here what it means for the state: tcp_rcv_ack_*
 *   sixth, URG              tcp_urg.c
 *   seventh, eighth         tcp_rcv_data, and tcp_data.c: text, FIN
 *   SYN-SENT                tcp_synsent.c
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input_private.h"
#include "net/transport/tcp_output.h"

/* ---- what all segments go through ---- */

/* The options of @skb, as far as the connection has agreed on them. */
static void tcp_rcv_options(const struct tcp_sock *tp, const struct sk_buff *skb,
			    struct tcp_options_received *opt)
{
	tcp_parse_options(skb, opt, true);
	opt->saw_tstamp &= tp->tstamp_ok;
	if (opt->saw_tstamp && opt->rcv_tsecr)
		opt->rcv_tsecr -= tp->tsoffset;
	if (!tp->sack_ok)
		opt->num_sacks = 0;
}

/* A segment of a connection has ACK, or says why not. */
static bool tcp_check_flags(struct sk_buff *skb)
{
	if (likely(TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_ACK | TCPHDR_RST | TCPHDR_SYN)))
		return true;
	kfree_skb(skb, DROP_TCP_FLAGS);
	return false;
}

/* ---- ESTABLISHED ---- */

/*
 * Header prediction: the header is as long as always, the window is the one we know, the segment is
 * the next, acknowledges nothing old or unsent, and there is neither hole nor urgent data.
 */
static bool tcp_header_predicted(const struct tcp_sock *tp, const struct tcp_skb_cb *cb)
{
	return (cb->tcp_flags & (u8)~TCPHDR_PSH) == TCPHDR_ACK &&
	       cb->rx.hlen == tp->tcp_header_len && cb->seq == tp->rcv_nxt && !tp->ooo &&
	       cb->rx.window << tp->snd_wscale == tp->snd_wnd &&
	       between(cb->rx.ack_seq, tp->snd_una, tp->snd_nxt) && !tp->urg_data &&
	       !tcp_has_accecn(tp); /* every header of it is news */
}

/* All that PAWS asks when the timestamp has not gone back; the echo may be due to change. */
static bool tcp_fast_timestamp(struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	if (!tp->tstamp_ok)
		return true;
	if (!opt->saw_tstamp || before(opt->rcv_tsval, tp->ts_recent))
		return false;
	if (tp->rcv_nxt == tp->rcv_wup)
		tcp_store_ts_recent(tp, opt->rcv_tsval);
	return true;
}

/* Nothing but an ACK. */
static void tcp_rcv_pure_ack(struct sock *sk, struct sk_buff *skb,
			     const struct tcp_options_received *opt)
{
	tcp_ack(sk, skb, opt, 0);
	consume_skb(skb);
	tcp_data_snd_check(sk);
}

static bool tcp_fast_data_fits(const struct sock *sk, const struct sk_buff *skb)
{
	return skb->len - TCP_SKB_CB(skb)->rx.hlen <= tcp_receive_window(tcp_sk(sk)) &&
	       sk->rmem_alloc + skb->truesize <= sk->rcvbuf && !tcp_under_pressure();
}

/* The next data, and room for it. */
static void tcp_rcv_next_data(struct sock *sk, struct sk_buff *skb,
			      const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	bool eaten;

	TCPEXT_INC(TCPHPHits);
	tcp_rcv_rtt_measure_ts(tp, skb, opt);
	skb_dst_drop(skb);
	skb_pull(skb, cb->rx.hlen);
	eaten = tcp_queue_rcv(sk, skb);
	tcp_event_data_recv(sk, skb);
	if (cb->rx.ack_seq == tp->snd_una) {
		tp->snd_wl1 = cb->seq;
	} else {
		tcp_ack(sk, skb, opt, 0);
		tcp_data_snd_check(sk);
	}
	if (eaten)
		consume_skb(skb);
	tcp_ack_snd_check(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		tcp_data_ready(sk);
}

static void tcp_rcv_established_slow(struct sock *sk, struct sk_buff *skb,
				     struct tcp_options_received *opt)
{
	if (!tcp_check_flags(skb) || !tcp_validate_incoming(sk, skb, opt))
		return;
	if (unlikely(tcp_has_accecn(tcp_sk(sk))))
		tcp_accecn_received(sk, skb);
	if (tcp_ack(sk, skb, opt, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT) < 0) {
		kfree_skb(skb, DROP_TCP_UNSENT_ACK);
		return;
	}
	tcp_rcv_rtt_measure_ts(tcp_sk(sk), skb, opt);
	tcp_urg(sk, skb);
	tcp_data_queue(sk, skb);
	if (sk->state == TCP_CLOSE)
		return;
	tcp_data_snd_check(sk);
	tcp_ack_snd_check(sk);
}

void tcp_rcv_established(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_options_received opt;

	tcp_mstamp_refresh(tp);
	tcp_rcv_options(tp, skb, &opt);
	if (unlikely(!tcp_header_predicted(tp, cb))) {
		tcp_rcv_established_slow(sk, skb, &opt);
		return;
	}
	if (skb->len == cb->rx.hlen && tcp_fast_timestamp(tp, &opt))
		tcp_rcv_pure_ack(sk, skb, &opt);
	else if (tcp_fast_data_fits(sk, skb) && tcp_fast_timestamp(tp, &opt))
		tcp_rcv_next_data(sk, skb, &opt);
	else
		tcp_rcv_established_slow(sk, skb, &opt);
}

/* ---- the fifth step in states where our SYN or FIN may be what is acknowledged ---- */

void tcp_init_transfer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_mtup_init(sk);
	tcp_init_metrics(sk);
	/* RFC 6298 §5.7, RFC 5681 §3.1: a SYN that was lost more than once asks for caution. */
	tp->snd_cwnd = tp->total_retrans > 1 && tp->undo_marker ? 1 : (u32)sysctl_tcp_init_cwnd;
	tp->snd_cwnd_stamp_ms = tcp_ms(tp->mstamp_ns);
	tcp_init_congestion_control(sk);
	tcp_init_buffer_space(sk);
}

/* A child of fast open has been open since the SYN: now the handshake is over, too. */
static void tcp_rcv_ack_fastopen(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->retrans_stamp_ms = 0;
	tp->retransmits = 0;
	tcp_fastopen_done(sk, false);
	tcp_rearm_rto(sk);
}

/* Our SYN-ACK is acknowledged: simultaneous open, or fast open. */
static void tcp_rcv_ack_synrecv(struct sock *sk, const struct sk_buff *skb,
				const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	tp->delivered++; /* the SYN-ACK, which rtx_queue does not have */
	if (tp->fastopen_rsk) {
		tcp_rcv_ack_fastopen(sk);
	} else {
		tcp_try_undo_spurious_syn(tp, opt);
		tp->retrans_stamp_ms = 0;
		tcp_init_transfer(sk);
		tp->copied_seq = tp->rcv_nxt;
	}
	tcp_set_state(sk, TCP_ESTABLISHED);
	sk_state_change(sk);
	tp->snd_una = cb->rx.ack_seq;
	tp->snd_wnd = cb->rx.window << tp->snd_wscale;
	tp->snd_wl1 = cb->seq;
	if (tp->tstamp_ok)
		tp->advmss -= TCPOLEN_TSTAMP_ALIGNED;
	tp->lsndtime_ms = tcp_ms(tp->mstamp_ns);
	tcp_initialize_rcv_mss(sk);
	if (!tcp_ca(tp)->cong_control)
		tcp_update_pacing_rate(sk);
}

static void tcp_abort_on_data(struct sock *sk, struct sk_buff *skb)
{
	TCPEXT_INC(TCPAbortOnData);
	tcp_v4_send_reset(sk, skb);
	tcp_done(sk);
	kfree_skb(skb, DROP_TCP_CLOSE);
}

/* Bytes that nobody will read? A FIN is none. */
static bool tcp_has_new_data(const struct tcp_sock *tp, const struct tcp_skb_cb *cb)
{
	return cb->end_seq != cb->seq &&
	       after(cb->end_seq - !!(cb->tcp_flags & TCPHDR_FIN), tp->rcv_nxt);
}

/* An orphan in FIN-WAIT-2: it need not stay a whole sock. False: @skb is gone. */
static bool tcp_rcv_finwait2_orphan(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 wait = tcp_fin_time(sk);

	if (tp->linger2_s < 0 || tcp_has_new_data(tp, TCP_SKB_CB(skb))) {
		tcp_abort_on_data(sk, skb);
		return false;
	}
	if (wait > TCP_TIMEWAIT_LEN_NS) {
		tcp_reset_keepalive_timer(sk, wait - TCP_TIMEWAIT_LEN_NS);
	} else if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN) {
		tcp_reset_keepalive_timer(sk, wait);
	} else {
		tcp_time_wait(sk, TCP_FIN_WAIT2, wait);
		consume_skb(skb);
		return false;
	}
	return true;
}

static bool tcp_fin_acked(const struct tcp_sock *tp)
{
	return tp->snd_una == tp->write_seq;
}

static bool tcp_rcv_ack_finwait1(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->fastopen_rsk)
		tcp_rcv_ack_fastopen(sk);
	if (!tcp_fin_acked(tp))
		return true;
	tcp_set_state(sk, TCP_FIN_WAIT2);
	sk->shutdown |= SEND_SHUTDOWN;
	if (sock_flag(sk, SOCK_DEAD))
		return tcp_rcv_finwait2_orphan(sk, skb);
	sk_state_change(sk); /* a close() that lingers */
	return true;
}

static bool tcp_rcv_ack_closing(struct sock *sk, struct sk_buff *skb)
{
	if (!tcp_fin_acked(tcp_sk(sk)))
		return true;
	tcp_time_wait(sk, TCP_TIME_WAIT, TCP_TIMEWAIT_LEN_NS);
	consume_skb(skb);
	return false;
}

static bool tcp_rcv_ack_lastack(struct sock *sk, struct sk_buff *skb)
{
	if (!tcp_fin_acked(tcp_sk(sk)))
		return true;
	tcp_update_metrics(sk);
	tcp_done(sk);
	consume_skb(skb);
	return false;
}

/* What the ACK, which is good, means for the state. False: @skb is gone. */
static bool tcp_rcv_ack_state(struct sock *sk, struct sk_buff *skb,
			      const struct tcp_options_received *opt)
{
	switch (sk->state) {
	case TCP_SYN_RECV:
		tcp_rcv_ack_synrecv(sk, skb, opt);
		return true;
	case TCP_FIN_WAIT1:
		return tcp_rcv_ack_finwait1(sk, skb);
	case TCP_CLOSING:
		return tcp_rcv_ack_closing(sk, skb);
	case TCP_LAST_ACK:
		return tcp_rcv_ack_lastack(sk, skb);
	}
	return true;
}

/* The fifth step. False: @skb is gone. */
static bool tcp_rcv_ack(struct sock *sk, struct sk_buff *skb,
			const struct tcp_options_received *opt)
{
	u32 flags = FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT | FLAG_NO_CHALLENGE_ACK;

	int good = tcp_ack(sk, skb, opt, flags);

	/* A closing state takes an old ACK: what comes with it, a FIN perhaps, may be new. */
	if (good > 0 || (good == 0 && sk->state != TCP_SYN_RECV))
		return tcp_rcv_ack_state(sk, skb, opt);
	if (sk->state == TCP_SYN_RECV)
		tcp_v4_send_reset(sk, skb);
	else
		tcp_send_challenge_ack(sk);
	kfree_skb(skb, DROP_TCP_OLD_ACK);
	return false;
}

/* ---- seventh and eighth ---- */

/* May text and FIN come in this state? (Behind a FIN: only what is older than it.) */
static bool tcp_state_takes_data(const struct sock *sk, const struct tcp_skb_cb *cb)
{
	switch (sk->state) {
	case TCP_ESTABLISHED:
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		return true;
	case TCP_CLOSE_WAIT:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		return before(cb->seq, tcp_sk(sk)->rcv_nxt);
	}
	return false;
}

static void tcp_rcv_data(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (!tcp_state_takes_data(sk, cb)) {
		if (cb->seq == cb->end_seq)
			consume_skb(skb);
		else
			kfree_skb(skb, DROP_TCP_FLAGS);
		return;
	}
	/* RFC 9293 §3.6.1: who has closed for reading tells that data is lost. */
	if (sk->state != TCP_ESTABLISHED && (sk->shutdown & RCV_SHUTDOWN) &&
	    tcp_has_new_data(tcp_sk(sk), cb)) {
		TCPEXT_INC(TCPAbortOnData);
		tcp_v4_send_reset(sk, skb);
		tcp_reset(sk);
		kfree_skb(skb, DROP_TCP_CLOSE);
		return;
	}
	tcp_data_queue(sk, skb);
}

/* Until the handshake is over its request looks at every segment first. False: @skb is gone. */
static bool tcp_check_fastopen(struct tcp_sock *tp, struct sk_buff *skb)
{
	bool consumed;

	if (tcp_check_req(tp->fastopen_rsk, skb, &consumed))
		return true;
	if (!consumed)
		kfree_skb(skb, DROP_TCP_FLAGS);
	return false;
}

void tcp_rcv_state_process(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_options_received opt;
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_mstamp_refresh(tp);
	if (sk->state == TCP_SYN_SENT) {
		tcp_rcv_synsent(sk, skb);
		return;
	}
	if (unlikely(sk->state == TCP_CLOSE || sk->state == TCP_LISTEN)) {
		kfree_skb(skb, DROP_TCP_CLOSE);
		return;
	}
	tcp_rcv_options(tp, skb, &opt);
	if ((unlikely(tp->fastopen_rsk) && !tcp_check_fastopen(tp, skb)) || !tcp_check_flags(skb) ||
	    !tcp_validate_incoming(sk, skb, &opt))
		return;
	if (unlikely(tcp_has_accecn(tp))) {
		if (sk->state == TCP_SYN_RECV)
			tcp_accecn_third_ack(sk, skb, &opt);
		tcp_accecn_received(sk, skb);
	}
	if (!tcp_rcv_ack(sk, skb, &opt))
		return;
	tcp_urg(sk, skb);
	tcp_rcv_data(sk, skb);
	if (sk->state == TCP_CLOSE)
		return;
	tcp_data_snd_check(sk);
	tcp_ack_snd_check(sk);
}
