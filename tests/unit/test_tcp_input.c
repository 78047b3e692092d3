/*
 * RFC 9293 §3.10.7: every kind of segment in every state, and what becomes of it. Segments by hand;
 * each row runs with the sequence numbers of both sides where they wrap, and where they do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_conn.h"

/* ---- a connection in a state ---- */

struct at {
	struct conn c;
	u32 snd, rcv; /* snd_nxt, rcv_nxt: relative */
};

static void peer_fin(struct at *a)
{
	seg(&a->c, FIN | ACK, a->rcv, a->snd, 0);
	a->rcv++;
	drain(&a->c);
}

static void our_fin(struct at *a)
{
	assert_int_equal(skbox_shutdown(a->c.fd, 1), 0);
	expect(&a->c, FIN | ACK, a->snd, a->rcv, 0);
	a->snd++;
}

static void peer_acks(struct at *a)
{
	seg(&a->c, ACK, a->rcv, a->snd, 0);
}

/* Both have sent SYN: ours is out, the peer's comes alone. */
static struct conn crossed_syns(u32 irs)
{
	struct conn c = { .fd = skbox_socket(AF_INET, SOCK_STREAM, 0), .peer = 0, .irs = irs };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = PEER_IP };
	static u16 port = 1000;
	struct segment s;

	c.peer = port++;
	sin.sin_port = htons(c.peer);
	assert_int_equal(skbox_connect(c.fd, &sin, sizeof(sin)), -EINPROGRESS);
	assert_true(seg_out(&c, &s));
	assert_int_equal(s.flags, SYN);
	return c;
}

static struct at in_state(u8 state, u32 irs)
{
	struct at a = { .snd = 1, .rcv = 1 };

	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV) {
		a.c = crossed_syns(irs);
		a.rcv = 0;
		if (state == TCP_SYN_RECV) {
			seg(&a.c, SYN, 0, 0, 0);
			expect(&a.c, SYN | ACK, 0, 1, 0);
			a.rcv = 1;
		}
		assert_int_equal(conn_state(&a.c), state);
		return a;
	}
	a.c = conn_passive(&(struct offer){ .irs = irs });
	switch (state) {
	case TCP_FIN_WAIT1:
		our_fin(&a);
		break;
	case TCP_FIN_WAIT2:
		our_fin(&a);
		peer_acks(&a);
		break;
	case TCP_CLOSING:
		our_fin(&a);
		seg(&a.c, FIN | ACK, 1, 1, 0);
		a.rcv++;
		drain(&a.c);
		break;
	case TCP_CLOSE_WAIT:
		peer_fin(&a);
		break;
	case TCP_LAST_ACK:
		peer_fin(&a);
		our_fin(&a);
		break;
	}
	assert_int_equal(conn_state(&a.c), state);
	return a;
}

static const u8 synchronized[] = { TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_CLOSING,
				   TCP_CLOSE_WAIT,  TCP_LAST_ACK,  TCP_SYN_RECV };

/* ---- rows that are the same in all synchronized states ---- */

enum answer { SILENCE, CHALLENGE, ENDS };

struct row {
	const char *what;
	u8 flags;
	s32 seq, ack; /* from rcv_nxt, snd_nxt */
	u32 len;
	enum answer answer;
};

static const struct row rows[] = {
	{ "first: before the window", ACK, -100, 0, 10, CHALLENGE },
	{ "first: behind the window", ACK, 66000, 0, 10, CHALLENGE },
	{ "first: behind the window, half the numbers away", ACK, 1 << 30, 0, 0, CHALLENGE },
	{ "first: RST before the window", RST, -100, 0, 0, SILENCE },
	{ "first: RST behind the window", RST, 66000, 0, 0, SILENCE },
	{ "second: RST exactly", RST, 0, 0, 0, ENDS },
	{ "second: RST and ACK exactly", RST | ACK, 0, 0, 0, ENDS },
	{ "second: RST in the window", RST, 1, 0, 0, CHALLENGE },
	{ "second: RST at its end", RST, 60000, 0, 0, CHALLENGE },
	{ "fourth: SYN in the window", SYN, 5, 0, 0, CHALLENGE },
	{ "fourth: SYN and ACK in the window", SYN | ACK, 5, 0, 0, CHALLENGE },
	{ "fourth: SYN behind the window", SYN, 66000, 0, 0, CHALLENGE },
	{ "fourth: SYN before the window", SYN, -1000, 0, 0, CHALLENGE },
	{ "fifth: no ACK", 0, 0, 0, 10, SILENCE },
	{ "fifth: no ACK but FIN", FIN, 0, 0, 0, SILENCE },
	{ "fifth: no ACK but PSH and URG", PSH | URG, 0, 0, 10, SILENCE },
};

