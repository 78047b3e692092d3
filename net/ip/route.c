/*
 * rtables: from what the tables answer to what packets carry as skb->dst - the functions that take
 * them further, the device, the source address. Where they are kept is rt_cache.c's.
 */
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/rt_cache.h"

u32 rt_genid = 1;

void rt_changed(void)
{
	if (++rt_genid == 0) /* 0 is never valid */
		rt_genid = 1;
}

void dst_negative_advice(struct dst_entry *dst)
{
	rt_drop(rt_of(dst));
}

/* dst->output of a way that says no: senders learn it from ip_route_output and never come here. */
static void rt_no_output(struct sk_buff *skb)
{
	kfree_skb(skb, DROP_IP_NO_ROUTE);
}

static be32 rt_choose_src(const struct rt_way *way)
{
	if (way->prefsrc || !way->dev)
		return way->prefsrc;
	return inet_select_addr(way->dev, way->gateway, way->scope);
}

void rt_way_from(struct rt_way *way, const struct fib_result *res)
{
	const struct fib_nh *nh = &FIB_RES_NH(res);

	*way = (struct rt_way){
		.type = res->type,
		.scope = res->scope,
		.dev = nh->dev,
		.gateway = nh->gateway,
		.prefsrc = res->fi->prefsrc,
		.mtu = res->fi->mtu,
		.realm = nh->realm,
	};
}

static u32 rt_type_flags(enum rtn_type type)
{
	switch (type) {
	case RTN_LOCAL:
		return RTCF_LOCAL;
	case RTN_BROADCAST:
		return RTCF_BROADCAST | RTCF_LOCAL;
	case RTN_MULTICAST:
		return RTCF_MULTICAST | RTCF_LOCAL;
	default:
		return 0;
	}
}

struct rtable *rt_new(const struct rt_way *way)
{
	bool ours = way->type == RTN_LOCAL || way->error;
	struct net_device *dev = ours ? loopback_dev : way->dev;
	u32 flags = rt_type_flags(way->type);
	struct rtable *rt = rt_alloc();

	if (!rt)
		return NULL;
	*rt = (struct rtable){
		.dst = {
			.refs = 1,
			.error = way->error,
			.dev = dev,
			/* no route makes a link wider than it is */
			.mtu = way->mtu < dev->mtu ? way->mtu : 0,
			.genid = rt_genid,
			.input = way->error ? ip_error :
				 flags	    ? ip_local_deliver :
					      ip_forward,
			.output = way->error ? rt_no_output : ip_output,
			.release = rt_free,
		},
		.type = way->type,
		.flags = flags | way->flags | (way->error ? RTCF_REJECT : 0),
		.gateway = way->gateway,
		.prefsrc = ours ? way->prefsrc : rt_choose_src(way),
		.realm = way->realm,
		.expires = way->expires,
	};
	return rt;
}

void ip_rt_init(void)
{
	fib_init();
	rt_cache_init();
	rt_gc_init();
	rt_news_init();
	rt_redirect_init();
}
