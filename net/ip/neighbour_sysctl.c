/*
 * The tunables of the neighbour table: net.ipv4.neigh.{default,<dev>}.*, with Linux's names, units
 * and first values. Every device has its own; what the collector needs is of the whole table and
 * stands below "default".
 */
#include "net/ip/inetdevice.h"
#include "net/ip/neighbour_private.h"

/* What a full frame takes of memory: packets into bytes and back. */
#define FRAME_TRUESIZE 2108

struct neigh_parms neigh_parms_default = {
	.base_reachable_time_ms = 30000,
	.retrans_time_ms = 1000,
	.delay_first_probe_time = 5,
	.gc_stale_time = 60,
	.ucast_solicit = 3,
	.mcast_solicit = 3,
	.unres_qlen = 101,
	.unres_qlen_bytes = 212992,
	.locktime = 100,
	.proxy_delay = 80,
	.proxy_qlen = 64,
	.anycast_delay = 100,
	.seen_qlen = 101,
	.seen_bytes = 212992,
};

struct neigh_gc_parms neigh_gc_parms = {
	.interval = 30,
	.thresh1 = 128,
	.thresh2 = 512,
	.thresh3 = 1024,
};

static const struct {
	const char *name;
	size_t offset;
	int min, max;
} tunables[] = {
#define NEIGH_CTL(field, lo, hi)                                                                   \
	{                                                                                          \
#field, offsetof(struct neigh_parms, field), lo, hi                                \
	}
	NEIGH_CTL(base_reachable_time_ms, 1, 86400000),
	NEIGH_CTL(retrans_time_ms, 1, 3600000),
	NEIGH_CTL(delay_first_probe_time, 0, 3600),
	NEIGH_CTL(gc_stale_time, 0, 86400),
	NEIGH_CTL(ucast_solicit, 0, 100),
	NEIGH_CTL(mcast_solicit, 0, 100),
	NEIGH_CTL(app_solicit, 0, 100),
	NEIGH_CTL(unres_qlen, 0, 1000),
	NEIGH_CTL(unres_qlen_bytes, 0, 1000 * FRAME_TRUESIZE),
	NEIGH_CTL(locktime, 0, 360000),
	NEIGH_CTL(proxy_delay, 0, 360000),
	NEIGH_CTL(proxy_qlen, 0, 256),
	NEIGH_CTL(anycast_delay, 0, 360000),
#undef NEIGH_CTL
};

struct neigh_ctl_table {
	struct ctl_entry entry[ARRAY_SIZE(tunables)];
	char name[ARRAY_SIZE(tunables)][64];
	struct neigh_parms parms; /* of a device */
};

/* The two bounds of the queue are one, in two units: the one that was written sets the other. */
static void couple_qlen(struct neigh_parms *p)
{
	if (p->unres_qlen != p->seen_qlen)
		p->unres_qlen_bytes = p->unres_qlen * FRAME_TRUESIZE;
	else if (p->unres_qlen_bytes != p->seen_bytes)
		p->unres_qlen = p->unres_qlen_bytes / FRAME_TRUESIZE;
	p->seen_qlen = p->unres_qlen;
	p->seen_bytes = p->unres_qlen_bytes;
}

static void qlen_changed(void)
{
	couple_qlen(&neigh_parms_default);
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev))
		couple_qlen(neigh_parms_of(dev));
}

struct neigh_parms *neigh_parms_of(const struct net_device *dev)
{
	const struct in_device *in_dev = in_dev_get(dev);

	return in_dev && in_dev->arp_parms ? in_dev->arp_parms : &neigh_parms_default;
}

static void register_parms(struct neigh_ctl_table *t, struct neigh_parms *p, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tunables); i++) {
		snprintf(t->name[i], sizeof(t->name[i]), "net.ipv4.neigh.%s.%s", name,
			 tunables[i].name);
		t->entry[i] = (struct ctl_entry){
			.name = t->name[i],
			.value = (int *)((char *)p + tunables[i].offset),
			.min = tunables[i].min,
			.max = tunables[i].max,
			.changed =
				strncmp(tunables[i].name, "unres_qlen", 10) ? NULL : qlen_changed,
		};
	}
	sysctl_register(t->entry, ARRAY_SIZE(tunables));
}

void neigh_parms_register(struct net_device *dev)
{
	struct in_device *in_dev = in_dev_get(dev);
	struct neigh_ctl_table *t = in_dev ? kzalloc(sizeof(*t)) : NULL;

	if (!t) {
		printk(KERN_ERR "%s: no memory for the neighbours' sysctls\n", dev->name);
		return;
	}
	t->parms = neigh_parms_default;
	in_dev->arp_parms = &t->parms;
	register_parms(t, &t->parms, dev->name);
}

void neigh_sysctl_init(void)
{
	static const struct ctl_entry gc_sysctls[] = {
		{ "net.ipv4.neigh.default.gc_interval", &neigh_gc_parms.interval, 1, 86400 },
		{ "net.ipv4.neigh.default.gc_thresh1", &neigh_gc_parms.thresh1, 0, NEIGH_MAX },
		{ "net.ipv4.neigh.default.gc_thresh2", &neigh_gc_parms.thresh2, 1, NEIGH_MAX },
		{ "net.ipv4.neigh.default.gc_thresh3", &neigh_gc_parms.thresh3, 1, NEIGH_MAX },
	};
	static struct neigh_ctl_table table;

	register_parms(&table, &neigh_parms_default, "default");
	sysctl_register(gc_sysctls, ARRAY_SIZE(gc_sysctls));
}
