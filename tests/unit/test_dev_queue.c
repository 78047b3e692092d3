/*
 * Devices' queues: backlog, throttle and budget on the way in; discipline, stop and wake, batches,
 * watchdog and fitting on the way out.
 */
#include "tests/unit/lan.h"

#include "net/core/checksum.h"
#include "net/ip/neighbour.h"
#include "net/link/qdisc.h"
#include "net/link/softnet.h"

/* A card under the test's thumb. */
static struct {
	struct net_device *dev;
	u32 room; /* frames it takes before it is full */
	u32 kicks, timeouts, throttle_on, throttle_off, rx_mode;
	bool busy_without_stop;
	struct sk_buff_head sent;
} card;

static enum netdev_tx card_xmit(struct sk_buff *skb, struct net_device *dev)
{
	assert_null(skb->dst);
	if (!card.room) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	card.room--;
	skb_queue_tail(&card.sent, skb);
	return NETDEV_TX_OK;
}

static void card_kick(struct net_device *dev)
{
	card.kicks++;
}

static void card_timeout(struct net_device *dev)
{
	card.timeouts++;
}

static void card_throttle(struct net_device *dev, bool on)
{
	if (on)
		card.throttle_on++;
	else
		card.throttle_off++;
}

static void card_rx_mode(struct net_device *dev)
{
	card.rx_mode++;
}

static const struct net_device_ops card_ops = {
	.hard_start_xmit = card_xmit,
	.xmit_kick = card_kick,
	.tx_timeout = card_timeout,
	.rx_throttle = card_throttle,
	.set_rx_mode = card_rx_mode,
};

static u32 baseline;

/* Any call lets bottom halves run until nothing is left. */
static void settle(void)
{
	skbox_close(-1);
}

static void make_card(void)
{
	struct net_device *dev = alloc_etherdev(0);

	dev->ops = &card_ops;
	dev->watchdog_timeo = 5 * SECOND;
	memcpy(dev->dev_addr, other_mac, 6);
	strcpy(dev->name, "card");
	assert_int_equal(register_netdev(dev), 0);
	assert_int_equal(register_netdev(dev), -EEXIST);
	card.dev = dev;
	skb_queue_head_init(&card.sent);
}

static int setup(void **state)
{
	lan_start(NULL);
	assert_int_equal(dev_open(card.dev), 0);
	baseline = lan_pool_free();
	card.room = 1000000;
	card.kicks = card.timeouts = card.throttle_on = card.throttle_off = 0;
	return 0;
}

static int teardown(void **state)
{
	skb_queue_purge(&card.sent, DROP_NOT_SPECIFIED);
	assert_int_equal(dev_close(card.dev), 0);
	netif_carrier_on(card.dev);
	skbox_advance(MSEC);
	assert_int_equal(lan_pool_free(), baseline);
	return 0;
}

static struct sk_buff *frame(u32 len)
{
	struct sk_buff *skb = alloc_skb(len);

	assert_non_null(skb);
	memset(skb_put(skb, len), 0x5a, len);
	memcpy(skb->data, broadcast_mac, 6);
	put_be16(skb->data + 12, 0x1234);
	skb->dev = card.dev;
	return skb;
}

static void send(u32 count)
{
	local_bh_disable();
	while (count--)
		dev_queue_xmit(frame(100));
	local_bh_enable();
}

/* ---- out ---- */

static void test_straight_to_the_card(void **state)
{
	u64 packets = card.dev->stats.tx_packets, bytes = card.dev->stats.tx_bytes;

	send(3);
	assert_int_equal(card.sent.qlen, 3);
	assert_int_equal(card.kicks, 3);
	assert_int_equal(card.dev->qdisc->qlen, 0);
	assert_int_equal(card.dev->stats.tx_packets, packets + 3);
	assert_int_equal(card.dev->stats.tx_bytes, bytes + 300);
}

static void test_one_kick_a_batch(void **state)
{
	local_bh_disable();
	dev_batch_begin();
	dev_batch_begin();
	send(5);
	dev_batch_end();
	assert_int_equal(card.kicks, 0);
	dev_batch_end();
	assert_int_equal(card.kicks, 1);
	local_bh_enable();
}

static void send_late(u32 bytes)
{
	local_bh_disable();
	dev_batch_begin();
	send(1);
	dev_batch_end_late(bytes);
	local_bh_enable();
}

