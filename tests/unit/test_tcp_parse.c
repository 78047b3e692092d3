/* TCP's header and options: every length, every malformed option, garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_input.h"

/* ---- options ---- */

struct parsed {
	u16 mss, user_timeout;
	u8 wscale; /* + 1; 0: none */
	bool sack_ok, tstamp;
	u32 tsval, tsecr;
	u8 num_sacks;
	u32 first_start, last_end;
	int fastopen; /* length; -1: none */
	bool exp;
};

struct option_case {
	const char *what, *bytes;
	u32 len;
	struct parsed syn, estab;
};

#define O(s) s, sizeof(s) - 1
#define NONE                                                                                       \
	{                                                                                          \
		.fastopen = -1                                                                     \
	}

static const struct option_case cases[] = {
	{ "nothing", O(""), NONE, NONE },
	{ "MSS", O("\2\4\5\xb4"), { .mss = 1460, .fastopen = -1 }, NONE },
	{ "MSS, the last counts", O("\2\4\5\xb4\2\4\0\1"), { .mss = 1, .fastopen = -1 }, NONE },
	{ "MSS too short", O("\2\3\5\1"), NONE, NONE },
	{ "MSS too long", O("\2\5\5\xb4\1"), NONE, NONE },
	{ "MSS cut off", O("\2\4\5"), NONE, NONE },
	{ "only a kind", O("\2"), NONE, NONE },
	{ "length 0", O("\2\0\5\xb4\2\4\5\xb4"), NONE, NONE },
	{ "length 1", O("\2\1\5\xb4\2\4\5\xb4"), NONE, NONE },
	{ "length beyond the end", O("\2\377\5\xb4"), NONE, NONE },
	{ "end of list", O("\0\2\4\5\xb4"), NONE, NONE },
	{ "NOPs", O("\1\1\1\1\2\4\5\xb4\1\1"), { .mss = 1460, .fastopen = -1 }, NONE },
	{ "NOPs only", O("\1\1\1\1"), NONE, NONE },
	{ "scale", O("\3\3\7\0"), { .wscale = 8, .fastopen = -1 }, NONE },
	{ "scale 0", O("\3\3\0\0"), { .wscale = 1, .fastopen = -1 }, NONE },
	{ "scale 14", O("\3\3\16\0"), { .wscale = 15, .fastopen = -1 }, NONE },
	{ "scale 15 is 14", O("\3\3\17\0"), { .wscale = 15, .fastopen = -1 }, NONE },
	{ "scale 255 is 14", O("\3\3\377\0"), { .wscale = 15, .fastopen = -1 }, NONE },
	{ "scale too short", O("\3\2\7\0"), NONE, NONE },
	{ "scale too long", O("\3\4\7\7"), NONE, NONE },
	{ "SACK permitted", O("\4\2\1\1"), { .sack_ok = true, .fastopen = -1 }, NONE },
	{ "SACK permitted too long", O("\4\3\1\1"), NONE, NONE },
	{ "timestamps as ever",
	  O("\1\1\10\12\0\0\0\1\0\0\0\2"),
	  { .tstamp = true, .tsval = 1, .tsecr = 2, .fastopen = -1 },
	  { .tstamp = true, .tsval = 1, .tsecr = 2, .fastopen = -1 } },
	{ "timestamps without NOPs",
	  O("\10\12\xff\0\0\1\0\0\0\2\1\1"),
	  { .tstamp = true, .tsval = 0xff000001, .tsecr = 2, .fastopen = -1 },
	  { .tstamp = true, .tsval = 0xff000001, .tsecr = 2, .fastopen = -1 } },
	{ "timestamps too short", O("\1\1\10\11\0\0\0\1\0\0\0"), NONE, NONE },
	{ "timestamps too long", O("\10\13\0\0\0\1\0\0\0\2\0"), NONE, NONE },
	{ "timestamps cut off", O("\1\1\10\12\0\0\0\1\0\0\0"), NONE, NONE },
	{ "one block",
	  O("\1\1\5\12\0\0\0\1\0\0\0\2"),
	  { .num_sacks = 1, .first_start = 1, .last_end = 2, .fastopen = -1 },
	  { .num_sacks = 1, .first_start = 1, .last_end = 2, .fastopen = -1 } },
	{ "four blocks",
	  O("\5\42\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6\0\0\0\7\0\0\0\10"),
	  { .num_sacks = 4, .first_start = 1, .last_end = 8, .fastopen = -1 },
	  { .num_sacks = 4, .first_start = 1, .last_end = 8, .fastopen = -1 } },
	{ "no block", O("\5\2\1\1"), NONE, NONE },
	{ "half a block", O("\5\6\0\0\0\1"), NONE, NONE },
	{ "a block and a half", O("\5\16\0\0\0\1\0\0\0\2\0\0\0\3"), NONE, NONE },
	{ "user timeout",
	  O("\34\4\200\12"),
	  { .user_timeout = 0x800a, .fastopen = -1 },
	  { .user_timeout = 0x800a, .fastopen = -1 } },
	{ "user timeout too short", O("\34\3\200\12"), NONE, NONE },
	{ "fast open, asked for", O("\42\2\1\1"), { .fastopen = 0 }, NONE },
	{ "fast open, 8 bytes", O("\42\12abcdefgh"), { .fastopen = 8 }, NONE },
	{ "fast open, 4 bytes", O("\42\6abcd"), { .fastopen = 4 }, NONE },
	{ "fast open, 16 bytes", O("\42\22abcdefghabcdefgh"), { .fastopen = 16 }, NONE },
	{ "fast open, 2 bytes", O("\42\4ab"), NONE, NONE },
	{ "fast open, 18 bytes", O("\42\24abcdefghabcdefghij"), NONE, NONE },
	{ "fast open, odd", O("\42\11abcdefg"), NONE, NONE },
	{ "fast open, experimental",
	  O("\376\14\371\211abcdefgh"),
	  { .fastopen = 8, .exp = true },
	  NONE },
	{ "fast open, experimental, asked for",
	  O("\376\4\371\211"),
	  { .fastopen = 0, .exp = true },
	  NONE },
	{ "another experiment", O("\376\14\371\210abcdefgh"), NONE, NONE },
	{ "an experiment too short", O("\376\3\371"), NONE, NONE },
	{ "an experiment without a name", O("\376\2\1\1"), NONE, NONE },
	{ "what nobody knows", O("\143\5abc\2\4\5\xb4"), { .mss = 1460, .fastopen = -1 }, NONE },
	{ "as Linux's SYN has it",
	  O("\2\4\5\xb4\4\2\10\12\0\0\0\7\0\0\0\0\1\3\3\7"),
	  { .mss = 1460, .sack_ok = true, .tstamp = true, .tsval = 7, .wscale = 8, .fastopen = -1 },
	  { .tstamp = true, .tsval = 7, .fastopen = -1 } },
};

