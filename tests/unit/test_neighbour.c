/* The neighbour table: its states under the moved clock, its queues, its bounds. */
#include "tests/unit/lan.h"

#include "net/ip/neighbour.h"

#define ARP_REQUEST 1
#define ARP_REPLY 2

static u32 baseline;

static int setup(void **state)
{
	lan_start(NULL);
	skbox_sysctl("net.ipv4.neigh.eth0.base_reachable_time_ms", "30000");
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

static u8 state_of(be32 key)
{
	struct neighbour *n = neigh_lookup(key, lan_eth0, false);
	u8 s = n ? n->nud_state : 0xff;

	if (n)
		neigh_release(n);
	return s;
}

static void reply_from_peer(void)
{
	lan_arp_in(ARP_REPLY, our_mac, peer_mac, PEER_IP, our_mac, OUR_IP);
}

/* The next frame is our UDP datagram to @mac. */
static void expect_udp_to(const u8 *mac)
{
	u8 p[2048];

	assert_true(lan_out(p, sizeof(p)) >= 42);
	assert_memory_equal(p, mac, 6);
	assert_memory_equal(p + 6, our_mac, 6);
	assert_int_equal(get_be16(p + 12), 0x0800);
}

static void make_reachable(void)
{
	assert_int_equal(lan_send_udp(PEER_IP, "x", 1), 1);
	lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
	assert_int_equal(state_of(PEER_IP), NUD_INCOMPLETE);
	reply_from_peer();
	assert_int_equal(state_of(PEER_IP), NUD_REACHABLE);
	expect_udp_to(peer_mac);
	lan_expect_nothing();
}

static void make_stale(void)
{
	make_reachable();
	skbox_advance(46 * SECOND);
	assert_int_equal(state_of(PEER_IP), NUD_STALE);
	lan_expect_nothing();
}

static void test_resolution(void **state)
{
	make_reachable();
	assert_int_equal(lan_send_udp(PEER_IP, "y", 1), 1);
	expect_udp_to(peer_mac);
	lan_expect_nothing();
}

static void test_reachable_time_is_random(void **state)
{
	u64 shortest = UINT64_MAX, longest = 0;

	for (u32 i = 0; i < 40; i++) {
		u64 start;

		make_reachable();
		start = skbox_now();
		while (state_of(PEER_IP) == NUD_REACHABLE)
			skbox_advance(100 * MSEC);
		shortest = min(shortest, skbox_now() - start);
		longest = max(longest, skbox_now() - start);
		neigh_ifdown(lan_eth0);
	}
	assert_true(shortest >= 15 * SECOND && shortest < 22 * SECOND);
	assert_true(longest <= 45 * SECOND + 200 * MSEC && longest > 38 * SECOND);
}

static void test_failed(void **state)
{
	u64 drops = lan_drops(DROP_NEIGH_FAILED);

	lan_send_udp(PEER_IP, "x", 1);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(state_of(PEER_IP), NUD_INCOMPLETE);
		lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
		lan_expect_nothing();
		skbox_advance(1 * SECOND + 2 * MSEC);
	}
	assert_int_equal(state_of(PEER_IP), NUD_FAILED);
	assert_int_equal(lan_drops(DROP_NEIGH_FAILED), drops + 1);
	lan_expect_nothing();
	/* The sender hears of it, and the next packet asks anew. */
	assert_int_equal(lan_send_udp(PEER_IP, "x", 1), 1);
	lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
	reply_from_peer();
	expect_udp_to(peer_mac);
}

static void test_stale_delay_probe_reachable(void **state)
{
	make_stale();
	lan_send_udp(PEER_IP, "x", 1);
	expect_udp_to(peer_mac);
	assert_int_equal(state_of(PEER_IP), NUD_DELAY);
	skbox_advance(4900 * MSEC);
	lan_expect_nothing();
	skbox_advance(200 * MSEC);
	assert_int_equal(state_of(PEER_IP), NUD_PROBE);
	lan_expect_arp(ARP_REQUEST, peer_mac, OUR_IP, PEER_IP);
	/* Packets go out while we probe. */
	lan_send_udp(PEER_IP, "x", 1);
	expect_udp_to(peer_mac);
	reply_from_peer();
	assert_int_equal(state_of(PEER_IP), NUD_REACHABLE);
	lan_expect_nothing();
}

