/*
 * The passive open (RFC 9293 §3.10.7.2 and SYN-RECEIVED): every way that it can go, segment by
 * segment, on the moved clock. Whatever happens, all tables are empty in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connlab.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC

/* SYN from the peer's @port, without options; the SYN-ACK in @sa. */
static void syn(u16 port, struct raw_seg *sa)
{
	raw_in(&(struct raw_seg){ .sport = port, .flags = SYN, .seq = 1000, .win = 65535 });
	if (sa) {
		raw_expect(sa, SYN | ACK);
		assert_int_equal(sa->dport, port);
		assert_int_equal(sa->ack, 1001);
	}
}

static void ack_of(u16 port, const struct raw_seg *sa)
{
	raw_in(&(struct raw_seg){
		.sport = port, .flags = ACK, .seq = 1001, .ack = sa->seq + 1, .win = 65535 });
}

/* ---- options ---- */

static void options_of_syn_ack(void **state)
{
	static const u8 all[] = { 2, 4, 0x05, 0xb4, 4, 2, 8, 10 }, tail[] = { 1, 3, 3, 7 };
	int fd = lab_listen(5);
	struct raw_seg s;

	raw_in(&(struct raw_seg){ .flags = SYN,
				  .seq = 1000,
				  .win = 64240,
				  .mss = 1400,
				  .sack_ok = true,
				  .ts = true,
				  .tsval = 777,
				  .has_wscale = true,
				  .wscale = 9 });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.nopts, 20);
	assert_memory_equal(s.opts, all, sizeof(all));
	assert_int_equal(s.tsecr, 777);
	assert_memory_equal(s.opts + 16, tail, 3);
	assert_true(s.wscale >= 6 && s.wscale <= 7);
	assert_int_equal(s.win, 65160 > s.win ? s.win : 65160);
	assert_int_equal(tcp_nr_requests(), 1);
	/* Only what was offered comes back. */
	raw_in(&(struct raw_seg){ .sport = 2, .flags = SYN, .seq = 1000, .win = 64240 });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.nopts, 4);
	assert_int_equal(s.mss, 1460);
	raw_in(&(struct raw_seg){
		.sport = 3, .flags = SYN, .seq = 1000, .win = 64240, .sack_ok = true });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.nopts, 8);
	assert_memory_equal(s.opts + 4, "\x01\x01\x04\x02", 4);
	netlab_close(fd);
	assert_int_equal(tcp_nr_requests(), 0);
}

static void child_has_what_was_agreed(void **state)
{
	int fd = lab_listen(5), conn;
	struct tcp_sock *tp;
	struct raw_seg s;

	raw_in(&(struct raw_seg){ .flags = SYN | TCPHDR_ECE | TCPHDR_CWR,
				  .seq = 1000,
				  .win = 64240,
				  .mss = 1400,
				  .sack_ok = true,
				  .ts = true,
				  .tsval = 777,
				  .has_wscale = true,
				  .wscale = 9 });
	raw_expect(&s, SYN | ACK | TCPHDR_ECE);
	raw_in(&(struct raw_seg){ .flags = ACK,
				  .seq = 1001,
				  .ack = s.seq + 1,
				  .win = 100,
				  .ts = true,
				  .tsval = 778,
				  .tsecr = s.tsval });
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	tp = tcp_sk(netlab_sk(conn));
	assert_int_equal(tp->sk.state, TCP_ESTABLISHED);
	assert_int_equal(tp->mss_clamp, 1400);
	assert_int_equal(tp->mss_cache, 1400 - 12);
	assert_int_equal(tp->snd_wscale, 9);
	assert_int_equal(tp->snd_wnd, 100 << 9);
	assert_int_equal(tp->rcv_wscale, s.wscale);
	assert_true(tp->tstamp_ok && tp->sack_ok && tp->wscale_ok);
	assert_true(tp->ecn_flags & TCP_ECN_OK);
	assert_int_equal(tp->ts_recent, 778);
	assert_int_equal(tp->rcv_nxt, 1001);
	assert_int_equal(tp->snd_una, s.seq + 1);
	assert_int_equal(tp->write_seq, s.seq + 1);
	netlab_close(conn);
	netlab_close(fd);
}

