/* IGMP, the host's side: what is said when (RFC 2236, RFC 3376), and what sockets hear. */
#include "iplab.h"

#include "net/ip/igmp.h"

#define GROUP IP4(239, 1, 2, 3)
#define OTHER IP4(239, 9, 9, 9)
#define S1 IP4(10, 0, 0, 11)
#define S2 IP4(10, 0, 0, 12)
#define S3 IP4(10, 0, 0, 13)
#define MSEC NSEC_PER_MSEC
#define OLDER_TIMEOUT 265 /* s: 2 * 125 + 10, and some */

static u8 frame[2048];
static be32 sender = OURS; /* that messages come from */

/* ---- what comes out ---- */

/* The next IGMP message: its bytes; NULL: none. */
static const u8 *igmp_out(be32 daddr, u32 *len)
{
	static const u8 ra[4] = { 148, 4, 0, 0 };
	const struct iphdr *ip = lab_ip(frame);
	const u8 *msg = frame + ETH_HLEN + 24;

	if (!lab_out(frame, sizeof(frame)))
		return NULL;
	assert_int_equal(ip->protocol, IPPROTO_IGMP);
	assert_int_equal(ip->ihl_version, 0x46);
	assert_memory_equal(ip + 1, ra, 4);
	assert_int_equal(ip->ttl, 1);
	assert_int_equal(ip->tos, 0xc0);
	assert_int_equal(ip->saddr, sender);
	assert_int_equal(ip->daddr, daddr);
	assert_int_equal(frame[0], 0x01);
	assert_int_equal(frame[5], ntohl(daddr) & 0xff);
	*len = ntohs(ip->tot_len) - 24u;
	assert_int_equal(csum_fold(csum_partial(msg, *len, 0)), 0);
	return msg;
}

static void expect_v2(u8 type, be32 daddr, be32 group)
{
	u32 len = 0;
	const u8 *msg = igmp_out(daddr, &len);

	assert_non_null(msg);
	assert_int_equal(len, 8);
	assert_int_equal(msg[0], type);
	assert_int_equal(htonl(get_be32(msg + 4)), group);
}

struct record {
	u8 type;
	be32 group;
	u32 n;
	be32 src[3]; /* in any order */
};

static void expect_record(const u8 **at, const struct record *r)
{
	const u8 *p = *at;

	assert_int_equal(p[0], r->type);
	assert_int_equal(p[1], 0);
	assert_int_equal(get_be16(p + 2), r->n);
	assert_int_equal(htonl(get_be32(p + 4)), r->group);
	for (u32 i = 0; i < r->n; i++) {
		bool found = false;

		for (u32 k = 0; k < r->n; k++)
			found |= htonl(get_be32(p + 8 + 4 * k)) == r->src[i];
		assert_true(found);
	}
	*at = p + 8 + 4 * r->n;
}

static void expect_v3(u32 n, const struct record *r)
{
	u32 len = 0;
	const u8 *msg = igmp_out(IGMPV3_ALL_MCR, &len), *at;

	assert_non_null(msg);
	assert_int_equal(msg[0], 0x22);
	assert_int_equal(get_be16(msg + 6), n);
	at = msg + 8;
	for (u32 i = 0; i < n; i++)
		expect_record(&at, r + i);
	assert_int_equal(at - msg, len);
}
#define EXPECT_V3(...)                                                                             \
	do {                                                                                       \
		const struct record r_[] = { __VA_ARGS__ };                                        \
		expect_v3(ARRAY_SIZE(r_), r_);                                                     \
	} while (0)

/* Passes @ms, at most, until something comes out; returns how long it was. */
static u32 until_out(u32 ms)
{
	u64 before = igmp_mib[IGMP_MIB_OutMsgs];
	u32 t = 0;

	while (t < ms && igmp_mib[IGMP_MIB_OutMsgs] == before) {
		skbox_advance(10 * MSEC);
		t += 10;
	}
	return t;
}

static void quiet_for(u32 ms)
{
	until_out(ms);
	lab_quiet();
}

static void drain(void)
{
	for (int i = 0; i < 30; i++) {
		skbox_advance(1000 * MSEC);
		while (lab_out(frame, sizeof(frame)))
			;
	}
}

/* ---- sockets ---- */

