/*
 * How connections end (RFC 9293 §3.10.4 and .5): every form of close, orphans, TIME-WAIT with RFC
 * 1337 and RFC 6191, segment by segment on the moved clock. All tables are empty in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connlab.h"

#include <abi/syscall.h>

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC

static void linger(int fd, int on, int seconds)
{
	struct linger l = { on, seconds };

	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
}

static const struct tcp_timewait_sock *last_timewait;

static void note_timewait(struct seq_file *s, const struct tcp_timewait_sock *tw)
{
	last_timewait = tw;
}

/* The only entry. */
static const struct tcp_timewait_sock *the_timewait(void)
{
	assert_int_equal(tcp_nr_timewait(), 1);
	for (u32 i = 0; i < tcp_timewaits_slots(); i++)
		tcp_timewaits_in(i, note_timewait, NULL);
	return last_timewait;
}

/* ---- in order ---- */

/* We close first: FIN_WAIT1, FIN_WAIT2 as an entry, TIME_WAIT for a minute. */
static void close_first(void **state)
{
	int fd = lab_listen(5);
	struct lab_conn c;

	lab_passive(fd, 1, &c);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	assert_int_equal(tcp_orphan_count, 1);
	lab_send(&c, ACK, NULL, 0);
	assert_int_equal(tcp_orphan_count, 0);
	assert_int_equal(tcp_nr_established(), 0);
	assert_int_equal(tcp_nr_timewait(), 1);
	assert_int_equal(the_timewait()->substate, TCP_FIN_WAIT2);
	netlab_advance(30 * S);
	lab_send(&c, FIN | ACK, NULL, 0);
	lab_expect(&c, NULL, ACK);
	assert_int_equal(the_timewait()->substate, TCP_TIME_WAIT);
	netlab_advance(59 * S);
	assert_int_equal(tcp_nr_timewait(), 1);
	netlab_advance(2 * S);
	assert_int_equal(tcp_nr_timewait(), 0);
	assert_int_equal(GROWN(TW), 1);
	netlab_close(fd);
}

/* The peer closes first: CLOSE_WAIT, LAST_ACK, nothing is left. */
static void close_second(void **state)
{
	int fd = lab_listen(5);
	struct lab_conn c;
	char buf[4];

	lab_passive(fd, 1, &c);
	lab_send(&c, FIN | ACK, NULL, 0);
	netlab_advance(50 * MS); /* the task may have something to say, too */
	lab_expect(&c, NULL, ACK);
	assert_int_equal(lab_state(c.fd), TCP_CLOSE_WAIT);
	assert_int_equal(tcp_mib[TCP_MIB_CurrEstab], 1);
	assert_int_equal(skbox_recvfrom(c.fd, buf, 4, 0, NULL, NULL), 0);
	assert_int_equal(skbox_sendto(c.fd, "bye", 3, 0, NULL, 0), 3);
	lab_expect(&c, NULL, ACK | PSH);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	assert_int_equal(tcp_mib[TCP_MIB_CurrEstab], 0);
	lab_send(&c, ACK, NULL, 0);
	assert_int_equal(tcp_nr_established() + tcp_nr_timewait() + tcp_orphan_count, 0);
	netlab_close(fd);
}

static void simultaneous_close(void **state)
{
	struct lab_conn c;
	u32 fin;

	lab_active(&c);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	fin = c.rcv_nxt--; /* the peer has not seen it yet */
	lab_send(&c, FIN | ACK, NULL, 0);
	raw_expect(NULL, ACK);
	assert_int_equal(tcp_nr_timewait(), 0);
	c.rcv_nxt = fin;
	lab_send(&c, ACK, NULL, 0);
	assert_int_equal(the_timewait()->substate, TCP_TIME_WAIT);
}

