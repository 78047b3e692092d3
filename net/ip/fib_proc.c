/*
 * The tables as files: /proc/net/route in Linux's columns (the main table), and /proc/net/fib, all
 * of both tables, a line each in numbers, from which `ip route` makes its sentences.
 */
#include "net/ip/fib.h"

static u32 route_flags(const struct fib_entry *fe)
{
	u32 flags = RTF_UP;

	if (fe->type == RTN_UNREACHABLE || fe->type == RTN_PROHIBIT)
		flags |= RTF_REJECT;
	if (fe->fi->nh[0].gateway)
		flags |= RTF_GATEWAY;
	if (fe->len == 32)
		flags |= RTF_HOST;
	return flags;
}

/* Each line is padded to 127 columns, so that readers may seek by line. Of several next hops the
 * first is shown, as ever. */
static void route_line(const struct fib_entry *fe, void *arg)
{
	const struct fib_nh *nh = &fe->fi->nh[0];
	char line[128];

	if (fe->type == RTN_BROADCAST || fe->type == RTN_MULTICAST)
		return;
	snprintf(line, sizeof(line), "%s\t%08X\t%08X\t%04X\t0\t0\t%u\t%08X\t%d\t0\t0",
		 nh->dev ? nh->dev->name : "*", fe->dst, nh->gateway, route_flags(fe),
		 fe->fi->priority, inet_make_mask(fe->len), (int)fe->fi->mtu);
	seq_printf(arg, "%-127s\n", line);
}

static bool table_walk(struct seq_file *s, u32 id,
		       void (*fn)(const struct fib_entry *fe, void *arg))
{
	struct fib_table *t = fib_get_table(id);
	bool more;

	local_bh_disable();
	more = t->ops->dump(t, &s->at, fn, s);
	local_bh_enable();
	return more;
}

bool rt_proc_walk(struct seq_file *s)
{
	if (!s->at)
		seq_printf(s, "%-127s\n",
			   "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
			   "Window\tIRTT");
	return table_walk(s, RT_TABLE_MAIN, route_line);
}

static void nh_show(struct seq_file *s, const struct fib_nh *nh)
{
	seq_printf(s, " %08X %s %u %u %u", nh->gateway, nh->dev ? nh->dev->name : "*", nh->weight,
		   nh->flags, nh->realm);
}

static void fib_line(const struct fib_entry *fe, void *arg)
{
	const struct fib_info *fi = fe->fi;

	seq_printf(arg, "%u %u %08X %u %u %u %u %08X %u %u %u", fe->table, fe->type, fe->dst,
		   fe->len, fe->tos, fe->scope, fi->protocol, fi->prefsrc, fi->priority, fi->mtu,
		   fi->nhs);
	for (u32 i = 0; i < fi->nhs; i++)
		nh_show(arg, &fi->nh[i]);
	seq_puts(arg, "\n");
}

/* s->mark counts the tables that are done. */
bool fib_proc_walk(struct seq_file *s)
{
	static const u32 tables[] = { RT_TABLE_LOCAL, RT_TABLE_MAIN };

	if (!s->at && !s->mark)
		seq_puts(s, "# table type dst len tos scope protocol prefsrc metric mtu nexthops "
			    "[gateway dev weight flags realm]...\n");
	if (!table_walk(s, tables[s->mark], fib_line)) {
		s->at = 0;
		s->mark++;
	}
	return s->mark < ARRAY_SIZE(tables);
}
