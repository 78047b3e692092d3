/*
 * What ICMP has told of single destinations: a smaller MTU on the path (RFC 1191), a better gateway
 * (RFC 1122 §3.2.2.2). News are entries of the routing cache under the destination alone; every way
 * that a sender of ours finds to it afterwards is made with them. They outlive changes of routes,
 * end after mtu_expires, and are bounded: the newest displaces the oldest.
 */
#include "net/ip/inetdevice.h"
#include "net/ip/rt_cache.h"

u32 rt_nr_news;
static struct list_head news = LIST_HEAD_INIT(news); /* the oldest first */

int sysctl_ip_forward_use_pmtu;
static int sysctl_min_pmtu = 552, sysctl_mtu_expires = 600;
static const struct ctl_entry news_sysctls[] = {
	{ "net.ipv4.route.min_pmtu", &sysctl_min_pmtu, 68, 65535, NULL },
	{ "net.ipv4.route.mtu_expires", &sysctl_mtu_expires, 1, 86400 * 30, NULL },
	{ "net.ipv4.ip_forward_use_pmtu", &sysctl_ip_forward_use_pmtu, 0, 1, rt_changed },
};

static struct rt_key news_key(be32 daddr)
{
	return (struct rt_key){ .daddr = daddr, .via = RT_VIA_NEWS };
}

static struct rtable *news_find(be32 daddr)
{
	struct rt_key key = news_key(daddr);
	struct rtable *rt;

	hlist_for_each_entry(rt, rt_bucket(&key), hash) {
		if (rt_key_equal(&rt->key, &key))
			return rt;
	}
	return NULL;
}

void rt_news_forget(struct rtable *rt)
{
	list_del(&rt->news.node);
	rt_nr_news--;
}

static struct rtable *news_oldest(void)
{
	return list_first_entry(&news, struct rtable, news.node);
}

static void news_drop(struct rtable *rt)
{
	be32 daddr = rt->key.daddr;

	rt_drop(rt);
	rt_drop_dest(daddr);
}

u64 rt_news_next(void)
{
	return list_empty(&news) ? UINT64_MAX : news_oldest()->expires;
}

void rt_news_expire(u64 now)
{
	while (!list_empty(&news) && news_oldest()->expires <= now)
		news_drop(news_oldest());
}

static struct rtable *news_new(be32 daddr)
{
	struct rt_key key = news_key(daddr);
	struct rtable *rt;

	while (rt_nr_news > 0 && rt_nr_news >= (u32)sysctl_rt_max_size / 8)
		news_drop(news_oldest());
	rt = rt_alloc();
	if (!rt)
		return NULL;
	*rt = (struct rtable){ .dst = { .refs = 1, .release = rt_free }, .expires = 1 };
	list_init(&rt->news.node);
	rt_intern(rt, &key);
	dst_release(&rt->dst);
	rt = news_find(daddr); /* the cache may be full */
	if (rt)
		rt_nr_news++;
	return rt;
}

/* The news of @daddr, made if there are none, to be changed: good for another mtu_expires. NULL:
 * the cache is full. */
static struct rtable *news_get(be32 daddr)
{
	struct rtable *rt = news_find(daddr);

	if (!rt)
		rt = news_new(daddr);
	if (!rt)
		return NULL;
	list_del(&rt->news.node);
	list_add_tail(&rt->news.node, &news);
	rt->expires = ktime_ns() + (u64)sysctl_mtu_expires * NSEC_PER_SEC;
	rt_gc_before(rt_news_next());
	rt_drop_dest(daddr);
	return rt;
}

static void news_apply_mtu(const struct rtable *rt, struct rt_way *way)
{
	if (rt->dst.mtu && rt->dst.mtu < (way->mtu ? way->mtu : way->dev->mtu)) {
		way->mtu = rt->dst.mtu;
		way->expires = rt->expires;
	}
}

void rt_news_apply_forward(struct rt_way *way, be32 daddr)
{
	const struct rtable *rt = sysctl_ip_forward_use_pmtu ? news_find(daddr) : NULL;

	if (rt)
		news_apply_mtu(rt, way);
}

void rt_news_apply(struct rt_way *way, be32 daddr)
{
	const struct rtable *rt = news_find(daddr);

	if (!rt)
		return;
	news_apply_mtu(rt, way);
	if (rt->gateway && rt->news.instead_of == way->gateway && rt->dst.dev == way->dev) {
		way->gateway = rt->gateway;
		way->flags |= RTCF_REDIRECTED;
		way->expires = rt->expires;
	}
}

/* The way to @daddr with what is known of it already. False: there is none, or it is no way to
 * another. */
static bool news_way(be32 daddr, int oif, struct rt_way *way)
{
	struct fib_flow flow = { .dst = daddr, .oif = oif };
	struct fib_result res;

	if (fib_lookup(&flow, &res) || res.type != RTN_UNICAST)
		return false;
	rt_way_from(way, &res);
	return true;
}

void ip_rt_update_pmtu(be32 daddr, u32 mtu)
{
	struct rtable *rt = news_find(daddr);
	struct rt_way way;

	if (!news_way(daddr, 0, &way))
		return;
	mtu = max(mtu, (u32)sysctl_min_pmtu);
	if (mtu >= (way.mtu ? way.mtu : way.dev->mtu))
		return;
	if (rt && rt->dst.mtu && rt->dst.mtu < mtu)
		return; /* only time makes a path wider */
	rt = news_get(daddr);
	if (rt)
		rt->dst.mtu = mtu;
}

/* Whether @addr may be believed to be a better gateway than @old on @in_dev's link. */
static bool redirect_gateway_ok(struct in_device *in_dev, be32 old, be32 addr)
{
	struct fib_flow flow = { .dst = addr, .oif = in_dev->dev->ifindex };
	struct fib_result res;

	if (addr == old || inet_addr_type(addr) != RTN_UNICAST || ipv4_is_badclass(addr))
		return false;
	if (!IN_DEV_SHARED_MEDIA(in_dev) &&
	    (!inet_addr_onlink(in_dev, addr, old) ||
	     (IN_DEV_SEC_REDIRECTS(in_dev) && !fib_is_gateway(addr, in_dev->dev))))
		return false;
	return !fib_lookup(&flow, &res) && res.type == RTN_UNICAST && !FIB_RES_NH(&res).gateway;
}

bool ip_rt_redirect(be32 daddr, be32 old_gw, be32 new_gw, struct net_device *dev)
{
	struct in_device *in_dev = in_dev_get(dev);
	struct rtable *rt;
	struct rt_way way;
	be32 instead_of;

	if (!in_dev || !IN_DEV_RX_REDIRECTS(in_dev) ||
	    !redirect_gateway_ok(in_dev, old_gw, new_gw) || !news_way(daddr, dev->ifindex, &way))
		return false;
	instead_of = way.gateway;
	rt_news_apply(&way, daddr);
	if (!way.gateway || way.gateway != old_gw)
		return false; /* not from the gateway that we use: RFC 1122 §3.2.2.2 */
	rt = news_get(daddr);
	if (!rt)
		return false;
	rt->gateway = new_gw;
	rt->dst.dev = dev;
	rt->news.instead_of = instead_of;
	return true;
}

void rt_news_init(void)
{
	sysctl_register(news_sysctls, ARRAY_SIZE(news_sysctls));
}
