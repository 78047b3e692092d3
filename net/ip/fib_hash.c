/*
 * A table of prefixes: a hash table for each prefix length that occurs ("zone", as in Linux 2.4),
 * asked from the longest to the shortest. A lookup costs one probe for each length present,
 * whatever the number of routes. Entries of one prefix stand in a bucket in the order of their
 * metrics; those of others may stand between them.
 */
#include "net/ip/fib.h"

#define ZONE_MIN_SIZE 16
#define ZONE_MAX_SIZE (1u << 16)

static inline struct hlist_head *fib_bucket(const struct fib_zone *z, be32 prefix, u32 len)
{
	u32 key = len ? ntohl(prefix) >> (32 - len) : 0;

	return &z->bucket[(key * 0x9e3779b1u >> 16) & (z->size - 1)];
}

static inline u32 longest(u64 present)
{
	return 63 - (u32)__builtin_clzll(present);
}

struct fib_entry *fib_table_lookup(const struct fib_table *t, be32 addr,
				   const struct net_device *oif)
{
	for (u64 left = t->present; left;) {
		u32 len = longest(left);
		be32 prefix = addr & inet_make_mask(len);
		struct fib_entry *fe;

		hlist_for_each_entry(fe, fib_bucket(&t->zone[len], prefix, len), node) {
			if (fe->dst == prefix && (!oif || fe->way.dev == oif))
				return fe;
		}
		left &= ~(1ULL << len);
	}
	return NULL;
}

/* Gives @z @size buckets; keeps the order inside each prefix, for what is found later goes behind.
 */
static int fib_zone_resize(struct fib_zone *z, u32 len, u32 size)
{
	struct fib_zone new = { kzalloc(size * sizeof(struct hlist_head)), size, z->count };

	if (!new.bucket)
		return -ENOMEM;
	for (u32 i = 0; i < z->size; i++) {
		struct fib_entry *fe;
		struct hlist_node *tmp;

		hlist_for_each_entry_safe(fe, tmp, &z->bucket[i], node) {
			struct hlist_node **link = &fib_bucket(&new, fe->dst, len)->first;

			while (*link)
				link = &(*link)->next;
			hlist_del(&fe->node);
			hlist_add_head(&fe->node, (struct hlist_head *)link);
		}
	}
	kfree(z->bucket);
	*z = new;
	return 0;
}

static int fib_zone_grow(struct fib_zone *z, u32 len)
{
	if (!z->bucket)
		return fib_zone_resize(z, len, ZONE_MIN_SIZE);
	if (z->count >= z->size && z->size < ZONE_MAX_SIZE)
		fib_zone_resize(z, len, z->size * 4); /* without memory: slower, not wrong */
	return 0;
}

static bool fib_entry_equal(const struct fib_entry *a, const struct fib_entry *b)
{
	return a->metric == b->metric && a->way.type == b->way.type &&
	       a->way.scope == b->way.scope && a->way.dev == b->way.dev &&
	       a->way.gateway == b->way.gateway && a->way.prefsrc == b->way.prefsrc;
}

int fib_table_insert(struct fib_table *t, struct fib_entry *new, bool append)
{
	struct fib_zone *z = &t->zone[new->len];
	struct hlist_node **link, **place = NULL;

	if (fib_zone_grow(z, new->len))
		return -ENOMEM;
	link = &fib_bucket(z, new->dst, new->len)->first;
	for (; *link; link = &(*link)->next) {
		struct fib_entry *fe = container_of(*link, struct fib_entry, node);

		if (fe->dst != new->dst)
			continue;
		if (fib_entry_equal(fe, new))
			return -EEXIST;
		if (!place && (fe->metric > new->metric || (fe->metric == new->metric && !append)))
			place = link;
	}
	hlist_add_head(&new->node, (struct hlist_head *)(place ? place : link));
	z->count++;
	t->present |= 1ULL << new->len;
	return 0;
}

static void fib_unlink(struct fib_table *t, struct fib_entry *fe)
{
	hlist_del(&fe->node);
	if (--t->zone[fe->len].count == 0)
		t->present &= ~(1ULL << fe->len);
}

static bool fib_entry_matches(const struct fib_entry *fe, const struct route_config *cfg)
{
	const struct rt_way *way = &fe->way;

	return fe->dst == cfg->dst && (!cfg->type || way->type == cfg->type) &&
	       (!cfg->dev || way->dev == cfg->dev) &&
	       (!cfg->gateway || way->gateway == cfg->gateway) &&
	       (!cfg->prefsrc || way->prefsrc == cfg->prefsrc) &&
	       (!cfg->metric || fe->metric == cfg->metric);
}

struct fib_entry *fib_table_remove(struct fib_table *t, const struct route_config *cfg)
{
	struct fib_zone *z = &t->zone[cfg->len];
	struct fib_entry *fe;

	if (!z->count)
		return NULL;
	hlist_for_each_entry(fe, fib_bucket(z, cfg->dst, cfg->len), node) {
		if (fib_entry_matches(fe, cfg)) {
			fib_unlink(t, fe);
			return fe;
		}
	}
	return NULL;
}

static u32 fib_zone_flush(struct fib_table *t, struct fib_zone *z,
			  bool (*match)(const struct fib_entry *fe, const void *arg),
			  const void *arg)
{
	u32 n = 0;

	for (u32 i = 0; i < z->size; i++) {
		struct fib_entry *fe;
		struct hlist_node *tmp;

		hlist_for_each_entry_safe(fe, tmp, &z->bucket[i], node) {
			if (!match(fe, arg))
				continue;
			fib_unlink(t, fe);
			fib_entry_free(fe);
			n++;
		}
	}
	return n;
}

u32 fib_table_flush(struct fib_table *t, bool (*match)(const struct fib_entry *fe, const void *arg),
		    const void *arg)
{
	u32 n = 0;

	for (u64 left = t->present; left;) {
		u32 len = longest(left);

		n += fib_zone_flush(t, &t->zone[len], match, arg);
		left &= ~(1ULL << len);
	}
	return n;
}

void fib_table_dump(const struct fib_table *t, void (*fn)(const struct fib_entry *fe, void *arg),
		    void *arg)
{
	for (u64 left = t->present; left;) {
		u32 len = longest(left);
		const struct fib_zone *z = &t->zone[len];

		for (u32 i = 0; i < z->size; i++) {
			struct fib_entry *fe;

			hlist_for_each_entry(fe, &z->bucket[i], node)
				fn(fe, arg);
		}
		left &= ~(1ULL << len);
	}
}
