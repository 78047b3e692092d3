/*
 * The round-trip estimator against RFC 6298 in floating point, with the deviation's maximum over a
 * round trip; and the windowed minimum against a look at all samples.
 */
#include <math.h>

#include "tests/unit/acklab.h"

static u64 rand_state = 1;

static u32 rand_below(u32 n)
{
	rand_state = rand_state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(rand_state >> 33) % n;
}

static struct tcp_sock fresh(void)
{
	struct tcp_sock tp = { .rto_us = TCP_TIMEOUT_INIT_US };

	for (u32 i = 0; i < 3; i++)
		tp.rtt_min[i].value_us = ~0u;
	return tp;
}

/* srtt, the mean deviation, its maximum in this round trip, and the variation that RTO adds. */
struct reference {
	double srtt, mdev, mdev_max, var;
};

static void reference_sample(struct reference *r, double rtt, bool round_over)
{
	double err = rtt - r->srtt, floor = TCP_RTO_MIN_US / 4.0, step;

	if (r->srtt == 0) {
		*r = (struct reference){ rtt, rtt / 2, fmax(rtt / 2, floor), fmax(rtt / 2, floor) };
		return;
	}
	r->srtt += err / 8;
	step = (fabs(err) - r->mdev) / 4;
	r->mdev += err < 0 && step > 0 ? step / 8 : step;
	r->mdev_max = fmax(r->mdev_max, r->mdev);
	r->var = fmax(r->var, r->mdev_max);
	if (round_over) {
		r->var -= fmax(r->var - r->mdev_max, 0) / 4;
		r->mdev_max = floor;
	}
}

static void estimate(u32 (*sample)(u32 i), u32 count, u32 per_round)
{
	struct tcp_sock tp = fresh();
	struct reference r = { 0 };

	for (u32 i = 0; i < count; i++) {
		u32 rtt = sample(i);
		bool over = i > 0 && i % per_round == 0;

		tp.snd_una = i;
		/* The estimator's round trip ends when snd_una is beyond what it noted. */
		if (i % per_round == 0)
			tp.snd_nxt = i + per_round - 1;
		tcp_rtt_estimator(&tp.sk, rtt);
		tcp_set_rto(&tp);
		reference_sample(&r, rtt, over);
		assert_true(fabs(tp.srtt_us / 8.0 - r.srtt) < 3);
		assert_true(fabs(tp.rttvar_us / 4.0 - r.var) < 0.01 * r.var + 8);
		assert_true(fabs(tp.rto_us - fmin(r.srtt + 4 * r.var, TCP_RTO_MAX_US)) <
			    0.01 * tp.rto_us + 40);
	}
}

static u32 constant(u32 i)
{
	return 50000;
}
static u32 noisy(u32 i)
{
	return 40000 + rand_below(20000);
}
static u32 spikes(u32 i)
{
	return i % 50 ? 10000 + rand_below(100) : 900000;
}
static u32 falling(u32 i)
{
	return 3000000 / (i / 10 + 1) + 1;
}
static u32 tiny(u32 i)
{
	return rand_below(4) + 1;
}

static void test_estimator(void **state)
{
	u32 (*const all[])(u32) = { constant, noisy, spikes, falling, tiny };

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		for (u32 per_round = 1; per_round < 200; per_round = per_round * 3 + 1)
			estimate(all[i], 5000, per_round);
}

static void test_bounds(void **state)
{
	struct tcp_sock tp = fresh();

	tcp_rtt_estimator(&tp.sk, 50);
	tcp_set_rto(&tp);
	assert_int_equal(tp.rto_us, 200050); /* the floor is the variation's */
	tp = fresh();
	tcp_rtt_estimator(&tp.sk, 0);
	assert_int_equal(tp.srtt_us, 8);
	tp = fresh();
	tcp_rtt_estimator(&tp.sk, ~0u);
	tcp_set_rto(&tp);
	assert_int_equal(tp.rto_us, TCP_RTO_MAX_US);
	tp.rto_us = 300000;
	for (u32 i = 0; i < 40; i++) {
		tp.backoff = (u8)i;
		assert_int_equal(tcp_rto_backoff_us(&tp), i < 9 ? 300000u << i : TCP_RTO_MAX_US);
	}
}

/* Never above the true minimum of the window by more than what a quarter of it may hide. */
static void test_minimum(void **state)
{
	struct tcp_sock tp = fresh();
	static struct {
		u32 ms, us;
	} all[20000];
	u32 now = ~0u - 500000; /* the clock wraps on the way */
	u64 ns = 0xffff0000ull * NSEC_PER_MSEC;

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		u32 lowest = ~0u, ever = ~0u;

		ns += rand_below(2000) * NSEC_PER_MSEC;
		now = tcp_ms(ns);
		all[i].ms = now;
		all[i].us = 1000 + rand_below(100000) + (i / 1000 % 3) * 50000;
		tp.mstamp_ns = ns;
		tcp_update_rtt_min(&tp, all[i].us);
		for (u32 j = i + 1; j-- > 0 && now - all[j].ms <= 300000;) {
			ever = min(ever, all[j].us);
			if (now - all[j].ms <= 75000)
				lowest = min(lowest, all[j].us);
		}
		assert_in_range(tcp_min_rtt_us(&tp), ever, lowest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_estimator),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_minimum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
