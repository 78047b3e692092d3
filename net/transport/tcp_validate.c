/*
 * Is it for us, and now? The first four steps of RFC 9293 §3.10.7.4 in every state but SYN-SENT:
 * timestamps (PAWS, RFC 7323 §5), sequence, RST and SYN (both as RFC 5961 hardens them). Each step
 * is a function that says whether the segment goes on to the next; if not, it is gone, and has been
 * answered as the RFCs say. Answers are limited in rate, so that two ends can never talk each other
 * into a storm, and nobody can count them (RFC 5961 §7).
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_input_private.h"

/* ---- the answers ---- */

/* @sk's own limit: one in net.ipv4.tcp_invalid_ratelimit ms. */
static bool tcp_answer_limited(struct tcp_sock *tp)
{
	u32 now = tcp_ms(tp->mstamp_ns), since = now - tp->oow_ack_time_ms;

	if (tp->oow_ack_time_ms && since < (u32)sysctl_tcp_invalid_ratelimit)
		return true;
	tp->oow_ack_time_ms = now | !now; /* 0 means never */
	return false;
}

/* Of the host: about net.ipv4.tcp_challenge_ack_limit a second, not quite the same each second. */
static bool tcp_challenge_limited(u64 now_ns)
{
	static u64 second;
	static u32 left;
	u32 limit = (u32)sysctl_tcp_challenge_ack_limit, half = limit / 2 + limit % 2;

	if (limit == INT32_MAX)
		return false;
	if (now_ns / NSEC_PER_SEC != second) {
		second = now_ns / NSEC_PER_SEC;
		left = half + random_below(max(limit, 1u));
	}
	if (!left)
		return true;
	left--;
	return false;
}

void tcp_send_challenge_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_answer_limited(tp)) {
		TCPEXT_INC(TCPACKSkippedChallenge);
		return;
	}
	if (tcp_challenge_limited(tp->mstamp_ns))
		return;
	TCPEXT_INC(TCPChallengeACK);
	tcp_send_ack(sk);
}

/* An ACK that says where we stand; and, of data that we have, that it came again. */
static void tcp_send_dupack(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	if (cb->end_seq != cb->seq && before(cb->seq, tp->rcv_nxt)) {
		TCPEXT_INC(DelayedACKLost);
		tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
		if (unlikely(tcp_has_accecn(tp)))
			tcp_accecn_duplicate(tp, cb->seq);
		tcp_dsack_set(sk, cb->seq,
			      after(cb->end_seq, tp->rcv_nxt) ? tp->rcv_nxt : cb->end_seq);
	}
	tcp_send_ack(sk);
}

/* Data cannot be part of a storm of ACKs: it is always answered. */
static bool tcp_dupack_limited(struct tcp_sock *tp, const struct tcp_skb_cb *cb)
{
	if (cb->seq != cb->end_seq && !(cb->tcp_flags & TCPHDR_SYN))
		return false;
	return tcp_answer_limited(tp);
}

static void tcp_answer(struct sock *sk, const struct sk_buff *skb, int skipped_mib)
{
	if (tcp_dupack_limited(tcp_sk(sk), TCP_SKB_CB(skb)))
		tcpext_mib[skipped_mib]++;
	else
		tcp_send_dupack(sk, skb);
}

/* ---- timestamps ---- */

/* RFC 7323 §5.5: what was remembered 24 days ago says nothing any more. */
static bool tcp_ts_older_than(u32 stamp_s, u32 age_s, u64 now_ns)
{
	return (u32)(now_ns / NSEC_PER_SEC) - stamp_s >= age_s;
}

static bool tcp_paws_ok(u32 ts_recent, u32 stamp_s, u32 tsval, s32 window)
{
	return (s32)(ts_recent - tsval) <= window ||
	       tcp_ts_older_than(stamp_s, TCP_PAWS_24DAYS_S, ktime_ns()) ||
	       !ts_recent; /* some say 0 in their SYN */
}

