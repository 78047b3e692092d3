/*
 * The neighbour table: entries by address and device, found in O(1), made when they are first
 * wanted, and forgotten by age or when the table is full. All memory is set aside at boot, for
 * bottom halves make entries.
 */
#include "net/ip/neighbour_private.h"

/* One entry for so many bytes of RAM, between these bounds. */
#define RAM_PER_NEIGHBOUR 16384u
#define NEIGH_MIN 512u
#define GC_GRACE (5 * NSEC_PER_SEC) /* pressure spares what is newer */
/* After a vain search the table refuses for so long without looking again. */
#define GC_RETRY (100 * NSEC_PER_MSEC)

struct neigh_table neigh_table;
struct neigh_statistics neigh_stats;

static struct kmem_cache *neigh_cache;
static struct timer gc_timer;
static u64 last_forced_gc; /* ns */
static bool forced_gc_vain;

/* ---- finding and making ---- */

static struct hlist_head *neigh_bucket(be32 key, const struct net_device *dev)
{
	u32 hash = (key ^ (u32)dev->ifindex * 0x9e3779b1u) * neigh_table.hash_rnd;

	return &neigh_table.bucket[hash >> NEIGH_HASH_SHIFT];
}

/*
 * True if pressure may take @n away: nobody holds it, no timer drives it, no administrator has set
 * it.
 */
static bool neigh_evictable(const struct neighbour *n, u64 now)
{
	if (n->refs || n->nud_state & (NUD_PERMANENT | NUD_IN_TIMER))
		return false;
	return n->nud_state & (NUD_FAILED | NUD_NOARP) || now - n->updated >= GC_GRACE;
}

/* Makes room down to gc_thresh2, as far as there is something to take. */
static void neigh_forced_gc(u64 now)
{
	struct neigh_table *t = &neigh_table;
	u32 before = t->gc_entries;

	if (forced_gc_vain && now - last_forced_gc < GC_RETRY)
		return;
	neigh_stats.forced_gc_runs++;
	last_forced_gc = now;
	for (u32 i = 0; i < NEIGH_BUCKETS && t->gc_entries >= (u32)neigh_gc_parms.thresh2; i++) {
		struct neighbour *n;
		struct hlist_node *next;

		hlist_for_each_entry_safe(n, next, &t->bucket[i], node) {
			if (neigh_evictable(n, now))
				neigh_destroy(n);
		}
	}
	forced_gc_vain = t->gc_entries == before;
}

static bool neigh_make_room(u64 now)
{
	const struct neigh_table *t = &neigh_table;

	if (t->gc_entries >= (u32)neigh_gc_parms.thresh3 ||
	    (t->gc_entries >= (u32)neigh_gc_parms.thresh2 && now - last_forced_gc > GC_GRACE))
		neigh_forced_gc(now);
	return t->gc_entries < (u32)neigh_gc_parms.thresh3;
}

static struct neighbour *neigh_create(be32 key, struct net_device *dev, bool exempt)
{
	u64 now = ktime_ns();
	bool room = exempt || neigh_make_room(now);
	struct neighbour *n = room ? kmem_cache_alloc(neigh_cache) : NULL;

	if (!n) {
		static u64 limit[2];

		neigh_stats.table_fulls++;
		if (printk_ratelimit(limit))
			printk(KERN_WARNING "neighbour: table is full (%u entries)\n",
			       neigh_table.entries);
		return NULL;
	}
	memset(n, 0, sizeof(*n));
	n->key = key;
	n->dev = dev;
	n->parms = neigh_parms_of(dev);
	n->nud_state = NUD_NONE;
	n->exempt = exempt;
	n->used = n->updated = n->confirmed = now;
	timer_init(&n->timer, neigh_timer_fn);
	skb_queue_head_init(&n->arp_queue);
	if (neigh_static_address(n))
		neigh_update_hh(n);
	hlist_add_head(&n->node, neigh_bucket(key, dev));
	neigh_table.entries++;
	neigh_table.gc_entries += !exempt;
	neigh_stats.allocs++;
	if (!timer_pending(&gc_timer))
		timer_mod(&gc_timer, now + (u64)neigh_gc_parms.interval * NSEC_PER_SEC);
	return n;
}

static struct neighbour *neigh_find(be32 key, const struct net_device *dev)
{
	struct neighbour *n;

	neigh_stats.lookups++;
	hlist_for_each_entry(n, neigh_bucket(key, dev), node) {
		if (n->key != key || n->dev != dev)
			continue;
		neigh_stats.hits++;
		return n;
	}
	return NULL;
}

struct neighbour *neigh_lookup(be32 key, struct net_device *dev, bool create)
{
	struct neighbour *n = neigh_find(key, dev);

