/*
 * What the sender puts on the wire and when it holds back: options, pushes, Nagle and corks, the
 * silly window, bursts and windows, FIN, urgent data, ECN, pacing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_output.h"

static u8 data[1 << 20];

static void set(const struct conn *c, int level, int name, int value)
{
	assert_int_equal(skbox_setsockopt(c->fd, level, name, &value, sizeof(value)), 0);
}

static void send_bytes(struct conn *c, u32 len, int flags)
{
	assert_int_equal(skbox_sendto(c->fd, data, len, flags, NULL, 0), len);
}

static void ack(struct conn *c, u32 n, u16 win)
{
	seg_in(c, &(struct segment){ .flags = ACK, .seq = 1, .ack = n, .win = win });
}

static struct conn open_1000(void)
{
	return conn_active(&(struct offer){ .mss = 1000, .sack = true });
}

/* ---- options ---- */

struct option_case {
	struct tcp_out_options opt;
	u32 len;
	u8 bytes[40];
};

static const struct tcp_sack_block blocks[4] = {
	{ 0x01020304, 0x05060708 }, { 0x11121314, 0x15161718 }, { 1, 2 }, { 3, 4 }
};
static const u8 cookie[] = { 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8 };

static const struct option_case option_cases[] = {
	/* a SYN as Linux has it */
	{ { .mss = 1460,
	    .tstamp = true,
	    .tsval = 0x01020304,
	    .tsecr = 0,
	    .sack_ok = true,
	    .has_wscale = true,
	    .wscale = 7,
	    .fastopen_len = -1 },
	  20,
	  { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7 } },
	{ { .mss = 1460, .tstamp = true, .tsval = 1, .tsecr = 2, .fastopen_len = -1 },
	  16,
	  { 2, 4, 5, 0xb4, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 } },
	{ { .mss = 536, .sack_ok = true, .fastopen_len = -1 }, 8, { 2, 4, 2, 24, 1, 1, 4, 2 } },
	{ { .mss = 536, .has_wscale = true, .wscale = 14, .fastopen_len = -1 },
	  8,
	  { 2, 4, 2, 24, 1, 3, 3, 14 } },
	{ { .mss = 88, .fastopen_len = -1 }, 4, { 2, 4, 0, 88 } },
	/* fast open: a request, a cookie, and the experimental form */
	{ { .mss = 1460, .fastopen_len = 0, .fastopen_cookie = cookie },
	  8,
	  { 2, 4, 5, 0xb4, 34, 2, 1, 1 } },
	{ { .mss = 1460,
	    .sack_ok = true,
	    .tstamp = true,
	    .has_wscale = true,
	    .wscale = 7,
	    .fastopen_len = 8,
	    .fastopen_cookie = cookie },
	  32,
	  { 2, 4, 5, 0xb4, 4,  2,  8,	 10,   0,    0,	   0,	 0,    0,    0,	   0, 0,
	    1, 3, 3, 7,	   34, 10, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 1, 1 } },
	{ { .mss = 1460, .fastopen_len = 4, .fastopen_exp = true, .fastopen_cookie = cookie },
	  12,
	  { 2, 4, 5, 0xb4, 254, 8, 0xf9, 0x89, 0xa1, 0xa2, 0xa3, 0xa4 } },
	/* later */
	{ { .tstamp = true, .tsval = 0x0a0b0c0d, .tsecr = 0x01020304 },
	  12,
	  { 1, 1, 8, 10, 10, 11, 12, 13, 1, 2, 3, 4 } },
	{ { .num_sacks = 1, .sacks = blocks }, 12, { 1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ { .tstamp = true, .tsval = 1, .tsecr = 2, .num_sacks = 2, .sacks = blocks },
	  32,
	  { 1, 1, 8, 10, 0, 0, 0, 1, 0,	 0,  0,	 2,  1,	 1,  5,	 18,
	    1, 2, 3, 4,	 5, 6, 7, 8, 17, 18, 19, 20, 21, 22, 23, 24 } },
	{ { .num_sacks = 2, .dsack = true, .dsack_block = { 9, 10 }, .sacks = blocks },
	  20,
	  { 1, 1, 5, 18, 0, 0, 0, 9, 0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ { 0 }, 0, { 0 } },
};

static void test_option_bytes(void **state)
{
	u8 buf[64];

	for (size_t i = 0; i < sizeof(option_cases) / sizeof(option_cases[0]); i++) {
		const struct option_case *t = &option_cases[i];

		memset(buf, 0xee, sizeof(buf));
		assert_int_equal(tcp_options_write(buf, &t->opt), t->len);
		assert_memory_equal(buf, t->bytes, t->len);
		assert_int_equal(buf[t->len], 0xee);
	}
}

static void test_options_of_a_connection(void **state)
{
	struct conn c =
		conn_active(&(struct offer){ .mss = 1000, .sack = true, .ts = true, .wscale = 8 });
	struct segment s;

	send_bytes(&c, 10, 0);
	s = expect(&c, PSH | ACK, 1, 1, 10);
	assert_true(s.options.saw_tstamp);
	assert_int_equal(s.options.rcv_tsecr, c.tsval);
	conn_kill(&c);
}

/* ---- bursts, pushes ---- */

static void test_initial_window(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 20000, 0);
	/* Ten segments: RFC 6928. */
	for (u32 i = 0; i < 10; i++) {
		struct segment s;

		assert_true(seg_out(&c, &s));
		assert_int_equal(s.seq, 1 + i * 1000);
		assert_int_equal(s.len, 1000);
	}
	expect_nothing(&c);
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_CWND);
	ack(&c, 2001, 60000);
	assert_int_equal(drain(&c), 4); /* slow start: two for each */
	conn_kill(&c);
}

