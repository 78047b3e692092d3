/*
 * One direction of the tests' relay, on a clock of the test's: what goes in comes out when and as
 * it should, and the counters say so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/types.h"
#include "tests/relay/line.h"

#define MS 1000000ULL
#define PERCENT(n) ((u32)((u64)NETEM_ALWAYS * (n) / 100))

static struct line line;

static void start(struct netem_params p, u64 bytes, u64 seed)
{
	p.limit = p.limit ? p.limit : NETEM_LIMIT;
	line_init(&line, seed);
	line_set(&line, &p, bytes);
}

static int teardown(void **state)
{
	line_clear(&line);
	return 0;
}

static void put(u64 now, u32 number, u32 len)
{
	struct frame *f = frame_alloc();

	memset(f->data, 0x55, len);
	memcpy(f->data, &number, sizeof(number));
	f->len = len;
	line_put(&line, now, f);
}

/* The number of the frame that comes out by @now; -1: none. */
static int get(u64 now)
{
	struct frame *f = line_get(&line, now);
	int number;

	if (!f)
		return -1;
	memcpy(&number, f->data, sizeof(number));
	frame_free(f);
	return number;
}

static void test_perfect(void **state)
{
	start((struct netem_params){ 0 }, 0, 1);
	assert_int_equal(get(0), -1);
	assert_true(line_next(&line) == LINE_NEVER);
	for (u32 i = 0; i < 100; i++)
		put(5, i, 100);
	assert_int_equal(line_next(&line), 5);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(get(5), i);
	assert_int_equal(line.stats.frames_in, 100);
	assert_int_equal(line.stats.frames_out, 100);
	assert_int_equal(line.stats.bytes_out, 10000);
}

static void test_delay_is_exact(void **state)
{
	start((struct netem_params){ .delay = 50 * MS }, 0, 1);
	for (u32 i = 0; i < 10; i++)
		put(i * MS + 7, i, 60);
	for (u32 i = 0; i < 10; i++) {
		assert_int_equal(line_next(&line), (i + 50) * MS + 7);
		assert_int_equal(get((i + 50) * MS + 6), -1);
		assert_int_equal(get((i + 50) * MS + 7), i);
	}
}

static void test_loss_duplicates_corruption(void **state)
{
	u32 out = 0, twice = 0, wrong = 0;
	int last = -1;

	start((struct netem_params){ .loss.probability = PERCENT(10),
				     .duplicate.probability = PERCENT(5),
				     .corrupt.probability = PERCENT(3) },
	      0, 7);
	for (u32 i = 0; i < 10000; i++) {
		struct frame *f;

		put(i, i, 1000);
		while ((f = line_get(&line, i))) {
			u32 bits = 0, number = i;

			for (u32 at = 0; at < 1000; at++) {
				u8 right = at < 4 ? ((u8 *)&number)[at] : 0x55;

				bits += (u32)__builtin_popcount(f->data[at] ^ right);
			}
			assert_true(bits <= 1);
			wrong += bits;
			out++;
			twice += (int)i == last;
			last = (int)i;
			frame_free(f);
		}
	}
	assert_in_range(line.stats.lost, 900, 1100);
	assert_in_range(line.stats.duplicated, 400, 600);
	assert_in_range(line.stats.corrupted, 200, 400);
	assert_int_equal(out, 10000 - line.stats.lost + line.stats.duplicated);
	assert_int_equal(wrong, line.stats.corrupted);
	assert_true(twice <= line.stats.duplicated && twice >= line.stats.duplicated * 8 / 10);
}

static void test_reorder(void **state)
{
	start((struct netem_params){ .delay = 10 * MS,
				     .gap = 1,
				     .reorder.probability = PERCENT(25) },
	      0, 3);
	for (u32 i = 0; i < 1000; i++) {
		put(i * MS, i, 60);
		while (get(i * MS) >= 0)
			;
	}
	while (get(2000 * MS) >= 0)
		;
	assert_in_range(line.stats.reordered, 200, 300);
	/* Each that jumps is followed by those that it has overtaken. */
	assert_true(line.stats.out_of_order > 500);
	assert_int_equal(line.stats.frames_out, 1000);
}

static void test_rate_and_packets(void **state)
{
	start((struct netem_params){ .rate = 1000000, .limit = 5, .delay = 10 * MS }, 0, 1);
	for (u32 i = 0; i < 8; i++)
		put(0, i, 1000); /* 1 ms each */
	assert_int_equal(line.stats.queue_drops, 3);
	for (u32 i = 0; i < 5; i++) {
		assert_int_equal(line_next(&line), (i + 11) * MS);
		assert_int_equal(get((i + 11) * MS), i);
	}
	/* Frames on their way are not in the queue any more. */
	for (u32 i = 0; i < 100; i++)
		put((100 + i) * MS, i, 1000);
	assert_int_equal(line.stats.queue_drops, 3);
}

static void test_rate_and_bytes(void **state)
{
	start((struct netem_params){ .rate = 1000000 }, 3000, 1);
	for (u32 i = 0; i < 5; i++)
		put(0, i, 1000);
	assert_int_equal(line.stats.queue_drops, 2);
	put(MS, 9, 1000); /* one has left */
	put(MS, 9, 1000);
	assert_int_equal(line.stats.queue_drops, 3);
}

/* The same frames at other times: the same fate. */
static u64 fate(u64 seed, u64 pace)
{
	u64 sum = 0;
	struct frame *f;

	start((struct netem_params){ .loss.probability = PERCENT(20),
				     .duplicate.probability = PERCENT(20),
				     .corrupt.probability = PERCENT(20) },
	      0, seed);
	for (u32 i = 0; i < 500; i++) {
		put(i * pace, i, 60);
		while ((f = line_get(&line, i * pace))) {
			for (u32 at = 0; at < f->len; at++)
				sum = sum * 31 + f->data[at];
			frame_free(f);
		}
	}
	line_clear(&line);
	return sum;
}

static void test_repeatable(void **state)
{
	assert_true(fate(5, 1) == fate(5, 7777));
	assert_true(fate(5, 1) != fate(6, 1));
	start((struct netem_params){ 0 }, 0, 1);
}

static void test_bounded(void **state)
{
	start((struct netem_params){ .delay = 1000 * MS }, 0, 1);
	for (u32 i = 0; i < LINE_MAX + 10; i++)
		put(0, i, 60);
	assert_int_equal(line.stats.overflow, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_teardown(fn, teardown)
		T(test_perfect),    T(test_delay_is_exact),   T(test_loss_duplicates_corruption),
		T(test_reorder),    T(test_rate_and_packets), T(test_rate_and_bytes),
		T(test_repeatable), T(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