static int udp_socket(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(0x2000) };
	int one = 1, fd = skbox_socket(AF_INET, 2, 0);

	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), 0);
	return fd;
}

static int member(int fd, int name, be32 group)
{
	struct ip_mreqn m = { .imr_multiaddr.s_addr = group, .imr_ifindex = eth0->ifindex };

	return (int)skbox_setsockopt(fd, SOL_IP, name, &m, sizeof(m));
}

static int source(int fd, int name, be32 src)
{
	struct ip_mreq_source m = { { GROUP }, { OURS }, { src } };

	return (int)skbox_setsockopt(fd, SOL_IP, name, &m, sizeof(m));
}

static int set_sources(int fd, u32 mode, u32 n, const be32 *src)
{
	u8 buf[IP_MSFILTER_SIZE(64)];
	struct ip_msfilter f = { { GROUP }, { OURS }, mode, n, { { 0 } } };

	memcpy(buf, &f, IP_MSFILTER_SIZE(0));
	if (n)
		memcpy(buf + IP_MSFILTER_SIZE(0), src, 4 * n);
	return (int)skbox_setsockopt(fd, SOL_IP, IP_MSFILTER, buf, (u32)IP_MSFILTER_SIZE(n));
}

static bool hears(int fd, be32 from)
{
	static const u8 udp[12] = { 0x10, 0, 0x20, 0, 0, 12, 0, 0, 'd', 'a', 't', 'a' };
	u8 data[8];

	while (skbox_recvfrom(fd, data, sizeof(data), 0x40, NULL, NULL) >= 0)
		; /* what came before */
	lab_in(&(struct lab_packet){ .protocol = IPPROTO_UDP,
				     .data = udp,
				     .len = sizeof(udp),
				     .saddr = from,
				     .daddr = GROUP,
				     .dst_mac0 = 1 });
	return skbox_recvfrom(fd, data, sizeof(data), 0x40, NULL, NULL) == 4;
}

/* ---- what comes in ---- */

static void igmp_in(const u8 *msg, u32 len, be32 daddr, u8 ttl)
{
	static const u8 ra[4] = { 148, 4, 0, 0 };

	lab_in(&(struct lab_packet){ .protocol = IPPROTO_IGMP,
				     .daddr = daddr,
				     .ttl = ttl,
				     .options = ra,
				     .optlen = 4,
				     .data = msg,
				     .len = len,
				     .dst_mac0 = 1 });
}

static void message_in(u8 type, u8 code, be32 group, be32 daddr)
{
	u8 msg[8] = { type, code };
	be16 sum;

	memcpy(msg + 4, &group, 4);
	sum = csum_fold(csum_partial(msg, 8, 0));
	memcpy(msg + 2, &sum, 2);
	igmp_in(msg, 8, daddr, 1);
}

static void query_v2(u8 tenths, be32 group)
{
	message_in(0x11, tenths, group, group ? group : IGMP_ALL_HOSTS);
}

static u32 build_v3_query(u8 *msg, u8 code, be32 group, u32 n, const be32 *src)
{
	be16 sum;

	memset(msg, 0, 12);
	msg[0] = 0x11;
	msg[1] = code;
	memcpy(msg + 4, &group, 4);
	msg[8] = 2;
	msg[9] = 125;
	put_be16(msg + 10, (u16)n);
	if (n)
		memcpy(msg + 12, src, 4 * n);
	sum = csum_fold(csum_partial(msg, 12 + 4 * n, 0));
	memcpy(msg + 2, &sum, 2);
	return 12 + 4 * n;
}

static void query_v3(u8 code, be32 group, u32 n, const be32 *src)
{
	u8 msg[12 + 4 * 128];
	u32 len = build_v3_query(msg, code, group, n, src);

	igmp_in(msg, len, group ? group : IGMP_ALL_HOSTS, 1);
}

/* ---- version 3 ---- */