static void test_late_batches(void **state)
{
	send_late(DEV_LATE_BYTES / 2 - 1);
	send_late(DEV_LATE_BYTES / 2);
	assert_int_equal(card.kicks, 0);
	send_late(1); /* now it is enough */
	assert_int_equal(card.kicks, 1);

	send_late(DEV_LATE_BYTES - 1);
	assert_int_equal(card.kicks, 1);
	local_bh_disable();
	dev_batch_begin();
	dev_batch_end(); /* who else says that the card is to be told */
	local_bh_enable();
	assert_int_equal(card.kicks, 2);

	send_late(1);
	settle(); /* the task gives up the CPU */
	assert_int_equal(card.kicks, 3);

	local_bh_disable();
	dev_batch_begin();
	send_late(DEV_LATE_BYTES); /* inside of another batch */
	assert_int_equal(card.kicks, 3);
	dev_batch_end();
	local_bh_enable();
	assert_int_equal(card.kicks, 4);
	assert_int_equal(card.sent.qlen, 6);
}

static void test_stop_and_wake(void **state)
{
	u64 drops = lan_drops(DROP_QDISC_FULL);

	card.room = 2;
	send(5);
	assert_int_equal(card.sent.qlen, 2);
	assert_int_equal(card.dev->qdisc->qlen, 3);
	assert_true(netif_queue_stopped(card.dev));
	card.room = 2;
	netif_wake_queue(card.dev);
	settle();
	assert_int_equal(card.sent.qlen, 4);
	assert_int_equal(card.dev->qdisc->qlen, 1);
	card.room = 100;
	netif_wake_queue(card.dev);
	settle();
	assert_int_equal(card.sent.qlen, 5);
	assert_false(netif_queue_stopped(card.dev));
	assert_int_equal(lan_drops(DROP_QDISC_FULL), drops);
}

/* Packets leave in the order in which they came, also when the card stops in between. */
static void test_order(void **state)
{
	struct sk_buff *skb;

	card.room = 3;
	local_bh_disable();
	for (u32 i = 0; i < 150; i++) {
		skb = frame(100);
		put_be32(skb->data + 20, i);
		dev_queue_xmit(skb);
	}
	local_bh_enable();
	while (card.dev->qdisc->qlen) {
		card.room = 7;
		netif_wake_queue(card.dev);
		settle();
	}
	for (u32 i = 0; i < 150; i++) {
		skb = skb_dequeue(&card.sent);
		assert_non_null(skb);
		assert_int_equal(get_be32(skb->data + 20), i);
		consume_skb(skb);
	}
}

static void test_queue_is_bounded(void **state)
{
	u64 drops = lan_drops(DROP_QDISC_FULL), dropped = card.dev->stats.tx_dropped;
	struct ifreq ifr = { .ifr_name = "card", .ifr_qlen = 10 };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(skbox_ioctl(fd, SIOCSIFTXQLEN, &ifr), 0);
	card.room = 0;
	send(25);
	assert_int_equal(card.dev->qdisc->qlen, 10);
	assert_int_equal(lan_drops(DROP_QDISC_FULL), drops + 15);
	assert_int_equal(card.dev->stats.tx_dropped, dropped + 15);
	ifr.ifr_qlen = 1000;
	assert_int_equal(skbox_ioctl(fd, SIOCSIFTXQLEN, &ifr), 0);
	skbox_close(fd);
}

static void test_down_drops_what_waits(void **state)
{
	u64 drops = lan_drops(DROP_DEV_DOWN);

	card.room = 0;
	send(7);
	dev_close(card.dev);
	assert_int_equal(lan_drops(DROP_DEV_DOWN), drops + 7);
	send(2);
	assert_int_equal(lan_drops(DROP_DEV_DOWN), drops + 9);
	dev_open(card.dev);
	card.room = 10;
	send(1);
	assert_int_equal(card.sent.qlen, 1);
}

static void test_carrier(void **state)
{
	u64 drops = lan_drops(DROP_NO_CARRIER);

	card.room = 0;
	send(4);
	netif_carrier_off(card.dev);
	send(1);
	skbox_advance(MSEC);
	assert_int_equal(lan_drops(DROP_NO_CARRIER), drops + 5);
	netif_carrier_on(card.dev);
	skbox_advance(MSEC);
	card.room = 10;
	netif_wake_queue(card.dev);
	send(1);
	assert_int_equal(card.sent.qlen, 1);
}

