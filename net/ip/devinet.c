/*
 * Addresses of interfaces, and the routes that follow from them: the address itself and the link's
 * broadcasts in the local table, the link's prefix in the main one. An interface that goes down
 * loses its routes and keeps its addresses. The ioctls are devinet_ioctl.c's.
 */
#include "net/ip/devinet.h"

#include "net/ip/inet_addr.h"
#include "net/ip/neighbour.h"

#define ADDR_BUCKETS 64

static struct hlist_head addr_hash[ADDR_BUCKETS];

static struct hlist_head *addr_bucket(be32 local)
{
	return &addr_hash[(local * 0x9e3779b1u) >> 26];
}

struct in_ifaddr *inet_find_addr(be32 local)
{
	struct in_ifaddr *ifa;

	hlist_for_each_entry(ifa, addr_bucket(local), hash) {
		if (ifa->local == local)
			return ifa;
	}
	return NULL;
}

bool inet_is_local(const struct net_device *dev, be32 addr)
{
	struct in_ifaddr *ifa;

	hlist_for_each_entry(ifa, addr_bucket(addr), hash) {
		if (ifa->local == addr && (!dev || ifa->in_dev->dev == dev))
			return true;
	}
	return false;
}

static bool ifa_on_link(const struct in_ifaddr *ifa, be32 addr)
{
	return !((addr ^ ifa->address) & ifa->mask);
}

bool inet_addr_onlink(const struct in_device *in_dev, be32 a, be32 b)
{
	const struct in_ifaddr *ifa;

	list_for_each_entry(ifa, &in_dev->addrs, node) {
		if (ifa_on_link(ifa, a))
			return !b || ifa_on_link(ifa, b);
	}
	return false;
}

/* The primary address of @dev that suits: one on @dst's own prefix if there is, else the first of
 * the scope. */
static be32 inet_select_on_dev(const struct net_device *dev, be32 dst, u8 scope)
{
	const struct in_device *in_dev = in_dev_get(dev);
	const struct in_ifaddr *ifa;
	be32 found = 0;

	if (!in_dev)
		return 0;
	list_for_each_entry(ifa, &in_dev->addrs, node) {
		if (ifa->secondary || ifa->scope > scope)
			continue;
		if (!dst || ifa_on_link(ifa, dst))
			return ifa->local;
		if (!found)
			found = ifa->local;
	}
	return found;
}

be32 inet_select_addr(const struct net_device *dev, be32 dst, u8 scope)
{
	be32 addr = dev ? inet_select_on_dev(dev, dst, scope) : 0;

	/* A device without an address borrows another's (RFC 1812 §2.2.7). */
	for (struct net_device *d = dev_next(NULL); d && !addr; d = dev_next(d)) {
		const struct in_ifaddr *ifa;

		if (!in_dev_get(d))
			continue;
		list_for_each_entry(ifa, &in_dev_get(d)->addrs, node) {
			if (ifa->scope != RT_SCOPE_LINK && ifa->scope <= scope)
				return ifa->local;
		}
	}
	return addr;
}

/* ---- routes ---- */

static void ifa_route_add(const struct in_ifaddr *ifa, enum rtn_type type, be32 dst, u8 len)
{
	struct route_config cfg = {
		.dst = dst,
		.len = len,
		.type = type,
		.scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK,
		.prefsrc = ifa->local,
		.dev = ifa->in_dev->dev,
		.table = type == RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL,
		.protocol = RTPROT_KERNEL,
		.how = RT_APPEND,
	};
	int err = ip_route_add(&cfg);

	if (err && err != -EEXIST)
		printk(KERN_ERR "%s: no route to " IP4_FMT "/%u: error %d\n", ifa->label,
		       IP4_ARGS(dst), len, -err);
}

