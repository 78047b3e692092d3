/*
 * The decisions of netem: how often they fall and how they lie, and that a seed repeats them. Each
 * distribution is checked with a fixed seed against bounds of five standard deviations, so a pass
 * today is a pass for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/types.h"
#include "net/link/due_heap.h"
#include "net/link/netem_dice.h"

#define N 200000
#define PERCENT(n) ((u32)((u64)NETEM_ALWAYS * (n) / 100))
#define MS 1000000ULL

static struct {
	u32 lost, duplicated, ahead, corrupted;
	u32 runs;      /* of losses */
	u32 unordered; /* delays below the one before */
	double mean, variance;
	u64 least, most;
} seen;

static void roll_many(const struct netem_params *p, u64 seed)
{
	struct netem_dice dice;
	double sum = 0, squares = 0;
	bool before = false;
	u64 last = 0;

	netem_dice_init(&dice, seed);
	memset(&seen, 0, sizeof(seen));
	seen.least = UINT64_MAX;
	for (u32 i = 0; i < N; i++) {
		struct netem_verdict v;

		netem_roll(p, &dice, &v);
		seen.lost += v.lost;
		seen.runs += v.lost && !before;
		before = v.lost;
		seen.duplicated += v.duplicated;
		seen.ahead += v.ahead;
		seen.corrupted += v.corrupted;
		seen.unordered += v.delay < last;
		last = v.delay;
		seen.least = min(seen.least, v.delay);
		seen.most = max(seen.most, v.delay);
		sum += v.delay;
		squares += (double)v.delay * v.delay;
	}
	seen.mean = sum / N;
	seen.variance = squares / N - seen.mean * seen.mean;
}

/* @count of N independent events of @percent: within five standard deviations. */
static void assert_share(u32 count, double percent)
{
	double expected = N * percent / 100, off = count - expected;

	if (off * off > 25 * expected * (1 - percent / 100) + 1)
		fail_msg("%u of %u instead of %.0f", count, N, expected);
}

static void test_nothing_happens_to_a_good_link(void **state)
{
	struct netem_params p = { 0 };

	roll_many(&p, 1);
	assert_int_equal(seen.lost + seen.duplicated + seen.ahead + seen.corrupted, 0);
	assert_int_equal(seen.most, 0);
}

static void test_always(void **state)
{
	struct netem_params p = { .loss.probability = NETEM_ALWAYS,
				  .duplicate.probability = NETEM_ALWAYS,
				  .corrupt.probability = NETEM_ALWAYS,
				  .reorder.probability = NETEM_ALWAYS,
				  .gap = 1 };

	roll_many(&p, 2);
	assert_int_equal(seen.lost, N);
	assert_int_equal(seen.duplicated, N);
	assert_int_equal(seen.corrupted, N);
	assert_int_equal(seen.ahead, N);
}

static void test_shares(void **state)
{
	static const u32 percents[] = { 1, 5, 25, 50, 90 };

	for (u32 i = 0; i < ARRAY_SIZE(percents); i++) {
		u32 part = PERCENT(percents[i]);
		struct netem_params p = { .loss.probability = part,
					  .duplicate.probability = part,
					  .corrupt.probability = part,
					  .reorder.probability = part,
					  .gap = 1 };

		roll_many(&p, 100 + i);
		assert_share(seen.lost, percents[i]);
		assert_share(seen.duplicated, percents[i]);
		assert_share(seen.corrupted, percents[i]);
		assert_share(seen.ahead, percents[i]);
		/* Independent: a run ends with the probability of what is not lost. */
		assert_share(seen.runs, percents[i] * (100 - percents[i]) / 100.0);
	}
}

/* Whoever is lost says nothing about who is doubled. */
static void test_decisions_are_independent(void **state)
{
	struct netem_params p = { .loss.probability = PERCENT(50),
				  .duplicate.probability = PERCENT(50) };
	struct netem_dice dice;
	u32 both = 0;

	netem_dice_init(&dice, 3);
	for (u32 i = 0; i < N; i++) {
		struct netem_verdict v;

		netem_roll(&p, &dice, &v);
		both += v.lost && v.duplicated;
	}
	assert_share(both, 25);
}

static void test_correlated_loss_comes_in_runs(void **state)
{
	struct netem_params p = { .loss = { PERCENT(30), PERCENT(80) } };

	roll_many(&p, 4);
	assert_true(seen.lost > N / 100);
	/* Alone they would make runs of N / (N - lost). */
	assert_true((double)seen.lost / seen.runs > 1.3 * N / (N - seen.lost));
}