static void test_push_ends_a_write(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 2500, 0);
	expect(&c, ACK, 1, 1, 1000);
	expect(&c, ACK, 1001, 1, 1000);
	expect(&c, PSH | ACK, 2001, 1, 500);
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_APP);
	/* Now Nagle's test holds back what is behind the last full segment, which ends a burst. */
	send_bytes(&c, 2500, 0);
	expect(&c, ACK, 2501, 1, 1000);
	expect(&c, PSH | ACK, 3501, 1, 1000);
	expect_nothing(&c);
	ack(&c, 2501, 60000);
	expect(&c, PSH | ACK, 4501, 1, 500);
	conn_kill(&c);
}

static void test_receiver_window(void **state)
{
	struct conn c = open_1000();

	ack(&c, 1, 3500);
	send_bytes(&c, 8000, 0);
	assert_int_equal(drain(&c), 4); /* all of it, for nothing is on its way */
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_RWND);
	/* From now on half a segment is not worth it (RFC 1122 §4.2.3.4). */
	advance(2 * MSEC);
	ack(&c, 1001, 3700);
	expect(&c, ACK, 3501, 1, 1000);
	expect_nothing(&c);
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_SWS);
	ack(&c, 1001, 10000);
	assert_int_equal(drain(&c), 3); /* Nagle has the rest */
	conn_kill(&c);
}

/* Bytes of large writes with TSO off and on are cut alike. */
static void test_bursts_off(void **state)
{
	struct conn c;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_tso", "0"), 0);
	c = open_1000();
	send_bytes(&c, 5000, 0);
	for (u32 i = 0; i < 5; i++)
		expect(&c, i == 4 ? PSH | ACK : ACK, 1 + i * 1000, 1, 1000);
	conn_kill(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_tso", "1"), 0);
}

/* ---- Nagle, corks ---- */

static void test_nagle(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 100, 0);
	expect(&c, PSH | ACK, 1, 1, 100);
	send_bytes(&c, 100, 0);
	send_bytes(&c, 100, 0);
	expect_nothing(&c);
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_NAGLE);
	ack(&c, 101, 60000);
	expect(&c, PSH | ACK, 101, 1, 200);
	conn_kill(&c);
}

/* Minshall: full segments on their way do not hold a small one back; a small one does. */
static void test_minshall(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 1000, 0);
	expect(&c, PSH | ACK, 1, 1, 1000);
	send_bytes(&c, 100, 0);
	expect(&c, PSH | ACK, 1001, 1, 100);
	send_bytes(&c, 100, 0);
	expect_nothing(&c);
	send_bytes(&c, 900, 0); /* makes it full */
	expect(&c, PSH | ACK, 1101, 1, 1000);
	conn_kill(&c);
}