bool tcp_paws_reject(u32 ts_recent, u32 ts_recent_stamp_s, const struct tcp_options_received *opt,
		     bool rst)
{
	if (tcp_paws_ok(ts_recent, ts_recent_stamp_s, opt->rcv_tsval, 0))
		return false;
	/* A peer that has booted resets with a young clock: believed once no old segment lives. */
	return !rst || !tcp_ts_older_than(ts_recent_stamp_s, TCP_PAWS_MSL_S, ktime_ns());
}

void tcp_store_ts_recent(struct tcp_sock *tp, u32 tsval)
{
	tp->ts_recent = tsval;
	tp->ts_recent_stamp_s = (u32)(tp->mstamp_ns / NSEC_PER_SEC);
}

bool tcp_replace_ts_recent(struct tcp_sock *tp, u32 seq, const struct tcp_options_received *opt)
{
	bool later;

	if (!opt->saw_tstamp || after(seq, tp->rcv_wup) ||
	    !tcp_paws_ok(tp->ts_recent, tp->ts_recent_stamp_s, opt->rcv_tsval, 0))
		return false;
	later = after(opt->rcv_tsval, tp->ts_recent);
	tcp_store_ts_recent(tp, opt->rcv_tsval);
	return later;
}

/* Would tcp_ack take the window of it? */
static bool tcp_may_update_window(const struct tcp_sock *tp, const struct tcp_skb_cb *cb)
{
	u32 window = cb->rx.window << tp->snd_wscale;

	return after(cb->rx.ack_seq, tp->snd_una) || after(cb->seq, tp->snd_wl1) ||
	       (cb->seq == tp->snd_wl1 && window > tp->snd_wnd);
}

/*
 * An old timestamp of a duplicate ACK that says nothing new: reordered on the way, and harmless; it
 * must not be answered, for that would be a duplicate ACK to the peer.
 */
static bool tcp_disordered_ack(const struct tcp_sock *tp, const struct sk_buff *skb,
			       const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 replay_ms = tp->rto_us / 1000;

	return (cb->tcp_flags & TCPHDR_ACK) && cb->seq == cb->end_seq && cb->seq == tp->rcv_nxt &&
	       cb->rx.ack_seq == tp->snd_una && !tcp_may_update_window(tp, cb) &&
	       (s32)(tp->ts_recent - opt->rcv_tsval) <= (s32)replay_ms;
}

static bool tcp_check_paws(struct sock *sk, struct sk_buff *skb,
			   const struct tcp_options_received *opt)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!opt->saw_tstamp ||
	    tcp_paws_ok(tp->ts_recent, tp->ts_recent_stamp_s, opt->rcv_tsval, TCP_PAWS_WINDOW))
		return true;
	if (tcp_disordered_ack(tp, skb, opt) || (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST))
		return true;
	TCPEXT_INC(PAWSEstab);
	tcp_answer(sk, skb, TCPEXT_MIB_TCPACKSkippedPAWS);
	kfree_skb(skb, DROP_TCP_PAWS);
	return false;
}

/* ---- RST: RFC 5961 §3 ---- */

/* Behind a FIN that we have taken: from a peer that does not count it. */
static bool tcp_rst_before_fin(const struct sock *sk, const struct tcp_skb_cb *cb)
{
	return cb->seq == tcp_sk(sk)->rcv_nxt - 1 &&
	       (sk->state == TCP_CLOSE_WAIT || sk->state == TCP_LAST_ACK ||
		sk->state == TCP_CLOSING);
}

/* Behind the highest segment that we have reported: the peer's own idea of what comes next. */
static bool tcp_rst_after_sack(const struct tcp_sock *tp, const struct tcp_skb_cb *cb)
{
	u32 high;

	if (!tp->ooo || !tp->ooo->num_sacks)
		return false;
	high = tp->ooo->sacks[0].end_seq;
	for (u32 i = 1; i < tp->ooo->num_sacks; i++)
		if (after(tp->ooo->sacks[i].end_seq, high))
			high = tp->ooo->sacks[i].end_seq;
	return cb->seq == high;
}

static void tcp_rcv_reset(struct sock *sk, struct sk_buff *skb)
{
	tcp_reset(sk);
	kfree_skb(skb, DROP_TCP_RESET);
}

