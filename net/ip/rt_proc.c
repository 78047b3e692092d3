/*
 * The routing cache as files: /proc/net/rt_cache and /proc/net/stat/rt_cache in the columns of
 * Linux 2.6, /proc/net/rt_acct (the realms' traffic) in its binary form, and /proc/net/rt_flows,
 * what `ip route show cache` makes its sentences of.
 */
#include "net/ip/rt_cache.h"

/* What prints an entry. */
struct cache_format {
	void (*line)(struct seq_file *s, const struct rtable *rt);
};

static u32 cache_slots(void)
{
	return rt_hash.mask + 1;
}

static void cache_slot_show(struct seq_file *s, u32 slot, const void *format)
{
	const struct rtable *rt;

	hlist_for_each_entry(rt, &rt_hash.bucket[slot], hash) {
		if (rt->key.via != RT_VIA_NEWS && dst_valid(&rt->dst))
			((const struct cache_format *)format)->line(s, rt);
	}
}

static bool cache_walk(struct seq_file *s, const struct cache_format *format)
{
	static const struct seq_table cache = { cache_slots, cache_slot_show };

	return seq_walk(s, &cache, 1, format);
}

/* The device that the key names: where it came in, or where it goes out. */
static bool rt_is_output(const struct rtable *rt)
{
	return rt->key.via & RT_VIA_OUT;
}

static be32 rt_source(const struct rtable *rt)
{
	return rt_is_output(rt) && !rt->key.saddr ? rt->prefsrc : rt->key.saddr;
}

static void rt_cache_line(struct seq_file *s, const struct rtable *rt)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "%s\t%08X\t%08X\t%8X\t%d\t%u\t%d\t%08X\t%u\t%u\t%u\t%02X\t%d\t%1d\t%08X",
		 rt->dst.dev->name, rt->key.daddr, rt->gateway ? rt->gateway : rt->key.daddr,
		 rt->flags, (int)rt->dst.refs - 1, rt->use, 0, rt_source(rt),
		 rt->dst.error ? 0 : dst_mtu(&rt->dst), 0u, 0u, rt->key.via & RT_TOS_MASK, -1, 0,
		 rt->prefsrc);
	seq_printf(s, "%-127s\n", line);
}

bool rt_cache_proc_walk(struct seq_file *s)
{
	static const struct cache_format format = { rt_cache_line };

	if (!s->at)
		seq_printf(s, "%-127s\n",
			   "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\t"
			   "MTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst");
	return cache_walk(s, &format);
}

static const char *key_dev_name(const struct rtable *rt)
{
	struct net_device *dev = dev_get_by_index(rt_key_ifindex(&rt->key));

	return dev ? dev->name : "*";
}

static void rt_flow_line(struct seq_file *s, const struct rtable *rt)
{
	u64 now = ktime_ns();
	u64 left = rt->expires > now ? (rt->expires - now) / NSEC_PER_SEC : 0;

	seq_printf(s, "%s %u %08X %08X %u %s %s %08X %08X %x %u %u %u %u %u %d\n",
		   rt_is_output(rt) ? "out" : "in", rt->type, rt->key.daddr, rt->key.saddr,
		   rt->key.via & RT_TOS_MASK, key_dev_name(rt), rt->dst.dev->name, rt->gateway,
		   rt->prefsrc, rt->flags, rt->dst.mtu, (u32)left, rt->use,
		   rt_hash.clock - rt->lastuse, rt->dst.refs - 1, -rt->dst.error);
}

bool rt_flows_proc_walk(struct seq_file *s)
{
	static const struct cache_format format = { rt_flow_line };

	if (!s->at)
		seq_puts(s, "# way type dst src tos iif|oif dev gateway prefsrc flags mtu expires "
			    "use age users error\n");
	return cache_walk(s, &format);
}

void rt_cache_stat_proc_show(struct seq_file *s)
{
	static const char *const names[] = {
#define X(name) #name,
		RT_CACHE_STATS(X)
#undef X
	};
	const u32 *value = (const u32 *)&rt_stat;

	seq_puts(s, "entries ");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		seq_printf(s, " %-*s", i + 1 < ARRAY_SIZE(names) ? 8 : 0, names[i]);
	seq_printf(s, "\n%08x", rt_hash.entries);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		seq_printf(s, " %08x%*s", value[i],
			   i + 1 < ARRAY_SIZE(names) ? max((int)strlen(names[i]) - 8, 0) : 0, "");
	seq_puts(s, "\n");
}

/* ---- realms ---- */

#define NR_REALMS 256

/* As it lies in /proc/net/rt_acct. */
static struct ip_rt_acct {
	u32 o_bytes, o_packets, i_bytes, i_packets;
} rt_acct[NR_REALMS]; /* guarded by bh-disable */

void rt_account(const struct rtable *rt, u32 len)
{
	struct ip_rt_acct *to = &rt_acct[rt->realm & (NR_REALMS - 1)];
	struct ip_rt_acct *from = &rt_acct[rt->realm >> 16 & (NR_REALMS - 1)];

	to->o_packets++;
	to->o_bytes += len;
	from->i_packets++;
	from->i_bytes += len;
}

void rt_acct_proc_show(struct seq_file *s)
{
	const u8 *p = (const u8 *)rt_acct;

	for (size_t i = 0; i < sizeof(rt_acct); i++)
		seq_printf(s, "%c", p[i]);
}
