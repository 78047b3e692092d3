/*
 * The window that we announce: the first, that it never shrinks, silly-window avoidance, closing
 * and opening, and how the buffer grows with what the task reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_input.h"

static const struct offer modern = { .irs = 0xfffff000, .ts = true, .sack = true, .wscale = 8 };

/* ---- the first ---- */

static void first_windows(void **state)
{
	static const struct {
		u32 space, mss, clamp;
		bool wscale;
		u32 wnd, clamp_out;
		u8 scale;
	} cases[] = {
		/* as Linux with its defaults */
		{ 65536, 1460, 0, true, 64240, 65535 << 7, 7 },
		{ 65536, 1460, 0, false, 64240, 65535, 0 },
		{ 65536, 65495, 0, true, 65495, 65535 << 7, 7 },
		{ 65536, 536, 0, true, 65392, 65535 << 7, 7 },
		{ 1000000, 1460, 0, true, 998640, 65535 << 7, 7 },
		/* SO_RCVBUF, TCP_WINDOW_CLAMP */
		{ 65536, 1460, 20000, true, 18980, 20000, 0 },
		{ 65536, 1460, 80000, true, 64240, 80000, 1 },
		{ 1000, 1460, 1000, true, 1000, 1000, 0 },
		{ 1460, 1460, 1460, true, 1460, 1460, 0 },
		{ 0, 1460, 0, true, 0, 65535 << 7, 7 },
		{ 65536, 0, 0, true, 65536, 65535 << 7, 7 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 wnd, clamp = cases[i].clamp;
		u8 scale;

		tcp_select_initial_window(NULL, cases[i].space, cases[i].mss, &wnd, &clamp,
					  cases[i].wscale, &scale);
		assert_int_equal(wnd, cases[i].wnd);
		assert_int_equal(clamp, cases[i].clamp_out);
		assert_int_equal(scale, cases[i].scale);
	}
}

static void scales_of_large_buffers(void **state)
{
	static const struct {
		const char *most;
		u8 scale;
	} cases[] = { { "4096 131072 65535", 2 },
		      { "4096 131072 1048576", 5 },
		      { "4096 131072 6291456", 7 },
		      { "4096 131072 16777216", 9 },
		      { "4096 131072 1073741823", 14 } };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 wnd, clamp = 0;
		u8 scale;

		assert_int_equal(skbox_sysctl("net.ipv4.tcp_rmem", cases[i].most), 0);
		tcp_select_initial_window(NULL, 65536, 1460, &wnd, &clamp, true, &scale);
		assert_int_equal(scale, cases[i].scale);
	}
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_rmem", "4096 131072 6291456"), 0);
}

static void space_and_what_it_stands_for(void **state)
{
	static const struct {
		const char *scale;
		u32 of_1000;
	} cases[] = { { "1", 500 },  { "2", 750 },  { "0", 996 }, { "-1", 500 },
		      { "-2", 250 }, { "31", 996 }, { "-31", 0 } };

	struct conn c = conn_passive(&modern);
	struct tcp_sock *tp = conn_tp(&c);

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(skbox_sysctl("net.ipv4.tcp_adv_win_scale", cases[i].scale), 0);
		tp->scaling_ratio = tcp_first_scaling_ratio();
		assert_int_equal(tcp_win_from_space(tp, 1000), cases[i].of_1000);
	}
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_adv_win_scale", "1"), 0);
	conn_kill(&c);
}

static void window_in_the_syn(void **state)
{
	struct conn c = { .peer = 999 };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(999),
				   .sin_addr.s_addr = PEER_IP };
	struct segment s;

	c.fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	skbox_connect(c.fd, &sin, sizeof(sin));
	assert_true(seg_out(&c, &s));
	assert_int_equal(s.win, 64240);
	assert_int_equal(s.options.snd_wscale, 7);
	conn_kill(&c);
}

/* ---- never less than was promised ---- */

struct edge {
	struct conn *c;
	u32 right; /* of the last window, relative */
};

static void edge_check(struct edge *e)
{
	struct segment s;

	while (seg_out(e->c, &s)) {
		u32 right = s.ack + ((u32)s.win << e->c->wscale);

		/* A scaled window has a grain. */
		if (e->right && (s32)(right - e->right) < 0)
			assert_true(e->right - right < 1u << e->c->wscale);
		if (!e->right || (s32)(right - e->right) > 0)
			e->right = right;
	}
}

