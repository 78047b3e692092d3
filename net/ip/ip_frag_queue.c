/*
 * The queues of reassembly, and what bounds them: memory between two thresholds and a share of the
 * packet pool, a number of datagrams set aside at boot, a lifetime, and for each source a distance.
 * Who would take more pushes out those that nothing has come for longest.
 */
#include "net/core/siphash.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip_frag.h"

#define FRAG_BUCKETS 1024
#define FRAG_QUEUES 2048 /* at most; as many as there are buffers, where these are few */
#define FRAG_POOL_SHARE 4
#define FRAG_SOURCES 256

static struct hlist_head frag_hash[FRAG_BUCKETS];
static struct list_head frag_lru = LIST_HEAD_INIT(frag_lru);
static struct list_head frag_free = LIST_HEAD_INIT(frag_free);
static struct siphash_key frag_secret;
static u32 frag_mem, frag_mem_max, frag_inuse;

/* How many pieces each source has sent; a few sources share a count. */
static u32 frag_rid[FRAG_SOURCES];

static int sysctl_high_thresh = 4 << 20, sysctl_low_thresh = 3 << 20, sysctl_time = 30,
	   sysctl_max_dist = 64;
static const struct ctl_entry frag_sysctls[] = {
	{ "net.ipv4.ipfrag_high_thresh", &sysctl_high_thresh, 0, INT32_MAX, NULL },
	{ "net.ipv4.ipfrag_low_thresh", &sysctl_low_thresh, 0, INT32_MAX, NULL },
	{ "net.ipv4.ipfrag_time", &sysctl_time, 1, 3600, NULL },
	{ "net.ipv4.ipfrag_max_dist", &sysctl_max_dist, 0, INT32_MAX, NULL },
};

/* ---- the table ---- */

static u32 frag_hash_key(const struct frag_key *k)
{
	const u64 words[] = { (u64)k->saddr << 32 | k->daddr,
			      (u64)k->id << 16 | (u64)k->protocol << 8 | k->user };

	return (u32)siphash_words(words, ARRAY_SIZE(words), &frag_secret);
}

static bool frag_key_same(const struct frag_key *a, const struct frag_key *b)
{
	return a->saddr == b->saddr && a->daddr == b->daddr && a->id == b->id &&
	       a->protocol == b->protocol && a->user == b->user;
}

void frag_mem_add(s32 bytes)
{
	frag_mem += (u32)bytes;
}

/* The pieces leave @q, and its accounts. */
static struct sk_buff *frag_queue_empty(struct frag_queue *q)
{
	struct sk_buff *list = q->first;

	for (struct sk_buff *skb = list; skb; skb = skb->next)
		frag_mem_add(-(s32)skb->truesize);
	q->first = q->last = NULL;
	q->meat = q->len = 0;
	q->last_in = false;
	q->ecn = 0;
	return list;
}

static void frag_drop_list(struct sk_buff *skb, enum drop_reason why)
{
	while (skb) {
		struct sk_buff *next = skb->next;

		skb->next = skb->prev = NULL;
		kfree_skb(skb, why);
		skb = next;
	}
}

struct sk_buff *frag_queue_take(struct frag_queue *q)
{
	struct sk_buff *list = frag_queue_empty(q);

	timer_del(&q->timer);
	hlist_del(&q->hash);
	list_del(&q->lru);
	list_add(&q->lru, &frag_free);
	frag_mem_add(-(s32)sizeof(*q));
	frag_inuse--;
	return list;
}

void frag_queue_kill(struct frag_queue *q, enum drop_reason why)
{
	IP_INC(ReasmFails);
	frag_drop_list(frag_queue_take(q), why);
}

