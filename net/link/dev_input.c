/*
 * The way in: netif_rx puts a frame on the backlog in the top half, net_rx_action takes the backlog
 * in the bottom half and finds the receiver for each EtherType. The backlog is bounded; over it
 * frames are dropped and their driver is told to stop, until half of the backlog is done: under a
 * flood the card drops what we could not have served, and tasks still run.
 */
#include "net/core/byteorder.h"
#include "net/core/protocol.h"
#include "net/link/eth_header.h"
#include "net/link/softnet.h"

#define RX_BATCH 64    /* packets between two looks at who else wants the CPU */
#define PTYPE_SLOTS 32 /* power of 2, at least twice the EtherTypes */

struct softnet_data softnet0;
int netdev_max_backlog = 1000, netdev_budget = 300, netdev_gro = 1, netdev_gro_acks = 1;
bool netdev_forwarding;

/* EtherType -> receiver, open addressing; made once from packet_types. */
static struct ptype_slot {
	be16 type;
	void (*rcv)(struct sk_buff *skb); /* NULL: empty */
} ptype_slots[PTYPE_SLOTS];
static u32 backlog_share; /* the backlog may hold no more than this of the pool */

static u32 ptype_hash(be16 type)
{
	return (type ^ type >> 8) & (PTYPE_SLOTS - 1);
}

/* ---- the top half's side ---- */

static u32 backlog_len(const struct softnet_data *sd)
{
	return sd->input_pkt_queue.qlen + READ_ONCE(sd->process_queue.qlen);
}

static u32 backlog_limit(void)
{
	return min((u32)netdev_max_backlog, backlog_share);
}

/* Irqs off. */
static void backlog_throttle(struct softnet_data *sd, struct net_device *dev)
{
	if (dev->throttled || !dev->ops->rx_throttle)
		return;
	dev->throttled = true;
	sd->throttled++;
	dev->ops->rx_throttle(dev, true);
}

static int netif_rx_drop(struct sk_buff *skb, enum drop_reason reason)
{
	skb->dev->stats.rx_dropped++;
	kfree_skb(skb, reason);
	return NET_RX_DROP;
}

/* A frame too short for its link header. */
static int netif_rx_runt(struct sk_buff *skb)
{
	skb->dev->stats.rx_errors++;
	skb->dev->stats.rx_length_errors++;
	kfree_skb(skb, DROP_ETH_TOO_SHORT);
	return NET_RX_DROP;
}

/* Irqs off. False: the backlog is full. */
static inline bool backlog_add(struct softnet_data *sd, struct sk_buff *skb, struct net_device *dev)
{
	if (likely(skb->pkt_type != PACKET_LOOPBACK)) { /* our own broadcast came over no wire */
		dev->stats.rx_packets++;
		dev->stats.rx_bytes += skb->len + dev->hard_header_len;
	}
	if (unlikely(backlog_len(sd) >= backlog_limit())) {
		sd->dropped++;
		backlog_throttle(sd, dev);
		return false;
	}
	__skb_queue_tail(&sd->input_pkt_queue, skb);
	if (!sd->rx_scheduled) {
		sd->rx_scheduled = true;
		raise_softirq(NET_RX_SOFTIRQ);
	}
	return true;
}

/* Irqs off if @irqs_off. */
static __always_inline int rx_frame(struct sk_buff *skb, struct net_device *dev, bool irqs_off)
{
	unsigned long flags = 0;
	bool room;

	if (unlikely(!skb->protocol))
		return netif_rx_runt(skb);
	if (unlikely(!netif_running(dev)))
		return netif_rx_drop(skb, DROP_DEV_DOWN);
	if (unlikely(net_timestamps))
		skb->tstamp = ktime_ns();
	if (!irqs_off)
		flags = irq_save();
	room = backlog_add(this_softnet(), skb, dev);
	if (!irqs_off)
		irq_restore(flags);
	return likely(room) ? NET_RX_SUCCESS : netif_rx_drop(skb, DROP_BACKLOG_FULL);
}

int netif_rx(struct sk_buff *skb)
{
	return rx_frame(skb, skb->dev, false);
}

int netif_rx_eth(struct sk_buff *skb, struct net_device *dev)
{
	skb->protocol = eth_read_header(skb, dev);
	return rx_frame(skb, dev, true);
}

/* ---- the bottom half's side ---- */

/* Nobody's business, unless somebody has looked on. */
static void netif_unwanted(struct sk_buff *skb, bool shown, enum drop_reason reason)
{
	if (shown)
		consume_skb(skb);
	else
		kfree_skb(skb, reason);
}