static void run_row(const struct row *r, u8 state, u32 irs)
{
	struct at a = in_state(state, irs);
	struct segment s;

	seg(&a.c, r->flags, a.rcv + (u32)r->seq, a.snd + (u32)r->ack, r->len);
	if (r->answer == ENDS) {
		assert_int_equal(conn_state(&a.c), TCP_CLOSE);
		expect_nothing(&a.c);
	} else {
		assert_int_equal(conn_state(&a.c), state);
		if (r->answer == CHALLENGE) {
			s = expect(&a.c, ACK, a.snd, a.rcv, 0);
			assert_true(s.win > 0);
		}
		expect_nothing(&a.c);
	}
	conn_kill(&a.c);
}

static void rows_in_all_synchronized_states(void **state)
{
	static const u32 isns[] = { 1000000, 0xffffffff, 0x7ffffff0, 0xfffffffe };

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		for (u32 s = 0; s < ARRAY_SIZE(synchronized); s++)
			for (u32 n = 0; n < ARRAY_SIZE(isns); n++) {
				/* By hand the handshake's FIN is not yet acknowledged there. */
				if (rows[i].answer == CHALLENGE && synchronized[s] == TCP_SYN_RECV)
					continue;
				run_row(&rows[i], synchronized[s], isns[n]);
			}
}

/* RFC 9293 §3.10.7.4: what the task hears of a reset depends on the state. */
static void reset_errors(void **state)
{
	static const struct {
		u8 state;
		int err;
	} cases[] = { { TCP_ESTABLISHED, ECONNRESET },
		      { TCP_FIN_WAIT1, ECONNRESET },
		      { TCP_FIN_WAIT2, ECONNRESET },
		      { TCP_CLOSE_WAIT, EPIPE } };

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct at a = in_state(cases[i].state, 5);

		seg(&a.c, RST, a.rcv, 0, 0);
		assert_int_equal(conn_tp(&a.c)->sk.err, cases[i].err);
		conn_kill(&a.c);
	}
}

/* RFC 5961 as Linux extends it: a peer that does not count its FIN. */
static void reset_at_the_fin(void **state)
{
	static const u8 after_fin[] = { TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_CLOSING };

	for (u32 i = 0; i < ARRAY_SIZE(after_fin); i++) {
		struct at a = in_state(after_fin[i], 0xfffffffe);

		seg(&a.c, RST, a.rcv - 1, 0, 0);
		assert_int_equal(conn_state(&a.c), TCP_CLOSE);
		conn_kill(&a.c);
	}
}

static void reset_behind_the_last_sack(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .sack = true });

	seg(&c, ACK, 101, 1, 100);
	seg(&c, ACK, 301, 1, 100);
	drain(&c);
	seg(&c, RST, 201, 1, 0);
	assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	seg(&c, RST, 401, 1, 0);
	assert_int_equal(conn_state(&c), TCP_CLOSE);
	conn_kill(&c);
}

/* ---- the fifth step ---- */

static void ack_of_what_was_never_sent(void **state)
{
	for (u32 s = 0; s < ARRAY_SIZE(synchronized); s++) {
		struct at a = in_state(synchronized[s], 0xfffffff0);

		seg(&a.c, ACK, a.rcv, a.snd + 100, 10);
		if (synchronized[s] == TCP_SYN_RECV) {
			expect(&a.c, RST, a.snd + 100, 0, 0);
		} else if (synchronized[s] != TCP_ESTABLISHED) {
			expect(&a.c, ACK, a.snd, a.rcv, 0);
		}
		expect_nothing(&a.c);
		assert_int_equal(conn_state(&a.c), synchronized[s]);
		if (a.c.fd >= 0)
			assert_int_equal(conn_tp(&a.c)->rcv_nxt, a.c.irs + a.rcv);
		conn_kill(&a.c);
	}
}

