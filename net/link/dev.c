/*
 * The devices: their list, their names, up and down, and the properties that an administrator sets.
 * Who wants to hear of changes stands in net_init.c's table of notifiers.
 */
#include "net/link/softnet.h"

#define TX_QUEUE_LEN 1000
#define MTU_MIN 68 /* RFC 791: what every module must forward unfragmented */
#define MAX_ETH_DEVICES 100

struct list_head net_devices = LIST_HEAD_INIT(net_devices);
static int last_ifindex;

static const struct ctl_entry dev_sysctls[] = {
	{ .name = "net.core.netdev_max_backlog",
	  .value = &netdev_max_backlog,
	  .min = 1,
	  .max = 1000000 },
	{ .name = "net.core.gro", .value = &netdev_gro, .min = 0, .max = 1 },
	{ .name = "net.core.gro_acks", .value = &netdev_gro_acks, .min = 0, .max = 1 },
	{ .name = "net.core.netdev_budget", .value = &netdev_budget, .min = 1, .max = 100000 },
};

void dev_init(void)
{
	dev_input_init();
	dev_output_init();
	dev_link_init();
	open_softirq(NET_TX_SOFTIRQ, net_tx_action);
	qdisc_init();
	sysctl_register(dev_sysctls, ARRAY_SIZE(dev_sysctls));
}

void dev_notify(struct net_device *dev, enum netdev_event event)
{
	for (size_t i = 0; i < nr_netdev_notifiers; i++)
		netdev_notifiers[i](dev, event);
}

/* ---- finding ---- */

struct net_device *dev_get_by_name(const char *name)
{
	struct net_device *dev;

	list_for_each_entry(dev, &net_devices, node) {
		if (strncmp(dev->name, name, IFNAMSIZ) == 0)
			return dev;
	}
	return NULL;
}

struct net_device *dev_get_by_index(int ifindex)
{
	struct net_device *dev;

	list_for_each_entry(dev, &net_devices, node) {
		if (dev->ifindex == ifindex)
			return dev;
	}
	return NULL;
}

struct net_device *dev_next(struct net_device *dev)
{
	struct list_head *next = dev ? dev->node.next : net_devices.next;

	return next == &net_devices ? NULL : list_entry(next, struct net_device, node);
}

/* ---- registration ---- */

struct net_device *alloc_etherdev(size_t priv_size)
{
	size_t head = ALIGN_UP(sizeof(struct net_device), 64);
	struct net_device *dev = kzalloc(head + priv_size);

	if (!dev)
		return NULL;
	dev->priv = (u8 *)dev + head;
	dev->type = ARPHRD_ETHER;
	dev->hard_header_len = ETH_HLEN;
	dev->mtu = ETH_DATA_LEN;
	dev->flags = IFF_BROADCAST | IFF_MULTICAST;
	dev->tx_queue_len = TX_QUEUE_LEN;
	dev->hard_header = eth_header;
	dev->type_trans = eth_type_trans;
	dev->irq = -1;
	memset(dev->broadcast, 0xff, ETH_ALEN);
	list_init(&dev->node);
	return dev;
}

/* The first free eth<n>. */
static int dev_alloc_name(struct net_device *dev)
{
	for (int i = 0; i < MAX_ETH_DEVICES; i++) {
		char name[IFNAMSIZ];

		snprintf(name, sizeof(name), "eth%d", i);
		if (dev_get_by_name(name))
			continue;
		strlcpy(dev->name, name, sizeof(dev->name));
		return 0;
	}
	return -ENFILE;
}