static void v3_join_and_leave(void **state)
{
	int fd = udp_socket();

	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_EXCLUDE, GROUP, 0, { 0 } });
	assert_true(until_out(1100) <= 1010);
	EXPECT_V3({ IGMPV3_CHANGE_TO_EXCLUDE, GROUP, 0, { 0 } });
	quiet_for(20000);
	assert_int_equal(member(fd, IP_DROP_MEMBERSHIP, GROUP), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_INCLUDE, GROUP, 0, { 0 } });
	assert_true(until_out(1100) <= 1010);
	EXPECT_V3({ IGMPV3_CHANGE_TO_INCLUDE, GROUP, 0, { 0 } });
	quiet_for(20000);
	assert_null(mc_group_find(eth0, GROUP));
	skbox_close(fd);
	quiet_for(2000);
}

static void v3_joins_share_a_report(void **state)
{
	int a = udp_socket(), b = udp_socket();

	assert_int_equal(member(a, IP_ADD_MEMBERSHIP, GROUP), 0);
	assert_int_equal(member(b, IP_ADD_MEMBERSHIP, GROUP), 0); /* nothing new */
	assert_int_equal(member(b, IP_ADD_MEMBERSHIP, OTHER), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_EXCLUDE, GROUP, 0, { 0 } },
		  { IGMPV3_CHANGE_TO_EXCLUDE, OTHER, 0, { 0 } });
	drain();
	skbox_close(a); /* b is still there */
	quiet_for(3000);
	skbox_close(b);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_INCLUDE, GROUP, 0, { 0 } },
		  { IGMPV3_CHANGE_TO_INCLUDE, OTHER, 0, { 0 } });
	drain();
}

/* RFC 3376 §3.2's merging and §5.1's records. */
static void v3_sources(void **state)
{
	int a = udp_socket(), b = udp_socket();
	const be32 s12[] = { S1, S2 }, s23[] = { S2, S3 };

	assert_int_equal(source(a, IP_ADD_SOURCE_MEMBERSHIP, S1), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_ALLOW_NEW_SOURCES, GROUP, 1, { S1 } });
	assert_int_equal(source(a, IP_ADD_SOURCE_MEMBERSHIP, S2), 0);
	skbox_advance(2 * MSEC); /* the repetition of the first goes with it */
	EXPECT_V3({ IGMPV3_ALLOW_NEW_SOURCES, GROUP, 2, { S1, S2 } });
	until_out(1100);
	EXPECT_V3({ IGMPV3_ALLOW_NEW_SOURCES, GROUP, 1, { S2 } });
	quiet_for(3000);

	assert_int_equal(source(a, IP_DROP_SOURCE_MEMBERSHIP, S1), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_BLOCK_OLD_SOURCES, GROUP, 1, { S1 } });
	drain();

	/* EXCLUDE {S2, S3} with INCLUDE {S2}: all but S3 */
	assert_int_equal(member(b, IP_ADD_MEMBERSHIP, GROUP), 0);
	assert_int_equal(set_sources(b, MCAST_EXCLUDE, 2, s23), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_EXCLUDE, GROUP, 1, { S3 } });
	drain();
	assert_true(hears(a, S2));
	assert_false(hears(a, S1));
	assert_false(hears(b, S2));
	assert_true(hears(b, S1));
	assert_false(hears(b, S3));

	/* in EXCLUDE mode a source more to be kept out is blocked */
	assert_int_equal(source(b, IP_BLOCK_SOURCE, S1), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_BLOCK_OLD_SOURCES, GROUP, 1, { S1 } });
	drain();
	assert_int_equal(source(b, IP_UNBLOCK_SOURCE, S1), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_ALLOW_NEW_SOURCES, GROUP, 1, { S1 } });
	drain();

	assert_int_equal(set_sources(b, MCAST_INCLUDE, 2, s12), 0);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_INCLUDE, GROUP, 2, { S1, S2 } });
	skbox_close(b);
	skbox_advance(2 * MSEC); /* the mode still goes first (§5.1) */
	EXPECT_V3({ IGMPV3_CHANGE_TO_INCLUDE, GROUP, 1, { S2 } });
	drain();
	skbox_close(a);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_BLOCK_OLD_SOURCES, GROUP, 1, { S2 } });
	drain();
	assert_null(mc_group_find(eth0, GROUP));
}

