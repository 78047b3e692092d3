/*
 * ip_route_input: is a packet that has come in for us, for another, or for nobody (RFC 1122
 * §3.2.1.3, RFC 1812 §5.3.7)? The routing cache answers for all packets of a flow but the first;
 * that one is looked at here: addresses that cannot be on a wire ("martians") end, the source must
 * be one that this link may bring (RFC 3704), and the tables say where it goes.
 */
#include "net/core/snmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/rt_cache.h"

/* The first packet of a flow, and what is found out about it. */
struct rt_input {
	struct rt_key key;
	u8 tos;
	struct net_device *dev;
	struct in_device *in_dev;
	enum drop_reason why; /* it has to be dropped */
	bool direct_source;   /* the source is on the link, without a router between */
};

static int rt_martian_dest(struct rt_input *in)
{
	static u64 limit[2];

	rt_stat.in_martian_dst++;
	in->why = DROP_IP_MARTIAN_DEST;
	if (IN_DEV_LOG_MARTIANS(in->in_dev) && printk_ratelimit(limit))
		printk(KERN_WARNING "IPv4: martian destination " IP4_FMT " from " IP4_FMT
				    ", dev %s\n",
		       IP4_ARGS(in->key.daddr), IP4_ARGS(in->key.saddr), in->dev->name);
	return -EINVAL;
}

static int rt_martian_source(struct rt_input *in, enum drop_reason why)
{
	static u64 limit[2];

	rt_stat.in_martian_src++;
	in->why = why;
	if (IN_DEV_LOG_MARTIANS(in->in_dev) && printk_ratelimit(limit))
		printk(KERN_WARNING "IPv4: martian source " IP4_FMT " from " IP4_FMT
				    ", on dev %s\n",
		       IP4_ARGS(in->key.daddr), IP4_ARGS(in->key.saddr), in->dev->name);
	return -EINVAL;
}

/* 127/8, which no wire may bear unless route_localnet says so. */
static bool rt_loopback_martian(be32 addr, const struct rt_input *in)
{
	return ipv4_is_loopback(addr) && in->dev != loopback_dev &&
	       !IN_DEV_ROUTE_LOCALNET(in->in_dev);
}

/* Sources that no wire may bear. */
static bool rt_source_martian(be32 saddr, const struct rt_input *in)
{
	return ipv4_is_multicast(saddr) || ipv4_is_badclass(saddr) || ipv4_is_zeronet(saddr) ||
	       rt_loopback_martian(saddr, in);
}

/* ---- may this source come in here? ---- */

static int rt_rpfilter(struct rt_input *in)
{
	tcpext_mib[TCPEXT_MIB_IPReversePathFilter]++;
	return rt_martian_source(in, DROP_IP_RPFILTER);
}

/* Whether one of the ways back goes over @dev; *@nh: that next hop. */
static bool rt_way_back_over(const struct fib_result *res, const struct net_device *dev,
			     const struct fib_nh **nh)
{
	for (u32 i = 0; i < res->fi->nhs; i++) {
		*nh = &res->fi->nh[i];
		if ((*nh)->dev == dev)
			return true;
	}
	return false;
}

/*
 * RFC 3704. Strict (1): answers would leave over this device; loose (2): there is a way back at
 * all. Without either a source is refused only if it is one of our own, or no single host's.
 */
static int rt_validate_source(struct rt_input *in)
{
	struct fib_flow flow = { .dst = in->key.saddr, .src = in->key.daddr, .tos = in->tos };
	int rpf = IN_DEV_MAX(in->in_dev, rp_filter);
	const struct fib_nh *nh;
	struct fib_result res;

	if (in->dev == loopback_dev)
		return 0;
	if (fib_lookup(&flow, &res))
		return rpf ? rt_rpfilter(in) : 0;
	if (res.type == RTN_LOCAL && IN_DEV_ACCEPT_LOCAL(in->in_dev))
		return 0;
	if (res.type != RTN_UNICAST)
		return rt_martian_source(in, DROP_IP_MARTIAN_SOURCE);
	if (rt_way_back_over(&res, in->dev, &nh)) {
		in->direct_source = nh->scope >= RT_SCOPE_HOST;
		return 0;
	}
	if (rpf == 1 || (rpf && list_empty(&in->in_dev->addrs)))
		return rt_rpfilter(in);
	flow.oif = in->dev->ifindex;
	if (!fib_lookup(&flow, &res) && res.type == RTN_UNICAST)
		in->direct_source = FIB_RES_NH(&res).scope >= RT_SCOPE_HOST;
	return 0;
}

/* ---- where does it go? ---- */

static int rt_input_set(struct sk_buff *skb, struct rt_input *in, const struct rt_way *way)
{
	struct rtable *rt = rt_new(way);

	if (!rt) {
		in->why = DROP_NO_BUFFER;
		return -ENOBUFS;
	}
	rt_intern(rt, &in->key);
	skb->dst = &rt->dst;
	return 0;
}

static u32 rt_input_flags(const struct rt_input *in)
{
	return in->direct_source ? RTCF_DIRECTSRC : 0;
}

static int rt_input_multicast(struct sk_buff *skb, struct rt_input *in)
{
	struct rt_way way = { .type = RTN_MULTICAST, .dev = in->dev };

	rt_stat.in_slow_mc++;
	/* 0.0.0.0 is allowed to speak to the groups of the link: it may not know its address yet.
	 */
	if (in->key.saddr || !ipv4_is_local_multicast(in->key.daddr)) {
		if (rt_source_martian(in->key.saddr, in))
			return rt_martian_source(in, DROP_IP_MARTIAN_SOURCE);
		if (rt_validate_source(in))
			return -EINVAL;
	}
	if (!ip_check_mc(in->dev, in->key.daddr)) {
		in->why = DROP_OTHERHOST;
		return -EINVAL;
	}
	way.flags = rt_input_flags(in);
	return rt_input_set(skb, in, &way);
}