/* ---- losses ---- */

static void lost_syn_ack(void **state)
{
	static const u32 gaps[] = { 1, 2, 4, 8, 16 };
	int fd = lab_listen(5);
	struct raw_seg first, s;

	syn(1, &first);
	for (u32 i = 0; i < ARRAY_SIZE(gaps); i++) {
		netlab_advance(gaps[i] * S - 30 * MS);
		raw_expect_nothing();
		netlab_advance(32 * MS);
		raw_expect(&s, SYN | ACK);
		assert_int_equal(s.seq, first.seq);
	}
	assert_int_equal(tcp_nr_requests(), 1);
	netlab_advance(33 * S);
	raw_expect_nothing();
	assert_int_equal(tcp_nr_requests(), 0);
	assert_int_equal(GROWN(TCPSynRetrans), 5);
	netlab_close(fd);
}

static void duplicate_syn(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg first, s;

	syn(1, &first);
	syn(1, &s);
	assert_int_equal(s.seq, first.seq);
	/* At once again: not before half a second is over. */
	syn(1, NULL);
	raw_expect_nothing();
	assert_int_equal(GROWN(TCPACKSkippedSynRecv), 1);
	assert_int_equal(tcp_nr_requests(), 1);
	ack_of(1, &first);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(conn);
	netlab_close(fd);
}

/* The ACK is lost: the first data makes the connection. */
static void lost_ack(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg sa;
	char buf[8];

	syn(1, &sa);
	raw_in(&(struct raw_seg){ .sport = 1,
				  .flags = ACK | PSH,
				  .seq = 1001,
				  .ack = sa.seq + 1,
				  .win = 65535,
				  .data = "hello",
				  .len = 5 });
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	assert_int_equal(skbox_recvfrom(conn, buf, sizeof(buf), 0, NULL, NULL), 5);
	assert_memory_equal(buf, "hello", 5);
	netlab_close(conn);
	netlab_close(fd);
}

/* ---- what is not right ---- */

static void bad_segments_for_request(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg sa, s;

	syn(1, &sa);
	/* An ACK of what we have not sent. */
	raw_in(&(struct raw_seg){ .sport = 1, .flags = ACK, .seq = 1001, .ack = sa.seq + 2 });
	raw_expect(&s, RST);
	assert_int_equal(s.seq, sa.seq + 2);
	/* Out of the window: ACK, once. */
	raw_in(&(struct raw_seg){ .sport = 1, .flags = ACK, .seq = 200000, .ack = sa.seq + 1 });
	raw_expect(&s, ACK);
	assert_int_equal(s.seq, sa.seq + 1);
	assert_int_equal(s.ack, 1001);
	raw_in(&(struct raw_seg){ .sport = 1, .flags = ACK, .seq = 200000, .ack = sa.seq + 1 });
	raw_expect_nothing();
	/* A RST out of the window says nothing. */
	raw_in(&(struct raw_seg){ .sport = 1, .flags = RST, .seq = 200000 });
	raw_expect_nothing();
	assert_int_equal(tcp_nr_requests(), 1);
	/* Neither ACK nor SYN nor RST. */
	raw_in(&(struct raw_seg){ .sport = 1, .flags = PSH, .seq = 1001 });
	raw_expect_nothing();
	ack_of(1, &sa);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	netlab_close(conn);
	netlab_close(fd);
}

static void rst_ends_request(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg sa, s;

	syn(1, &sa);
	raw_in(&(struct raw_seg){ .sport = 1, .flags = RST, .seq = 1001 });
	assert_int_equal(tcp_nr_requests(), 0);
	assert_int_equal(GROWN(EmbryonicRsts), 1);
	ack_of(1, &sa);
	raw_expect(&s, RST);
	/* A SYN in the window: RST, and its end. */
	syn(2, &sa);
	raw_in(&(struct raw_seg){ .sport = 2, .flags = SYN, .seq = 1100 });
	raw_expect(&s, RST | ACK);
	assert_int_equal(s.ack, 1101);
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(fd);
}