/* RFC 3376 §5.2 */
static void v3_queries(void **state)
{
	const be32 s123[] = { S1, S2, S3 }, s12[] = { S1, S2 }, s3[] = { S3 };
	int a = udp_socket(), b = udp_socket();

	query_v3(10, 0, 0, NULL); /* nothing to tell: 224.0.0.1 is never told */
	quiet_for(3000);
	assert_int_equal(member(a, IP_ADD_MEMBERSHIP, OTHER), 0);
	assert_int_equal(source(b, IP_ADD_SOURCE_MEMBERSHIP, S1), 0);
	assert_int_equal(source(b, IP_ADD_SOURCE_MEMBERSHIP, S2), 0);
	drain();

	query_v3(50, 0, 0, NULL);
	assert_true(until_out(6000) <= 5010);
	EXPECT_V3({ IGMPV3_MODE_IS_EXCLUDE, OTHER, 0, { 0 } },
		  { IGMPV3_MODE_IS_INCLUDE, GROUP, 2, { S1, S2 } });
	quiet_for(6000);

	query_v3(10, GROUP, 0, NULL);
	assert_true(until_out(2000) <= 1010);
	EXPECT_V3({ IGMPV3_MODE_IS_INCLUDE, GROUP, 2, { S1, S2 } });
	query_v3(10, GROUP, 3, s123);
	assert_true(until_out(2000) <= 1010);
	EXPECT_V3({ IGMPV3_MODE_IS_INCLUDE, GROUP, 2, { S1, S2 } });
	query_v3(10, GROUP, 1, s3);
	quiet_for(2000);
	/* two queries, one answer to both */
	query_v3(100, GROUP, 1, s12);
	query_v3(10, GROUP, 1, s12 + 1);
	assert_true(until_out(2000) <= 1010);
	EXPECT_V3({ IGMPV3_MODE_IS_INCLUDE, GROUP, 2, { S1, S2 } });
	quiet_for(11000);
	/* one answer to a general query that is asked again and again */
	for (int i = 0; i < 100; i++)
		query_v3(20, 0, 0, NULL);
	assert_true(until_out(3000) <= 2010);
	lab_out(frame, sizeof(frame));
	quiet_for(3000);
	skbox_close(a);
	skbox_close(b);
	drain();
}

static void v3_long_lists_are_split(void **state)
{
	int fds[8];
	be32 src[64];
	u32 records = 0, sources = 0, packets = 0, len;
	const u8 *msg;

	skbox_sysctl("net.ipv4.igmp_max_msf", "64");
	for (u32 i = 0; i < ARRAY_SIZE(fds); i++) {
		for (u32 k = 0; k < ARRAY_SIZE(src); k++)
			src[k] = IP4(10, 1, i, k);
		fds[i] = udp_socket();
		assert_int_equal(member(fds[i], IP_ADD_MEMBERSHIP, GROUP), 0);
		assert_int_equal(set_sources(fds[i], MCAST_INCLUDE, 64, src), 0);
	}
	drain();
	query_v3(10, 0, 0, NULL);
	until_out(2000);
	while ((msg = igmp_out(IGMPV3_ALL_MCR, &len)) != NULL) {
		assert_in_range(len, 16, 1476);
		assert_int_equal(get_be16(msg + 6), 1);
		records++;
		packets++;
		sources += get_be16(msg + 10);
	}
	assert_int_equal(sources, 512);
	assert_int_equal(records, packets);
	assert_true(packets >= 2);
	for (u32 i = 0; i < ARRAY_SIZE(fds); i++)
		skbox_close(fds[i]);
	skbox_sysctl("net.ipv4.igmp_max_msf", "10");
	drain();
	assert_null(mc_group_find(eth0, GROUP));
}

/* ---- version 2 ---- */

static void older_is_over(void)
{
	for (int i = 0; i < OLDER_TIMEOUT; i++)
		skbox_advance(1000 * MSEC);
	while (lab_out(frame, sizeof(frame)))
		;
	assert_int_equal(igmp_version(mc_device(eth0)), 3);
}