static int rt_input_broadcast(struct sk_buff *skb, struct rt_input *in)
{
	struct rt_way way = { .type = RTN_BROADCAST, .scope = RT_SCOPE_LINK, .dev = in->dev };

	rt_stat.in_brd++;
	if (in->key.saddr) {
		if (rt_source_martian(in->key.saddr, in))
			return rt_martian_source(in, DROP_IP_MARTIAN_SOURCE);
		if (rt_validate_source(in))
			return -EINVAL;
	}
	way.flags = rt_input_flags(in);
	return rt_input_set(skb, in, &way);
}

/* It leaves by the link that it came in on, and the sender could have sent it straight. */
static bool rt_wants_redirect(const struct rt_input *in, const struct rt_way *way)
{
	return way->dev == in->dev && in->direct_source &&
	       (IN_DEV_SHARED_MEDIA(in->in_dev) ||
		(way->gateway ? inet_addr_onlink(in->in_dev, in->key.saddr, way->gateway) : true));
}

/* For another. @err: what the tables say. */
static int rt_input_forward(struct sk_buff *skb, struct rt_input *in, const struct fib_result *res,
			    int err)
{
	struct rt_way way = { .type = RTN_UNREACHABLE, .error = err };

	if (!in->in_dev->forwarding) {
		in->why = DROP_IP_NOT_FORWARDING;
		return -EHOSTUNREACH;
	}
	if (err == -ENETUNREACH)
		rt_stat.in_no_route++;
	if (!err) {
		rt_way_from(&way, res);
		rt_news_apply_forward(&way, in->key.daddr);
	}
	way.flags = rt_input_flags(in);
	if (!err && rt_wants_redirect(in, &way))
		way.flags |= RTCF_DOREDIRECT;
	return rt_input_set(skb, in, &way);
}

/* To all hosts of another link of ours (RFC 2644: only if somebody wants that). */
static int rt_input_directed(struct sk_buff *skb, struct rt_input *in, const struct fib_result *res)
{
	struct rt_way way;

	rt_way_from(&way, res);
	way.type = RTN_UNICAST; /* the neighbour knows whose address it is */
	way.flags = rt_input_flags(in) | RTCF_BROADCAST;
	return rt_input_set(skb, in, &way);
}

static int rt_input_tables(struct sk_buff *skb, struct rt_input *in)
{
	struct fib_flow flow = { .dst = in->key.daddr, .src = in->key.saddr, .tos = in->tos };
	struct fib_result res;
	struct rt_way way;
	int err;

	if (rt_validate_source(in))
		return -EINVAL;
	err = fib_lookup(&flow, &res);
	if (err || (res.type != RTN_LOCAL && res.type != RTN_BROADCAST))
		return rt_input_forward(skb, in, &res, err);
	rt_way_from(&way, &res);
	if (res.type == RTN_BROADCAST && way.dev != in->dev && in->in_dev->forwarding &&
	    IN_DEV_BC_FORWARDING(in->in_dev))
		return rt_input_directed(skb, in, &res);
	way.flags = rt_input_flags(in);
	if (res.type == RTN_BROADCAST) {
		rt_stat.in_brd++;
		way.dev = in->dev;
	}
	return rt_input_set(skb, in, &way);
}

static int rt_input_slow(struct sk_buff *skb, struct rt_input *in)
{
	be32 daddr = in->key.daddr;

	rt_stat.in_slow_tot++;
	if (ipv4_is_multicast(daddr))
		return rt_input_multicast(skb, in);
	if (ipv4_is_lbcast(daddr) || !in->key.addrs)
		return rt_input_broadcast(skb, in);
	if (rt_source_martian(in->key.saddr, in))
		return rt_martian_source(in, DROP_IP_MARTIAN_SOURCE);
	if (ipv4_is_zeronet(daddr) || ipv4_is_badclass(daddr) || rt_loopback_martian(daddr, in))
		return rt_martian_dest(in);
	return rt_input_tables(skb, in);
}

/* Not in the cache. Apart, so that what is in it costs no more than it must. */
static __attribute__((noinline)) int rt_input_miss(struct sk_buff *skb, u64 addrs, u32 via,
						   struct net_device *dev, enum drop_reason *why)
{
	struct rt_input in = { .key = { .addrs = addrs, .via = via },
			       .tos = via & RT_TOS_MASK,
			       .dev = dev,
			       .in_dev = in_dev_get(dev) };
	int err;

	if (unlikely(!in.in_dev)) {
		*why = DROP_DEV_UNREGISTERED;
		return -EINVAL;
	}
	err = rt_input_slow(skb, &in);
	if (err)
		*why = in.why;
	else if (unlikely(rt_of(skb->dst)->realm))
		rt_account(rt_of(skb->dst), skb->len);
	return err;
}

int ip_route_input(struct sk_buff *skb, be32 daddr, be32 saddr, u8 tos, struct net_device *dev,
		   enum drop_reason *why)
{
	const struct rt_key key = rt_key_in(daddr, saddr, dev->ifindex, tos);
	struct rtable *rt = rt_cache_find(key.addrs, key.via, &rt_stat.in_hlist_search);

	if (unlikely(!rt))
		return rt_input_miss(skb, key.addrs, key.via, dev, why);
	rt_stat.in_hit++;
	dst_hold(&rt->dst);
	skb->dst = &rt->dst;
	if (unlikely(rt->realm))
		rt_account(rt, skb->len);
	return 0;
}