/* shutdown(SHUT_WR): the other direction goes on as long as the peer likes. */
static void half_close(void **state)
{
	struct lab_conn c;
	char buf[16];

	lab_active(&c);
	assert_int_equal(skbox_shutdown(c.fd, SHUT_WR), 0);
	lab_expect(&c, NULL, FIN | ACK);
	assert_int_equal(skbox_sendto(c.fd, "x", 1, MSG_NOSIGNAL, NULL, 0), -EPIPE);
	lab_send(&c, ACK, NULL, 0);
	assert_int_equal(lab_state(c.fd), TCP_FIN_WAIT2);
	netlab_advance(300 * S);
	lab_send(&c, ACK | PSH, "late", 4);
	raw_expect(NULL, ACK);
	assert_int_equal(skbox_recvfrom(c.fd, buf, sizeof(buf), 0, NULL, NULL), 4);
	lab_send(&c, FIN | ACK, NULL, 0);
	raw_expect(NULL, ACK);
	assert_int_equal(skbox_recvfrom(c.fd, buf, sizeof(buf), 0, NULL, NULL), 0);
	assert_int_equal(the_timewait()->substate, TCP_TIME_WAIT);
	netlab_close(c.fd);
	raw_expect_nothing();
}

/* ---- with an edge ---- */

static void unread_data_resets(void **state)
{
	struct raw_seg s;
	struct lab_conn c;

	lab_active(&c);
	lab_send(&c, ACK | PSH, "unread", 6);
	raw_expect(NULL, ACK);
	netlab_close(c.fd);
	lab_expect(&c, &s, RST | ACK);
	assert_int_equal(GROWN(TCPAbortOnClose), 1);
	assert_int_equal(tcp_nr_established() + tcp_nr_timewait(), 0);
}

/* What was read in part counts; what was read in full does not, nor does a FIN. */
static void read_data_does_not(void **state)
{
	struct lab_conn c;
	char buf[8];

	lab_active(&c);
	lab_send(&c, ACK | PSH, "read", 4);
	raw_expect(NULL, ACK);
	assert_int_equal(skbox_recvfrom(c.fd, buf, 4, 0, NULL, NULL), 4);
	lab_send(&c, FIN | ACK, NULL, 0);
	netlab_advance(50 * MS);
	raw_expect(NULL, ACK);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, ACK, NULL, 0);
	lab_active(&c);
	lab_send(&c, ACK | PSH, "in part", 7);
	raw_expect(NULL, ACK);
	assert_int_equal(skbox_recvfrom(c.fd, buf, 4, 0, NULL, NULL), 4);
	netlab_close(c.fd);
	lab_expect(&c, NULL, RST | ACK);
}

static void linger_zero_resets(void **state)
{
	struct lab_conn c;

	lab_active(&c);
	assert_int_equal(skbox_sendto(c.fd, "lost", 4, 0, NULL, 0), 4);
	lab_expect(&c, NULL, ACK | PSH);
	linger(c.fd, 1, 0);
	netlab_close(c.fd);
	lab_expect(&c, NULL, RST | ACK);
	assert_int_equal(GROWN(TCPAbortOnData), 1);
	assert_int_equal(tcp_nr_established() + tcp_nr_timewait() + tcp_orphan_count, 0);
}

/* With a time to linger, and without waiting: as an ordinary close. */
static void linger_off_sends_fin(void **state)
{
	struct lab_conn c;

	lab_active(&c);
	linger(c.fd, 0, 0);
	assert_int_equal(skbox_sendto(c.fd, "kept", 4, 0, NULL, 0), 4);
	lab_expect(&c, NULL, ACK | PSH);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, ACK, NULL, 0);
	lab_send(&c, FIN | ACK, NULL, 0);
	raw_expect(NULL, ACK);
}

