/*
 * The NE2000's driver on a card that is a model: what QEMU's never does - overflow, slow sending, a
 * data port of 16 bits - and what it does and should not.
 */
#include "tests/unit/lan.h"

#include "drivers/drivers.h"
#include "drivers/net/ne2k.h"
#include "drivers/pci.h"
#include "kernel/irq.h"
#include "tests/unit/dp8390/model.h"

#define FRAMES_MAX 256

static struct net_device *eth;
static struct ne2k *card;
static u32 baseline;

/* What the driver has handed up, instead of the stack. */
static struct {
	u32 len[FRAMES_MAX];
	u8 data[FRAMES_MAX][DP_FRAME_MAX];
	u32 count, throttle_at;
} up;

int __wrap_netif_rx(struct sk_buff *skb);
int __wrap_netif_rx(struct sk_buff *skb)
{
	u32 i = up.count++ % FRAMES_MAX;

	if (skb->dev != eth) { /* other cards' */
		kfree_skb(skb, DROP_NOT_SPECIFIED);
		return NET_RX_DROP;
	}
	up.len[i] = skb->len + ETH_HLEN;
	memcpy(up.data[i], skb->data - ETH_HLEN, skb->len + ETH_HLEN);
	consume_skb(skb);
	if (up.throttle_at && up.count == up.throttle_at)
		eth->ops->rx_throttle(eth, true);
	return NET_RX_SUCCESS;
}

/* ---- the wire ---- */

/* Frame number @n of @len bytes to us. */
static void make_frame(u8 *buf, u32 n, u32 len)
{
	memcpy(buf, dp.mac, 6);
	memcpy(buf + 6, peer_mac, 6);
	put_be16(buf + 12, 0x1234);
	for (u32 i = ETH_HLEN; i < len; i++)
		buf[i] = (u8)(n * 31 + i);
}

static bool wire_in(u32 n, u32 len)
{
	u8 buf[DP_FRAME_MAX];

	make_frame(buf, n, len);
	return dp_receive(buf, len);
}

/* The top half, as long as the card asks for it. */
static void interrupts(void)
{
	for (int i = 0; i < 1000 && dp_irq_up(); i++) {
		unsigned long flags = irq_save();

		irq_dispatch(DP_IRQ);
		irq_restore(flags);
	}
	assert_false(dp_irq_up());
}

static void expect_up(u32 i, u32 n, u32 len)
{
	u8 want[DP_FRAME_MAX];

	make_frame(want, n, len);
	assert_int_equal(up.len[i], len);
	assert_memory_equal(up.data[i], want, len);
}

static enum netdev_tx send(u32 n, u32 len)
{
	struct sk_buff *skb = alloc_skb(len);
	enum netdev_tx took;

	assert_non_null(skb);
	make_frame(skb_put(skb, len), n, len);
	skb->dev = eth;
	local_bh_disable();
	took = eth->ops->hard_start_xmit(skb, eth);
	local_bh_enable();
	if (took == NETDEV_TX_BUSY)
		consume_skb(skb);
	return took;
}

static void expect_sent(u32 i, u32 n, u32 len)
{
	u8 want[DP_FRAME_MAX];

	make_frame(want, n, len);
	assert_int_equal(dp.sent[i].len, len);
	assert_memory_equal(dp.sent[i].data, want, len);
}

#define RECOVERY (4 * MSEC) /* 2 ms, until the timer's next tick, and the procedure */

/* ---- tests ---- */

static int setup(void **state)
{
	dp.slow = dp.full_is_empty = false;
	up.count = up.throttle_at = 0;
	memset(&eth->stats, 0, sizeof(eth->stats));
	dp.nr_sent = dp.cut_short = dp.resets = 0;
	assert_int_equal(dev_open(eth), 0);
	netif_wake_queue(eth);
	baseline = lan_pool_free();
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(dev_close(eth), 0);
	dp.hung = false;
	assert_int_equal(lan_pool_free(), baseline);
	return 0;
}

static void test_frames_come_up(void **state)
{
	for (u32 n = 0; n < 200; n++) {
		u32 len = 60 + n * 97 % 1455;

		assert_true(wire_in(n, len));
		interrupts();
		expect_up(n, n, len);
	}
	assert_int_equal(up.count, 200);
	assert_int_equal(eth->stats.rx_errors, 0);
}