/* RFC 1122 §3.3.2: the sender is told if it can see which datagram that was. */
static void frag_expire(struct timer *t)
{
	struct frag_queue *q = container_of(t, struct frag_queue, timer);
	struct sk_buff *first = q->first;

	IP_INC(ReasmTimeout);
	if (first && !FRAG_CB(first)->offset && q->key.user == IP_DEFRAG_LOCAL_DELIVER &&
	    inet_addr_type(q->key.daddr) == RTN_LOCAL)
		icmp_send(first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
	frag_queue_kill(q, DROP_IP_FRAG_TIMEOUT);
}

static void frag_queue_arm(struct frag_queue *q)
{
	timer_mod(&q->timer, ktime_ns() + (u64)sysctl_time * NSEC_PER_SEC);
}

void frag_queue_restart(struct frag_queue *q, enum drop_reason why)
{
	IP_INC(ReasmFails);
	frag_drop_list(frag_queue_empty(q), why);
	frag_queue_arm(q);
}

static struct frag_queue *frag_queue_new(const struct frag_key *key, struct hlist_head *bucket)
{
	struct frag_queue *q;

	if (list_empty(&frag_free))
		frag_queue_kill(list_first_entry(&frag_lru, struct frag_queue, lru),
				DROP_IP_FRAG_LIMIT);
	q = list_first_entry(&frag_free, struct frag_queue, lru);
	list_del(&q->lru);
	q->key = *key;
	q->rid = 0;
	hlist_add_head(&q->hash, bucket);
	list_add_tail(&q->lru, &frag_lru);
	frag_mem_add((s32)sizeof(*q));
	frag_inuse++;
	frag_queue_arm(q);
	return q;
}

struct frag_queue *frag_queue_get(const struct frag_key *key)
{
	struct hlist_head *bucket = &frag_hash[frag_hash_key(key) % FRAG_BUCKETS];
	struct frag_queue *q;

	hlist_for_each_entry(q, bucket, hash) {
		if (!frag_key_same(&q->key, key))
			continue;
		list_del(&q->lru);
		list_add_tail(&q->lru, &frag_lru);
		return q;
	}
	return frag_queue_new(key, bucket);
}

/* ---- bounds ---- */

void frag_queue_evict(void)
{
	u32 high = min((u32)sysctl_high_thresh, frag_mem_max), low;

	if (likely(frag_mem <= high))
		return;
	low = min((u32)sysctl_low_thresh, high / 4 * 3);
	while (frag_mem > low && !list_empty(&frag_lru))
		frag_queue_kill(list_first_entry(&frag_lru, struct frag_queue, lru),
				DROP_IP_FRAG_LIMIT);
}

bool frag_queue_too_far(struct frag_queue *q)
{
	const u64 word = q->key.saddr;
	u32 was = q->rid;

	if (!sysctl_max_dist)
		return false;
	q->rid = ++frag_rid[siphash_words(&word, 1, &frag_secret) % FRAG_SOURCES];
	return q->first && q->rid - was > (u32)sysctl_max_dist;
}

/* Pieces that came in on a device that goes down do not wait for the others. */
void ip_frag_event(struct net_device *dev, enum netdev_event event)
{
	struct frag_queue *q, *next;

	if (event != NETDEV_DOWN)
		return;
	local_bh_disable();
	list_for_each_entry_safe(q, next, &frag_lru, lru) {
		const struct sk_buff *skb = q->first;

		while (skb && skb->dev != dev)
			skb = skb->next;
		if (skb)
			frag_queue_kill(q, DROP_DEV_DOWN);
	}
	local_bh_enable();
}

void ip_frag_sockstat_show(struct seq_file *s)
{
	seq_printf(s, "FRAG: inuse %u memory %u\n", frag_inuse, frag_mem);
}

void ip_frag_init(void)
{
	struct skb_pool_stat pool;
	struct frag_queue *q;
	u32 n;

	skb_pool_stat(&pool);
	frag_mem_max = pool.bufs_total / FRAG_POOL_SHARE * SKB_TRUESIZE;
	n = min(pool.bufs_total / FRAG_POOL_SHARE, (u32)FRAG_QUEUES);
	q = alloc_boot(n * sizeof(*q));
	if (!q)
		panic("no memory for fragments");
	for (; n; n--, q++) {
		*q = (struct frag_queue){ .rid = 0 };
		timer_init(&q->timer, frag_expire);
		list_add_tail(&q->lru, &frag_free);
	}
	siphash_new_key(&frag_secret);
	sysctl_register(frag_sysctls, ARRAY_SIZE(frag_sysctls));
}
