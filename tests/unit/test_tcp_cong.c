/*
 * Congestion control against sums done in another way: Reno by RFC 5681, CUBIC by RFC 9438's
 * formula in floating point, HyStart by trains and delays of ACKs, BBR over a simulated link.
 */
#include <math.h>
#include <string.h>

#include "kern.h"
#include "net/transport/tcp_bbr.h"
#include "net/transport/tcp_cong.h"

static struct tcp_sock tp;
static struct sock *const sk = &tp.sk;

#define MS NSEC_PER_MSEC

static void fresh(const struct tcp_congestion_ops *ca, u32 cwnd, u32 ssthresh)
{
	if (tp.ca_inited)
		tcp_cleanup_congestion_control(sk);
	memset(&tp, 0, sizeof(tp));
	tp.mstamp_ns = 1000 * MS;
	tp.snd_cwnd = cwnd;
	tp.snd_ssthresh = ssthresh;
	tp.max_packets_out = cwnd;
	tp.is_cwnd_limited = true;
	tp.mss_cache = 1448;
	tp.max_pacing_rate = UINT64_MAX;
	tp.rtt_min[0].value_us = UINT32_MAX;
	tp.ca_ops = ca;
	tp.ca_inited = true;
	if (ca->init)
		ca->init(sk);
}

static void acked(u32 segments)
{
	tp.snd_una += segments * 1448;
	tp.ca_ops->cong_avoid(sk, tp.snd_una, segments);
}

/* ---- Reno ---- */

static void test_reno_slow_start(void **state)
{
	fresh(&tcp_reno, 10, TCP_INFINITE_SSTHRESH);
	for (u32 round = 0, cwnd = 10; round < 6; round++, cwnd *= 2) {
		assert_int_equal(tp.snd_cwnd, cwnd);
		for (u32 i = 0; i < cwnd; i += 2)
			acked(2);
	}
}

static void test_reno_avoidance(void **state)
{
	fresh(&tcp_reno, 20, 10);
	for (u32 round = 0; round < 50; round++) {
		u32 cwnd = tp.snd_cwnd;

		assert_int_equal(cwnd, 20 + round);
		for (u32 i = 0; i < cwnd; i++)
			acked(1);
	}
}

/* An ACK that ends slow start: what is left of it counts for congestion avoidance. */
static void test_reno_across_ssthresh(void **state)
{
	fresh(&tcp_reno, 8, 10);
	acked(8);
	assert_int_equal(tp.snd_cwnd, 10);
	assert_int_equal(tp.snd_cwnd_cnt, 6);
	acked(4);
	assert_int_equal(tp.snd_cwnd, 11);
	assert_int_equal(tp.snd_cwnd_cnt, 0);
}

static void test_reno_not_limited(void **state)
{
	fresh(&tcp_reno, 10, 5);
	tp.is_cwnd_limited = false;
	acked(100);
	assert_int_equal(tp.snd_cwnd, 10);
	/* In slow start half a window in flight is enough. */
	tp.snd_ssthresh = 100;
	tp.max_packets_out = 5;
	acked(1);
	assert_int_equal(tp.snd_cwnd, 10);
	tp.max_packets_out = 6;
	acked(1);
	assert_int_equal(tp.snd_cwnd, 11);
}

