/*
 * SYN-SENT: RFC 9293 §3.10.7.3, a function a step. A SYN-ACK opens the connection; a SYN alone has
 * crossed ours (simultaneous open) and takes us to SYN-RECEIVED.
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_input_private.h"
#include "net/transport/tcp_output.h"

/* Our SYN goes again: an old incarnation of the peer has answered. */
#define BAD_ACK_RETRY_US 2000

/* ---- what the peer's SYN has settled ---- */

static void tcp_synsent_options(struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	u16 mss = opt->mss ? opt->mss : TCP_MSS_DEFAULT;

	tp->mss_clamp = tp->user_mss ? min(mss, tp->user_mss) : mss;
	tp->sack_ok = opt->sack_ok;
	tp->wscale_ok = opt->wscale_ok;
	tp->snd_wscale = opt->snd_wscale;
	tp->tstamp_ok = opt->saw_tstamp;
	tp->tcp_header_len = TCP_MIN_HEADER;
	if (!opt->wscale_ok) {
		tp->rcv_wscale = 0;
		tp->window_clamp = min(tp->window_clamp, 65535u);
		tp->rcv_wnd = min(tp->rcv_wnd, 65535u);
	}
	if (opt->saw_tstamp) {
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
		tcp_store_ts_recent(tp, opt->rcv_tsval);
	}
}

/* The peer's sequence begins; a window in a SYN is not scaled. */
static void tcp_synsent_sequence(struct sock *sk, const struct tcp_skb_cb *cb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->rcv_nxt = tp->rcv_wup = tp->copied_seq = cb->seq + 1;
	tp->snd_wnd = cb->rx.window;
	tp->snd_wl1 = cb->seq;
}

static void tcp_synsent_mss(struct sock *sk)
{
	tcp_mtup_init(sk);
	tcp_sync_mss(sk, tcp_sk(sk)->pmtu_cookie);
	tcp_initialize_rcv_mss(sk);
}

/* ---- fast open, client (RFC 7413 §4.2.2) ---- */

/* Is it our SYN's data that was lost, or the server's wish for a cookie that we lack? */
static void tcp_fastopen_remember(struct sock *sk, const struct tcp_options_received *opt,
				  bool unacked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool syn_drop = false, exp = opt->fastopen_exp;
	s8 len = opt->fastopen_len;

	if (!tp->syn_fastopen)
		len = -1; /* not asked for */
	else if (tp->total_retrans)
		syn_drop = len < 0 && unacked;
	else if (len < 0 && !tp->syn_data)
		exp = true; /* an old server, perhaps: ask it in the experimental option */
	tcp_fastopen_cache_set(sk->daddr, opt->mss, opt->fastopen_cookie, len, syn_drop, exp);
}

/* True: the SYN's data was not taken, and is on its way again. */
static bool tcp_rcv_fastopen_synack(struct sock *sk, struct sk_buff *skb,
				    const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *data = tp->syn_data ? tcp_rtx_queue_head(tp) : NULL;

	tcp_fastopen_remember(sk, opt, data != NULL);
	if (data) {
		tp->fastopen_client_fail =
			tp->total_retrans ? TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
		for (; data; data = tcp_queue_next(&tp->rtx_queue, data))
			tcp_mark_skb_lost(sk, data);
		tcp_xmit_retransmit_queue(sk);
		TCPEXT_INC(TCPFastOpenActiveFail);
		return true;
	}
	tp->syn_data_acked = tp->syn_data;
	if (tp->syn_data) {
		TCPEXT_INC(TCPFastOpenActive);
		if (tp->delivered > 1)
			tp->delivered--; /* SYN and data were one segment */
	}
	tcp_fastopen_add_skb(sk, skb);
	return false;
}

/* ---- SYN-ACK ---- */

static void tcp_finish_connect(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 idle_s = tp->keepalive_time_s ? tp->keepalive_time_s : (u32)sysctl_tcp_keepalive_time;

	tcp_set_state(sk, TCP_ESTABLISHED);
	tp->lrcvtime_ms = tp->lsndtime_ms = tcp_ms(tp->mstamp_ns);
	tcp_init_transfer(sk);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		tcp_reset_keepalive_timer(sk, idle_s * NSEC_PER_SEC);
}

/* The ACK of the handshake rides with what the task will say first, if it is known to come. */
static void tcp_synsent_send_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->write_pending || tp->defer_accept || tcp_in_pingpong(tp)) {
		tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
		tcp_delay_ack_longest(tp);
	} else {
		tcp_send_ack_reflecting(sk);
	}
}

