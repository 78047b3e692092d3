/*
 * ip_route_output: from a sender's intention to the way that its packet takes, and the source
 * address that it bears (RFC 1122 §3.3.1, §3.3.4.3).
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"

static bool rt_source_ours(be32 saddr)
{
	return inet_find_addr(saddr) || inet_addr_type(saddr) == RTN_LOCAL;
}

/* The first device that can broadcast, for a host that has no route yet. */
static struct net_device *rt_any_broadcast_dev(void)
{
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		if (netif_running(dev) && (dev->flags & IFF_BROADCAST) && in_dev_get(dev))
			return dev;
	}
	return NULL;
}

/* Groups and 255.255.255.255: over the device that the sender names by index or address, else where
 * the routes lead. */
static struct rt_way *rt_output_group(const struct flowi *fl, struct net_device *dev)
{
	struct in_device *in_dev;

	if (!dev && fl->saddr) {
		struct in_ifaddr *ifa = inet_find_addr(fl->saddr);

		dev = ifa ? ifa->in_dev->dev : NULL;
	}
	if (!dev) {
		struct fib_entry *fe = fib_table_lookup(&fib_main, fl->daddr, NULL);

		dev = fe ? fe->way.dev : NULL;
	}
	if (!dev && ipv4_is_lbcast(fl->daddr))
		dev = rt_any_broadcast_dev();
	in_dev = dev ? in_dev_get(dev) : NULL;
	if (!in_dev)
		return NULL;
	return ipv4_is_lbcast(fl->daddr) ? &in_dev->bcast : &in_dev->mcast;
}

static struct rt_way *rt_output_unicast(const struct flowi *fl, struct net_device *dev)
{
	struct fib_entry *fe = fib_lookup(fl->daddr, dev);

	if (!fe) /* a device was named: whoever has the address is on its link, says the sender */
		return dev ? &in_dev_get(dev)->onlink : NULL;
	if (unlikely(rt_nr_exceptions) && fe->way.type == RTN_UNICAST)
		return rt_exception(&fe->way, fl->daddr);
	return &fe->way;
}

/* What must hold before any lookup; *@dev: the device that the sender names. */
static int rt_output_check(struct flowi *fl, struct net_device **dev)
{
	*dev = NULL;
	if (fl->saddr && !fl->anysrc && !rt_source_ours(fl->saddr))
		return -EINVAL;
	if (fl->oif) {
		*dev = dev_get_by_index(fl->oif);
		if (!*dev)
			return -ENODEV;
		if (!netif_running(*dev) || !in_dev_get(*dev))
			return -ENETUNREACH;
	}
	if (!fl->daddr) /* "this host", as ever */
		fl->daddr = fl->saddr ? fl->saddr : htonl(INADDR_LOOPBACK);
	return ipv4_is_zeronet(fl->daddr) ? -EINVAL : 0;
}

int ip_route_output(struct rtable **rp, struct flowi *fl)
{
	struct net_device *dev;
	struct rt_way *way;
	struct rtable *rt;
	int err = rt_output_check(fl, &dev);

	if (err)
		return err;
	if (ipv4_is_multicast(fl->daddr) || ipv4_is_lbcast(fl->daddr))
		way = rt_output_group(fl, dev);
	else
		way = rt_output_unicast(fl, dev);
	if (!way)
		return -ENETUNREACH;
	rt = rt_current(way);
	if (!rt)
		return -ENOBUFS;
	if (rt->dst.error)
		return rt->dst.error;
	if (ipv4_is_loopback(fl->saddr) && rt->dst.dev != loopback_dev)
		return -EINVAL; /* RFC 1122 §3.2.1.3 (g): never on a wire */
	if (!fl->saddr)
		fl->saddr = rt->type == RTN_LOCAL && !rt->prefsrc ? fl->daddr : rt->prefsrc;
	dst_hold(&rt->dst);
	*rp = rt;
	return 0;
}