static void ifa_routes_add(const struct in_ifaddr *ifa)
{
	const struct net_device *dev = ifa->in_dev->dev;
	be32 prefix = ifa->address & ifa->mask;

	if (!netif_running(dev))
		return;
	ifa_route_add(ifa, RTN_LOCAL, ifa->local, 32);
	if (ifa->secondary)
		return;
	if (ifa->broadcast && !ipv4_is_lbcast(ifa->broadcast))
		ifa_route_add(ifa, RTN_BROADCAST, ifa->broadcast, 32);
	if (ipv4_is_zeronet(prefix) || (ifa->prefixlen == 32 && prefix == ifa->local))
		return;
	ifa_route_add(ifa, dev->flags & IFF_LOOPBACK ? RTN_LOCAL : RTN_UNICAST, prefix,
		      ifa->prefixlen);
	if (ifa->prefixlen < 31) {
		/* RFC 1122 §3.3.6: the all-zeros form is a broadcast too. */
		ifa_route_add(ifa, RTN_BROADCAST, prefix, 32);
		ifa_route_add(ifa, RTN_BROADCAST, prefix | ~ifa->mask, 32);
	}
}

/* ---- addresses ---- */

/* Finds the place of @ifa among @in_dev's: behind the primaries, or at the end as secondary of one.
 */
static int inet_place_ifa(struct in_device *in_dev, struct in_ifaddr *ifa, struct list_head **place)
{
	struct in_ifaddr *other;

	ifa->secondary = false;
	*place = &in_dev->addrs;
	list_for_each_entry(other, &in_dev->addrs, node) {
		if (!other->secondary && other->scope <= ifa->scope)
			*place = &other->node;
		if (other->mask != ifa->mask || !ifa_on_link(other, ifa->address))
			continue;
		if (other->local == ifa->local)
			return -EEXIST;
		if (other->scope != ifa->scope)
			return -EINVAL;
		ifa->secondary = true;
	}
	if (ifa->secondary)
		*place = in_dev->addrs.prev;
	return 0;
}

int inet_insert_ifa(struct in_ifaddr *ifa)
{
	struct list_head *place;
	int err;

	local_bh_disable();
	err = inet_place_ifa(ifa->in_dev, ifa, &place);
	if (!err) {
		list_add(&ifa->node, place);
		hlist_add_head(&ifa->hash, addr_bucket(ifa->local));
		rt_changed();
		ifa_routes_add(ifa);
	}
	local_bh_enable();
	if (!err)
		arp_announce(ifa->in_dev->dev, ifa->local);
	return err;
}

static void inet_unlink_ifa(struct in_ifaddr *ifa)
{
	struct in_ifaddr *twin;

	list_del(&ifa->node);
	hlist_del(&ifa->hash);
	ip_route_flush_src(ifa->local);
	twin = inet_find_addr(ifa->local); /* the same address on another device */
	if (twin)
		ifa_routes_add(twin);
}

/* The primary @ifa is gone: its secondaries go too, or the first of them takes its place. */
static void inet_settle_secondaries(const struct in_ifaddr *ifa)
{
	struct in_device *in_dev = ifa->in_dev;
	bool promote = IN_DEV_MAX(in_dev, promote_secondaries);
	struct in_ifaddr *heir, *tmp;

	list_for_each_entry_safe(heir, tmp, &in_dev->addrs, node) {
		if (!heir->secondary || heir->mask != ifa->mask || !ifa_on_link(ifa, heir->address))
			continue;
		if (promote) {
			heir->secondary = false;
			list_del(&heir->node);
			list_add(&heir->node, &in_dev->addrs);
			ifa_routes_add(heir);
			return;
		}
		inet_unlink_ifa(heir);
		kfree(heir);
	}
}

void inet_remove_ifa(struct in_ifaddr *ifa)
{
	local_bh_disable();
	inet_unlink_ifa(ifa);
	if (!ifa->secondary)
		inet_settle_secondaries(ifa);
	if (list_empty(&ifa->in_dev->addrs))
		ip_route_flush_dev(ifa->in_dev->dev);
	local_bh_enable();
	kfree(ifa);
}

