/*
 * What is acknowledged leaves rtx_queue: packets from its head, and the first segments of a packet
 * of several. Each that was not counted by a SACK before counts as delivered now; the first and the
 * last sending times of what was sent only once give the round trip (Karn, RFC 6298 §3).
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

/* What the walk from the head has found. */
struct clean {
	u64 first_ns, last_ns; /* sent once, not SACKed before: when; 0: none */
	u32 reord;	       /* lowest sequence of these */
	u32 pkts_acked;
	u32 prior_sacked;
	bool fully_acked;
};

/* Segments of @skb that are acknowledged; their bytes are gone, if it is only a part of it. */
static u32 clean_acked_segments(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 segs = cb->pcount;

	if (!after(cb->end_seq, tp->snd_una))
		return segs;
	if (segs == 1 || !after(tp->snd_una, cb->seq))
		return 0;
	if (tcp_trim_head(sk, skb, tp->snd_una - cb->seq))
		return 0;
	BUG_ON(!cb->pcount || cb->pcount > segs);
	return segs - cb->pcount;
}

/* Its timing and whether it was sent again. @seq: where it began before it was trimmed. */
static void clean_note_sending(const struct tcp_sock *tp, struct tcp_ack_state *st,
			       struct clean *cl, const struct tcp_skb_cb *cb, u32 seq)
{
	if (cb->sacked & TCPCB_RETRANS) {
		st->flag |= FLAG_RETRANS_DATA_ACKED;
	} else if (!(cb->sacked & TCPCB_SACKED_ACKED)) {
		cl->last_ns = cb->tx.xmit_ns;
		if (!cl->first_ns)
			cl->first_ns = cl->last_ns;
		if (before(seq, cl->reord))
			cl->reord = seq;
		if (!after(cb->end_seq, tp->high_seq))
			st->flag |= FLAG_ORIG_SACK_ACKED;
	}
}

static void clean_count(struct tcp_sock *tp, struct tcp_ack_state *st, const struct tcp_skb_cb *cb,
			u32 segs)
{
	if (cb->sacked & TCPCB_SACKED_RETRANS)
		tp->retrans_out -= segs;
	if (cb->sacked & TCPCB_LOST)
		tp->lost_out -= segs;
	if (cb->sacked & TCPCB_SACKED_ACKED) {
		tp->sacked_out -= segs;
		st->unsacked_bytes += cb->end_seq - cb->seq;
	} else if (tcp_is_sack(tp)) {
		tcp_count_delivered(tp, segs, st->flag & FLAG_ECE);
		/* Not if it is the original that has come although we sent it again. */
		if (!(cb->sacked & TCPCB_RETRANS) ||
		    !tcp_tsecr_before(st->opt, tcp_ms(cb->tx.xmit_ns)))
			tcp_rack_advance(tp, cb->sacked, cb->end_seq, cb->tx.xmit_ns);
	}
	tp->packets_out -= segs;
	/* The SYN is no data: slow start does not count it. */
	if (likely(!(cb->tcp_flags & TCPHDR_SYN))) {
		st->flag |= FLAG_DATA_ACKED;
	} else {
		st->flag |= FLAG_SYN_ACKED;
		tp->retrans_stamp_ms = 0;
	}
}

/* Takes off what is acknowledged; returns the head then. */
static struct sk_buff *clean_queue(struct sock *sk, struct tcp_ack_state *st, struct clean *cl)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;
	u32 segs, seq;

	while ((skb = tcp_rtx_queue_head(tp)) != NULL) {
		seq = TCP_SKB_CB(skb)->seq;
		segs = clean_acked_segments(sk, skb);
		if (!segs)
			break;
		clean_note_sending(tp, st, cl, TCP_SKB_CB(skb), seq);
		clean_count(tp, st, TCP_SKB_CB(skb), segs);
		cl->pkts_acked += segs;
		tcp_rate_skb_delivered(sk, skb, &st->rs);
		if (after(TCP_SKB_CB(skb)->end_seq, tp->snd_una)) {
			cl->fully_acked = false;
			break;
		}
		if (skb == tp->retransmit_skb_hint)
			tp->retransmit_skb_hint = NULL;
		if (skb == tp->sack_hint)
			tp->sack_hint = NULL;
		tcp_rtx_queue_unlink_and_free(sk, skb);
	}
	return skb;
}

