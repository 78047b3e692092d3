/*
 * Changes to the routing tables, by tasks: what makes a route acceptable, and what becomes of
 * routes whose device or source address goes away. How a table finds its entries is fib_hash.c's;
 * the ioctls and /proc/net/route are route_ioctl.c's.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"

struct fib_table fib_local, fib_main;

struct fib_entry *fib_lookup(be32 addr, const struct net_device *oif)
{
	struct fib_entry *fe = fib_table_lookup(&fib_local, addr, oif);

	return fe ? fe : fib_table_lookup(&fib_main, addr, oif);
}

void fib_entry_free(struct fib_entry *fe)
{
	rt_way_clear(&fe->way);
	kfree(fe);
}

/* RFC 1812 §5.2.4.3: the next hop has to be a neighbour. Finds the device where the caller has
 * named none. */
static int fib_check_gateway(const struct route_config *cfg, struct net_device **dev)
{
	struct fib_entry *fe;

	if (ipv4_is_multicast(cfg->gateway) || ipv4_is_badclass(cfg->gateway) ||
	    inet_addr_type(cfg->gateway) != RTN_UNICAST)
		return -EINVAL;
	fe = fib_lookup(cfg->gateway, cfg->dev);
	if (!fe || fe->way.type != RTN_UNICAST || fe->way.gateway)
		return -ENETUNREACH;
	*dev = fe->way.dev;
	return 0;
}

static int fib_check(const struct route_config *cfg, struct net_device **dev)
{
	*dev = cfg->dev;
	if (cfg->len > 32 || cfg->dst & ~inet_make_mask(cfg->len))
		return -EINVAL;
	if (cfg->type == RTN_UNREACHABLE || cfg->type == RTN_PROHIBIT || cfg->type == RTN_BLACKHOLE)
		return 0;
	if (cfg->gateway) {
		int err = fib_check_gateway(cfg, dev);

		if (err)
			return err;
	}
	if (!*dev || !in_dev_get(*dev))
		return -ENODEV;
	if (cfg->type == RTN_UNICAST && !netif_running(*dev))
		return -ENETDOWN;
	if (cfg->prefsrc && !cfg->local_table && !inet_find_addr(cfg->prefsrc))
		return -EINVAL;
	return 0;
}

static struct fib_entry *fib_entry_new(const struct route_config *cfg, struct net_device *dev)
{
	struct fib_entry *fe = kzalloc(sizeof(*fe));

	if (!fe)
		return NULL;
	fe->dst = cfg->dst;
	fe->len = cfg->len;
	fe->metric = cfg->metric;
	fe->way = (struct rt_way){
		.type = cfg->type,
		.scope = cfg->scope,
		.dev = dev,
		.gateway = cfg->gateway,
		.prefsrc = cfg->prefsrc,
		.mtu = cfg->mtu,
	};
	return fe;
}

int ip_route_add(const struct route_config *cfg)
{
	struct net_device *dev;
	struct fib_entry *fe;
	int err;

	local_bh_disable();
	err = fib_check(cfg, &dev);
	if (err)
		goto out;
	err = -ENOMEM;
	fe = fib_entry_new(cfg, dev);
	if (!fe)
		goto out;
	err = fib_table_insert(cfg->local_table ? &fib_local : &fib_main, fe, cfg->append);
	if (err)
		fib_entry_free(fe);
	else
		rt_changed();
out:
	local_bh_enable();
	return err;
}

int ip_route_del(const struct route_config *cfg)
{
	struct fib_entry *fe;

	if (cfg->len > 32)
		return -EINVAL;
	local_bh_disable();
	fe = fib_table_remove(cfg->local_table ? &fib_local : &fib_main, cfg);
	if (fe) {
		fib_entry_free(fe);
		rt_changed();
	}
	local_bh_enable();
	return fe ? 0 : -ESRCH;
}

static void fib_flush(bool (*match)(const struct fib_entry *fe, const void *arg), const void *arg)
{
	local_bh_disable();
	fib_table_flush(&fib_local, match, arg);
	fib_table_flush(&fib_main, match, arg);
	rt_changed();
	local_bh_enable();
}

static bool fib_over_dev(const struct fib_entry *fe, const void *dev)
{
	return fe->way.dev == dev;
}

void ip_route_flush_dev(struct net_device *dev)
{
	fib_flush(fib_over_dev, dev);
}

static bool fib_from_src(const struct fib_entry *fe, const void *addr)
{
	return fe->way.prefsrc == *(const be32 *)addr;
}

void ip_route_flush_src(be32 addr)
{
	fib_flush(fib_from_src, &addr);
}

enum rtn_type inet_addr_type(be32 addr)
{
	const struct fib_entry *fe;

	if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr))
		return RTN_BROADCAST;
	if (ipv4_is_multicast(addr))
		return RTN_MULTICAST;
	fe = fib_table_lookup(&fib_local, addr, NULL);
	return fe ? fe->way.type : RTN_UNICAST;
}
