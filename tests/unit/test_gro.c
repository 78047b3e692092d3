/* Joining segments: what comes out of a burst are the same bytes in the same order, and what joins
 * is only what belongs together; cut again (gso), the segments are those that came in. */
#include "tests/unit/lan.h"

#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/gro.h"
#include "net/core/gso.h"
#include "net/core/gso_wire.h"

#define MSS 1000
#define HLEN 52 /* with timestamps */
#define MAX_UP 256

static struct gro gro;
static struct sk_buff *upward[MAX_UP];
static u32 nr_up, baseline;

/* Numbers that repeat in every run. */
static u32 next_random(void)
{
	static u64 state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(state >> 33);
}

static void up(struct sk_buff *skb)
{
	assert_true(nr_up < MAX_UP);
	upward[nr_up++] = skb;
}

static int setup(void **state)
{
	baseline = lan_pool_free();
	nr_up = 0;
	gro.acks = true;
	return 0;
}

static int teardown(void **state)
{
	gro_flush(&gro, up); /* what was joined ends with the burst */
	for (u32 i = 0; i < nr_up; i++)
		consume_skb(upward[i]);
	assert_int_equal(lan_pool_free(), baseline);
	return 0;
}

struct spec {
	u16 port;
	u32 seq, ack, len, tsval;
	u8 flags, ttl, ae;
	u16 window, pad;
};

#define SPEC(s, n)                                                                                 \
	((struct spec){                                                                            \
		.port = 1000, .seq = (s), .len = (n), .flags = 0x10, .ttl = 64, .window = 500 })

static u8 payload_byte(u32 seq)
{
	return (u8)(seq * 7 + (seq >> 8));
}

static void set_sums(struct sk_buff *skb, u32 total)
{
	u8 *ip = skb->data, *th = ip + IP_HLEN_MIN;
	be16 sum = ip_fast_csum(ip, 5);

	memcpy(ip + IP_AT_CHECK, &sum, 2);
	sum = csum_fold(csum_partial(th, total - 20,
				     csum_tcpudp_nofold(gso_load_be32(ip + IP_AT_SADDR),
							gso_load_be32(ip + IP_AT_DADDR), total - 20,
							PROTO_TCP, 0)));
	memcpy(th + TCP_AT_CHECK, &sum, 2);
}

static struct sk_buff *make(const struct spec *s)
{
	u32 total = HLEN + s->len;
	struct sk_buff *skb = alloc_skb(64 + total + s->pad);
	u8 *ip, *th;

	assert_non_null(skb);
	skb_reserve(skb, 64);
	ip = skb_put(skb, total + s->pad);
	memset(ip, 0, total + s->pad);
	th = ip + IP_HLEN_MIN;
	ip[0] = IP_PLAIN;
	put_be16(ip + IP_AT_TOT_LEN, (u16)total);
	put_be16(ip + IP_AT_ID, (u16)(s->seq / MSS));
	put_be16(ip + IP_AT_FRAG, IP_FRAG_DF);
	ip[IP_AT_TTL] = s->ttl;
	ip[IP_AT_PROTOCOL] = PROTO_TCP;
	put_be32(ip + IP_AT_SADDR, 0x0a000001);
	put_be32(ip + IP_AT_DADDR, 0x0a000002);
	put_be16(th, s->port);
	put_be16(th + 2, 80);
	put_be32(th + TCP_AT_SEQ, s->seq);
	put_be32(th + TCP_AT_ACK_SEQ, s->ack);
	th[TCP_AT_DOFF] = (u8)((HLEN - 20) / 4 << 4 | s->ae);
	th[TCP_AT_FLAGS] = s->flags;
	put_be16(th + TCP_AT_WINDOW, s->window);
	put_be32(th + 20, 0x0101080a);
	put_be32(th + 24, s->tsval);
	for (u32 i = 0; i < s->len; i++)
		ip[HLEN + i] = payload_byte(s->seq + i);
	set_sums(skb, total);
	skb_set_network_header(skb, 0);
	return skb;
}

