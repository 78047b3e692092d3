/*
 * BBR (tcp_bbr.h): sends at the path's bandwidth with about as much on its way as the path itself
 * holds, and does not wait for losses. STARTUP doubles the rate until the bandwidth stops growing,
 * DRAIN takes the queue off that this has made, PROBE_BW goes around with now and then a little
 * more and a little less, and PROBE_RTT lets the path run empty every ten seconds to see how long
 * it really is. All rests on pacing.
 */
#include "net/transport/tcp_bbr.h"

#define DRAIN_GAIN (BBR_UNIT * 1000 / 2885)
#define CWND_GAIN (BBR_UNIT * 2)
#define PROBE_RTT_MS 200
#define MARGIN_PERCENT 1
#define MIN_TSO_RATE (1200000 / 8) /* bytes/s: below, single segments */
#define MAX_BURST (64 * 1024)
#define BBR_RESERVE 256
#define PACING_SHIFT 10 /* a burst is about 1/1024 s */

static const u16 cycle_gain[BBR_CYCLE_LEN] = {
	BBR_UNIT * 5 / 4, BBR_UNIT * 3 / 4, BBR_UNIT, BBR_UNIT,
	BBR_UNIT,	  BBR_UNIT,	    BBR_UNIT, BBR_UNIT,
};

static struct kmem_cache *bbr_cache;

/* ---- rates and windows ---- */

u64 bbr_bytes_per_sec(const struct sock *sk, u64 bw, u32 gain)
{
	u64 rate = bw * tcp_sk(sk)->mss_cache;

	rate = (rate * gain) >> BBR_SCALE;
	rate *= 1000000 / 100 * (100 - MARGIN_PERCENT);
	return rate >> BW_SCALE;
}

static u64 bbr_pacing_rate(const struct sock *sk, u32 bw, u32 gain)
{
	return min(bbr_bytes_per_sec(sk, bw, gain), tcp_sk(sk)->max_pacing_rate);
}

/* Before there is a sample: the window over the round trip, at STARTUP's gain. */
static void bbr_init_pacing_rate(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u32 rtt_us = 1000;

	if (tp->srtt_us) {
		rtt_us = max(tp->srtt_us >> 3, 1u);
		b->has_seen_rtt = true;
	}
	tp->pacing_rate =
		bbr_pacing_rate(sk, (u32)(tp->snd_cwnd * BW_UNIT / rtt_us), BBR_HIGH_GAIN);
}

static void bbr_set_pacing_rate(struct sock *sk, u32 bw, u32 gain)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u64 rate = bbr_pacing_rate(sk, bw, gain);

	if (!b->has_seen_rtt && tp->srtt_us)
		bbr_init_pacing_rate(sk);
	/* While the pipe is not full, the first samples only slow it down. */
	if (b->full_bw_reached || rate > tp->pacing_rate)
		tp->pacing_rate = rate;
}

static u32 bbr_min_tso_segs(struct sock *sk)
{
	return tcp_sk(sk)->pacing_rate < MIN_TSO_RATE ? 1 : 2;
}

/* Segments in a burst at the present rate. */
static u32 bbr_tso_segs(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u64 bytes = min(tp->pacing_rate >> PACING_SHIFT, (u64)MAX_BURST);
	u32 segs = max((u32)bytes / tp->mss_cache, bbr_min_tso_segs(sk));

	return min(segs, 0x7fu);
}

/* What the path holds at @bw, times @gain: segments, rounded up. */
static u32 bbr_bdp(const struct bbr *b, u32 bw, u32 gain)
{
	u64 segs;

	if (b->min_rtt_us == UINT32_MAX)
		return TCP_INIT_CWND;
	/* (bw * rtt) may need all of 64 bits: the gain goes on in two parts. */
	segs = (u64)bw * b->min_rtt_us;
	segs = (segs >> BBR_SCALE) * gain + (((segs & (BBR_UNIT - 1)) * gain) >> BBR_SCALE);
	return (u32)min((segs + BW_UNIT - 1) >> BW_SCALE, (u64)TCP_CWND_MAX);
}

/* Room for a burst being made, one on the card, one being acknowledged; even, for delayed ACKs. */
static u32 bbr_quantize(struct sock *sk, u32 cwnd)
{
	const struct bbr *b = bbr_ca(sk);

	cwnd = ALIGN_UP(cwnd + 3 * bbr_tso_segs(sk), 2u);
	return b->mode == BBR_PROBE_BW && b->cycle_idx == 0 ? cwnd + 2 : cwnd;
}

