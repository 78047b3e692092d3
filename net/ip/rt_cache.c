/*
 * The routing cache: a hash of flows - destination, source, device, type of service - to the ways
 * found for them. Bounded three times, so that a scan of all addresses cannot make it grow: a chain
 * takes gc_elasticity entries and then gives up the one that was used longest ago; the whole takes
 * max_size; and rtables come from memory set aside at boot for that many. What sockets hold is
 * beside that, one each, and whoever makes sockets sets as many aside anew (ip_rt_refill): idle
 * connections with half the world leave none the fewer for packets. A change of routes makes
 * all entries stale at once (rt_genid); they go when they are met.
 */
#include "net/ip/rt_cache.h"

#define RT_MIN_BUCKETS 256
#define RT_MAX_BUCKETS (1u << 18)
#define RT_BYTES_PER_BUCKET 65536 /* of memory */
#define RT_SPARE 256		  /* beyond max_size: in use and no longer in the cache */

struct rt_hash rt_hash;
struct rt_cache_stat rt_stat;
int sysctl_rt_cache_rebuild_count = 4;
int sysctl_rt_max_size, sysctl_rt_gc_elasticity = 8;
static struct kmem_cache *rt_memory;

/* ---- memory ---- */

void rt_free(struct dst_entry *dst)
{
	kmem_cache_free(rt_memory, rt_of(dst));
}

struct rtable *rt_alloc(void)
{
	struct rtable *rt = kmem_cache_alloc(rt_memory);

	if (!rt && rt_gc_evict())
		rt = kmem_cache_alloc(rt_memory);
	if (!rt)
		rt_stat.gc_dst_overflow++;
	return rt;
}

void ip_rt_refill(void)
{
	kmem_cache_refill(rt_memory);
}

/* ---- entries ---- */

void rt_drop(struct rtable *rt)
{
	rt->dst.genid = 0;
	if (hlist_unhashed(&rt->hash))
		return;
	if (rt->key.via == RT_VIA_NEWS)
		rt_news_forget(rt);
	hlist_del(&rt->hash);
	hlist_del(&rt->dest);
	rt_hash.entries--;
	dst_release(&rt->dst);
}

/* Which of two is dearer: what ICMP told cannot be found again; else the one used later, or more.
 */
static bool rt_dearer(const struct rtable *a, const struct rtable *b)
{
	if (a->expires != 0 && b->expires == 0)
		return true;
	if (a->lastuse != b->lastuse)
		return (s32)(a->lastuse - b->lastuse) > 0;
	return a->use > b->use;
}

/* Drops what is stale in the chain, and the cheapest if it is still too long. */
static void rt_trim_chain(struct hlist_head *chain)
{
	struct rtable *rt, *cheapest = NULL;
	struct hlist_node *tmp;
	int len = 0;

	hlist_for_each_entry_safe(rt, tmp, chain, hash) {
		if (rt->key.via != RT_VIA_NEWS && !dst_valid(&rt->dst)) {
			rt_drop(rt);
			continue;
		}
		len++;
		if (!cheapest || !rt_dearer(rt, cheapest))
			cheapest = rt;
	}
	if (len >= sysctl_rt_gc_elasticity && cheapest)
		rt_drop(cheapest);
}

static struct hlist_head *rt_dest_bucket(be32 daddr)
{
	return &rt_hash.dest[rt_hash.secret[0] * daddr >> 32 & rt_hash.mask];
}

/* What rt_drop_dest has to find. */
static bool rt_hears_news(const struct rt_key *key)
{
	return key->via & RT_VIA_OUT ||
	       (unlikely(sysctl_ip_forward_use_pmtu) && key->via != RT_VIA_NEWS);
}

void rt_intern(struct rtable *rt, const struct rt_key *key)
{
	struct hlist_head *chain = rt_bucket(key);

	rt->key = *key;
	if (!rt_caching() && key->via != RT_VIA_NEWS)
		return;
	rt_trim_chain(chain);
	if (rt_hash.entries >= (u32)sysctl_rt_max_size && !rt_gc_evict()) {
		rt_stat.gc_dst_overflow++;
		return;
	}
	rt_gc_start();
	rt->lastuse = rt_hash.clock;
	dst_hold(&rt->dst);
	hlist_add_head(&rt->hash, chain);
	if (rt_hears_news(key))
		hlist_add_head(&rt->dest, rt_dest_bucket(key->daddr));
	rt_hash.entries++;
	rt_gc_pressure();
}

void rt_drop_dest(be32 daddr)
{
	struct rtable *rt;
	struct hlist_node *tmp;

	hlist_for_each_entry_safe(rt, tmp, rt_dest_bucket(daddr), dest) {
		rt_hash.dest_searched++;
		if (rt->key.daddr == daddr)
			rt_drop(rt);
	}
}

/* ---- start ---- */

static u32 power_of_two_below(u64 n)
{
	u32 p = RT_MIN_BUCKETS;

	while (p < RT_MAX_BUCKETS && p * 2ULL <= n)
		p *= 2;
	return p;
}

static u32 rt_choose_buckets(void)
{
	int asked = cmdline_int("rhash_entries", 0);
	struct mem_info mem;

	mem_info(&mem);
	return power_of_two_below(asked > 0 ? (u64)asked : mem.total / RT_BYTES_PER_BUCKET);
}

void rt_cache_init(void)
{
	u32 buckets = rt_choose_buckets();

	rt_hash.bucket = alloc_boot(2 * buckets * sizeof(struct hlist_head));
	if (!rt_hash.bucket)
		panic("no memory for the routing cache");
	memset(rt_hash.bucket, 0, 2 * buckets * sizeof(struct hlist_head));
	rt_hash.dest = rt_hash.bucket + buckets;
	rt_hash.mask = buckets - 1;
	get_random_bytes(rt_hash.secret, sizeof(rt_hash.secret));
	for (u32 i = 0; i < ARRAY_SIZE(rt_hash.secret); i++)
		rt_hash.secret[i] |= 1;
	sysctl_rt_max_size = (int)buckets * sysctl_rt_gc_elasticity;
	rt_memory = kmem_cache_create("ip_dst_cache", sizeof(struct rtable), 0);
	kmem_cache_reserve(rt_memory, (u32)sysctl_rt_max_size + RT_SPARE);
}