static void segments_for_listener(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg s;

	raw_in(&(struct raw_seg){ .flags = ACK, .seq = 5, .ack = 99 });
	raw_expect(&s, RST);
	assert_int_equal(s.seq, 99);
	assert_int_equal(s.win, 0);
	raw_in(&(struct raw_seg){ .flags = SYN | ACK, .seq = 5, .ack = 77 });
	raw_expect(&s, RST);
	assert_int_equal(s.seq, 77);
	raw_in(&(struct raw_seg){ .flags = RST, .seq = 5 });
	raw_in(&(struct raw_seg){ .flags = RST | ACK, .seq = 5, .ack = 7 });
	raw_in(&(struct raw_seg){ .flags = SYN | FIN, .seq = 5 });
	raw_in(&(struct raw_seg){ .flags = SYN | RST, .seq = 5 });
	raw_in(&(struct raw_seg){ .flags = 0, .seq = 5 });
	raw_in(&(struct raw_seg){ .flags = FIN, .seq = 5 });
	raw_expect_nothing();
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(fd);
}

static void segments_for_nobody(void **state)
{
	u64 errs = tcp_mib[TCP_MIB_InErrs], csum = tcp_mib[TCP_MIB_InCsumErrors];
	u64 rsts = tcp_mib[TCP_MIB_OutRsts];
	struct raw_seg s;

	raw_in(&(struct raw_seg){ .flags = SYN, .seq = 5, .data = "abc", .len = 3 });
	raw_expect(&s, RST | ACK);
	assert_int_equal(s.seq, 0);
	assert_int_equal(s.ack, 5 + 1 + 3);
	raw_in(&(struct raw_seg){ .flags = ACK | FIN, .seq = 5, .ack = 10 });
	raw_expect(&s, RST);
	assert_int_equal(s.seq, 10);
	assert_int_equal(s.ack, 0);
	raw_in(&(struct raw_seg){ .flags = FIN, .seq = ~0u });
	raw_expect(&s, RST | ACK);
	assert_int_equal(s.ack, 0);
	raw_in(&(struct raw_seg){ .flags = RST, .seq = 5 });
	raw_expect_nothing();
	assert_int_equal(tcp_mib[TCP_MIB_OutRsts], rsts + 3);
	/* Not to a broadcast, nor in answer to rubbish. */
	raw_in(&(struct raw_seg){ .daddr = BCAST_IP, .flags = SYN });
	raw_in(&(struct raw_seg){ .flags = SYN, .bad_csum = true });
	raw_expect_nothing();
	assert_int_equal(tcp_mib[TCP_MIB_InErrs], errs + 1);
	assert_int_equal(tcp_mib[TCP_MIB_InCsumErrors], csum + 1);
}

static void isn_differs(void **state)
{
	int fd = lab_listen(50);
	u32 isn[10];

	for (u16 i = 0; i < 10; i++) {
		struct raw_seg s;

		syn((u16)(1 + i), &s);
		isn[i] = s.seq;
		for (u16 j = 0; j < i; j++)
			assert_true(isn[j] - isn[i] > 1000 && isn[i] - isn[j] > 1000);
	}
	netlab_close(fd);
}

/* ---- the queues ---- */

