/*
 * A table of zones: a hash table for each prefix length that occurs, as in Linux 2.4, asked from
 * the longest to the shortest. A lookup costs one probe for each length present, whatever the
 * number of routes. Nodes of one prefix stand in a bucket in the order in which they are tried -
 * type of service, metric - and those of other prefixes may stand between them.
 */
#include "net/ip/fib.h"
#include "net/ip/neighbour.h"

#define ZONE_MIN_SIZE 16
#define ZONE_MAX_SIZE (1u << 18)
#define ZONES 33

/* A route: its prefix, and what is not shared. */
struct fib_node {
	struct hlist_node hash;
	struct fib_info *info;
	be32 key;
	u8 tos, type, scope;
	u8 state; /* FN_S_* */
};
#define FN_S_ACCESSED 1 /* some packet has taken it */

struct fib_zone {
	struct hlist_head *bucket;
	u32 size; /* buckets, a power of two */
	u32 count;
};

struct fib_hash {
	u64 present; /* bit per prefix length that has nodes */
	struct fib_zone zone[ZONES];
	const struct fib_node *last_default; /* which select_default chose last: compared only */
};

static struct kmem_cache *node_cache;

static inline struct hlist_head *zone_bucket(const struct fib_zone *z, be32 prefix, u32 len)
{
	u32 key = len ? ntohl(prefix) >> (32 - len) : 0;

	return &z->bucket[(u64)(key * 0x9e3779b1u) * z->size >> 32];
}

static inline u32 longest(u64 present)
{
	return 63 - (u32)__builtin_clzll(present);
}

/* ---- lookup ---- */

/* What a route of each type answers to those who ask for the way. */
static int fib_type_error(u8 type)
{
	switch (type) {
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	case RTN_THROW:
		return -ESRCH;
	default:
		return 0;
	}
}

static bool node_serves(const struct fib_node *f, const struct fib_flow *flow,
			struct fib_result *res)
{
	if ((f->tos && f->tos != flow->tos) || f->scope < flow->scope)
		return false;
	return fib_info_usable(f->info, flow, res);
}

static int node_result(struct fib_node *f, u32 len, struct fib_result *res)
{
	f->state |= FN_S_ACCESSED;
	res->fi = f->info;
	res->type = f->type;
	res->scope = f->scope;
	res->prefixlen = (u8)len;
	return fib_type_error(f->type);
}

static int fib_hash_lookup(struct fib_table *t, const struct fib_flow *flow, struct fib_result *res)
{
	const struct fib_hash *h = t->data;

	res->tried = 0;
	for (u64 left = h->present; left;) {
		u32 len = longest(left);
		be32 prefix = flow->dst & inet_make_mask(len);
		struct fib_node *f;

		res->tried |= 1ULL << len;
		hlist_for_each_entry(f, zone_bucket(&h->zone[len], prefix, len), hash) {
			if (f->key == prefix && node_serves(f, flow, res)) {
				res->table = t->id;
				return node_result(f, len, res);
			}
		}
		left &= ~(1ULL << len);
	}
	return -ESRCH;
}

/* ---- several default routes ---- */

static bool gateway_failed(const struct fib_nh *nh)
{
	struct neighbour *n = neigh_lookup(nh->gateway, nh->dev, false);
	bool failed = n && (n->nud_state & NUD_FAILED);

	if (n)
		neigh_release(n);
	return failed;
}

/* The one chosen last stays as long as its gateway answers; then the first whose does. */
static void fib_hash_select_default(struct fib_table *t, const struct fib_flow *flow,
				    struct fib_result *res)
{
	struct fib_hash *h = t->data;
	struct fib_node *f, *best = NULL;
	struct fib_result try;

	if (h->zone[0].count < 2)
		return;
	hlist_for_each_entry(f, zone_bucket(&h->zone[0], 0, 0), hash) {
		if (f->type != RTN_UNICAST || f->scope != res->scope ||
		    f->info->priority != res->fi->priority || !node_serves(f, flow, &try))
			continue;
		if (!f->info->nh[try.nh_sel].gateway || gateway_failed(&f->info->nh[try.nh_sel]))
			continue;
		if (!best || f == h->last_default) {
			best = f;
			res->nh_sel = try.nh_sel;
		}
	}
	if (best)
		node_result(best, 0, res);
	h->last_default = best;
}

/* ---- changes ---- */