static void test_probe_fails(void **state)
{
	make_stale();
	lan_send_udp(PEER_IP, "x", 1);
	expect_udp_to(peer_mac);
	skbox_advance(5 * SECOND + 2 * MSEC);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(state_of(PEER_IP), NUD_PROBE);
		lan_expect_arp(ARP_REQUEST, peer_mac, OUR_IP, PEER_IP);
		lan_expect_nothing();
		skbox_advance(1 * SECOND + 2 * MSEC);
	}
	assert_int_equal(state_of(PEER_IP), NUD_FAILED);
	lan_expect_nothing();
}

static void test_confirmation_saves_probes(void **state)
{
	make_stale();
	lan_send_udp(PEER_IP, "x", 1);
	expect_udp_to(peer_mac);
	skbox_advance(3 * SECOND);
	neigh_confirm(PEER_IP, lan_eth0);
	skbox_advance(3 * SECOND);
	assert_int_equal(state_of(PEER_IP), NUD_REACHABLE);
	lan_expect_nothing();
}

static void test_confirmation_keeps_reachable(void **state)
{
	make_reachable();
	for (u32 i = 0; i < 20; i++) {
		skbox_advance(10 * SECOND);
		neigh_confirm(PEER_IP, lan_eth0);
	}
	assert_int_equal(state_of(PEER_IP), NUD_REACHABLE);
	lan_expect_nothing();
}

static void test_queue_keeps_latest(void **state)
{
	u64 drops = lan_drops(DROP_NEIGH_QUEUE_FULL);
	u8 p[2048];

	skbox_sysctl("net.ipv4.neigh.eth0.unres_qlen", "3");
	for (u8 i = 0; i < 10; i++)
		lan_send_udp(PEER_IP, &i, 1);
	assert_int_equal(lan_drops(DROP_NEIGH_QUEUE_FULL), drops + 7);
	lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
	lan_expect_nothing();
	reply_from_peer();
	for (u8 i = 7; i < 10; i++) {
		assert_true(lan_out(p, sizeof(p)) >= 43);
		assert_int_equal(p[42], i);
	}
	lan_expect_nothing();
	skbox_sysctl("net.ipv4.neigh.eth0.unres_qlen", "101");
}

/* However many neighbours are silent, together they hold but a share of the pool. */
static void test_waiting_share_of_pool(void **state)
{
	struct skb_pool_stat st;

	for (u32 i = 0; i < 100; i++) {
		for (u32 k = 0; k < 10; k++)
			lan_send_udp(IP4(10, 0, 0, 100 + i), "x", 1);
		lan_drain();
	}
	skb_pool_stat(&st);
	assert_true(st.bufs_free >= st.bufs_total * 3 / 4);
	skbox_advance(4 * SECOND);
	lan_drain();
	assert_int_equal(state_of(IP4(10, 0, 0, 100)), NUD_FAILED);
}

/* Made "none" by hand while it is asked for: what waited has nobody to wait for. */
static void test_resolution_broken_off(void **state)
{
	u64 drops = lan_drops(DROP_NEIGH_FAILED);
	struct neighbour *n;

	lan_send_udp(PEER_IP, "x", 1);
	lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
	n = neigh_lookup(PEER_IP, lan_eth0, false);
	neigh_admin_update(n, NULL, NUD_INCOMPLETE); /* asked for anew: it waits on */
	assert_int_equal(n->arp_queue.qlen, 1);
	lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
	neigh_admin_update(n, NULL, NUD_NONE);
	assert_int_equal(n->arp_queue.qlen, 0);
	neigh_release(n);
	assert_int_equal(lan_drops(DROP_NEIGH_FAILED), drops + 1);
	skbox_advance(10 * SECOND);
	lan_expect_nothing();
}