/* listen(n) lets n + 1 wait. */
static void accept_queue_full(void **state)
{
	int fd = lab_listen(1), conn[3];
	struct raw_seg sa[4], s;

	for (u16 i = 0; i < 2; i++) {
		syn((u16)(1 + i), &sa[i]);
		ack_of((u16)(1 + i), &sa[i]);
	}
	assert_int_equal(tcp_accept_queue_len(tcp_sk(netlab_sk(fd))), 2);
	syn(3, NULL);
	raw_expect_nothing();
	assert_int_equal(GROWN(ListenOverflows), 1);
	assert_int_equal(GROWN(ListenDrops), 1);
	conn[0] = lab_accept(fd);
	syn(3, &sa[2]);
	conn[1] = lab_accept(fd);
	syn(4, &sa[3]);
	ack_of(3, &sa[2]);
	netlab_close(conn[0]);
	netlab_close(conn[1]);
	while (raw_out(&s))
		;
	netlab_close(fd);
	(void)conn[2];
}

/* An ACK that finds no room is dropped; the request waits, and the next ACK may find some. */
static void ack_finds_no_room(void **state)
{
	int fd = lab_listen(1), conn[3];
	struct raw_seg sa[3];

	netlab_setopt(fd, IPPROTO_TCP, TCP_SYNCNT, 3);
	for (u16 i = 0; i < 2; i++)
		syn((u16)(1 + i), &sa[i]);
	/* the queue of requests is full at once: a cookie; but it is acknowledged in time */
	ack_of(1, &sa[0]);
	ack_of(2, &sa[1]);
	assert_int_equal(tcp_accept_queue_len(tcp_sk(netlab_sk(fd))), 2);
	conn[0] = lab_accept(fd);
	syn(3, &sa[2]);
	assert_int_equal(tcp_nr_requests(), 1);
	syn(4, &sa[0]);
	ack_of(4, &sa[0]);
	ack_of(3, &sa[2]);
	assert_int_equal(GROWN(ListenOverflows), 1);
	raw_expect_nothing();
	assert_int_equal(tcp_nr_requests(), 1);
	conn[1] = lab_accept(fd);
	conn[2] = lab_accept(fd);
	assert_true(conn[1] >= 0 && conn[2] >= 0);
	assert_int_equal(lab_accept(fd), -EAGAIN);
	ack_of(3, &sa[2]);
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(conn[0]);
	conn[0] = lab_accept(fd);
	assert_true(conn[0] >= 0);
	for (u32 i = 0; i < 3; i++)
		netlab_close(conn[i]);
	netlab_close(fd);
}

static void abort_on_overflow(void **state)
{
	int fd = lab_listen(0), conn;
	struct raw_seg sa[2], s;

	sysctl_tcp_abort_on_overflow = 1;
	sysctl_tcp_syncookies = 0;
	netlab_close(fd);
	fd = lab_listen(2);
	syn(1, &sa[0]);
	syn(2, &sa[1]);
	skbox_listen(fd, 0);
	ack_of(1, &sa[0]);
	raw_expect_nothing();
	ack_of(2, &sa[1]);
	raw_expect(&s, RST);
	assert_int_equal(s.seq, sa[1].seq + 1);
	assert_int_equal(tcp_nr_requests(), 0);
	conn = lab_accept(fd);
	netlab_close(conn);
	netlab_close(fd);
	sysctl_tcp_abort_on_overflow = 0;
	sysctl_tcp_syncookies = 1;
}

static void syn_queue_full_without_cookies(void **state)
{
	int fd = lab_listen(3);
	struct raw_seg sa;

	sysctl_tcp_syncookies = 0;
	for (u16 i = 0; i < 3; i++)
		syn((u16)(1 + i), &sa);
	syn(9, NULL);
	raw_expect_nothing();
	assert_int_equal(GROWN(TCPReqQFullDrop), 1);
	assert_int_equal(tcp_nr_requests(), 3);
	sysctl_tcp_syncookies = 1;
	netlab_close(fd);
}

/* The listener goes: so do its requests, and who was not accepted is told. */
static void listener_closes(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg sa[2], s;

	syn(1, &sa[0]);
	syn(2, &sa[1]);
	ack_of(1, &sa[0]);
	netlab_close(fd);
	assert_int_equal(tcp_nr_requests(), 0);
	raw_expect(&s, RST | ACK);
	assert_int_equal(s.dport, 1);
	assert_int_equal(s.seq, sa[0].seq + 1);
	ack_of(2, &sa[1]);
	raw_expect(&s, RST);
}

