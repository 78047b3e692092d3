/*
 * Routes as tasks change them, with all that a route may have (SIOCRTREQ), and the question how a
 * packet would go and how that is found (SIOCRTGET).
 */
#include "net/ip/inetdevice.h"
#include "net/ip/rt_cache.h"

/* ---- changes ---- */

/* Device @name; *@dev NULL for none. */
static int request_dev(char *name, struct net_device **dev)
{
	*dev = NULL;
	name[IFNAMSIZ - 1] = '\0';
	if (!*name)
		return 0;
	*dev = dev_get_by_name(name);
	return *dev ? 0 : -ENODEV;
}

static int request_nexthops(struct rt_request *req, struct route_nexthop *nh)
{
	for (u32 i = 0; i < req->nr_nh; i++) {
		struct rt_request_nh *from = &req->nh[i];
		int err = request_dev(from->dev, &nh[i].dev);

		if (err)
			return err;
		if (from->weight > 256)
			return -EINVAL;
		nh[i].gateway = from->gateway;
		nh[i].weight = (u16)from->weight;
		nh[i].flags = (u8)from->flags;
		nh[i].realm = from->realm;
	}
	return 0;
}

static int request_change(struct rt_request *req)
{
	struct route_nexthop nh[RT_MAX_NH] = { 0 };
	struct route_config cfg = {
		.dst = req->dst,
		.len = req->len,
		.tos = req->tos,
		.table = req->table,
		.protocol = req->protocol,
		.how = (u8)req->how,
		.type = req->type,
		.scope = req->scope,
		.prefsrc = req->prefsrc,
		.metric = req->metric,
		.mtu = req->mtu,
		.nh = nh,
	};
	int err;

	if (req->nr_nh > RT_MAX_NH || req->type > RTN_THROW)
		return -EINVAL;
	err = request_nexthops(req, nh);
	if (err)
		return err;
	if (req->nr_nh > 1)
		cfg.nr_nh = req->nr_nh;
	cfg.gateway = nh[0].gateway;
	cfg.dev = nh[0].dev;
	cfg.nh_flags = nh[0].flags;
	cfg.realm = nh[0].realm;
	if (req->cmd == RT_REQ_DEL)
		return ip_route_del(&cfg);
	if (cfg.type == RTN_UNSPEC)
		cfg.type = RTN_UNICAST;
	return ip_route_add(&cfg);
}

static int rt_request(void *arg)
{
	struct rt_request req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	switch (req.cmd) {
	case RT_REQ_ADD:
	case RT_REQ_DEL:
		return request_change(&req);
	case RT_REQ_FLUSH_CACHE:
		local_bh_disable();
		rt_changed();
		local_bh_enable();
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- questions ---- */

/* What the tables say, and how they found it. */
static void get_tables(struct rt_get *get, int oif)
{
	struct fib_flow flow = {
		.dst = get->dst, .src = get->src, .oif = oif, .tos = get->tos & RT_TOS_MASK
	};
	struct fib_table *t = fib_get_table(RT_TABLE_LOCAL);
	struct fib_result res;
	int err = t->ops->lookup(t, &flow, &res);

	get->tried_local = res.tried;
	if (err == -ESRCH) {
		t = fib_get_table(RT_TABLE_MAIN);
		err = t->ops->lookup(t, &flow, &res);
		get->tried_main = res.tried;
	}
	if (err == -ESRCH)
		return;
	get->table = res.table;
	get->len = res.prefixlen;
	get->prefix = get->dst & inet_make_mask(res.prefixlen);
	get->type = res.type;
	get->metric = res.fi->priority;
}

static void get_fill(struct rt_get *get, const struct rtable *rt)
{
	u64 now = ktime_ns();

	get->type = (u8)rt->type;
	get->gateway = rt->gateway;
	get->prefsrc = rt->prefsrc;
	strlcpy(get->dev, rt->dst.dev->name, sizeof(get->dev));
	get->flags = rt->flags;
	get->mtu = rt->dst.mtu;
	get->realm = rt->realm;
	if (rt->expires > now)
		get->expires = (u32)((rt->expires - now) / NSEC_PER_SEC) + 1;
	get->error = -rt->dst.error;
}

static bool get_is_cached(const struct rt_key *key)
{
	const struct rtable *rt;

	hlist_for_each_entry(rt, rt_bucket(key), hash) {
		if (rt_key_equal(&rt->key, key) && dst_valid(&rt->dst))
			return true;
	}
	return false;
}

static int get_output(struct rt_get *get, const struct net_device *oif)
{
	struct flowi fl = {
		.daddr = get->dst, .saddr = get->src, .oif = oif ? oif->ifindex : 0, .tos = get->tos
	};
	struct rt_key key = rt_key_out(fl.daddr, fl.saddr, fl.oif, fl.tos);
	struct rtable *rt;
	int err;

	get->cached = get_is_cached(&key);
	err = ip_route_output(&rt, &fl);
	if (err)
		return err;
	get->dst = fl.daddr;
	get_fill(get, rt);
	dst_release(&rt->dst);
	return 0;
}

static int get_input(struct rt_get *get, struct net_device *iif)
{
	struct rt_key key = rt_key_in(get->dst, get->src, iif->ifindex, get->tos);
	struct sk_buff *skb = alloc_skb(64);
	enum drop_reason why;
	int err;

	if (!skb)
		return -ENOBUFS;
	skb->dev = iif;
	get->cached = get_is_cached(&key);
	err = ip_route_input(skb, get->dst, get->src, get->tos, iif, &why);
	if (!err)
		get_fill(get, rt_of(skb->dst));
	consume_skb(skb);
	return err;
}

static int rt_get(void *arg)
{
	struct net_device *iif, *oif;
	struct rt_get get;
	int err;

	if (copy_from_user(&get, arg, sizeof(get)))
		return -EFAULT;
	err = request_dev(get.iif, &iif);
	if (!err)
		err = request_dev(get.oif, &oif);
	if (err)
		return err;
	get.table = get.len = get.type = 0;
	get.error = get.cached = 0;
	get.prefix = get.gateway = get.prefsrc = 0;
	get.dev[0] = '\0';
	get.flags = get.mtu = get.metric = get.realm = get.expires = 0;
	get.tried_local = get.tried_main = 0;
	local_bh_disable();
	get_tables(&get, oif && !iif ? oif->ifindex : 0);
	err = iif ? get_input(&get, iif) : get_output(&get, oif);
	local_bh_enable();
	if (err)
		get.error = -err;
	return copy_to_user(arg, &get, sizeof(get)) ? -EFAULT : 0;
}

int ip_rt_request_ioctl(u32 cmd, void *arg)
{
	return cmd == SIOCRTREQ ? rt_request(arg) : rt_get(arg);
}
