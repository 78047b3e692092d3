/*
 * What may go now. tcp_write_xmit takes packet after packet from write_queue and asks, in this
 * order: is it time yet (pacing), is there room in the congestion window, in the receiver's window,
 * is the packet large enough to be worth sending (Nagle, or for bursts: would waiting make it
 * larger), does enough of ours wait in the card already. The first "no" ends the round and is noted
 * in tp->limit. What goes is cut to what the windows take; tcp_xmit.c sends it.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_task.h"

/* One round of tcp_write_xmit. */
struct write_round {
	struct sock *sk;
	u32 mss;
	int nonagle, push_one;
	u32 burst; /* bytes, at most, in one packet */
	u32 sent;  /* segments */
	bool cwnd_limited, rwnd_limited;
};

/* ---- how much at once ---- */

#define PACING_SHIFT 10 /* a burst is about a millisecond of the pacing rate, */
#define TSO_RTT_SHIFT 9 /* and more when the path is short: halved for each 512 us */
#define NS_PER_DEFER NSEC_PER_MSEC

u32 tcp_burst_max(const struct sock *sk, u32 mss_now)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_congestion_ops *ca = tcp_ca(tp);
	u32 least, rtt = tcp_min_rtt_us(tp) >> TSO_RTT_SHIFT;
	u64 bytes = tp->pacing_rate >> PACING_SHIFT;

	if (unlikely(!sysctl_tcp_tso))
		return mss_now;
	least = ca->min_tso_segs ? ca->min_tso_segs((struct sock *)sk) :
				   (u32)sysctl_tcp_min_tso_segs;
	if (rtt < 16)
		bytes += (u32)TCP_BURST_MAX >> rtt;
	bytes = min(max(bytes, (u64)least * mss_now), (u64)TCP_BURST_MAX);
	/* Whole segments: the usual answer is known without a division. */
	if (likely(bytes >= tp->size_goal && tp->size_goal_mss == mss_now))
		return tp->size_goal;
	return max((u32)bytes - (u32)bytes % mss_now, mss_now);
}

/* ---- the tests ---- */

/* Segments that the congestion window has room for. */
static u32 tcp_cwnd_test(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 in_flight, cwnd = tp->snd_cwnd;

	/* The last FIN alone need not wait. */
	if ((TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN) && tcp_skb_pcount(skb) == 1)
		return 1;
	in_flight = tcp_packets_in_flight(tp);
	/* Without RFC 3042, what has overtaken others makes no room until a loss is certain. */
	if (unlikely(!sysctl_tcp_limited_transmit) && tp->ca_state == TCP_CA_Disorder)
		in_flight += tp->sacked_out;
	if (in_flight >= cwnd)
		return 0;
	/* Half of it at most at once: ACKs for the first half then clock out the next. */
	return min(max(cwnd >> 1, 1u), cwnd - in_flight);
}

/* A small segment is on its way that is not acknowledged (Minshall's variant of Nagle's test). */
static bool tcp_minshall_check(const struct tcp_sock *tp)
{
	return after(tp->snd_sml, tp->snd_una) && !after(tp->snd_sml, tp->snd_nxt);
}

/* RFC 896: must something that ends with less than a segment wait? */
static bool tcp_nagle_waits(const struct tcp_sock *tp, int nonagle)
{
	return (nonagle & TCP_NAGLE_CORK) ||
	       (!nonagle && tp->packets_out && tcp_minshall_check(tp));
}

static bool tcp_nagle_test(struct write_round *r, const struct sk_buff *skb, int nonagle)
{
	struct tcp_sock *tp = tcp_sk(r->sk);

	if ((nonagle & TCP_NAGLE_PUSH) || tcp_urg_mode(tp) ||
	    (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN))
		return true;
	if (skb->len >= r->mss || !tcp_nagle_waits(tp, nonagle))
		return true;
	tp->limit = nonagle & TCP_NAGLE_CORK ? TCP_LIMIT_CORK : TCP_LIMIT_NAGLE;
	return false;
}

/* Is the next ACK due so soon that it can be waited for: within half a round trip, and 1 ms? */
static bool tcp_ack_is_near(const struct tcp_sock *tp)
{
	const struct sk_buff *head = tcp_rtx_queue_head(tp);
	u64 srtt = (u64)tp->srtt_us * (NSEC_PER_USEC >> 3);

	if (!head)
		return false;
	return (s64)(TCP_SKB_CB(head)->tx.xmit_ns + srtt - tp->mstamp_ns) <=
	       (s64)min(srtt >> 1, (u64)NSEC_PER_MSEC);
}

