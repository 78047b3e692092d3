/* The Internet checksum against the definition of RFC 1071, two bytes at a time. */
#include "tests/unit/lan.h"

#include "net/core/checksum.h"

static u64 rand_state = 88172645463325252ull;

static u32 rand(void)
{
	rand_state ^= rand_state << 13;
	rand_state ^= rand_state >> 7;
	rand_state ^= rand_state << 17;
	return (u32)(rand_state >> 16);
}

/* An array that ends where its bytes end, for the sanitizer. */
void *malloc(size_t size);
void free(void *p);

static u16 naive(const u8 *p, u32 len, u32 start)
{
	u64 sum = start;

	for (u32 i = 0; i < len; i++)
		sum += i & 1 ? (u64)p[i] << 8 : p[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

/* +0 and -0 are one number. */
static void same(u16 a, u16 b)
{
	if ((a == 0 || a == 0xffff) && (b == 0 || b == 0xffff))
		return;
	assert_int_equal(a, b);
}

static void fill_random(u8 *p, u32 len)
{
	for (u32 i = 0; i < len; i++)
		p[i] = (u8)rand();
}

static void test_against_naive(void **state)
{
	for (u32 round = 0; round < 20000; round++) {
		u32 len = rand() % 200, off = rand() % 8, start = rand();
		u8 *p = malloc(off + len), *q = malloc(len);

		fill_random(p, off + len);
		same(csum_fold(csum_partial(p + off, len, start)), naive(p + off, len, start));
		same(csum_fold(csum_partial_copy(p + off, q, len, start)),
		     naive(p + off, len, start));
		assert_memory_equal(p + off, q, len);
		free(p);
		free(q);
	}
}

static void test_extremes(void **state)
{
	u8 *p = malloc(65536), *q = malloc(65536);

	for (u32 v = 0; v < 256; v += 15) {
		memset(p, (int)v, 65536);
		for (u32 len = 65536 - 40; len <= 65536; len++) {
			same(csum_fold(csum_partial(p, len, 0xffffffff)),
			     naive(p, len, 0xffffffff));
			same(csum_fold(csum_partial_copy(p, q, len, 0)), naive(p, len, 0));
		}
	}
	free(p);
	free(q);
}

static void test_block_add(void **state)
{
	u8 p[300];

	for (u32 round = 0; round < 5000; round++) {
		u32 len = rand() % 300, cut = len ? rand() % len : 0, sum;

		fill_random(p, len);
		sum = csum_partial(p, cut, 0);
		sum = csum_block_add(sum, csum_partial(p + cut, len - cut, 0), cut);
		same(csum_fold(sum), naive(p, len, 0));
	}
}

static void test_ip_header(void **state)
{
	/* RFC 1071 has no example of a header; this one is taken from a wire. */
	u8 h[20] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
		     0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7 };

	assert_int_equal(ip_fast_csum(h, 5), 0);
	h[10] = h[11] = 0;
	assert_int_equal(ip_fast_csum(h, 5), htons(0xb861));
	for (u32 round = 0; round < 5000; round++) {
		u32 ihl = 5 + rand() % 11;
		u8 *p = malloc(ihl * 4);

		fill_random(p, ihl * 4);
		same(ip_fast_csum(p, ihl), naive(p, ihl * 4, 0));
		free(p);
	}
}

static void test_pseudo_header(void **state)
{
	for (u32 round = 0; round < 5000; round++) {
		be32 s = (be32)rand(), d = (be32)rand();
		u32 len = rand() % 65536;
		u8 proto = (u8)rand(), p[12] = { 0 };

		memcpy(p, &s, 4);
		memcpy(p + 4, &d, 4);
		p[9] = proto;
		put_be16(p + 10, (u16)len);
		same(csum_fold(csum_tcpudp_nofold(s, d, len, proto, 0)), naive(p, 12, 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_naive), cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_block_add),     cmocka_unit_test(test_ip_header),
		cmocka_unit_test(test_pseudo_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