static void test_watchdog(void **state)
{
	card.room = 0;
	send(1);
	skbox_advance(4900 * MSEC);
	assert_int_equal(card.timeouts, 0);
	skbox_advance(200 * MSEC);
	assert_int_equal(card.timeouts, 1);
	skbox_advance(5 * SECOND);
	assert_int_equal(card.timeouts, 2);
	card.room = 10;
	netif_wake_queue(card.dev);
	skbox_advance(20 * SECOND);
	assert_int_equal(card.timeouts, 2);
	assert_int_equal(card.sent.qlen, 1);
}

static void test_short_frames_are_padded(void **state)
{
	struct sk_buff *skb;

	local_bh_disable();
	dev_queue_xmit(frame(20));
	card.dev->features |= NETIF_F_HW_PAD;
	dev_queue_xmit(frame(20));
	card.dev->features &= ~NETIF_F_HW_PAD;
	local_bh_enable();
	skb = skb_dequeue(&card.sent);
	assert_int_equal(skb->len, ETH_ZLEN);
	for (u32 i = 20; i < ETH_ZLEN; i++)
		assert_int_equal(skb->data[i], 0);
	consume_skb(skb);
	skb = skb_dequeue(&card.sent);
	assert_int_equal(skb->len, 20);
	consume_skb(skb);
}

