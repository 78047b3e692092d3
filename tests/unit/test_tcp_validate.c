/*
 * What is let in: PAWS (RFC 7323 §5) with its exceptions, and how often we answer what is not
 * (RFC 5961 §7). The rules for RST, SYN and sequence in each state are test_tcp_input.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_input.h"

static const struct offer with_ts = { .irs = 0xfffffff0, .ts = true, .sack = true };

static void old_timestamps_are_refused(void **state)
{
	struct conn c = conn_passive(&with_ts);
	u64 count = MIB(PAWSEstab);

	c.tsval = 5010;
	seg(&c, ACK, 1, 1, 10);
	expect(&c, ACK, 1, 11, 0);
	c.tsval = 5008;
	seg(&c, ACK, 11, 1, 10);
	expect(&c, ACK, 1, 11, 0);
	assert_int_equal(MIB(PAWSEstab), count + 1);
	/* One tick back is let in: the clocks of two processors. */
	c.tsval = 5009;
	seg(&c, ACK, 11, 1, 10);
	expect(&c, ACK, 1, 21, 0);
	assert_int_equal(read_stream(&c, 1, 100), 20);
	conn_kill(&c);
}

static void timestamps_wrap(void **state)
{
	struct conn c = conn_passive(&with_ts);

	c.tsval = 0x7ffffff0;
	seg(&c, ACK, 1, 1, 10);
	c.tsval = 0xfffffff0;
	seg(&c, ACK, 11, 1, 10);
	c.tsval = 5;
	seg(&c, ACK, 21, 1, 10);
	assert_int_equal(conn_tp(&c)->ts_recent, 5);
	c.tsval = 0xfffffff0;
	seg(&c, ACK, 31, 1, 10);
	assert_int_equal(read_stream(&c, 1, 100), 30);
	conn_kill(&c);
}

/* RFC 7323 §5.5. */
static void idle_for_24_days(void **state)
{
	struct conn c = conn_passive(&with_ts);
	u64 day = 86400 * SECOND;

	c.tsval = 0x40000000;
	seg(&c, ACK, 1, 1, 10);
	drain(&c);
	advance(23 * day);
	c.tsval = 0x3fff0000;
	seg(&c, ACK, 11, 1, 10);
	assert_int_equal(read_stream(&c, 1, 100), 10);
	advance(2 * day);
	seg(&c, ACK, 11, 1, 10);
	assert_int_equal(read_stream(&c, 11, 100), 10);
	assert_int_equal(conn_tp(&c)->ts_recent, 0x3fff0000);
	conn_kill(&c);
}

/* RFC 7323 §5.2: PAWS is not for RST. */
static void reset_with_an_old_timestamp(void **state)
{
	struct conn c = conn_passive(&with_ts);

	c.tsval = 1;
	seg(&c, RST, 1, 1, 0);
	assert_int_equal(conn_state(&c), TCP_CLOSE);
	conn_kill(&c);
}

/* A duplicate ACK that was overtaken is not answered: that would be one for the peer. */
static void disordered_acks_are_let_be(void **state)
{
	struct conn c = conn_passive(&with_ts);
	u64 count = MIB(PAWSEstab);

	c.tsval = 5100;
	seg(&c, ACK, 1, 1, 10);
	seg(&c, ACK, 11, 1, 0);
	drain(&c);
	c.tsval = 5050;
	seg(&c, ACK, 11, 1, 0);
	expect_nothing(&c);
	assert_int_equal(MIB(PAWSEstab), count);
	/* Too old for that. */
	c.tsval = 3000;
	seg(&c, ACK, 11, 1, 0);
	expect(&c, ACK, 1, 11, 0);
	assert_int_equal(MIB(PAWSEstab), count + 1);
	conn_kill(&c);
}

/* RFC 7323 §4.3: of segments out of order it is the first's that is echoed. */
static void the_echo(void **state)
{
	struct conn c = conn_passive(&with_ts);
	struct segment s;

	c.tsval = 5100;
	seg(&c, ACK, 101, 1, 100);
	s = expect(&c, ACK, 1, 1, 0);
	assert_int_equal(s.options.rcv_tsecr, 5000);
	c.tsval = 5200;
	seg(&c, ACK, 1, 1, 100);
	s = expect(&c, ACK, 1, 201, 0);
	assert_int_equal(s.options.rcv_tsecr, 5200);
	/* A repeated one must not turn it back. */
	c.tsval = 5199;
	seg(&c, ACK, 1, 1, 100);
	s = expect(&c, ACK, 1, 201, 0);
	assert_int_equal(s.options.rcv_tsecr, 5200);
	conn_kill(&c);
}