/* RFC 5961 §5: older than any window, it is answered; a little old, its data is taken. */
static void old_acks(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .irs = 0xffffff00 });
	static const u8 data[500];

	assert_int_equal(skbox_write(c.fd, data, sizeof(data)), sizeof(data));
	expect(&c, ACK | PSH, 1, 1, sizeof(data));
	seg(&c, ACK, 1, 501, 0);
	seg(&c, ACK, 1, 1, 10);
	expect(&c, ACK, 501, 11, 0);
	seg(&c, ACK, 11, (u32)-70000, 10);
	expect(&c, ACK, 501, 11, 0);
	assert_int_equal(read_stream(&c, 1, 100), 10);
	conn_kill(&c);
}

static void ack_of_our_fin(void **state)
{
	static const struct {
		u8 from, to;
	} cases[] = {
		{ TCP_FIN_WAIT1, TCP_FIN_WAIT2 },
		{ TCP_CLOSING, TCP_TIME_WAIT },
		{ TCP_LAST_ACK, TCP_CLOSE },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct at a = in_state(cases[i].from, 0xffffffff);

		/* Not yet all. */
		seg(&a.c, ACK, a.rcv, a.snd - 1, 0);
		assert_int_equal(conn_state(&a.c), cases[i].from);
		conn_close(&a.c);
		drain(&a.c);
		peer_acks(&a);
		/* An orphan goes on without a sock. */
		assert_int_equal(conn_state(&a.c),
				 cases[i].to == TCP_FIN_WAIT2 ? TCP_TIME_WAIT : cases[i].to);
		expect_nothing(&a.c);
		conn_kill(&a.c);
	}
}

/* ---- seventh: text ---- */

static void data_in_states_that_take_it(void **state)
{
	static const u8 takes[] = { TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2 };

	for (u32 i = 0; i < ARRAY_SIZE(takes); i++) {
		struct at a = in_state(takes[i], 0xfffffffa);

		seg(&a.c, ACK | PSH, 1, a.snd, 10);
		expect(&a.c, ACK, a.snd, 11, 0);
		assert_int_equal(read_stream(&a.c, 1, 100), 10);
		conn_kill(&a.c);
	}
}

static void data_behind_a_fin_is_ignored(void **state)
{
	static const u8 closed[] = { TCP_CLOSE_WAIT, TCP_CLOSING, TCP_LAST_ACK };

	for (u32 i = 0; i < ARRAY_SIZE(closed); i++) {
		struct at a = in_state(closed[i], 0xfffffffa);

		seg(&a.c, ACK, a.rcv, a.snd - (closed[i] != TCP_CLOSE_WAIT), 10);
		assert_int_equal(conn_state(&a.c), closed[i]);
		assert_int_equal(conn_tp(&a.c)->rcv_nxt, a.c.irs + a.rcv);
		conn_kill(&a.c);
	}
}

/* RFC 9293 §3.6.1: the task has closed; data that nobody will read is told by RST. */
static void data_after_close(void **state)
{
	static const u8 states[] = { TCP_FIN_WAIT1, TCP_FIN_WAIT2 };

	for (u32 i = 0; i < ARRAY_SIZE(states); i++) {
		struct at a = in_state(states[i], 0xfffffffa);
		u64 aborts = MIB(TCPAbortOnData);

		conn_close(&a.c);
		seg(&a.c, ACK, 1, a.snd, 10);
		expect(&a.c, RST, a.snd, 0, 0);
		assert_int_equal(conn_state(&a.c), TCP_CLOSE);
		if (states[i] == TCP_FIN_WAIT1)
			assert_int_equal(MIB(TCPAbortOnData), aborts + 1);
		conn_kill(&a.c);
	}
}

static void data_that_came_before_close_unread(void **state)
{
	struct conn c = conn_passive(&(struct offer){ 0 });

	seg(&c, ACK, 1, 1, 10);
	drain(&c);
	conn_close(&c);
	expect(&c, RST | ACK, 1, 11, 0);
	assert_int_equal(conn_state(&c), TCP_CLOSE);
	conn_kill(&c);
}

/* ---- eighth: FIN ---- */