/* Is what may go so much that there is no point in waiting for more? */
static bool tcp_defer_enough(const struct write_round *r, const struct sk_buff *skb, u64 limit)
{
	const struct tcp_sock *tp = tcp_sk(r->sk);
	u64 chunk;

	if (limit >= r->burst)
		return true;
	if (skb != tcp_queue_tail(&tp->write_queue) && limit >= skb->len)
		return true;
	if (!sysctl_tcp_tso_win_divisor)
		return limit > 3ull * r->mss;
	chunk = min((u64)tp->snd_wnd, (u64)tp->snd_cwnd * r->mss);
	return limit * (u32)sysctl_tcp_tso_win_divisor >= chunk;
}

/*
 * A burst that windows cut short: would the next ACK make it larger? Sending little at a time costs
 * as much as sending much.
 */
static bool tcp_tso_should_defer(struct write_round *r, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(r->sk);
	u64 send_win, cong_win;

	if (tp->ca_state >= TCP_CA_Recovery)
		return false;
	/* Only in the midst of sending: else the first burst after a pause would be late. */
	if ((s64)(tp->mstamp_ns - tp->next_send_ns - NS_PER_DEFER) > 0)
		return false;
	send_win = tcp_wnd_end(tp) - TCP_SKB_CB(skb)->seq;
	cong_win = (u64)(tp->snd_cwnd - tcp_packets_in_flight(tp)) * r->mss;
	if (tcp_defer_enough(r, skb, min(send_win, cong_win)) || !tcp_ack_is_near(tp))
		return false;
	if (cong_win < send_win && cong_win <= skb->len) {
		r->cwnd_limited = true;
		return true;
	}
	if (cong_win >= send_win && send_win <= skb->len) {
		r->rwnd_limited = true;
		return true;
	}
	/* It will not grow any more. */
	return !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN) && !TCP_SKB_CB(skb)->eor;
}

/*
 * Where a burst is cut: at most @max_len; at the window's end; and before a last small segment that
 * Nagle's test holds back.
 */
static u32 tcp_mss_split_point(const struct write_round *r, const struct sk_buff *skb, u32 max_len,
			       int nonagle)
{
	const struct tcp_sock *tp = tcp_sk(r->sk);
	u32 window = tcp_wnd_end(tp) - TCP_SKB_CB(skb)->seq, needed, partial;

	if (likely(max_len <= window && max_len <= skb->len))
		return max_len;
	needed = min(skb->len, window);
	if (max_len <= needed)
		return max_len;
	if (needed == skb->len) /* no need to divide */
		partial = needed - (tcp_skb_pcount(skb) - 1) * r->mss;
	else
		partial = needed % r->mss;
	if (partial && partial < r->mss && tcp_nagle_waits(tp, nonagle))
		return needed - partial;
	return needed;
}

/* ---- the round ---- */

/* Notes what has been sent of what is smaller than a segment. */
static void tcp_minshall_update(struct tcp_sock *tp, u32 mss_now, const struct sk_buff *skb)
{
	if (skb->len < tcp_skb_pcount(skb) * mss_now)
		tp->snd_sml = TCP_SKB_CB(skb)->end_seq;
}

void tcp_event_new_data_sent(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 prior = tp->packets_out, pcount = tcp_skb_pcount(skb);

	tp->snd_nxt = TCP_SKB_CB(skb)->end_seq;
	__skb_unlink(&tp->write_queue, skb);
	__skb_queue_tail(&tp->rtx_queue, skb);
	tp->packets_out = prior + pcount;
	if (!prior || tp->rtx_purpose == TCP_TIME_LOSS_PROBE)
		tcp_rearm_rto(sk);
	TCPEXT_ADD(TCPOrigDataSent, pcount);
	tcp_check_space(sk);
}

/* The number of segments that @skb counts as, at this MSS. */
static u32 tcp_init_tso_segs(struct sk_buff *skb, u32 mss_now)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (!cb->pcount || (cb->pcount > 1 && cb->mss != mss_now))
		tcp_set_skb_tso_segs(skb, mss_now);
	return cb->pcount;
}