/* SO_LINGER with a time: the task sleeps in close() until the FIN is acknowledged. */
static void linger_waits(void **state)
{
	struct lab_conn c;
	long ret = 77;
	int id;

	lab_active(&c);
	linger(c.fd, 1, 10);
	id = skbox_start(SYS_close, (long[6]){ c.fd });
	assert_true(id >= 0);
	lab_expect(&c, NULL, FIN | ACK);
	netlab_advance(100 * MS);
	assert_int_equal(skbox_ended(id, &ret), 0);
	lab_send(&c, ACK, NULL, 0);
	netlab_advance(MS);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 0);
	/* or until its time is over */
	lab_active(&c);
	linger(c.fd, 1, 3);
	id = skbox_start(SYS_close, (long[6]){ c.fd });
	netlab_advance(2900 * MS);
	assert_int_equal(skbox_ended(id, &ret), 0);
	netlab_advance(200 * MS);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(tcp_orphan_count, 1);
	while (raw_out(&(struct raw_seg){ 0 }))
		;
	c.rcv_nxt++;
	lab_send(&c, RST, NULL, 0);
	assert_int_equal(tcp_orphan_count, 0);
}

/* ---- FIN_WAIT2 ---- */

static void fin_wait2_runs_out(void **state)
{
	struct lab_conn c;

	lab_active(&c);
	netlab_setopt(c.fd, IPPROTO_TCP, TCP_LINGER2, 10);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, ACK, NULL, 0);
	assert_int_equal(the_timewait()->substate, TCP_FIN_WAIT2);
	netlab_advance(9 * S);
	assert_int_equal(tcp_nr_timewait(), 1);
	netlab_advance(2 * S);
	assert_int_equal(tcp_nr_timewait(), 0);
	/* The peer comes too late. */
	lab_send(&c, FIN | ACK, NULL, 0);
	raw_expect(NULL, RST);
}

static void linger2_negative_resets(void **state)
{
	struct lab_conn c;

	lab_active(&c);
	netlab_setopt(c.fd, IPPROTO_TCP, TCP_LINGER2, -1);
	assert_int_equal(skbox_shutdown(c.fd, SHUT_WR), 0);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, ACK, NULL, 0);
	netlab_close(c.fd);
	raw_expect(NULL, RST | ACK);
	assert_int_equal(GROWN(TCPAbortOnLinger), 1);
	assert_int_equal(tcp_nr_timewait(), 0);
}

/* Data for an orphan in FIN_WAIT2: RST (RFC 1122 §4.2.2.13). */
static void fin_wait2_data_resets(void **state)
{
	struct lab_conn c;

	lab_active(&c);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, ACK, NULL, 0);
	lab_send(&c, ACK | PSH, "data", 4);
	raw_expect(NULL, RST);
	assert_int_equal(tcp_nr_timewait(), 0);
}

static void fin_wait2_segments(void **state)
{
	struct lab_conn c;

	lab_active(&c);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, ACK, NULL, 0);
	lab_send(&c, ACK, NULL, 0); /* once more */
	raw_expect_nothing();
	c.snd_nxt += 1000000; /* out of the window: an ACK */
	lab_send(&c, ACK, NULL, 0);
	raw_expect(NULL, ACK);
	lab_send(&c, ACK, NULL, 0);
	raw_expect_nothing();
	assert_int_equal(GROWN(TCPACKSkippedFinWait2), 1);
	c.snd_nxt -= 1000000;
	lab_send(&c, RST, NULL, 0);
	assert_int_equal(tcp_nr_timewait(), 0);
	assert_int_equal(GROWN(TWKilled), 1);
}

/* ---- TIME_WAIT ---- */

/* To TIME_WAIT, our side having connected from c->port. */
static void to_time_wait(struct lab_conn *c)
{
	lab_active(c);
	netlab_close(c->fd);
	lab_expect(c, NULL, FIN | ACK);
	lab_send(c, FIN | ACK, NULL, 0);
	raw_expect(NULL, ACK);
	assert_int_equal(the_timewait()->substate, TCP_TIME_WAIT);
}