static u32 bbr_inflight(struct sock *sk, u32 bw, u32 gain)
{
	return bbr_quantize(sk, bbr_bdp(bbr_ca(sk), bw, gain));
}

/* With pacing, what is in flight now may be in a queue of ours: what will be in the path when the
 * next packet leaves? */
static u32 bbr_inflight_at_departure(struct sock *sk, u32 inflight)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct bbr *b = bbr_ca(sk);
	u64 wait_ns = tp->next_send_ns > tp->mstamp_ns ? tp->next_send_ns - tp->mstamp_ns : 0;
	u64 gone = (u64)bbr_bw(b) * (wait_ns / NSEC_PER_USEC) >> BW_SCALE;

	if (b->pacing_gain > BBR_UNIT)
		inflight += bbr_tso_segs(sk);
	return gone >= inflight ? 0 : inflight - (u32)gone;
}

/* ---- the window ---- */

static void bbr_save_cwnd(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);

	if (b->prev_ca_state < TCP_CA_Recovery && b->mode != BBR_PROBE_RTT)
		b->prior_cwnd = tp->snd_cwnd;
	else
		b->prior_cwnd = max(b->prior_cwnd, tp->snd_cwnd);
}

/*
 * In recovery's first round trip a packet goes for each that is delivered; after it the window is
 * what it was. True: *@cwnd is settled.
 */
static bool bbr_recover_or_restore(struct sock *sk, const struct rate_sample *rs, u32 *cwnd)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u8 was = b->prev_ca_state, now = tp->ca_state;

	*cwnd = tp->snd_cwnd;
	if (rs->losses)
		*cwnd = *cwnd > rs->losses ? *cwnd - rs->losses : 1;
	if (now == TCP_CA_Recovery && was != TCP_CA_Recovery) {
		b->packet_conservation = true;
		b->next_round_delivered = tp->delivered;
		*cwnd = tcp_packets_in_flight(tp) + rs->acked_sacked;
	} else if (was >= TCP_CA_Recovery && now < TCP_CA_Recovery) {
		*cwnd = max(*cwnd, b->prior_cwnd);
		b->packet_conservation = false;
	}
	b->prev_ca_state = now;
	if (b->packet_conservation)
		*cwnd = max(*cwnd, tcp_packets_in_flight(tp) + rs->acked_sacked);
	return b->packet_conservation;
}

static u32 bbr_next_cwnd(struct sock *sk, const struct rate_sample *rs, u32 bw, u32 gain)
{
	const struct bbr *b = bbr_ca(sk);
	u32 cwnd, target;

	if (bbr_recover_or_restore(sk, rs, &cwnd))
		return cwnd;
	target = bbr_quantize(sk, bbr_bdp(b, bw, gain) + bbr_ack_aggregation_cwnd(b));
	if (b->full_bw_reached)
		cwnd = min(cwnd + rs->acked_sacked, target);
	else if (cwnd < target || tcp_sk(sk)->delivered < TCP_INIT_CWND)
		cwnd += rs->acked_sacked;
	return max(cwnd, BBR_MIN_CWND);
}

static void bbr_set_cwnd(struct sock *sk, const struct rate_sample *rs, u32 bw, u32 gain)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (rs->acked_sacked)
		tp->snd_cwnd = min(bbr_next_cwnd(sk, rs, bw, gain), TCP_CWND_MAX);
	if (bbr_ca(sk)->mode == BBR_PROBE_RTT)
		tp->snd_cwnd = min(tp->snd_cwnd, BBR_MIN_CWND);
}

/* ---- the states ---- */

static void bbr_advance_cycle(struct sock *sk)
{
	struct bbr *b = bbr_ca(sk);

	b->cycle_idx = (b->cycle_idx + 1) % BBR_CYCLE_LEN;
	b->cycle_ns = tcp_sk(sk)->delivered_ns;
}

/* At a random phase, but not in the one that sends less; so that flows do not go in step. */
void bbr_enter_probe_bw(struct sock *sk)
{
	struct bbr *b = bbr_ca(sk);

	b->mode = BBR_PROBE_BW;
	b->cycle_idx = (u8)(BBR_CYCLE_LEN - 1 - random_below(BBR_CYCLE_LEN - 1));
	bbr_advance_cycle(sk);
}

static void bbr_leave_probe_rtt(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);

	b->min_rtt_stamp_ms = bbr_now_ms(sk);
	tp->snd_cwnd = max(tp->snd_cwnd, b->prior_cwnd);
	if (b->full_bw_reached)
		bbr_enter_probe_bw(sk);
	else
		b->mode = BBR_STARTUP;
}