/* A child that is reset before accept() comes out of it all the same, with its error. */
static void reset_before_accept(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg sa;
	char c;

	syn(1, &sa);
	ack_of(1, &sa);
	raw_in(&(struct raw_seg){ .sport = 1, .flags = RST, .seq = 1001 });
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	assert_int_equal(skbox_recvfrom(conn, &c, 1, 0, NULL, NULL), -ECONNRESET);
	netlab_close(conn);
	netlab_close(fd);
}

/* ---- TCP_DEFER_ACCEPT ---- */

static void deferred_accept(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg sa, s;

	assert_int_equal(netlab_setopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3), 0);
	syn(1, &sa);
	ack_of(1, &sa);
	assert_int_equal(lab_accept(fd), -EAGAIN);
	assert_int_equal(GROWN(TCPDeferAcceptDrop), 1);
	raw_in(&(struct raw_seg){ .sport = 1,
				  .flags = ACK | PSH,
				  .seq = 1001,
				  .ack = sa.seq + 1,
				  .win = 65535,
				  .data = "x",
				  .len = 1 });
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	raw_expect(&s, ACK);
	netlab_close(conn);
	raw_expect(&s, RST | ACK);
	/* Without data: silence for the time asked, then the SYN-ACK again, whose ACK is enough. */
	syn(2, &sa);
	ack_of(2, &sa);
	netlab_advance(900 * MS);
	raw_expect_nothing();
	netlab_advance(2300 * MS);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.seq, sa.seq);
	ack_of(2, &sa);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	netlab_close(conn);
	netlab_close(fd);
}

/* ---- cookies ---- */

static void cookies_always(void **state)
{
	int fd = lab_listen(5), conn;
	struct tcp_sock *tp;
	struct raw_seg s;

	sysctl_tcp_syncookies = 2;
	raw_in(&(struct raw_seg){ .flags = SYN,
				  .seq = 1000,
				  .win = 64240,
				  .mss = 1450,
				  .sack_ok = true,
				  .ts = true,
				  .tsval = 777,
				  .has_wscale = true,
				  .wscale = 5 });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(tcp_nr_requests(), 0);
	assert_int_equal(GROWN(SyncookiesSent), 1);
	assert_true(s.sack_ok && s.ts && s.has_wscale);
	raw_in(&(struct raw_seg){ .flags = ACK,
				  .seq = 1001,
				  .ack = s.seq + 1,
				  .win = 100,
				  .ts = true,
				  .tsval = 778,
				  .tsecr = s.tsval });
	assert_int_equal(GROWN(SyncookiesRecv), 1);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	tp = tcp_sk(netlab_sk(conn));
	assert_int_equal(tp->sk.state, TCP_ESTABLISHED);
	assert_int_equal(tp->mss_clamp, 1440); /* the next lower that a cookie can say */
	assert_int_equal(tp->snd_wscale, 5);
	assert_int_equal(tp->rcv_wscale, s.wscale);
	assert_true(tp->tstamp_ok && tp->sack_ok && tp->wscale_ok);
	assert_int_equal(tp->snd_wnd, 100 << 5);
	netlab_close(conn);
	/* Without timestamps there is only the MSS. */
	raw_in(&(struct raw_seg){ .sport = 2,
				  .flags = SYN,
				  .seq = 1000,
				  .win = 64240,
				  .mss = 1460,
				  .sack_ok = true,
				  .has_wscale = true,
				  .wscale = 5 });
	while (raw_out(&s) && s.dport != 2)
		;
	assert_int_equal(s.nopts, 4);
	raw_in(&(struct raw_seg){
		.sport = 2, .flags = ACK, .seq = 1001, .ack = s.seq + 1, .win = 100 });
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	tp = tcp_sk(netlab_sk(conn));
	assert_int_equal(tp->mss_clamp, 1460);
	assert_false(tp->wscale_ok || tp->sack_ok || tp->tstamp_ok);
	netlab_close(conn);
	sysctl_tcp_syncookies = 1;
	netlab_close(fd);
}