/* Up to the protocol. Consumes @skb. */
static void netif_receive_skb(struct sk_buff *skb)
{
	const struct ptype_slot *slot;
	bool shown = false;

	skb_set_network_header(skb, 0);
	if (unlikely(net_taps))
		shown = dev_tap_incoming(skb);
	if (unlikely(skb->pkt_type != PACKET_HOST)) {
		if (skb->pkt_type == PACKET_MULTICAST) {
			skb->dev->stats.multicast++;
		} else if (skb->pkt_type == PACKET_OTHERHOST) {
			netif_unwanted(skb, net_taps, DROP_OTHERHOST);
			return;
		}
	}
	slot = &ptype_slots[ptype_hash(skb->protocol)];
	while (slot->type != skb->protocol && slot->rcv) {
		if (++slot == ptype_slots + PTYPE_SLOTS)
			slot = ptype_slots;
	}
	if (likely(slot->rcv))
		slot->rcv(skb);
	else
		netif_unwanted(skb, shown, DROP_NO_PROTOCOL);
}

/* The backlog is at half: lets the drivers go on. */
static void backlog_unthrottle(struct softnet_data *sd)
{
	unsigned long flags = irq_save();
	struct net_device *dev;

	sd->throttled = 0;
	list_for_each_entry(dev, &net_devices, node) {
		if (!dev->throttled)
			continue;
		dev->throttled = false;
		dev->ops->rx_throttle(dev, false);
	}
	irq_restore(flags);
}

/*
 * Takes all that the top halves have queued; false: nothing, and the next netif_rx raises the
 * softirq again.
 */
static bool backlog_take(struct softnet_data *sd)
{
	unsigned long flags = irq_save();
	bool some = sd->input_pkt_queue.qlen != 0;

	if (some)
		skb_queue_splice(&sd->input_pkt_queue, &sd->process_queue);
	else
		sd->rx_scheduled = false;
	irq_restore(flags);
	return some;
}

/* The bottom half has done enough for now: its budget is used up, or a task waits for what it has
 * brought up. */
static bool rx_enough(int left)
{
	return left <= 0 || (left % RX_BATCH == 0 && READ_ONCE(this_cpu()->need_resched));
}

/* Joining segments is for whole frames to us. */
static void netif_receive_or_join(struct softnet_data *sd, struct sk_buff *skb)
{
	if ((skb->dev->features & NETIF_F_GRO) && netdev_gro && skb->protocol == htons(ETH_P_IP) &&
	    skb->pkt_type == PACKET_HOST)
		gro_receive(&sd->gro, skb, netif_receive_skb);
	else
		netif_receive_skb(skb);
}

static void net_rx_action(void)
{
	struct softnet_data *sd = this_softnet();
	int left = netdev_budget;
	struct sk_buff *skb;

	sd->gro.acks = netdev_gro_acks && !netdev_forwarding && !net_taps;
	dev_batch_begin();
	for (;;) {
		if (!sd->process_queue.qlen && !backlog_take(sd))
			break;
		if (unlikely(rx_enough(left--))) {
			sd->time_squeeze++;
			raise_softirq(NET_RX_SOFTIRQ);
			break;
		}
		skb = __skb_dequeue(&sd->process_queue);
		sd->processed++;
		netif_receive_or_join(sd, skb);
		if (unlikely(READ_ONCE(sd->throttled)) && backlog_len(sd) <= backlog_limit() / 2)
			backlog_unthrottle(sd);
	}
	gro_flush(&sd->gro, netif_receive_skb);
	dev_batch_end();
}

/* Takes @dev's packets out of @q. */
static void backlog_flush(struct sk_buff_head *q, struct net_device *dev, struct sk_buff_head *out)
{
	struct sk_buff *skb, *next;

	for (skb = q->next; skb != (struct sk_buff *)q; skb = next) {
		next = skb->next;
		if (skb->dev != dev)
			continue;
		__skb_unlink(q, skb);
		__skb_queue_tail(out, skb);
	}
}

void dev_input_flush(struct net_device *dev)
{
	struct softnet_data *sd = this_softnet();
	struct sk_buff_head out;
	unsigned long flags;

	skb_queue_head_init(&out);
	local_bh_disable();
	flags = irq_save();
	backlog_flush(&sd->input_pkt_queue, dev, &out);
	backlog_flush(&sd->process_queue, dev, &out);
	if (dev->throttled) {
		dev->throttled = false;
		sd->throttled--;
		dev->ops->rx_throttle(dev, false);
	}
	irq_restore(flags);
	skb_queue_purge(&out, DROP_DEV_DOWN);
	local_bh_enable();
}

/* ---- set-up ---- */

static void ptype_add(const struct ether_protocol *pt)
{
	u32 i = ptype_hash(htons(pt->type));

	while (ptype_slots[i].rcv)
		i = (i + 1) % PTYPE_SLOTS;
	ptype_slots[i].type = htons(pt->type);
	ptype_slots[i].rcv = pt->rcv;
}

void dev_input_init(void)
{
	struct skb_pool_stat pool;

	skb_queue_head_init(&softnet0.input_pkt_queue);
	skb_queue_head_init(&softnet0.process_queue);
	skb_pool_stat(&pool);
	backlog_share = pool.bufs_total / 4;
	BUG_ON(nr_packet_types > PTYPE_SLOTS / 2);
	for (size_t i = 0; i < nr_packet_types; i++)
		ptype_add(&packet_types[i]);
	dev_tap_init();
	open_softirq(NET_RX_SOFTIRQ, net_rx_action);
}
