/*
 * rtables: what a lookup hands out and packets carry as skb->dst. They come from a cache filled at
 * boot, one for each way that is in use; the data path makes none, unless routing has changed under
 * a way that somebody still holds.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"

#define RT_RESERVE 256

u32 rt_genid = 1;
static struct kmem_cache *rt_cache;

void rt_changed(void)
{
	rt_genid++;
}

bool dst_valid(const struct dst_entry *dst)
{
	return dst->genid == rt_genid;
}

static void rt_release(struct dst_entry *dst)
{
	kmem_cache_free(rt_cache, rt_of(dst));
}

/* dst->output of a way that says no: senders learn it from ip_route_output and never come here. */
static void rt_no_output(struct sk_buff *skb)
{
	kfree_skb(skb, DROP_IP_NO_ROUTE);
}

static int rt_type_error(enum rtn_type type)
{
	switch (type) {
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	default:
		return 0;
	}
}

static be32 rt_choose_src(const struct rt_way *way)
{
	if (way->prefsrc || !way->dev)
		return way->prefsrc;
	return inet_select_addr(way->dev, way->gateway, way->scope);
}

static void rt_fill(struct rtable *rt, const struct rt_way *way)
{
	bool local =
		way->type == RTN_LOCAL || way->type == RTN_BROADCAST || way->type == RTN_MULTICAST;
	int error = rt_type_error(way->type);

	rt->dst.error = error;
	rt->dst.dev = way->type == RTN_LOCAL || error ? loopback_dev : way->dev;
	rt->dst.mtu = way->mtu;
	rt->dst.genid = rt_genid;
	rt->dst.input = error ? ip_error : local ? ip_local_deliver : ip_forward;
	rt->dst.output = error ? rt_no_output : ip_output;
	rt->dst.release = rt_release;
	rt->type = way->type;
	rt->gateway = way->gateway;
	rt->prefsrc = error || way->type == RTN_LOCAL ? way->prefsrc : rt_choose_src(way);
}

static struct rtable *rt_renew(struct rt_way *way)
{
	struct rtable *rt = way->rt;

	if (!rt || rt->dst.refs > 1) {
		rt = kmem_cache_alloc(rt_cache);
		if (!rt)
			return way->rt; /* right for this packet; its holders will ask again */
		rt_way_clear(way);
		rt->dst.refs = 1;
		way->rt = rt;
	}
	rt_fill(rt, way);
	return rt;
}

struct rtable *rt_current(struct rt_way *way)
{
	if (likely(way->rt && way->rt->dst.genid == rt_genid))
		return way->rt;
	return rt_renew(way);
}

void rt_way_clear(struct rt_way *way)
{
	if (!way->rt)
		return;
	way->rt->dst.genid = 0;
	dst_release(&way->rt->dst);
	way->rt = NULL;
}

void ip_rt_init(void)
{
	rt_cache = kmem_cache_create("rtable", sizeof(struct rtable), 0);
	kmem_cache_reserve(rt_cache, RT_RESERVE);
	rt_exception_init();
}
