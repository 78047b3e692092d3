/*
 * The sender's timers, each against its RFC and Linux's numbers, on the moved clock: retransmission
 * and its end, SYNs, window probes, keepalive, TCP_USER_TIMEOUT, orphans, loss probes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_output.h"

static u8 data[65536];

/* What timers may be late. */
#define LATE_MS 4

/* Advances until something is sent, @max_ms at most; how long that took, -1: nothing was. */
static int ms_until_sent(struct conn *c, struct segment *s, u32 max_ms)
{
	u64 start = skbox_now(), end = start + max_ms * MSEC;

	while (!seg_out(c, s)) {
		u64 next = skbox_next_timer();

		if (next > end)
			return -1;
		advance(next > skbox_now() ? next - skbox_now() : MSEC);
	}
	return (int)((skbox_now() - start) / MSEC);
}

#define assert_ms(got, want) assert_in_range(got, want, (want) + LATE_MS)

/* The next segment comes after @ms, and is this one. */
static void expect_after(struct conn *c, u32 ms, u8 flags, u32 seq, u32 ack, u32 len)
{
	struct segment s;
	int got = ms_until_sent(c, &s, ms + 1000);

	if (got < 0)
		fail_msg("nothing was sent: after %u ms seq %u len %u was expected", ms, seq, len);
	assert_ms((u32)got, ms);
	assert_int_equal(s.flags, flags);
	assert_int_equal(s.seq, seq);
	assert_int_equal(s.ack, ack);
	assert_int_equal(s.len, len);
}

static int so_error(const struct conn *c)
{
	int err = 0;
	unsigned int len = sizeof(err);

	assert_int_equal(skbox_getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	return err;
}

static void set(const struct conn *c, int level, int name, int value)
{
	assert_int_equal(skbox_setsockopt(c->fd, level, name, &value, sizeof(value)), 0);
}

static void write_bytes(struct conn *c, u32 len)
{
	assert_int_equal(skbox_write(c->fd, data, len), len);
}

/* ---- RTO ---- */

static void test_rto_doubles_to_its_end(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });
	u32 rto = 200, n = 0;
	u64 timeouts = MIB(TCPAbortOnTimeout);
	struct segment s;
	int ms;

	write_bytes(&c, 1000);
	expect(&c, PSH | ACK, 1, 1, 1000);
	while ((ms = ms_until_sent(&c, &s, 130000)) >= 0) {
		assert_ms((u32)ms, rto);
		assert_int_equal(s.seq, 1);
		assert_int_equal(s.len, 1000);
		rto = min(rto * 2, 120000u);
		assert_int_equal(conn_tp(&c)->retransmits, ++n);
	}
	/* net.ipv4.tcp_retries2: not before 924.6 s, with the RTO that then fires */
	assert_int_equal(n, 16);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	assert_int_equal(conn_state(&c), TCP_CLOSE);
	assert_int_equal(MIB(TCPAbortOnTimeout), timeouts + 1);
	conn_close(&c);
}

/* RFC 6298 §5.7: back-off lasts until a round trip has been measured of what was sent once. */
static void test_rto_after_back_off(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });

	write_bytes(&c, 2000);
	expect(&c, ACK, 1, 1, 1000);
	expect(&c, PSH | ACK, 1001, 1, 1000);
	expect_after(&c, 200, ACK, 1, 1, 1000);
	expect_after(&c, 400, ACK, 1, 1, 1000);
	seg(&c, ACK, 1, 1001, 0);
	expect(&c, PSH | ACK, 1001, 1, 1000); /* lost, too: it was sent before the timeouts */
	expect_after(&c, 800, PSH | ACK, 1001, 1, 1000);
	seg(&c, ACK, 1, 2001, 0);
	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 2001, 1, 10);
	seg(&c, ACK, 1, 2011, 0);
	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 2011, 1, 10);
	expect_after(&c, 200, PSH | ACK, 2011, 1, 10);
	conn_kill(&c);
}

/* The timer is armed for the oldest segment: an ACK moves it, new data does not. */
static void test_rto_restarts_with_acks(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });

	write_bytes(&c, 2000);
	assert_int_equal(drain(&c), 2);
	advance(150 * MSEC);
	write_bytes(&c, 1000);
	expect(&c, PSH | ACK, 2001, 1, 1000);
	expect_after(&c, 50, ACK, 1, 1, 1000);
	conn_kill(&c);

	c = conn_active(&(struct offer){ .mss = 1000 });
	write_bytes(&c, 2000);
	assert_int_equal(drain(&c), 2);
	advance(10 * MSEC);
	seg(&c, ACK, 1, 1001, 0);
	expect_after(&c, 201, PSH | ACK, 1001, 1, 1000); /* srtt: 1.25 ms, on top of the floor */
	conn_kill(&c);
}