static void without_a_timestamp(void **state)
{
	struct conn c = conn_passive(&with_ts);

	c.ts = false;
	seg(&c, ACK, 1, 1, 10);
	drain(&c);
	assert_int_equal(read_stream(&c, 1, 100), 10);
	conn_kill(&c);
}

/* ---- how often ---- */

static void answers_are_limited(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	u64 skipped = MIB(TCPACKSkippedSeq), challenges = MIB(TCPACKSkippedChallenge);

	seg(&c, ACK, (u32)-1000, 1, 0);
	expect(&c, ACK, 1, 1, 0);
	for (u32 i = 0; i < 10; i++)
		seg(&c, ACK, (u32)-1000, 1, 0);
	seg(&c, SYN, 5, 0, 0);
	seg(&c, RST, 5, 0, 0);
	expect_nothing(&c);
	assert_int_equal(MIB(TCPACKSkippedSeq), skipped + 10);
	assert_int_equal(MIB(TCPACKSkippedChallenge), challenges + 2);
	advance(501 * MSEC);
	seg(&c, SYN, 5, 0, 0);
	expect(&c, ACK, 1, 1, 0);
	/* Data is no part of an exchange of ACKs. */
	for (u32 i = 0; i < 3; i++) {
		seg(&c, ACK, (u32)-1000, 1, 10);
		expect(&c, ACK, 1, 1, 0);
	}
	conn_kill(&c);
}

static void no_limit_for_the_sock(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_invalid_ratelimit", "0"), 0);
	for (u32 i = 0; i < 3; i++) {
		seg(&c, SYN, 5, 0, 0);
		expect(&c, ACK, 1, 1, 0);
	}
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_invalid_ratelimit", "500"), 0);
	conn_kill(&c);
}

/* RFC 5961 §7: a limit for the host, whose exact number nobody can count on. */
static void limit_of_the_host(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });
	u32 sent[3] = { 0 };

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_invalid_ratelimit", "0"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_challenge_ack_limit", "100"), 0);
	for (u32 i = 0; i < 3; i++) {
		advance(1500 * MSEC);
		for (u32 n = 0; n < 400; n++) {
			seg(&c, SYN, 5, 0, 0);
			sent[i] += drain(&c);
		}
		assert_true(sent[i] >= 50 && sent[i] < 150);
	}
	assert_true(sent[0] != sent[1] || sent[1] != sent[2]);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_invalid_ratelimit", "500"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_challenge_ack_limit", "2147483647"), 0);
	conn_kill(&c);
}

/* ---- the sum, apart ---- */

static void paws_of_what_has_no_sock(void **state)
{
	struct tcp_options_received opt = { .saw_tstamp = true, .rcv_tsval = 99 };
	u32 now = (u32)(skbox_now() / SECOND);

	assert_true(tcp_paws_reject(100, now, &opt, false));
	assert_true(tcp_paws_reject(100, now, &opt, true));
	/* A RST of one that has booted: after an MSL. */
	assert_false(tcp_paws_reject(100, now - TCP_PAWS_MSL_S, &opt, true));
	assert_true(tcp_paws_reject(100, now - TCP_PAWS_MSL_S, &opt, false));
	assert_false(tcp_paws_reject(100, now - TCP_PAWS_24DAYS_S, &opt, false));
	assert_false(tcp_paws_reject(99, now, &opt, false));
	assert_false(tcp_paws_reject(0, now, &opt, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(old_timestamps_are_refused), tcp_test(timestamps_wrap),
		tcp_test(idle_for_24_days),	      tcp_test(reset_with_an_old_timestamp),
		tcp_test(disordered_acks_are_let_be), tcp_test(the_echo),
		tcp_test(without_a_timestamp),	      tcp_test(answers_are_limited),
		tcp_test(no_limit_for_the_sock),      tcp_test(limit_of_the_host),
		tcp_test(paws_of_what_has_no_sock),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