static void bbr_check_probe_rtt_done(struct sock *sk)
{
	struct bbr *b = bbr_ca(sk);

	if (b->probe_rtt_done_ms && after(bbr_now_ms(sk), b->probe_rtt_done_ms))
		bbr_leave_probe_rtt(sk);
}

/* A phase of more has filled the path, a phase of less has emptied it, others take a round trip. */
static bool bbr_phase_over(struct sock *sk, const struct rate_sample *rs)
{
	const struct bbr *b = bbr_ca(sk);
	bool full_length = tcp_us(tcp_sk(sk)->delivered_ns - b->cycle_ns) > b->min_rtt_us;
	u32 inflight;

	if (b->pacing_gain == BBR_UNIT)
		return full_length;
	inflight = bbr_inflight_at_departure(sk, rs->prior_in_flight);
	if (b->pacing_gain > BBR_UNIT)
		return full_length &&
		       (rs->losses || inflight >= bbr_inflight(sk, bbr_max_bw(b), b->pacing_gain));
	return full_length || inflight <= bbr_inflight(sk, bbr_max_bw(b), BBR_UNIT);
}

static void bbr_check_drain(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u32 holds = bbr_inflight(sk, bbr_max_bw(b), BBR_UNIT);

	if (b->mode == BBR_STARTUP && b->full_bw_reached) {
		b->mode = BBR_DRAIN;
		tp->snd_ssthresh = holds;
	}
	if (b->mode == BBR_DRAIN &&
	    bbr_inflight_at_departure(sk, tcp_packets_in_flight(tp)) <= holds)
		bbr_enter_probe_bw(sk);
}

/* 200 ms and at least a round trip with four segments in flight. */
static void bbr_probe_rtt(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);
	u32 inflight = tcp_packets_in_flight(tp);

	/* It is we who hold the rate down: no sample of this time counts. */
	tp->app_limited = tp->delivered + inflight;
	if (!tp->app_limited)
		tp->app_limited = 1;
	if (!b->probe_rtt_done_ms) {
		if (inflight > BBR_MIN_CWND)
			return;
		b->probe_rtt_done_ms = bbr_now_ms(sk) + PROBE_RTT_MS;
		b->probe_rtt_round_done = false;
		b->next_round_delivered = tp->delivered;
		return;
	}
	if (b->round_start)
		b->probe_rtt_round_done = true;
	if (b->probe_rtt_round_done)
		bbr_check_probe_rtt_done(sk);
}

static void bbr_check_probe_rtt(struct sock *sk, const struct rate_sample *rs, bool rtt_expired)
{
	struct bbr *b = bbr_ca(sk);

	if (rtt_expired && !b->idle_restart && b->mode != BBR_PROBE_RTT) {
		bbr_save_cwnd(sk);
		b->mode = BBR_PROBE_RTT;
		b->probe_rtt_done_ms = 0;
	}
	if (b->mode == BBR_PROBE_RTT)
		bbr_probe_rtt(sk);
	if (rs->delivered > 0)
		b->idle_restart = false;
}

static void bbr_set_gains(struct bbr *b)
{
	switch (b->mode) {
	case BBR_STARTUP:
		b->pacing_gain = b->cwnd_gain = BBR_HIGH_GAIN;
		break;
	case BBR_DRAIN:
		b->pacing_gain = DRAIN_GAIN;
		b->cwnd_gain = BBR_HIGH_GAIN;
		break;
	case BBR_PROBE_BW:
		b->pacing_gain = b->lt_use_bw ? BBR_UNIT : cycle_gain[b->cycle_idx];
		b->cwnd_gain = CWND_GAIN;
		break;
	default:
		b->pacing_gain = b->cwnd_gain = BBR_UNIT;
	}
}

static void bbr_cong_control(struct sock *sk, const struct rate_sample *rs)
{
	struct bbr *b = bbr_ca(sk);
	bool rtt_expired;

	bbr_update_bw(sk, rs);
	bbr_update_ack_aggregation(sk, rs);
	if (b->mode == BBR_PROBE_BW && bbr_phase_over(sk, rs))
		bbr_advance_cycle(sk);
	bbr_check_full_bw(b, rs);
	bbr_check_drain(sk);
	rtt_expired = bbr_update_min_rtt(sk, rs);
	bbr_check_probe_rtt(sk, rs, rtt_expired);
	bbr_set_gains(b);
	bbr_set_pacing_rate(sk, bbr_bw(b), b->pacing_gain);
	bbr_set_cwnd(sk, rs, bbr_bw(b), b->cwnd_gain);
}

