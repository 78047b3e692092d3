/*
 * How large segments are: the peer's MSS and ours, ICMP "fragmentation needed" (RFC 1191, RFC
 * 5927), probes and black holes (RFC 4821).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/ip/icmp.h"
#include "net/ip/route.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_output.h"

static u8 data[200000];

static void send_bytes(struct conn *c, u32 len)
{
	assert_int_equal(skbox_sendto(c->fd, data, len, MSG_DONTWAIT, NULL, 0), len);
}

/* ICMP "fragmentation needed" about the segment at @seq; @mtu 0: an old router says nothing. */
static void icmp_frag_needed(const struct conn *c, u32 seq, u16 mtu)
{
	u8 packet[28 + 28] = { 0 };
	struct iphdr *ip = (struct iphdr *)packet, *quoted = (struct iphdr *)(packet + 28);
	u8 *icmp = packet + 20, *th = packet + 48;
	be16 check;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tot_len = htons(sizeof(packet)),
			      .ttl = 64,
			      .protocol = IPPROTO_ICMP,
			      .saddr = PEER_IP,
			      .daddr = OUR_IP };
	ip->check = ip_fast_csum(ip, 5);
	*quoted = (struct iphdr){ .ihl_version = 0x45,
				  .tot_len = htons(1500),
				  .ttl = 60,
				  .protocol = IPPROTO_TCP,
				  .saddr = OUR_IP,
				  .daddr = PEER_IP };
	quoted->check = ip_fast_csum(quoted, 5);
	put_be16(th, c->our);
	put_be16(th + 2, c->peer);
	put_be32(th + 4, c->iss + seq);
	icmp[0] = 3;
	icmp[1] = 4;
	put_be16(icmp + 6, mtu);
	check = csum_fold(csum_partial(icmp, sizeof(packet) - 20, 0));
	memcpy(icmp + 2, &check, 2);
	assert_int_equal(skbox_ip_in(0, packet, sizeof(packet)), 0);
}

static void test_mss_is_the_smaller(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 536 });

	send_bytes(&c, 3000);
	expect(&c, ACK, 1, 1, 536);
	conn_kill(&c);

	c = conn_active(&(struct offer){ .mss = 9000, .win = 65535 });
	send_bytes(&c, 3000);
	expect(&c, ACK, 1, 1, 1460);
	conn_kill(&c);

	/* 12 bytes of timestamps in each segment */
	c = conn_active(&(struct offer){ .mss = 1460, .ts = true, .win = 65535 });
	send_bytes(&c, 3000);
	expect(&c, ACK, 1, 1, 1448);
	conn_kill(&c);
}

/* An MSS that makes no sense does not make segments of nothing. */
static void test_tiny_mss(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1, .ts = true });
	struct segment s;

	send_bytes(&c, 200);
	assert_true(seg_out(&c, &s));
	assert_in_range(s.len, 36, 48);
	conn_kill(&c);
}

/* Two segments are to fit into the largest window that the peer ever had. */
static void test_half_a_window(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1460, .win = 1000 });

	send_bytes(&c, 3000);
	expect(&c, ACK, 1, 1, 500);
	conn_kill(&c);
}

static void test_icmp(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1460, .sack = true, .win = 65535 });
	u32 cwnd = conn_tp(&c)->snd_cwnd;

	send_bytes(&c, 2920);
	assert_int_equal(drain(&c), 2);
	icmp_frag_needed(&c, 1, 1000);
	assert_int_equal(conn_tp(&c)->mss_cache, 960);
	/* At once, in the new size, and congestion it is none. */
	expect(&c, ACK, 1, 1, 960);
	expect(&c, ACK, 961, 1, 960);
	assert_true(conn_tp(&c)->snd_cwnd >= cwnd - 1);
	assert_null(tcp_rtx_check(conn_tp(&c)));
	seg_in(&c, &(struct segment){ .flags = ACK, .seq = 1, .ack = 2921, .win = 60000 });
	drain(&c);
	send_bytes(&c, 2000);
	expect(&c, ACK, 2921, 1, 960);
	conn_kill(&c);
	advance(700 * SECOND); /* the path is forgotten */
}