static void time_wait_answers(void **state)
{
	struct raw_seg s;
	struct lab_conn c;

	to_time_wait(&c);
	/* The FIN again: our ACK was lost; the minute begins anew. */
	netlab_advance(50 * S);
	c.snd_nxt--;
	lab_send(&c, FIN | ACK, NULL, 0);
	raw_expect(&s, ACK);
	assert_int_equal(s.ack, c.snd_nxt);
	assert_int_equal(s.seq, c.rcv_nxt);
	netlab_advance(50 * S);
	assert_int_equal(tcp_nr_timewait(), 1);
	/* Old data is acknowledged; what has none, at most twice a second. */
	c.snd_nxt -= 100;
	lab_send(&c, ACK, "old", 3);
	raw_expect(&s, ACK);
	lab_send(&c, ACK, NULL, 0);
	raw_expect(&s, ACK);
	lab_send(&c, ACK, "old", 3);
	raw_expect(&s, ACK);
	lab_send(&c, ACK, NULL, 0);
	raw_expect_nothing();
	assert_int_equal(GROWN(TCPACKSkippedTimeWait), 1);
}

static void rfc1337(void **state)
{
	struct lab_conn c;

	to_time_wait(&c);
	sysctl_tcp_rfc1337 = 1;
	lab_send(&c, RST, NULL, 0);
	assert_int_equal(tcp_nr_timewait(), 1);
	sysctl_tcp_rfc1337 = 0;
	c.snd_nxt += 5; /* not where it would count */
	lab_send(&c, RST, NULL, 0);
	assert_int_equal(tcp_nr_timewait(), 1);
	c.snd_nxt -= 5;
	lab_send(&c, RST, NULL, 0);
	assert_int_equal(tcp_nr_timewait(), 0);
	raw_expect_nothing();
}

/* A server's TIME_WAIT on LAB_PORT; the peer's port 7. */
static void server_time_wait(int listener, struct lab_conn *c)
{
	lab_passive(listener, 7, c);
	netlab_close(c->fd);
	lab_expect(c, NULL, FIN | ACK);
	lab_send(c, FIN | ACK, NULL, 0);
	raw_expect(NULL, ACK);
	assert_int_equal(tcp_nr_timewait(), 1);
}

/* A SYN above the old numbers opens anew (RFC 9293 §3.6.1), and our ISN is above ours. */
static void syn_reopens(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg s;
	struct lab_conn c;

	server_time_wait(fd, &c);
	raw_in(&(struct raw_seg){ .sport = 7, .flags = SYN, .seq = c.snd_nxt + 1, .win = 65535 });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.seq, c.rcv_nxt + 65535 + 2);
	assert_int_equal(tcp_nr_timewait(), 0);
	assert_int_equal(tcp_nr_requests(), 1);
	netlab_close(fd);
}

/* One below them is an old duplicate for all we know: ACK. So is one that nobody listens for. */
static void syn_that_is_old(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg s;
	struct lab_conn c;

	server_time_wait(fd, &c);
	raw_in(&(struct raw_seg){
		.sport = 7, .flags = SYN, .seq = c.snd_nxt - 1000, .win = 65535 });
	raw_expect(&s, ACK);
	assert_int_equal(s.seq, c.rcv_nxt);
	assert_int_equal(s.ack, c.snd_nxt);
	netlab_close(fd);
	netlab_advance(S);
	raw_in(&(struct raw_seg){ .sport = 7, .flags = SYN, .seq = c.snd_nxt + 1, .win = 65535 });
	raw_expect(&s, ACK);
	assert_int_equal(tcp_nr_timewait(), 1);
}

