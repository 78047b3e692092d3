/*
 * The library's network device: a card whose wire is the caller of skbox.h. Received frames arrive
 * as in an interrupt; sent ones wait in a bounded ring until they are fetched.
 */
#include <string.h>

#include "kernel/arch/host/library.h"
#include "kernel/irq.h"
#include "net/link/netdevice.h"

#define MAX_SIMDEVS 8
#define TX_RING 256
#define TX_WAKE (TX_RING / 2)
#define VLAN_ROOM 4

struct simdev {
	struct sk_buff_head tx;
};

static struct net_device *simdevs[MAX_SIMDEVS];
static int nr_simdevs;

static struct net_device *simdev_find(int index)
{
	return index >= 0 && index < nr_simdevs ? simdevs[index] : NULL;
}

static int simdev_open(struct net_device *dev)
{
	netif_wake_queue(dev);
	return 0;
}

static void simdev_stop(struct net_device *dev)
{
	struct simdev *s = dev->priv;

	netif_stop_queue(dev);
	skb_queue_purge(&s->tx, DROP_DEV_DOWN);
}

static enum netdev_tx simdev_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct simdev *s = dev->priv;

	if (s->tx.qlen == TX_RING) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	skb_queue_tail(&s->tx, skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops simdev_ops = {
	.open = simdev_open,
	.stop = simdev_stop,
	.hard_start_xmit = simdev_start_xmit,
};

int simdev_add(const u8 *mac)
{
	struct net_device *dev;
	struct simdev *s;
	int err;

	if (nr_simdevs == MAX_SIMDEVS)
		return -ENOMEM;
	dev = alloc_etherdev(sizeof(struct simdev));
	if (!dev)
		return -ENOMEM;
	s = dev->priv;
	skb_queue_head_init(&s->tx);
	dev->ops = &simdev_ops;
	memcpy(dev->dev_addr, mac, ETH_ALEN);
	memcpy(dev->perm_addr, mac, ETH_ALEN);
	err = register_netdev(dev);
	if (err)
		return err;
	simdevs[nr_simdevs] = dev;
	return nr_simdevs++;
}

/* The top half. */
static int simdev_rx(struct net_device *dev, const void *buf, size_t len)
{
	struct sk_buff *skb = dev_alloc_skb((u32)len);

	if (!skb) {
		dev->stats.rx_missed_errors++;
		return -ENOBUFS;
	}
	memcpy(skb_put(skb, (u32)len), buf, len);
	skb->dev = dev;
	skb->protocol = eth_type_trans(skb, dev);
	netif_rx(skb_give(&skb));
	return 0;
}

int simdev_frame_in(int index, const void *buf, size_t len)
{
	struct net_device *dev = simdev_find(index);
	int err;

	if (!dev)
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;
	if (len > dev->mtu + ETH_HLEN + VLAN_ROOM) {
		dev->stats.rx_errors++;
		dev->stats.rx_length_errors++;
		return -EMSGSIZE;
	}
	irq_save();
	irq_enter();
	err = simdev_rx(dev, buf, len);
	irq_exit();
	irq_restore(true);
	return err;
}

size_t simdev_frame_out(int index, void *buf, size_t size)
{
	struct net_device *dev = simdev_find(index);
	struct simdev *s;
	struct sk_buff *skb;
	size_t len;

	if (!dev)
		return 0;
	s = dev->priv;
	skb = skb_dequeue(&s->tx);
	if (!skb)
		return 0;
	len = skb->len;
	skb_copy_bits(skb, 0, buf, (u32)min(len, size));
	consume_skb(skb_give(&skb));
	if (netif_queue_stopped(dev) && s->tx.qlen <= TX_WAKE)
		netif_wake_queue(dev);
	return len;
}