/* ---- what else it is told ---- */

static void bbr_set_state(struct sock *sk, u8 new_state)
{
	struct bbr *b = bbr_ca(sk);
	struct rate_sample rs = { .losses = 1 };

	if (new_state != TCP_CA_Loss)
		return;
	b->prev_ca_state = TCP_CA_Loss;
	b->full_bw = 0;
	b->round_start = true; /* the timer's round trip is over */
	bbr_lt_sampling(sk, &rs);
}

static void bbr_cwnd_event(struct sock *sk, enum tcp_ca_event ev)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = bbr_ca(sk);

	if (ev != CA_EVENT_TX_START || !tp->app_limited)
		return;
	b->idle_restart = true;
	b->ack_epoch_ns = tp->mstamp_ns;
	b->ack_epoch_acked = 0;
	/* The rate that was, from the first packet on; no burst to find it again. */
	if (b->mode == BBR_PROBE_BW)
		bbr_set_pacing_rate(sk, bbr_bw(b), BBR_UNIT);
	else if (b->mode == BBR_PROBE_RTT)
		bbr_check_probe_rtt_done(sk);
}

static u32 bbr_ssthresh(struct sock *sk)
{
	bbr_save_cwnd(sk);
	return tcp_sk(sk)->snd_ssthresh;
}

/* The loss was none: look again whether the bandwidth grows. */
static u32 bbr_undo_cwnd(struct sock *sk)
{
	struct bbr *b = bbr_ca(sk);

	b->full_bw = 0;
	b->full_bw_count = 0;
	bbr_lt_reset(sk);
	return tcp_sk(sk)->snd_cwnd;
}

static u32 bbr_sndbuf_expand(struct sock *sk)
{
	return 3;
}

static u32 bbr_get_info(struct sock *sk, void *info, u32 size)
{
	const struct bbr *b = bbr_ca(sk);
	u64 bw = bbr_bytes_per_sec(sk, bbr_bw(b), BBR_UNIT);
	struct tcp_bbr_info v = {
		.bbr_bw_lo = (u32)bw,
		.bbr_bw_hi = (u32)(bw >> 32),
		.bbr_min_rtt = b->min_rtt_us,
		.bbr_pacing_gain = b->pacing_gain,
		.bbr_cwnd_gain = b->cwnd_gain,
	};
	u32 n = min(size, (u32)sizeof(v));

	memcpy(info, &v, n);
	return n;
}

/* ---- life ---- */

void tcp_bbr_setup(void)
{
	bbr_cache = kmem_cache_create("tcp_bbr", sizeof(struct bbr), 0);
}

/* Enough for a burst of new connections: softirqs cannot get more, and refills come with tasks. */
void tcp_bbr_reserve(void)
{
	static bool reserved;

	if (!reserved)
		kmem_cache_reserve(bbr_cache, BBR_RESERVE);
	reserved = true;
}

void tcp_bbr_refill(void)
{
	kmem_cache_refill(bbr_cache);
}

static void bbr_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct bbr *b = kmem_cache_alloc(bbr_cache);

	if (!b) {
		tp->ca_ops = &tcp_reno;
		return;
	}
	*b = (struct bbr){
		.min_rtt_us = tcp_min_rtt_us(tp),
		.min_rtt_stamp_ms = bbr_now_ms(sk),
		.next_round_delivered = tp->delivered,
		.ack_epoch_ns = tp->mstamp_ns,
		.pacing_gain = BBR_HIGH_GAIN,
		.cwnd_gain = BBR_HIGH_GAIN,
	};
	tp->ca_priv = b;
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	tp->pacing = true;
	bbr_init_pacing_rate(sk);
	bbr_lt_reset(sk);
}

static void bbr_release(struct sock *sk)
{
	kmem_cache_free(bbr_cache, bbr_ca(sk));
	tcp_sk(sk)->pacing = false;
}

const struct tcp_congestion_ops tcp_bbr = {
	.name = "bbr",
	.flags = TCP_CONG_NON_RESTRICTED,
	.init = bbr_init,
	.release = bbr_release,
	.ssthresh = bbr_ssthresh,
	.set_state = bbr_set_state,
	.cwnd_event = bbr_cwnd_event,
	.undo_cwnd = bbr_undo_cwnd,
	.cong_control = bbr_cong_control,
	.min_tso_segs = bbr_min_tso_segs,
	.sndbuf_expand = bbr_sndbuf_expand,
	.get_info = bbr_get_info,
};
