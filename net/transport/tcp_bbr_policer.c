/*
 * BBR and token buckets: a policer lets bursts through and then drops, so that the largest delivery
 * rate is far above what it lets pass for long. Where two stretches with many losses have about the
 * same rate, that rate is taken as the bandwidth for a while.
 */
#include "net/transport/tcp_bbr.h"

#define LT_MIN_ROUNDS 4u /* a stretch is at least so long, and at most four times that */
#define LT_LOSS_NUM 50u	 /* of 256: from here on losses are many */
#define LT_BW_RATIO (BBR_UNIT / 8)
#define LT_BW_DIFF 500u /* bytes/s */
#define LT_USE_ROUNDS 48u

static void lt_begin_stretch(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);

	b->lt_stamp_ms = tcp_ms(tp->delivered_ns);
	b->lt_delivered = tp->delivered;
	b->lt_lost = tp->lost;
	b->lt_rounds = 0;
}

void bbr_lt_reset(struct sock *sk)
{
	struct bbr *b = bbr_ca(sk);

	b->lt_bw = 0;
	b->lt_use_bw = false;
	b->lt_is_sampling = false;
	lt_begin_stretch(sk);
}

/* A stretch's rate: the same as the one before, roughly? */
static void lt_stretch_done(struct sock *sk, u32 bw)
{
	struct bbr *b = bbr_ca(sk);
	u32 diff = bw > b->lt_bw ? bw - b->lt_bw : b->lt_bw - bw;

	if (b->lt_bw && ((u64)diff * BBR_UNIT <= (u64)LT_BW_RATIO * b->lt_bw ||
			 bbr_bytes_per_sec(sk, diff, BBR_UNIT) <= LT_BW_DIFF)) {
		b->lt_bw = (u32)(((u64)bw + b->lt_bw) / 2);
		b->lt_use_bw = true;
		b->pacing_gain = BBR_UNIT;
		b->lt_rounds = 0;
		return;
	}
	b->lt_bw = bw;
	lt_begin_stretch(sk);
}

/* The policer's rate has been kept for long enough: look whether there is more. */
static void lt_in_use(struct sock *sk)
{
	struct bbr *b = bbr_ca(sk);

	if (b->mode != BBR_PROBE_BW || !b->round_start || ++b->lt_rounds < LT_USE_ROUNDS)
		return;
	bbr_lt_reset(sk);
	bbr_enter_probe_bw(sk);
}

/* A stretch ends with a loss, and counts if many were lost in it. */
static void lt_try_end(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u32 lost = tp->lost - b->lt_lost, delivered = tp->delivered - b->lt_delivered;
	u32 ms = tcp_ms(tp->delivered_ns) - b->lt_stamp_ms;

	if (!delivered || ((u64)lost << BBR_SCALE) < (u64)LT_LOSS_NUM * delivered)
		return;
	if ((s32)ms < 1)
		return;
	if (ms >= UINT32_MAX / 1000) {
		bbr_lt_reset(sk);
		return;
	}
	lt_stretch_done(sk, (u32)min((u64)delivered * BW_UNIT / (ms * 1000), (u64)UINT32_MAX));
}

void bbr_lt_sampling(struct sock *sk, const struct rate_sample *rs)
{
	struct bbr *b = bbr_ca(sk);

	if (b->lt_use_bw) {
		lt_in_use(sk);
		return;
	}
	if (!b->lt_is_sampling) {
		if (!rs->losses)
			return;
		lt_begin_stretch(sk);
		b->lt_is_sampling = true;
	}
	if (rs->is_app_limited) {
		bbr_lt_reset(sk);
		return;
	}
	if (b->round_start)
		b->lt_rounds++;
	if (b->lt_rounds < LT_MIN_ROUNDS)
		return;
	if (b->lt_rounds > 4 * LT_MIN_ROUNDS)
		bbr_lt_reset(sk);
	else if (rs->losses)
		lt_try_end(sk);
}