static void check(const struct option_case *t, bool estab)
{
	const struct parsed *want = estab ? &t->estab : &t->syn;
	struct tcp_options_received got;
	u8 exact[t->len + 1];

	memset(&got, 0xa5, sizeof(got));
	memcpy(exact, t->bytes, t->len);
	tcp_options_parse(exact, t->len, &got, estab);
	if (got.mss != want->mss || got.user_timeout != want->user_timeout ||
	    got.wscale_ok != (want->wscale != 0) ||
	    (want->wscale && got.snd_wscale != want->wscale - 1) || got.sack_ok != want->sack_ok ||
	    got.saw_tstamp != want->tstamp || got.num_sacks != want->num_sacks ||
	    got.fastopen_len != want->fastopen || got.fastopen_exp != want->exp)
		fail_msg("%s%s", t->what, estab ? ", established" : "");
	if (want->tstamp) {
		assert_int_equal(got.rcv_tsval, want->tsval);
		assert_int_equal(got.rcv_tsecr, want->tsecr);
	}
	if (want->num_sacks) {
		assert_int_equal(got.sacks[0].start_seq, want->first_start);
		assert_int_equal(got.sacks[want->num_sacks - 1].end_seq, want->last_end);
	}
	if (want->fastopen > 0)
		assert_memory_equal(got.fastopen_cookie, "abcdefghabcdefgh",
				    (size_t)want->fastopen);
}

static void options_one_by_one(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		check(&cases[i], false);
		check(&cases[i], true);
	}
}

/* A cut anywhere: nothing is read past the end. The buffer has its exact size on the heap. */
static void options_cut_anywhere(void **state)
{
	struct tcp_options_received got;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		for (u32 len = 0; len <= cases[i].len; len++) {
			u8 *exact = test_malloc(len ? len : 1);

			memcpy(exact, cases[i].bytes, len);
			tcp_options_parse(exact, len, &got, false);
			test_free(exact);
		}
}