static void fin_in_each_state(void **state)
{
	static const struct {
		u8 from, to;
	} cases[] = {
		{ TCP_ESTABLISHED, TCP_CLOSE_WAIT }, { TCP_FIN_WAIT1, TCP_CLOSING },
		{ TCP_FIN_WAIT2, TCP_TIME_WAIT },    { TCP_CLOSE_WAIT, TCP_CLOSE_WAIT },
		{ TCP_CLOSING, TCP_CLOSING },	     { TCP_LAST_ACK, TCP_LAST_ACK },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct at a = in_state(cases[i].from, 0xfffffffe);
		u32 acked = cases[i].from == TCP_FIN_WAIT2 || cases[i].from == TCP_ESTABLISHED ||
					    cases[i].from == TCP_CLOSE_WAIT ?
				    a.snd :
				    a.snd - 1;

		seg(&a.c, FIN | ACK, 1, acked, 0);
		/* TIME-WAIT is no sock of the task's any more. */
		if (cases[i].to == TCP_TIME_WAIT)
			conn_close(&a.c);
		assert_int_equal(conn_state(&a.c), cases[i].to);
		if (cases[i].from != TCP_ESTABLISHED) {
			expect(&a.c, ACK, a.snd, 2, 0);
		} else {
			advance(SECOND);
			expect(&a.c, ACK, a.snd, 2, 0);
		}
		expect_nothing(&a.c);
		conn_kill(&a.c);
	}
}

static void fin_with_the_ack_of_ours(void **state)
{
	struct at a = in_state(TCP_FIN_WAIT1, 0xffffffff);

	seg(&a.c, FIN | ACK, 1, a.snd, 0);
	expect(&a.c, ACK, 2, 2, 0);
	conn_close(&a.c);
	assert_int_equal(conn_state(&a.c), TCP_TIME_WAIT);
	conn_kill(&a.c);
}

static void fin_with_data(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .irs = 0xfffffff0 });

	seg(&c, FIN | ACK | PSH, 1, 1, 30);
	assert_int_equal(conn_state(&c), TCP_CLOSE_WAIT);
	expect_nothing(&c); /* the task may close now, too */
	advance(41 * MSEC);
	expect(&c, ACK, 1, 32, 0);
	assert_int_equal(read_stream(&c, 1, 100), 30);
	assert_int_equal(read_stream(&c, 31, 100), 0);
	conn_kill(&c);
}

static void fin_out_of_order(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .irs = 0xfffffff0, .sack = true });

	seg(&c, FIN | ACK, 31, 1, 20);
	expect(&c, ACK, 1, 1, 0);
	assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	seg(&c, ACK, 1, 1, 30);
	assert_int_equal(conn_state(&c), TCP_CLOSE_WAIT);
	expect(&c, ACK, 1, 52, 0);
	assert_int_equal(read_stream(&c, 1, 100), 50);
	assert_int_equal(read_stream(&c, 51, 100), 0);
	conn_kill(&c);
}

static void what_lies_behind_a_fin_is_forgotten(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .sack = true });

	seg(&c, ACK, 51, 1, 20);
	seg(&c, FIN | ACK, 1, 1, 30);
	assert_int_equal(conn_state(&c), TCP_CLOSE_WAIT);
	assert_null(conn_tp(&c)->ooo);
	assert_int_equal(read_stream(&c, 1, 100), 30);
	conn_kill(&c);
}

/* ---- SYN-SENT ---- */

static void synsent_bad_ack(void **state)
{
	static const u32 bad[] = { 0, 2, 100, 0xffffff00 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct at a = in_state(TCP_SYN_SENT, 9);

		seg(&a.c, ACK, 0, bad[i], 0);
		expect(&a.c, RST, bad[i], 0, 0);
		assert_int_equal(conn_state(&a.c), TCP_SYN_SENT);
		seg(&a.c, SYN | ACK, 0, bad[i], 0);
		expect(&a.c, RST, bad[i], 0, 0);
		seg(&a.c, RST | ACK, 0, bad[i], 0);
		expect_nothing(&a.c);
		assert_int_equal(conn_state(&a.c), TCP_SYN_SENT);
		conn_kill(&a.c);
	}
}

/* An old incarnation has answered: the SYN goes again at once, not after a second. */
static void synsent_retries_after_a_bad_ack(void **state)
{
	struct at a = in_state(TCP_SYN_SENT, 9);

	seg(&a.c, ACK, 0, 100, 0);
	expect(&a.c, RST, 100, 0, 0);
	advance(5 * MSEC);
	expect(&a.c, SYN, 0, 0, 0);
	conn_kill(&a.c);
}