static void v2_join_query_leave(void **state)
{
	int fd = udp_socket();

	query_v2(100, 0);
	assert_int_equal(igmp_version(mc_device(eth0)), 2);
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	skbox_advance(2 * MSEC);
	expect_v2(0x16, GROUP, GROUP);
	assert_true(until_out(11000) <= 10010);
	expect_v2(0x16, GROUP, GROUP);
	quiet_for(20000);

	query_v2(30, 0);
	assert_true(until_out(4000) <= 3010);
	expect_v2(0x16, GROUP, GROUP);
	query_v2(10, GROUP);
	assert_true(until_out(4000) <= 1010);
	expect_v2(0x16, GROUP, GROUP);
	query_v2(10, OTHER);
	quiet_for(2000);
	/* a later query with more time does not put the answer off; one with less hastens it */
	query_v2(255, 0);
	query_v2(5, GROUP);
	assert_true(until_out(4000) <= 510);
	expect_v2(0x16, GROUP, GROUP);
	quiet_for(26000);

	assert_int_equal(member(fd, IP_DROP_MEMBERSHIP, GROUP), 0);
	expect_v2(0x17, IGMP_ALL_ROUTER, GROUP);
	quiet_for(3000);
	skbox_close(fd);
	older_is_over();
}

static void v2_suppression(void **state)
{
	int fd = udp_socket();

	query_v2(100, 0);
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	skbox_advance(2 * MSEC);
	expect_v2(0x16, GROUP, GROUP);
	message_in(0x16, 0, GROUP, GROUP); /* ends our repetition, too */
	quiet_for(11000);
	query_v2(100, 0);
	message_in(0x16, 0, GROUP, GROUP);
	quiet_for(11000);
	/* the other was the last to report: to leave is its affair */
	skbox_close(fd);
	quiet_for(3000);
	older_is_over();
}

static void v1_and_back(void **state)
{
	int fd = udp_socket();

	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	drain();
	query_v2(0, 0);
	assert_int_equal(igmp_version(mc_device(eth0)), 1);
	assert_true(until_out(11000) <= 10010);
	expect_v2(0x12, GROUP, GROUP);
	query_v3(10, 0, 0, NULL); /* in version 1's words */
	assert_true(until_out(2000) <= 1010);
	expect_v2(0x12, GROUP, GROUP);
	assert_int_equal(member(fd, IP_DROP_MEMBERSHIP, GROUP), 0); /* without a word */
	quiet_for(3000);
	older_is_over();

	skbox_sysctl("net.ipv4.conf.eth0.force_igmp_version", "2");
	assert_int_equal(igmp_version(mc_device(eth0)), 2);
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	skbox_advance(2 * MSEC);
	expect_v2(0x16, GROUP, GROUP);
	skbox_sysctl("net.ipv4.conf.eth0.force_igmp_version", "0");
	skbox_close(fd);
	drain();
}

/* ---- all versions ---- */

static void never_reported(void **state)
{
	int fd = udp_socket();
	struct ip_mreqn lo = { .imr_multiaddr.s_addr = OTHER,
			       .imr_ifindex = loopback_dev->ifindex };

	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, IGMP_ALL_HOSTS), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &lo, sizeof(lo)), 0);
	query_v3(10, 0, 0, NULL);
	query_v3(10, IGMP_ALL_HOSTS, 0, NULL);
	quiet_for(3000);
	skbox_close(fd);
	quiet_for(3000);
	assert_true(ip_check_mc(eth0, IGMP_ALL_HOSTS));
}

