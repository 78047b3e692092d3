/*
 * When we acknowledge: quick at first, every second segment, 40 ms later at most, with the answer
 * in a conversation, at once around holes. And the receiver's halves of urgent data and ECN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_input.h"

#define MSS 1000

/* A buffer of fixed size: growth of the window makes ACKs quick, too. */
static const struct offer fixed = { .mss = MSS, .rcvbuf = 65536, .sack = true };

/* The beginning of slow start is over: the quick ACKs are used up, the interval is known. */
static u32 past_quickacks(struct conn *c)
{
	u32 at = 1;

	for (u32 i = 0; i < 80; i++, at += MSS) {
		seg(c, ACK, at, 1, MSS);
		read_stream(c, at, MSS);
		advance(i < 40 ? MSEC : 0);
	}
	advance(100 * MSEC);
	drain(c);
	conn_tp(c)->quick = 0;
	return at;
}

static void quick_at_first(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 n;

	/* As many as half the window has segments, sixteen at most. */
	for (n = 0; n < 16; n++) {
		seg(&c, ACK, 1 + n * MSS, 1, MSS);
		expect(&c, ACK, 1, 1 + (n + 1) * MSS, 0);
		read_stream(&c, 1 + n * MSS, MSS);
	}
	conn_kill(&c);
}

static void every_second_segment(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c);

	for (u32 i = 0; i < 10; i++, at += 2 * MSS) {
		conn_tp(&c)->quick = 0;
		seg(&c, ACK, at, 1, MSS);
		read_stream(&c, at, MSS);
		expect_nothing(&c);
		seg(&c, ACK, at + MSS, 1, MSS);
		read_stream(&c, at + MSS, MSS);
		expect(&c, ACK, 1, at + 2 * MSS, 0);
	}
	conn_kill(&c);
}

static void one_segment_waits_40_ms(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c);
	u64 delayed = MIB(DelayedACKs);

	conn_tp(&c)->ato_us = TCP_ATO_MIN_US;
	seg(&c, ACK, at, 1, MSS);
	advance(39 * MSEC);
	expect_nothing(&c);
	advance(3 * MSEC);
	expect(&c, ACK, 1, at + MSS, 0);
	assert_int_equal(MIB(DelayedACKs), delayed + 1);
	advance(SECOND);
	expect_nothing(&c);
	conn_kill(&c);
}

/* A missed one: segments come more slowly than we thought; but never more than 200 ms. */
static void wait_grows_to_200_ms(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c);

	conn_tp(&c)->ato_us = 10 * SECOND / 1000;
	conn_tp(&c)->srtt_us = 0;
	seg(&c, ACK | PSH, at, 1, 100);
	advance(199 * MSEC);
	expect_nothing(&c);
	advance(3 * MSEC);
	expect(&c, ACK, 1, at + 100, 0);
	conn_kill(&c);
}

/* The task answers: the ACK goes with what it writes. */
static void conversation(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c), snd = 1;

	for (u32 i = 0; i < 5; i++) {
		seg(&c, ACK | PSH, at, snd, 100);
		if (i)
			expect_nothing(&c);
		at += 100;
		read_stream(&c, at - 100, 100);
		if (i)
			expect_nothing(&c);
		drain(&c);
		assert_int_equal(skbox_write(c.fd, "0123456789", 10), 10);
		expect(&c, ACK | PSH, snd, at, 10);
		snd += 10;
		advance(5 * MSEC);
		expect_nothing(&c);
	}
	/* No answer this time: 40 ms; and from then on not counted upon. */
	seg(&c, ACK | PSH, at, snd, 100);
	advance(45 * MSEC);
	expect(&c, ACK, snd, at + 100, 0);
	assert_int_equal(conn_tp(&c)->pingpong, 0);
	conn_kill(&c);
}

/* A small segment, read at once by a task that does not answer. */
static void reading_a_pushed_segment_lets_the_ack_go(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c);

	seg(&c, ACK | PSH, at, 1, 100);
	expect_nothing(&c);
	read_stream(&c, at, 1000);
	expect(&c, ACK, 1, at + 100, 0);
	conn_kill(&c);
}

