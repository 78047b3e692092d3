/* ARP: what is parsed, what is learned, what is answered (RFC 826), and conflicts (RFC 5227). */
#include "tests/unit/lan.h"

#include "net/ip/arp_private.h"
#include "net/ip/inetdevice.h"
#include "net/ip/neighbour.h"

static u32 baseline;

static int setup(void **state)
{
	lan_start(NULL);
	baseline = lan_pool_free();
	return 0;
}

static int teardown(void **state)
{
	neigh_ifdown(lan_eth0);
	lan_drain();
	assert_int_equal(lan_pool_free(), baseline);
	return 0;
}

static struct neighbour *peer(void)
{
	struct neighbour *n = neigh_lookup(PEER_IP, lan_eth0, false);

	if (n)
		neigh_release(n);
	return n;
}

static void know_peer_as(const u8 *mac, u8 s)
{
	struct neighbour *n = neigh_lookup(PEER_IP, lan_eth0, true);

	neigh_update(n, mac, s, NEIGH_UPDATE_OVERRIDE);
	neigh_release(n);
}

/* ---- parser ---- */

static const u8 good[ARP_LEN] = { 0,  1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 2,
				  10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };

static void test_parse(void **state)
{
	struct arp_view v;

	assert_int_equal(arp_parse(good, sizeof(good), &v), NR_DROP_REASONS);
	assert_int_equal(v.op, ARPOP_REQUEST);
	assert_int_equal(v.sip, PEER_IP);
	assert_int_equal(v.tip, OUR_IP);
	assert_memory_equal(v.sha, peer_mac, 6);
	for (u32 len = 0; len < ARP_LEN; len++)
		assert_int_equal(arp_parse(good, len, &v), DROP_ARP_BAD);
}

static void test_parse_refuses(void **state)
{
	const struct {
		u8 at, value;
	} bad[] = {
		{ 0, 1 },    { 1, 6 },	  { 2, 0x86 }, { 3, 6 }, { 4, 5 }, { 4, 0 },
		{ 4, 255 },  { 5, 16 },	  { 5, 0 },    { 8, 1 }, /* group address as sender */
		{ 14, 224 }, { 14, 127 },			 /* multicast, loopback as sender */
		{ 24, 239 }, { 24, 127 },			 /* as target */
	};
	struct arp_view v;
	u8 p[ARP_LEN];

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(p, good, sizeof(p));
		p[bad[i].at] = bad[i].value;
		assert_int_equal(arp_parse(p, sizeof(p), &v), DROP_ARP_BAD);
	}
	memcpy(p, good, sizeof(p));
	memset(p + 8, 0, 6);
	assert_int_equal(arp_parse(p, sizeof(p), &v), DROP_ARP_BAD);
	memcpy(p, good, sizeof(p));
	memset(p + 14, 255, 4);
	assert_int_equal(arp_parse(p, sizeof(p), &v), DROP_ARP_BAD);
	memcpy(p, good, sizeof(p));
	p[7] = 3; /* RARP */
	assert_int_equal(arp_parse(p, sizeof(p), &v), DROP_ARP_IGNORED);
}

/* ---- requests ---- */

static void test_request_is_answered_and_learned(void **state)
{
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, OUR_IP);
	lan_expect_arp(ARPOP_REPLY, peer_mac, OUR_IP, PEER_IP);
	lan_expect_nothing();
	assert_int_equal(peer()->nud_state, NUD_STALE);
	assert_memory_equal(peer()->ha, peer_mac, 6);
}

static void test_reply_fields(void **state)
{
	u8 p[2048];

	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, OUR_IP);
	assert_int_equal(lan_out(p, sizeof(p)), 60);
	assert_int_equal(get_be16(p + 14), 1);
	assert_int_equal(get_be16(p + 16), 0x0800);
	assert_int_equal(p[18], 6);
	assert_int_equal(p[19], 4);
	assert_memory_equal(p + 22, our_mac, 6);
	assert_memory_equal(p + 32, peer_mac, 6);
	for (u32 i = 42; i < 60; i++)
		assert_int_equal(p[i], 0);
}

static void test_request_for_others_is_ignored(void **state)
{
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, IP4(10, 0, 0, 77));
	lan_expect_nothing();
	assert_null(peer());
}

static void test_truncated_and_foreign(void **state)
{
	const struct lan_arp a = { broadcast_mac, peer_mac, peer_mac, NULL,
				   ARPOP_REQUEST, PEER_IP,  OUR_IP };
	u64 bad = lan_drops(DROP_ARP_BAD);
	u8 p[64];

	lan_arp_frame(p, &a);
	for (u32 len = 14; len < 42; len++)
		lan_in(p, len);
	assert_int_equal(lan_drops(DROP_ARP_BAD), bad + 28);
	/* To another station's address: not even looked at. */
	memcpy(p, other_mac, 6);
	lan_in(p, 42);
	lan_expect_nothing();
	assert_null(peer());
}

