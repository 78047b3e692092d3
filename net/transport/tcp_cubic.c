/*
 * CUBIC (RFC 9438): after a loss the window follows a cubic function of the time since then, flat
 * around the size at which the loss happened, so that it is the same for long and short round
 * trips; where Reno would be faster it goes with Reno (§4.3). Slow start ends by HyStart (Ha and
 * Rhee 2011) before there is a loss: when the ACKs of one round span the path's delay, or when the
 * delay grows - unless that proves to have been a moment's (RFC 9406 §4.3).
 *
 * A connection has this state from the first time on that it matters: when slow start has come to
 * HyStart's least window, or at the first loss. Most of a server's never get there. Where there is
 * no memory for it the connection is Reno's.
 *
 * Numbers: time in 1/1024 s where the cubic is computed (K, t), else ms; C is 410/1024.
 */
#include "net/transport/tcp_cong.h"

#define BETA 717u /* /1024: 0.7 */
#define BETA_SCALE 1024u
#define CUBIC_C 410ull /* /1024: 0.4 */
/* Of w = C (t - K)^3 with t and K in 1/1024 s: the shift that C's and the cube's scales add up to.
 */
#define CUBIC_SHIFT 40
/* RFC 9438 §4.3: 3 (1 - beta) / (1 + beta) segments a round trip; its inverse, << 3. */
#define FRIENDLY_SCALE (8 * (BETA_SCALE + BETA) / 3 / (BETA_SCALE - BETA))

#define HYSTART_LOW_WINDOW 16u
#define HYSTART_MIN_SAMPLES 8u
#define HYSTART_ACK_DELTA_US 2000
#define HYSTART_DELAY_MIN_US 4000u
#define HYSTART_DELAY_MAX_US 16000u
#define HYSTART_DOUBT_ROUNDS 5u

struct cubic {
	u32 cnt;      /* ACKs for one segment more */
	u32 last_max; /* W_max, after fast convergence */
	u32 last_cwnd, last_time_ms;
	u32 origin, k;	    /* where the plateau is, and when it is reached */
	u32 epoch_start_ms; /* 0: the next ACK begins an epoch */
	u32 ack_cnt, reno_cwnd;
	u32 delay_min_us; /* 0: none yet */
	/* HyStart, a round trip */
	u32 round_start_us, last_ack_us, end_seq, curr_rtt_us;
	u8 sample_cnt;
	u8 doubt; /* rounds in which the delay that ended slow start may prove to be gone */
	bool found;
};

#define CUBIC_RESERVE 1024

static struct kmem_cache *cubic_cache;

void tcp_cubic_setup(void)
{
	cubic_cache = kmem_cache_create("tcp_cubic", sizeof(struct cubic), 0);
	kmem_cache_reserve(cubic_cache, CUBIC_RESERVE);
}

void tcp_cubic_refill(void)
{
	kmem_cache_refill(cubic_cache);
}

/* 0 stands for "none". */
static u32 cubic_now_ms(const struct sock *sk)
{
	u32 now = tcp_ms(tcp_sk(sk)->mstamp_ns);

	return now ? now : 1;
}

/* The largest integer whose cube is at most @a: digit by digit, for once an epoch. */
u32 tcp_cubic_root(u64 a)
{
	u64 root = 0;

	for (int shift = 63; shift >= 0; shift -= 3) {
		u64 more;

		root *= 2;
		more = 3 * root * (root + 1) + 1; /* (root + 1)^3 - root^3 */
		if (a >> shift >= more) {
			a -= more << shift;
			root++;
		}
	}
	return (u32)root;
}

/* ---- its state ---- */

static void hystart_reset(const struct tcp_sock *tp, struct cubic *ca)
{
	ca->round_start_us = ca->last_ack_us = tcp_us(tp->mstamp_ns);
	ca->end_seq = tp->snd_nxt;
	ca->curr_rtt_us = UINT32_MAX;
	ca->sample_cnt = 0;
}