static void test_gemodel(void **state)
{
	/* Bad one packet in 101, for ten on average; then all are lost. */
	struct netem_params p = {
		.bursts = 1,
		.gemodel = { .p = PERCENT(1), .r = PERCENT(10), .loss_bad = NETEM_ALWAYS }
	};

	roll_many(&p, 5);
	assert_true(seen.lost > N * 8 / 100 && seen.lost < N * 10 / 100);
	assert_true(seen.lost / seen.runs >= 9 && seen.lost / seen.runs <= 11);
	p.gemodel.loss_bad = PERCENT(50);
	roll_many(&p, 6);
	assert_true(seen.lost > N * 4 / 100 && seen.lost < N * 5 / 100);
	p.gemodel.loss_bad = 0;
	p.gemodel.loss_good = PERCENT(2);
	roll_many(&p, 7);
	assert_true(seen.lost > N * 17 / 1000 && seen.lost < N * 19 / 1000);
}

static void test_reorder_gap(void **state)
{
	struct netem_params p = { .delay = 10 * MS, .reorder.probability = NETEM_ALWAYS, .gap = 5 };
	struct netem_dice dice;

	netem_dice_init(&dice, 8);
	for (u32 i = 0; i < 100; i++) {
		struct netem_verdict v;

		netem_roll(&p, &dice, &v);
		assert_int_equal(v.ahead, i % 5 == 4);
		assert_int_equal(v.delay, v.ahead ? 0 : 10 * MS);
	}
	p.reorder.probability = PERCENT(20);
	p.gap = 1;
	roll_many(&p, 9);
	assert_share(seen.ahead, 20);
}

static void test_uniform_jitter(void **state)
{
	struct netem_params p = { .delay = 50 * MS, .jitter = 10 * MS };
	double variance = 20.0 * MS * 20.0 * MS / 12;

	roll_many(&p, 10);
	assert_true(seen.least >= 40 * MS && seen.least < 41 * MS);
	assert_true(seen.most <= 60 * MS && seen.most > 59 * MS);
	assert_true(seen.mean > 49.9 * MS && seen.mean < 50.1 * MS);
	assert_true(seen.variance > 0.98 * variance && seen.variance < 1.02 * variance);
	assert_share(seen.unordered, 50);
}

static void test_normal_jitter(void **state)
{
	struct netem_params p = { .delay = 50 * MS,
				  .jitter = 5 * MS,
				  .distribution = NETEM_NORMAL };
	double variance = 5.0 * MS * 5.0 * MS;

	roll_many(&p, 11);
	assert_true(seen.least >= 20 * MS && seen.least < 33 * MS);
	assert_true(seen.most <= 80 * MS && seen.most > 67 * MS);
	assert_true(seen.mean > 49.9 * MS && seen.mean < 50.1 * MS);
	assert_true(seen.variance > 0.98 * variance && seen.variance < 1.02 * variance);
}

static void test_jitter_never_goes_back_in_time(void **state)
{
	struct netem_params p = { .delay = 1 * MS,
				  .jitter = NETEM_MAX_DELAY,
				  .distribution = NETEM_NORMAL };

	assert_true(netem_params_valid(&p));
	roll_many(&p, 12);
	assert_int_equal(seen.least, 0);
	assert_true(seen.most < 6 * NETEM_MAX_DELAY);
}

static void test_correlated_jitter_wanders(void **state)
{
	struct netem_params p = { .delay = 50 * MS,
				  .jitter = 10 * MS,
				  .delay_correlation = PERCENT(90) };

	roll_many(&p, 13);
	assert_true(seen.mean > 49.9 * MS && seen.mean < 50.1 * MS);
	assert_true(seen.least >= 40 * MS && seen.most <= 60 * MS);
	assert_true(seen.variance < 20.0 * MS * 20.0 * MS / 12 / 10);
}

static u64 digest(const struct netem_params *p, u64 seed, u32 from, u32 to)
{
	struct netem_dice dice;
	u64 sum = 0;

	netem_dice_init(&dice, seed);
	for (u32 i = 0; i < to; i++) {
		struct netem_verdict v;

		netem_roll(p, &dice, &v);
		if (i >= from)
			sum = sum * 31 + v.delay * 16 + v.lost * 8 + v.duplicated * 4 +
			      v.ahead * 2 + v.corrupted + v.where;
	}
	return sum;
}

static void test_a_seed_repeats(void **state)
{
	struct netem_params p = { .delay = 50 * MS,
				  .jitter = 10 * MS,
				  .gap = 3,
				  .loss = { PERCENT(10), PERCENT(20) },
				  .duplicate.probability = PERCENT(10),
				  .corrupt.probability = PERCENT(10),
				  .reorder.probability = PERCENT(50) };

	assert_true(digest(&p, 42, 0, 1000) == digest(&p, 42, 0, 1000));
	for (u64 seed = 0; seed < 100; seed++)
		assert_true(digest(&p, seed, 0, 1000) != digest(&p, seed + 1, 0, 1000));
	/* One seed's packets are not another's a little later. */
	for (u32 i = 0; i < 100; i++)
		assert_true(digest(&p, 1, i, i + 64) != digest(&p, 2, 0, 64));
}