/* Gives @z @size buckets; keeps the order inside each prefix, for what is found later goes behind.
 */
static int zone_resize(struct fib_zone *z, u32 len, u32 size)
{
	struct fib_zone new = { kzalloc(size * sizeof(struct hlist_head)), size, z->count };

	if (!new.bucket)
		return -ENOMEM;
	for (u32 i = 0; i < z->size; i++) {
		struct fib_node *f;
		struct hlist_node *tmp;

		hlist_for_each_entry_safe(f, tmp, &z->bucket[i], hash) {
			struct hlist_node **link = &zone_bucket(&new, f->key, len)->first;

			while (*link)
				link = &(*link)->next;
			hlist_del(&f->hash);
			hlist_add_head(&f->hash, (struct hlist_head *)link);
		}
	}
	kfree(z->bucket);
	*z = new;
	return 0;
}

static int zone_grow(struct fib_zone *z, u32 len)
{
	if (!z->bucket)
		return zone_resize(z, len, ZONE_MIN_SIZE);
	if (z->count >= z->size && z->size < ZONE_MAX_SIZE)
		zone_resize(z, len, z->size * 4); /* without memory: slower, not wrong */
	return 0;
}

static void node_unlink(struct fib_hash *h, struct fib_node *f, u32 len)
{
	hlist_del(&f->hash);
	fib_info_put(f->info);
	kmem_cache_free(node_cache, f);
	if (--h->zone[len].count == 0)
		h->present &= ~(1ULL << len);
}

/* Larger types of service first, then smaller metrics. */
static int node_order(const struct fib_node *f, u8 tos, u32 priority)
{
	if (f->tos != tos)
		return f->tos > tos ? -1 : 1;
	return f->info->priority < priority ? -1 : f->info->priority > priority;
}

/* Where a new node goes, and what stands there already. */
struct fib_place {
	struct hlist_node **link;
	struct fib_node *first; /* of the same prefix, TOS and metric */
	bool twice;		/* the very same route is there */
};

static struct fib_place place_find(struct fib_zone *z, const struct route_config *cfg,
				   const struct fib_info *fi)
{
	struct hlist_node **link = &zone_bucket(z, cfg->dst, cfg->len)->first;
	struct fib_place p = { NULL };

	for (; *link; link = &(*link)->next) {
		struct fib_node *f = container_of(*link, struct fib_node, hash);
		int order;

		if (f->key != cfg->dst)
			continue;
		order = node_order(f, cfg->tos, fi->priority);
		if (!order && !p.first)
			p.first = f;
		if (!order && f->info == fi && f->type == cfg->type && f->scope == cfg->scope)
			p.twice = true;
		if (!p.link && (order > 0 || (!order && !(cfg->how & RT_APPEND))))
			p.link = link;
	}
	if (!p.link)
		p.link = link;
	return p;
}

static void node_replace(struct fib_node *f, const struct route_config *cfg, struct fib_info *fi)
{
	fib_info_put(f->info);
	f->info = fi;
	f->type = cfg->type;
	f->scope = cfg->scope;
	f->state = 0;
}

static struct fib_node *node_new(const struct route_config *cfg, struct fib_info *fi)
{
	struct fib_node *f = kmem_cache_alloc(node_cache);

	if (f)
		*f = (struct fib_node){ .info = fi,
					.key = cfg->dst,
					.tos = cfg->tos,
					.type = cfg->type,
					.scope = cfg->scope };
	return f;
}

static int fib_hash_insert(struct fib_table *t, const struct route_config *cfg, struct fib_info *fi)
{
	struct fib_hash *h = t->data;
	struct fib_zone *z = &h->zone[cfg->len];
	struct fib_place p;
	struct fib_node *f;
	int err = -ENOMEM;

	if (zone_grow(z, cfg->len))
		goto out;
	p = place_find(z, cfg, fi);
	if (p.first && cfg->how & RT_REPLACE && !p.twice) {
		node_replace(p.first, cfg, fi);
		return 0;
	}
	err = p.twice && cfg->how & RT_REPLACE ? 0 : -EEXIST;
	if (p.twice || (p.first && cfg->how & RT_EXCL))
		goto out;
	err = -ENOENT;
	if (cfg->how & RT_NOCREATE)
		goto out;
	err = -ENOMEM;
	f = node_new(cfg, fi);
	if (!f)
		goto out;
	hlist_add_head(&f->hash, (struct hlist_head *)p.link);
	z->count++;
	h->present |= 1ULL << cfg->len;
	return 0;
out:
	fib_info_put(fi);
	return err;
}