static void give(struct spec s)
{
	gro_receive(&gro, make(&s), up);
}

static void flush(void)
{
	gro_flush(&gro, up);
	assert_int_equal(gro.nr_runs, 0);
}

/* Packet @i that went up: @len bytes from @seq on, of @segs segments. */
static void expect(u32 i, u32 seq, u32 len, u32 segs)
{
	struct sk_buff *skb = upward[i];
	u8 bytes[65536];

	assert_true(i < nr_up);
	assert_int_equal(get_be16(skb->data + IP_AT_TOT_LEN), HLEN + len);
	assert_int_equal(get_be32(skb->data + IP_HLEN_MIN + TCP_AT_SEQ), seq);
	assert_int_equal(ip_fast_csum(skb->data, 5), 0);
	assert_int_equal(max(skb_shinfo(skb)->gso_segs, (u16)1), segs);
	assert_int_equal(skb_copy_bits(skb, HLEN, bytes, len), 0);
	for (u32 k = 0; k < len; k++)
		assert_int_equal(bytes[k], payload_byte(seq + k));
}

static void give_row(u32 seq, u32 n)
{
	for (u32 i = 0; i < n; i++)
		give(SPEC(seq + i * MSS, MSS));
}

/* ---- what joins ---- */

static void test_a_burst_is_one_packet(void **state)
{
	give_row(5000, 4);
	assert_int_equal(nr_up, 0);
	flush();
	assert_int_equal(nr_up, 1);
	expect(0, 5000, 4 * MSS, 4);
	assert_int_equal(upward[0]->ip_summed, CHECKSUM_PARTIAL);
	assert_int_equal(skb_shinfo(upward[0])->gso_size, MSS);
}

static void test_sequence_numbers_wrap(void **state)
{
	give_row(0u - 1500, 4);
	flush();
	assert_int_equal(nr_up, 1);
	expect(0, 0u - 1500, 4 * MSS, 4);
}

static void test_a_shorter_one_ends_it(void **state)
{
	give_row(0, 2);
	give(SPEC(2 * MSS, 10));
	assert_int_equal(nr_up, 1);
	expect(0, 0, 2 * MSS + 10, 3);
}

static void test_push_ends_it_and_is_kept(void **state)
{
	struct spec s = SPEC(2 * MSS, MSS);

	give_row(0, 2);
	s.flags |= TCP_FLAG_PSH;
	give(s);
	assert_int_equal(nr_up, 1);
	expect(0, 0, 3 * MSS, 3);
	assert_int_equal(upward[0]->data[20 + TCP_AT_FLAGS], TCP_FLAG_ACK | TCP_FLAG_PSH);
}

static void test_slots_bound_it(void **state)
{
	give_row(0, 2 * (SKB_BURST_FRAGS + 1) + 1);
	flush();
	assert_int_equal(nr_up, 3);
	expect(0, 0, (SKB_BURST_FRAGS + 1) * MSS, SKB_BURST_FRAGS + 1);
	expect(2, 2 * (SKB_BURST_FRAGS + 1) * MSS, MSS, 1);
}

static void test_padding_is_no_payload(void **state)
{
	struct spec s = SPEC(0, 5);

	s.pad = 7;
	give(s);
	s.seq = 5;
	give(s);
	flush();
	assert_int_equal(nr_up, 1);
	expect(0, 0, 10, 2);
	assert_int_equal(upward[0]->len, HLEN + 10);
}

/* ---- what does not ---- */

static void expect_apart(struct spec second)
{
	nr_up = 0;
	give(SPEC(0, MSS));
	give(second);
	flush();
	assert_int_equal(nr_up, 2);
	expect(0, 0, MSS, 1);
	for (u32 i = 0; i < nr_up; i++)
		consume_skb(upward[i]);
	nr_up = 0;
}