static void test_own_frames_come_back(void **state)
{
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, our_mac, OUR_IP, NULL, OUR_IP);
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, our_mac, PEER_IP, NULL, OUR_IP);
	lan_expect_nothing();
	assert_null(peer());
}

/* RFC 5227 §2.1.1: a probe for our address is answered, and leaves no entry. */
static void test_probe_is_answered(void **state)
{
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, 0, NULL, OUR_IP);
	lan_expect_arp(ARPOP_REPLY, peer_mac, OUR_IP, 0);
	lan_expect_nothing();
	assert_null(neigh_lookup(0, lan_eth0, false));
}

static void test_arp_ignore(void **state)
{
	struct in_device *in_dev = in_dev_get(lan_eth0);

	in_dev->arp_ignore = 8;
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, OUR_IP);
	lan_expect_nothing();
	in_dev->arp_ignore = 2;
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, IP4(10, 9, 9, 9), NULL, OUR_IP);
	lan_expect_nothing();
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, OUR_IP);
	lan_expect_arp(ARPOP_REPLY, peer_mac, OUR_IP, PEER_IP);
	in_dev->arp_ignore = 0;
}

/* ---- what is learned ---- */

static void test_unasked_reply_makes_no_entry(void **state)
{
	lan_arp_in(ARPOP_REPLY, our_mac, peer_mac, PEER_IP, our_mac, OUR_IP);
	assert_null(peer());
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, PEER_IP);
	assert_null(peer());
	lan_arp_in(ARPOP_REPLY, broadcast_mac, peer_mac, PEER_IP, broadcast_mac, PEER_IP);
	assert_null(peer());
	lan_expect_nothing();
}

static void test_arp_accept(void **state)
{
	in_dev_get(lan_eth0)->arp_accept = 1;
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, peer_mac, PEER_IP, NULL, PEER_IP);
	in_dev_get(lan_eth0)->arp_accept = 0;
	assert_non_null(peer());
	assert_int_equal(peer()->nud_state, NUD_STALE);
}

static void test_gratuitous_updates_entry(void **state)
{
	know_peer_as(peer_mac, NUD_REACHABLE);
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, other_mac, PEER_IP, NULL, PEER_IP);
	assert_memory_equal(peer()->ha, other_mac, 6);
	assert_int_equal(peer()->nud_state, NUD_STALE);
}

static void test_locktime(void **state)
{
	know_peer_as(peer_mac, NUD_REACHABLE);
	skbox_advance(500 * MSEC);
	lan_arp_in(ARPOP_REPLY, our_mac, other_mac, PEER_IP, our_mac, OUR_IP);
	assert_memory_equal(peer()->ha, peer_mac, 6);
	skbox_advance(600 * MSEC);
	lan_arp_in(ARPOP_REPLY, our_mac, other_mac, PEER_IP, our_mac, OUR_IP);
	assert_memory_equal(peer()->ha, other_mac, 6);
	assert_int_equal(peer()->nud_state, NUD_REACHABLE);
}

static void test_broadcast_reply_is_no_proof(void **state)
{
	lan_send_udp(PEER_IP, "x", 1);
	lan_drain();
	lan_arp_in(ARPOP_REPLY, broadcast_mac, peer_mac, PEER_IP, our_mac, OUR_IP);
	assert_int_equal(peer()->nud_state, NUD_DELAY); /* STALE, and used by what waited */
	assert_int_equal(lan_drain(), 1);
}

/* ---- RFC 5227 ---- */

static void test_announcement(void **state)
{
	assert_int_equal(inet_add_addr(lan_eth0, "eth0", IP4(10, 0, 0, 50), 24, 0), 0);
	skbox_close(-1); /* any call lets bottom halves run */
	lan_expect_arp(ARPOP_REQUEST, broadcast_mac, IP4(10, 0, 0, 50), IP4(10, 0, 0, 50));
	lan_expect_nothing();
	skbox_advance(1900 * MSEC);
	lan_expect_nothing();
	skbox_advance(200 * MSEC);
	lan_expect_arp(ARPOP_REQUEST, broadcast_mac, IP4(10, 0, 0, 50), IP4(10, 0, 0, 50));
	skbox_advance(10 * SECOND);
	lan_expect_nothing();
	assert_int_equal(inet_del_addr(lan_eth0, IP4(10, 0, 0, 50)), 0);
}

/* An address that is taken away before its second announcement is not announced again. */
static void test_announcement_of_lost_address(void **state)
{
	assert_int_equal(inet_add_addr(lan_eth0, "eth0", IP4(10, 0, 0, 51), 24, 0), 0);
	lan_drain();
	assert_int_equal(inet_del_addr(lan_eth0, IP4(10, 0, 0, 51)), 0);
	skbox_advance(5 * SECOND);
	lan_expect_nothing();
}