static void test_reno_loss(void **state)
{
	static const u32 want[][2] = {
		{ 1, 2 }, { 2, 2 }, { 3, 2 }, { 5, 2 }, { 6, 3 }, { 101, 50 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		fresh(&tcp_reno, want[i][0], 10);
		assert_int_equal(tp.ca_ops->ssthresh(sk), want[i][1]);
	}
	tp.prior_cwnd = 300;
	assert_int_equal(tp.ca_ops->undo_cwnd(sk), 300);
	tp.snd_cwnd = 400;
	assert_int_equal(tp.ca_ops->undo_cwnd(sk), 400);
}

/* ---- CUBIC ---- */

static void test_cube_root(void **state)
{
	assert_int_equal(tcp_cubic_root(0), 0);
	assert_int_equal(tcp_cubic_root(UINT64_MAX), 2642245);
	for (u64 r = 1; r < 2642245; r += 1 + r / 7) {
		assert_int_equal(tcp_cubic_root(r * r * r), r);
		assert_int_equal(tcp_cubic_root(r * r * r - 1), r - 1);
	}
}

/* One round trip of @rtt_ms: each segment of the window acknowledged, evenly. */
static void cubic_round(u32 rtt_ms)
{
	u32 n = tp.snd_cwnd;
	u64 start = tp.mstamp_ns;

	for (u32 i = 1; i <= n; i++) {
		struct ack_sample sample = { .pkts_acked = 1, .rtt_us = (s32)(rtt_ms * 1000) };

		tp.mstamp_ns = start + (u64)rtt_ms * MS * i / n;
		tp.ca_ops->pkts_acked(sk, &sample);
		acked(1);
	}
}

/* A loss at @cwnd, fast recovery at once. */
static void cubic_loss(u32 cwnd)
{
	tp.snd_cwnd = cwnd;
	tp.snd_cwnd = tp.snd_ssthresh = tp.ca_ops->ssthresh(sk);
}

/* W_cubic(t), RFC 9438 (1), with beta 0.7. */
static double w_cubic(double t, double w_max)
{
	double k = cbrt(w_max * 0.3 / 0.4);

	return 0.4 * pow(t - k, 3) + w_max;
}

/* Through the concave and the convex region: never more than 2 % off the curve. */
static void test_cubic_curve(void **state)
{
	static const u32 sizes[] = { 200, 1000, 5000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 start;
		double k = cbrt(sizes[i] * 0.3 / 0.4);

		fresh(&tcp_cubic, 10, 10);
		cubic_round(100);
		cubic_loss(sizes[i]);
		assert_int_equal(tp.snd_cwnd, sizes[i] * 717 / 1024);
		start = tp.mstamp_ns;
		while ((double)(tp.mstamp_ns - start) / 1e9 < 2 * k) {
			double want;

			cubic_round(100);
			want = w_cubic((double)(tp.mstamp_ns - start) / 1e9, sizes[i]);
			if (fabs(tp.snd_cwnd - want) > 0.02 * want + 2)
				fail_msg("W_max %u, %.1f s: %u, not %.0f", sizes[i],
					 (double)(tp.mstamp_ns - start) / 1e9, tp.snd_cwnd, want);
		}
	}
}

/* Short round trips, small windows: Reno's rate, 3 (1 - 0.7) / (1 + 0.7) segments a round trip. */
static void test_cubic_reno_region(void **state)
{
	static const u32 rtts[] = { 1, 3, 10 };

	for (size_t i = 0; i < ARRAY_SIZE(rtts); i++) {
		fresh(&tcp_cubic, 10, 10);
		cubic_round(rtts[i]);
		cubic_loss(40);
		for (u32 round = 1; round <= 100; round++) {
			double want = 28 + 0.529 * round;

			cubic_round(rtts[i]);
			if (tp.snd_cwnd > want + 2 || tp.snd_cwnd < want - 2)
				fail_msg("RTT %u ms, round %u: %u, not %.1f", rtts[i], round,
					 tp.snd_cwnd, want);
		}
	}
}

/* Nor with windows of a few segments, which many losses make: as Reno would with cwnd * 0.7. */
static void test_cubic_small_window(void **state)
{
	fresh(&tcp_cubic, 10, 10);
	cubic_round(1);
	for (u32 loss = 0; loss < 50; loss++) {
		u32 cwnd;

		cubic_loss(max(tp.snd_cwnd, 4u));
		cwnd = tp.snd_cwnd;
		for (u32 round = 0; round < 6; round++)
			cubic_round(1);
		assert_in_range(tp.snd_cwnd, cwnd + 2, cwnd + 5);
	}
}

static u32 cubic_plateau(void)
{
	return ((u32 *)tp.ca_priv)[1];
}

static void test_cubic_fast_convergence(void **state)
{
	fresh(&tcp_cubic, 10, 10);
	cubic_loss(1000);
	assert_int_equal(cubic_plateau(), 1000);
	cubic_loss(800); /* below: gives way, (1 + 0.7) / 2 */
	assert_int_equal(cubic_plateau(), 800 * 1741 / 2048);
	cubic_loss(900); /* above the new one: no */
	assert_int_equal(cubic_plateau(), 900);
	tp.snd_cwnd = 2;
	assert_int_equal(tp.ca_ops->ssthresh(sk), 2);
}

static void test_cubic_timeout_forgets(void **state)
{
	fresh(&tcp_cubic, 10, 10);
	cubic_round(100);
	cubic_loss(1000);
	tp.ca_ops->set_state(sk, TCP_CA_Loss);
	assert_int_equal(cubic_plateau(), 0);
}

/* An hour without sending is not an hour of growth. */
static void test_cubic_idle(void **state)
{
	u32 before;

	fresh(&tcp_cubic, 10, 10);
	cubic_round(100);
	cubic_loss(100);
	for (u32 i = 0; i < 5; i++)
		cubic_round(100);
	before = tp.snd_cwnd;
	tp.lsndtime_ms = tcp_ms(tp.mstamp_ns);
	tp.mstamp_ns += 3600 * NSEC_PER_SEC;
	tp.ca_ops->cwnd_event(sk, CA_EVENT_TX_START);
	cubic_round(100);
	assert_in_range(tp.snd_cwnd, before, before + 10);
}

/* Hours in one epoch: no overflow, no end. */
static void test_cubic_long_epoch(void **state)
{
	fresh(&tcp_cubic, 10, 10);
	cubic_round(100);
	cubic_loss(100);
	cubic_round(100);
	tp.mstamp_ns += 20 * 24 * 3600 * NSEC_PER_SEC;
	for (u32 i = 0, cwnd = 0; i < 10; i++) {
		cubic_round(1);
		assert_true(tp.snd_cwnd > cwnd && tp.snd_cwnd < 1u << 20);
		cwnd = tp.snd_cwnd;
	}
}

/* ---- HyStart ---- */

/* @n ACKs, @gap_us apart, with @rtt_us; true: slow start has ended. */
static bool hystart_acks(u32 n, u32 gap_us, u32 rtt_us)
{
	for (u32 i = 0; i < n; i++) {
		struct ack_sample sample = { .pkts_acked = 1, .rtt_us = (s32)rtt_us };

		tp.mstamp_ns += gap_us * NSEC_PER_USEC;
		tp.snd_una += 1448;
		tp.ca_ops->pkts_acked(sk, &sample);
		if (tp.snd_ssthresh != TCP_INFINITE_SSTHRESH)
			return true;
		tp.snd_cwnd++;
	}
	return false;
}

static void hystart_round(void)
{
	tp.snd_nxt = tp.snd_una + tp.snd_cwnd * 1448;
	tp.mstamp_ns += 60 * MS;
}

static void test_hystart_delay(void **state)
{
	fresh(&tcp_cubic, 16, TCP_INFINITE_SSTHRESH);
	hystart_round();
	assert_false(hystart_acks(20, 3000, 80000)); /* no train: too far apart */
	tp.snd_una = tp.snd_nxt;
	hystart_round();
	/* 80 ms / 8 is 10 ms: that is not more. */
	assert_false(hystart_acks(30, 3000, 90000));
	tp.snd_una = tp.snd_nxt;
	hystart_round();
	/* More, but the first eight samples only look. */
	assert_false(hystart_acks(8, 3000, 90001));
	assert_true(hystart_acks(2, 3000, 90001));
	assert_int_equal(tp.snd_ssthresh, tp.snd_cwnd);
}

static void test_hystart_delay_bounds(void **state)
{
	/* Of a short path: 4 ms at least. */
	fresh(&tcp_cubic, 16, TCP_INFINITE_SSTHRESH);
	hystart_round();
	assert_false(hystart_acks(10, 3000, 1000));
	tp.snd_una = tp.snd_nxt;
	hystart_round();
	assert_false(hystart_acks(20, 3000, 5000));
	tp.snd_una = tp.snd_nxt;
	hystart_round();
	assert_true(hystart_acks(20, 3000, 5001));
	/* Of a long one: 16 ms at most. */
	fresh(&tcp_cubic, 16, TCP_INFINITE_SSTHRESH);
	hystart_round();
	assert_false(hystart_acks(10, 3000, 400000));
	tp.snd_una = tp.snd_nxt;
	hystart_round();
	assert_true(hystart_acks(20, 3000, 416001));
}

/* ACKs no more than 2 ms apart for more than half of the least round trip. */
static void test_hystart_train(void **state)
{
	fresh(&tcp_cubic, 16, TCP_INFINITE_SSTHRESH);
	tp.snd_nxt = tp.snd_una + 1000 * 1448;
	/* The rest of the round in which it comes to be looked at. */
	assert_false(hystart_acks(4, 1000, 100000));
	/* From the first to the last 50 ms: not more than half. */
	assert_false(hystart_acks(51, 1000, 100000));
	assert_true(hystart_acks(1, 1000, 100000));
	assert_int_equal(tp.snd_ssthresh, 71);
	/* With a gap in it there is no train. */
	fresh(&tcp_cubic, 16, TCP_INFINITE_SSTHRESH);
	tp.snd_nxt = tp.snd_una + 1000 * 1448;
	assert_false(hystart_acks(20, 1000, 100000));
	assert_false(hystart_acks(1, 2001, 100000));
	assert_false(hystart_acks(60, 1000, 100000));
}

static void test_hystart_low_window(void **state)
{
	fresh(&tcp_cubic, 10, TCP_INFINITE_SSTHRESH);
	tp.snd_nxt = tp.snd_una + 1000 * 1448;
	for (u32 i = 0; i < 200; i++) {
		tp.snd_cwnd = 15;
		assert_false(hystart_acks(1, 500, 10000));
	}
}

/* ---- BBR over a link ---- */

#define LINK_PACKETS 8192

/* A path of one bottleneck; every packet is acknowledged by itself. */
static struct {
	double rate;	/* packets a second */
	double delay_s; /* both ways, without the queue */
	double free_at; /* when the bottleneck has sent what it has */
	double now, next_send;
	u32 queue_max; /* packets; more are lost */
	u32 head, tail;
	struct {
		double sent, acked_at, first_tx, delivered_at;
		u32 delivered;
		bool lost, app_limited;
	} p[LINK_PACKETS]; /* in flight, in order */
	double first_tx, delivered_at;
	u64 total_lost;
} link_;

static void link_start(double rate, double delay_s)
{
	memset(&link_, 0, sizeof(link_));
	link_.rate = rate;
	link_.delay_s = delay_s;
	link_.queue_max = 1u << 20;
	link_.now = link_.next_send = link_.free_at = 1;
	link_.first_tx = link_.delivered_at = 1;
	fresh(&tcp_bbr, 10, TCP_INFINITE_SSTHRESH);
	tp.delivered_ns = tp.mstamp_ns;
}

static struct bbr *bbr(void)
{
	return bbr_ca(sk);
}

static u32 link_queue(void)
{
	double wait = link_.free_at - link_.now;

	return wait > 0 ? (u32)(wait * link_.rate) : 0;
}

static void link_send(void)
{
	u32 i = link_.tail++ % LINK_PACKETS;

	if (!tp.packets_out)
		link_.first_tx = link_.delivered_at = link_.now;
	link_.p[i].sent = link_.now;
	link_.p[i].first_tx = link_.first_tx;
	link_.p[i].delivered_at = link_.delivered_at;
	link_.p[i].delivered = tp.delivered;
	link_.p[i].app_limited = tp.app_limited != 0;
	link_.p[i].lost = link_queue() >= link_.queue_max;
	link_.p[i].acked_at = fmax(link_.free_at, link_.now) + link_.delay_s;
	if (!link_.p[i].lost) {
		link_.free_at = fmax(link_.free_at, link_.now) + 1 / link_.rate;
		link_.p[i].acked_at = link_.free_at + link_.delay_s;
	}
	tp.packets_out++;
	link_.next_send = link_.now + 1448 / (double)tp.pacing_rate;
}

static void link_ack(void)
{
	u32 i = link_.head++ % LINK_PACKETS;
	struct rate_sample rs = { .rtt_us = -1, .delivered = -1, .interval_us = -1 };
	bool lost = link_.p[i].lost;

	tp.mstamp_ns = (u64)(link_.now * 1e9);
	rs.prior_in_flight = tp.packets_out;
	tp.packets_out--;
	if (lost) {
		tp.lost++;
		link_.total_lost++;
		rs.losses = 1;
	} else {
		double send_t = link_.p[i].sent - link_.p[i].first_tx;
		double ack_t = link_.now - link_.p[i].delivered_at;

		tp.delivered++;
		rs.acked_sacked = 1;
		rs.rtt_us = (s32)((link_.now - link_.p[i].sent) * 1e6);
		rs.prior_ns = (u64)(link_.p[i].delivered_at * 1e9);
		rs.prior_delivered = link_.p[i].delivered;
		rs.delivered = (s32)(tp.delivered - rs.prior_delivered);
		rs.interval_us = (s32)(fmax(send_t, ack_t) * 1e6);
		rs.is_app_limited = link_.p[i].app_limited;
		link_.first_tx = link_.p[i].sent;
		link_.delivered_at = link_.now;
		tp.delivered_ns = tp.mstamp_ns;
		tp.srtt_us = (u32)rs.rtt_us << 3;
	}
	if (tp.app_limited && after(tp.delivered, tp.app_limited))
		tp.app_limited = 0;
	tp.ca_ops->cong_control(sk, &rs);
}

/* The next thing that happens; false when nothing does before @until. */
static bool link_step(double until)
{
	bool may_send = tp.packets_out < tp.snd_cwnd && tp.packets_out < LINK_PACKETS;
	double send_at = may_send ? fmax(link_.next_send, link_.now) : INFINITY;
	double ack_at =
		link_.head != link_.tail ? link_.p[link_.head % LINK_PACKETS].acked_at : INFINITY;
	double at = fmin(send_at, ack_at);

	if (at > until)
		return false;
	link_.now = at;
	tp.mstamp_ns = (u64)(at * 1e9);
	if (send_at < ack_at)
		link_send();
	else
		link_ack();
	return true;
}

static void link_run(double seconds)
{
	double until = link_.now + seconds;

	while (link_step(until))
		;
	link_.now = until;
}

/* Runs until BBR is in @mode, for @seconds at most. */
static void link_until(u8 mode, double seconds)
{
	double until = link_.now + seconds;

	while (bbr()->mode != mode)
		if (!link_step(until))
			fail_msg("mode %d, not %d, after %.1f s", bbr()->mode, mode, seconds);
}

static double believed_rate(void)
{
	return (double)bbr_bw(bbr()) * 1e6 / BW_UNIT;
}

static void end_bbr(void)
{
	tcp_cleanup_congestion_control(sk);
}

static void test_bbr_walk(void **state)
{
	const double rate = 5000, delay = 0.040, bdp = rate * delay;
	double t;

	link_start(rate, delay);
	assert_int_equal(bbr()->mode, BBR_STARTUP);
	link_until(BBR_DRAIN, 3);
	/* It takes log2 of the window in round trips, and three more to be sure. */
	assert_true(link_.now - 1 < 20 * delay);
	assert_true(fabs(believed_rate() - rate) < 0.05 * rate);
	assert_true(tp.snd_cwnd <= 4 * bdp);
	link_until(BBR_PROBE_BW, 1);
	link_run(1);
	assert_int_equal(bbr()->mode, BBR_PROBE_BW);
	assert_true(fabs(believed_rate() - rate) < 0.05 * rate);
	assert_in_range(bbr()->min_rtt_us, 40000, 40400);
	/* Twice what the path holds, and some bursts. */
	assert_true(tp.snd_cwnd > 1.9 * bdp && tp.snd_cwnd < 2.3 * bdp);
	/* The queue stays short: a quarter of the path at the peak of probing. */
	for (t = link_.now; link_.now < t + 2;) {
		link_step(t + 3);
		assert_true(link_queue() < bdp * 0.45);
	}
	link_until(BBR_PROBE_RTT, 12);
	t = link_.now;
	link_run(0.150);
	assert_int_equal(tp.snd_cwnd, 4);
	assert_true(tp.packets_out <= 4);
	link_until(BBR_PROBE_BW, 1);
	assert_true(link_.now - t > 0.2 && link_.now - t < 0.5);
	assert_true(tp.snd_cwnd > 1.8 * bdp);
	end_bbr();
}

/* The link becomes slower: after ten round trips the old maximum is forgotten; and faster again. */
static void test_bbr_follows(void **state)
{
	link_start(4000, 0.020);
	link_run(2);
	assert_true(fabs(believed_rate() - 4000) < 300);
	link_.rate = 1000;
	link_run(4);
	assert_true(fabs(believed_rate() - 1000) < 100);
	link_.rate = 3000;
	link_run(4);
	assert_true(fabs(believed_rate() - 3000) < 300);
	end_bbr();
}

/* What the application holds up is no sign of a slow path. */
static void test_bbr_app_limited(void **state)
{
	link_start(4000, 0.020);
	link_run(2);
	for (u32 i = 0; i < 200; i++) {
		double until = link_.now + 0.05;

		/* A few packets, then silence. */
		tp.app_limited = tp.delivered + tp.packets_out + 1;
		for (u32 n = 0; n < 3; n++)
			link_send();
		while (link_.head != link_.tail) {
			link_.now = link_.p[link_.head % LINK_PACKETS].acked_at;
			link_ack();
		}
		link_.now = fmax(until, link_.now);
	}
	assert_true(believed_rate() > 3500);
	end_bbr();
}

/* A buffer of an eighth of the path: packets are lost, the rate stays. */
static void test_bbr_shallow_buffer(void **state)
{
	double before;

	link_start(2000, 0.050);
	link_.queue_max = 12;
	link_run(3);
	before = tp.delivered;
	link_run(5);
	assert_true((tp.delivered - before) / 5 > 0.85 * 2000);
	assert_true(link_.total_lost > 0);
	end_bbr();
}

static void test_bbr_max_filter(void **state)
{
	struct {
		u32 round, bw;
	} seen[2000];
	struct bbr_max m;
	u32 round = 0;

	bbr_max_reset(&m, 0, 0);
	for (u32 i = 0; i < 2000; i++) {
		u32 best = 0, all = 0;

		round += test_random() % 3 == 0;
		seen[i].round = round;
		seen[i].bw = 1000 + test_random() % 1000;
		bbr_max_update(&m, 10, round, seen[i].bw);
		for (u32 j = 0; j <= i; j++) {
			if (round - seen[j].round <= 10)
				all = max(all, seen[j].bw);
			/* What is surely still among the three candidates. */
			if (round - seen[j].round <= 2)
				best = max(best, seen[j].bw);
		}
		assert_true(m.s[0].bw <= all && m.s[0].bw >= best);
		assert_true(m.s[0].bw >= m.s[1].bw && m.s[1].bw >= m.s[2].bw);
		assert_true(round - m.s[0].round <= 10);
	}
}

/* ---- choosing one ---- */

static void test_choice(void **state)
{
	fresh(&tcp_cubic, 10, TCP_INFINITE_SSTHRESH);
	sk->state = TCP_ESTABLISHED;
	assert_int_equal(tcp_set_congestion_control(sk, "vegas"), -ENOENT);
	assert_ptr_equal(tp.ca_ops, &tcp_cubic);
	assert_int_equal(tcp_set_congestion_control(sk, "bbr"), 0);
	assert_ptr_equal(tp.ca_ops, &tcp_bbr);
	assert_true(tp.pacing && tp.pacing_rate);
	assert_int_equal(tcp_set_congestion_control(sk, "reno"), 0);
	assert_false(tp.pacing);
	assert_ptr_equal(tcp_ca_find("cubic"), &tcp_cubic);
	assert_null(tcp_ca_find(""));
	tcp_cleanup_congestion_control(sk);
}

static int setup(void **state)
{
	kern_start("");
	tcp_cubic_setup();
	tcp_bbr_setup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reno_slow_start),
		cmocka_unit_test(test_reno_avoidance),
		cmocka_unit_test(test_reno_across_ssthresh),
		cmocka_unit_test(test_reno_not_limited),
		cmocka_unit_test(test_reno_loss),
		cmocka_unit_test(test_cube_root),
		cmocka_unit_test(test_cubic_curve),
		cmocka_unit_test(test_cubic_reno_region),
		cmocka_unit_test(test_cubic_small_window),
		cmocka_unit_test(test_cubic_fast_convergence),
		cmocka_unit_test(test_cubic_timeout_forgets),
		cmocka_unit_test(test_cubic_idle),
		cmocka_unit_test(test_cubic_long_epoch),
		cmocka_unit_test(test_hystart_delay),
		cmocka_unit_test(test_hystart_delay_bounds),
		cmocka_unit_test(test_hystart_train),
		cmocka_unit_test(test_hystart_low_window),
		cmocka_unit_test(test_bbr_walk),
		cmocka_unit_test(test_bbr_follows),
		cmocka_unit_test(test_bbr_app_limited),
		cmocka_unit_test(test_bbr_shallow_buffer),
		cmocka_unit_test(test_bbr_max_filter),
		cmocka_unit_test(test_choice),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