/* With timestamps a later one is enough (RFC 6191), an earlier one is not. */
static void timestamps_reopen(void **state)
{
	int fd = lab_listen(5), conn;
	struct raw_seg s, t = { .sport = 7, .win = 65535, .ts = true, .tsval = 5000 };

	t.flags = SYN;
	t.seq = 1000;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	t.flags = ACK;
	t.seq = 1001;
	t.ack = s.seq + 1;
	t.tsecr = s.tsval;
	raw_in(&t);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	netlab_close(conn);
	raw_expect(&s, FIN | ACK);
	t.flags = FIN | ACK;
	t.ack = s.seq + 1;
	t.tsval = 5001;
	raw_in(&t);
	raw_expect(&s, ACK);
	assert_true(s.ts && s.tsecr == 5001);
	t = (struct raw_seg){
		.sport = 7, .flags = SYN, .seq = 500, .win = 65535, .ts = true, .tsval = 4000
	};
	raw_in(&t);
	raw_expect(&s, ACK);
	assert_int_equal(s.tsecr, 5001);
	assert_int_equal(GROWN(PAWSEstab), 1);
	t.tsval = 6000;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.tsecr, 6000);
	assert_int_equal(tcp_nr_timewait(), 0);
	netlab_close(fd);
}

/* bind() to a port in TIME_WAIT: with SO_REUSEADDR only. */
static void bind_over_time_wait(void **state)
{
	struct sockaddr_in sin = netlab_addr(0, 0);
	struct lab_conn c;
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	to_time_wait(&c);
	sin.sin_port = htons(c.port);
	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), -EADDRINUSE);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), -EADDRINUSE); /* it had none */
	netlab_close(fd);
}

/* The only port there is waits: whether connect() may have it is tcp_tw_reuse's to say (RFC 6191).
 */
static void connect_over_time_wait(void **state)
{
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	struct raw_seg s;
	u32 end;

	sysctl_ip_local_port_range[0] = sysctl_ip_local_port_range[1] = 40000;
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), -EINPROGRESS);
	raw_expect(&s, SYN);
	raw_in(&(struct raw_seg){ .sport = LAB_PORT,
				  .dport = s.sport,
				  .flags = SYN | ACK,
				  .seq = 1,
				  .ack = s.seq + 1,
				  .win = 65535,
				  .ts = true,
				  .tsval = 7,
				  .tsecr = s.tsval });
	raw_expect(&s, ACK);
	netlab_close(fd);
	raw_expect(&s, FIN | ACK);
	raw_in(&(struct raw_seg){ .sport = LAB_PORT,
				  .dport = s.sport,
				  .flags = FIN | ACK,
				  .seq = 2,
				  .ack = s.seq + 1,
				  .win = 65535,
				  .ts = true,
				  .tsval = 8,
				  .tsecr = s.tsval });
	end = s.seq + 1;
	raw_expect(&s, ACK);
	assert_int_equal(the_timewait()->substate, TCP_TIME_WAIT);
	netlab_advance(2 * S);
	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), -EADDRNOTAVAIL);
	/* to another port it is free */
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT + 1), -EINPROGRESS);
	raw_expect(&s, SYN);
	netlab_close(fd);
	sysctl_tcp_tw_reuse = 1;
	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), -EINPROGRESS);
	raw_expect(&s, SYN);
	assert_int_equal(s.seq, end + 65535 + 2);
	assert_int_equal(s.tsecr, 8);
	assert_int_equal(GROWN(TWRecycled), 1);
	assert_int_equal(tcp_nr_timewait(), 0);
	netlab_close(fd);
	sysctl_tcp_tw_reuse = 2;
	sysctl_ip_local_port_range[0] = 32768;
	sysctl_ip_local_port_range[1] = 60999;
}

static void time_wait_is_bounded(void **state)
{
	struct lab_conn c;

	sysctl_tcp_max_tw_buckets = 1;
	to_time_wait(&c);
	lab_active(&c);
	netlab_close(c.fd);
	lab_expect(&c, NULL, FIN | ACK);
	lab_send(&c, FIN | ACK, NULL, 0);
	raw_expect(NULL, ACK);
	assert_int_equal(GROWN(TCPTimeWaitOverflow), 1);
	assert_int_equal(tcp_nr_timewait(), 1);
	assert_int_equal(tcp_nr_established(), 0);
	sysctl_tcp_max_tw_buckets = 65536;
}

