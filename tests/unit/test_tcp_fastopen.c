/*
 * TCP Fast Open (RFC 7413), the server's side and what the client remembers; and ICMP errors about
 * connections (RFC 5927): segment by segment, on the moved clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connlab.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC

static int fastopen_listen(int qlen)
{
	int fd = lab_listen(10);

	sysctl_tcp_fastopen = 3;
	assert_int_equal(netlab_setopt(fd, IPPROTO_TCP, TCP_FASTOPEN, qlen), 0);
	return fd;
}

/* Asks for a cookie; the request is reset away. */
static void get_cookie(u8 cookie[8])
{
	struct raw_seg s;

	raw_in(&(struct raw_seg){
		.sport = 9, .flags = SYN, .seq = 1, .win = 65535, .mss = 1460, .fo_len = 1 });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.fo_len, 8 + 1);
	memcpy(cookie, s.fo, 8);
	raw_in(&(struct raw_seg){ .sport = 9, .flags = RST, .seq = 2 });
	assert_int_equal(tcp_nr_requests(), 0);
}

static struct raw_seg syn_data(u16 port, const u8 *cookie, const char *data)
{
	struct raw_seg s = { .sport = port,
			     .flags = SYN,
			     .seq = 1000,
			     .win = 65535,
			     .mss = 1460,
			     .fo_len = cookie ? 9 : 0,
			     .data = data,
			     .len = (u32)strlen(data) };

	if (cookie)
		memcpy(s.fo, cookie, 8);
	return s;
}

static void expect_data(int fd, const char *text)
{
	char buf[64];
	long n = skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, (size_t)n);
}

/* Known from Linux with net.ipv4.tcp_fastopen_key of packetdrill's scripts. */
static void cookie_is_linux_s(void **state)
{
	static const u8 good[] = { 0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 0x7e, 0xeb };
	u8 old[32], cookie[8];

	assert_int_equal(tcp_fastopen_get_keys(NULL, old), 1);
	assert_int_equal(
		skbox_sysctl("net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
		0);
	tcp_fastopen_cookie_gen(NULL, IP4(192, 0, 2, 1), IP4(192, 168, 0, 1), cookie);
	assert_memory_equal(cookie, good, 8);
	assert_int_not_equal(skbox_sysctl("net.ipv4.tcp_fastopen_key", "a1-b2-c3"), 0);
	assert_int_not_equal(skbox_sysctl("net.ipv4.tcp_fastopen_key", "a1-b2-c3-x"), 0);
	assert_int_not_equal(skbox_sysctl("net.ipv4.tcp_fastopen_key", "123456789-b2-c3-d4"), 0);
	assert_int_equal(tcp_fastopen_set_keys(NULL, old, 1), 0);
}

static void data_with_syn(void **state)
{
	int fd = fastopen_listen(5), conn;
	struct raw_seg s, t;
	u8 cookie[8];

	get_cookie(cookie);
	t = syn_data(1, cookie, "GET /");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1001 + 5);
	assert_int_equal(s.fo_len, 0);
	assert_int_equal(GROWN(TCPFastOpenPassive), 1);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	assert_int_equal(lab_state(conn), TCP_SYN_RECV);
	expect_data(conn, "GET /");
	/* It may answer before the handshake is over. */
	assert_int_equal(skbox_sendto(conn, "200", 3, 0, NULL, 0), 3);
	raw_expect(&t, ACK | PSH);
	assert_int_equal(t.seq, s.seq + 1);
	raw_in(&(struct raw_seg){
		.sport = 1, .flags = ACK, .seq = 1006, .ack = t.seq + 3, .win = 65535 });
	assert_int_equal(lab_state(conn), TCP_ESTABLISHED);
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(conn);
	netlab_close(fd);
}

static void wrong_cookie(void **state)
{
	int fd = fastopen_listen(5), conn;
	struct raw_seg s, t;
	u8 cookie[8];

	get_cookie(cookie);
	cookie[3] ^= 1;
	t = syn_data(1, cookie, "GET /");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1001); /* the data has to come again */
	assert_int_equal(s.fo_len, 9); /* with this one */
	cookie[3] ^= 1;
	assert_memory_equal(s.fo, cookie, 8);
	assert_int_equal(GROWN(TCPFastOpenPassiveFail), 1);
	assert_int_equal(lab_accept(fd), -EAGAIN);
	raw_in(&(struct raw_seg){ .sport = 1,
				  .flags = ACK,
				  .seq = 1001,
				  .ack = s.seq + 1,
				  .win = 65535,
				  .data = "GET /",
				  .len = 5 });
	conn = lab_accept(fd);
	expect_data(conn, "GET /");
	netlab_close(conn);
	netlab_close(fd);
}

