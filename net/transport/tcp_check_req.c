/*
 * What a segment does to a request (RFC 9293 §3.10.7.4 in SYN-RECEIVED): the SYN again, out of the
 * window, RST, or the ACK that makes the child. A fast open's child exists already; for it only the
 * checks are made.
 */
#include "net/transport/tcp_accecn.h"

static u32 tcp_now_s(void)
{
	return (u32)(ktime_ns() / NSEC_PER_SEC);
}

/* Timestamps of a request are at most as old as its handshake. */
static bool tcp_request_paws(const struct tcp_request_sock *req, const struct sk_buff *skb,
			     struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	opt->saw_tstamp = false;
	if (cb->rx.hlen == TCP_MIN_HEADER)
		return false;
	tcp_parse_options(skb, opt, !(cb->tcp_flags & TCPHDR_SYN));
	return opt->saw_tstamp && req->tstamp_ok &&
	       tcp_paws_reject(req->ts_recent, tcp_now_s(), opt, cb->tcp_flags & TCPHDR_RST);
}

/* The SYN-ACK may have been lost. */
static void tcp_request_syn_again(struct tcp_request_sock *req, const struct sk_buff *skb)
{
	if (tcp_oow_rate_limited(TCP_SKB_CB(skb), &req->last_oow_ack_time_ms)) {
		TCPEXT_INC(TCPACKSkippedSynRecv);
		return;
	}
	tcp_ecn_request_again(req, skb);
	if (tcp_rtx_synack(req) && !req->fastopen)
		timer_mod(&req->timer, ktime_ns() + tcp_request_timeout(req));
}

static void tcp_request_ack(const struct tcp_request_sock *req, const struct sk_buff *skb)
{
	const struct tcp_reply r = {
		.seq = req->child ? tcp_sk(req->child)->snd_nxt : req->snt_isn + 1,
		.ack = req->rcv_nxt,
		.win = req->rcv_wnd >> req->rcv_wscale,
		.tstamp = req->tstamp_ok,
		.tsval = tcp_now_ms() + req->tsoffset,
		.tsecr = req->ts_recent,
		.flags = TCPHDR_ACK,
		.tos = req->tos,
	};

	tcp_v4_send_reply(skb, &r);
}

static void tcp_request_out_of_window(struct tcp_request_sock *req, const struct sk_buff *skb,
				      bool paws)
{
	if (!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST)) {
		if (tcp_oow_rate_limited(TCP_SKB_CB(skb), &req->last_oow_ack_time_ms))
			TCPEXT_INC(TCPACKSkippedSynRecv);
		else
			tcp_request_ack(req, skb);
	}
	if (paws)
		TCPEXT_INC(PAWSEstab);
}

/* RST, or a SYN in the window: the end of the handshake. */
static void tcp_request_reset(struct tcp_request_sock *req, const struct sk_buff *skb)
{
	bool rst = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST;

	if (!rst)
		tcp_v4_send_reset(req->listener, skb);
	if (req->fastopen) {
		if (rst) {
			struct sock *child = req->child;

			tcp_fastopen_done(child, true);
			tcp_reset(child);
		}
		return;
	}
	TCP_INC(AttemptFails);
	TCPEXT_INC(EmbryonicRsts);
	tcp_request_drop(req);
}

/* The handshake is over. NULL: no room; the peer will say it again, or is told. */
static struct sock *tcp_request_complete(struct tcp_request_sock *req, struct sk_buff *skb,
					 const struct tcp_options_received *opt)
{
	struct sock *listener = req->listener;
	struct sock *child = tcp_create_child(listener, req, skb);

	if (!child) {
		if (sysctl_tcp_abort_on_overflow)
			tcp_request_reset(req, skb);
		else
			req->acked = true;
		return NULL;
	}
	/* Of several SYN-ACKs only the timestamp says which was answered. */
	if (!req->num_retrans)
		tcp_synack_rtt_meas(child,
				    (u32)((ktime_ns() - req->snt_synack_ns) / NSEC_PER_USEC));
	else if (opt->saw_tstamp)
		tcp_synack_rtt_echoed(child, opt->rcv_tsecr);
	tcp_savesyn_move(child, req);
	tcp_accept_queue_add(listener, child);
	tcp_request_drop(req);
	return child;
}

static void tcp_request_drop_skb(struct sk_buff *skb, enum drop_reason why, bool *consumed)
{
	*consumed = true;
	kfree_skb(skb, why);
}

/* A bare ACK while TCP_DEFER_ACCEPT waits for data. */
static bool tcp_request_deferred(const struct tcp_request_sock *req, const struct tcp_skb_cb *cb)
{
	return req->num_timeout < tcp_sk(req->listener)->defer_accept &&
	       cb->end_seq == req->rcv_isn + 1;
}

/* The last steps: it is in the window, without RST and SYN, and acknowledges our SYN. */
static struct sock *tcp_request_acked(struct tcp_request_sock *req, struct sk_buff *skb,
				      const struct tcp_options_received *opt, bool *consumed)
{
	struct sock *child;

	if (req->fastopen)
		return req->child;
	if (tcp_request_deferred(req, TCP_SKB_CB(skb))) {
		req->acked = true;
		TCPEXT_INC(TCPDeferAcceptDrop);
		tcp_request_drop_skb(skb, DROP_TCP_FLAGS, consumed);
		return NULL;
	}
	child = tcp_request_complete(req, skb, opt);
	if (!child)
		tcp_request_drop_skb(skb, DROP_TCP_LISTEN_OVERFLOW, consumed);
	return child;
}

struct sock *tcp_check_req(struct tcp_request_sock *req, struct sk_buff *skb, bool *consumed)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u8 flags = cb->tcp_flags & (TCPHDR_SYN | TCPHDR_RST | TCPHDR_ACK);
	struct tcp_options_received opt;
	bool paws = tcp_request_paws(req, skb, &opt);

	*consumed = false;
	if (cb->seq == req->rcv_isn && flags == TCPHDR_SYN && !paws) {
		tcp_request_syn_again(req, skb);
		*consumed = true;
		consume_skb(skb);
		return NULL;
	}
	if (paws ||
	    !tcp_in_window(cb->seq, cb->end_seq, req->rcv_nxt, req->rcv_nxt + req->rcv_wnd)) {
		tcp_request_out_of_window(req, skb, paws);
		tcp_request_drop_skb(skb, paws ? DROP_TCP_PAWS : DROP_TCP_OUT_OF_WINDOW, consumed);
		return NULL;
	}
	if (opt.saw_tstamp && !after(cb->seq, req->rcv_nxt))
		req->ts_recent = opt.rcv_tsval;
	if (cb->seq == req->rcv_isn) /* the SYN lies before the window */
		flags &= (u8)~TCPHDR_SYN;
	if (flags & (TCPHDR_RST | TCPHDR_SYN)) {
		tcp_request_reset(req, skb);
		tcp_request_drop_skb(skb, DROP_TCP_RESET, consumed);
		return NULL;
	}
	if (!(flags & TCPHDR_ACK)) {
		tcp_request_drop_skb(skb, DROP_TCP_FLAGS, consumed);
		return NULL;
	}
	return tcp_request_acked(req, skb, &opt, consumed);
}