static void orphans_are_bounded(void **state)
{
	struct lab_conn c[3];
	int most = sysctl_tcp_max_orphans;

	sysctl_tcp_max_orphans = 2;
	for (u32 i = 0; i < 3; i++)
		lab_active(&c[i]);
	for (u32 i = 0; i < 2; i++) {
		netlab_close(c[i].fd);
		lab_expect(&c[i], NULL, FIN | ACK);
	}
	netlab_close(c[2].fd);
	lab_expect(&c[2], NULL, FIN | ACK);
	raw_expect(NULL, RST | ACK);
	assert_int_equal(GROWN(TCPAbortOnMemory), 1);
	assert_int_equal(tcp_orphan_count, 2);
	sysctl_tcp_max_orphans = most;
}

/* ---- disconnect ---- */

static void disconnect_and_again(void **state)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };
	struct lab_conn c;
	struct raw_seg s;
	u32 isn;

	lab_active(&c);
	isn = c.rcv_nxt;
	assert_int_equal(skbox_connect(c.fd, &sa, sizeof(sa)), 0);
	lab_expect(&c, NULL, RST | ACK);
	assert_int_equal(lab_state(c.fd), TCP_CLOSE);
	assert_int_equal(netlab_connect(c.fd, PEER_IP, LAB_PORT), -EINPROGRESS);
	raw_expect(&s, SYN);
	assert_true(after(s.seq, isn + 65535));
	netlab_close(c.fd);
	assert_int_equal(tcp_nr_established(), 0);
}

static void connect_errors(void **state)
{
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sin = netlab_addr(PEER_IP, 1);

	assert_int_equal(netlab_connect(fd, IP4(192, 168, 9, 9), 80), -ENETUNREACH);
	assert_int_equal(netlab_connect(fd, BCAST_IP, 80), -ENETUNREACH);
	assert_int_equal(netlab_connect(fd, IP4(224, 0, 0, 1), 80), -ENETUNREACH);
	assert_int_equal(skbox_connect(fd, &sin, 8), -EINVAL);
	sin.sin_family = 77;
	assert_int_equal(skbox_connect(fd, &sin, sizeof(sin)), -EAFNOSUPPORT);
	assert_int_equal(lab_state(fd), TCP_CLOSE);
	sin = netlab_addr(IP4(10, 9, 9, 9), 5);
	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), -EADDRNOTAVAIL);
	netlab_close(fd);
}

static void connect_refused(void **state)
{
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	u64 fails = tcp_mib[TCP_MIB_AttemptFails];
	struct raw_seg s;

	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), -EINPROGRESS);
	raw_expect(&s, SYN);
	raw_in(&(struct raw_seg){
		.sport = LAB_PORT, .dport = s.sport, .flags = RST | ACK, .ack = s.seq + 1 });
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), -ECONNREFUSED);
	assert_int_equal(tcp_mib[TCP_MIB_AttemptFails], fails + 1);
	netlab_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		conn_test(close_first),
		conn_test(close_second),
		conn_test(simultaneous_close),
		conn_test(half_close),
		conn_test(unread_data_resets),
		conn_test(read_data_does_not),
		conn_test(linger_zero_resets),
		conn_test(linger_off_sends_fin),
		conn_test(linger_waits),
		conn_test(fin_wait2_runs_out),
		conn_test(linger2_negative_resets),
		conn_test(fin_wait2_data_resets),
		conn_test(fin_wait2_segments),
		conn_test(time_wait_answers),
		conn_test(rfc1337),
		conn_test(syn_reopens),
		conn_test(syn_that_is_old),
		conn_test(timestamps_reopen),
		conn_test(bind_over_time_wait),
		conn_test(connect_over_time_wait),
		conn_test(time_wait_is_bounded),
		conn_test(orphans_are_bounded),
		conn_test(disconnect_and_again),
		conn_test(connect_errors),
		conn_test(connect_refused),
	};

	return cmocka_run_group_tests_name("tcp close", tests, netlab_setup, NULL);
}
