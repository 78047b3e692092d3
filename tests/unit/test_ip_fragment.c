/*
 * Fragmentation: what leaves is put together by the test, byte by byte. From sockets with each
 * IP_MTU_DISCOVER, and through a router: pieces of pieces, options, DF, router alert.
 */
#include "fraglab.h"

#include <abi/fcntl.h>
#include <abi/socket.h>

#define FAR IP4(10, 0, 0, 9) /* over a way that takes 600 bytes */
#define FAR_MTU 600

static struct whole w;

static int udp_to(be32 addr, int discover)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(9),
				   .sin_addr.s_addr = addr };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(skbox_connect(fd, &sin, sizeof(sin)), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &discover, 4), 0);
	return fd;
}

static void far_route(bool add)
{
	struct route_config cfg = { .dst = FAR,
				    .len = 32,
				    .type = RTN_UNICAST,
				    .scope = RT_SCOPE_LINK,
				    .dev = eth0,
				    .mtu = FAR_MTU };

	assert_int_equal(add ? ip_route_add(&cfg) : ip_route_del(&cfg), 0);
}

/* ---- from our own sockets ---- */

static void expect_udp(u32 len, u32 pieces)
{
	u32 ulen = len + 8;

	whole_out(&w);
	expect_whole(&w);
	assert_int_equal(w.pieces, pieces);
	assert_int_equal(w.len, ulen);
	assert_memory_equal(w.data + 8, frag_pattern, len);
	assert_int_equal(csum_fold(csum_partial(
				 w.data, ulen,
				 csum_tcpudp_nofold(w.first.saddr, w.first.daddr, ulen, 17, 0))),
			 0);
}

static void udp_of_every_size(void **state)
{
	static const u32 lens[] = { 1472, 1473, 2952, 2953, 20000, 65507 };
	int fd = udp_to(PEER, IP_PMTUDISC_WANT);
	u64 oks = ip_mib[IP_MIB_FragOKs], creates = ip_mib[IP_MIB_FragCreates], cut = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		u32 pieces = (lens[i] + 8 + 1479) / 1480;

		assert_int_equal(skbox_sendto(fd, frag_pattern, lens[i], 0, NULL, 0), lens[i]);
		expect_udp(lens[i], pieces);
		cut += pieces > 1 ? pieces : 0;
		assert_int_equal(w.first.frag_off & htons(IP_DF), pieces > 1 ? 0 : htons(IP_DF));
	}
	assert_int_equal(ip_mib[IP_MIB_FragOKs], oks + ARRAY_SIZE(lens) - 1);
	assert_int_equal(ip_mib[IP_MIB_FragCreates], creates + cut);
	assert_int_equal(skbox_sendto(fd, frag_pattern, 65508, 0, NULL, 0), -EMSGSIZE);
	skbox_close(fd);
}

/* A card that takes one piece of memory only, and sums nothing. */
static void plain_cards_get_plain_pieces(void **state)
{
	u32 features = eth0->features;
	int fd = udp_to(PEER, IP_PMTUDISC_DONT);

	eth0->features = 0;
	assert_int_equal(skbox_sendto(fd, frag_pattern, 10001, 0, NULL, 0), 10001);
	expect_udp(10001, 7);
	eth0->features = features;
	skbox_close(fd);
}

static void mtu_discover(void **state)
{
	static const struct {
		int how, small, large; /* what comes of 500 and of 1000 bytes: pieces, or -errno */
		bool df;	       /* of what is not cut */
	} modes[] = {
		{ IP_PMTUDISC_DONT, 1, 2, false },	{ IP_PMTUDISC_WANT, 1, 2, true },
		{ IP_PMTUDISC_DO, 1, -EMSGSIZE, true }, { IP_PMTUDISC_PROBE, 1, 1, true },
		{ IP_PMTUDISC_INTERFACE, 1, 1, false }, { IP_PMTUDISC_OMIT, 1, 1, false },
	};

	far_route(true);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int fd = udp_to(FAR, modes[i].how);

		assert_int_equal(skbox_sendto(fd, frag_pattern, 500, 0, NULL, 0), 500);
		expect_udp(500, (u32)modes[i].small);
		assert_int_equal(w.first.frag_off, modes[i].df ? htons(IP_DF) : 0);
		if (modes[i].large < 0) {
			assert_int_equal(skbox_sendto(fd, frag_pattern, 1000, 0, NULL, 0),
					 modes[i].large);
			continue;
		}
		assert_int_equal(skbox_sendto(fd, frag_pattern, 1000, 0, NULL, 0), 1000);
		expect_udp(1000, (u32)modes[i].large);
		skbox_close(fd);
	}
	/* Those who probe go no further than the link, but who does not care. */
	for (size_t i = 3; i < ARRAY_SIZE(modes); i++) {
		int fd = udp_to(FAR, modes[i].how);
		bool any = modes[i].how == IP_PMTUDISC_OMIT;

		assert_int_equal(skbox_sendto(fd, frag_pattern, 1473, 0, NULL, 0),
				 any ? 1473 : -EMSGSIZE);
		if (any)
			expect_udp(1473, 2);
		skbox_close(fd);
	}
	far_route(false);
}