static void without_option(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg s, t = syn_data(1, NULL, "GET /");

	sysctl_tcp_fastopen = 3;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1001);
	/* The listener has not asked for it. */
	t.sport = 2;
	t.fo_len = 1;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.fo_len, 0);
	netlab_close(fd);
}

/* The SYN-ACK is lost, then the peer is. */
static void syn_ack_again(void **state)
{
	int fd = fastopen_listen(5), conn;
	struct raw_seg s, t;
	u8 cookie[8];
	u32 n = 0, seq;

	get_cookie(cookie);
	t = syn_data(1, cookie, "GET /");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	seq = s.seq;
	conn = lab_accept(fd);
	raw_in(&t); /* the SYN again, with its data */
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1006);
	for (u32 i = 0; i < 200; i++) {
		netlab_advance(S);
		while (raw_out(&s)) {
			assert_int_equal(s.flags, SYN | ACK);
			assert_int_equal(s.seq, seq);
			n++;
		}
	}
	assert_in_range(n, 5, 6);
	assert_int_equal(lab_state(conn), TCP_CLOSE);
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(conn);
	netlab_close(fd);
}

/* No more than TCP_FASTOPEN says; one that was reset keeps its place for a minute. */
static void queue_is_bounded(void **state)
{
	int fd = fastopen_listen(1), conn;
	struct raw_seg s, t;
	u8 cookie[8];

	get_cookie(cookie);
	t = syn_data(1, cookie, "a");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1002);
	t.sport = 2;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1001);
	assert_int_equal(GROWN(TCPFastOpenListenOverflow), 1);
	conn = lab_accept(fd);
	raw_in(&(struct raw_seg){ .sport = 1, .flags = RST, .seq = 1002 });
	assert_int_equal(lab_state(conn), TCP_CLOSE);
	netlab_close(conn);
	t.sport = 3;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1001);
	netlab_advance(61 * S);
	while (raw_out(&s))
		;
	t.sport = 4;
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1002);
	netlab_close(fd);
	assert_int_equal(tcp_nr_requests(), 0);
}

/* A child with all of a fast open: data and FIN in the SYN; closed before it is acknowledged. */
static void closed_in_handshake(void **state)
{
	int fd = fastopen_listen(5), conn;
	struct raw_seg s, t;
	u8 cookie[8];

	get_cookie(cookie);
	t = syn_data(1, cookie, "a");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	conn = lab_accept(fd);
	expect_data(conn, "a");
	netlab_close(conn);
	raw_expect(&t, FIN | ACK);
	raw_in(&(struct raw_seg){
		.sport = 1, .flags = ACK, .seq = 1002, .ack = t.seq + 1, .win = 65535 });
	assert_int_equal(tcp_nr_requests(), 0);
	assert_int_equal(tcp_nr_timewait(), 1);
	/* and one that is not even accepted */
	t = syn_data(2, cookie, "a");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	netlab_close(fd);
	raw_expect(&s, RST | ACK);
	assert_int_equal(tcp_nr_requests(), 0);
}

/* ---- the client ---- */

static void client_remembers_cookie(void **state)
{
	static const u8 cookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct sockaddr_in sin = netlab_addr(PEER_IP, LAB_PORT);
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	struct raw_seg s, t;

	sysctl_tcp_fastopen = 1;
	assert_int_equal(skbox_sendto(fd, "hello", 5, MSG_FASTOPEN, &sin, sizeof(sin)),
			 -EINPROGRESS);
	raw_expect(&s, SYN);
	assert_int_equal(s.fo_len, 1);
	assert_int_equal(s.len, 0);
	t = (struct raw_seg){ .sport = LAB_PORT,
			      .dport = s.sport,
			      .flags = SYN | ACK,
			      .seq = 1,
			      .ack = s.seq + 1,
			      .win = 65535,
			      .mss = 1400,
			      .fo_len = 9 };
	memcpy(t.fo, cookie, 8);
	raw_in(&t);
	raw_expect(&s, ACK);
	netlab_close(fd);
	raw_expect(&s, FIN | ACK);
	raw_in(&(struct raw_seg){ .sport = LAB_PORT, .dport = s.sport, .flags = RST, .seq = 2 });
	/* Now with data, whose size the remembered MSS bounds. */
	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(skbox_sendto(fd, "hello", 5, MSG_FASTOPEN, &sin, sizeof(sin)), 5);
	raw_expect(&s, SYN);
	assert_int_equal(s.fo_len, 9);
	assert_memory_equal(s.fo, cookie, 8);
	assert_int_equal(s.len, 5);
	t = (struct raw_seg){ .sport = LAB_PORT,
			      .dport = s.sport,
			      .flags = SYN | ACK,
			      .seq = 1,
			      .ack = s.seq + 6,
			      .win = 65535,
			      .mss = 1400 };
	raw_in(&t);
	raw_expect(&t, ACK);
	assert_int_equal(GROWN(TCPFastOpenActive), 1);
	netlab_close(fd);
	raw_expect(&t, FIN | ACK);
	assert_int_equal(t.seq, s.seq + 6);
	raw_in(&(struct raw_seg){ .sport = LAB_PORT, .dport = s.sport, .flags = RST, .seq = 2 });
}