static void test_retries2(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });
	struct segment s;
	u32 n = 0;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_retries2", "3"), 0);
	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 1, 1, 10);
	while (ms_until_sent(&c, &s, 100000) >= 0)
		n++;
	assert_int_equal(n, 4); /* 0.2 + 0.4 + 0.8 + 1.6 after the first of them */
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_retries2", "15"), 0);
}

/* Three answers of the network in vain, and the route is asked for anew. */
static void test_thin_streams_stay_linear(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });

	set(&c, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1);
	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 1, 1, 10);
	seg(&c, ACK, 1, 11, 0);
	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 11, 1, 10);
	/* The first timeout ends the first slow start, which is never thin. */
	for (int i = 0; i < 7; i++)
		expect_after(&c, 200, PSH | ACK, 11, 1, 10);
	expect_after(&c, 400, PSH | ACK, 11, 1, 10);
	conn_kill(&c);
}

/* ---- SYN ---- */

static int connecting(struct conn *c, struct segment *syn)
{
	static u16 port = 40000;
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = PEER_IP };
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	*c = (struct conn){ .fd = fd, .peer = port++, .irs = 777 };
	sin.sin_port = htons(c->peer);
	assert_int_equal(skbox_connect(fd, &sin, sizeof(sin)), -EINPROGRESS);
	assert_true(seg_out(c, syn));
	assert_int_equal(syn->flags, SYN);
	assert_int_equal(syn->seq, 0);
	return fd;
}

static void test_syn_retries(void **state)
{
	struct segment s;
	struct conn c;
	int ms, want = 1000, n = 0;

	connecting(&c, &s);
	while ((ms = ms_until_sent(&c, &s, 65000)) >= 0) {
		assert_ms(ms, want);
		assert_int_equal(s.flags, SYN);
		assert_int_equal(s.options.mss, 1460);
		if (++n > 4) /* net.ipv4.tcp_syn_linear_timeouts */
			want *= 2;
	}
	assert_int_equal(n, 6 + 4); /* net.ipv4.tcp_syn_retries */
	assert_int_equal(want, 64000);
	advance(SECOND);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
}

static void test_syncnt(void **state)
{
	struct segment s;
	struct conn c;

	connecting(&c, &s);
	set(&c, IPPROTO_TCP, TCP_SYNCNT, 2);
	for (int n = 0; n < 5; n++) /* the end is when two with back-off would have ended: 7 s */
		assert_ms((u32)ms_until_sent(&c, &s, 2000), 1000);
	assert_int_equal(ms_until_sent(&c, &s, 10000), -1);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
}

/* RFC 3168 §6.1.1.1: whoever does not answer to ECN is asked without it. */
static void test_syn_falls_back_from_ecn(void **state)
{
	struct segment s;
	struct conn c;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", "1"), 0);
	c = (struct conn){ .fd = skbox_socket(AF_INET, SOCK_STREAM, 0), .peer = 41000 };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr.s_addr = PEER_IP,
				   .sin_port = htons(c.peer) };
	assert_int_equal(skbox_connect(c.fd, &sin, sizeof(sin)), -EINPROGRESS);
	assert_true(seg_out(&c, &s));
	assert_int_equal(s.flags, SYN | ECE | CWR);
	assert_int_equal(s.tos & 3, 0);
	assert_ms((u32)ms_until_sent(&c, &s, 2000), 1000);
	assert_int_equal(s.flags, SYN);
	conn_close(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", "2"), 0);
}

/* ---- the shut window ---- */

/* A connection with @queued bytes that wait for a window. */
static struct conn shut(u32 queued)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });

	seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 1, .zero_win = true });
	write_bytes(&c, queued);
	expect_nothing(&c);
	return c;
}

static void test_persist_for_ever(void **state)
{
	struct conn c = shut(500);
	u32 want = 200;

	for (int i = 0; i < 60; i++) {
		expect_after(&c, want, ACK, 0, 1, 0); /* below the window */
		seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 1, .zero_win = true });
		want = min(want * 2, 120000u);
		assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
		assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_PERSIST);
	}
	seg(&c, ACK, 1, 1, 0);
	expect(&c, PSH | ACK, 1, 1, 500);
	assert_int_equal(conn_tp(&c)->probes_out, 0);
	conn_kill(&c);
}

static void test_persist_dead_peer(void **state)
{
	struct conn c = shut(500);
	struct segment s;
	u32 want = 200, n = 0;
	int ms;

	while ((ms = ms_until_sent(&c, &s, 130000)) >= 0) {
		assert_ms((u32)ms, want);
		want = min(want * 2, 120000u);
		n++;
	}
	assert_int_equal(n, 15);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
}