static void no_pmtu_disc(void **state)
{
	unsigned int len = sizeof(int);
	int fd, how;

	assert_int_equal(skbox_sysctl("net.ipv4.ip_no_pmtu_disc", "1"), 0);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &how, &len), 0);
	assert_int_equal(how, IP_PMTUDISC_DONT);
	skbox_close(fd);
	assert_int_equal(skbox_sysctl("net.ipv4.ip_no_pmtu_disc", "0"), 0);
}

static void echo_of_the_longest(void **state)
{
	static u8 msg[FRAG_MAX];
	be16 check;

	memcpy(msg, frag_pattern, sizeof(msg));
	msg[0] = ICMP_ECHO;
	msg[1] = 0;
	memset(msg + 2, 0, 2);
	check = csum_fold(csum_partial(msg, sizeof(msg), 0));
	memcpy(msg + 2, &check, 2);
	for (u32 off = 0; off < FRAG_MAX; off += 1480)
		piece_in(&(struct piece){ .off = off,
					  .len = min(1480u, FRAG_MAX - off),
					  .more = off + 1480 < FRAG_MAX,
					  .protocol = IPPROTO_ICMP,
					  .data = msg + off });
	whole_out(&w);
	expect_whole(&w);
	assert_int_equal(w.len, FRAG_MAX);
	assert_int_equal(w.data[0], ICMP_ECHOREPLY);
	assert_memory_equal(w.data + 4, msg + 4, FRAG_MAX - 4);
	assert_int_equal(csum_fold(csum_partial(w.data, w.len, 0)), 0);
}

static void everything_over_lo(void **state)
{
	static u8 back[65536];
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(6000),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), 0);
	for (u32 len = 16000; len <= 65507; len += 49507 / 13) {
		assert_int_equal(skbox_sendto(fd, frag_pattern, len, 0, &sin, sizeof(sin)), len);
		assert_int_equal(skbox_recvfrom(fd, back, sizeof(back), 0, NULL, NULL), len);
		assert_memory_equal(back, frag_pattern, len);
	}
	skbox_close(fd);
}

/* ---- as a router ---- */

static int router_setup(void **state)
{
	int err = frag_setup(state);

	skbox_sysctl("net.ipv4.ip_forward", "1");
	skbox_sysctl("net.ipv4.conf.all.send_redirects", "0");
	skbox_sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	far_route(true);
	return err;
}

static int router_teardown(void **state)
{
	far_route(false);
	skbox_sysctl("net.ipv4.ip_forward", "0");
	return frag_teardown(state);
}
#define router_test(f) cmocka_unit_test_setup_teardown(f, router_setup, router_teardown)

static void forwarded_in_pieces(void **state)
{
	u64 forwarded = ip_mib[IP_MIB_ForwDatagrams];

	lab_in(&(struct lab_packet){
		.protocol = FRAG_PROTO, .daddr = FAR, .data = frag_pattern, .len = 1480 });
	whole_out(&w);
	expect_whole(&w);
	assert_int_equal(w.pieces, 3);
	assert_int_equal(w.len, 1480);
	assert_memory_equal(w.data, frag_pattern, 1480);
	assert_int_equal(w.first.ttl, 63);
	assert_int_equal(ip_mib[IP_MIB_ForwDatagrams], forwarded + 1);
}

/* Its place in the whole is kept, and that others follow. */
static void pieces_of_pieces(void **state)
{
	for (u32 more = 0; more < 2; more++) {
		lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO,
					     .daddr = FAR,
					     .frag_off = (u16)(200 | (more ? IP_MF : 0)),
					     .data = frag_pattern,
					     .len = 1480 });
		whole_out(&w);
		assert_int_equal(w.pieces, 3);
		assert_int_equal(w.last_seen, !more);
		assert_int_equal(w.seen[1599], 0);
		for (u32 i = 1600; i < 3080; i++)
			assert_int_equal(w.seen[i], 1);
		assert_memory_equal(w.data + 1600, frag_pattern, 1480);
	}
}