static void options_at_random(void **state)
{
	static const u8 kinds[] = { 0, 1, 2, 3, 4, 5, 8, 28, 34, 254 };
	struct tcp_options_received got;
	u8 opt[40];

	for (u32 n = 0; n < 200000; n++) {
		u32 len = tcp_random() % 11 * 4;

		for (u32 i = 0; i < len; i++)
			opt[i] = (u8)(tcp_random() % 3 ? kinds[tcp_random() % sizeof(kinds)] :
							 tcp_random());
		tcp_options_parse(opt, len, &got, n & 1);
		assert_true(got.num_sacks <= TCP_NUM_SACKS && got.snd_wscale <= TCP_MAX_WSCALE);
		assert_true(got.fastopen_len >= -1 && got.fastopen_len <= 16);
	}
}

/* ---- the header ---- */

/* A packet of an IP header and @len bytes of TCP, of exactly that size. */
static struct sk_buff *packet(const u8 *th, u32 len, u8 tos)
{
	struct sk_buff *skb = alloc_skb(20 + len);

	memset(skb_put(skb, 20), 0, 20);
	skb->data[1] = tos;
	skb_set_network_header(skb, 0);
	skb_pull(skb, 20);
	memcpy(skb_put(skb, len), th, len);
	return skb;
}

static void header_lengths(void **state)
{
	u8 th[100] = { 0 };

	for (u32 len = 0; len <= sizeof(th); len++)
		for (u32 doff = 0; doff < 16; doff++) {
			struct sk_buff *skb;
			bool good = doff >= 5 && doff * 4 <= len;

			th[12] = (u8)(doff << 4 | 15);
			skb = packet(th, len, 0);
			assert_int_equal(tcp_parse(skb), good ? NR_DROP_REASONS : DROP_TCP_BAD);
			if (good) {
				assert_int_equal(TCP_SKB_CB(skb)->rx.hlen, doff * 4);
				assert_int_equal(TCP_SKB_CB(skb)->end_seq, len - doff * 4);
			}
			consume_skb(skb);
		}
}

static void header_fields(void **state)
{
	static const u8 th[24] = { 0, 1, 0,    2,    0xff, 0xff, 0xff, 0xfe,
				   1, 2, 3,    4,    0x50, 0xff, 0x12, 0x34,
				   0, 0, 0x56, 0x78, 'a',  'b',	 'c',  'd' };
	struct sk_buff *skb = packet(th, sizeof(th), 0xb9);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	assert_int_equal(tcp_parse(skb), NR_DROP_REASONS);
	assert_int_equal(cb->seq, 0xfffffffe);
	assert_int_equal(cb->end_seq, 4); /* four bytes, SYN and FIN */
	assert_int_equal(cb->rx.ack_seq, 0x01020304);
	assert_int_equal(cb->tcp_flags, 0xff);
	assert_int_equal(cb->rx.window, 0x1234);
	assert_int_equal(cb->rx.urg_ptr, 0x5678);
	assert_int_equal(cb->ip_dsfield, 0xb9);
	assert_int_equal(skb->len, 24);
	assert_ptr_equal(tcp_hdr(skb), skb->data);
	consume_skb(skb);
}

/* The header lies in fragments: it is brought together, the payload stays where it is. */
static void header_in_fragments(void **state)
{
	for (u32 cut = 0; cut < 40; cut++) {
		u8 th[60] = { [12] = 10 << 4, [13] = ACK };
		struct sk_buff *skb = packet(th, cut, 0);
		u8 *buf = skb_buf_alloc();

		th[24] = TCPOPT_NOP;
		memcpy(buf, th + cut, sizeof(th) - cut);
		skb->end = skb->tail;
		assert_int_equal(skb_add_frag(skb, buf, (u32)sizeof(th) - cut), 0);
		assert_int_equal(tcp_parse(skb), NR_DROP_REASONS);
		assert_true(skb_headlen(skb) >= 40);
		assert_int_equal(skb->len, 60);
		assert_int_equal(TCP_SKB_CB(skb)->end_seq, 20);
		consume_skb(skb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(options_one_by_one), tcp_test(options_cut_anywhere),
		tcp_test(options_at_random),  tcp_test(header_lengths),
		tcp_test(header_fields),      tcp_test(header_in_fragments),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