/* All tests but the card's: bytes of @skb that may go; 0: none, tp->limit says why. */
static u32 tcp_write_allowed(struct write_round *r, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(r->sk);
	bool last = skb == tcp_queue_tail(&tp->write_queue);
	u32 segs, quota;

	if (unlikely(tcp_pacing_check(r->sk))) {
		tp->limit = TCP_LIMIT_PACING;
		return 0;
	}
	segs = tcp_init_tso_segs(skb, r->mss);
	quota = tcp_cwnd_test(tp, skb);
	if (!quota) {
		tp->limit = TCP_LIMIT_CWND;
		if (r->push_one != 2)
			return 0;
		quota = 1; /* a loss probe goes beyond */
	}
	if (unlikely(!tcp_snd_wnd_test(tp, skb, r->mss))) {
		r->rwnd_limited = true;
		tp->limit = before(TCP_SKB_CB(skb)->seq, tcp_wnd_end(tp)) ? TCP_LIMIT_SWS :
									    TCP_LIMIT_RWND;
		return 0;
	}
	if (segs == 1)
		return tcp_nagle_test(r, skb, last ? r->nonagle : TCP_NAGLE_PUSH) ? r->mss : 0;
	if (!r->push_one && tcp_tso_should_defer(r, skb)) {
		tp->limit = TCP_LIMIT_TSO;
		return 0;
	}
	if (unlikely(tcp_urg_mode(tp)))
		return r->mss;
	return tcp_mss_split_point(r, skb, (u32)min((u64)quota * r->mss, (u64)r->burst),
				   last ? r->nonagle : TCP_NAGLE_PUSH);
}

/* False: the round is over. */
static bool tcp_write_one(struct write_round *r, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(r->sk);
	u32 limit = tcp_write_allowed(r, skb);

	if (!limit)
		return false;
	if (skb->len > limit && tcp_fragment(r->sk, &tp->write_queue, skb, limit, r->mss)) {
		tp->limit = TCP_LIMIT_MEMORY;
		return false;
	}
	if (tcp_small_queue_check(r->sk, skb, 0)) {
		tp->limit = TCP_LIMIT_QUEUE;
		return false;
	}
	if (unlikely(TCP_SKB_CB(skb)->end_seq == TCP_SKB_CB(skb)->seq))
		return false; /* sendmsg waits for memory to fill it */
	if (unlikely(tcp_transmit_skb(r->sk, skb))) {
		tp->limit = TCP_LIMIT_MEMORY;
		return false;
	}
	tcp_event_new_data_sent(r->sk, skb);
	tcp_minshall_update(tp, r->mss, skb);
	r->sent += tcp_skb_pcount(skb);
	return !r->push_one;
}

/* What the round tells the others. */
static void tcp_write_done(struct write_round *r)
{
	struct tcp_sock *tp = tcp_sk(r->sk);

	if (r->rwnd_limited)
		tcp_chrono_start(r->sk, TCP_CHRONO_RWND_LIMITED);
	else
		tcp_chrono_stop(r->sk, TCP_CHRONO_RWND_LIMITED);
	r->cwnd_limited |= tcp_packets_in_flight(tp) >= tp->snd_cwnd;
	if (likely(r->sent || r->cwnd_limited))
		tcp_cwnd_validate(r->sk, r->cwnd_limited);
	if (!r->sent)
		return;
	if (tcp_in_cwnd_reduction(tp))
		tp->prr_out += r->sent;
	if (r->push_one != 2)
		tcp_schedule_loss_probe(r->sk, false);
}

bool tcp_write_xmit(struct sock *sk, u32 mss_now, int nonagle, int push_one)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct write_round r = {
		.sk = sk, .mss = mss_now, .nonagle = nonagle, .push_one = push_one
	};
	struct sk_buff *skb;

	tcp_mstamp_refresh(tp);
	if (!push_one && unlikely(tp->mtu_probing)) {
		int probe = tcp_mtu_probe(sk);

		if (!probe)
			return false;
		r.sent = probe > 0;
	}
	r.burst = tcp_burst_max(sk, mss_now);
	dev_batch_begin();
	while ((skb = tcp_send_head(tp)) && tcp_write_one(&r, skb))
		;
	dev_batch_end();
	if (!tcp_send_head(tp))
		tp->limit = TCP_LIMIT_APP;
	tcp_write_done(&r);
	return !r.sent && !tp->packets_out && tcp_send_head(tp);
}

void __tcp_push_pending_frames(struct sock *sk, u32 mss_now, int nonagle)
{
	if (unlikely(sk->state == TCP_CLOSE))
		return;
	if (tcp_write_xmit(sk, mss_now, nonagle, 0))
		tcp_check_probe_timer(sk);
}

void tcp_push_one(struct sock *sk, u32 mss_now)
{
	tcp_write_xmit(sk, mss_now, TCP_NAGLE_PUSH, 1);
}

void tcp_data_snd_check(struct sock *sk)
{
	tcp_push_pending_frames(sk);
	tcp_check_space(sk);
}