static void at_once_around_holes(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c);

	seg(&c, ACK, at + MSS, 1, MSS);
	expect(&c, ACK, 1, at, 0);
	conn_tp(&c)->quick = 0;
	seg(&c, ACK, at + 3 * MSS, 1, MSS);
	expect(&c, ACK, 1, at, 0);
	conn_tp(&c)->quick = 0;
	seg(&c, ACK, at, 1, MSS);
	expect(&c, ACK, 1, at + 2 * MSS, 0);
	conn_tp(&c)->quick = 0;
	seg(&c, ACK, at + 2 * MSS, 1, MSS);
	expect(&c, ACK, 1, at + 4 * MSS, 0);
	conn_kill(&c);
}

/* Beyond the third, ACKs for segments out of order wait a millisecond for each other. */
static void acks_out_of_order_are_compressed(void **state)
{
	struct conn c = conn_passive(
		&(struct offer){ .mss = MSS, .rcvbuf = 65536, .sack = true, .ts = true });
	u64 count = MIB(TCPAckCompressed);
	u32 at = past_quickacks(&c);
	struct segment s;

	conn_tp(&c)->srtt_us = conn_tp(&c)->rcv_rtt_us = 100000 << 3;
	for (u32 i = 0; i < 3; i++) {
		seg(&c, ACK, at + (1 + i) * 500, 1, 500);
		expect(&c, ACK, 1, at, 0);
		conn_tp(&c)->quick = 0;
	}
	for (u32 i = 3; i < 20; i++) {
		seg(&c, ACK, at + (1 + i) * 500, 1, 500);
		conn_tp(&c)->quick = 0;
	}
	expect_nothing(&c);
	advance(3 * MSEC);
	s = expect(&c, ACK, 1, at, 0);
	assert_int_equal(s.options.sacks[0].end_seq - c.irs, at + 21 * 500);
	expect_nothing(&c);
	assert_int_equal(MIB(TCPAckCompressed), count + 16);
	/* A third block may not fit: what the others have grown by is told before. */
	seg(&c, ACK, at + 21 * 500, 1, 500);
	seg(&c, ACK, at + 30 * 500, 1, 500);
	expect_nothing(&c);
	seg(&c, ACK, at + 40 * 500, 1, 500);
	s = expect(&c, ACK, 1, at, 0);
	assert_int_equal(s.options.num_sacks, 2);
	advance(3 * MSEC);
	s = expect(&c, ACK, 1, at, 0);
	assert_int_equal(s.options.num_sacks, 3);
	/* The hole is filled: at once. */
	seg(&c, ACK, at + 22 * 500, 1, 500);
	expect_nothing(&c);
	seg(&c, ACK, at, 1, 500);
	expect(&c, ACK, 1, at + 23 * 500, 0);
	advance(10 * MSEC);
	expect_nothing(&c);
	conn_kill(&c);
}

static void quick_again_after_a_pause(void **state)
{
	struct conn c = conn_passive(&fixed);
	u32 at = past_quickacks(&c);

	advance(5 * SECOND);
	seg(&c, ACK, at, 1, MSS);
	expect(&c, ACK, 1, at + MSS, 0);
	conn_kill(&c);
}

static void quickack_option(void **state)
{
	struct conn c = conn_passive(&fixed);
	int on = 1, off = 0;

	assert_int_equal(skbox_setsockopt(c.fd, IPPROTO_TCP, TCP_QUICKACK, &off, 4), 0);
	seg(&c, ACK | PSH, 1, 1, 100);
	read_stream(&c, 1, 100);
	expect_nothing(&c);
	assert_int_equal(skbox_setsockopt(c.fd, IPPROTO_TCP, TCP_QUICKACK, &on, 4), 0);
	expect(&c, ACK, 1, 101, 0);
	conn_kill(&c);
}

