/*
 * lo: what is sent comes in again, over the very same backlog as any card's frames. It has no queue
 * of its own, no checksums (memory does not garble) and takes fragments and whole bursts of TCP as
 * they are.
 */
#include "net/link/netdevice.h"

#define LOOPBACK_MTU 16436 /* linear part and fragments hold it with room to spare */

struct net_device *loopback_dev;

static enum netdev_tx loopback_xmit(struct sk_buff *skb, struct net_device *dev)
{
	skb_orphan(skb);
	skb->protocol = eth_type_trans(skb, dev);
	/*
	 * A checksum that nobody has made yet is as good as right, and packet sockets make it. One
	 * that is there is looked at: netem may have garbled what it covers.
	 */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		skb->ip_summed = CHECKSUM_NONE;
	netif_rx(skb);
	return NETDEV_TX_OK;
}

static int loopback_change_mtu(struct net_device *dev, int mtu)
{
	return mtu >= 68 && mtu <= LOOPBACK_MTU ? 0 : -EINVAL;
}

static const struct net_device_ops loopback_ops = {
	.hard_start_xmit = loopback_xmit,
	.change_mtu = loopback_change_mtu,
};

void loopback_init(void)
{
	struct net_device *dev = alloc_etherdev(0);

	if (!dev)
		panic("no memory for the loopback device");
	strlcpy(dev->name, "lo", sizeof(dev->name));
	dev->ops = &loopback_ops;
	dev->type = ARPHRD_LOOPBACK;
	dev->flags = IFF_LOOPBACK;
	dev->features =
		NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_HW_PAD | NETIF_F_TSO;
	dev->mtu = LOOPBACK_MTU;
	dev->tx_queue_len = 0;
	memset(dev->broadcast, 0, ETH_ALEN);
	loopback_dev = dev;
	if (register_netdev(dev) < 0)
		panic("the loopback device cannot be registered");
}
