/*
 * Round-trip time and the retransmission timeout (RFC 6298): srtt moves by an eighth of the error.
 * The deviation is kept as its maximum over a round trip: many samples of one flight are alike and
 * would talk it down. And a sample that is shorter than expected raises the deviation only a
 * little: the path became better, that is no reason to wait longer. Everything is an integer:
 * srtt << 3, mdev and rttvar << 2, so that rto = (srtt >> 3) + rttvar.
 *
 * The windowed minimum is the path's time without queues; RACK and pacing measure by it.
 */
#include "net/transport/tcp_ack_private.h"

#define RTT_SANE_US (1u << 28) /* longer has no meaning, and srtt << 3 must fit */

static void rtt_first(struct tcp_sock *tp, u32 rtt)
{
	tp->srtt_us = rtt << 3;
	tp->mdev_us = rtt << 1; /* RFC 6298 §2.2: rttvar = R/2 */
	tp->rttvar_us = max(tp->mdev_us, (u32)sysctl_tcp_rto_min_us);
	tp->mdev_max_us = tp->rttvar_us;
	tp->rtt_seq = tp->snd_nxt;
}

/* What @err, a sample's distance to srtt, adds to mdev: a quarter of the difference. */
static s32 mdev_step(u32 mdev, s32 err)
{
	s32 step = (err < 0 ? -err : err) - (s32)(mdev >> 2);

	return err < 0 && step > 0 ? step >> 3 : step;
}

void tcp_rtt_estimator(struct sock *sk, u32 mrtt_us)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 rtt = min(mrtt_us, RTT_SANE_US);
	s32 err;

	if (!tp->srtt_us) {
		rtt_first(tp, max(rtt, 1u));
		return;
	}
	err = (s32)(rtt - (tp->srtt_us >> 3));
	tp->srtt_us = max(tp->srtt_us + (u32)err, 1u);
	tp->mdev_us += (u32)mdev_step(tp->mdev_us, err);
	if (tp->mdev_us > tp->mdev_max_us) {
		tp->mdev_max_us = tp->mdev_us;
		tp->rttvar_us = max(tp->rttvar_us, tp->mdev_max_us);
	}
	/* A round trip is over: the deviation may fall, and its maximum is sought anew. */
	if (after(tp->snd_una, tp->rtt_seq)) {
		if (tp->mdev_max_us < tp->rttvar_us)
			tp->rttvar_us -= (tp->rttvar_us - tp->mdev_max_us) >> 2;
		tp->rtt_seq = tp->snd_nxt;
		tp->mdev_max_us = (u32)sysctl_tcp_rto_min_us;
	}
}

void tcp_set_rto(struct tcp_sock *tp)
{
	tp->rto_us = min((tp->srtt_us >> 3) + tp->rttvar_us, tcp_rto_max_us(&tp->sk));
}

u32 tcp_rto_backoff_us(const struct tcp_sock *tp)
{
	u64 rto = (u64)tp->rto_us << min(tp->backoff, (u8)32);

	return (u32)min(rto, (u64)tcp_rto_max_us(&tp->sk));
}

/*
 * The three best of net.ipv4.tcp_min_rtt_wlen seconds, each later than the one before: as the best
 * leaves the window, the next takes its place.
 */
void tcp_update_rtt_min(struct tcp_sock *tp, u32 rtt_us)
{
	__typeof__(tp->rtt_min[0]) *best = tp->rtt_min;
	__typeof__(tp->rtt_min[0]) new = { rtt_us ? rtt_us : 1, tcp_ms(tp->mstamp_ns) };
	u32 window = (u32)sysctl_tcp_min_rtt_wlen * 1000, age;

	if (new.value_us <= best[0].value_us || new.at_ms - best[2].at_ms > window) {
		best[0] = best[1] = best[2] = new;
		return;
	}
	if (new.value_us <= best[1].value_us)
		best[1] = best[2] = new;
	else if (new.value_us <= best[2].value_us)
		best[2] = new;
	age = new.at_ms - best[0].at_ms;
	if (age > window) {
		do {
			best[0] = best[1];
			best[1] = best[2];
			best[2] = new;
		} while (new.at_ms - best[0].at_ms > window);
	} else if (best[1].at_ms == best[0].at_ms && age > window / 4) {
		/* No second best for long: begin to look for one in the rest of the window. */
		best[1] = best[2] = new;
	} else if (best[2].at_ms == best[1].at_ms && age > window / 2) {
		best[2] = new;
	}
}

/* The age of our timestamp @tsval, us; -1: it cannot be ours. */
static s64 rtt_since(const struct tcp_sock *tp, u32 tsval)
{
	u32 ms = tcp_time_stamp(tp) - tsval;

	return ms < RTT_SANE_US / 1000 ? (s64)max(ms, 1u) * 1000 : -1;
}

/* The peer's echo of our timestamp (RFC 7323 §4.1), us; -1: none. Good for retransmissions, too. */
static s64 rtt_of_timestamp(const struct tcp_sock *tp, const struct tcp_ack_state *st)
{
	if (!st->opt->saw_tstamp || !st->opt->rcv_tsecr || !(st->flag & FLAG_ACKED))
		return -1;
	return rtt_since(tp, st->opt->rcv_tsecr);
}

bool tcp_ack_update_rtt(struct sock *sk, struct tcp_ack_state *st, s64 seq_rtt_us, s64 sack_rtt_us,
			s64 ca_rtt_us)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* Our own clock is better than what the peer echoes, but never of what was sent twice. */
	if (seq_rtt_us < 0)
		seq_rtt_us = sack_rtt_us;
	if (seq_rtt_us < 0)
		seq_rtt_us = ca_rtt_us = rtt_of_timestamp(tp, st);
	st->rs.rtt_us = (s32)min(ca_rtt_us, (s64)INT32_MAX);
	if (seq_rtt_us < 0)
		return false;
	/* An ACK that was perhaps delayed says nothing about the shortest way. */
	if (!(st->flag & FLAG_ACK_MAYBE_DELAYED) || ca_rtt_us <= tcp_min_rtt_us(tp))
		tcp_update_rtt_min(tp, (u32)ca_rtt_us);
	tcp_rtt_estimator(sk, (u32)seq_rtt_us);
	tcp_set_rto(tp);
	tp->backoff = 0; /* RFC 6298 §5.7: only a valid sample ends it */
	return true;
}

void tcp_synack_rtt_meas(struct sock *sk, u32 rtt_us)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_mstamp_refresh(tp);
	tcp_update_rtt_min(tp, rtt_us);
	tcp_rtt_estimator(sk, rtt_us);
	tcp_set_rto(tp);
	tp->backoff = 0;
}

void tcp_synack_rtt_echoed(struct sock *sk, u32 tsecr)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s64 rtt_us;

	if (!tsecr)
		return;
	tcp_mstamp_refresh(tp);
	rtt_us = rtt_since(tp, tsecr - tp->tsoffset);
	if (rtt_us >= 0)
		tcp_synack_rtt_meas(sk, (u32)rtt_us);
}