/* What a full segment is, is learnt from what comes. */
static void full_segments_are_measured(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .mss = 1460 });
	struct tcp_sock *tp = conn_tp(&c);

	seg(&c, ACK, 1, 1, 1200);
	assert_int_equal(tp->rcv_mss, 1200);
	/* Smaller ones: not before two of the same size, without PSH, say so. */
	seg(&c, ACK | PSH, 1201, 1, 300);
	seg(&c, ACK, 1501, 1, 700);
	assert_int_equal(tp->rcv_mss, 1200);
	seg(&c, ACK, 2201, 1, 700);
	assert_int_equal(tp->rcv_mss, 700);
	conn_kill(&c);
}

/* ---- urgent data ---- */

static void urgent_in(struct conn *c, u32 seq, u32 len, u16 ptr)
{
	seg_in(c, &(struct segment){
			  .flags = ACK | URG | PSH, .seq = seq, .ack = 1, .len = len, .urg = ptr });
}

static bool at_mark(const struct conn *c)
{
	int at = -1;

	assert_int_equal(skbox_ioctl(c->fd, 0x8905, &at), 0); /* SIOCATMARK */
	return at;
}

static u32 polled(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN | POLLPRI };

	skbox_poll(&p, 1);
	return (u32)p.revents;
}

/* The pointer points behind the byte (RFC 1122's error, kept by RFC 6093 for what it is). */
static void urgent_byte_apart(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .irs = 0xfffffffa });
	u8 byte = 0;

	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), -EINVAL);
	urgent_in(&c, 1, 10, 5);
	assert_true(polled(&c) & POLLPRI);
	assert_false(at_mark(&c));
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), 1);
	assert_int_equal(byte, stream_byte(5));
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), -EINVAL);
	/* A read stops at the mark, and leaves the byte out. */
	assert_int_equal(read_stream(&c, 1, 100), 4);
	assert_true(at_mark(&c));
	assert_int_equal(read_stream(&c, 6, 100), 5);
	assert_false(at_mark(&c));
	conn_kill(&c);
}

static void urgent_byte_inline(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	int one = 1;

	assert_int_equal(skbox_setsockopt(c.fd, SOL_SOCKET, SO_OOBINLINE, &one, 4), 0);
	urgent_in(&c, 1, 10, 5);
	assert_int_equal(read_stream(&c, 1, 100), 4);
	assert_true(at_mark(&c));
	assert_int_equal(read_stream(&c, 5, 100), 6);
	conn_kill(&c);
}

static void urgent_pointer_as_rfc_1122(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	u8 byte;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_stdurg", "1"), 0);
	urgent_in(&c, 1, 10, 5);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), 1);
	assert_int_equal(byte, stream_byte(6));
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_stdurg", "0"), 0);
	conn_kill(&c);
}

/* The pointer comes before the byte that it names. */
static void urgent_byte_still_to_come(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	u8 byte;

	urgent_in(&c, 1, 10, 15);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), -EAGAIN);
	/* One whose header would lie where the byte is looked for. */
	seg(&c, ACK, 25, 1, 10);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), -EAGAIN);
	seg(&c, ACK, 11, 1, 14);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), 1);
	assert_int_equal(byte, stream_byte(15));
	assert_int_equal(read_stream(&c, 1, 100), 14);
	assert_int_equal(read_stream(&c, 16, 100), 19);
	conn_kill(&c);
}

/* A second mark takes the place of the first. */
static void urgent_twice(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	u8 byte;

	urgent_in(&c, 1, 10, 5);
	urgent_in(&c, 11, 10, 5);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), 1);
	assert_int_equal(byte, stream_byte(15));
	assert_int_equal(read_stream(&c, 1, 100), 14);
	assert_int_equal(read_stream(&c, 16, 100), 5);
	/* Old marks are none. */
	urgent_in(&c, 1, 10, 5);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), -EINVAL);
	conn_kill(&c);
}

/* At the mark, its byte taken, when the next comes. */
static void urgent_at_the_mark(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	u8 byte;

	urgent_in(&c, 1, 5, 5);
	assert_int_equal(read_stream(&c, 1, 100), 4);
	assert_int_equal(skbox_recvfrom(c.fd, &byte, 1, MSG_OOB, NULL, NULL), 1);
	assert_true(at_mark(&c));
	urgent_in(&c, 6, 5, 5);
	assert_int_equal(read_stream(&c, 6, 100), 4);
	assert_true(at_mark(&c));
	conn_kill(&c);
}