static void never_shrinks_run(const struct offer *o)
{
	struct conn c = conn_passive(o);
	struct tcp_sock *tp = conn_tp(&c);
	struct edge e = { .c = &c };
	u32 sizes[] = { 1, 10, 100, 536, 1000, 1400 };
	long n;

	for (u32 i = 0; i < 1500; i++) {
		u32 len = sizes[tcp_random() % ARRAY_SIZE(sizes)];
		u32 at = tp->rcv_nxt - c.irs;

		c.tsval += tcp_random() % 3;
		if (tcp_random() % 10 == 0)
			at += tcp_random() % 3000; /* a hole */
		seg(&c, ACK, at, 1, len);
		edge_check(&e);
		if (tcp_random() % 30 == 0) {
			n = read_stream(&c, tp->copied_seq - c.irs, tcp_random() % 60000);
			edge_check(&e);
			assert_true(n != 0);
		}
		if (tcp_random() % 4 == 0) {
			advance(tcp_random() % 50 * MSEC);
			edge_check(&e);
		}
		assert_true(tp->sk.rmem_alloc <= tp->sk.rcvbuf + 2 * SKB_TRUESIZE);
	}
	conn_kill(&c);
}

static void never_shrinks(void **state)
{
	for (u32 i = 0; i < 5; i++) {
		never_shrinks_run(&modern);
		never_shrinks_run(&(struct offer){ .sack = true });
		never_shrinks_run(&(struct offer){ .rcvbuf = 20000, .wscale = 3 });
		never_shrinks_run(&(struct offer){ .rcvbuf = 3000 });
	}
}

/* ---- shut and open ---- */

/* Fills the window; returns how many bytes it took. */
static u32 fill(struct conn *c)
{
	struct tcp_sock *tp = conn_tp(c);
	u32 from = tp->rcv_nxt, win;

	while ((win = tcp_receive_window(tp))) {
		c->tsval++;
		seg(c, ACK, tp->rcv_nxt - c->irs, 1, min(win, 1400u));
		advance(300 * MSEC);
		drain(c);
	}
	return tp->rcv_nxt - from;
}

static void shut_and_opened_by_reading(void **state)
{
	struct conn c = conn_passive(&modern);
	u64 to = MIB(TCPToZeroWindowAdv), from = MIB(TCPFromZeroWindowAdv),
	    drops = MIB(BeyondWindow);
	struct tcp_sock *tp = conn_tp(&c);
	u32 took = fill(&c), next = tp->rcv_nxt - c.irs;
	struct segment s;

	assert_true(took > 20000);
	assert_int_equal(MIB(TCPToZeroWindowAdv), to + 1);
	/* A probe: not taken, but answered. */
	seg(&c, ACK, next, 1, 1);
	s = expect(&c, ACK, 1, next, 0);
	assert_int_equal(s.win, 0);
	assert_int_equal(MIB(BeyondWindow), drops + 1);
	/* A probe of old numbers is, too. */
	seg(&c, ACK, next - 1, 1, 0);
	s = expect(&c, ACK, 1, next, 0);
	assert_int_equal(s.win, 0);
	/* Little is read: it stays shut. Much: it opens, at once. */
	assert_int_equal(read_stream(&c, 1, 100), 100);
	expect_nothing(&c);
	assert_int_equal(read_stream(&c, 101, 1 << 20), took - 100);
	s = expect(&c, ACK, 1, next, 0);
	assert_true((u32)s.win << c.wscale > 20000);
	assert_int_equal(MIB(TCPFromZeroWindowAdv), from + 1);
	seg(&c, ACK, next, 1, 100);
	assert_int_equal(read_stream(&c, next, 1000), 100);
	conn_kill(&c);
}

static void fin_through_a_shut_window(void **state)
{
	struct conn c = conn_passive(&modern);
	u32 took = fill(&c);

	seg(&c, FIN | ACK, took + 1, 1, 0);
	assert_int_equal(conn_state(&c), TCP_CLOSE_WAIT);
	conn_kill(&c);
}

/* RFC 9293 §3.8.6.2.2: no window update for little; for a segment or half the buffer. */
static void no_silly_updates(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .rcvbuf = 8192 });
	struct tcp_sock *tp = conn_tp(&c);
	u32 took = fill(&c), read = 0;
	struct segment s;

	assert_true(took > 1400);
	while (!seg_out(&c, &s)) {
		assert_true(read < took);
		assert_int_equal(read_stream(&c, 1 + read, 10), 10);
		read += 10;
	}
	assert_true(s.win >= min(1400u, tcp_full_space(&tp->sk) / 2));
	assert_true(read >= 1000);
	conn_kill(&c);
}