/* TCP_FASTOPEN_CONNECT: connect() waits for the first send if there is a cookie. */
static void client_defers_connect(void **state)
{
	static const u8 cookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	struct raw_seg s;

	sysctl_tcp_fastopen = 1;
	local_bh_disable();
	tcp_fastopen_cache_set(PEER_IP, 1400, cookie, 8, false, false);
	local_bh_enable();
	assert_int_equal(netlab_setopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), 0);
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), 0);
	raw_expect_nothing();
	assert_int_equal(skbox_sendto(fd, "hello", 5, 0, NULL, 0), 5);
	raw_expect(&s, SYN);
	assert_int_equal(s.len, 5);
	netlab_close(fd);
	/* and one that never sends */
	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(netlab_setopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), 0);
	assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), 0);
	netlab_close(fd);
	raw_expect_nothing();
}

/* ---- ICMP ---- */

/* An error of @type and @code that quotes our segment @seq of the flow between @our and @their. */
static void icmp_about(u16 our, u16 their, u32 seq, u8 type, u8 code, u32 info)
{
	u8 quote[28] = { 0 };
	struct iphdr *ip = (struct iphdr *)quote;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tot_len = htons(1500),
			      .ttl = 60,
			      .protocol = IPPROTO_TCP,
			      .saddr = OUR_IP,
			      .daddr = PEER_IP };
	ip->check = ip_fast_csum(ip, 5);
	put_be16(quote + 20, our);
	put_be16(quote + 22, their);
	put_be32(quote + 24, seq);
	netlab_icmp_in(type, code, info, quote, sizeof(quote));
}

static void icmp_while_connecting(void **state)
{
	static const struct {
		u8 type, code;
		int err;
	} cases[] = {
		{ ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, -EHOSTUNREACH },
		{ ICMP_DEST_UNREACH, ICMP_NET_UNREACH, -ENETUNREACH },
		{ ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, -ECONNREFUSED },
		{ ICMP_TIME_EXCEEDED, 0, -EHOSTUNREACH },
		{ ICMP_PARAMETERPROB, 0, -EPROTO },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
		struct raw_seg s;

		assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), -EINPROGRESS);
		raw_expect(&s, SYN);
		icmp_about(s.sport, LAB_PORT, s.seq + 100, cases[i].type, cases[i].code, 0);
		icmp_about(s.sport, LAB_PORT, s.seq - 1, cases[i].type, cases[i].code, 0);
		icmp_about(s.sport, LAB_PORT, s.seq, ICMP_SOURCE_QUENCH, 0, 0);
		assert_int_equal(lab_state(fd), TCP_SYN_SENT);
		icmp_about(s.sport, LAB_PORT, s.seq, cases[i].type, cases[i].code, 0);
		assert_int_equal(lab_state(fd), TCP_CLOSE);
		assert_int_equal(netlab_connect(fd, PEER_IP, LAB_PORT), cases[i].err);
		netlab_close(fd);
	}
	assert_int_equal(GROWN(OutOfWindowIcmps), 2 * ARRAY_SIZE(cases));
}

