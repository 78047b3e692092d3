/*
 * What a card tells us of itself besides frames: that its link has come or gone, and - by its
 * silence - that it is stuck. The first is noted in any context and announced from a timer, the
 * second seen by each device's watchdog.
 */
#include "net/link/softnet.h"

static struct timer link_timer; /* armed when some device has link_events */

static void carrier_set(struct net_device *dev, bool on)
{
	unsigned long flags = irq_save();
	bool was = netif_carrier_ok(dev);

	if (was != on) {
		dev->state =
			on ? dev->state & ~LINK_STATE_NOCARRIER : dev->state | LINK_STATE_NOCARRIER;
		dev->link_events = 1;
		/* A driver may say so before its device is registered: nobody listens yet. */
		if (!list_empty(&dev->node))
			timer_mod(&link_timer, 0);
	}
	irq_restore(flags);
}

void netif_carrier_on(struct net_device *dev)
{
	carrier_set(dev, true);
}

void netif_carrier_off(struct net_device *dev)
{
	carrier_set(dev, false);
}

/* Without a link, what waits would only go out stale. */
static void link_changed(struct net_device *dev)
{
	bool on = netif_carrier_ok(dev);

	printk(KERN_INFO "%s: link %s\n", dev->name, on ? "up" : "down");
	if (!on)
		qdisc_reset(dev, DROP_NO_CARRIER);
	if (netif_running(dev))
		dev_notify(dev, on ? NETDEV_CARRIER_ON : NETDEV_CARRIER_OFF);
}

static void link_timer_fn(struct timer *t)
{
	struct net_device *dev;

	list_for_each_entry(dev, &net_devices, node) {
		unsigned long flags = irq_save();
		bool changed = dev->link_events;

		dev->link_events = 0;
		irq_restore(flags);
		if (changed)
			link_changed(dev);
	}
}

/* Runs from when the driver ran out of room until it has some again. */
static void watchdog_fn(struct timer *t)
{
	struct net_device *dev = container_of(t, struct net_device, watchdog);
	u64 now = ktime_ns();

	if (!netif_running(dev) || !netif_queue_stopped(dev))
		return;
	if (netif_carrier_ok(dev) && now - dev->trans_start >= dev->watchdog_timeo) {
		printk(KERN_WARNING "%s: transmit timed out, resetting\n", dev->name);
		dev->trans_start = now;
		if (dev->ops->tx_timeout)
			dev->ops->tx_timeout(dev);
	}
	if (netif_queue_stopped(dev))
		timer_mod(&dev->watchdog,
			  max(now + NSEC_PER_MSEC, dev->trans_start + dev->watchdog_timeo));
}

void dev_link_init(void)
{
	timer_init(&link_timer, link_timer_fn);
}

void dev_link_setup(struct net_device *dev)
{
	dev->link_events = 0;
	timer_init(&dev->watchdog, watchdog_fn);
}