/* When the queue is full, and no request is lost for it. */
static void cookies_under_flood(void **state)
{
	int fd = lab_listen(4), conn;
	struct raw_seg s, good;

	for (u16 i = 0; i < 200; i++) {
		raw_in(&(struct raw_seg){ .saddr = IP4(10, 0, 0, 100),
					  .sport = (u16)(100 + i),
					  .flags = SYN,
					  .seq = i });
		raw_expect(&s, SYN | ACK);
	}
	assert_int_equal(tcp_nr_requests(), 4);
	assert_int_equal(GROWN(TCPReqQFullDoCookies), 196);
	syn(1, &good);
	ack_of(1, &good);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	netlab_close(conn);
	netlab_close(fd);
}

static void cookies_that_are_wrong(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg sa, s;

	sysctl_tcp_syncookies = 2;
	syn(1, &sa);
	for (u32 i = 0; i < 1000; i++) {
		raw_in(&(struct raw_seg){ .sport = 1,
					  .flags = ACK,
					  .seq = 1001,
					  .ack = sa.seq + 2 + random_below(~0u - 4) });
		raw_expect(&s, RST);
	}
	/* Another port's, another peer's, another sequence number's. */
	ack_of(2, &sa);
	raw_expect(&s, RST);
	raw_in(&(struct raw_seg){ .saddr = IP4(10, 0, 0, 9),
				  .sport = 1,
				  .flags = ACK,
				  .seq = 1001,
				  .ack = sa.seq + 1 });
	raw_expect(&s, RST);
	raw_in(&(struct raw_seg){ .sport = 1, .flags = ACK, .seq = 1002, .ack = sa.seq + 1 });
	raw_expect(&s, RST);
	assert_int_equal(lab_accept(fd), -EAGAIN);
	assert_int_equal(GROWN(SyncookiesFailed), 1003);
	/* A minute later it is still good, three minutes later it is not. */
	netlab_advance(59 * S);
	ack_of(1, &sa);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	netlab_close(conn);
	raw_expect(&s, FIN | ACK);
	syn(3, &sa);
	netlab_advance(180 * S);
	while (raw_out(&s))
		;
	ack_of(3, &sa);
	raw_expect(&s, RST);
	sysctl_tcp_syncookies = 1;
	netlab_close(fd);
}

/* Nobody makes a connection out of thin air while no cookie is out. */
static void cookies_only_when_due(void **state)
{
	int fd = lab_listen(5);
	u64 failed = GROWN(SyncookiesFailed);
	struct raw_seg s;

	raw_in(&(struct raw_seg){ .flags = ACK, .seq = 1, .ack = 2 });
	raw_expect(&s, RST);
	assert_int_equal(GROWN(SyncookiesFailed), failed);
	netlab_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		conn_test(options_of_syn_ack),
		conn_test(child_has_what_was_agreed),
		conn_test(lost_syn_ack),
		conn_test(duplicate_syn),
		conn_test(lost_ack),
		conn_test(bad_segments_for_request),
		conn_test(rst_ends_request),
		conn_test(segments_for_listener),
		conn_test(segments_for_nobody),
		conn_test(isn_differs),
		conn_test(accept_queue_full),
		conn_test(ack_finds_no_room),
		conn_test(abort_on_overflow),
		conn_test(syn_queue_full_without_cookies),
		conn_test(listener_closes),
		conn_test(reset_before_accept),
		conn_test(deferred_accept),
		conn_test(cookies_always),
		conn_test(cookies_under_flood),
		conn_test(cookies_that_are_wrong),
		conn_test(cookies_only_when_due),
	};

	return cmocka_run_group_tests_name("tcp handshake", tests, netlab_setup, NULL);
}
