/*
 * The routing cache's collector and its tunables. While there are entries, all are looked through
 * every gc_interval: what was not used for gc_timeout goes. Above gc_thresh entries a new one may
 * have a look taken every gc_min_interval, and each such look halves that age until the cache is
 * small again. The clock is exact whenever an entry is added, which is when ages matter.
 */
#include "net/ip/rt_cache.h"

#define SWEEP_MAX 4096	 /* buckets looked through at once */
#define EVICT_BUCKETS 64 /* and for a victim, when the cache is full */
#define EVICT_ENTRIES 16

static int sysctl_gc_timeout = 300, sysctl_gc_interval = 60, sysctl_gc_thresh;
static int sysctl_gc_min_interval, sysctl_gc_min_interval_ms = 500;
static struct timer clock_timer;
static u32 rover;     /* the next bucket to look into */
static u32 expire;    /* seconds unused after which an entry goes, now */
static u64 last_look; /* ns: under pressure */
static u64 next_look; /* ns */

/* Held by others: dropping it would free nothing. */
static bool rt_held(const struct rtable *rt)
{
	return rt->dst.refs > 1;
}

static u32 rt_age(const struct rtable *rt)
{
	return rt_hash.clock - rt->lastuse;
}

static u32 sweep_max(void)
{
	return min(rt_hash.mask + 1, (u32)SWEEP_MAX);
}

/* Drops what is stale or old of @n buckets; the number. */
static u32 rt_sweep(u32 n, u32 age)
{
	u32 dropped = 0;

	for (; n; n--) {
		struct rtable *rt;
		struct hlist_node *tmp;

		rover = (rover + 1) & rt_hash.mask;
		hlist_for_each_entry_safe(rt, tmp, &rt_hash.bucket[rover], hash) {
			if (rt->key.via == RT_VIA_NEWS ||
			    (dst_valid(&rt->dst) && (rt_held(rt) || rt_age(rt) <= age)))
				continue;
			rt_drop(rt);
			dropped++;
		}
	}
	return dropped;
}

void rt_gc_pressure(void)
{
	u64 now, interval = (u64)sysctl_gc_min_interval_ms * NSEC_PER_MSEC;
	u32 goal;

	if (likely(rt_hash.entries <= (u32)sysctl_gc_thresh))
		return;
	rt_stat.gc_total++;
	now = ktime_ns();
	if (now - last_look < max(interval, (u64)sysctl_gc_min_interval * NSEC_PER_SEC)) {
		rt_stat.gc_ignored++;
		return;
	}
	last_look = now;
	goal = rt_hash.entries - (u32)sysctl_gc_thresh;
	expire = max(expire / 2, 1u);
	if (rt_sweep(sweep_max(), expire) < goal)
		rt_stat.gc_goal_miss++;
}

/* The one used longest ago, of the first few that nobody holds. */
bool rt_gc_evict(void)
{
	struct rtable *rt, *victim = NULL;

	for (u32 i = 0, seen = 0; i < EVICT_BUCKETS && seen < EVICT_ENTRIES; i++) {
		rover = (rover + 1) & rt_hash.mask;
		hlist_for_each_entry(rt, &rt_hash.bucket[rover], hash) {
			if (rt_held(rt) || rt->key.via == RT_VIA_NEWS)
				continue;
			seen++;
			if (!victim || rt_age(rt) > rt_age(victim))
				victim = rt;
		}
	}
	if (victim)
		rt_drop(victim);
	return victim;
}

/* ---- the clock ---- */

/* All of the table in a gc_interval, as many buckets at a time as do not hold up packets. */
static u64 rt_tick_interval(void)
{
	return (u64)sysctl_gc_interval * NSEC_PER_SEC * sweep_max() / (rt_hash.mask + 1);
}

static void rt_tick(struct timer *t)
{
	u64 now = ktime_ns();

	rt_hash.clock = (u32)(now / NSEC_PER_SEC);
	rt_news_expire(now);
	if (now >= next_look) {
		if (rt_hash.entries <= (u32)sysctl_gc_thresh)
			expire = (u32)sysctl_gc_timeout;
		/* hits do not set the clock: younger than the last look is as new */
		rt_sweep(sweep_max(), max(expire, (u32)sysctl_gc_interval + 1));
		next_look = now + rt_tick_interval();
	}
	if (rt_hash.entries)
		timer_mod(t, min(next_look, rt_news_next()));
}

void rt_gc_start(void)
{
	u64 now = ktime_ns();

	rt_hash.clock = (u32)(now / NSEC_PER_SEC);
	if (likely(timer_pending(&clock_timer)))
		return;
	next_look = now + rt_tick_interval();
	timer_mod(&clock_timer, next_look);
}

void rt_gc_before(u64 when)
{
	if (!timer_pending(&clock_timer) || clock_timer.expires > when)
		timer_mod(&clock_timer, when);
}

/* ---- tunables ---- */

static void gc_timeout_changed(void)
{
	expire = (u32)sysctl_gc_timeout;
}

static void flush_show(struct seq_file *s)
{
}

static int flush_set(const char *text)
{
	local_bh_disable();
	rt_changed();
	local_bh_enable();
	return 0;
}

static const struct ctl_entry gc_sysctls[] = {
	{ "net.ipv4.route.gc_timeout", &sysctl_gc_timeout, 1, 86400, gc_timeout_changed },
	{ "net.ipv4.route.gc_interval", &sysctl_gc_interval, 1, 86400 },
	{ "net.ipv4.route.gc_min_interval", &sysctl_gc_min_interval, 0, 86400 },
	{ "net.ipv4.route.gc_min_interval_ms", &sysctl_gc_min_interval_ms, 0, 86400000 },
	{ "net.ipv4.route.gc_thresh", &sysctl_gc_thresh, 0, 1 << 24 },
	{ "net.ipv4.route.gc_elasticity", &sysctl_rt_gc_elasticity, 1, 1024 },
	{ "net.ipv4.route.max_size", &sysctl_rt_max_size, 1, 1 << 24 },
	{ .name = "net.ipv4.route.flush", .show = flush_show, .set = flush_set },
	/* -1: no cache, each packet asks the tables. Chains are bounded, so nothing is ever rebuilt
	 */
	{ "net.ipv4.rt_cache_rebuild_count", &sysctl_rt_cache_rebuild_count, -1, INT32_MAX,
	  rt_changed },
};

void rt_gc_init(void)
{
	timer_init(&clock_timer, rt_tick);
	sysctl_gc_thresh = (int)rt_hash.mask + 1;
	gc_timeout_changed();
	sysctl_register(gc_sysctls, ARRAY_SIZE(gc_sysctls));
}
