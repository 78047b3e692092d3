/*
 * ip_route_output: from a sender's intention to the way that its packet takes, and the source
 * address that it bears (RFC 1122 §3.3.1, §3.3.4.3). The routing cache answers what was asked
 * before.
 */
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/rt_cache.h"

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

static struct net_device *rt_group_dev(const struct flowi *fl)
{
	struct fib_flow flow = { .dst = fl->daddr, .tos = fl->tos & RT_TOS_MASK };
	struct in_ifaddr *ifa = fl->saddr ? inet_find_addr(fl->saddr) : NULL;
	struct fib_result res;

	if (ifa)
		return ifa->in_dev->dev;
	if (!fib_lookup(&flow, &res))
		return FIB_RES_NH(&res).dev;
	return ipv4_is_lbcast(fl->daddr) ? rt_any_broadcast_dev() : NULL;
}

/* Groups and 255.255.255.255: over the device that the sender names by index or address, else where
 * the routes lead. */
static int rt_output_group(const struct flowi *fl, struct net_device *dev, struct rt_way *way)
{
	rt_stat.out_slow_mc++;
	if (!dev)
		dev = rt_group_dev(fl);
	if (!dev || !in_dev_get(dev))
		return -ENETUNREACH;
	way->dev = dev;
	way->type = ipv4_is_lbcast(fl->daddr) ? RTN_BROADCAST : RTN_MULTICAST;
	way->scope = ipv4_is_lbcast(fl->daddr) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	return 0;
}

static int rt_output_unicast(const struct flowi *fl, struct net_device *dev, struct rt_way *way)
{
	struct fib_flow flow = {
		.dst = fl->daddr, .src = fl->saddr, .oif = fl->oif, .tos = fl->tos & RT_TOS_MASK
	};
	struct fib_result res;
	int err = fib_lookup(&flow, &res);

	if (err == -ENETUNREACH && dev) {
		/* A device was named: whoever has the address is on its link, says the sender. */
		way->type = RTN_UNICAST;
		way->scope = RT_SCOPE_LINK;
		way->dev = dev;
		return 0;
	}
	if (err)
		return err;
	rt_way_from(way, &res);
	if (unlikely(rt_nr_news) && way->type == RTN_UNICAST)
		rt_news_apply(way, fl->daddr);
	return 0;
}

/* What must hold before any lookup; *@dev: the device that the sender names. */
static int rt_output_check(const struct flowi *fl, struct net_device **dev)
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
	return ipv4_is_zeronet(fl->daddr) ? -EINVAL : 0;
}

/* What was not in the cache. */
static int rt_output_slow(struct rtable **rp, struct flowi *fl)
{
	struct net_device *dev;
	struct rt_way way = { 0 };
	struct rtable *rt;
	int err = rt_output_check(fl, &dev);

	rt_stat.out_slow_tot++;
	if (err)
		return err;
	if (ipv4_is_multicast(fl->daddr) || ipv4_is_lbcast(fl->daddr))
		err = rt_output_group(fl, dev, &way);
	else
		err = rt_output_unicast(fl, dev, &way);
	if (err)
		return err;
	if (ipv4_is_loopback(fl->saddr) && way.type != RTN_LOCAL && way.dev != loopback_dev)
		return -EINVAL; /* RFC 1122 §3.2.1.3 (g): never on a wire */
	if (fl->saddr)
		way.prefsrc = fl->saddr;
	else if (way.type == RTN_LOCAL && !way.prefsrc)
		way.prefsrc = fl->daddr;
	rt = rt_new(&way);
	if (!rt)
		return -ENOBUFS;
	*rp = rt;
	return 0;
}

int ip_route_output(struct rtable **rp, struct flowi *fl)
{
	struct rt_key key;
	struct rtable *rt;
	int err;

	if (!fl->daddr) /* "this host", as ever */
		fl->daddr = fl->saddr ? fl->saddr : htonl(INADDR_LOOPBACK);
	key = rt_key_out(fl->daddr, fl->saddr, fl->oif, fl->tos);
	rt = likely(!fl->anysrc) ? rt_cache_find(key.addrs, key.via, &rt_stat.out_hlist_search) :
				   NULL;
	if (likely(rt)) {
		rt_stat.out_hit++;
		dst_hold(&rt->dst);
		*rp = rt;
	} else {
		err = rt_output_slow(rp, fl);
		if (err)
			return err;
		if (!fl->anysrc) /* a source that is not ours is nobody else's business */
			rt_intern(*rp, &key);
	}
	if (!fl->saddr)
		fl->saddr = (*rp)->prefsrc;
	return 0;
}
