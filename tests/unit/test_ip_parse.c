/* ip_parse: every field, every refusal, and random bytes at their exact size. */
#include "iplab.h"

static u8 header[60];

static void make(u32 hlen, u32 tot)
{
	struct iphdr *iph = (struct iphdr *)header;

	memset(header, 1, sizeof(header)); /* options: no-operation */
	iph->ihl_version = (u8)(0x40 | hlen / 4);
	iph->tos = 0x10;
	iph->tot_len = htons(tot);
	iph->id = htons(0x1234);
	iph->frag_off = htons(0x4000);
	iph->ttl = 61;
	iph->protocol = 17;
	iph->saddr = PEER;
	iph->daddr = OURS;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, hlen / 4);
}

/* The parser sees a block of exactly @len bytes. */
static enum drop_reason parse(u32 len, struct ip_view *v)
{
	u8 *exact = malloc(len ? len : 1);
	enum drop_reason why;

	memset(exact, 0, len);
	memcpy(exact, header, len < sizeof(header) ? len : sizeof(header));
	why = ip_parse(exact, len, v);
	free(exact);
	return why;
}

static void fields(void **state)
{
	struct ip_view v;

	make(20, 100);
	assert_int_equal(parse(100, &v), NR_DROP_REASONS);
	assert_int_equal(v.hlen, 20);
	assert_int_equal(v.tos, 0x10);
	assert_int_equal(v.ttl, 61);
	assert_int_equal(v.protocol, 17);
	assert_int_equal(v.tot_len, 100);
	assert_int_equal(v.id, 0x1234);
	assert_int_equal(v.frag_off, 0x4000);
	assert_int_equal(v.saddr, PEER);
	assert_int_equal(v.daddr, OURS);
	make(60, 60);
	assert_int_equal(parse(60, &v), NR_DROP_REASONS);
	assert_int_equal(v.hlen, 60);
	assert_int_equal(parse(200, &v), NR_DROP_REASONS); /* padding is not its business */
}

static void refusals(void **state)
{
	struct ip_view v;

	make(20, 20);
	for (u32 len = 0; len < 20; len++)
		assert_int_equal(parse(len, &v), DROP_IP_TOO_SHORT);
	make(24, 24);
	assert_int_equal(parse(23, &v), DROP_IP_TOO_SHORT);
	make(20, 21);
	assert_int_equal(parse(20, &v), DROP_IP_TRUNCATED);
	make(20, 19);
	assert_int_equal(parse(20, &v), DROP_IP_TOTAL_LEN);
	make(20, 20);
	header[0] = 0x44;
	assert_int_equal(parse(20, &v), DROP_IP_HEADER_LEN);
	header[0] = 0x65;
	assert_int_equal(parse(20, &v), DROP_IP_VERSION);
	for (u32 bit = 8; bit < 160; bit++) {
		make(20, 20);
		header[bit / 8] ^= (u8)(1 << bit % 8);
		assert_int_equal(parse(20, &v), DROP_IP_CSUM);
	}
}

static void quoted_headers_may_be_cut_and_altered(void **state)
{
	struct ip_view v;

	make(20, 1500);
	header[8] = 1; /* a router's TTL, its checksum not ours to judge */
	assert_int_equal(ip_parse_quoted(header, 28, &v), NR_DROP_REASONS);
	assert_int_equal(v.tot_len, 1500);
	assert_int_equal(ip_parse_quoted(header, 19, &v), DROP_IP_TOO_SHORT);
	make(20, 19);
	assert_int_equal(ip_parse_quoted(header, 28, &v), DROP_IP_TOTAL_LEN);
}

static void random_bytes(void **state)
{
	for (u32 i = 0; i < 200000; i++) {
		u32 len = lab_random() % 80;
		u8 *p = malloc(len ? len : 1);
		struct ip_view v;

		for (u32 j = 0; j < len; j++)
			p[j] = (u8)lab_random();
		if (len && i & 1)
			p[0] = (u8)(0x40 | (p[0] & 15));
		if (ip_parse(p, len, &v) == NR_DROP_REASONS)
			assert_true(v.hlen >= 20 && v.hlen <= v.tot_len && v.tot_len <= len);
		if (ip_parse_quoted(p, len, &v) == NR_DROP_REASONS)
			assert_true(v.hlen >= 20 && v.hlen <= len && v.hlen <= v.tot_len);
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(refusals),
		cmocka_unit_test(quoted_headers_may_be_cut_and_altered),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