static void test_nodelay(void **state)
{
	struct conn c = open_1000();

	set(&c, IPPROTO_TCP, TCP_NODELAY, 1);
	for (u32 i = 0; i < 5; i++) {
		send_bytes(&c, 10, 0);
		expect(&c, PSH | ACK, 1 + i * 10, 1, 10);
	}
	conn_kill(&c);
}

static void test_nodelay_lets_go(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 10, 0);
	expect(&c, PSH | ACK, 1, 1, 10);
	send_bytes(&c, 10, 0);
	expect_nothing(&c);
	set(&c, IPPROTO_TCP, TCP_NODELAY, 1);
	expect(&c, PSH | ACK, 11, 1, 10);
	conn_kill(&c);
}

static void test_cork(void **state)
{
	struct conn c = open_1000();

	set(&c, IPPROTO_TCP, TCP_CORK, 1);
	send_bytes(&c, 400, 0);
	send_bytes(&c, 400, 0);
	expect_nothing(&c);
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_CORK);
	send_bytes(&c, 400, 0);
	expect(&c, ACK, 1, 1, 1000);
	expect_nothing(&c);
	set(&c, IPPROTO_TCP, TCP_CORK, 0);
	expect(&c, PSH | ACK, 1001, 1, 200);
	conn_kill(&c);
}

/* What is corked waits for the probe timer at the longest (200 ms, as on Linux). */
static void test_cork_is_not_for_ever(void **state)
{
	struct conn c = open_1000();

	set(&c, IPPROTO_TCP, TCP_CORK, 1);
	send_bytes(&c, 400, 0);
	advance(195 * MSEC);
	expect_nothing(&c);
	advance(10 * MSEC);
	expect(&c, PSH | ACK, 1, 1, 400);
	conn_kill(&c);
}

static void test_msg_more(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 100, MSG_MORE);
	send_bytes(&c, 100, MSG_MORE);
	expect_nothing(&c);
	send_bytes(&c, 100, 0);
	expect(&c, PSH | ACK, 1, 1, 300);
	conn_kill(&c);
}

/* ---- the ends ---- */

static void test_fin_rides_on_data(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 100, 0);
	expect(&c, PSH | ACK, 1, 1, 100);
	send_bytes(&c, 100, 0); /* Nagle */
	assert_int_equal(skbox_shutdown(c.fd, 1), 0);
	expect(&c, FIN | PSH | ACK, 101, 1, 100);
	ack(&c, 202, 60000);
	assert_int_equal(conn_state(&c), TCP_FIN_WAIT2);
	conn_kill(&c);
}

static void test_fin_alone(void **state)
{
	struct conn c = open_1000();

	assert_int_equal(skbox_shutdown(c.fd, 1), 0);
	expect(&c, FIN | ACK, 1, 1, 0);
	conn_kill(&c);
}

/* The last FIN need not wait for the congestion window. */
static void test_fin_beyond_cwnd(void **state)
{
	struct conn c = open_1000();

	send_bytes(&c, 10000, 0);
	assert_int_equal(drain(&c), 10);
	assert_int_equal(skbox_shutdown(c.fd, 1), 0);
	expect(&c, FIN | ACK, 10001, 1, 0);
	conn_kill(&c);
}

static void test_urgent_pointer(void **state)
{
	struct conn c = open_1000();
	struct segment s;

	send_bytes(&c, 10, MSG_OOB);
	s = expect(&c, PSH | ACK | URG, 1, 1, 10);
	assert_int_equal(s.urg, 10); /* behind the last byte, as BSD and Linux say it */
	ack(&c, 11, 60000);
	send_bytes(&c, 10, 0);
	s = expect(&c, PSH | ACK, 11, 1, 10);
	assert_int_equal(s.urg, 0);
	conn_kill(&c);
}

/* ---- ECN, RFC 3168 §6.1 ---- */