static void bad_messages(void **state)
{
	const be32 srcs[] = { S1, S2 };
	u8 msg[64];
	u64 err = igmp_mib[IGMP_MIB_InErrors], bad = lab_drops(DROP_IGMP_BAD);
	u64 csum = lab_drops(DROP_IGMP_CSUM), ttl = lab_drops(DROP_IGMP_TTL);
	u64 ignored = lab_drops(DROP_IGMP_IGNORED);
	int fd = udp_socket();
	u32 len;

	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	drain();
	for (len = 0; len < 8; len++) { /* short; the sum over nothing is wrong, too */
		memset(msg, 0, sizeof(msg));
		msg[0] = 0x11;
		msg[1] = 0xee;
		if (len > 1)
			memset(msg, 0xff, 8);
		igmp_in(msg, len, IGMP_ALL_HOSTS, 1);
	}
	assert_int_equal(igmp_mib[IGMP_MIB_InErrors], err + 8);
	bad = lab_drops(DROP_IGMP_BAD);
	csum = lab_drops(DROP_IGMP_CSUM);
	len = build_v3_query(msg, 10, GROUP, 2, srcs);
	msg[2] ^= 0x10;
	igmp_in(msg, len, GROUP, 1);
	assert_int_equal(lab_drops(DROP_IGMP_CSUM), csum + 1);
	msg[2] ^= 0x10;
	igmp_in(msg, len, GROUP, 2);
	assert_int_equal(lab_drops(DROP_IGMP_TTL), ttl + 1);
	build_v3_query(msg, 10, GROUP, 3, (const be32[]){ S1, S2, 0 });
	igmp_in(msg, 20, GROUP, 1); /* the sum holds without the zeros */
	assert_int_equal(lab_drops(DROP_IGMP_BAD), bad + 1);
	build_v3_query(msg, 10, 0, 2, srcs);
	igmp_in(msg, 20, IGMP_ALL_HOSTS, 1); /* sources of no group */
	assert_int_equal(lab_drops(DROP_IGMP_BAD), bad + 2);
	build_v3_query(msg, 10, OURS, 0, NULL);
	igmp_in(msg, 12, IGMP_ALL_HOSTS, 1); /* no group's address */
	assert_int_equal(lab_drops(DROP_IGMP_BAD), bad + 3);
	message_in(0x13, 0, GROUP, GROUP); /* DVMRP */
	assert_int_equal(lab_drops(DROP_IGMP_IGNORED), ignored + 1);
	quiet_for(12000);
	assert_int_equal(igmp_version(mc_device(eth0)), 3);
	skbox_close(fd);
	drain();
}

static void link_comes_back(void **state)
{
	int fd = udp_socket();

	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	drain();
	igmp_event(eth0, NETDEV_DOWN);
	igmp_event(eth0, NETDEV_UP);
	skbox_advance(2 * MSEC);
	EXPECT_V3({ IGMPV3_CHANGE_TO_EXCLUDE, GROUP, 0, { 0 } });
	skbox_close(fd);
	drain();
}

/* ---- the API ---- */

static void api_errors(void **state)
{
	struct ip_mreqn none = { .imr_multiaddr.s_addr = GROUP, .imr_ifindex = 4711 };
	int fd = udp_socket(), stream = skbox_socket(AF_INET, 1, 0), n, zero = 0;
	be32 src[11];

	assert_int_equal(member(stream, IP_ADD_MEMBERSHIP, GROUP), -EPROTO);
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, OURS), -EINVAL);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &none, sizeof(none)),
			 -ENODEV);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &none, 7), -EINVAL);
	assert_int_equal(member(fd, IP_DROP_MEMBERSHIP, GROUP), -EADDRNOTAVAIL);
	assert_int_equal(source(fd, IP_BLOCK_SOURCE, S1), -EINVAL); /* not in the group */
	assert_int_equal(source(fd, IP_DROP_SOURCE_MEMBERSHIP, S1), -EINVAL);
	assert_int_equal(set_sources(fd, MCAST_INCLUDE, 0, NULL), -EINVAL);
	for (n = 0; n < 20; n++)
		assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, IP4(239, 5, 0, n)), 0);
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), -ENOBUFS);
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, IP4(239, 5, 0, 0)), -EADDRINUSE);
	for (n = 0; n < 20; n++)
		assert_int_equal(member(fd, IP_DROP_MEMBERSHIP, IP4(239, 5, 0, n)), 0);

	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	for (u32 i = 0; i < 11; i++)
		src[i] = IP4(10, 0, 1, i);
	assert_int_equal(set_sources(fd, MCAST_EXCLUDE, 11, src), -ENOBUFS);
	assert_int_equal(set_sources(fd, 2, 1, src), -EINVAL);
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(source(fd, IP_BLOCK_SOURCE, src[i]), 0);
	assert_int_equal(source(fd, IP_BLOCK_SOURCE, src[10]), -ENOBUFS);
	assert_int_equal(source(fd, IP_BLOCK_SOURCE, src[0]), -EADDRNOTAVAIL);
	assert_int_equal(source(fd, IP_UNBLOCK_SOURCE, src[10]), -EADDRNOTAVAIL);
	assert_int_equal(source(fd, IP_ADD_SOURCE_MEMBERSHIP, S1), -EINVAL);
	assert_int_equal(set_sources(fd, MCAST_INCLUDE, 0, NULL), 0); /* to leave */
	assert_int_equal(member(fd, IP_DROP_MEMBERSHIP, GROUP), -EADDRNOTAVAIL);

	/* IP_MULTICAST_ALL: what another has joined */
	n = udp_socket();
	assert_int_equal(member(n, IP_ADD_MEMBERSHIP, GROUP), 0);
	assert_true(hears(fd, S1));
	skbox_setsockopt(fd, SOL_IP, IP_MULTICAST_ALL, &zero, sizeof(zero));
	assert_false(hears(fd, S1));
	skbox_close(n);
	skbox_close(fd);
	skbox_close(stream);
	drain();
}