/* A piece that ends beyond 65,535 is not cut: its own pieces would have a place at the start. */
static void no_piece_wraps(void **state)
{
	u64 drops = lab_drops(DROP_IP_TOO_BIG);

	for (u32 more = 0; more < 2; more++) {
		lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO,
					     .daddr = FAR,
					     .frag_off = (u16)(8150 | (more ? IP_MF : 0)),
					     .data = frag_pattern,
					     .len = 1480 });
		lab_quiet();
	}
	assert_int_equal(lab_drops(DROP_IP_TOO_BIG), drops + 2);
}

static void who_forbids_it_is_told(void **state)
{
	u64 fails = ip_mib[IP_MIB_FragFails], drops = lab_drops(DROP_IP_TOO_BIG);
	const struct icmphdr *icmp;
	u8 frame[2048];
	u32 len;

	lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO,
				     .daddr = FAR,
				     .frag_off = IP_DF,
				     .data = frag_pattern,
				     .len = 581 });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_FRAG_NEEDED);
	assert_int_equal(ntohl(icmp->un.info), FAR_MTU);
	assert_int_equal(ip_mib[IP_MIB_FragFails], fails + 1);
	assert_int_equal(lab_drops(DROP_IP_TOO_BIG), drops + 1);
	lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO,
				     .daddr = FAR,
				     .frag_off = IP_DF,
				     .data = frag_pattern,
				     .len = 580 });
	len = lab_out(frame, sizeof(frame));
	assert_int_equal(len, ETH_HLEN + 600);
}

/* RFC 791: those without the copy bit are in the first piece alone. */
static void options_in_pieces(void **state)
{
	static const u8 options[] = {
		7,    11,   4, 0, 0, 0, 0, 0, 0, 0, 0, /* record route: not copied */
		1,    0x94, 4, 0, 1,		       /* router alert 1: copied */
		0x9e, 5,    1, 2, 3,		       /* unknown, copied */
		0,    0,    0,
	};
	u8 frame[2048];
	u32 off = 0;

	lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO,
				     .daddr = FAR,
				     .options = options,
				     .optlen = sizeof(options),
				     .data = frag_pattern,
				     .len = 1400 });
	for (u32 i = 0; lab_out(frame, sizeof(frame)); i++) {
		const struct iphdr *iph = lab_ip(frame);
		u32 hlen = (iph->ihl_version & 15) * 4u;
		const u8 *o = frame + ETH_HLEN + 20;

		assert_int_equal(ip_fast_csum(iph, hlen / 4), 0);
		assert_int_equal(off, (ntohs(iph->frag_off) & IP_OFFSET) * 8);
		assert_memory_equal(frame + ETH_HLEN + hlen, frag_pattern + off,
				    ntohs(iph->tot_len) - hlen);
		off += ntohs(iph->tot_len) - hlen;
		if (i == 0) {
			assert_int_equal(hlen, 20 + sizeof(options));
			assert_int_equal(o[2], 8); /* we have signed */
			assert_memory_equal(o + 3, &(be32){ OURS }, 4);
			continue;
		}
		assert_int_equal(hlen, 32);
		assert_memory_equal(o, "\x94\x04\x00\x01\x9e\x05\x01\x02\x03\0\0\0", 12);
		assert_true(ntohs(iph->tot_len) <= FAR_MTU);
	}
	assert_int_equal(off, 1400);
}

static void timestamps(void **state)
{
	u8 options[12] = { 68, 12, 5, 1 }, frame[2048];

	lab_in(&(struct lab_packet){
		.protocol = FRAG_PROTO, .daddr = FAR, .options = options, .optlen = 12 });
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(frame[LAB_PAYLOAD + 2], 13);
	assert_memory_equal(frame + LAB_PAYLOAD + 4, &(be32){ OURS }, 4);
	options[3] = 0; /* times alone */
	lab_in(&(struct lab_packet){
		.protocol = FRAG_PROTO, .daddr = FAR, .options = options, .optlen = 12 });
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(frame[LAB_PAYLOAD + 2], 9);
	options[3] = 3; /* of certain hosts: another, then us */
	for (u32 ours = 0; ours < 2; ours++) {
		memcpy(options + 4, ours ? &(be32){ OURS } : &(be32){ IP4(10, 7, 7, 7) }, 4);
		lab_in(&(struct lab_packet){
			.protocol = FRAG_PROTO, .daddr = FAR, .options = options, .optlen = 12 });
		assert_true(lab_out(frame, sizeof(frame)));
		assert_int_equal(frame[LAB_PAYLOAD + 2], ours ? 13 : 5);
	}
	options[2] = 13; /* full: one more is counted */
	options[3] = 0x31;
	lab_in(&(struct lab_packet){
		.protocol = FRAG_PROTO, .daddr = FAR, .options = options, .optlen = 12 });
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(frame[LAB_PAYLOAD + 3], 0x41);
}