/* The second step. */
static bool tcp_check_rst(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	const struct tcp_sock *tp = tcp_sk(sk);

	if (likely(!(cb->tcp_flags & TCPHDR_RST)))
		return true;
	if (cb->seq == tp->rcv_nxt || tcp_rst_before_fin(sk, cb) || tcp_rst_after_sack(tp, cb)) {
		tcp_rcv_reset(sk, skb);
		return false;
	}
	tcp_send_challenge_ack(sk);
	kfree_skb(skb, DROP_TCP_RESET);
	return false;
}

/* ---- SYN: RFC 5961 §4 ---- */

static void tcp_challenge_syn(struct sock *sk, struct sk_buff *skb,
			      const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);

	TCP_INC(InErrs);
	TCPEXT_INC(TCPSYNChallenge);
	if (tcp_has_accecn(tp)) {
		tcp_accecn_syn_again(tp, skb, opt);
		tp->accecn->reflect = true;
		tcp_send_challenge_ack(sk);
		tp->accecn->reflect = false;
	} else {
		tcp_send_challenge_ack(sk);
	}
	kfree_skb(skb, DROP_TCP_FLAGS);
}

/* The peer's answer when both have opened at the same time (RFC 9293 figure 8). */
static bool tcp_is_crossed_synack(const struct sock *sk, const struct tcp_skb_cb *cb)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return sk->state == TCP_SYN_RECV && !tp->fastopen_rsk && (cb->tcp_flags & TCPHDR_ACK) &&
	       cb->end_seq == cb->seq + 1 && cb->end_seq == tp->rcv_nxt &&
	       cb->rx.ack_seq == tp->snd_nxt;
}

/* The fourth step (the third, security, is not of this world). */
static bool tcp_check_syn(struct sock *sk, struct sk_buff *skb,
			  const struct tcp_options_received *opt)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (likely(!(cb->tcp_flags & TCPHDR_SYN)))
		return true;
	if (tcp_is_crossed_synack(sk, cb)) {
		cb->tcp_flags &= (u8)~TCPHDR_SYN;
		return true;
	}
	tcp_challenge_syn(sk, skb, opt);
	return false;
}

/* ---- sequence ---- */

/*
 * All of it in the window, but for a FIN, which many send whatever the window is; and when the task
 * has nothing to read, any of it: a sender that does not know how to make less of it would hang.
 */
static bool tcp_before_window_end(const struct sock *sk, const struct tcp_skb_cb *cb)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 limit = tp->rcv_nxt + tcp_receive_window(tp);

	if (likely(!after(cb->end_seq, limit)) ||
	    !after(cb->end_seq - !!(cb->tcp_flags & TCPHDR_FIN), limit))
		return true;
	return !after(cb->seq, limit) && !skb_peek(&sk->receive_queue);
}

/* In the window, whose left edge is what the peer last heard of. */
static bool tcp_sequence_ok(const struct sock *sk, const struct tcp_skb_cb *cb, bool *beyond)
{
	*beyond = !tcp_before_window_end(sk, cb);
	return !*beyond && !before(cb->end_seq, tcp_sk(sk)->rcv_wup);
}

/* The first step. */
static bool tcp_check_seq(struct sock *sk, struct sk_buff *skb,
			  const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool beyond;

	if (likely(tcp_sequence_ok(sk, cb, &beyond)))
		return true;
	if (cb->tcp_flags & TCPHDR_RST) {
		if (tcp_rst_before_fin(sk, cb)) {
			tcp_rcv_reset(sk, skb);
			return false;
		}
	} else if (cb->tcp_flags & TCPHDR_SYN) {
		tcp_challenge_syn(sk, skb, opt);
		return false;
	} else {
		if (beyond)
			TCPEXT_INC(BeyondWindow);
		tcp_answer(sk, skb, TCPEXT_MIB_TCPACKSkippedSeq);
	}
	kfree_skb(skb, DROP_TCP_OUT_OF_WINDOW);
	return false;
}

bool tcp_validate_incoming(struct sock *sk, struct sk_buff *skb,
			   const struct tcp_options_received *opt)
{
	return tcp_check_paws(sk, skb, opt) && tcp_check_seq(sk, skb, opt) &&
	       tcp_check_rst(sk, skb) && tcp_check_syn(sk, skb, opt);
}