static void synsent_reset(void **state)
{
	struct at a = in_state(TCP_SYN_SENT, 9);

	seg(&a.c, RST, 0, 0, 0);
	assert_int_equal(conn_state(&a.c), TCP_SYN_SENT);
	seg(&a.c, RST | ACK, 0, 1, 0);
	assert_int_equal(conn_state(&a.c), TCP_CLOSE);
	assert_int_equal(conn_tp(&a.c)->sk.err, ECONNREFUSED);
	expect_nothing(&a.c);
	conn_kill(&a.c);
}

static void synsent_neither_syn_nor_rst(void **state)
{
	struct at a = in_state(TCP_SYN_SENT, 9);

	seg(&a.c, ACK, 0, 1, 0);
	seg(&a.c, ACK | FIN, 0, 1, 10);
	seg(&a.c, 0, 0, 0, 10);
	expect_nothing(&a.c);
	assert_int_equal(conn_state(&a.c), TCP_SYN_SENT);
	conn_kill(&a.c);
}

static void synsent_echo_of_another_time(void **state)
{
	struct at a = in_state(TCP_SYN_SENT, 9);
	u64 before_count = MIB(PAWSActive);
	u8 opt[12];

	put_be32(opt, 0x0101080a);
	put_be32(opt + 4, 77);
	put_be32(opt + 8, a.c.tsecr + 10000);
	seg_in(&a.c, &(struct segment){ .flags = SYN | ACK, .ack = 1, .opt = opt, .optlen = 12 });
	expect(&a.c, RST, 1, 0, 0);
	assert_int_equal(MIB(PAWSActive), before_count + 1);
	assert_int_equal(conn_state(&a.c), TCP_SYN_SENT);
	put_be32(opt + 8, a.c.tsecr);
	seg_in(&a.c, &(struct segment){ .flags = SYN | ACK, .ack = 1, .opt = opt, .optlen = 12 });
	expect(&a.c, ACK, 1, 1, 0);
	assert_int_equal(conn_state(&a.c), TCP_ESTABLISHED);
	conn_kill(&a.c);
}

/* Figure 8: each gets the other's SYN, then the other's SYN-ACK. */
static void simultaneous_open(void **state)
{
	struct at a = in_state(TCP_SYN_RECV, 0xffffffff);

	seg(&a.c, SYN | ACK, 0, 1, 0);
	assert_int_equal(conn_state(&a.c), TCP_ESTABLISHED);
	expect(&a.c, ACK, 1, 1, 0); /* the SYN came twice */
	seg(&a.c, ACK, 1, 1, 10);
	expect(&a.c, ACK, 1, 11, 0);
	assert_int_equal(skbox_write(a.c.fd, "abc", 3), 3);
	expect(&a.c, ACK | PSH, 1, 11, 3);
	assert_int_equal(read_stream(&a.c, 1, 100), 10);
	conn_kill(&a.c);
}

static void simultaneous_open_with_a_bare_ack(void **state)
{
	struct at a = in_state(TCP_SYN_RECV, 0xffffffff);

	seg(&a.c, ACK, 1, 1, 10);
	assert_int_equal(conn_state(&a.c), TCP_ESTABLISHED);
	expect(&a.c, ACK, 1, 11, 0);
	assert_int_equal(read_stream(&a.c, 1, 100), 10);
	conn_kill(&a.c);
}

static void simultaneous_close(void **state)
{
	struct at a = in_state(TCP_CLOSING, 0xfffffffe);

	peer_acks(&a);
	conn_close(&a.c);
	assert_int_equal(conn_state(&a.c), TCP_TIME_WAIT);
	conn_kill(&a.c);
}

/* ---- fast open, the client's side of the SYN-ACK ---- */

static u8 client_fail(const struct conn *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	assert_int_equal(skbox_getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_fastopen_client_fail;
}

/* A SYN with data: sendto(MSG_FASTOPEN) of @len bytes; the number of bytes that went. */
static u32 fastopen_syn(struct conn *c, u32 len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = PEER_IP };
	static u16 port = 30000;
	struct segment s;
	static u8 data[2000];

	*c = (struct conn){ .fd = skbox_socket(AF_INET, SOCK_STREAM, 0), .peer = port++, .irs = 7 };
	sin.sin_port = htons(c->peer);
	skbox_sendto(c->fd, data, len, MSG_FASTOPEN, &sin, sizeof(sin));
	assert_true(seg_out(c, &s));
	assert_int_equal(s.flags & SYN, SYN);
	return s.len;
}

