/*
 * The routing cache, from inside: ways that were found stand here under the question that they
 * answer, so that the next packet of a flow costs one probe. route_input.c and route_output.c ask;
 * rt_cache.c keeps, rt_gc.c cleans up, rt_news.c keeps what ICMP has told.
 */
#pragma once

#include "net/ip/fib.h"

/* Counters of /proc/net/stat/rt_cache, in Linux's order. */
/* clang-format off */
#define RT_CACHE_STATS(X) \
	X(in_hit) X(in_slow_tot) X(in_slow_mc) X(in_no_route) X(in_brd) X(in_martian_dst) \
	X(in_martian_src) X(out_hit) X(out_slow_tot) X(out_slow_mc) X(gc_total) X(gc_ignored) \
	X(gc_goal_miss) X(gc_dst_overflow) X(in_hlist_search) X(out_hlist_search)
/* clang-format on */

struct rt_cache_stat {
#define X(name) u32 name;
	RT_CACHE_STATS(X)
#undef X
};
extern struct rt_cache_stat rt_stat;

/* The table. */
struct rt_hash {
	struct hlist_head *bucket;
	struct hlist_head *dest; /* as many: the ways that news concern, by destination alone */
	u32 mask;		 /* buckets - 1 */
	u32 entries;		 /* now, stale ones included */
	u32 clock;		 /* seconds, when an entry was last added or looked for */
	u64 secret[3];		 /* drawn at boot: which flows share a bucket is nobody's to know */
	u64 dest_searched;	 /* entries that rt_drop_dest has looked at */
};
extern struct rt_hash rt_hash;

extern int sysctl_rt_cache_rebuild_count; /* -1: the cache is off */
extern int sysctl_rt_max_size, sysctl_rt_gc_elasticity;

static inline bool rt_caching(void)
{
	return sysctl_rt_cache_rebuild_count >= 0;
}

static inline struct rt_key rt_key_in(be32 daddr, be32 saddr, int iif, u8 tos)
{
	return (struct rt_key){ .daddr = daddr,
				.saddr = saddr,
				.via = (u32)iif << 8 | (tos & RT_TOS_MASK) };
}

static inline struct rt_key rt_key_out(be32 daddr, be32 saddr, int oif, u8 tos)
{
	return (struct rt_key){ .daddr = daddr,
				.saddr = saddr,
				.via = RT_VIA_OUT | (u32)oif << 8 | (tos & RT_TOS_MASK) };
}

/* Multiply-shift: any two keys fall together with a chance of one in the number of buckets. */
static inline struct hlist_head *rt_bucket_of(u64 addrs, u32 via)
{
	u64 h = rt_hash.secret[0] * (u32)addrs + rt_hash.secret[1] * (u32)(addrs >> 32) +
		rt_hash.secret[2] * via;

	return &rt_hash.bucket[h >> 32 & rt_hash.mask];
}

static inline struct hlist_head *rt_bucket(const struct rt_key *key)
{
	return rt_bucket_of(key->addrs, key->via);
}

static inline bool rt_key_equal(const struct rt_key *a, const struct rt_key *b)
{
	return a->addrs == b->addrs && a->via == b->via;
}

/*
 * The way for a key (its halves, which stay in registers) if it is known, borrowed; NULL: it has to
 * be found. @searched counts the others that were in the way. Softirq or bh off.
 */
static inline struct rtable *rt_cache_find(u64 addrs, u32 via, u32 *searched)
{
	struct rtable *rt;

	hlist_for_each_entry(rt, rt_bucket_of(addrs, via), hash) {
		if (likely(rt->key.addrs == addrs && rt->key.via == via && dst_valid(&rt->dst))) {
			rt->lastuse = rt_hash.clock;
			rt->use++;
			return rt;
		}
		(*searched)++;
	}
	return NULL;
}

/* What rtables are made from. */
struct rt_way {
	enum rtn_type type;
	u8 scope;
	struct net_device *dev; /* the link; NULL: a way that only says no */
	be32 gateway, prefsrc;	/* prefsrc 0: chosen from @dev's addresses */
	u32 mtu, flags, realm;
	int error; /* not 0: packets end in ip_error */
	u64 expires;
};

/* What a lookup has found. */
void rt_way_from(struct rt_way *way, const struct fib_result *res);
/* A new rtable, one reference; NULL: too many are in use. Softirq or bh off. */
struct rtable *rt_new(const struct rt_way *way);
/* Puts @rt into the cache under @key, unless that is off or full. Softirq or bh off. */
void rt_intern(struct rtable *rt, const struct rt_key *key);
/* Takes @rt out of the cache; its holders have to ask again. Softirq or bh off. */
void rt_drop(struct rtable *rt);
/* Drops all ways to @daddr that news of it concern: those of senders of ours, and where forwarding
 * believes them, of others. Looks at no more than a bucket of them. Softirq or bh off. */
void rt_drop_dest(be32 daddr);
/* An rtable, not filled; makes room if there is none. NULL: all are in use. Softirq or bh off. */
struct rtable *rt_alloc(void);
void rt_free(struct dst_entry *dst); /* dst->release */
void rt_cache_init(void);

/* ---- rt_gc.c ---- */

/* The cache has grown: above gc_thresh unused entries go sooner. Softirq or bh off. */
void rt_gc_pressure(void);
/* Drops one entry that nobody holds; false: found none. Softirq or bh off. */
bool rt_gc_evict(void);
/* Sets the clock, and has the collector look in later; an entry has come. */
void rt_gc_start(void);
/* Has the collector look in at @when, ns, if not before. */
void rt_gc_before(u64 when);
void rt_gc_init(void);

/* ---- rt_news.c: what ICMP has told of single destinations ---- */

/* Applies it to @way, a sender's way to @daddr. Softirq or bh off. */
void rt_news_apply(struct rt_way *way, be32 daddr);
/* Applies the MTU alone to @way, which a forwarded packet takes, if it may (RFC 1191 messages about
 * packets of ours can be forged; ip_forward_use_pmtu). Softirq or bh off. */
void rt_news_apply_forward(struct rt_way *way, be32 daddr);
extern int sysctl_ip_forward_use_pmtu;
extern u32 rt_nr_news;
/* Takes one out of the list: its entry goes. */
void rt_news_forget(struct rtable *rt);
/* Drops what has expired by @now. */
void rt_news_expire(u64 now);
/* When the next expires; UINT64_MAX: there are none. */
u64 rt_news_next(void);
void rt_news_init(void);
void rt_redirect_init(void);

/* ---- realms ---- */

/* Counts a packet of @len bytes that came in and goes @rt's way. */
void rt_account(const struct rtable *rt, u32 len);