static void cubic_reset(const struct tcp_sock *tp, struct cubic *ca)
{
	memset(ca, 0, sizeof(*ca));
	hystart_reset(tp, ca);
}

/* From here on the connection has it. NULL: no memory. */
static struct cubic *cubic_get(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct cubic *ca = tp->ca_priv;

	if (likely(ca))
		return ca;
	ca = tp->ca_priv = kmem_cache_alloc(cubic_cache);
	if (ca) {
		cubic_reset(tp, ca);
		if (tcp_min_rtt_us(tp) != UINT32_MAX)
			ca->delay_min_us = max(tcp_min_rtt_us(tp), 1u);
	}
	return ca;
}

/* ---- the window ---- */

static void cubic_begin_epoch(struct cubic *ca, u32 now, u32 cwnd, u32 acked)
{
	ca->epoch_start_ms = now;
	ca->ack_cnt = acked;
	ca->reno_cwnd = cwnd;
	if (ca->last_max <= cwnd) {
		ca->k = 0;
		ca->origin = cwnd;
		return;
	}
	ca->k = tcp_cubic_root((1ull << CUBIC_SHIFT) / CUBIC_C * (ca->last_max - cwnd));
	ca->origin = ca->last_max;
}

/* W_cubic(t + RTT), RFC 9438 §4.2. */
static u32 cubic_target(const struct cubic *ca, u32 now)
{
	u64 t_us = (u64)(now - ca->epoch_start_ms) * 1000 + ca->delay_min_us;
	u64 t = (t_us << 10) / 1000000;
	bool early = t < ca->k;
	u64 offset = early ? ca->k - t : t - ca->k;
	u64 delta;

	/* Beyond this the cube leaves 64 bits, and the window its bound long before. */
	offset = min(offset, 1ull << 17);
	delta = CUBIC_C * offset * offset * offset >> CUBIC_SHIFT;
	if (early)
		return delta < ca->origin ? ca->origin - (u32)delta : 0;
	return ca->origin + (u32)delta;
}

/* The ACKs for one segment more that make it reach the curve in a round trip. */
static u32 cubic_pace(const struct cubic *ca, u32 cwnd, u32 target)
{
	u32 cnt = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;

	/* No loss yet, so no plateau is known: not too slowly at first. */
	return ca->last_max == 0 ? min(cnt, 20u) : cnt;
}

/* Never slower than Reno would be: §4.3. */
static void cubic_friendly(struct cubic *ca, u32 cwnd)
{
	u32 per_segment = (cwnd * FRIENDLY_SCALE) >> 3;

	if (per_segment && ca->ack_cnt > per_segment) {
		u32 more = (ca->ack_cnt - 1) / per_segment;

		ca->ack_cnt -= more * per_segment;
		ca->reno_cwnd += more;
	}
	if (ca->reno_cwnd > cwnd)
		ca->cnt = min(ca->cnt, cwnd / (ca->reno_cwnd - cwnd));
}

/* Is the curve to be looked at? With each change of the window, but once a millisecond at most. */
static bool cubic_curve_due(const struct cubic *ca, u32 now, u32 cwnd)
{
	u32 since = now - ca->last_time_ms;

	return !ca->epoch_start_ms || (ca->last_cwnd == cwnd ? since > 1000 / 32 : since > 0);
}

static void cubic_update(struct cubic *ca, u32 now, u32 rtt_ms, u32 cwnd, u32 acked)
{
	ca->ack_cnt += acked;
	if (cubic_curve_due(ca, now, cwnd)) {
		ca->last_cwnd = cwnd;
		ca->last_time_ms = now;
		if (!ca->epoch_start_ms)
			cubic_begin_epoch(ca, now, cwnd, acked);
		ca->cnt = cubic_pace(ca, cwnd, cubic_target(ca, now));
	}
	/* Reno's half moves with the curve, but a short round trip is over long before that does.
	 */
	if (ca->last_time_ms == now || now - ca->last_time_ms >= rtt_ms)
		cubic_friendly(ca, cwnd);
	ca->cnt = max(ca->cnt, 2u);
}