static void test_persist_user_timeout(void **state)
{
	struct conn c = shut(500);
	u64 start = skbox_now();
	struct segment s;

	set(&c, IPPROTO_TCP, TCP_USER_TIMEOUT, 3000);
	while (ms_until_sent(&c, &s, 60000) >= 0)
		;
	/* It counts from the first probe. */
	assert_int_equal(so_error(&c), ETIMEDOUT);
	assert_in_range((skbox_now() - start) / MSEC, 3000, 3300);
	conn_close(&c);
}

/* RFC 9293 §3.8.6.2.1: less than a segment's window is used when nothing else is on its way. */
static void test_persist_small_window(void **state)
{
	struct conn c = shut(5000);

	seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 1, .win = 300 });
	expect_nothing(&c);
	assert_int_equal(conn_tp(&c)->limit, TCP_LIMIT_SWS);
	expect_after(&c, 200, PSH | ACK, 1, 1, 300);
	seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 301, .win = 5000 });
	assert_int_equal(drain(&c), 5);
	conn_kill(&c);
}

/* The peer takes back the window of what is on its way: one segment is the probe. */
static void test_window_shut_on_flight(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });
	u32 rto = 200;

	write_bytes(&c, 3000);
	assert_int_equal(drain(&c), 3);
	for (int i = 0; i < 30; i++) {
		seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 1, .zero_win = true });
		expect_after(&c, rto, ACK, 1, 1, 1000);
		rto = min(rto * 2, 120000u);
	}
	/* It answers: the connection lives on. */
	assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 3001, .win = 5000 });
	assert_int_equal(conn_tp(&c)->packets_out, 0);
	conn_kill(&c);
}

/* ---- keepalive ---- */

static struct conn kept_alive(void)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });

	set(&c, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	set(&c, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	set(&c, IPPROTO_TCP, TCP_KEEPCNT, 3);
	set(&c, SOL_SOCKET, SO_KEEPALIVE, 1);
	return c;
}

static void test_keepalive_dead_peer(void **state)
{
	struct conn c = kept_alive();

	expect_after(&c, 10000, ACK, 0, 1, 0);
	expect_after(&c, 5000, ACK, 0, 1, 0);
	expect_after(&c, 5000, ACK, 0, 1, 0);
	expect_after(&c, 5000, RST | ACK, 1, 1, 0);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
}

static void test_keepalive_answered(void **state)
{
	struct conn c = kept_alive();
	u64 before = MIB(TCPKeepAlive);

	for (int i = 0; i < 20; i++) {
		expect_after(&c, 10000, ACK, 0, 1, 0);
		seg(&c, ACK, 1, 1, 0);
	}
	assert_int_equal(MIB(TCPKeepAlive), before + 20);
	assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	set(&c, SOL_SOCKET, SO_KEEPALIVE, 0);
	advance(100 * SECOND);
	expect_nothing(&c);
	conn_kill(&c);
}

/* Data that comes counts as a sign of life; data on its way leaves it to the RTO. */
static void test_keepalive_waits(void **state)
{
	struct conn c = kept_alive();

	advance(7 * SECOND);
	seg(&c, ACK, 1, 1, 0);
	expect_after(&c, 10000, ACK, 0, 1, 0);
	conn_kill(&c);
}

static void test_keepalive_user_timeout(void **state)
{
	struct conn c = kept_alive();

	set(&c, IPPROTO_TCP, TCP_USER_TIMEOUT, 14000);
	expect_after(&c, 10000, ACK, 0, 1, 0);
	expect_after(&c, 5000, RST | ACK, 1, 1, 0);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
}

/* ---- TCP_USER_TIMEOUT, RFC 5482 ---- */

static void test_user_timeout(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });
	struct segment s;
	u32 n = 0;
	u64 first = 0;

	set(&c, IPPROTO_TCP, TCP_USER_TIMEOUT, 3000);
	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 1, 1, 10);
	while (ms_until_sent(&c, &s, 60000) >= 0) {
		if (!n++)
			first = skbox_now();
		assert_int_equal(s.seq, 1);
	}
	assert_int_equal(n, 4); /* 0.2, 0.6, 1.4, 3.0: and at 3.2 it is over */
	assert_in_range((skbox_now() - first) / MSEC, 2998, 3000 + 2 * LATE_MS);
	assert_int_equal(so_error(&c), ETIMEDOUT);
	conn_close(&c);
}

/* ---- orphans ---- */

static void test_orphan_with_data(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });
	struct segment s;
	u32 n = 0;

	write_bytes(&c, 10);
	expect(&c, PSH | ACK, 1, 1, 10);
	conn_close(&c);
	expect(&c, FIN | ACK, 11, 1, 0);
	while (ms_until_sent(&c, &s, 130000) >= 0)
		n++;
	assert_int_equal(n, 9); /* 8 doublings, by time */
	assert_int_equal(conn_state(&c), TCP_CLOSE);
}

