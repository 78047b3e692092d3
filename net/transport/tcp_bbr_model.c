/*
 * What BBR believes of a path: the bandwidth (the largest delivery rate of the last ten round
 * trips), the round trip without queues (the least of the last ten seconds), whether the bandwidth
 * still grows, and by how much ACKs come in bunches.
 */
#include "net/transport/tcp_bbr.h"

#define BW_ROUNDS (BBR_CYCLE_LEN + 2)
#define MIN_RTT_WINDOW_MS 10000
#define FULL_BW_GROWTH_PERCENT 25
#define FULL_BW_ROUNDS 3
#define EXTRA_ACKED_ROUNDS 5
#define EXTRA_ACKED_MAX_US 100000u
#define ACK_EPOCH_MAX (1u << 20)

/* ---- a maximum over a moving window ---- */

void bbr_max_reset(struct bbr_max *m, u32 round, u32 bw)
{
	for (int i = 0; i < 3; i++) {
		m->s[i].round = round;
		m->s[i].bw = bw;
	}
}

/*
 * The best may have left the window: the second takes its place. And while it is in, each part of
 * the window gets a candidate, lest all three be from its beginning.
 */
static void bbr_max_age(struct bbr_max *m, u32 window, u32 round, u32 bw)
{
	u32 age = round - m->s[0].round;

	if (age > window) {
		m->s[0] = m->s[1];
		m->s[1] = m->s[2];
		m->s[2].round = round;
		m->s[2].bw = bw;
		if (round - m->s[0].round > window) {
			m->s[0] = m->s[1];
			m->s[1] = m->s[2];
		}
	} else if (m->s[1].round == m->s[0].round && age > window / 4) {
		m->s[1].round = m->s[2].round = round;
		m->s[1].bw = m->s[2].bw = bw;
	} else if (m->s[2].round == m->s[1].round && age > window / 2) {
		m->s[2].round = round;
		m->s[2].bw = bw;
	}
}

void bbr_max_update(struct bbr_max *m, u32 window, u32 round, u32 bw)
{
	if (bw >= m->s[0].bw || round - m->s[2].round > window) {
		bbr_max_reset(m, round, bw);
		return;
	}
	for (int i = 1; i < 3; i++) {
		if (bw < m->s[i].bw)
			continue;
		for (; i < 3; i++) {
			m->s[i].round = round;
			m->s[i].bw = bw;
		}
	}
	bbr_max_age(m, window, round, bw);
}

/* ---- bandwidth ---- */

/* A round trip is over when something is delivered that was sent after the last one's end. */
static void bbr_count_round(struct sock *sk, const struct rate_sample *rs)
{
	struct bbr *b = bbr_ca(sk);

	if (before(rs->prior_delivered, b->next_round_delivered))
		return;
	b->next_round_delivered = tcp_sk(sk)->delivered;
	b->round++;
	b->round_start = true;
	b->packet_conservation = false;
}

void bbr_update_bw(struct sock *sk, const struct rate_sample *rs)
{
	struct bbr *b = bbr_ca(sk);
	u64 bw;

	b->round_start = false;
	if (rs->delivered < 0 || rs->interval_us <= 0)
		return;
	bbr_count_round(sk, rs);
	bbr_lt_sampling(sk, rs);
	bw = min((u64)rs->delivered * BW_UNIT / (u32)rs->interval_us, (u64)UINT32_MAX);
	/* What the application held up says nothing, unless it is more than was known. */
	if (!rs->is_app_limited || bw >= bbr_max_bw(b))
		bbr_max_update(&b->bw, BW_ROUNDS, b->round, (u32)bw);
}

void bbr_check_full_bw(struct bbr *b, const struct rate_sample *rs)
{
	if (b->full_bw_reached || !b->round_start || rs->is_app_limited)
		return;
	if (bbr_max_bw(b) >= (u64)b->full_bw * (100 + FULL_BW_GROWTH_PERCENT) / 100) {
		b->full_bw = bbr_max_bw(b);
		b->full_bw_count = 0;
		return;
	}
	b->full_bw_reached = ++b->full_bw_count >= FULL_BW_ROUNDS;
}

/* ---- ACKs in bunches ---- */

static void bbr_extra_acked_rotate(struct bbr *b)
{
	if (!b->round_start || ++b->extra_acked_rounds < EXTRA_ACKED_ROUNDS)
		return;
	b->extra_acked_rounds = 0;
	b->extra_acked_idx ^= 1;
	b->extra_acked[b->extra_acked_idx] = 0;
}

void bbr_update_ack_aggregation(struct sock *sk, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u64 expected;
	u32 extra;

	if (!rs->acked_sacked || rs->delivered < 0 || rs->interval_us <= 0)
		return;
	bbr_extra_acked_rotate(b);
	expected = (u64)bbr_bw(b) * tcp_us(tp->delivered_ns - b->ack_epoch_ns) / BW_UNIT;
	/* No bunch is under way (any more): the next begins here. */
	if (b->ack_epoch_acked <= expected ||
	    b->ack_epoch_acked + rs->acked_sacked >= ACK_EPOCH_MAX) {
		b->ack_epoch_acked = 0;
		b->ack_epoch_ns = tp->delivered_ns;
		expected = 0;
	}
	b->ack_epoch_acked = min(b->ack_epoch_acked + rs->acked_sacked, ACK_EPOCH_MAX - 1);
	extra = min(b->ack_epoch_acked - (u32)expected, tp->snd_cwnd);
	extra = min(extra, 0xffffu);
	if (extra > b->extra_acked[b->extra_acked_idx])
		b->extra_acked[b->extra_acked_idx] = (u16)extra;
}

u32 bbr_ack_aggregation_cwnd(const struct bbr *b)
{
	u32 extra = max(b->extra_acked[0], b->extra_acked[1]);

	if (!b->full_bw_reached)
		return 0;
	return (u32)min((u64)extra, (u64)bbr_bw(b) * EXTRA_ACKED_MAX_US / BW_UNIT);
}

/* ---- round trip ---- */

bool bbr_update_min_rtt(struct sock *sk, const struct rate_sample *rs)
{
	struct bbr *b = bbr_ca(sk);
	u32 now = bbr_now_ms(sk);
	bool expired = after(now, b->min_rtt_stamp_ms + MIN_RTT_WINDOW_MS);

	if (rs->rtt_us >= 0 &&
	    ((u32)rs->rtt_us < b->min_rtt_us || (expired && !rs->is_ack_delayed))) {
		b->min_rtt_us = (u32)rs->rtt_us;
		b->min_rtt_stamp_ms = now;
	}
	return expired;
}