static void cubic_cong_avoid(struct sock *sk, u32 ack, u32 acked)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct cubic *ca;

	if (!tcp_is_cwnd_limited(sk))
		return;
	if (tcp_in_slow_start(tp)) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	ca = cubic_get(sk);
	if (likely(ca))
		cubic_update(ca, cubic_now_ms(sk), (tp->srtt_us >> 3) / 1000, tp->snd_cwnd, acked);
	tcp_cong_avoid_ai(tp, ca ? ca->cnt : tp->snd_cwnd, acked);
}

/* A loss. With fast convergence (§4.7) a flow whose window shrinks leaves room for others. */
static u32 cubic_ssthresh(struct sock *sk)
{
	struct cubic *ca = cubic_get(sk);
	u32 cwnd = tcp_sk(sk)->snd_cwnd;

	if (unlikely(!ca))
		return tcp_reno_ssthresh(sk);
	ca->epoch_start_ms = 0;
	ca->doubt = 0;
	if (cwnd < ca->last_max)
		ca->last_max = cwnd * (BETA_SCALE + BETA) / (2 * BETA_SCALE);
	else
		ca->last_max = cwnd;
	return max(cwnd * BETA / BETA_SCALE, 2u);
}

/* ---- HyStart ---- */

/* ACKs that come as close as this belong to one burst, which pacing has not taken apart. */
static u32 hystart_ack_delay_us(const struct tcp_sock *tp)
{
	const u64 four_bursts = 4 * 65536 * 1000000ull;

	return tp->pacing_rate ? (u32)min(four_bursts / tp->pacing_rate, 1000ull) : 0;
}

/* The ACKs of this round follow each other closely for as long as half of the path's delay. */
static bool hystart_train(const struct tcp_sock *tp, struct cubic *ca)
{
	u32 now = tcp_us(tp->mstamp_ns), threshold;

	if ((s32)(now - ca->last_ack_us) > HYSTART_ACK_DELTA_US)
		return false;
	ca->last_ack_us = now;
	threshold = ca->delay_min_us + hystart_ack_delay_us(tp);
	if (!tp->pacing)
		threshold /= 2;
	return (s32)(now - ca->round_start_us) > (s32)threshold;
}

/* The least delay of this round is clearly more than the path's. */
static bool hystart_delay(struct cubic *ca, u32 delay_us)
{
	u32 slack = ca->delay_min_us / 8;

	ca->curr_rtt_us = min(ca->curr_rtt_us, delay_us);
	if (ca->sample_cnt < HYSTART_MIN_SAMPLES) {
		ca->sample_cnt++;
		return false;
	}
	slack = max(slack, HYSTART_DELAY_MIN_US);
	return ca->curr_rtt_us > ca->delay_min_us + min(slack, HYSTART_DELAY_MAX_US);
}

static void hystart_update(struct tcp_sock *tp, struct cubic *ca, u32 delay_us)
{
	if (after(tp->snd_una, ca->end_seq))
		hystart_reset(tp, ca);
	if (hystart_train(tp, ca)) {
		ca->found = true;
		TCPEXT_INC(TCPHystartTrainDetect);
		TCPEXT_ADD(TCPHystartTrainCwnd, tp->snd_cwnd);
	} else if (hystart_delay(ca, delay_us)) {
		ca->found = true;
		ca->doubt = tcp_in_initial_slowstart(tp) ? HYSTART_DOUBT_ROUNDS + 1 : 0;
		TCPEXT_INC(TCPHystartDelayDetect);
		TCPEXT_ADD(TCPHystartDelayCwnd, tp->snd_cwnd);
	}
	if (ca->found)
		tp->snd_ssthresh = tp->snd_cwnd;
}

/*
 * Slow start has ended for a delay. A queue that we have made stays in the rounds that follow; if
 * the delay is gone, somebody had only paused, and slow start goes on.
 */