static bool node_matches(const struct fib_node *f, const struct route_config *cfg)
{
	return f->key == cfg->dst && f->tos == cfg->tos && (!cfg->type || f->type == cfg->type) &&
	       (cfg->scope == RT_SCOPE_NOWHERE || f->scope == cfg->scope) &&
	       (!cfg->prefsrc || f->info->prefsrc == cfg->prefsrc) &&
	       (!cfg->protocol || f->info->protocol == cfg->protocol) &&
	       (!cfg->metric || f->info->priority == cfg->metric) && fib_info_matches(f->info, cfg);
}

static int fib_hash_delete(struct fib_table *t, const struct route_config *cfg)
{
	struct fib_hash *h = t->data;
	struct fib_zone *z = &h->zone[cfg->len];
	struct fib_node *f;

	if (!z->count)
		return -ESRCH;
	hlist_for_each_entry(f, zone_bucket(z, cfg->dst, cfg->len), hash) {
		if (node_matches(f, cfg)) {
			node_unlink(h, f, cfg->len);
			return 0;
		}
	}
	return -ESRCH;
}

static u32 zone_flush(struct fib_hash *h, u32 len)
{
	struct fib_zone *z = &h->zone[len];
	u32 n = 0;

	for (u32 i = 0; i < z->size; i++) {
		struct fib_node *f;
		struct hlist_node *tmp;

		hlist_for_each_entry_safe(f, tmp, &z->bucket[i], hash) {
			if (f->info->dead) {
				node_unlink(h, f, len);
				n++;
			}
		}
	}
	return n;
}

static u32 fib_hash_flush(struct fib_table *t)
{
	struct fib_hash *h = t->data;
	u32 n = 0;

	for (u64 left = h->present; left; left &= ~(1ULL << longest(left)))
		n += zone_flush(h, longest(left));
	return n;
}

/* ---- dump ---- */

#define DUMP_BUCKETS 64 /* at a time */
#define DUMP_ROUTES 32	/* or buckets with so many, and the rest of the last one */

static u32 bucket_dump(const struct fib_table *t, u32 len, u32 i,
		       void (*fn)(const struct fib_entry *fe, void *arg), void *arg)
{
	const struct fib_hash *h = t->data;
	const struct fib_node *f;
	u32 n = 0;

	hlist_for_each_entry(f, &h->zone[len].bucket[i], hash) {
		fn(&(struct fib_entry){ f->key, (u8)len, f->tos, f->type, f->scope, t->id,
					f->info },
		   arg);
		n++;
	}
	return n;
}

/*
 * A place is the zone, longest prefixes first, and below it the hash value at which a bucket
 * begins: that stays true when the zone grows, for a bucket's number is the top of the hash.
 */
static bool fib_hash_dump(const struct fib_table *t, u64 *at,
			  void (*fn)(const struct fib_entry *fe, void *arg), void *arg)
{
	const struct fib_hash *h = t->data;
	u32 shown = 0, buckets = 0;

	while (*at >> 32 < ZONES && shown < DUMP_ROUTES && buckets < DUMP_BUCKETS) {
		u32 len = 32 - (u32)(*at >> 32);
		const struct fib_zone *z = &h->zone[len];

		if (!z->count) {
			*at = ((*at >> 32) + 1) << 32;
			continue;
		}
		shown += bucket_dump(t, len, (u32)((*at & UINT32_MAX) * z->size >> 32), fn, arg);
		*at += (1ULL << 32) / z->size;
		buckets++;
	}
	return *at >> 32 < ZONES;
}

static const struct fib_table_ops fib_hash_ops = {
	.name = "hash",
	.lookup = fib_hash_lookup,
	.insert = fib_hash_insert,
	.delete = fib_hash_delete,
	.flush = fib_hash_flush,
	.dump = fib_hash_dump,
	.select_default = fib_hash_select_default,
};

void fib_hash_init(struct fib_table *t, u8 id)
{
	if (!node_cache)
		node_cache = kmem_cache_create("fib_node", sizeof(struct fib_node), 0);
	*t = (struct fib_table){ id, &fib_hash_ops, kzalloc(sizeof(struct fib_hash)) };
	if (!t->data)
		panic("no memory for routing table %u", id);
}
