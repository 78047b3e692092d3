/*
 * The generator: RFC 8439's vector for the block, that a fixed seed repeats, and that the numbers
 * are even.
 */
#include "kern.h"

#include <string.h>

#include "kernel/chacha20.h"
#include "kernel/random.h"

/* RFC 8439 §2.3.2 */
static void test_rfc8439_block(void **state)
{
	static const u8 want[64] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
		0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
		0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
		0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
		0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
	};
	static const u32 nonce[] = { 0x09000000, 0x4a000000, 0 };
	u32 key[8];
	u8 out[64];

	for (u32 i = 0; i < 8; i++)
		key[i] = (4 * i) | (4 * i + 1) << 8 | (4 * i + 2) << 16 | (4 * i + 3) << 24;
	chacha20_block(key, 1, nonce, out);
	assert_memory_equal(out, want, sizeof(want));
}

/* RFC 8439 appendix A.1, vector 1: all zero. */
static void test_rfc8439_zero(void **state)
{
	static const u8 want[16] = { 0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
				     0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28 };
	static const u32 zero[8];
	u8 out[64];

	chacha20_block(zero, 0, zero, out);
	assert_memory_equal(out, want, sizeof(want));
}

static void test_bytes_differ(void **state)
{
	u8 a[1000], b[1000];
	int same = 0;

	get_random_bytes(a, sizeof(a));
	get_random_bytes(b, sizeof(b));
	for (size_t i = 0; i < sizeof(a); i++)
		same += a[i] == b[i];
	assert_true(same < 30);
}

static void test_below_is_even(void **state)
{
	u32 count[10] = { 0 };

	for (int i = 0; i < 100000; i++) {
		u32 n = random_below(10);

		assert_true(n < 10);
		count[n]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(count[i], 9500, 10500);
	for (int i = 0; i < 100; i++)
		assert_int_equal(random_below(1), 0);
	assert_true(random_below(UINT32_MAX) < UINT32_MAX);
}

/* The split into requests does not matter, nor does entropy that comes in later. */
static void test_fixed_seed_repeats(void **state)
{
	u8 a[1200], b[1200];

	random_fix_seed(42);
	get_random_bytes(a, sizeof(a));
	random_fix_seed(42);
	for (size_t i = 0; i < sizeof(b); i += 100) {
		get_random_bytes(b + i, 100);
		for (int n = 0; n < 100; n++)
			add_entropy(test_random());
	}
	assert_memory_equal(a, b, sizeof(a));
	random_fix_seed(43);
	get_random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc8439_block),	   cmocka_unit_test(test_rfc8439_zero),
		cmocka_unit_test(test_bytes_differ),	   cmocka_unit_test(test_below_is_even),
		cmocka_unit_test(test_fixed_seed_repeats),
	};

	kern_start("quiet");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