/* A decision hangs on nothing but its packet's number: others' probabilities may change. */
static void test_options_do_not_disturb_each_other(void **state)
{
	struct netem_params a = { .loss.probability = PERCENT(10) };
	struct netem_params b = { .loss.probability = PERCENT(10),
				  .delay = 5 * MS,
				  .jitter = 3 * MS,
				  .duplicate.probability = PERCENT(30) };
	struct netem_dice da, db;

	netem_dice_init(&da, 9);
	netem_dice_init(&db, 9);
	for (u32 i = 0; i < 10000; i++) {
		struct netem_verdict va, vb;

		netem_roll(&a, &da, &va);
		netem_roll(&b, &db, &vb);
		assert_int_equal(va.lost, vb.lost);
	}
}

static void test_corruption_is_one_bit(void **state)
{
	struct netem_verdict v = { 0 };
	u32 hit[8] = { 0 };

	for (u64 i = 0; i < 4096; i++) {
		u8 byte = (u8)i, other;

		v.where = i * 0x9e3779b97f4a7c15ULL;
		other = netem_corrupt_byte(&v, byte) ^ byte;
		assert_true(other && !(other & (other - 1)));
		hit[__builtin_ctz(other)]++;
		assert_true(netem_corrupt_at(&v, 1514) < 1514);
		assert_int_equal(netem_corrupt_at(&v, 1), 0);
	}
	for (u32 i = 0; i < 8; i++)
		assert_true(hit[i] > 400);
}

static void test_rate(void **state)
{
	struct netem_params p = { .rate = 1250000 }; /* 10 Mbit/s: 1250 bytes take 1 ms */
	u64 link_free = 0;

	assert_int_equal(netem_depart(&p, &link_free, 5 * MS, 1250), 6 * MS);
	assert_int_equal(netem_depart(&p, &link_free, 5 * MS, 1250), 7 * MS);
	assert_int_equal(netem_depart(&p, &link_free, 6 * MS, 125), 7 * MS + MS / 10);
	assert_int_equal(netem_depart(&p, &link_free, 100 * MS, 1250), 101 * MS);
	p.overhead = 1250;
	assert_int_equal(netem_depart(&p, &link_free, 200 * MS, 1250), 202 * MS);
	p.overhead = -2000;
	assert_int_equal(netem_depart(&p, &link_free, 300 * MS, 1250), 300 * MS);
	p.rate = 0;
	assert_int_equal(netem_depart(&p, &link_free, 7, 1250), 7);
}

static void test_valid(void **state)
{
	struct netem_params good = { .delay = NETEM_MAX_DELAY, .rate = NETEM_MAX_RATE }, p;

	assert_true(netem_params_valid(&good));
#define BAD(field, value)                                                                          \
	p = good, p.field = value;                                                                 \
	assert_false(netem_params_valid(&p))
	BAD(delay, NETEM_MAX_DELAY + 1);
	BAD(jitter, UINT64_MAX);
	BAD(rate, UINT64_MAX);
	BAD(overhead, INT32_MIN);
	BAD(overhead, 70000);
	BAD(distribution, 2);
	BAD(bursts, 2);
}

/* ---- the heap ---- */

static void test_heap_order(void **state)
{
	static struct due at[500];
	struct due_heap h = { .at = at, .size = 500 };
	u64 last = 0, last_order = 0;

	assert_null(due_first(&h));
	srand(1);
	for (u32 i = 0; i < 500; i++)
		assert_true(due_push(&h, (u64)rand() % 50, NULL));
	assert_false(due_push(&h, 0, NULL));
	for (u32 i = 0; i < 500; i++) {
		struct due d = due_pop(&h);

		assert_true(d.when >= last);
		if (d.when == last && i)
			assert_true(d.order > last_order);
		last = d.when;
		last_order = d.order;
	}
	assert_null(due_first(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_happens_to_a_good_link),
		cmocka_unit_test(test_always),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_decisions_are_independent),
		cmocka_unit_test(test_correlated_loss_comes_in_runs),
		cmocka_unit_test(test_gemodel),
		cmocka_unit_test(test_reorder_gap),
		cmocka_unit_test(test_uniform_jitter),
		cmocka_unit_test(test_normal_jitter),
		cmocka_unit_test(test_jitter_never_goes_back_in_time),
		cmocka_unit_test(test_correlated_jitter_wanders),
		cmocka_unit_test(test_a_seed_repeats),
		cmocka_unit_test(test_options_do_not_disturb_each_other),
		cmocka_unit_test(test_corruption_is_one_bit),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_heap_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