static void test_other_headers_stay_apart(void **state)
{
	struct spec s;

#define APART(change)                                                                              \
	s = SPEC(MSS, MSS);                                                                        \
	s.change;                                                                                  \
	expect_apart(s)
	APART(seq++);
	APART(seq--);
	APART(len++);
	APART(len = 0);
	APART(port++);
	APART(ack++);
	APART(tsval++);
	APART(ttl--);
	APART(window++);
	APART(flags |= TCP_FLAG_FIN);
	APART(flags |= TCP_FLAG_CWR);
	APART(flags |= 2);
	APART(flags = 2);
}

/* Accurate ECN's flags are a number, in every segment: the same number joins. */
static void test_segments_of_one_ace_join(void **state)
{
	static const u8 ace[] = { 5, 5, 5, 6, 6, 2, 7, 7 };

	for (u32 i = 0; i < ARRAY_SIZE(ace); i++) {
		struct spec s = SPEC(i * MSS, MSS);

		s.flags |= (u8)(ace[i] << 6);
		s.ae = ace[i] >> 2;
		give(s);
	}
	flush();
	assert_int_equal(nr_up, 4);
	expect(0, 0, 3 * MSS, 3);
	expect(1, 3 * MSS, 2 * MSS, 2);
	expect(2, 5 * MSS, MSS, 1);
	expect(3, 6 * MSS, 2 * MSS, 2);
}

static void test_a_wrong_sum_goes_up_as_it_came(void **state)
{
	for (u32 at = 0; at < HLEN + MSS; at += 7) {
		struct spec s = SPEC(MSS, MSS);
		struct sk_buff *skb = make(&s);
		u8 copy[HLEN + MSS];

		nr_up = 0;
		skb->data[at] ^= 0x10;
		memcpy(copy, skb->data, sizeof(copy));
		give(SPEC(0, MSS));
		gro_receive(&gro, skb, up);
		flush();
		assert_int_equal(nr_up, 2);
		skb = upward[get_be32(upward[0]->data + 24) == 0 &&
			     upward[0]->ip_summed == CHECKSUM_UNNECESSARY];
		assert_int_equal(skb->len, sizeof(copy));
		assert_memory_equal(skb->data, copy, sizeof(copy));
		assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
		consume_skb(upward[0]);
		consume_skb(upward[1]);
	}
	nr_up = 0;
}

static void test_nothing_overtakes_its_connection(void **state)
{
	struct spec fin = SPEC(2 * MSS, 0);

	give_row(0, 2);
	fin.flags |= TCP_FLAG_FIN;
	give(fin);
	assert_int_equal(nr_up, 2);
	expect(0, 0, 2 * MSS, 2);
	expect(1, 2 * MSS, 0, 1);
}

static void test_ip_options_flush(void **state)
{
	struct spec s = SPEC(MSS, MSS);
	struct sk_buff *skb = make(&s);

	give(SPEC(0, MSS));
	skb->data[0] = 0x46;
	gro_receive(&gro, skb, up);
	assert_int_equal(nr_up, 2);
	assert_ptr_equal(upward[1], skb);
}

static void test_short_packets(void **state)
{
	for (u32 len = 0; len < HLEN; len++) {
		struct spec s = SPEC(0, 0);
		struct sk_buff *skb = make(&s), *part = alloc_skb(len);

		memcpy(skb_put(part, len), skb->data, len);
		consume_skb(skb);
		gro_receive(&gro, part, up);
		flush();
		assert_int_equal(nr_up, 1);
		consume_skb(upward[--nr_up]);
	}
}

/* ---- ACKs ---- */

static struct spec ack_of(u32 ack)
{
	struct spec s = SPEC(77, 0);

	s.ack = ack;
	return s;
}