static void test_permanent(void **state)
{
	struct neighbour *n = neigh_lookup(PEER_IP, lan_eth0, true);

	neigh_update(n, peer_mac, NUD_PERMANENT, NEIGH_UPDATE_ADMIN | NEIGH_UPDATE_OVERRIDE);
	neigh_release(n);
	skbox_advance(1000 * SECOND);
	assert_int_equal(state_of(PEER_IP), NUD_PERMANENT);
	/* What others say does not move it. */
	lan_arp_in(ARP_REPLY, our_mac, other_mac, PEER_IP, our_mac, OUR_IP);
	lan_send_udp(PEER_IP, "x", 1);
	expect_udp_to(peer_mac);
	lan_expect_nothing();
}

static void test_broadcast_and_multicast_need_no_question(void **state)
{
	const u8 group[6] = { 0x01, 0x00, 0x5e, 0x7f, 0x01, 0x02 };
	struct neighbour *n = neigh_lookup(IP4(224, 255, 1, 2), lan_eth0, true);

	assert_int_equal(n->nud_state, NUD_NOARP);
	assert_memory_equal(n->ha, group, 6);
	neigh_release(n);
	n = neigh_lookup(IP4(255, 255, 255, 255), lan_eth0, true);
	assert_int_equal(n->nud_state, NUD_NOARP);
	assert_memory_equal(n->ha, broadcast_mac, 6);
	neigh_release(n);
	n = neigh_lookup(IP4(10, 0, 0, 255), lan_eth0, true);
	assert_int_equal(n->nud_state, NUD_NOARP);
	neigh_release(n);
	lan_expect_nothing();
}

static void test_table_is_bounded(void **state)
{
	u32 made = 0;

	for (u32 i = 0; i < 3000; i++) {
		struct neighbour *n = neigh_lookup(htonl(0x0b000000 + i), lan_eth0, true);

		if (!n)
			continue;
		made++;
		neigh_update(n, peer_mac, NUD_STALE, NEIGH_UPDATE_OVERRIDE);
		neigh_release(n);
	}
	assert_in_range(made, 512, 1024);
	/* Old ones make room for new ones. */
	skbox_advance(10 * SECOND);
	assert_int_equal(state_of(htonl(0x0c000000)), 0xff);
	lan_send_udp(PEER_IP, "x", 1);
	lan_expect_arp(ARP_REQUEST, broadcast_mac, OUR_IP, PEER_IP);
}

static void test_gc_by_age(void **state)
{
	for (u32 i = 0; i < 200; i++) {
		struct neighbour *n = neigh_lookup(htonl(0x0b000000 + i), lan_eth0, true);

		assert_non_null(n);
		neigh_update(n, peer_mac, i == 7 ? NUD_PERMANENT : NUD_STALE,
			     NEIGH_UPDATE_OVERRIDE | NEIGH_UPDATE_ADMIN);
		neigh_release(n);
	}
	skbox_advance(40 * SECOND);
	assert_int_equal(state_of(htonl(0x0b000001)), NUD_STALE);
	skbox_advance(120 * SECOND);
	assert_int_equal(state_of(htonl(0x0b000001)), 0xff);
	assert_int_equal(state_of(htonl(0x0b000007)), NUD_PERMANENT);
}

/* What an administrator has set fills no room that others could have. */
static void test_permanent_ones_do_not_count(void **state)
{
	for (u32 i = 0; i < 1500; i++) {
		struct neighbour *n = neigh_lookup(htonl(0x0b000000 + i), lan_eth0, true);

		if (!n) /* memory for so many was not set aside */
			break;
		neigh_update(n, peer_mac, NUD_PERMANENT,
			     NEIGH_UPDATE_OVERRIDE | NEIGH_UPDATE_ADMIN);
		neigh_release(n);
		assert_true(i < 1400 || state_of(htonl(0x0b000000)) == NUD_PERMANENT);
	}
	assert_true(state_of(htonl(0x0b000000 + 600)) == NUD_PERMANENT);
}

