/*
 * What ICMP has told of single destinations: a smaller MTU on the path (RFC 1191), a better gateway
 * (RFC 1122 §3.2.2.2). A small table set aside at boot, in which the newest displaces the oldest,
 * so that no peer can make it grow. Both kinds of news end after some minutes.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"

#define NR_EXCEPTIONS 64
#define EXCEPTION_BUCKETS 64

struct exception {
	struct hlist_node node; /* guarded by bh-disable, as all of it */
	be32 daddr;
	u32 mtu;      /* 0: nothing heard */
	be32 gateway; /* better than @instead_of; 0: nothing heard */
	be32 instead_of;
	u64 expires; /* ns */
	u32 genid;   /* of @way's copy of the route */
	struct rt_way way;
};

u32 rt_nr_exceptions;
static struct exception exceptions[NR_EXCEPTIONS];
static struct hlist_head exception_hash[EXCEPTION_BUCKETS];
static struct timer exception_timer;

static int sysctl_min_pmtu = 552, sysctl_mtu_expires = 600;
static const struct ctl_entry exception_sysctls[] = {
	{ "net.ipv4.route.min_pmtu", &sysctl_min_pmtu, 68, 65535, NULL },
	{ "net.ipv4.route.mtu_expires", &sysctl_mtu_expires, 1, 86400 * 30, NULL },
};

static struct hlist_head *exception_bucket(be32 daddr)
{
	return &exception_hash[(daddr * 0x9e3779b1u) >> 26];
}

static struct exception *exception_find(be32 daddr)
{
	struct exception *e;

	hlist_for_each_entry(e, exception_bucket(daddr), node) {
		if (e->daddr == daddr)
			return e;
	}
	return NULL;
}

static void exception_forget(struct exception *e)
{
	if (hlist_unhashed(&e->node))
		return;
	hlist_del(&e->node);
	rt_way_clear(&e->way);
	rt_nr_exceptions--;
	rt_changed();
}

/* Drops what has expired and sets the timer to what expires next. */
static void exception_expire(struct timer *t)
{
	u64 now = ktime_ns(), next = UINT64_MAX;

	for (u32 i = 0; i < NR_EXCEPTIONS; i++) {
		struct exception *e = &exceptions[i];

		if (hlist_unhashed(&e->node))
			continue;
		if (e->expires <= now)
			exception_forget(e);
		else
			next = min(next, e->expires);
	}
	if (next != UINT64_MAX)
		timer_mod(t, next);
}

/* A free place, or that of the one that would expire first. */
static struct exception *exception_new(be32 daddr)
{
	struct exception *e = &exceptions[0];

	for (u32 i = 0; i < NR_EXCEPTIONS; i++) {
		if (hlist_unhashed(&exceptions[i].node)) {
			e = &exceptions[i];
			break;
		}
		if (exceptions[i].expires < e->expires)
			e = &exceptions[i];
	}
	exception_forget(e);
	*e = (struct exception){ .daddr = daddr };
	hlist_add_head(&e->node, exception_bucket(daddr));
	rt_nr_exceptions++;
	return e;
}

static struct exception *exception_get(be32 daddr)
{
	struct exception *e = exception_find(daddr);

	if (!e)
		e = exception_new(daddr);
	e->expires = ktime_ns() + (u64)sysctl_mtu_expires * NSEC_PER_SEC;
	e->genid = 0;
	if (!timer_pending(&exception_timer))
		timer_mod(&exception_timer, e->expires);
	return e;
}

/* Brings the copy of the route up to date, with what we know better. */
static void exception_refresh(struct exception *e, const struct rt_way *base)
{
	struct rtable *rt = e->way.rt;

	e->way = *base;
	e->way.rt = rt;
	if (e->mtu && e->mtu < (base->mtu ? base->mtu : base->dev->mtu))
		e->way.mtu = e->mtu;
	if (e->gateway && e->instead_of == base->gateway)
		e->way.gateway = e->gateway;
	e->genid = rt_genid;
}

struct rt_way *rt_exception(struct rt_way *base, be32 daddr)
{
	struct exception *e = exception_find(daddr);

	if (!e)
		return base;
	if (e->genid != rt_genid)
		exception_refresh(e, base);
	return e->way.dev == base->dev ? &e->way : base;
}

void ip_rt_update_pmtu(be32 daddr, u32 mtu)
{
	struct fib_entry *fe = fib_lookup(daddr, NULL);
	struct exception *e;

	if (!fe || fe->way.type != RTN_UNICAST)
		return;
	mtu = max(mtu, (u32)sysctl_min_pmtu);
	if (mtu >= (fe->way.mtu ? fe->way.mtu : fe->way.dev->mtu))
		return;
	e = exception_find(daddr);
	if (e && e->mtu && e->mtu < mtu)
		return; /* only time makes a path wider */
	e = exception_get(daddr);
	e->mtu = mtu;
	rt_changed();
}

bool ip_rt_redirect(be32 daddr, be32 old_gw, be32 new_gw, struct net_device *dev)
{
	struct in_device *in_dev = in_dev_get(dev);
	struct fib_entry *fe, *onlink;
	struct exception *e;
	struct rt_way *way;

	if (in_dev->forwarding || !(in_dev_all.accept_redirects || in_dev->accept_redirects))
		return false;
	fe = fib_lookup(daddr, dev);
	if (!fe || fe->way.type != RTN_UNICAST || new_gw == old_gw)
		return false;
	way = rt_nr_exceptions ? rt_exception(&fe->way, daddr) : &fe->way;
	if (!way->gateway || way->gateway != old_gw)
		return false;
	if (inet_addr_type(new_gw) != RTN_UNICAST)
		return false;
	onlink = fib_lookup(new_gw, dev);
	if (!onlink || onlink->way.type != RTN_UNICAST || onlink->way.gateway)
		return false;
	e = exception_get(daddr);
	e->gateway = new_gw;
	e->instead_of = fe->way.gateway;
	rt_changed();
	return true;
}

void rt_exception_init(void)
{
	timer_init(&exception_timer, exception_expire);
	sysctl_register(exception_sysctls, ARRAY_SIZE(exception_sysctls));
}