static void filter_is_read_back(void **state)
{
	u8 buf[IP_MSFILTER_SIZE(4)];
	struct ip_msfilter f = { { GROUP }, { OURS }, 7, 4, { { 0 } } };
	const be32 s12[] = { S1, S2 };
	struct group_source_req g = { .gsr_interface = (u32)eth0->ifindex };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = GROUP };
	unsigned int len = sizeof(buf);
	int fd = udp_socket();

	memcpy(&g.gsr_group, &sin, sizeof(sin));
	sin.sin_addr.s_addr = S1;
	memcpy(&g.gsr_source, &sin, sizeof(sin));
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_JOIN_SOURCE_GROUP, &g, sizeof(g)), 0);
	assert_true(hears(fd, S1));
	assert_false(hears(fd, S2));
	assert_int_equal(set_sources(fd, MCAST_EXCLUDE, 2, s12), 0);
	memcpy(buf, &f, IP_MSFILTER_SIZE(0));
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, IP_MSFILTER, buf, &len), 0);
	assert_int_equal(len, IP_MSFILTER_SIZE(2));
	memcpy(&f, buf, IP_MSFILTER_SIZE(0));
	assert_int_equal(f.imsf_fmode, MCAST_EXCLUDE);
	assert_int_equal(f.imsf_numsrc, 2);
	assert_memory_equal(buf + IP_MSFILTER_SIZE(0), s12, 8);
	skbox_close(fd);
	drain();
}

static struct sockaddr_storage any(be32 addr)
{
	struct sockaddr_storage ss = { .ss_family = AF_INET };

	((struct sockaddr_in *)&ss)->sin_addr.s_addr = addr;
	return ss;
}

/* MCAST_MSFILTER: as many sources as may be, by the interface's number. */
static void group_filter_of_any_family(void **state)
{
	static u8 buf[GROUP_FILTER_SIZE(65)];
	struct group_filter *f = (struct group_filter *)buf;
	struct group_req join = { (u32)eth0->ifindex, any(GROUP) };
	unsigned int len = GROUP_FILTER_SIZE(64);
	int fd = udp_socket();

	skbox_sysctl("net.ipv4.igmp_max_msf", "64");
	f->gf_interface = (u32)eth0->ifindex;
	f->gf_group = any(GROUP);
	f->gf_fmode = MCAST_INCLUDE;
	f->gf_numsrc = 64;
	for (u32 i = 0; i < 65; i++)
		f->gf_slist[i] = any(htonl(ntohl(S1) + i));
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, len), -EINVAL);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_JOIN_GROUP, &join, sizeof(join)), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, len), 0);
	assert_true(hears(fd, S1));
	assert_true(hears(fd, htonl(ntohl(S1) + 63)));
	assert_false(hears(fd, htonl(ntohl(S1) + 64)));
	memset(&f->gf_slist, 0, sizeof(f->gf_slist));
	f->gf_fmode = 77;
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, MCAST_MSFILTER, f, &len), 0);
	assert_int_equal(len, GROUP_FILTER_SIZE(64));
	assert_int_equal(f->gf_fmode, MCAST_INCLUDE);
	assert_int_equal(f->gf_numsrc, 64);
	assert_int_equal(f->gf_slist[0].ss_family, AF_INET);
	assert_int_equal(((struct sockaddr_in *)&f->gf_slist[63])->sin_addr.s_addr,
			 htonl(ntohl(S1) + 63));
	len = GROUP_FILTER_SIZE(0); /* how many are there? */
	f->gf_numsrc = 0;
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, MCAST_MSFILTER, f, &len), 0);
	assert_int_equal(f->gf_numsrc, 64);
	/* what is wrong */
	f->gf_numsrc = 65;
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, GROUP_FILTER_SIZE(65)),
			 -ENOBUFS);
	f->gf_numsrc = 2;
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, GROUP_FILTER_SIZE(1)),
			 -EINVAL);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, 8), -EINVAL);
	f->gf_slist[1].ss_family = 10;
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, GROUP_FILTER_SIZE(2)),
			 -EADDRNOTAVAIL);
	f->gf_numsrc = 0; /* to hear nobody is to leave */
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_MSFILTER, f, GROUP_FILTER_SIZE(0)), 0);
	assert_false(hears(fd, S1));
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, MCAST_LEAVE_GROUP, &join, sizeof(join)),
			 -EADDRNOTAVAIL);
	skbox_sysctl("net.ipv4.igmp_max_msf", "10");
	skbox_close(fd);
	drain();
}

