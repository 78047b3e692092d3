/*
 * /proc/net/igmp: the groups of each device and their reports; /proc/net/mcfilter: the sources that
 * sockets have named. In Linux's format.
 */
#include "net/core/byteorder.h"
#include "net/ip/igmp.h"

#define CLOCK_TICK (NSEC_PER_SEC / 100)

static void igmp_group_show(struct seq_file *s, const struct mc_group *g)
{
	bool running = timer_pending(&g->timer);
	u64 now = ktime_ns();
	u64 left = running && g->timer.expires > now ? g->timer.expires - now : 0;

	seq_printf(s, "\t\t\t\t%08X %5u %d:%08lX\t\t%d\n", g->group, g->users, running,
		   (unsigned long)(left / CLOCK_TICK), g->reporter);
}

void igmp_proc_show(struct seq_file *s)
{
	seq_puts(s, "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n");
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		const struct mc_device *mc = mc_device(dev);
		const struct mc_group *g;

		if (!mc)
			continue;
		local_bh_disable();
		seq_printf(s, "%d\t%-10s: %5u      V%d\n", dev->ifindex, dev->name, mc->count,
			   igmp_version(mc));
		list_for_each_entry(g, &mc->groups, node) {
			if (g->users)
				igmp_group_show(s, g);
		}
		local_bh_enable();
	}
}

static void mcfilter_group_show(struct seq_file *s, const struct mc_group *g)
{
	for (const struct mc_source *src = g->sources; src; src = src->next)
		if (src->users[MCAST_INCLUDE] || src->users[MCAST_EXCLUDE])
			seq_printf(s, "%3d %6.6s 0x%08x 0x%08x %6u %6u\n", g->dev->ifindex,
				   g->dev->name, ntohl(g->group), ntohl(src->addr),
				   src->users[MCAST_INCLUDE], src->users[MCAST_EXCLUDE]);
}

void mcfilter_proc_show(struct seq_file *s)
{
	seq_puts(s, "Idx Device        MCA        SRC    INC    EXC\n");
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		const struct mc_group *g;

		if (!mc_device(dev))
			continue;
		local_bh_disable();
		list_for_each_entry(g, &mc_device(dev)->groups, node)
			mcfilter_group_show(s, g);
		local_bh_enable();
	}
}