static void icmp_while_connected(void **state)
{
	struct raw_seg s;
	struct lab_conn c;
	int fd;

	lab_active(&c);
	assert_int_equal(skbox_sendto(c.fd, "data", 4, 0, NULL, 0), 4);
	lab_expect(&c, &s, ACK | PSH);
	icmp_about(c.port, LAB_PORT, s.seq, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	icmp_about(c.port, LAB_PORT, s.seq - 5, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	assert_int_equal(GROWN(OutOfWindowIcmps), 1);
	assert_int_equal(lab_state(c.fd), TCP_ESTABLISHED);
	assert_int_equal(netlab_sk(c.fd)->err, 0);
	assert_int_equal(netlab_getopt(c.fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	/* Unless it wants to know. */
	assert_int_equal(netlab_setopt(c.fd, SOL_IP, IP_RECVERR, 1), 0);
	icmp_about(c.port, LAB_PORT, s.seq, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	assert_int_equal(lab_state(c.fd), TCP_ESTABLISHED);
	assert_int_equal(netlab_getopt(c.fd, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
	netlab_close(c.fd);
	raw_expect(NULL, FIN | ACK);
	c.rcv_nxt++;
	lab_send(&c, RST, NULL, 0);
	/* A listener, and nobody. */
	fd = lab_listen(5);
	icmp_about(LAB_PORT, LAB_PEER_PORT, 0, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	netlab_close(fd);
}

static void icmp_for_request(void **state)
{
	int fd = lab_listen(5);
	struct raw_seg s;

	raw_in(&(struct raw_seg){ .sport = 1, .flags = SYN, .seq = 1000, .win = 65535 });
	raw_expect(&s, SYN | ACK);
	icmp_about(LAB_PORT, 1, s.seq + 1, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	icmp_about(LAB_PORT, 1, s.seq, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	assert_int_equal(tcp_nr_requests(), 1);
	icmp_about(LAB_PORT, 1, s.seq, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	assert_int_equal(tcp_nr_requests(), 0);
	netlab_close(fd);
}

/* A fast open that a task has is a connection, if the handshake is not over all the same. */
static void icmp_while_opening_fast(void **state)
{
	int fd = fastopen_listen(5), conn;
	struct raw_seg s, t;
	u8 cookie[8];

	get_cookie(cookie);
	t = syn_data(1, cookie, "GET /");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	icmp_about(LAB_PORT, 1, s.seq, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	assert_int_equal(lab_state(conn), TCP_SYN_RECV);
	expect_data(conn, "GET /");
	raw_in(&(struct raw_seg){ .sport = 1, .flags = RST | ACK, .seq = 1006, .ack = s.seq + 1 });
	assert_int_equal(lab_state(conn), TCP_CLOSE);
	netlab_close(conn);
	/* One that nobody has yet comes to nothing. */
	t = syn_data(2, cookie, "GET /");
	raw_in(&t);
	raw_expect(&s, SYN | ACK);
	icmp_about(LAB_PORT, 2, s.seq, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	conn = lab_accept(fd);
	assert_true(conn >= 0);
	assert_int_equal(lab_state(conn), TCP_CLOSE);
	assert_int_equal(netlab_getopt(conn, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	netlab_close(conn);
	netlab_close(fd);
	skbox_advance(61 * NSEC_PER_SEC); /* the RST's penalty */
}

static void icmp_lowers_mtu(void **state)
{
	struct lab_conn c;
	static char big[1400];
	struct raw_seg s;

	lab_active(&c);
	assert_int_equal(tcp_sk(netlab_sk(c.fd))->mss_cache, 1460);
	assert_int_equal(skbox_sendto(c.fd, big, sizeof(big), 0, NULL, 0), sizeof(big));
	lab_expect(&c, &s, ACK | PSH);
	icmp_about(c.port, LAB_PORT, s.seq + 5000, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000);
	assert_int_equal(tcp_sk(netlab_sk(c.fd))->mss_cache, 1460);
	icmp_about(c.port, LAB_PORT, s.seq, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000);
	assert_int_equal(tcp_sk(netlab_sk(c.fd))->mss_cache, 960);
	raw_expect(&s, ACK); /* again, in pieces that fit */
	assert_int_equal(s.len, 960);
	while (raw_out(&s))
		;
	netlab_close(c.fd);
	lab_send(&c, RST, NULL, 0);
	local_bh_disable();
	rt_changed();
	local_bh_enable();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		conn_test(cookie_is_linux_s),
		conn_test(data_with_syn),
		conn_test(wrong_cookie),
		conn_test(without_option),
		conn_test(syn_ack_again),
		conn_test(queue_is_bounded),
		conn_test(closed_in_handshake),
		conn_test(client_remembers_cookie),
		conn_test(client_defers_connect),
		conn_test(icmp_while_connecting),
		conn_test(icmp_while_connected),
		conn_test(icmp_for_request),
		conn_test(icmp_while_opening_fast),
		conn_test(icmp_lowers_mtu),
	};

	return cmocka_run_group_tests_name("tcp fast open, ICMP", tests, netlab_setup, NULL);
}
