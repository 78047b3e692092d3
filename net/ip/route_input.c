/*
 * ip_route_input: is a packet that has come in for us, for another, or for nobody (RFC 1122
 * §3.2.1.3, RFC 1812 §5.3.7)? Addresses that cannot be on a wire ("martians") end here.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"

static int rt_martian(const struct in_device *in_dev, be32 daddr, be32 saddr,
		      enum drop_reason reason, enum drop_reason *why)
{
	static u64 limit[2];

	*why = reason;
	if ((in_dev_all.log_martians || in_dev->log_martians) && printk_ratelimit(limit))
		printk(KERN_WARNING "IPv4: martian %s " IP4_FMT " -> " IP4_FMT " on %s\n",
		       reason == DROP_IP_MARTIAN_DEST ? "destination" : "source", IP4_ARGS(saddr),
		       IP4_ARGS(daddr), in_dev->dev->name);
	return -EINVAL;
}

/* Sources that no wire may bear. */
static bool rt_source_martian(be32 saddr, const struct net_device *dev)
{
	return ipv4_is_multicast(saddr) || ipv4_is_badclass(saddr) || ipv4_is_zeronet(saddr) ||
	       (ipv4_is_loopback(saddr) && dev != loopback_dev);
}

/* RFC 3704: strict (1): answers would leave over this device; loose (2): there is a way back at
 * all. */
static bool rt_reverse_path_ok(be32 saddr, const struct net_device *dev, int rp_filter)
{
	const struct fib_entry *fe = fib_table_lookup(&fib_main, saddr, NULL);

	if (!fe || fe->way.type != RTN_UNICAST)
		return false;
	if (rp_filter != 1 || fe->way.dev == dev)
		return true;
	/* Of several equal routes any will do. */
	fe = fib_table_lookup(&fib_main, saddr, dev);
	return fe && fe->way.type == RTN_UNICAST && fe->len;
}

/* Whether @saddr may come in over @in_dev. 0, or -errno with the reason. */
static int rt_validate_source(const struct in_device *in_dev, be32 daddr, be32 saddr,
			      enum drop_reason *why)
{
	int rp_filter;

	if (in_dev->dev == loopback_dev)
		return 0;
	if (fib_table_lookup(&fib_local, saddr, NULL)) /* our own address, or a broadcast */
		return rt_martian(in_dev, daddr, saddr, DROP_IP_MARTIAN_SOURCE, why);
	rp_filter = IN_DEV_MAX(in_dev, rp_filter);
	if (rp_filter && !rt_reverse_path_ok(saddr, in_dev->dev, rp_filter))
		return rt_martian(in_dev, daddr, saddr, DROP_IP_RPFILTER, why);
	return 0;
}

static int rt_input_set(struct sk_buff *skb, struct rt_way *way, enum drop_reason *why)
{
	struct rtable *rt = rt_current(way);

	if (!rt) {
		*why = DROP_NO_BUFFER;
		return -ENOBUFS;
	}
	dst_hold(&rt->dst);
	skb->dst = &rt->dst;
	return 0;
}

static int rt_input_multicast(struct sk_buff *skb, struct in_device *in_dev, be32 daddr, be32 saddr,
			      enum drop_reason *why)
{
	/* 0.0.0.0 is allowed to speak to the groups of the link: it may not know its address yet.
	 */
	if (saddr || !ipv4_is_local_multicast(daddr)) {
		if (rt_source_martian(saddr, in_dev->dev))
			return rt_martian(in_dev, daddr, saddr, DROP_IP_MARTIAN_SOURCE, why);
		if (rt_validate_source(in_dev, daddr, saddr, why))
			return -EINVAL;
	}
	if (!ip_check_mc(in_dev->dev, daddr)) {
		*why = DROP_OTHERHOST;
		return -EINVAL;
	}
	return rt_input_set(skb, &in_dev->mcast, why);
}

static int rt_input_lbcast(struct sk_buff *skb, struct in_device *in_dev, be32 daddr, be32 saddr,
			   enum drop_reason *why)
{
	if (saddr) {
		if (rt_source_martian(saddr, in_dev->dev))
			return rt_martian(in_dev, daddr, saddr, DROP_IP_MARTIAN_SOURCE, why);
		if (rt_validate_source(in_dev, daddr, saddr, why))
			return -EINVAL;
	}
	return rt_input_set(skb, &in_dev->bcast, why);
}

/* Where forwarding is on and no route leads: ip_error tells the sender. */
static struct rt_way rt_way_unreachable = { .type = RTN_UNREACHABLE };

static int rt_input_not_local(struct sk_buff *skb, struct in_device *in_dev, struct fib_entry *fe,
			      enum drop_reason *why)
{
	int err;

	if (!in_dev->forwarding) {
		*why = DROP_IP_NOT_FORWARDING;
		return -EHOSTUNREACH;
	}
	if (fe)
		return rt_input_set(skb, &fe->way, why);
	err = rt_input_set(skb, &rt_way_unreachable, why);
	if (!err)
		skb->dst->error = -ENETUNREACH;
	return err;
}

int ip_route_input(struct sk_buff *skb, be32 daddr, be32 saddr, u8 tos, struct net_device *dev,
		   enum drop_reason *why)
{
	struct in_device *in_dev = in_dev_get(dev);
	struct fib_entry *fe;

	if (unlikely(!in_dev)) {
		*why = DROP_DEV_UNREGISTERED;
		return -EINVAL;
	}
	if (ipv4_is_multicast(daddr))
		return rt_input_multicast(skb, in_dev, daddr, saddr, why);
	if (ipv4_is_lbcast(daddr) || (!saddr && !daddr))
		return rt_input_lbcast(skb, in_dev, daddr, saddr, why);
	if (unlikely(rt_source_martian(saddr, dev)))
		return rt_martian(in_dev, daddr, saddr, DROP_IP_MARTIAN_SOURCE, why);
	if (unlikely(ipv4_is_zeronet(daddr) || ipv4_is_badclass(daddr) ||
		     (ipv4_is_loopback(daddr) && dev != loopback_dev)))
		return rt_martian(in_dev, daddr, saddr, DROP_IP_MARTIAN_DEST, why);
	if (rt_validate_source(in_dev, daddr, saddr, why))
		return -EINVAL;
	fe = fib_lookup(daddr, NULL);
	if (fe && (fe->way.type == RTN_LOCAL || fe->way.type == RTN_BROADCAST))
		return rt_input_set(skb, &fe->way, why);
	return rt_input_not_local(skb, in_dev, fe, why);
}