void tcp_try_undo_spurious_syn(struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	if (tp->undo_marker && tp->retrans_stamp_ms && opt->saw_tstamp &&
	    tp->retrans_stamp_ms == opt->rcv_tsecr)
		tp->undo_marker = 0;
}

static void tcp_rcv_synsent_synack(struct sock *sk, struct sk_buff *skb,
				   const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool again;

	tcp_ecn_rcv_synack(sk, skb, opt);
	tcp_synsent_options(tp, opt);
	tp->snd_wl1 = TCP_SKB_CB(skb)->seq;
	tcp_try_undo_spurious_syn(tp, opt);
	tcp_ack(sk, skb, opt, FLAG_SLOWPATH);
	tcp_synsent_sequence(sk, TCP_SKB_CB(skb));
	if (tp->tstamp_ok)
		tp->advmss -= TCPOLEN_TSTAMP_ALIGNED;
	tcp_synsent_mss(sk);
	tcp_finish_connect(sk);
	again = (tp->syn_fastopen || tp->syn_data) && tcp_rcv_fastopen_synack(sk, skb, opt);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_state_change(sk);
	if (!again)
		tcp_synsent_send_ack(sk);
	tcp_urg(sk, skb);
	consume_skb(skb);
	tcp_data_snd_check(sk);
}

/* ---- SYN ---- */

static void tcp_rcv_synsent_syn(struct sock *sk, struct sk_buff *skb,
				const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_set_state(sk, TCP_SYN_RECV);
	tcp_synsent_options(tp, opt);
	tcp_synsent_sequence(sk, cb);
	tp->max_window = tp->snd_wnd;
	tcp_ecn_rcv_syn(tp, skb);
	tcp_synsent_mss(sk);
	tcp_send_synack(sk);
	consume_skb(skb);
}

/* ---- the steps ---- */

/* It acknowledges our SYN (and of its data what was sent), and echoes a time since it was sent. */
static bool tcp_synsent_ack_ok(const struct tcp_sock *tp, const struct tcp_skb_cb *cb,
			       const struct tcp_options_received *opt)
{
	if (!after(cb->rx.ack_seq, tp->snd_una) || after(cb->rx.ack_seq, tp->snd_nxt))
		return false;
	if (opt->saw_tstamp && opt->rcv_tsecr &&
	    !between(opt->rcv_tsecr, tp->retrans_stamp_ms, tcp_time_stamp(tp))) {
		TCPEXT_INC(PAWSActive);
		return false;
	}
	return true;
}

/* First. False: @skb is gone. */
static bool tcp_rcv_synsent_ack(struct sock *sk, struct sk_buff *skb,
				const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(cb->tcp_flags & TCPHDR_ACK) || tcp_synsent_ack_ok(tp, cb, opt))
		return true;
	if (!tp->retransmits &&
	    (!after(cb->rx.ack_seq, tp->snd_una) || after(cb->rx.ack_seq, tp->snd_nxt)))
		tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, BAD_ACK_RETRY_US);
	if (!(cb->tcp_flags & TCPHDR_RST))
		tcp_v4_send_reset(sk, skb);
	kfree_skb(skb, DROP_TCP_UNSENT_ACK);
	return false;
}

/* Second: believed only with an ACK of our SYN. False: @skb is gone. */
static bool tcp_rcv_synsent_rst(struct sock *sk, struct sk_buff *skb)
{
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;

	if (!(flags & TCPHDR_RST))
		return true;
	if (flags & TCPHDR_ACK)
		tcp_reset(sk);
	kfree_skb(skb, DROP_TCP_RESET);
	return false;
}

void tcp_rcv_synsent(struct sock *sk, struct sk_buff *skb)
{
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_options_received opt;

	tcp_parse_options(skb, &opt, false);
	if (opt.saw_tstamp && opt.rcv_tsecr)
		opt.rcv_tsecr -= tp->tsoffset;
	if (!tcp_rcv_synsent_ack(sk, skb, &opt) || !tcp_rcv_synsent_rst(sk, skb))
		return;
	if (!(flags & TCPHDR_SYN))
		kfree_skb(skb, DROP_TCP_FLAGS);
	else if (flags & TCPHDR_ACK)
		tcp_rcv_synsent_synack(sk, skb, &opt);
	else if (tp->ts_recent_stamp_s && opt.saw_tstamp &&
		 tcp_paws_reject(tp->ts_recent, tp->ts_recent_stamp_s, &opt, false))
		kfree_skb(skb, DROP_TCP_PAWS);
	else
		tcp_rcv_synsent_syn(sk, skb, &opt);
}
