/*
 * netem and pfifo as disciplines of a device, on the moved clock: delays, losses, duplicates,
 * corruption, rate and limits, what tc may ask of them, and that nothing is left behind.
 */
#include "tests/unit/lan.h"

#include <abi/in.h>

#include "net/core/checksum.h"
#include "net/link/netem_dice.h"
#include "net/link/qdisc.h"
#include "net/link/softnet.h"

#define TICK (1 << 20) /* ns; a timer is late by one at most */
#define PERCENT(n) ((u32)((u64)NETEM_ALWAYS * (n) / 100))

/* A card that notes when each frame came. */
static struct {
	struct net_device *dev;
	u32 room;
	struct sk_buff_head sent;
	u64 times[4096];
	u32 numbers[4096];
	u32 count;
} card;

static enum netdev_tx card_xmit(struct sk_buff *skb, struct net_device *dev)
{
	if (!card.room) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	card.room--;
	assert_true(card.count < ARRAY_SIZE(card.times));
	card.times[card.count] = ktime_ns();
	card.numbers[card.count++] = get_be32(skb->data + 20);
	skb_queue_tail(&card.sent, skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops card_ops = { .hard_start_xmit = card_xmit };

static void make_card(void)
{
	struct net_device *dev = alloc_etherdev(0);

	dev->ops = &card_ops;
	memcpy(dev->dev_addr, other_mac, 6);
	strcpy(dev->name, "card");
	assert_int_equal(register_netdev(dev), 0);
	card.dev = dev;
	skb_queue_head_init(&card.sent);
}

static struct qdisc_msg ask(u32 op, const char *kind)
{
	struct qdisc_msg msg = { .dev = "card", .op = op };

	strncpy(msg.kind, kind, sizeof(msg.kind) - 1);
	msg.netem.limit = NETEM_LIMIT;
	return msg;
}

static int tell(struct qdisc_msg *msg)
{
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0), err;

	err = skbox_ioctl(fd, SIOCSQDISC, msg);
	skbox_close(fd);
	return err;
}

static struct qdisc_msg look(const char *dev)
{
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	struct qdisc_msg msg = { 0 };

	strncpy(msg.dev, dev, sizeof(msg.dev) - 1);
	assert_int_equal(skbox_ioctl(fd, SIOCGQDISC, &msg), 0);
	skbox_close(fd);
	return msg;
}

/* The discipline of the card is netem with @p. */
static void impair(struct netem_params p)
{
	struct qdisc_msg msg = ask(QDISC_REPLACE, "netem");

	p.limit = p.limit ? p.limit : NETEM_LIMIT;
	p.seed = p.seed ? p.seed : 1;
	msg.netem = p;
	assert_int_equal(tell(&msg), 0);
}

static u32 baseline, number;

static int setup(void **state)
{
	lan_start(NULL);
	assert_int_equal(dev_open(card.dev), 0);
	baseline = lan_pool_free();
	card.room = 1000000;
	card.count = number = 0;
	return 0;
}

static void forget_sent(void)
{
	skb_queue_purge(&card.sent, DROP_NOT_SPECIFIED);
	card.count = 0;
}

static int teardown(void **state)
{
	struct qdisc_msg msg = ask(QDISC_DEL, "");

	forget_sent();
	tell(&msg);
	assert_int_equal(dev_close(card.dev), 0);
	assert_int_equal(lan_pool_free(), baseline);
	assert_int_equal(look("card").handle, 0);
	return 0;
}

static struct sk_buff *frame(u32 len)
{
	struct sk_buff *skb = alloc_skb(len);

