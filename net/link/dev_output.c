/*
 * The way out: dev_queue_xmit makes a packet fit for its device, and gives it to the device's
 * discipline, or straight to the card when nothing waits; net_tx_action goes on with what the card
 * had no room for. The card is told once a batch. TCP's bursts are cut here if the card cannot.
 */
#include "net/core/checksum.h"
#include "net/core/gso.h"
#include "net/link/softnet.h"

static void dev_xmit_drop(struct sk_buff *skb, struct net_device *dev, enum drop_reason reason)
{
	dev->stats.tx_dropped++;
	kfree_skb(skb, reason);
}

static bool dev_must_pad(const struct sk_buff *skb, const struct net_device *dev)
{
	return skb->len < ETH_ZLEN && dev->type == ARPHRD_ETHER &&
	       !(dev->features & NETIF_F_HW_PAD);
}

/*
 * What the card cannot do is done here: checksum, one piece, least size. Consumes @skb; NULL:
 * dropped.
 */
static struct sk_buff *dev_xmit_fit(struct sk_buff *skb, struct net_device *dev)
{
	if (unlikely(skb->data_len && !(dev->features & NETIF_F_SG) && !skb_linearize(skb)))
		goto bad;
	/* Of what is padded the sum is ours, too: not all cards know where the packet ends. */
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    (!(dev->features & NETIF_F_HW_CSUM) || dev_must_pad(skb, dev))) {
		skb = skb_cow(skb, 0);
		if (!skb)
			goto gone;
		if (skb_checksum_help(skb) < 0)
			goto bad;
	}
	if (dev_must_pad(skb, dev)) {
		skb = skb_padto(skb, ETH_ZLEN);
		if (!skb)
			goto gone;
	}
	return skb;
bad:
	kfree_skb(skb, DROP_TX_ERROR);
gone:
	dev->stats.tx_dropped++;
	return NULL;
}

enum netdev_tx dev_hard_xmit(struct sk_buff *skb, struct net_device *dev)
{
	u32 len = skb->len, segs = 1;
	enum netdev_tx rc;

	if (unlikely(net_taps))
		dev_tap_outgoing(skb, dev);
	if (skb->data_len && skb_is_gso(skb)) {
		segs = skb_shinfo(skb)->gso_segs;
		len += (segs - 1) * gso_hlen(skb);
	}
	rc = dev->ops->hard_start_xmit(skb, dev);
	if (likely(rc == NETDEV_TX_OK)) {
		dev->stats.tx_packets += segs;
		dev->stats.tx_bytes += len;
	}
	return rc;
}

/* To the card or into the queue. Consumes @skb. */
static void dev_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct Qdisc *q = dev->qdisc;

	skb = dev_xmit_fit(skb, dev);
	if (unlikely(!skb))
		return;
	if (!q || (q->ops->bypass && !q->qlen && q->limit && !netif_queue_stopped(dev))) {
		if (likely(dev_hard_xmit(skb, dev) == NETDEV_TX_OK)) {
			dev_kick(dev);
			return;
		}
		if (!q) {
			dev_xmit_drop(skb, dev, DROP_QDISC_FULL);
			return;
		}
		q->requeues++;
	}
	if (q->ops->enqueue(q, skb) < 0)
		dev->stats.tx_dropped++;
	qdisc_run(dev);
}

/*
 * Does this burst go whole? Not if the card cannot cut it, if the discipline is to see what the
 * wire sees, or if the burst says CWR, which cards repeat in each segment.
 */
static bool dev_takes_burst(const struct sk_buff *skb, const struct net_device *dev)
{
	const u32 wants = NETIF_F_TSO | NETIF_F_SG | NETIF_F_HW_CSUM;

	if ((dev->features & wants) != wants || (dev->qdisc && !dev->qdisc->ops->bypass))
		return false;
	return !(skb_shinfo(skb)->gso_type & SKB_GSO_TCP_ECN) || (dev->flags & IFF_LOOPBACK);
}

/* Consumes @skb. */
static void dev_xmit_segments(struct sk_buff *skb, struct net_device *dev)
{
	const u32 wants = NETIF_F_SG | NETIF_F_HW_CSUM;
	struct sk_buff *seg;
	struct gso g;

	if (!gso_begin(&g, skb)) {
		dev_xmit_drop(skb, dev, DROP_TX_ERROR);
		return;
	}
	dev_batch_begin();
	while ((seg = gso_next(&g, (dev->features & wants) != wants)))
		dev_xmit(seg, dev);
	dev_batch_end();
	gso_end(&g);
}