/* RFC 5927 §7: not about what is on its way, and not below the least. */
static void test_icmp_that_lies(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1460, .sack = true, .win = 65535 });

	send_bytes(&c, 2920);
	assert_int_equal(drain(&c), 2);
	icmp_frag_needed(&c, 5000, 1000);
	icmp_frag_needed(&c, 0, 1000);
	icmp_frag_needed(&c, 1, 1500);
	assert_int_equal(conn_tp(&c)->mss_cache, 1460);
	expect_nothing(&c);
	icmp_frag_needed(&c, 1, 68);
	assert_int_equal(conn_tp(&c)->mss_cache, 552 - 40); /* net.ipv4.route.min_pmtu */
	conn_kill(&c);
	advance(700 * SECOND);
}

/* While a task holds the sock the news waits. */
static void test_icmp_is_deferred(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1460, .sack = true, .win = 65535 });
	struct tcp_sock *tp = conn_tp(&c);

	send_bytes(&c, 2920);
	assert_int_equal(drain(&c), 2);
	lock_sock(&tp->sk);
	icmp_frag_needed(&c, 1, 1000);
	assert_int_equal(tp->mss_cache, 1460);
	release_sock(&tp->sk);
	assert_int_equal(tp->mss_cache, 960);
	conn_kill(&c);
	advance(700 * SECOND);
}

/* ---- RFC 4821 ---- */

/*
 * Drives a transfer over a path that takes @path bytes a packet, and says nothing of it; returns
 * the largest segment at the end.
 */
static u32 transfer(struct conn *c, u32 path, u32 rounds)
{
	u32 top = 1, largest = 0;
	struct segment s;

	for (u32 i = 0; i < rounds; i++) {
		bool hole = false;

		while (skbox_sendto(c->fd, data, 20000, MSG_DONTWAIT, NULL, 0) > 0)
			;
		while (seg_out(c, &s)) {
			largest = max(largest, s.len);
			if (s.len + 40 > path) {
				hole = true;
				continue;
			}
			if (s.seq == top)
				top += s.len;
			else if (before(top, s.seq))
				seg_in(c,
				       &(struct segment){
					       .flags = ACK, .seq = 1, .ack = top, .win = 60000 });
		}
		advance(hole ? 300 * MSEC : 10 * MSEC);
		seg_in(c, &(struct segment){ .flags = ACK, .seq = 1, .ack = top, .win = 60000 });
	}
	return largest;
}

static void test_probing_finds_the_largest(void **state)
{
	struct conn c;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", "2"), 0);
	c = conn_active(&(struct offer){ .mss = 1460, .win = 65535 });
	send_bytes(&c, 3000);
	expect(&c, ACK, 1, 1, 1024); /* net.ipv4.tcp_base_mss */
	conn_kill(&c);

	u64 ok = MIB(TCPMTUPSuccess);
	c = conn_active(&(struct offer){ .mss = 1460, .win = 65535 });
	transfer(&c, 1500, 400);
	assert_true(MIB(TCPMTUPSuccess) > ok);
	assert_in_range(conn_tp(&c)->mss_cache, 1450, 1460);
	conn_kill(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", "0"), 0);
}

static void test_probing_stays_below(void **state)
{
	u64 failed = MIB(TCPMTUPFail);
	struct conn c;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", "2"), 0);
	c = conn_active(&(struct offer){ .mss = 1460, .win = 65535 });
	transfer(&c, 1300, 400);
	assert_true(MIB(TCPMTUPFail) > failed);
	assert_in_range(conn_tp(&c)->mss_cache, 1240, 1260);
	conn_kill(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", "0"), 0);
}

/* Nothing large comes through, and nobody says so: it gets smaller after some timeouts. */
static void test_black_hole(void **state)
{
	struct conn c;
	struct segment s;
	u32 least = 1460;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", "1"), 0);
	c = conn_active(&(struct offer){ .mss = 1460, .win = 65535 });
	send_bytes(&c, 10000);
	while (least + 40 > 1100 && conn_state(&c) == TCP_ESTABLISHED) {
		advance(100 * MSEC);
		while (seg_out(&c, &s))
			least = min(least, s.len);
		assert_true(skbox_now() < 10000 * SECOND);
	}
	assert_in_range(least, 500, 1024);
	conn_kill(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", "0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(test_mss_is_the_smaller),
		tcp_test(test_tiny_mss),
		tcp_test(test_half_a_window),
		tcp_test(test_icmp),
		tcp_test(test_icmp_that_lies),
		tcp_test(test_icmp_is_deferred),
		tcp_test(test_probing_finds_the_largest),
		tcp_test(test_probing_stays_below),
		tcp_test(test_black_hole),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
