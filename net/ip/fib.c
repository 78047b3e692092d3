/*
 * The two tables and what is asked of them: local (our own addresses and broadcasts) before main
 * (ways to others); changes to them by tasks; what becomes of routes whose device or source
 * address goes away. How a table finds its entries is its operations' (fib_hash.c); what routes
 * share is fib_info.c's.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"

static struct fib_table fib_local, fib_main;

struct fib_table *fib_get_table(u32 id)
{
	switch (id) {
	case RT_TABLE_LOCAL:
		return &fib_local;
	case RT_TABLE_UNSPEC:
	case RT_TABLE_MAIN:
		return &fib_main;
	default:
		return NULL;
	}
}

static inline int table_lookup(struct fib_table *t, const struct fib_flow *flow,
			       struct fib_result *res)
{
	return t->ops->lookup(t, flow, res);
}

int fib_lookup(const struct fib_flow *flow, struct fib_result *res)
{
	int err = table_lookup(&fib_local, flow, res);

	if (err == -ESRCH)
		err = table_lookup(&fib_main, flow, res);
	if (unlikely(err))
		return err == -ESRCH ? -ENETUNREACH : err;
	if (unlikely(res->fi->nhs > 1))
		fib_select_multipath(flow, res);
	else if (!res->prefixlen && res->type == RTN_UNICAST && !flow->oif)
		fib_main.ops->select_default(&fib_main, flow, res);
	return 0;
}

bool fib_is_neighbour(be32 addr, const struct net_device *dev)
{
	struct fib_flow flow = { .dst = addr, .oif = dev->ifindex };
	struct fib_result res;

	return !fib_lookup(&flow, &res) && res.type == RTN_UNICAST && !FIB_RES_NH(&res).gateway;
}

enum rtn_type inet_addr_type(be32 addr)
{
	struct fib_flow flow = { .dst = addr };
	struct fib_result res;

	if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr))
		return RTN_BROADCAST;
	if (ipv4_is_multicast(addr))
		return RTN_MULTICAST;
	return table_lookup(&fib_local, &flow, &res) ? RTN_UNICAST : (enum rtn_type)res.type;
}

/* ---- changes ---- */

int ip_route_add(const struct route_config *cfg)
{
	struct fib_table *t = fib_get_table(cfg->table);
	struct fib_info *fi;
	int err;

	if (!t)
		return -EINVAL;
	local_bh_disable();
	fi = fib_info_get(cfg, &err);
	if (fi)
		err = t->ops->insert(t, cfg, fi);
	if (!err)
		rt_changed();
	local_bh_enable();
	return err;
}

int ip_route_del(const struct route_config *cfg)
{
	struct fib_table *t = fib_get_table(cfg->table);
	int err;

	if (cfg->len > 32 || !t)
		return -EINVAL;
	local_bh_disable();
	err = t->ops->delete (t, cfg);
	if (!err)
		rt_changed();
	local_bh_enable();
	return err;
}

static void fib_down(const struct net_device *dev, be32 local)
{
	local_bh_disable();
	if (fib_sync_down(dev, local)) {
		fib_local.ops->flush(&fib_local);
		fib_main.ops->flush(&fib_main);
	}
	rt_changed();
	local_bh_enable();
}

void ip_route_flush_dev(struct net_device *dev)
{
	fib_down(dev, 0);
}

void ip_route_flush_src(be32 addr)
{
	fib_down(NULL, addr);
}

void ip_route_dev_up(struct net_device *dev)
{
	local_bh_disable();
	fib_sync_up(dev);
	rt_changed();
	local_bh_enable();
}

void fib_init(void)
{
	fib_info_init();
	fib_hash_init(&fib_local, RT_TABLE_LOCAL);
	fib_hash_init(&fib_main, RT_TABLE_MAIN);
}