/* Packet @i that went up acknowledges @ack and stands for @segs. */
static void expect_ack(u32 i, u32 ack, u32 segs)
{
	expect(i, 77, 0, segs);
	assert_int_equal(get_be32(upward[i]->data + IP_HLEN_MIN + TCP_AT_ACK_SEQ), ack);
	assert_int_equal(upward[i]->ip_summed, CHECKSUM_UNNECESSARY);
	assert_false(skb_is_gso(upward[i]));
}

static void test_the_last_ack_is_enough(void **state)
{
	for (u32 i = 0; i < 40; i++) {
		struct spec s = ack_of(0xffffff00 + 100 * i);

		s.tsval = 0xfffffffe + i / 8;
		s.window = (u16)(500 + i);
		give(s);
	}
	assert_int_equal(nr_up, 0);
	flush();
	assert_int_equal(nr_up, 1);
	expect_ack(0, 0xffffff00 + 3900, 40);
	assert_int_equal(get_be16(upward[0]->data + IP_HLEN_MIN + TCP_AT_WINDOW), 539);
}

static void test_the_same_ack_again_ends_a_run(void **state)
{
	give(ack_of(100));
	give(ack_of(200));
	give(ack_of(200));
	give(ack_of(200));
	give(ack_of(300));
	give(ack_of(250));
	flush();
	assert_int_equal(nr_up, 4);
	expect_ack(0, 200, 2);
	expect_ack(1, 200, 1);
	expect_ack(2, 300, 2);
	expect_ack(3, 250, 1);
}

/* In its place among the others, whole. */
static void expect_ack_apart(struct spec s)
{
	nr_up = 0;
	give(ack_of(100));
	give(s);
	give(ack_of(5000));
	flush();
	assert_int_equal(nr_up, 3);
	assert_int_equal(get_be32(upward[1]->data + IP_HLEN_MIN + TCP_AT_ACK_SEQ), 200);
	for (u32 i = 0; i < nr_up; i++)
		consume_skb(upward[i]);
	nr_up = 0;
}

static void test_an_ack_that_says_more_goes_up(void **state)
{
	struct spec s;

#define ACK_APART(change)                                                                          \
	s = ack_of(200);                                                                           \
	s.change;                                                                                  \
	expect_ack_apart(s)
	ACK_APART(seq++);
	ACK_APART(seq--);
	ACK_APART(len = 1);
	ACK_APART(flags |= TCP_FLAG_FIN);
	ACK_APART(flags |= TCP_FLAG_PSH);
	ACK_APART(flags |= TCP_FLAG_CWR);
	ACK_APART(flags |= 0x40);
	ACK_APART(flags |= 0x20);
	ACK_APART(flags |= 2);
	ACK_APART(flags |= 4);
	ACK_APART(ae = 1);
}

static void test_an_ack_with_older_time_goes_up(void **state)
{
	struct spec s = ack_of(100);

	s.tsval = 5;
	give(s);
	s.ack = 200, s.tsval = 4;
	give(s);
	flush();
	assert_int_equal(nr_up, 2);
	expect_ack(0, 100, 1);
	expect_ack(1, 200, 1);
}

static void test_an_ack_with_other_options_goes_up(void **state)
{
	struct spec s = ack_of(200);
	struct sk_buff *skb = make(&s);

	give(ack_of(100));
	skb->data[IP_HLEN_MIN + TCP_HLEN_MIN + 2] = 5; /* SACK */
	set_sums(skb, HLEN);
	gro_receive(&gro, skb, up);
	give(ack_of(300));
	flush();
	assert_int_equal(nr_up, 3);
	assert_ptr_equal(upward[1], skb);
}

static void test_an_ack_with_a_wrong_sum_replaces_nothing(void **state)
{
	struct spec s = ack_of(200);

	for (u32 at = 0; at < HLEN; at++) {
		struct sk_buff *skb = make(&s);

		skb->data[at] ^= 0x20;
		give(ack_of(100));
		gro_receive(&gro, skb, up);
		flush();
		assert_int_equal(nr_up, 2);
		for (u32 i = 0; i < nr_up; i++) {
			if (upward[i] != skb)
				expect_ack(i, 100, 1);
			consume_skb(upward[i]);
		}
		nr_up = 0;
	}
}