/* A packet with a fragment and an unfinished checksum, to a card that can do neither. */
static void test_fitting(void **state)
{
	for (u32 features = 0; features < 4; features++) {
		struct sk_buff *skb = frame(100);
		u8 *buf = skb_buf_alloc();

		memset(buf, 0x77, 500);
		assert_int_equal(skb_add_frag(skb, buf, 501 - 1), 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = 34;
		skb->csum_offset = 6;
		put_be16(skb->data + 40, 0);
		card.dev->features = features & 1 ? NETIF_F_SG : 0;
		card.dev->features |= features & 2 ? NETIF_F_HW_CSUM : 0;
		local_bh_disable();
		dev_queue_xmit(skb);
		local_bh_enable();
		skb = skb_dequeue(&card.sent);
		assert_int_equal(skb->len, 600);
		assert_int_equal(skb->data_len, features & 1 ? 500 : 0);
		if (features & 2)
			assert_int_equal(skb->ip_summed, CHECKSUM_PARTIAL);
		else
			assert_int_equal(csum_fold(skb_checksum(skb, 34, 566, 0)), 0);
		consume_skb(skb);
	}
	card.dev->features = 0;
}

/* ---- in ---- */

/* @count frames of EtherType 0x1234 in one top half; how many were taken. */
static u32 receive(u32 count)
{
	u32 taken = 0;

	arch_irq_disable();
	irq_enter();
	while (count--) {
		struct sk_buff *skb = frame(60);

		skb->protocol = eth_type_trans(skb, card.dev);
		taken += netif_rx(skb) == NET_RX_SUCCESS;
	}
	this_cpu()->bh_disable++; /* hold the bottom half back, as a busy system would */
	irq_exit();
	this_cpu()->bh_disable--;
	arch_irq_enable();
	return taken;
}

static void test_backlog_overflow_and_throttle(void **state)
{
	u64 full = lan_drops(DROP_BACKLOG_FULL), none = lan_drops(DROP_NO_PROTOCOL);
	u64 rx = card.dev->stats.rx_packets, dropped = card.dev->stats.rx_dropped;
	u32 seen = this_softnet()->dropped;

	skbox_sysctl("net.core.netdev_max_backlog", "20");
	assert_int_equal(receive(20), 20);
	assert_int_equal(card.throttle_on, 0);
	assert_int_equal(receive(5), 0);
	assert_int_equal(card.throttle_on, 1);
	assert_int_equal(card.throttle_off, 0);
	assert_int_equal(lan_drops(DROP_BACKLOG_FULL), full + 5);
	assert_int_equal(this_softnet()->dropped, seen + 5);
	assert_int_equal(card.dev->stats.rx_packets, rx + 25);
	assert_int_equal(card.dev->stats.rx_dropped, dropped + 5);
	settle();
	assert_int_equal(card.throttle_off, 1);
	assert_int_equal(lan_drops(DROP_NO_PROTOCOL), none + 20);
	assert_int_equal(receive(1), 1);
	settle();
	skbox_sysctl("net.core.netdev_max_backlog", "1000");
}

static void test_budget(void **state)
{
	u32 squeezed = this_softnet()->time_squeeze;
	u64 none = lan_drops(DROP_NO_PROTOCOL);

	skbox_sysctl("net.core.netdev_budget", "10");
	assert_int_equal(receive(35), 35);
	settle();
	assert_int_equal(lan_drops(DROP_NO_PROTOCOL), none + 35);
	assert_int_equal(this_softnet()->time_squeeze, squeezed + 3);
	skbox_sysctl("net.core.netdev_budget", "300");
}

/* The backlog leaves most of the pool to others, whatever its limit says. */
static void test_backlog_share_of_pool(void **state)
{
	struct skb_pool_stat st;

	skbox_sysctl("net.core.netdev_max_backlog", "1000000");
	receive(400);
	skb_pool_stat(&st);
	assert_true(st.bufs_free >= st.bufs_total * 3 / 4);
	settle();
	skbox_sysctl("net.core.netdev_max_backlog", "1000");
}

static void test_flush_on_down(void **state)
{
	u64 drops = lan_drops(DROP_DEV_DOWN);

	receive(9);
	dev_close(card.dev);
	assert_int_equal(lan_drops(DROP_DEV_DOWN), drops + 9);
	receive(1);
	assert_int_equal(lan_drops(DROP_DEV_DOWN), drops + 10);
	settle();
}

static void test_runt_and_otherhost(void **state)
{
	u64 runts = lan_drops(DROP_ETH_TOO_SHORT), others = lan_drops(DROP_OTHERHOST);
	u8 p[60] = { 2, 9, 9, 9, 9, 9, 2, 8, 8, 8, 8, 8, 0x08, 0x00 };

	for (u32 len = 0; len < 14; len++)
		lan_in(p, len);
	assert_int_equal(lan_drops(DROP_ETH_TOO_SHORT), runts + 14);
	lan_in(p, sizeof(p));
	assert_int_equal(lan_drops(DROP_OTHERHOST), others + 1);
}

static void test_type_trans(void **state)
{
	const struct {
		u8 dst[6];
		u8 type;
	} cases[] = {
		{ { 2, 0, 0, 0, 0, 3 }, PACKET_HOST },
		{ { 255, 255, 255, 255, 255, 255 }, PACKET_BROADCAST },
		{ { 1, 0, 0x5e, 0, 0, 1 }, PACKET_MULTICAST },
		{ { 255, 255, 255, 255, 255, 254 }, PACKET_MULTICAST },
		{ { 2, 0, 0, 0, 0, 4 }, PACKET_OTHERHOST },
		{ { 2, 1, 0, 0, 0, 3 }, PACKET_OTHERHOST },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sk_buff *skb = frame(60);

		memcpy(skb->data, cases[i].dst, 6);
		assert_int_equal(eth_type_trans(skb, card.dev), htons(0x1234));
		assert_int_equal(skb->pkt_type, cases[i].type);
		assert_int_equal(skb->len, 46);
		assert_ptr_equal(skb_mac_header(skb), skb->data - 14);
		consume_skb(skb);
	}
}

/* ---- administration ---- */

static void test_multicast_and_promiscuity(void **state)
{
	const u8 group[6] = { 1, 0, 0x5e, 1, 2, 3 };
	u32 modes = card.rx_mode;
	char text[1024];

	assert_int_equal(dev_mc_add(card.dev, peer_mac), -EINVAL);
	assert_int_equal(dev_mc_add(card.dev, group), 0);
	assert_int_equal(dev_mc_add(card.dev, group), 0);
	assert_int_equal(card.rx_mode, modes + 1);
	skbox_proc_read("net/dev_mcast", text, sizeof(text));
	assert_non_null(strstr(text, "card            2     0     01005e010203\n"));
	assert_int_equal(dev_mc_del(card.dev, group), 0);
	assert_int_equal(dev_mc_del(card.dev, group), 0);
	assert_int_equal(dev_mc_del(card.dev, group), -ENOENT);
	assert_int_equal(card.rx_mode, modes + 2);
	dev_set_promiscuity(card.dev, 1);
	assert_true(card.dev->flags & IFF_PROMISC);
	dev_change_flags(card.dev, card.dev->flags | IFF_PROMISC);
	dev_set_promiscuity(card.dev, -1);
	assert_true(card.dev->flags & IFF_PROMISC);
	dev_change_flags(card.dev, card.dev->flags & ~IFF_PROMISC);
	assert_false(card.dev->flags & IFF_PROMISC);
}

static int dev_io(u32 cmd, struct ifreq *ifr)
{
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0), err = skbox_ioctl(fd, cmd, ifr);

	skbox_close(fd);
	return err;
}