static void test_defence(void **state)
{
	lan_arp_in(ARPOP_REQUEST, broadcast_mac, other_mac, OUR_IP, NULL, IP4(10, 0, 0, 9));
	lan_expect_arp(ARPOP_REQUEST, broadcast_mac, OUR_IP, OUR_IP);
	lan_expect_nothing();
	for (u32 i = 0; i < 50; i++)
		lan_arp_in(ARPOP_REQUEST, broadcast_mac, other_mac, OUR_IP, NULL, OUR_IP);
	lan_expect_nothing();
	skbox_advance(11 * SECOND);
	lan_arp_in(ARPOP_REPLY, our_mac, other_mac, OUR_IP, our_mac, OUR_IP);
	lan_expect_arp(ARPOP_REQUEST, broadcast_mac, OUR_IP, OUR_IP);
	lan_expect_nothing();
	assert_null(neigh_lookup(OUR_IP, lan_eth0, false));
}

static void test_carrier_brings_announcement(void **state)
{
	know_peer_as(peer_mac, NUD_STALE);
	netif_carrier_off(lan_eth0);
	skbox_advance(MSEC);
	assert_null(peer());
	lan_expect_nothing();
	netif_carrier_on(lan_eth0);
	skbox_advance(2 * MSEC);
	lan_expect_arp(ARPOP_REQUEST, broadcast_mac, OUR_IP, OUR_IP);
}

/* ---- ioctls ---- */

static struct arpreq request(be32 addr, const u8 *mac, int flags)
{
	struct arpreq r = { .arp_flags = flags, .arp_dev = "eth0" };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { addr } };

	memcpy(&r.arp_pa, &sin, sizeof(sin));
	r.arp_ha.sa_family = ARPHRD_ETHER;
	if (mac)
		memcpy(r.arp_ha.sa_data, mac, 6);
	return r;
}

static void test_ioctls(void **state)
{
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	struct arpreq r = request(PEER_IP, peer_mac, ATF_PERM | ATF_COM);

	assert_int_equal(skbox_ioctl(fd, SIOCSARP, &r), 0);
	assert_int_equal(peer()->nud_state, NUD_PERMANENT);
	r = request(PEER_IP, NULL, 0);
	assert_int_equal(skbox_ioctl(fd, SIOCGARP, &r), 0);
	assert_int_equal(r.arp_flags, ATF_PERM | ATF_COM);
	assert_memory_equal(r.arp_ha.sa_data, peer_mac, 6);
	assert_int_equal(skbox_ioctl(fd, SIOCDARP, &r), 0);
	assert_int_equal(skbox_ioctl(fd, SIOCDARP, &r), -ENXIO);
	assert_int_equal(skbox_ioctl(fd, SIOCGARP, &r), -ENXIO);
	r.arp_dev[0] = '\0';
	r.arp_flags = ATF_COM;
	memcpy(r.arp_ha.sa_data, peer_mac, 6);
	assert_int_equal(skbox_ioctl(fd, SIOCSARP, &r), 0);
	assert_int_equal(peer()->nud_state, NUD_STALE);
	strcpy(r.arp_dev, "eth9");
	assert_int_equal(skbox_ioctl(fd, SIOCSARP, &r), -ENODEV);
	r = request(OUR_IP, peer_mac, ATF_COM);
	assert_int_equal(skbox_ioctl(fd, SIOCSARP, &r), -EINVAL);
	r = request(PEER_IP, broadcast_mac, ATF_COM);
	assert_int_equal(skbox_ioctl(fd, SIOCSARP, &r), -EINVAL);
	assert_int_equal(skbox_ioctl(fd, SIOCSARP, NULL), -EFAULT);
	skbox_close(fd);
}

/* The library's task never sleeps: the first probe goes out, and the wait is broken off. */
static void test_probe_ioctl_sends_probe(void **state)
{
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	struct arpreq r = request(IP4(10, 0, 0, 60), NULL, 300);

	assert_int_equal(skbox_ioctl(fd, SIOCARPPROBE, &r), -EINTR);
	lan_expect_arp(ARPOP_REQUEST, broadcast_mac, 0, IP4(10, 0, 0, 60));
	lan_expect_nothing();
	skbox_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		T(test_request_is_answered_and_learned),
		T(test_reply_fields),
		T(test_request_for_others_is_ignored),
		T(test_truncated_and_foreign),
		T(test_own_frames_come_back),
		T(test_probe_is_answered),
		T(test_arp_ignore),
		T(test_unasked_reply_makes_no_entry),
		T(test_arp_accept),
		T(test_gratuitous_updates_entry),
		T(test_locktime),
		T(test_broadcast_reply_is_no_proof),
		T(test_announcement),
		T(test_announcement_of_lost_address),
		T(test_defence),
		T(test_carrier_brings_announcement),
		T(test_ioctls),
		T(test_probe_ioctl_sends_probe),
	};

	lan_start("quiet mem=16M");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