static void fastopen_synack(struct conn *c, u32 ack, const char *opt, u32 optlen, u32 len)
{
	seg_in(c, &(struct segment){ .flags = SYN | ACK,
				     .ack = ack,
				     .len = len,
				     .win = 60000,
				     .opt = (const u8 *)opt,
				     .optlen = optlen });
}

static void fastopen_client(void **state)
{
	static const char cookie[] = "\2\4\5\xb4\42\12abcdefgh\1\1", mss[] = "\2\4\5\xb4";
	u64 active = MIB(TCPFastOpenActive), fails = MIB(TCPFastOpenActiveFail);
	struct conn c;

	/* Asks for a cookie, and gets one. */
	assert_int_equal(fastopen_syn(&c, 100), 0);
	fastopen_synack(&c, 1, cookie, 16, 0);
	assert_int_equal(client_fail(&c), TFO_COOKIE_UNAVAILABLE);
	drain(&c);
	conn_kill(&c);
	/* With it: all is taken, and the SYN-ACK brings data, too. */
	assert_int_equal(fastopen_syn(&c, 100), 100);
	fastopen_synack(&c, 101, mss, 4, 20);
	assert_int_equal(MIB(TCPFastOpenActive), active + 1);
	assert_true(conn_tp(&c)->syn_data_acked);
	expect(&c, ACK, 101, 21, 0);
	assert_int_equal(conn_tp(&c)->rcv_nxt - c.irs, 21);
	conn_kill(&c);
	/* The data is not taken: sent again at once. */
	assert_int_equal(fastopen_syn(&c, 100), 100);
	fastopen_synack(&c, 1, mss, 4, 0);
	assert_int_equal(MIB(TCPFastOpenActiveFail), fails + 1);
	assert_int_equal(client_fail(&c), TFO_DATA_NOT_ACKED);
	expect(&c, ACK | PSH, 1, 1, 100);
	conn_kill(&c);
	/* More is acknowledged than was sent. */
	assert_int_equal(fastopen_syn(&c, 100), 100);
	fastopen_synack(&c, 102, mss, 4, 0);
	expect(&c, RST, 102, 0, 0);
	assert_int_equal(conn_state(&c), TCP_SYN_SENT);
	conn_kill(&c);
}

/* ---- header prediction ---- */

static void prediction_hits_and_misses(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .ts = true, .wscale = 8 });
	u64 hits = MIB(TCPHPHits);

	for (u32 i = 0; i < 5; i++) {
		c.tsval++;
		seg(&c, ACK | PSH, 1 + i * 1000, 1, 1000);
		drain(&c);
	}
	assert_int_equal(MIB(TCPHPHits), hits + 5);
	seg_in(&c, &(struct segment){ .flags = ACK, .seq = 5001, .ack = 1, .len = 9, .win = 999 });
	assert_int_equal(MIB(TCPHPHits), hits + 5);
	assert_int_equal(read_stream(&c, 1, 10000), 5009);
	conn_kill(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(rows_in_all_synchronized_states),
		tcp_test(reset_errors),
		tcp_test(reset_at_the_fin),
		tcp_test(reset_behind_the_last_sack),
		tcp_test(ack_of_what_was_never_sent),
		tcp_test(old_acks),
		tcp_test(ack_of_our_fin),
		tcp_test(data_in_states_that_take_it),
		tcp_test(data_behind_a_fin_is_ignored),
		tcp_test(data_after_close),
		tcp_test(data_that_came_before_close_unread),
		tcp_test(fin_in_each_state),
		tcp_test(fin_with_the_ack_of_ours),
		tcp_test(fin_with_data),
		tcp_test(fin_out_of_order),
		tcp_test(what_lies_behind_a_fin_is_forgotten),
		tcp_test(synsent_bad_ack),
		tcp_test(synsent_retries_after_a_bad_ack),
		tcp_test(synsent_reset),
		tcp_test(synsent_neither_syn_nor_rst),
		tcp_test(synsent_echo_of_another_time),
		tcp_test(simultaneous_open),
		tcp_test(simultaneous_open_with_a_bare_ack),
		tcp_test(simultaneous_close),
		tcp_test(fastopen_client),
		tcp_test(prediction_hits_and_misses),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
