/*
 * The neighbour table as /proc shows it: Linux's /proc/net/arp and /proc/net/stat/arp_cache, and
 * /proc/net/neigh with what `ip neigh` prints.
 */
#include "net/core/byteorder.h"
#include "net/ip/arp_private.h"
#include "net/ip/neighbour_private.h"

const char *neigh_state_name(u8 state)
{
	switch (state) {
	case NUD_NONE:
		return "NONE";
	case NUD_INCOMPLETE:
		return "INCOMPLETE";
	case NUD_REACHABLE:
		return "REACHABLE";
	case NUD_STALE:
		return "STALE";
	case NUD_DELAY:
		return "DELAY";
	case NUD_PROBE:
		return "PROBE";
	case NUD_FAILED:
		return "FAILED";
	case NUD_NOARP:
		return "NOARP";
	case NUD_PERMANENT:
		return "PERMANENT";
	}
	return "?";
}

/* What a file says, and of whom. */
struct neigh_format {
	u8 states;
	void (*line)(struct seq_file *s, const struct neighbour *n);
	void (*proxy)(struct seq_file *s, be32 key, const char *dev);
};

static u32 neigh_slots(void)
{
	return NEIGH_BUCKETS;
}

static void neigh_slot_show(struct seq_file *s, u32 slot, const void *arg)
{
	const struct neigh_format *format = arg;
	const struct neighbour *n;

	hlist_for_each_entry(n, &neigh_table.bucket[slot], node) {
		if (n->nud_state & format->states)
			format->line(s, n);
	}
}

static void neigh_proxies_show(struct seq_file *s, u32 slot, const void *format)
{
	arp_proxy_show(s, ((const struct neigh_format *)format)->proxy);
}

static bool neigh_walk(struct seq_file *s, const struct neigh_format *format)
{
	static const struct seq_table tables[] = {
		{ neigh_slots, neigh_slot_show },
		{ NULL, neigh_proxies_show },
	};

	return seq_walk(s, tables, ARRAY_SIZE(tables), format);
}

static unsigned long long seconds_since(u64 t, u64 now)
{
	return now > t ? (now - t) / NSEC_PER_SEC : 0;
}

static void neigh_show(struct seq_file *s, const struct neighbour *n)
{
	u64 now = ktime_ns();

	seq_printf(s, IP4_FMT " dev %s ", IP4_ARGS(n->key), n->dev->name);
	if (n->nud_state & NUD_VALID)
		seq_printf(s, "lladdr " MAC_FMT " ", MAC_ARGS(n->ha));
	seq_printf(s, "%s used %llu/%llu/%llu probes %u\n", neigh_state_name(n->nud_state),
		   n->touched ? 0 : seconds_since(n->used, now), seconds_since(n->confirmed, now),
		   seconds_since(n->updated, now), n->probes);
}

static void neigh_proxy_show(struct seq_file *s, be32 key, const char *dev)
{
	seq_printf(s, IP4_FMT " dev %s PROXY used 0/0/0 probes 0\n", IP4_ARGS(key), dev);
}

bool neigh_proc_walk(struct seq_file *s)
{
	static const struct neigh_format format = { 0xff, neigh_show, neigh_proxy_show };

	return neigh_walk(s, &format);
}

static u32 arp_flags(const struct neighbour *n)
{
	if (n->nud_state & NUD_PERMANENT)
		return ATF_PERM | ATF_COM;
	return n->nud_state & NUD_VALID ? ATF_COM : 0;
}

static void arp_show(struct seq_file *s, const struct neighbour *n)
{
	static const u8 none[ETH_ALEN];
	const u8 *ha = n->nud_state & NUD_VALID ? n->ha : none;
	char ip[16];

	snprintf(ip, sizeof(ip), IP4_FMT, IP4_ARGS(n->key));
	seq_printf(s, "%-16s 0x%-10x0x%-10x" MAC_FMT "     *        %s\n", ip, n->dev->type,
		   arp_flags(n), MAC_ARGS(ha), n->dev->name);
}

static void arp_show_proxy(struct seq_file *s, be32 key, const char *dev)
{
	char ip[16];

	snprintf(ip, sizeof(ip), IP4_FMT, IP4_ARGS(key));
	seq_printf(s, "%-16s 0x%-10x0x%-10x00:00:00:00:00:00     *        %s\n", ip, ARPHRD_ETHER,
		   ATF_PUBL | ATF_PERM, dev);
}

bool arp_proc_walk(struct seq_file *s)
{
	/* Not what has no question to ask. */
	static const struct neigh_format format = { 0xff & ~NUD_NOARP, arp_show, arp_show_proxy };

	if (!s->at)
		seq_puts(s,
			 "IP address       HW type     Flags       HW address            Mask     "
			 "Device\n");
	return neigh_walk(s, &format);
}

void arp_cache_proc_show(struct seq_file *s)
{
	const struct neigh_statistics *st = &neigh_stats;
	typedef unsigned long long ull;

	seq_puts(s, "entries  allocs   destroys hash_grows lookups  hits     res_failed "
		    "rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs "
		    "unresolved_discards table_fulls\n");
	seq_printf(s,
		   "%08x %08llx %08llx %08x   %08llx %08llx %08llx   %08llx         %08llx         "
		   "%08llx         %08llx       %08llx            %08llx\n",
		   neigh_table.entries, (ull)st->allocs, (ull)st->destroys, 0u, (ull)st->lookups,
		   (ull)st->hits, (ull)st->res_failed, (ull)st->rcv_probes_mcast,
		   (ull)st->rcv_probes_ucast, (ull)st->periodic_gc_runs, (ull)st->forced_gc_runs,
		   (ull)st->unresolved_discards, (ull)st->table_fulls);
}

void arp_proxy_proc_show(struct seq_file *s)
{
	seq_printf(s, "answers %llu\ndiscards %llu\n",
		   (unsigned long long)neigh_stats.proxy_answers,
		   (unsigned long long)neigh_stats.proxy_discards);
}