	if (!n && create)
		n = neigh_create(key, dev, false);
	if (n)
		n->refs++;
	return n;
}

struct neighbour *neigh_lookup_permanent(be32 key, struct net_device *dev)
{
	struct neighbour *n = neigh_find(key, dev);

	if (!n)
		n = neigh_create(key, dev, true);
	if (n)
		n->refs++;
	return n;
}

void neigh_hold(struct neighbour *n)
{
	n->refs++;
}

static void neigh_free(struct neighbour *n)
{
	BUG_ON(timer_pending(&n->timer) || n->arp_queue.qlen);
	neigh_stats.destroys++;
	kmem_cache_free(neigh_cache, n);
}

void neigh_release(struct neighbour *n)
{
	BUG_ON(!n->refs);
	if (--n->refs == 0 && n->dead)
		neigh_free(n);
}

void neigh_count_gc(struct neighbour *n)
{
	bool exempt = n->nud_state == NUD_PERMANENT;

	if (n->dead || exempt == n->exempt)
		return;
	n->exempt = exempt;
	neigh_table.gc_entries += exempt ? -1u : 1;
}

void neigh_destroy(struct neighbour *n)
{
	if (n->dead)
		return;
	hlist_del(&n->node);
	neigh_table.entries--;
	if (!n->exempt)
		neigh_table.gc_entries--;
	n->dead = true;
	n->nud_state = NUD_FAILED;
	timer_del(&n->timer);
	neigh_purge_queue(n);
	if (!n->refs)
		neigh_free(n);
}

/* ---- forgetting ---- */

/* Above gc_thresh1: what failed goes, and what was not used for gc_stale_time. */
static void neigh_age_bucket(struct hlist_head *bucket, u64 now)
{
	struct neighbour *n;
	struct hlist_node *next;

	hlist_for_each_entry_safe(n, next, bucket, node) {
		if (n->touched) {
			n->touched = false;
			n->used = now;
		}
		if (n->refs || n->nud_state & (NUD_PERMANENT | NUD_IN_TIMER))
			continue;
		if (now - max(n->used, n->confirmed) >
			    (u64)n->parms->gc_stale_time * NSEC_PER_SEC ||
		    n->nud_state == NUD_FAILED)
			neigh_destroy(n);
	}
}

static void neigh_gc_fn(struct timer *t)
{
	u64 now = ktime_ns();

	neigh_stats.periodic_gc_runs++;
	if (neigh_table.gc_entries >= (u32)neigh_gc_parms.thresh1) {
		for (u32 i = 0; i < NEIGH_BUCKETS; i++)
			neigh_age_bucket(&neigh_table.bucket[i], now);
	}
	if (neigh_table.entries)
		timer_mod(t, now + (u64)neigh_gc_parms.interval * NSEC_PER_SEC);
}

/* Forgets what is known on @dev; @all: what an administrator has set too. */
static void neigh_flush_dev(const struct net_device *dev, bool all)
{
	local_bh_disable();
	for (u32 i = 0; i < NEIGH_BUCKETS; i++) {
		struct neighbour *n;
		struct hlist_node *next;

		hlist_for_each_entry_safe(n, next, &neigh_table.bucket[i], node) {
			if (n->dev == dev && (all || n->nud_state != NUD_PERMANENT))
				neigh_destroy(n);
		}
	}
	local_bh_enable();
}

void neigh_ifdown(struct net_device *dev)
{
	neigh_flush_dev(dev, true);
}

/* The cached headers hold the old source; another network may be at the other end. */
void neigh_changeaddr(struct net_device *dev)
{
	struct neighbour *n;

	neigh_flush_dev(dev, false);
	local_bh_disable();
	for (u32 i = 0; i < NEIGH_BUCKETS; i++) {
		hlist_for_each_entry(n, &neigh_table.bucket[i], node) {
			if (n->dev == dev)
				neigh_update_hh(n);
		}
	}
	local_bh_enable();
}

/* ---- set-up ---- */

void neigh_init(void)
{
	struct skb_pool_stat pool;
	struct mem_info info;
	u32 n;

	mem_info(&info);
	n = (u32)min(info.total / RAM_PER_NEIGHBOUR, (u64)NEIGH_MAX);
	n = max(n, NEIGH_MIN);
	neigh_cache = kmem_cache_create("neighbour", sizeof(struct neighbour), n);
	kmem_cache_reserve(neigh_cache, n);
	skb_pool_stat(&pool);
	neigh_table.waiting_max = pool.bufs_total / 8;
	neigh_table.hash_rnd = random_u32() | 1;
	timer_init(&gc_timer, neigh_gc_fn);
	neigh_sysctl_init();
}