	assert_non_null(skb);
	memset(skb_put(skb, len), 0x5a, len);
	memcpy(skb->data, broadcast_mac, 6);
	put_be16(skb->data + 12, 0x1234);
	put_be32(skb->data + 20, number++);
	skb->dev = card.dev;
	return skb;
}

static void xmit(struct sk_buff *skb)
{
	local_bh_disable();
	dev_queue_xmit(skb);
	local_bh_enable();
}

static void send(u32 count)
{
	while (count--)
		xmit(frame(100));
}

static void assert_time(u64 time, u64 expected)
{
	if (time < expected || time > expected + TICK)
		fail_msg("at %llu instead of %llu", (unsigned long long)time,
			 (unsigned long long)expected);
}

/* ---- what befalls packets ---- */

static void test_good_link(void **state)
{
	impair((struct netem_params){ 0 });
	send(10);
	assert_int_equal(card.count, 10);
	assert_int_equal(look("card").stats.packets, 10);
	assert_int_equal(look("card").stats.bytes, 1000);
}

static void test_delay(void **state)
{
	u64 start;

	impair((struct netem_params){ .delay = 50 * MSEC });
	for (u32 i = 0; i < 20; i++) {
		start = ktime_ns();
		send(1);
		assert_int_equal(look("card").stats.qlen, 1);
		assert_int_equal(look("card").stats.backlog, 100);
		skbox_advance(50 * MSEC - 1);
		assert_int_equal(card.count, i);
		skbox_advance(10 * MSEC + 12345);
		assert_int_equal(card.count, i + 1);
		assert_time(card.times[i], start + 50 * MSEC);
		assert_int_equal(card.numbers[i], i);
	}
	assert_int_equal(look("card").stats.qlen, 0);
}

/* Packets at their own pace on the way: each is delayed for itself. */
static void test_delay_of_a_stream(void **state)
{
	u64 start = ktime_ns();

	impair((struct netem_params){ .delay = 100 * MSEC });
	for (u32 i = 0; i < 300; i++) {
		send(1);
		skbox_advance(MSEC);
	}
	skbox_advance(200 * MSEC);
	assert_int_equal(card.count, 300);
	for (u32 i = 0; i < 300; i++) {
		assert_time(card.times[i], start + i * MSEC + 100 * MSEC);
		assert_int_equal(card.numbers[i], i);
	}
}

static void test_jitter_reorders(void **state)
{
	u32 swapped = 0;
	u64 start = ktime_ns();

	impair((struct netem_params){ .delay = 50 * MSEC, .jitter = 20 * MSEC });
	send(200);
	skbox_advance(100 * MSEC);
	assert_int_equal(card.count, 200);
	for (u32 i = 0; i < 200; i++) {
		assert_true(card.times[i] >= start + 30 * MSEC);
		assert_true(card.times[i] <= start + 70 * MSEC + TICK);
		swapped += i && card.numbers[i] < card.numbers[i - 1];
	}
	assert_true(swapped > 50);
}

/* What the dice say for the same seed is what happens. */
static void test_loss_is_the_seeds(void **state)
{
	struct netem_params p = { .loss.probability = PERCENT(20), .seed = 77 };
	u64 lost = lan_drops(DROP_NETEM_LOSS), expected = 0;
	struct netem_dice dice;
	u32 passed = 0;

	impair(p);
	send(1000);
	netem_dice_init(&dice, 77);
	for (u32 i = 0; i < 1000; i++) {
		struct netem_verdict v;

		netem_roll(&p, &dice, &v);
		expected += v.lost;
		if (!v.lost)
			assert_int_equal(card.numbers[passed++], i);
	}
	assert_int_equal(card.count, passed);
	assert_int_equal(lan_drops(DROP_NETEM_LOSS), lost + expected);
	assert_int_equal(look("card").stats.drops, expected);
	assert_int_equal(look("card").stats.packets, passed);
	assert_int_equal(card.dev->stats.tx_dropped, 0);
}

static void test_gemodel(void **state)
{
	impair((struct netem_params){ .bursts = 1,
				      .gemodel = { .p = NETEM_ALWAYS, .loss_bad = NETEM_ALWAYS } });
	send(10); /* the first one finds the link good, and then it never is again */
	assert_int_equal(card.count, 1);
	assert_int_equal(look("card").stats.drops, 9);
}

static void test_duplicate(void **state)
{
	impair((struct netem_params){ .duplicate.probability = NETEM_ALWAYS });
	send(5);
	assert_int_equal(card.count, 10);
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(card.numbers[i], i / 2);
}

static void test_lost_and_doubled_arrives_once(void **state)
{
	impair((struct netem_params){ .duplicate.probability = NETEM_ALWAYS,
				      .loss.probability = NETEM_ALWAYS });
	send(5);
	assert_int_equal(card.count, 5);
}

static void test_reorder(void **state)
{
	impair((struct netem_params){
		.delay = 10 * MSEC, .gap = 3, .reorder.probability = NETEM_ALWAYS });
	send(6);
	assert_int_equal(card.count, 2);
	assert_int_equal(card.numbers[0], 2);
	assert_int_equal(card.numbers[1], 5);
	skbox_advance(20 * MSEC);
	assert_int_equal(card.count, 6);
	assert_int_equal(card.numbers[2], 0);
	assert_int_equal(card.numbers[5], 4);
}

static u32 bits_off(const struct sk_buff *skb, const u8 *was, u32 len)
{
	u32 off = 0;
	u8 now[2048];

	assert_int_equal(skb->len, len);
	assert_int_equal(skb_copy_bits(skb, 0, now, len), 0);
	for (u32 i = 0; i < len; i++)
		off += (u32)__builtin_popcount(now[i] ^ was[i]);
	return off;
}

/* One bit, and not in the bytes that the sender keeps for a retransmission. */
static void test_corrupt(void **state)
{
	u8 was[600];

	impair((struct netem_params){ .corrupt.probability = NETEM_ALWAYS,
				      .duplicate.probability = PERCENT(50) });
	for (u32 i = 0; i < 200; i++) {
		struct sk_buff *skb = frame(100), *kept;
		u8 *buf = skb_buf_alloc();
		u32 len = i % 2 ? 600 : 100, wrong = 0;

		memset(buf, 0x77, 500);
		if (i % 2)
			skb_add_frag(skb, buf, 500);
		else
			skb_buf_put(buf);
		skb_copy_bits(skb, 0, was, len);
		kept = skb_clone(skb);
		card.dev->features = i % 4 < 2 ? NETIF_F_SG : 0;
		xmit(skb);
		assert_int_equal(bits_off(kept, was, len), 0);
		consume_skb(kept);
		while ((skb = skb_dequeue(&card.sent))) {
			wrong += bits_off(skb, was, len);
			consume_skb(skb);
		}
		assert_int_equal(wrong, 1);
		card.count = 0;
	}
	card.dev->features = 0;
}

/* A checksum that the card would make is made before, so that the receiver sees the damage. */
static void test_corrupt_under_a_checksum(void **state)
{
	u32 wrong = 0;

	impair((struct netem_params){ .corrupt.probability = NETEM_ALWAYS });
	card.dev->features = NETIF_F_HW_CSUM;
	for (u32 i = 0; i < 100; i++) {
		struct sk_buff *skb = frame(100);
		u16 sum;

		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = 34;
		skb->csum_offset = 6;
		put_be16(skb->data + 40, 0);
		xmit(skb);
		skb = skb_dequeue(&card.sent);
		assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
		sum = csum_fold(skb_checksum(skb, 34, 66, 0));
		wrong += sum != 0;
		consume_skb(skb);
	}
	card.dev->features = 0;
	/* 66 of 100 bytes are summed; the others may be hit as well. */
	assert_in_range(wrong, 50, 80);
}

static void test_rate(void **state)
{
	u64 start = ktime_ns();

	/* 1000 bytes take 4 ms. */
	impair((struct netem_params){ .rate = 250000, .delay = 20 * MSEC });
	for (u32 i = 0; i < 10; i++)
		xmit(frame(1000));
	skbox_advance(100 * MSEC);
	assert_int_equal(card.count, 10);
	for (u32 i = 0; i < 10; i++) {
		assert_time(card.times[i], start + (i + 1) * 4 * MSEC + 20 * MSEC);
		assert_int_equal(card.numbers[i], i);
	}
}

/* ---- bounds ---- */

static void test_limit(void **state)
{
	u64 full = lan_drops(DROP_QDISC_FULL), dropped = card.dev->stats.tx_dropped;

	impair((struct netem_params){ .delay = 10 * MSEC, .limit = 7 });
	send(10);
	assert_int_equal(look("card").stats.qlen, 7);
	assert_int_equal(look("card").stats.drops, 3);
	assert_int_equal(lan_drops(DROP_QDISC_FULL), full + 3);
	assert_int_equal(card.dev->stats.tx_dropped, dropped + 3);
	skbox_advance(20 * MSEC);
	assert_int_equal(card.count, 7);
	send(1);
	assert_int_equal(look("card").stats.qlen, 1);
}

/* However long the delay and high the limit: three quarters of the pool are others'. */
static void test_share_of_the_pool(void **state)
{
	struct skb_pool_stat st;

	impair((struct netem_params){ .delay = SECOND, .limit = 1000000 });
	for (u32 i = 0; i < 500; i++) {
		struct sk_buff *skb = frame(100);

		skb_add_frag(skb, skb_buf_alloc(), 500);
		card.dev->features = NETIF_F_SG;
		xmit(skb);
	}
	card.dev->features = 0;
	skb_pool_stat(&st);
	assert_true(st.bufs_free >= st.bufs_total * 3 / 4 - 20);
	assert_true(look("card").stats.drops >= 300);
	assert_int_equal(look("card").stats.qlen + look("card").stats.drops, 500);
}

/* To the socket a packet that is on the way is gone. */
static u32 given_back;

static void give_back(struct sk_buff *skb)
{
	given_back++;
}

static void test_sender_is_not_charged(void **state)
{
	struct sk_buff *skb = frame(100);

	given_back = 0;
	skb->destructor = give_back;
	impair((struct netem_params){ .delay = SECOND });
	xmit(skb);
	assert_int_equal(given_back, 1);
	/* What goes straight on to the card is charged until that has sent it. */
	skb = frame(100);
	skb->destructor = give_back;
	impair((struct netem_params){ .loss.probability = 1 });
	xmit(skb);
	assert_int_equal(given_back, 1);
	forget_sent();
	assert_int_equal(given_back, 2);
}

/* ---- the card, the device, changes ---- */

static void test_card_full(void **state)
{
	impair((struct netem_params){ .delay = 5 * MSEC });
	card.room = 3;
	send(10);
	skbox_advance(10 * MSEC);
	assert_int_equal(card.count, 3);
	assert_int_equal(look("card").stats.qlen, 7);
	assert_int_equal(look("card").stats.requeues, 1);
	card.room = 100;
	netif_wake_queue(card.dev);
	skbox_close(-1); /* lets bottom halves run */
	assert_int_equal(card.count, 10);
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(card.numbers[i], i);
	assert_int_equal(look("card").stats.backlog, 0);
}

static void test_down_empties_it(void **state)
{
	u64 drops = lan_drops(DROP_DEV_DOWN);

	impair((struct netem_params){ .delay = 5 * MSEC, .duplicate.probability = NETEM_ALWAYS });
	card.room = 1;
	send(4);
	skbox_advance(6 * MSEC); /* one sent, one given back by the card, six wait for it */
	send(4);
	dev_close(card.dev);
	assert_int_equal(lan_drops(DROP_DEV_DOWN), drops + 15);
	assert_int_equal(look("card").stats.qlen, 0);
	skbox_advance(SECOND);
	assert_int_equal(card.count, 1);
	dev_open(card.dev);
	card.room = 10;
	send(1);
	skbox_advance(10 * MSEC);
	assert_int_equal(card.count, 3);
}

static void test_carrier_loss_empties_it(void **state)
{
	u64 drops = lan_drops(DROP_NO_CARRIER);

	impair((struct netem_params){ .delay = 50 * MSEC });
	send(4);
	netif_carrier_off(card.dev);
	skbox_advance(2 * MSEC);
	assert_int_equal(lan_drops(DROP_NO_CARRIER), drops + 4);
	netif_carrier_on(card.dev);
	skbox_advance(SECOND);
	assert_int_equal(card.count, 0);
}

static void test_change_keeps_what_waits(void **state)
{
	struct qdisc_msg msg = ask(QDISC_CHANGE, "netem");

	impair((struct netem_params){ .delay = 50 * MSEC, .seed = 5 });
	send(2);
	msg.netem.delay = 10 * MSEC;
	assert_int_equal(tell(&msg), 0);
	assert_int_equal(look("card").netem.seed, 5);
	send(2);
	skbox_advance(20 * MSEC);
	assert_int_equal(card.count, 2);
	assert_int_equal(card.numbers[0], 2);
	skbox_advance(50 * MSEC);
	assert_int_equal(card.count, 4);
}

static void test_del_drops_what_waits(void **state)
{
	struct qdisc_msg msg = ask(QDISC_DEL, "");
	u64 drops = lan_drops(DROP_QDISC_GONE);

	impair((struct netem_params){ .delay = 50 * MSEC });
	send(3);
	assert_int_equal(tell(&msg), 0);
	assert_int_equal(lan_drops(DROP_QDISC_GONE), drops + 3);
	skbox_advance(SECOND);
	assert_int_equal(card.count, 0);
	send(1);
	assert_int_equal(card.count, 1);
	assert_string_equal(look("card").kind, "pfifo");
}

/* ---- what tc may ask ---- */

static void test_add_change_replace_del(void **state)
{
	struct qdisc_msg add = ask(QDISC_ADD, "netem"), change = ask(QDISC_CHANGE, "pfifo"),
			 replace = ask(QDISC_REPLACE, "pfifo"), del = ask(QDISC_DEL, ""),
			 bad = ask(QDISC_ADD, "fq"), none = ask(QDISC_ADD, "netem"), got;

	assert_int_equal(tell(&del), -ENOENT);
	assert_int_equal(tell(&change), -ENOENT);
	assert_int_equal(tell(&bad), -ENOENT);
	assert_int_equal(tell(&add), 0);
	assert_int_equal(tell(&add), -EEXIST);
	assert_int_equal(tell(&change), -EINVAL);
	got = look("card");
	assert_string_equal(got.kind, "netem");
	assert_true(got.handle >= 0x80010000 && !(got.handle & 0xffff));
	assert_true(got.netem.seed != 0);
	replace.limit = 12;
	assert_int_equal(tell(&replace), 0);
	assert_int_equal(look("card").limit, 12);
	change.limit = UINT32_MAX;
	assert_int_equal(tell(&change), 0);
	assert_int_equal(look("card").limit, card.dev->tx_queue_len);
	assert_int_equal(tell(&del), 0);
	assert_int_equal(look("card").handle, 0);
	add.handle = 0x00420000;
	assert_int_equal(tell(&add), 0);
	assert_int_equal(look("card").handle, 0x00420000);
	none.op = 99;
	assert_int_equal(tell(&none), -EINVAL);
	strcpy(none.dev, "none");
	assert_int_equal(tell(&none), -ENODEV);
	memset(none.dev, 'x', sizeof(none.dev));
	memset(none.kind, 'x', sizeof(none.kind));
	assert_int_equal(tell(&none), -ENODEV);
	assert_int_equal(tell(NULL), -EFAULT);
}

static void test_bad_parameters_change_nothing(void **state)
{
	struct qdisc_msg msg = ask(QDISC_ADD, "netem");

	msg.netem.delay = UINT64_MAX;
	assert_int_equal(tell(&msg), -EINVAL);
	assert_int_equal(look("card").handle, 0);
	msg.netem.delay = 5 * MSEC;
	assert_int_equal(tell(&msg), 0);
	msg.op = QDISC_CHANGE;
	msg.netem.distribution = 7;
	assert_int_equal(tell(&msg), -EINVAL);
	assert_int_equal(look("card").netem.distribution, 0);
}

static void test_pfifo_limit(void **state)
{
	struct qdisc_msg msg = ask(QDISC_ADD, "pfifo");

	msg.limit = 3;
	assert_int_equal(tell(&msg), 0);
	card.room = 0;
	send(10);
	assert_int_equal(look("card").stats.qlen, 3);
	assert_int_equal(look("card").stats.backlog, 300);
	assert_int_equal(look("card").stats.drops, 7);
}

static u64 seed_of(const char *tunable)
{
	struct qdisc_msg del = ask(QDISC_DEL, ""), add = ask(QDISC_ADD, "netem");

	assert_int_equal(skbox_sysctl("net.core.netem_seed", tunable), 0);
	tell(&del);
	assert_int_equal(tell(&add), 0);
	return look("card").netem.seed;
}

static void test_seed_of_the_tunable(void **state)
{
	u64 seven = seed_of("7");

	assert_true(seven == seed_of("7"));
	assert_true(seven != seed_of("8"));
	assert_true(seed_of("0") != seed_of("0"));
	assert_int_not_equal(skbox_sysctl("net.core.netem_seed", "-1"), 0);
}

/* A device without a queue takes one for a time. */
static void test_loopback(void **state)
{
	struct qdisc_msg msg = ask(QDISC_ADD, "netem"), del = ask(QDISC_DEL, "");

	strcpy(msg.dev, "lo");
	strcpy(del.dev, "lo");
	assert_string_equal(look("lo").kind, "noqueue");
	assert_int_equal(tell(&msg), 0);
	assert_string_equal(look("lo").kind, "netem");
	assert_int_equal(tell(&del), 0);
	assert_string_equal(look("lo").kind, "noqueue");
	assert_int_equal(tell(&del), -ENOENT);
}

/* Even memory garbles then, and the receiver sees it. */
static void test_corruption_on_loopback_is_noticed(void **state)
{
	struct qdisc_msg msg = ask(QDISC_ADD, "netem"), del = ask(QDISC_DEL, "");
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = IP4(127, 0, 0, 1) };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	char text[8];