/* ---- growth ---- */

/*
 * A sender that doubles each round, 100 ms long, and a task that reads all: the buffer follows, to
 * tcp_rmem[2] and no further.
 */
static u32 grow(struct conn *c, u32 rounds)
{
	struct tcp_sock *tp = conn_tp(c);
	u32 burst = 10, largest = 0;
	struct segment s;

	for (u32 r = 0; r < rounds; r++) {
		for (u32 i = 0; i < burst && tcp_receive_window(tp) > 1400; i++) {
			seg(c, ACK, tp->rcv_nxt - c->irs, 1, 1400);
			read_stream(c, tp->copied_seq - c->irs, 1 << 20);
		}
		advance(100 * MSEC);
		while (seg_out(c, &s))
			largest = max(largest, (u32)s.win << c->wscale);
		c->tsval += 100;
		burst = min(burst * 2, 4000u);
	}
	return largest;
}

static void buffer_grows_with_the_reader(void **state)
{
	struct conn c = conn_passive(&modern);
	u32 rcvbuf = conn_tp(&c)->sk.rcvbuf, largest = grow(&c, 20);

	assert_int_equal(rcvbuf, 131072);
	assert_int_equal(conn_tp(&c)->sk.rcvbuf, sysctl_tcp_rmem[2]);
	assert_in_range(largest, 2900000, sysctl_tcp_rmem[2] * 1400ul / SKB_TRUESIZE);
	conn_kill(&c);
}

static void buffer_grows_without_timestamps(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .wscale = 8 });

	grow(&c, 20);
	assert_int_equal(conn_tp(&c)->sk.rcvbuf, sysctl_tcp_rmem[2]);
	conn_kill(&c);
}

/* What waits behind a hole takes room until the hole is filled: the buffer has it beside the rest.
 */
static void buffer_grows_for_what_waits_behind_a_hole(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .ts = true, .wscale = 8, .sack = true });
	struct tcp_sock *tp = conn_tp(&c);
	u32 at, rcvbuf, read;

	grow(&c, 5);
	rcvbuf = tp->sk.rcvbuf;
	read = tp->copied_seq - c.irs;
	at = read + 1400;
	while (tcp_receive_window(tp) - (at - read) > 1400) {
		seg(&c, ACK, at, 1, 1400);
		at += 1400;
		drain(&c);
	}
	assert_true(tp->sk.rcvbuf > rcvbuf);
	assert_true(tcp_win_from_space(tp, tp->sk.rcvbuf) >= at - read + 2 * tp->rcvq_space);
	assert_true(tp->sk.rcvbuf < (u32)sysctl_tcp_rmem[2]);
	seg(&c, ACK, read, 1, 1400);
	for (; read != at; drain(&c))
		read += read_stream(&c, read, 60000);
	conn_kill(&c);
}

/* However little of the buffer is the window's: it ends. */
static void buffer_with_any_scale(void **state)
{
	static const char *const scales[] = { "-31", "-8", "0", "2", "31" };

	for (u32 i = 0; i < ARRAY_SIZE(scales); i++) {
		struct conn c = conn_passive(&modern);

		assert_int_equal(skbox_sysctl("net.ipv4.tcp_adv_win_scale", scales[i]), 0);
		grow(&c, 5);
		assert_true(conn_tp(&c)->sk.rcvbuf <= (u32)sysctl_tcp_rmem[2]);
		assert_int_equal(skbox_sysctl("net.ipv4.tcp_adv_win_scale", "1"), 0);
		conn_kill(&c);
	}
}

static void buffer_stays_as_the_task_has_set_it(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .ts = true, .wscale = 8, .rcvbuf = 100000 });

	grow(&c, 20);
	assert_int_equal(conn_tp(&c)->sk.rcvbuf, 200000);
	conn_kill(&c);
}

static void buffer_stays_if_moderation_is_off(void **state)
{
	struct conn c = conn_passive(&modern);

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_moderate_rcvbuf", "0"), 0);
	grow(&c, 20);
	assert_int_equal(conn_tp(&c)->sk.rcvbuf, 131072);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_moderate_rcvbuf", "1"), 0);
	conn_kill(&c);
}