static void test_ioctls(void **state)
{
	struct ifreq ifr = { .ifr_name = "card" };

	assert_int_equal(dev_io(SIOCGIFFLAGS, &ifr), 0);
	assert_int_equal(ifr.ifr_flags & (IFF_UP | IFF_RUNNING), IFF_UP | IFF_RUNNING);
	assert_int_equal(dev_io(SIOCGIFINDEX, &ifr), 0);
	assert_int_equal(ifr.ifr_ifindex, card.dev->ifindex);
	ifr.ifr_name[0] = '\0';
	assert_int_equal(dev_io(SIOCGIFNAME, &ifr), 0);
	assert_string_equal(ifr.ifr_name, "card");
	ifr.ifr_mtu = 600;
	assert_int_equal(dev_io(SIOCSIFMTU, &ifr), 0);
	assert_int_equal(dev_io(SIOCGIFMTU, &ifr), 0);
	assert_int_equal(ifr.ifr_mtu, 600);
	ifr.ifr_mtu = 67;
	assert_int_equal(dev_io(SIOCSIFMTU, &ifr), -EINVAL);
	ifr.ifr_mtu = 1501;
	assert_int_equal(dev_io(SIOCSIFMTU, &ifr), -EINVAL);
	ifr.ifr_mtu = 1500;
	assert_int_equal(dev_io(SIOCSIFMTU, &ifr), 0);
	strcpy(ifr.ifr_name, "card:3");
	assert_int_equal(dev_io(SIOCGIFHWADDR, &ifr), 0);
	assert_string_equal(ifr.ifr_name, "card:3");
	assert_memory_equal(ifr.ifr_hwaddr.sa_data, other_mac, 6);
	assert_int_equal(dev_io(SIOCSIFHWADDR, &ifr), -EOPNOTSUPP);
	strcpy(ifr.ifr_name, "card");
	strcpy(ifr.ifr_newname, "wire");
	assert_int_equal(dev_io(SIOCSIFNAME, &ifr), -EBUSY);
	strcpy(ifr.ifr_name, "none");
	assert_int_equal(dev_io(SIOCGIFFLAGS, &ifr), -ENODEV);
	assert_int_equal(dev_io(SIOCGIFFLAGS, NULL), -EFAULT);
}

static void test_rename(void **state)
{
	struct ifreq ifr = { .ifr_name = "card" };
	const char *bad[] = { "", ".", "..", "a/b", "a b", "a:1", "lo", "sixteen-letters-" };

	dev_close(card.dev);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(ifr.ifr_newname, 0, IFNAMSIZ);
		memcpy(ifr.ifr_newname, bad[i], strlen(bad[i]));
		assert_true(dev_io(SIOCSIFNAME, &ifr) < 0 ||
			    strcmp(bad[i], "sixteen-letters-") == 0);
	}
	strcpy(ifr.ifr_name, card.dev->name);
	memset(ifr.ifr_newname, 0, IFNAMSIZ);
	strcpy(ifr.ifr_newname, "card");
	assert_true(dev_io(SIOCSIFNAME, &ifr) == 0 || strcmp(ifr.ifr_name, "card") == 0);
}

static void test_proc(void **state)
{
	char text[8192];

	assert_true(skbox_proc_read("net/dev", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\n    lo: "));
	assert_non_null(strstr(text, "\n  card: "));
	assert_true(skbox_proc_read("net/softnet_stat", text, sizeof(text)) == 15 * 9);
	assert_true(skbox_proc_read("net/drops", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "NO_PROTOCOL"));
	assert_true(skbox_proc_read("net/skb_pool", text, sizeof(text)) > 0);
	assert_true(skbox_proc_read("net/snmp", text, sizeof(text)) > 0);
	assert_memory_equal(text, "Ip: Forwarding DefaultTTL InReceives ", 37);
	assert_true(skbox_proc_read("net/netstat", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "IpExt: InNoRoutes "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		T(test_straight_to_the_card),
		T(test_one_kick_a_batch),
		T(test_late_batches),
		T(test_stop_and_wake),
		T(test_order),
		T(test_queue_is_bounded),
		T(test_down_drops_what_waits),
		T(test_carrier),
		T(test_watchdog),
		T(test_short_frames_are_padded),
		T(test_fitting),
		T(test_backlog_overflow_and_throttle),
		T(test_budget),
		T(test_backlog_share_of_pool),
		T(test_flush_on_down),
		T(test_runt_and_otherhost),
		T(test_type_trans),
		T(test_multicast_and_promiscuity),
		T(test_ioctls),
		T(test_rename),
		T(test_proc),
	};

	lan_start("quiet mem=16M skb.pool=1000");
	make_card();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