static void test_many_at_once(void **state)
{
	u32 n = 0;

	for (u32 round = 0; round < 4; round++) {
		u32 first = n;

		for (u32 i = 0; i < 40; i++, n++)
			assert_true(wire_in(n, 60));
		interrupts();
		assert_int_equal(up.count, n);
		for (; first < n; first++)
			expect_up(first, first, 60);
	}
}

static void test_overflow(void **state)
{
	u32 taken = 0, more;

	while (wire_in(taken, 1514))
		taken++;
	assert_true(dp.hung);
	interrupts();
	assert_true(netif_queue_stopped(eth));
	assert_int_equal(send(0, 60), NETDEV_TX_BUSY);
	assert_int_equal(up.count, 0);
	skbox_advance(RECOVERY);
	interrupts();
	assert_false(dp.hung);
	assert_int_equal(up.count, taken);
	for (u32 n = 0; n < taken; n++)
		expect_up(n, n, 1514);
	assert_int_equal(eth->stats.rx_over_errors, 1);
	assert_false(netif_queue_stopped(eth));
	for (more = 0; more < 5; more++) {
		assert_true(wire_in(taken + more, 700));
		interrupts();
	}
	assert_int_equal(up.count, taken + more);
	assert_int_equal(send(7, 100), NETDEV_TX_OK);
	expect_sent(0, 7, 100);
}

static void test_overflow_while_sending(void **state)
{
	dp.slow = true;
	assert_int_equal(send(1, 300), NETDEV_TX_OK);
	while (wire_in(0, 1514))
		;
	interrupts();
	assert_int_equal(dp.cut_short, 1);
	skbox_advance(RECOVERY);
	dp_finish_tx();
	interrupts();
	assert_int_equal(dp.nr_sent, 1);
	expect_sent(0, 1, 300);
	assert_false(netif_queue_stopped(eth));
}

static void test_full_ring_taken_for_empty(void **state)
{
	u32 n = 0, seen = 0;

	/* A mix of sizes, so that some frame fills the ring to its last page. */
	dp.full_is_empty = true;
	for (u32 burst = 0; burst < 200; burst++) {
		for (u32 i = 0; i < 3 + burst % 30; i++, n++)
			wire_in(n, n * 7 % 5 ? 1514 : 60);
		dp.hung = false;
		interrupts();
		skbox_advance(RECOVERY);
		interrupts();
	}
	assert_true(eth->stats.rx_over_errors > 0);
	assert_true(up.count > 100);
	for (u32 i = 0; i < FRAMES_MAX; i++) { /* the last ones: each is whole */
		u32 len = up.len[i], first = up.data[i][ETH_HLEN];

		seen++;
		assert_true(len == 60 || len == 1514);
		for (u32 at = ETH_HLEN; at < len; at++)
			assert_int_equal(up.data[i][at], (u8)(first + at - ETH_HLEN));
	}
	assert_int_equal(seen, FRAMES_MAX);
}

