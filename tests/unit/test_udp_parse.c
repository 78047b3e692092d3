/* udp_parse: every length against every claim; buffers of exact size, so that the sanitizer sees
 * one byte too far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/core/byteorder.h"
#include "net/transport/udp.h"

static enum drop_reason parse(u32 len, u16 claim, struct udp_view *v)
{
	u8 *buf = test_malloc(len ? len : 1);
	u8 head[8] = { 0x12, 0x34, 0x56, 0x78, (u8)(claim >> 8), (u8)claim, 0xab, 0xcd };
	enum drop_reason r;

	memset(buf, 0x55, len);
	memcpy(buf, head, len < 8 ? len : 8);
	r = udp_parse(buf, len, v);
	test_free(buf);
	return r;
}

static void fields_in_host_order(void **state)
{
	struct udp_view v;

	assert_int_equal(parse(20, 20, &v), NR_DROP_REASONS);
	assert_int_equal(v.source, 0x1234);
	assert_int_equal(v.dest, 0x5678);
	assert_int_equal(v.len, 20);
	assert_int_equal(v.check, htons(0xabcd));
}

static void lengths(void **state)
{
	struct udp_view v;

	for (u32 len = 0; len < 40; len++)
		for (u32 claim = 0; claim < 50; claim++) {
			bool good = len >= 8 && claim >= 8 && claim <= len;

			assert_int_equal(parse(len, (u16)claim, &v),
					 good ? NR_DROP_REASONS : DROP_UDP_BAD);
		}
	assert_int_equal(parse(100, 65535, &v), DROP_UDP_BAD);
}

static void an_empty_datagram_is_one(void **state)
{
	struct udp_view v;

	assert_int_equal(parse(8, 8, &v), NR_DROP_REASONS);
	/* Padding of the link behind it does no harm. */
	assert_int_equal(parse(46, 8, &v), NR_DROP_REASONS);
	assert_int_equal(v.len, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_in_host_order),
		cmocka_unit_test(lengths),
		cmocka_unit_test(an_empty_datagram_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