struct in_ifaddr *inet_alloc_ifa(struct in_device *in_dev, const char *label, be32 local,
				 u8 prefixlen)
{
	struct in_ifaddr *ifa = kzalloc(sizeof(*ifa));

	if (!ifa)
		return NULL;
	ifa->in_dev = in_dev;
	strlcpy(ifa->label, label, sizeof(ifa->label));
	ifa->local = ifa->address = local;
	ifa->prefixlen = prefixlen;
	ifa->mask = inet_make_mask(prefixlen);
	ifa->scope = ipv4_is_loopback(local) ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	return ifa;
}

int inet_add_addr(struct net_device *dev, const char *label, be32 local, u8 prefixlen,
		  be32 broadcast)
{
	struct in_ifaddr *ifa;
	int err;

	if (!in_dev_get(dev) || !local || prefixlen > 32 || ipv4_is_multicast(local) ||
	    ipv4_is_badclass(local))
		return -EINVAL;
	ifa = inet_alloc_ifa(in_dev_get(dev), label ? label : dev->name, local, prefixlen);
	if (!ifa)
		return -ENOMEM;
	ifa->broadcast = broadcast;
	err = inet_insert_ifa(ifa);
	if (err)
		kfree(ifa);
	return err;
}

int inet_del_addr(struct net_device *dev, be32 local)
{
	struct in_ifaddr *ifa;

	if (!in_dev_get(dev))
		return -EADDRNOTAVAIL;
	list_for_each_entry(ifa, &in_dev_get(dev)->addrs, node) {
		if (ifa->local == local) {
			inet_remove_ifa(ifa);
			return 0;
		}
	}
	return -EADDRNOTAVAIL;
}

/* ---- devices ---- */

static void inetdev_register(struct net_device *dev)
{
	struct in_device *in_dev = kzalloc(sizeof(*in_dev));

	if (!in_dev) {
		printk(KERN_ERR "%s: no memory for IP\n", dev->name);
		return;
	}
	*in_dev = in_dev_default;
	in_dev->dev = dev;
	in_dev->sysctl = NULL;
	list_init(&in_dev->addrs);
	devinet_sysctl_register(in_dev, dev->name);
	dev->ip_ptr = in_dev;
}

static void inetdev_up(struct net_device *dev, struct in_device *in_dev)
{
	struct in_ifaddr *ifa;

	if ((dev->flags & IFF_LOOPBACK) && list_empty(&in_dev->addrs))
		inet_add_addr(dev, NULL, htonl(INADDR_LOOPBACK), 8, 0);
	list_for_each_entry(ifa, &in_dev->addrs, node) {
		if (!ifa->secondary)
			ifa_routes_add(ifa);
	}
	list_for_each_entry(ifa, &in_dev->addrs, node) {
		if (ifa->secondary)
			ifa_routes_add(ifa);
	}
	ip_route_dev_up(dev);
}

void inetdev_event(struct net_device *dev, enum netdev_event event)
{
	struct in_device *in_dev = in_dev_get(dev);

	if (event == NETDEV_REGISTER) {
		inetdev_register(dev);
		return;
	}
	if (!in_dev)
		return;
	switch (event) {
	case NETDEV_UP:
		inetdev_up(dev, in_dev);
		break;
	case NETDEV_DOWN:
		ip_route_flush_dev(dev);
		break;
	case NETDEV_CHANGEMTU: /* ways with an MTU of their own go by the link's */
		local_bh_disable();
		rt_changed();
		local_bh_enable();
		break;
	default:
		break;
	}
}

static const char *scope_name(u8 scope)
{
	return scope == RT_SCOPE_HOST ? "host" : scope == RT_SCOPE_LINK ? "link" : "global";
}

void ifaddr_proc_show(struct seq_file *s)
{
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		const struct in_ifaddr *ifa;

		if (!in_dev_get(dev))
			continue;
		list_for_each_entry(ifa, &in_dev_get(dev)->addrs, node) {
			seq_printf(s, "%s %s " IP4_FMT "/%u " IP4_FMT " %s %s\n", dev->name,
				   ifa->label, IP4_ARGS(ifa->local), ifa->prefixlen,
				   IP4_ARGS(ifa->broadcast), scope_name(ifa->scope),
				   ifa->secondary ? "secondary" : "-");
		}
	}
}