int register_netdev(struct net_device *dev)
{
	int err = dev->name[0] ? 0 : dev_alloc_name(dev);

	if (err)
		return err;
	if (dev_get_by_name(dev->name))
		return -EEXIST;
	if (dev->tx_queue_len) {
		dev->qdisc = qdisc_create_default(dev);
		if (!dev->qdisc)
			return -ENOMEM;
	}
	if (!is_valid_ether_addr(dev->perm_addr))
		memcpy(dev->perm_addr, dev->dev_addr, ETH_ALEN);
	dev_link_setup(dev);
	dev->ifindex = ++last_ifindex;
	local_bh_disable();
	list_add_tail(&dev->node, &net_devices);
	local_bh_enable();
	dev_notify(dev, NETDEV_REGISTER);
	return 0;
}

/* ---- up and down ---- */

int dev_open(struct net_device *dev)
{
	int err = 0;

	if (netif_running(dev))
		return 0;
	dev->state &= ~LINK_STATE_XOFF;
	/* Up first: the card may interrupt before open returns, and its first frames count. */
	dev->flags |= IFF_UP;
	if (dev->ops->open)
		err = dev->ops->open(dev);
	if (err) {
		dev->flags &= ~IFF_UP;
		dev_flush(dev);
		return err;
	}
	if (dev->ops->set_rx_mode)
		dev->ops->set_rx_mode(dev);
	dev_notify(dev, NETDEV_UP);
	return 0;
}

int dev_close(struct net_device *dev)
{
	if (!netif_running(dev))
		return 0;
	local_bh_disable();
	dev->flags &= ~IFF_UP;
	dev_flush(dev); /* nothing of it is delivered from here on */
	local_bh_enable();
	if (dev->ops->stop)
		dev->ops->stop(dev);
	timer_del(&dev->watchdog);
	dev_flush(dev);
	dev_notify(dev, NETDEV_DOWN);
	return 0;
}

void dev_flush(struct net_device *dev)
{
	local_bh_disable();
	qdisc_reset(dev, DROP_DEV_DOWN);
	local_bh_enable();
	dev_input_flush(dev);
}

/* IFF_PROMISC and IFF_ALLMULTI of a user stand for one use each. */
static void dev_change_modes(struct net_device *dev, u32 flags)
{
	u32 changed = (flags ^ dev->gflags) & (IFF_PROMISC | IFF_ALLMULTI);

	dev->gflags ^= changed;
	if (changed & IFF_PROMISC)
		dev_set_promiscuity(dev, flags & IFF_PROMISC ? 1 : -1);
	if (changed & IFF_ALLMULTI)
		dev_set_allmulti(dev, flags & IFF_ALLMULTI ? 1 : -1);
}

int dev_change_flags(struct net_device *dev, u32 flags)
{
	const u32 settable = IFF_DEBUG | IFF_NOARP | IFF_MULTICAST;

	if (!dev->hard_header)
		flags |= IFF_NOARP;
	dev->flags = (dev->flags & ~settable) | (flags & settable);
	dev_change_modes(dev, flags);
	if (!((flags ^ dev->flags) & IFF_UP))
		return 0;
	return flags & IFF_UP ? dev_open(dev) : dev_close(dev);
}

/* ---- properties ---- */

int dev_set_mtu(struct net_device *dev, int mtu)
{
	int err = 0;

	if (mtu == (int)dev->mtu)
		return 0;
	if (mtu < MTU_MIN)
		return -EINVAL;
	if (dev->ops->change_mtu)
		err = dev->ops->change_mtu(dev, mtu);
	else if (mtu > ETH_DATA_LEN)
		err = -EINVAL;
	if (err)
		return err;
	dev->mtu = (u32)mtu;
	dev_notify(dev, NETDEV_CHANGEMTU);
	return 0;
}

int dev_set_mac_address(struct net_device *dev, const u8 *addr)
{
	int err;

	if (!dev->ops->set_mac_address)
		return -EOPNOTSUPP;
	if (!is_valid_ether_addr(addr))
		return -EADDRNOTAVAIL;
	err = dev->ops->set_mac_address(dev, addr);
	if (err)
		return err;
	memcpy(dev->dev_addr, addr, ETH_ALEN);
	dev_notify(dev, NETDEV_CHANGEADDR);
	return 0;
}