static void clamp_of_the_task(void **state)
{
	struct conn c = conn_passive(&modern);
	int clamp = 10000;

	seg(&c, ACK, 1, 1, 1400); /* how large segments are is known then */
	assert_int_equal(skbox_setsockopt(c.fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &clamp, 4), 0);
	for (u32 i = 0; i < 60; i++) {
		seg(&c, ACK, conn_tp(&c)->rcv_nxt - c.irs, 1, 1400);
		read_stream(&c, conn_tp(&c)->copied_seq - c.irs, 100000);
	}
	advance(SECOND);
	drain(&c);
	assert_true(tcp_receive_window(conn_tp(&c)) <= 10000 + 128);
	conn_kill(&c);
}

/* ---- memory is short for all ---- */

static void pressure_makes_windows_small(void **state)
{
	struct conn c = conn_passive(&modern);
	struct tcp_sock *tp = conn_tp(&c);
	s64 hog = (s64)sysctl_tcp_mem[1] * PAGE_SIZE + 1;

	tcp_mem_charge(hog);
	assert_true(tcp_under_pressure());
	/* It empties what was promised, and promises four segments then. */
	for (u32 i = 0; i < 100; i++) {
		seg(&c, ACK, tp->rcv_nxt - c.irs, 1, 1400);
		read_stream(&c, tp->copied_seq - c.irs, 100000);
	}
	assert_true(tcp_receive_window(tp) <= 4 * 1460 + 128);
	tcp_mem_charge(-hog);
	assert_false(tcp_under_pressure());
	conn_kill(&c);
}

static void nothing_new_when_memory_is_out(void **state)
{
	struct conn c = conn_passive(&modern);
	struct tcp_sock *tp = conn_tp(&c);
	s64 hog = (s64)sysctl_tcp_mem[2] * PAGE_SIZE + 1;
	u64 drops = MIB(TCPRcvQDrop);

	hog += hog / 12;
	tcp_mem_charge(hog);
	seg(&c, ACK, 1, 1, 1000);
	assert_int_equal(tp->rcv_nxt - c.irs, 1001); /* else it would never move */
	seg(&c, ACK, 1001, 1, 1000);
	assert_int_equal(tp->rcv_nxt - c.irs, 1001);
	seg(&c, ACK, 3001, 1, 1000);
	assert_null(tp->ooo);
	assert_true(MIB(TCPRcvQDrop) > drops);
	/* The reserve is for who has nothing, and has an end, too. */
	assert_int_equal(read_stream(&c, 1, 10000), 1000);
	tcp_mem_charge(hog / 5);
	seg(&c, ACK, 1001, 1, 1000);
	assert_int_equal(tp->rcv_nxt - c.irs, 1001);
	tcp_mem_charge(-hog - hog / 5);
	seg(&c, ACK, 1001, 1, 1000);
	assert_int_equal(read_stream(&c, 1001, 10000), 1000);
	conn_kill(&c);
}

/* What was promised to who holds little is taken whole, in order or not; but not for ever. */
static void little_is_taken_when_memory_is_out(void **state)
{
	struct conn c = conn_passive(&modern);
	struct tcp_sock *tp = conn_tp(&c);
	s64 hog = (s64)sysctl_tcp_mem[2] * PAGE_SIZE + 1;
	u32 at;

	tcp_mem_charge(hog);
	seg(&c, ACK, 1, 1, 1000);
	seg(&c, ACK, 2001, 1, 1000);
	assert_non_null(tp->ooo);
	seg(&c, ACK, 1001, 1, 1000);
	assert_int_equal(tp->rcv_nxt - c.irs, 3001);
	for (at = 3001; at < 100001; at += 1000)
		seg(&c, ACK, at, 1, 1000);
	assert_true(tp->rcv_nxt - c.irs < 100001);
	assert_true(tp->sk.rmem_alloc <= (16 << 10) + 2 * SKB_TRUESIZE);
	tcp_mem_charge(-hog);
	conn_kill(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(first_windows),
		tcp_test(scales_of_large_buffers),
		tcp_test(space_and_what_it_stands_for),
		tcp_test(window_in_the_syn),
		tcp_test(never_shrinks),
		tcp_test(shut_and_opened_by_reading),
		tcp_test(fin_through_a_shut_window),
		tcp_test(no_silly_updates),
		tcp_test(buffer_grows_with_the_reader),
		tcp_test(buffer_grows_without_timestamps),
		tcp_test(buffer_grows_for_what_waits_behind_a_hole),
		tcp_test(buffer_with_any_scale),
		tcp_test(buffer_stays_as_the_task_has_set_it),
		tcp_test(buffer_stays_if_moderation_is_off),
		tcp_test(clamp_of_the_task),
		tcp_test(pressure_makes_windows_small),
		tcp_test(nothing_new_when_memory_is_out),
		tcp_test(little_is_taken_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
