/*
 * BBR, version 1 (draft-cardwell-iccrg-bbr-congestion-control-00, "BBR: Congestion-Based
 * Congestion Control", ACM Queue 2016): what its files share. tcp_bbr_model.c has what it believes
 * of the path, tcp_bbr_policer.c the part that recognises a policer, tcp_bbr.c what it does: the
 * states, the pacing rate and the window.
 *
 * Numbers: bandwidth in segments a microsecond << 24; gains << 8.
 */
#pragma once

#include "net/transport/tcp_cong.h"

#define BW_SCALE 24
#define BW_UNIT (1ull << BW_SCALE)
#define BBR_SCALE 8
#define BBR_UNIT (1u << BBR_SCALE)
#define BBR_HIGH_GAIN (BBR_UNIT * 2885 / 1000 + 1) /* 2/ln 2: doubles in a round trip */
#define BBR_CYCLE_LEN 8u
#define BBR_MIN_CWND 4u

enum bbr_mode {
	BBR_STARTUP,
	BBR_DRAIN,
	BBR_PROBE_BW,
	BBR_PROBE_RTT,
};

/* The maximum over a window of round trips: the best, and the best since the best, and since that.
 */
struct bbr_max {
	struct {
		u32 round, bw;
	} s[3];
};

struct bbr {
	/* the model */
	u32 min_rtt_us; /* over 10 s; ~0: none */
	u32 min_rtt_stamp_ms;
	struct bbr_max bw;
	u32 round;		  /* round trips counted */
	u32 next_round_delivered; /* tp->delivered at which the present one ends */
	u32 full_bw;		  /* what bandwidth has to exceed to count as still growing */
	u64 ack_epoch_ns;
	u32 ack_epoch_acked;
	u16 extra_acked[2]; /* ACKed beyond what the bandwidth explains: of this window, and the
			       last */
	u8 extra_acked_rounds, extra_acked_idx, full_bw_count;

	/* what it does */
	u8 mode, prev_ca_state, cycle_idx;
	u16 pacing_gain, cwnd_gain;
	u32 prior_cwnd;
	u32 probe_rtt_done_ms; /* 0: not at the small window yet */
	u64 cycle_ns;	       /* when the present phase of gains began */
	bool round_start, idle_restart, packet_conservation, probe_rtt_round_done;
	bool full_bw_reached, has_seen_rtt;

	/* long-term bandwidth: a policer's rate */
	bool lt_is_sampling, lt_use_bw;
	u8 lt_rounds;
	u32 lt_bw, lt_delivered, lt_lost, lt_stamp_ms;
};

static inline struct bbr *bbr_ca(const struct sock *sk)
{
	return tcp_sk(sk)->ca_priv;
}
static inline u32 bbr_max_bw(const struct bbr *b)
{
	return b->bw.s[0].bw;
}
static inline u32 bbr_bw(const struct bbr *b)
{
	return b->lt_use_bw ? b->lt_bw : bbr_max_bw(b);
}
static inline u32 bbr_now_ms(const struct sock *sk)
{
	u32 now = tcp_ms(tcp_sk(sk)->mstamp_ns);

	return now ? now : 1;
}

/* ---- tcp_bbr_model.c: one ACK's sample each ---- */
void bbr_max_reset(struct bbr_max *m, u32 round, u32 bw);
void bbr_max_update(struct bbr_max *m, u32 window, u32 round, u32 bw);
void bbr_update_bw(struct sock *sk, const struct rate_sample *rs);
void bbr_update_ack_aggregation(struct sock *sk, const struct rate_sample *rs);
void bbr_check_full_bw(struct bbr *b, const struct rate_sample *rs);
/* True: the old minimum is too old to be believed. */
bool bbr_update_min_rtt(struct sock *sk, const struct rate_sample *rs);
/* Segments ACKed in a bunch that the window should allow for. */
u32 bbr_ack_aggregation_cwnd(const struct bbr *b);

/* ---- tcp_bbr_policer.c ---- */
void bbr_lt_reset(struct sock *sk);
void bbr_lt_sampling(struct sock *sk, const struct rate_sample *rs);

/* ---- tcp_bbr.c ---- */
void bbr_enter_probe_bw(struct sock *sk);
/* Bytes/s that @bw at @gain is, less the margin that keeps queues from growing. */
u64 bbr_bytes_per_sec(const struct sock *sk, u64 bw, u32 gain);