/* What the administrator adds nobody else takes away, nor the other way round. */
static void link_groups_of_the_administrator(void **state)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_data = { 1, 0, 0x5e, 1, 2, 3 } };
	int fd = udp_socket();

	strcpy(ifr.ifr_name, "eth0");
	assert_int_equal(skbox_ioctl(fd, SIOCDELMULTI, &ifr), -ENOENT);
	assert_int_equal(skbox_ioctl(fd, SIOCADDMULTI, &ifr), 0);
	assert_int_equal(skbox_ioctl(fd, SIOCADDMULTI, &ifr), 0); /* once */
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, IP4(239, 1, 2, 3)), 0);
	assert_int_equal(skbox_ioctl(fd, SIOCDELMULTI, &ifr), 0);
	assert_int_equal(skbox_ioctl(fd, SIOCDELMULTI, &ifr), -ENOENT);
	ifr.ifr_hwaddr.sa_data[0] = 2; /* no group */
	assert_int_equal(skbox_ioctl(fd, SIOCADDMULTI, &ifr), -EINVAL);
	skbox_close(fd);
	drain();
}

/* More groups than the card has room for: it takes all of them, for as long. */
static void card_full(void **state)
{
	int fds[5];

	for (u32 i = 0; i < 5; i++) {
		fds[i] = udp_socket();
		for (u32 k = 0; k < 20; k++)
			assert_int_equal(member(fds[i], IP_ADD_MEMBERSHIP, IP4(239, 7, i, k)), 0);
	}
	assert_true(eth0->flags & IFF_ALLMULTI);
	for (u32 i = 0; i < 5; i++)
		skbox_close(fds[i]);
	assert_false(eth0->flags & IFF_ALLMULTI);
	drain();
}

/* Before there is an address, reports come from 0.0.0.0 (RFC 3376 §4.2.13), of version 2 as well:
 * so do Linux's. */
static void no_address_yet(void **state)
{
	int fd = udp_socket();

	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, 0), 0);
	sender = 0;
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, GROUP), 0);
	assert_in_range(until_out(2000), 0, 1100);
	EXPECT_V3({ 4, GROUP, 0, { 0 } });
	drain();
	skbox_sysctl("net.ipv4.conf.eth0.force_igmp_version", "2");
	assert_int_equal(member(fd, IP_ADD_MEMBERSHIP, OTHER), 0);
	until_out(11000);
	expect_v2(0x16, OTHER, OTHER);
	drain();
	skbox_close(fd);
	drain();
	skbox_sysctl("net.ipv4.conf.eth0.force_igmp_version", "0");
	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, OURS), 0);
	sender = OURS;
	drain();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(v3_join_and_leave),
		lab_test(v3_joins_share_a_report),
		lab_test(v3_sources),
		lab_test(group_filter_of_any_family),
		lab_test(link_groups_of_the_administrator),
		lab_test(v3_queries),
		lab_test(v3_long_lists_are_split),
		lab_test(v2_join_query_leave),
		lab_test(v2_suppression),
		lab_test(v1_and_back),
		lab_test(never_reported),
		lab_test(bad_messages),
		lab_test(link_comes_back),
		lab_test(api_errors),
		lab_test(filter_is_read_back),
		lab_test(card_full),
		lab_test(no_address_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
