/*
 * Which frames not addressed to a device it shall take in: its list of multicast addresses, each
 * with its count of users, and promiscuity.
 */
#include "net/link/netdevice.h"

static void dev_rx_mode_changed(struct net_device *dev)
{
	if (dev->ops->set_rx_mode && netif_running(dev))
		dev->ops->set_rx_mode(dev);
}

/* The slot of @addr, or a free one, or -1. */
static int mc_find(const struct net_device *dev, const u8 *addr, bool or_free)
{
	int free = -1;

	for (int i = 0; i < MAX_MC_ADDRS; i++) {
		if (!dev->mc_refs[i])
			free = free < 0 ? i : free;
		else if (memcmp(dev->mc_addrs[i], addr, ETH_ALEN) == 0)
			return i;
	}
	return or_free ? free : -1;
}

int dev_mc_add(struct net_device *dev, const u8 *addr)
{
	int i;

	if (!is_multicast_ether_addr(addr))
		return -EINVAL;
	i = mc_find(dev, addr, true);
	if (i < 0)
		return -ENOBUFS;
	if (dev->mc_refs[i]++ == 0) {
		memcpy(dev->mc_addrs[i], addr, ETH_ALEN);
		dev_rx_mode_changed(dev);
	}
	return 0;
}

int dev_mc_del(struct net_device *dev, const u8 *addr)
{
	int i = mc_find(dev, addr, false);

	if (i < 0)
		return -ENOENT;
	if (--dev->mc_refs[i] == 0)
		dev_rx_mode_changed(dev);
	return 0;
}

int dev_mc_add_static(struct net_device *dev, const u8 *addr)
{
	int i = mc_find(dev, addr, false), err;

	if (i >= 0 && dev->mc_static[i])
		return 0;
	err = dev_mc_add(dev, addr);
	if (!err)
		dev->mc_static[mc_find(dev, addr, false)] = true;
	return err;
}

int dev_mc_del_static(struct net_device *dev, const u8 *addr)
{
	int i = mc_find(dev, addr, false);

	if (i < 0 || !dev->mc_static[i])
		return -ENOENT;
	dev->mc_static[i] = false;
	return dev_mc_del(dev, addr);
}

void dev_set_promiscuity(struct net_device *dev, int inc)
{
	u32 was = dev->flags;

	BUG_ON(inc < 0 && dev->promiscuity < (u32)-inc);
	dev->promiscuity += (u32)inc;
	dev->flags = dev->promiscuity ? dev->flags | IFF_PROMISC : dev->flags & ~IFF_PROMISC;
	if (!((was ^ dev->flags) & IFF_PROMISC))
		return;
	printk(KERN_INFO "%s: %s promiscuous mode\n", dev->name,
	       dev->promiscuity ? "enters" : "leaves");
	dev_rx_mode_changed(dev);
}

void dev_set_allmulti(struct net_device *dev, int inc)
{
	u32 was = dev->flags;

	BUG_ON(inc < 0 && dev->allmulti < (u32)-inc);
	dev->allmulti += (u32)inc;
	dev->flags = dev->allmulti ? dev->flags | IFF_ALLMULTI : dev->flags & ~IFF_ALLMULTI;
	if ((was ^ dev->flags) & IFF_ALLMULTI)
		dev_rx_mode_changed(dev);
}