static void hystart_doubt(struct tcp_sock *tp, struct cubic *ca, u32 delay_us)
{
	if (after(tp->snd_una, ca->end_seq)) {
		hystart_reset(tp, ca);
		ca->doubt--;
	}
	if (ca->sample_cnt < HYSTART_MIN_SAMPLES || ca->doubt > HYSTART_DOUBT_ROUNDS) {
		hystart_delay(ca, delay_us);
		return;
	}
	if (hystart_delay(ca, delay_us) || tp->ca_state != TCP_CA_Open)
		return;
	ca->found = false;
	ca->doubt = 0;
	ca->epoch_start_ms = 0;
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
}

/*
 * The state is made in the middle of a round, by an ACK of @acked segments: what was not in the
 * first window is of the next round. The ACKs of this one are no train, for nobody has looked.
 */
static void hystart_join(const struct tcp_sock *tp, struct cubic *ca, u32 acked)
{
	s32 grown = (s32)tp->snd_cwnd - TCP_INIT_CWND;

	ca->end_seq = tp->snd_una + (u32)((TCP_INIT_CWND - grown - (s32)acked) * tp->mss_cache);
	ca->last_ack_us -= 2 * HYSTART_ACK_DELTA_US;
}

static void cubic_pkts_acked(struct sock *sk, const struct ack_sample *sample)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool hystart = tcp_in_slow_start(tp) && tp->snd_cwnd >= HYSTART_LOW_WINDOW;
	bool joins = hystart && !tp->ca_priv;
	struct cubic *ca = hystart ? cubic_get(sk) : tp->ca_priv;
	u32 delay = (u32)max(sample->rtt_us, 1);

	if (ca && joins)
		hystart_join(tp, ca, sample->pkts_acked);
	if (!ca || sample->rtt_us < 0)
		return;
	if (unlikely(ca->doubt))
		hystart_doubt(tp, ca, delay);
	/* Right after recovery the queue is still what the loss has left of it. */
	if (ca->epoch_start_ms && cubic_now_ms(sk) - ca->epoch_start_ms < 1000)
		return;
	if (!ca->delay_min_us || ca->delay_min_us > delay)
		ca->delay_min_us = delay;
	if (!ca->found && hystart)
		hystart_update(tp, ca, delay);
}

/* ---- life ---- */

static void cubic_release(struct sock *sk)
{
	if (tcp_sk(sk)->ca_priv)
		kmem_cache_free(cubic_cache, tcp_sk(sk)->ca_priv);
}

/* After a timeout nothing of what was known is true. */
static void cubic_set_state(struct sock *sk, u8 new_state)
{
	if (new_state == TCP_CA_Loss && tcp_sk(sk)->ca_priv)
		cubic_reset(tcp_sk(sk), tcp_sk(sk)->ca_priv);
}

/* Time in which nothing was sent does not move the curve (§4.10, as RFC 7661 has it). */
static void cubic_cwnd_event(struct sock *sk, enum tcp_ca_event ev)
{
	struct cubic *ca = tcp_sk(sk)->ca_priv;
	u32 now = cubic_now_ms(sk);
	s32 idle = (s32)(now - tcp_sk(sk)->lsndtime_ms);

	if (ev != CA_EVENT_TX_START || !ca || !ca->epoch_start_ms || idle <= 0)
		return;
	ca->epoch_start_ms += (u32)idle;
	if (after(ca->epoch_start_ms, now))
		ca->epoch_start_ms = now;
}

const struct tcp_congestion_ops tcp_cubic = {
	.name = "cubic",
	.flags = TCP_CONG_NON_RESTRICTED,
	.release = cubic_release,
	.ssthresh = cubic_ssthresh,
	.cong_avoid = cubic_cong_avoid,
	.set_state = cubic_set_state,
	.cwnd_event = cubic_cwnd_event,
	.pkts_acked = cubic_pkts_acked,
	.undo_cwnd = tcp_reno_undo_cwnd,
};