void dev_queue_xmit(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (unlikely(!netif_running(dev))) {
		dev_xmit_drop(skb, dev, DROP_DEV_DOWN);
		return;
	}
	if (unlikely(!netif_carrier_ok(dev))) {
		dev->stats.tx_carrier_errors++;
		dev_xmit_drop(skb, dev, DROP_NO_CARRIER);
		return;
	}
	skb_dst_drop(skb);
	if (skb->data_len && skb_is_gso(skb) && unlikely(!dev_takes_burst(skb, dev)))
		dev_xmit_segments(skb, dev);
	else
		dev_xmit(skb, dev);
}

/* ---- batches ---- */

void dev_kick(struct net_device *dev)
{
	struct softnet_data *sd = this_softnet();

	if (!dev->ops->xmit_kick)
		return;
	if (!sd->batch || netif_queue_stopped(dev)) {
		dev->ops->xmit_kick(dev);
		return;
	}
	if (dev->kick_pending)
		return;
	dev->kick_pending = true;
	dev->next_kick = sd->kick_list;
	sd->kick_list = dev;
}

void dev_batch_begin(void)
{
	this_softnet()->batch++;
}

void dev_batch_end(void)
{
	struct softnet_data *sd = this_softnet();
	struct net_device *dev;

	if (--sd->batch)
		return;
	sd->late_bytes = 0;
	while ((dev = sd->kick_list)) {
		sd->kick_list = dev->next_kick;
		dev->kick_pending = false;
		if (netif_running(dev))
			dev->ops->xmit_kick(dev);
	}
}

/* What waits for more of its kind waits no longer. */
static void late_end(void)
{
	this_cpu()->before_switch = NULL;
	local_bh_disable();
	dev_batch_begin();
	dev_batch_end();
	local_bh_enable();
}

static void late_timer(struct timer *t)
{
	late_end();
}

void dev_output_init(void)
{
	timer_init(&this_softnet()->late, late_timer);
}

void dev_batch_end_late(u32 bytes)
{
	struct softnet_data *sd = this_softnet();

	sd->late_bytes += bytes;
	if (sd->batch > 1 || !sd->kick_list || sd->late_bytes >= DEV_LATE_BYTES) {
		dev_batch_end();
		return;
	}
	sd->batch--;
	this_cpu()->before_switch = late_end;
	if (!timer_pending(&sd->late))
		timer_mod(&sd->late, ktime_ns() + DEV_LATE_NS);
}

/* ---- flow control ---- */

void netif_schedule(struct net_device *dev)
{
	struct softnet_data *sd = this_softnet();
	unsigned long flags = irq_save();

	if (!(dev->state & LINK_STATE_SCHED)) {
		dev->state |= LINK_STATE_SCHED;
		dev->next_tx = sd->tx_list;
		sd->tx_list = dev;
		raise_softirq(NET_TX_SOFTIRQ);
	}
	irq_restore(flags);
}

void netif_stop_queue(struct net_device *dev)
{
	unsigned long flags = irq_save();

	if (!(dev->state & LINK_STATE_XOFF)) {
		dev->state |= LINK_STATE_XOFF;
		dev->trans_start = ktime_ns();
		if (dev->watchdog_timeo && !timer_pending(&dev->watchdog))
			timer_mod(&dev->watchdog, dev->trans_start + dev->watchdog_timeo);
	}
	irq_restore(flags);
}

void netif_wake_queue(struct net_device *dev)
{
	unsigned long flags = irq_save();
	bool was = dev->state & LINK_STATE_XOFF;

	dev->state &= ~LINK_STATE_XOFF;
	irq_restore(flags);
	if (was && dev->qdisc && dev->qdisc->qlen)
		netif_schedule(dev);
}

void net_tx_action(void)
{
	struct softnet_data *sd = this_softnet();
	struct net_device *dev, *next;
	unsigned long flags;

	skb_free_deferred();
	flags = irq_save();
	dev = sd->tx_list;
	sd->tx_list = NULL;
	irq_restore(flags);
	dev_batch_begin();
	for (; dev; dev = next) {
		flags = irq_save();
		next = dev->next_tx;
		dev->state &= ~LINK_STATE_SCHED;
		irq_restore(flags);
		qdisc_run(dev);
	}
	dev_batch_end();
}
