/*
 * The numbers of ping's last lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "apps/ping/ping.h"

static void loss(long sent, long received, const char *want)
{
	struct ping_stats st = { .sent = sent, .received = received };
	char buf[16];

	assert_string_equal(ping_stats_loss(&st, buf), want);
}

/* As printf's %g would have it. */
static void test_loss(void **state)
{
	loss(3, 3, "0");
	loss(0, 0, "0");
	loss(2, 3, "0");
	loss(1, 0, "100");
	loss(2, 1, "50");
	loss(3, 2, "33.3333");
	loss(3, 1, "66.6667");
	loss(7, 6, "14.2857");
	loss(30, 29, "3.33333");
	loss(300, 299, "0.333333");
	loss(1000, 999, "0.1");
	loss(20000, 19999, "0.005");
}

static void test_times(void **state)
{
	struct ping_stats st = { 0 };

	ping_stats_add(&st, 1000000);
	assert_int_equal(ping_stats_mdev_us(&st), 0);
	ping_stats_add(&st, 3000000);
	ping_stats_add(&st, 2000000);
	assert_int_equal(st.min, 1000000);
	assert_int_equal(st.max, 3000000);
	assert_int_equal(st.sum / st.timed, 2000000);
	assert_int_equal(ping_stats_mdev_us(&st), 816); /* sqrt(2/3) ms */
}

static void test_checksum(void **state)
{
	/* RFC 1071's example: the sum of these is ddf2. */
	const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint16_t sum = ping_checksum(bytes, sizeof(bytes));
	uint8_t wire[2];

	memcpy(wire, &sum, 2);
	assert_int_equal(wire[0], 0x22);
	assert_int_equal(wire[1], 0x0d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