static void test_orphan_with_a_shut_window(void **state)
{
	struct conn c = shut(500);
	struct segment s;
	u32 n = 0;

	conn_close(&c);
	while (ms_until_sent(&c, &s, 130000) >= 0)
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(conn_state(&c), TCP_CLOSE);
}

/* ---- loss probes, RFC 8985 §7 ---- */

/* With SACK and a round trip of 50 ms. */
static struct conn with_rtt(void)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000, .sack = true });

	for (u32 i = 0; i < 20; i++) {
		write_bytes(&c, 1000);
		assert_int_equal(drain(&c), 1);
		advance(50 * MSEC);
		seg_in(&c,
		       &(struct segment){
			       .flags = ACK, .seq = 1, .ack = 1 + (i + 1) * 1000, .win = 60000 });
	}
	return c;
}

static void test_tlp_of_a_flight(void **state)
{
	struct conn c = with_rtt();
	u32 pto = conn_tp(&c)->srtt_us / 8 * 2 / 1000 + 2;
	u64 probes = MIB(TCPLossProbes);
	u64 sent;

	write_bytes(&c, 3000);
	sent = skbox_now();
	assert_int_equal(drain(&c), 3);
	expect_after(&c, pto, PSH | ACK, 22001, 1, 1000);
	assert_int_equal(MIB(TCPLossProbes), probes + 1);
	assert_true(conn_tp(&c)->tlp_retrans);
	/* Then the RTO, from the probe on; no second probe. */
	assert_in_range((skbox_now() - sent) / MSEC, pto, pto + LATE_MS);
	expect_after(&c, tcp_sk(&conn_tp(&c)->sk)->rto_us / 1000, ACK, 20001, 1, 1000);
	conn_kill(&c);
}

/* One segment alone: its ACK may be delayed, so 200 ms more. RTO caps it. */
static void test_tlp_of_one_segment(void **state)
{
	struct conn c = with_rtt();
	u32 pto = conn_tp(&c)->srtt_us / 8 * 2 / 1000 + 200;

	pto = min(pto, conn_tp(&c)->rto_us / 1000);
	write_bytes(&c, 1000);
	assert_int_equal(drain(&c), 1);
	expect_after(&c, pto, PSH | ACK, 20001, 1, 1000);
	conn_kill(&c);
}

/* New data is the better probe, also beyond the congestion window. */
static void test_tlp_sends_new_data(void **state)
{
	struct conn c = with_rtt();
	u32 pto = conn_tp(&c)->srtt_us / 8 * 2 / 1000 + 2;

	conn_tp(&c)->snd_cwnd = 4;
	write_bytes(&c, 8000);
	assert_int_equal(drain(&c), 4);
	expect_after(&c, pto, ACK, 24001, 1, 1000);
	assert_false(conn_tp(&c)->tlp_retrans);
	conn_kill(&c);
}

static void test_no_tlp_without_sack(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });

	write_bytes(&c, 3000);
	assert_int_equal(drain(&c), 3);
	expect_after(&c, 200, ACK, 1, 1, 1000);
	conn_kill(&c);
}

/* The routing cache's collector has a timer too, which is not to be waited for here. */
static int setup(void **state)
{
	int err = tcplab_setup(state);

	return err ? err : skbox_sysctl("net.ipv4.rt_cache_rebuild_count", "-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(test_rto_doubles_to_its_end),
		tcp_test(test_rto_after_back_off),
		tcp_test(test_rto_restarts_with_acks),
		tcp_test(test_retries2),
		tcp_test(test_thin_streams_stay_linear),
		tcp_test(test_syn_retries),
		tcp_test(test_syncnt),
		tcp_test(test_syn_falls_back_from_ecn),
		tcp_test(test_persist_for_ever),
		tcp_test(test_persist_dead_peer),
		tcp_test(test_persist_user_timeout),
		tcp_test(test_persist_small_window),
		tcp_test(test_window_shut_on_flight),
		tcp_test(test_keepalive_dead_peer),
		tcp_test(test_keepalive_answered),
		tcp_test(test_keepalive_waits),
		tcp_test(test_keepalive_user_timeout),
		tcp_test(test_user_timeout),
		tcp_test(test_orphan_with_data),
		tcp_test(test_orphan_with_a_shut_window),
		tcp_test(test_tlp_of_a_flight),
		tcp_test(test_tlp_of_one_segment),
		tcp_test(test_tlp_sends_new_data),
		tcp_test(test_no_tlp_without_sack),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
