/*
 * The numbers by which the tests' relay throws its dice: the same segment has the same one,
 * whatever was sent in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/types.h"
#include "tests/relay/segment.h"

#define SYN 0x02
#define ACK 0x10
#define ISN 0xfffffff0u /* so that numbers wrap */
#define IRS 5000u

static void put32(u8 *p, u32 v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (u8)(v >> (24 - 8 * i));
}

/* A segment from @port, its numbers relative to where they begin. */
static u64 segment(struct segments *s, u16 port, u8 flags, u32 seq, u32 ack, u32 len)
{
	struct frame f = { .len = 14 + 40 + len };
	u8 *ip = f.data + 14, *th = ip + 20;

	f.data[12] = 0x08;
	ip[0] = 0x45;
	ip[2] = (u8)((40 + len) >> 8);
	ip[3] = (u8)(40 + len);
	ip[9] = 6;
	put32(th, (u32)port << 16 | 5201);
	put32(th + 4, ISN + seq);
	put32(th + 8, IRS + ack);
	th[12] = 0x50;
	th[13] = flags;
	return segment_number(s, &f);
}

static u64 arp(struct segments *s)
{
	const struct frame f = { .len = 60, .data = { [12] = 0x08, [13] = 0x06 } };

	return segment_number(s, &f);
}

static void data_is_known_by_its_place(void **state)
{
	struct segments a = { 0 }, b = { 0 };

	segment(&a, 1, SYN, 0, 0, 0);
	arp(&b);
	segment(&b, 2, SYN, 0, 0, 0);
	segment(&b, 2, ACK, 1, 1, 0);
	for (u32 seq = 1; seq < 100000; seq += 1000)
		assert_true(segment(&a, 1, ACK, seq, 1, 1000) == segment(&b, 2, ACK, seq, 1, 1000));
}

static void acks_are_known_by_what_they_acknowledge(void **state)
{
	struct segments a = { 0 }, b = { 0 };

	segment(&a, 1, SYN | ACK, 0, 1, 0);
	segment(&b, 1, SYN | ACK, 0, 1, 0);
	for (u32 ack = 1001; ack < 100000; ack += 2000) {
		segment(&a, 1, ACK, 1, ack, 0);
		assert_true(segment(&a, 1, ACK, 1, ack + 1000, 0) ==
			    segment(&b, 1, ACK, 1, ack + 1000, 0));
	}
}

static void what_comes_again_is_another(void **state)
{
	struct segments s = { 0 };
	u64 seen[6];

	segment(&s, 1, SYN, 0, 0, 0);
	seen[0] = segment(&s, 1, ACK, 1, 1, 0);
	seen[1] = segment(&s, 1, ACK, 1, 1, 1000);
	seen[2] = segment(&s, 1, ACK, 1, 1, 1000);
	seen[3] = segment(&s, 1, ACK, 1001, 1, 0);
	seen[4] = segment(&s, 1, ACK, 1001, 1001, 0);
	seen[5] = segment(&s, 1, ACK, 1001, 1001, 0);
	for (u32 i = 0; i < 6; i++)
		for (u32 j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
}

static void connections_are_told_apart(void **state)
{
	struct segments s = { 0 };

	segment(&s, 1, SYN, 0, 0, 0);
	segment(&s, 2, SYN, 0, 0, 0);
	assert_true(segment(&s, 1, ACK, 1, 1, 10) != segment(&s, 2, ACK, 1, 1, 10));
	for (u16 port = 3; port < 2 * SEGMENT_FLOWS; port++)
		segment(&s, port, SYN, 0, 0, 0);
	assert_int_equal(s.nr, SEGMENT_FLOWS);
	assert_true(segment(&s, 1, ACK, 11, 1, 10) != arp(&s));
}

static void frames_that_are_cut_short(void **state)
{
	struct segments s = { 0 };
	struct frame f = { .data = { [12] = 0x08, [14] = 0x45, [17] = 60, [23] = 6, [46] = 0xf0 } };
	u64 last = arp(&s);

	for (u32 len = 0; len < 90; len++) {
		f.len = len;
		assert_true(segment_number(&s, &f) == ++last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_is_known_by_its_place),
		cmocka_unit_test(acks_are_known_by_what_they_acknowledge),
		cmocka_unit_test(what_comes_again_is_another),
		cmocka_unit_test(connections_are_told_apart),
		cmocka_unit_test(frames_that_are_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