static void test_header_that_lies(void **state)
{
	static const u8 lies[][4] = {
		{ 1, 0x00, 64, 0 }, { 1, 0xff, 64, 0 },	     { 1, 0x4d, 0, 0 },
		{ 1, 0x4d, 3, 0 },  { 1, 0x4d, 0xff, 0xff }, { 1, 0x60, 64, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
		u32 at = dp_current() * 256u, before = up.count;

		assert_true(wire_in(i, 60));
		memcpy(dp_memory(at), lies[i], 4);
		interrupts();
		assert_int_equal(up.count, before);
		assert_true(wire_in(i, 61));
		interrupts();
		assert_int_equal(up.count, before + 1);
		expect_up(before, i, 61);
	}
	assert_int_equal(eth->stats.rx_errors, ARRAY_SIZE(lies));
}

static void test_bad_frame_is_counted(void **state)
{
	u32 at = dp_current() * 256u;

	assert_true(wire_in(0, 100));
	*dp_memory(at) = RSR_PRX | 0x02; /* a wrong check sequence */
	assert_true(wire_in(1, 100));
	interrupts();
	assert_int_equal(up.count, 1);
	expect_up(0, 1, 100);
	assert_int_equal(eth->stats.rx_frame_errors, 1);
}

static void test_throttle(void **state)
{
	up.throttle_at = 3;
	for (u32 n = 0; n < 20; n++)
		assert_true(wire_in(n, 60));
	interrupts();
	assert_true(up.count < 20);
	assert_true(wire_in(20, 60));
	interrupts();
	assert_true(up.count < 20);
	eth->ops->rx_throttle(eth, false);
	interrupts();
	assert_int_equal(up.count, 21);
	for (u32 n = 0; n < 21; n++)
		expect_up(n, n, 60);
}

static void test_send(void **state)
{
	for (u32 n = 0; n < 50; n++) {
		assert_int_equal(send(n, 60 + n * 29), NETDEV_TX_OK);
		expect_sent(n, n, 60 + n * 29);
	}
	assert_int_equal(dp.nr_sent, 50);
	interrupts();
}

static void test_slow_sending(void **state)
{
	dp.slow = true;
	assert_int_equal(send(0, 60), NETDEV_TX_OK);
	assert_int_equal(send(1, 1514), NETDEV_TX_OK);
	assert_int_equal(send(2, 60), NETDEV_TX_BUSY);
	assert_true(netif_queue_stopped(eth));
	dp_finish_tx();
	interrupts();
	assert_false(netif_queue_stopped(eth));
	assert_int_equal(send(3, 77), NETDEV_TX_OK);
	for (u32 i = 0; i < 2; i++) {
		dp_finish_tx();
		interrupts();
	}
	assert_int_equal(dp.nr_sent, 3);
	expect_sent(0, 0, 60);
	expect_sent(1, 1, 1514);
	expect_sent(2, 3, 77);
}

static void test_hung_transmitter(void **state)
{
	dp.slow = true;
	send(0, 60);
	send(1, 60);
	assert_int_equal(send(2, 60), NETDEV_TX_BUSY);
	local_bh_disable();
	eth->ops->tx_timeout(eth);
	local_bh_enable();
	assert_int_equal(dp.resets, 2); /* open's, and this one */
	assert_false(netif_queue_stopped(eth));
	dp.slow = false;
	assert_int_equal(send(3, 60), NETDEV_TX_OK);
	expect_sent(0, 3, 60);
	assert_true(wire_in(1, 60));
	interrupts();
	assert_int_equal(up.count, 1);
}

static void test_down(void **state)
{
	assert_true(wire_in(0, 60));
	assert_int_equal(dev_close(eth), 0);
	assert_false(dp_irq_up());
	assert_false(wire_in(1, 60));
	assert_int_equal(up.count, 0);
	assert_int_equal(dev_open(eth), 0);
	assert_true(wire_in(2, 60));
	interrupts();
	assert_int_equal(up.count, 1);
	expect_up(0, 2, 60);
}

/* ---- finding ---- */

/* There is no PCI on this machine. */
u16 pci_io_bar(const struct pci_dev *d, int n)
{
	return 0;
}

void pci_enable(struct pci_dev *d)
{
}

/* Finds the card of kind @only_16_bit, @memory_end; it is the last device. */
static void probe(bool only_16_bit, u32 memory_end)
{
	struct net_device *dev = NULL, *last = NULL;

	dp.only_16_bit = only_16_bit;
	dp.memory_end = memory_end;
	dp_power_on();
	ne2k_isa_probe();
	while ((dev = dev_next(dev)))
		last = dev;
	assert_ptr_equal(last->ops, &ne2k_ops);
	assert_int_equal(last->irq, DP_IRQ);
	assert_memory_equal(last->dev_addr, dp.mac, 6);
	eth = last;
	card = last->priv;
	assert_int_equal(card->wide, !only_16_bit);
	assert_int_equal(card->rx_stop * 256, memory_end);
}

static void test_nobody_there(void **state)
{
	struct net_device *dev = NULL;

	dp.absent = true;
	ne2k_isa_probe();
	dp.absent = false;
	while ((dev = dev_next(dev)))
		assert_ptr_not_equal(dev->ops, &ne2k_ops);
}

static void test_narrow_card_found(void **state)
{
	probe(true, 0x8000);
}

static void test_wide_card_found(void **state)
{
	probe(false, 0xc000);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define ALL_TESTS                                                                                  \
	T(test_frames_come_up), T(test_many_at_once), T(test_overflow),                            \
		T(test_overflow_while_sending), T(test_full_ring_taken_for_empty),                 \
		T(test_header_that_lies), T(test_bad_frame_is_counted), T(test_throttle),          \
		T(test_send), T(test_slow_sending), T(test_hung_transmitter), T(test_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_narrow_card_found),
		ALL_TESTS,
		cmocka_unit_test(test_wide_card_found),
		ALL_TESTS,
	};

	lan_start("quiet mem=16M skb.pool=1000");
	memcpy(dp.mac, other_mac, 6);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