static void test_ecn(void **state)
{
	struct conn c;
	struct segment s;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", "1"), 0);
	c = conn_active(&(struct offer){ .mss = 1000, .sack = true, .flags = ECE });
	send_bytes(&c, 20000, 0);
	for (u32 i = 0; i < 10; i++) {
		assert_true(seg_out(&c, &s));
		assert_int_equal(s.tos & 3, 2); /* ECT(0) */
		assert_int_equal(s.flags & (ECE | CWR), 0);
	}
	seg_in(&c, &(struct segment){ .flags = ACK | ECE, .seq = 1, .ack = 2001, .win = 60000 });
	seg_in(&c, &(struct segment){ .flags = ACK | ECE, .seq = 1, .ack = 8001, .win = 60000 });
	/* The next new data says CWR, once. */
	assert_true(seg_out(&c, &s));
	assert_int_equal(s.flags & CWR, CWR);
	assert_int_equal(s.tos & 3, 2);
	while (seg_out(&c, &s))
		assert_int_equal(s.flags & CWR, 0);
	/* What is repeated is not marked, nor are ACKs. */
	advance(300 * MSEC);
	assert_true(seg_out(&c, &s));
	if (s.seq < 12000)
		assert_int_equal(s.tos & 3, 0);
	drain(&c);
	seg(&c, PSH | ACK, 1, 8001, 10);
	advance(50 * MSEC);
	while (seg_out(&c, &s))
		if (!s.len)
			assert_int_equal(s.tos & 3, 0);
	conn_kill(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", "2"), 0);
}

/* ---- pacing ---- */

/* SO_MAX_PACING_RATE holds, however coarse the timer. */
static void test_max_pacing_rate(void **state)
{
	struct conn c = conn_active(
		&(struct offer){ .mss = 1000, .sack = true, .wscale = 8, .win = 65535 });
	u32 rate = 1000000, acked = 1, sent = 1;
	struct segment s;
	u64 start;

	assert_int_equal(skbox_setsockopt(c.fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, 4), 0);
	start = skbox_now();
	while (skbox_now() - start < 2 * SECOND) {
		long n;

		do
			n = skbox_sendto(c.fd, data, 10000, MSG_DONTWAIT, NULL, 0);
		while (n > 0);
		advance(MSEC);
		while (seg_out(&c, &s))
			sent = max(sent, s.seq + s.len);
		if (sent != acked)
			ack(&c, sent, 10000);
		acked = sent;
		while (seg_out(&c, &s))
			sent = max(sent, s.seq + s.len);
	}
	assert_in_range(sent, 2 * rate / 100 * 95, 2 * rate / 100 * 103 + 20000);
	conn_kill(&c);
}

/* ---- content ---- */

/* Random writes, ACKs and losses: what was sent is what was written. */
static void test_bytes_survive(void **state)
{
	static u8 got[1 << 20];
	struct conn c = open_1000();
	u32 written = 0, top = 1, total = 300000;
	struct segment s;

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)tcp_random();
	while (top <= total) {
		long n = 0;

		if (written < total)
			n = skbox_sendto(c.fd, data + written,
					 min(tcp_random() % 9000 + 1, total - written),
					 MSG_DONTWAIT | (tcp_random() & 3 ? 0 : MSG_MORE), NULL, 0);
		if (n > 0)
			written += (u32)n;
		while (seg_out(&c, &s)) {
			if (tcp_random() % 10 == 0 || s.seq > top)
				continue; /* lost, or beyond a hole: no SACK here */
			memcpy(got + s.seq - 1, s.payload, s.len);
			top = max(top, s.seq + s.len);
		}
		advance((tcp_random() % 30) * MSEC);
		ack(&c, top, (u16)(3000 + tcp_random() % 60000));
		assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	}
	assert_memory_equal(got, data, total);
	conn_kill(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(test_option_bytes),
		tcp_test(test_options_of_a_connection),
		tcp_test(test_initial_window),
		tcp_test(test_push_ends_a_write),
		tcp_test(test_receiver_window),
		tcp_test(test_bursts_off),
		tcp_test(test_nagle),
		tcp_test(test_minshall),
		tcp_test(test_nodelay),
		tcp_test(test_nodelay_lets_go),
		tcp_test(test_cork),
		tcp_test(test_cork_is_not_for_ever),
		tcp_test(test_msg_more),
		tcp_test(test_fin_rides_on_data),
		tcp_test(test_fin_alone),
		tcp_test(test_fin_beyond_cwnd),
		tcp_test(test_urgent_pointer),
		tcp_test(test_ecn),
		tcp_test(test_max_pacing_rate),
		tcp_test(test_bytes_survive),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