static void test_acks_and_data_keep_their_order(void **state)
{
	struct spec s = ack_of(300);

	give(ack_of(100));
	give(ack_of(200));
	s.len = MSS;
	give(s);
	s.seq += MSS;
	give(s);
	s.seq += MSS, s.len = 0, s.ack = 400;
	give(s);
	flush();
	assert_int_equal(nr_up, 3);
	expect_ack(0, 200, 2);
	expect(1, 77, 2 * MSS, 2);
	expect(2, 77 + 2 * MSS, 0, 1);
}

static void test_a_router_joins_no_acks(void **state)
{
	gro.acks = false;
	give(ack_of(100));
	give(ack_of(200));
	assert_int_equal(nr_up, 2);
	flush();
	assert_int_equal(nr_up, 2);
}

/* ---- many connections, and back again ---- */

static void test_interleaved_connections(void **state)
{
	u32 next[12] = { 0 }, seen[12] = { 0 };

	for (u32 i = 0; i < 200; i++) {
		u32 c = next_random() % 12;
		struct spec s = SPEC(next[c], next_random() % 4 ? MSS : 1 + next_random() % MSS);

		s.port = (u16)(1000 + c);
		s.flags |= next_random() % 8 ? 0 : TCP_FLAG_PSH;
		next[c] += s.len;
		give(s);
		if (next_random() % 16 == 0)
			flush();
	}
	flush();
	for (u32 i = 0; i < nr_up; i++) {
		u32 c = get_be16(upward[i]->data + 20) - 1000u, len = upward[i]->len - HLEN;

		expect(i, seen[c], len, max(skb_shinfo(upward[i])->gso_segs, (u16)1));
		seen[c] += len;
	}
	assert_memory_equal(seen, next, sizeof(seen));
}

static void test_cut_again(void **state)
{
	struct sk_buff *seg;
	struct gso g;
	u32 n = 0;

	give_row(0, 5);
	give(SPEC(5 * MSS, 300));
	assert_int_equal(nr_up, 1);
	assert_true(gso_begin(&g, upward[0]));
	while ((seg = gso_next(&g, true))) {
		u32 len = n < 5 ? MSS : 300;
		struct spec s = SPEC(n * MSS, len);
		struct sk_buff *was = make(&s);

		assert_int_equal(skb_checksum_help(seg), 0);
		assert_int_equal(seg->len, was->len);
		assert_memory_equal(seg->data, was->data, was->len);
		consume_skb(seg);
		consume_skb(was);
		n++;
	}
	assert_int_equal(n, 6);
	gso_end(&g);
	nr_up = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_a_burst_is_one_packet),
		T(test_sequence_numbers_wrap),
		T(test_a_shorter_one_ends_it),
		T(test_push_ends_it_and_is_kept),
		T(test_slots_bound_it),
		T(test_padding_is_no_payload),
		T(test_other_headers_stay_apart),
		T(test_segments_of_one_ace_join),
		T(test_a_wrong_sum_goes_up_as_it_came),
		T(test_nothing_overtakes_its_connection),
		T(test_ip_options_flush),
		T(test_short_packets),
		T(test_the_last_ack_is_enough),
		T(test_the_same_ack_again_ends_a_run),
		T(test_an_ack_that_says_more_goes_up),
		T(test_an_ack_with_older_time_goes_up),
		T(test_an_ack_with_other_options_goes_up),
		T(test_an_ack_with_a_wrong_sum_replaces_nothing),
		T(test_acks_and_data_keep_their_order),
		T(test_a_router_joins_no_acks),
		T(test_interleaved_connections),
		T(test_cut_again),
	};

	lan_start("quiet mem=16M skb.pool=512");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