	assert_int_equal(dev_open(loopback_dev), 0);
	assert_int_equal(skbox_bind(fd, &to, sizeof(to)), 0);
	strcpy(msg.dev, "lo");
	strcpy(del.dev, "lo");
	msg.netem.corrupt.probability = NETEM_ALWAYS;
	for (u32 i = 0; i < 50; i++) {
		assert_int_equal(skbox_sendto(fd, "whole", 5, 0, &to, sizeof(to)), 5);
		assert_int_equal(skbox_recvfrom(fd, text, sizeof(text), 0, NULL, NULL), 5);
	}
	assert_int_equal(tell(&msg), 0);
	for (u32 i = 0; i < 200; i++) {
		skbox_sendto(fd, "whole", 5, 0, &to, sizeof(to));
		/* What hits the link header alone does no harm. */
		if (skbox_recvfrom(fd, text, sizeof(text), 0, NULL, NULL) == 5)
			assert_memory_equal(text, "whole", 5);
	}
	assert_int_equal(look("lo").stats.packets, 200);
	assert_int_equal(tell(&del), 0);
	skbox_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		T(test_good_link),
		T(test_delay),
		T(test_delay_of_a_stream),
		T(test_jitter_reorders),
		T(test_loss_is_the_seeds),
		T(test_gemodel),
		T(test_duplicate),
		T(test_lost_and_doubled_arrives_once),
		T(test_reorder),
		T(test_corrupt),
		T(test_corrupt_under_a_checksum),
		T(test_rate),
		T(test_limit),
		T(test_share_of_the_pool),
		T(test_sender_is_not_charged),
		T(test_card_full),
		T(test_down_empties_it),
		T(test_carrier_loss_empties_it),
		T(test_change_keeps_what_waits),
		T(test_del_drops_what_waits),
		T(test_add_change_replace_del),
		T(test_bad_parameters_change_nothing),
		T(test_pfifo_limit),
		T(test_seed_of_the_tunable),
		T(test_loopback),
		T(test_corruption_on_loopback_is_noticed),
	};

	lan_start("quiet mem=16M skb.pool=1200");
	make_card();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