/* The ACK's samples of the round trip. True: something was learnt; *@sack_rtt: by a SACK. */
static bool clean_take_rtt(struct sock *sk, struct tcp_ack_state *st, const struct clean *cl,
			   s64 *sack_rtt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s64 seq_rtt = -1, ca_rtt = -1;

	if (likely(cl->first_ns) && !(st->flag & FLAG_RETRANS_DATA_ACKED)) {
		seq_rtt = tcp_age_us(tp, cl->first_ns);
		ca_rtt = tcp_age_us(tp, cl->last_ns);
		/* A lone small segment: the receiver may have waited for another to acknowledge. */
		if (cl->pkts_acked == 1 && cl->fully_acked && !cl->prior_sacked &&
		    tp->snd_una - st->prior_snd_una < tp->mss_cache &&
		    st->rs.prior_delivered + 1 == tp->delivered &&
		    !(st->flag & (FLAG_CA_ALERT | FLAG_SYN_ACKED)))
			st->flag |= FLAG_ACK_MAYBE_DELAYED;
	}
	*sack_rtt = -1;
	if (st->first_sack_ns) {
		*sack_rtt = tcp_age_us(tp, st->first_sack_ns);
		ca_rtt = tcp_age_us(tp, st->last_sack_ns);
	}
	return tcp_ack_update_rtt(sk, st, seq_rtt, *sack_rtt, ca_rtt);
}

/* Something left the queue. */
static void clean_advanced(struct sock *sk, struct tcp_ack_state *st, const struct clean *cl)
{
	struct tcp_sock *tp = tcp_sk(sk);

	st->flag |= FLAG_SET_XMIT_TIMER;
	if (unlikely(tp->mtu_probe_size && !after(tp->mtu_probe_seq_end, tp->snd_una)))
		tcp_mtup_probe_success(sk);
	if (!tcp_is_sack(tp)) {
		tcp_remove_reno_sacks(sk, cl->pkts_acked, st->flag & FLAG_ECE);
		/* Without SACK nobody knows whether the progress is the retransmission's. */
		if (st->flag & FLAG_RETRANS_DATA_ACKED)
			st->flag &= ~(u32)FLAG_ORIG_SACK_ACKED;
	} else if (before(cl->reord, st->prior_fack)) {
		/* A hole was filled by what had been sent only once: it came late. */
		tcp_check_sack_reordering(sk, cl->reord, false);
	}
}

static void clean_tell_congestion_control(struct sock *sk, const struct tcp_ack_state *st,
					  const struct clean *cl)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct ack_sample sample = {
		.pkts_acked = cl->pkts_acked,
		.rtt_us = st->rs.rtt_us,
		.in_flight = tp->delivered - st->rs.prior_delivered,
	};

	if (tcp_ca(tp)->pkts_acked)
		tcp_ca(tp)->pkts_acked(sk, &sample);
}

void tcp_clean_rtx_queue(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct clean cl = { .reord = tp->snd_nxt,
			    .prior_sacked = tp->sacked_out,
			    .fully_acked = true };
	struct sk_buff *head = clean_queue(sk, st, &cl);
	s64 sack_rtt;
	bool learnt;

	if (!head)
		tcp_chrono_stop(sk, TCP_CHRONO_BUSY);
	else if (TCP_SKB_CB(head)->sacked & TCPCB_SACKED_ACKED)
		st->flag |= FLAG_SACK_RENEGING;
	if (between(tp->snd_up, st->prior_snd_una, tp->snd_una))
		tp->snd_up = tp->snd_una;
	learnt = clean_take_rtt(sk, st, &cl, &sack_rtt);
	if (st->flag & FLAG_ACKED) {
		clean_advanced(sk, st, &cl);
	} else if (head && learnt && sack_rtt > tcp_age_us(tp, TCP_SKB_CB(head)->tx.xmit_ns)) {
		/*
		 * No progress, but news of something sent before the head was sent last: measure
		 * its RTO anew. News of later data must not put the timeout off again and again.
		 */
		st->flag |= FLAG_SET_XMIT_TIMER;
	}
	clean_tell_congestion_control(sk, st, &cl);
	if (tp->sack_cache && !tp->sacked_out)
		tcp_sack_forget(tp);
}