static void router_alert(void **state)
{
	static const u8 alert[] = { 148, 4, 0, 0 };
	struct lab_packet p = { .protocol = FRAG_PROTO,
				.daddr = FAR,
				.options = alert,
				.optlen = 4,
				.data = frag_pattern,
				.len = 16 };
	static u8 got[200], frame[2048];
	int on = 1;

	lab_in(&p); /* nobody cares: it goes on */
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(skbox_setsockopt(frag_raw, SOL_IP, IP_ROUTER_ALERT, &on, sizeof(on)), 0);
	lab_in(&p);
	lab_quiet();
	assert_int_equal(skbox_recvfrom(frag_raw, got, sizeof(got), 0, NULL, NULL), 40);
	p.frag_off = IP_MF;
	lab_in(&p);
	p.frag_off = 2;
	p.data = frag_pattern + 16;
	lab_in(&p);
	lab_quiet();
	assert_int_equal(skbox_recvfrom(frag_raw, got, sizeof(got), 0, NULL, NULL), 56);
	assert_memory_equal(got + 24, frag_pattern, 32);
	p.protocol = FRAG_PROTO + 1; /* another's */
	p.frag_off = 0;
	lab_in(&p);
	assert_true(lab_out(frame, sizeof(frame)));
	on = 0;
	assert_int_equal(skbox_setsockopt(frag_raw, SOL_IP, IP_ROUTER_ALERT, &on, sizeof(on)), 0);
	p.protocol = FRAG_PROTO;
	lab_in(&p);
	assert_true(lab_out(frame, sizeof(frame)));
	expect_no_datagram();
}

static void refused(void **state)
{
	static const u8 lsrr[] = { 131, 7, 4, 10, 0, 0, 9, 0 },
			ssrr[] = { 137, 7, 4, 10, 0, 0, 9, 0 };
	const u8 *routes[] = { lsrr, ssrr };
	u8 frame[2048];
	u64 drops;
	u32 len;

	for (u32 i = 0; i < 2; i++) {
		lab_in(&(struct lab_packet){
			.protocol = FRAG_PROTO, .daddr = FAR, .options = routes[i], .optlen = 8 });
		len = lab_out(frame, sizeof(frame));
		assert_int_equal(lab_icmp(frame, len, OURS, PEER)->code, ICMP_SR_FAILED);
	}
	drops = lab_drops(DROP_IP_TTL_EXPIRED);
	lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO, .daddr = FAR, .ttl = 1 });
	len = lab_out(frame, sizeof(frame));
	assert_int_equal(lab_icmp(frame, len, OURS, PEER)->type, ICMP_TIME_EXCEEDED);
	/* Of a datagram's pieces the first is answered for. */
	lab_in(&(struct lab_packet){
		.protocol = FRAG_PROTO, .daddr = FAR, .ttl = 1, .frag_off = 9 });
	lab_quiet();
	assert_int_equal(lab_drops(DROP_IP_TTL_EXPIRED), drops + 2);
	/* To one host, but over the link to all. */
	lab_in(&(struct lab_packet){ .protocol = FRAG_PROTO, .daddr = FAR, .dst_mac0 = 0xff });
	lab_quiet();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		frag_test(udp_of_every_size),	  frag_test(plain_cards_get_plain_pieces),
		frag_test(mtu_discover),	  frag_test(no_pmtu_disc),
		frag_test(echo_of_the_longest),	  frag_test(everything_over_lo),
		router_test(forwarded_in_pieces), router_test(no_piece_wraps),
		router_test(pieces_of_pieces),	  router_test(who_forbids_it_is_told),
		router_test(options_in_pieces),	  router_test(timestamps),
		router_test(router_alert),	  router_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