/* ---- ECN ---- */

static const struct offer with_ecn = { .flags = ECE | CWR, .mss = MSS };

static void ce_in(struct conn *c, u32 seq, u8 tos, u8 flags)
{
	seg_in(c, &(struct segment){
			  .flags = ACK | flags, .seq = seq, .ack = 1, .len = MSS, .tos = tos });
}

static void congestion_is_echoed_until_cwr(void **state)
{
	struct conn c = conn_passive(&with_ecn);

	assert_true(conn_tp(&c)->ecn_flags & TCP_ECN_OK);
	ce_in(&c, 1, 2, 0);
	expect(&c, ACK, 1, 1 + MSS, 0);
	ce_in(&c, 1 + MSS, 3, 0);
	expect(&c, ACK | ECE, 1, 1 + 2 * MSS, 0);
	ce_in(&c, 1 + 2 * MSS, 2, 0);
	expect(&c, ACK | ECE, 1, 1 + 3 * MSS, 0);
	ce_in(&c, 1 + 3 * MSS, 2, CWR);
	expect(&c, ACK, 1, 1 + 4 * MSS, 0);
	/* CWR and a new mark in one segment: the mark is news. */
	ce_in(&c, 1 + 4 * MSS, 3, CWR);
	expect(&c, ACK | ECE, 1, 1 + 5 * MSS, 0);
	conn_kill(&c);
}

static void marks_are_acknowledged_at_once(void **state)
{
	struct conn c = conn_passive(&with_ecn);
	u32 at = past_quickacks(&c);

	ce_in(&c, at, 3, 0);
	expect(&c, ACK | ECE, 1, at + MSS, 0);
	conn_kill(&c);
}

static void marks_out_of_order_count(void **state)
{
	struct conn c = conn_passive(&with_ecn);

	ce_in(&c, 1 + MSS, 3, 0);
	expect(&c, ACK | ECE, 1, 1, 0);
	conn_kill(&c);
}

static void no_ecn_unless_agreed(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .flags = CWR });

	assert_false(conn_tp(&c)->ecn_flags & TCP_ECN_OK);
	ce_in(&c, 1, 3, 0);
	expect(&c, ACK, 1, 1 + MSS, 0);
	conn_kill(&c);
}

/* RFC 3168 §6.1.1: only ECE in the SYN-ACK is a yes; a peer that mirrors the flags is none. */
static void ecn_in_the_synack(void **state)
{
	static const struct {
		u8 flags;
		bool ok;
	} cases[] = { { ECE, true }, { 0, false }, { ECE | CWR, false }, { CWR, false } };

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", "1"), 0);
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct conn c = conn_active(&(struct offer){ .flags = cases[i].flags });

		assert_int_equal(!!(conn_tp(&c)->ecn_flags & TCP_ECN_OK), cases[i].ok);
		conn_kill(&c);
	}
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", "2"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(quick_at_first),
		tcp_test(every_second_segment),
		tcp_test(one_segment_waits_40_ms),
		tcp_test(wait_grows_to_200_ms),
		tcp_test(conversation),
		tcp_test(reading_a_pushed_segment_lets_the_ack_go),
		tcp_test(at_once_around_holes),
		tcp_test(acks_out_of_order_are_compressed),
		tcp_test(quick_again_after_a_pause),
		tcp_test(quickack_option),
		tcp_test(full_segments_are_measured),
		tcp_test(urgent_byte_apart),
		tcp_test(urgent_byte_inline),
		tcp_test(urgent_pointer_as_rfc_1122),
		tcp_test(urgent_byte_still_to_come),
		tcp_test(urgent_twice),
		tcp_test(urgent_at_the_mark),
		tcp_test(congestion_is_echoed_until_cwr),
		tcp_test(marks_are_acknowledged_at_once),
		tcp_test(marks_out_of_order_count),
		tcp_test(no_ecn_unless_agreed),
		tcp_test(ecn_in_the_synack),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