/* Strangers that fill the table do not keep him out. */
static void test_permanent_ones_have_room(void **state)
{
	struct neigh_req r = { .dev = "eth0",
			       .addr = PEER_IP,
			       .state = NUD_PERMANENT,
			       .flags = NEIGH_F_CREATE | NEIGH_F_LLADDR };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	memcpy(r.lladdr, peer_mac, sizeof(r.lladdr));
	skbox_sysctl("net.ipv4.neigh.default.gc_thresh3", "64");
	for (u32 i = 0; i < 100; i++) {
		struct neighbour *n = neigh_lookup(htonl(0x0b000000 + i), lan_eth0, true);

		if (n)
			neigh_release(n);
	}
	assert_null(neigh_lookup(htonl(0x0c000000), lan_eth0, true));
	assert_int_equal(skbox_ioctl(fd, SIOCSNEIGH, &r), 0);
	assert_int_equal(state_of(PEER_IP), NUD_PERMANENT);
	skbox_sysctl("net.ipv4.neigh.default.gc_thresh3", "1024");
	skbox_close(fd);
}

static void test_bytes_bound_the_queue(void **state)
{
	u64 drops = lan_drops(DROP_NEIGH_QUEUE_FULL);
	char text[16], data[1000] = "";

	skbox_sysctl("net.ipv4.neigh.eth0.unres_qlen_bytes", "4216");
	assert_true(skbox_proc_read("sys/net/ipv4/neigh/eth0/unres_qlen", text, sizeof(text)) > 0);
	assert_string_equal(text, "2\n");
	for (u32 i = 0; i < 5; i++)
		lan_send_udp(PEER_IP, data, sizeof(data));
	assert_int_equal(lan_drops(DROP_NEIGH_QUEUE_FULL), drops + 3);
	skbox_sysctl("net.ipv4.neigh.eth0.unres_qlen", "101");
	assert_true(skbox_proc_read("sys/net/ipv4/neigh/eth0/unres_qlen_bytes", text,
				    sizeof(text)) > 0);
	assert_string_equal(text, "212908\n");
}

/* Gone from the table, an entry lives on for who holds it. */
static void test_destroyed_while_held(void **state)
{
	struct neighbour *n;

	lan_send_udp(PEER_IP, "x", 1);
	lan_drain();
	n = neigh_lookup(PEER_IP, lan_eth0, false);
	assert_non_null(n);
	neigh_ifdown(lan_eth0);
	assert_true(n->dead);
	neigh_update(n, peer_mac, NUD_REACHABLE, NEIGH_UPDATE_OVERRIDE);
	assert_int_equal(state_of(PEER_IP), 0xff);
	neigh_release(n);
	lan_expect_nothing();
}

static void test_interface_down_with_packets_waiting(void **state)
{
	for (u32 i = 0; i < 20; i++)
		lan_send_udp(PEER_IP, "x", 1);
	lan_drain();
	assert_int_equal(dev_close(lan_eth0), 0);
	assert_int_equal(state_of(PEER_IP), 0xff);
	assert_int_equal(dev_open(lan_eth0), 0);
	skbox_advance(5 * SECOND);
	lan_drain();
}

static void test_proc(void **state)
{
	char text[4096];

	make_reachable();
	assert_true(skbox_proc_read("net/neigh", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE used "));
	assert_true(skbox_proc_read("net/arp", text, sizeof(text)) > 0);
	assert_string_equal(
		text,
		"IP address       HW type     Flags       HW address            Mask     Device\n"
		"10.0.0.2         0x1         0x2         02:00:00:00:00:02     *        eth0\n");
	assert_true(skbox_proc_read("net/stat/arp_cache", text, sizeof(text)) > 0);
	assert_memory_equal(text, "entries  allocs   destroys", 26);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		T(test_resolution),
		T(test_reachable_time_is_random),
		T(test_failed),
		T(test_stale_delay_probe_reachable),
		T(test_probe_fails),
		T(test_confirmation_saves_probes),
		T(test_confirmation_keeps_reachable),
		T(test_queue_keeps_latest),
		T(test_waiting_share_of_pool),
		T(test_resolution_broken_off),
		T(test_permanent),
		T(test_broadcast_and_multicast_need_no_question),
		T(test_table_is_bounded),
		T(test_gc_by_age),
		T(test_permanent_ones_do_not_count),
		T(test_permanent_ones_have_room),
		T(test_bytes_bound_the_queue),
		T(test_destroyed_while_held),
		T(test_interface_down_with_packets_waiting),
		T(test_proc),
	};

	lan_start("quiet mem=16M");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
