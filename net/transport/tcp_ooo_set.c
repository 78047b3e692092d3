/*
 * The ordered set under the out-of-order queue: a treap - a search tree by sequence, and a heap by
 * a random number - whose links lie in the packets' cb. A peer that chooses the order in which its
 * segments come cannot make it deep, for it does not know the numbers.
 */
#include "net/transport/tcp_input_private.h"

static struct kmem_cache *tcp_ooo_cache;

void tcp_input_init(void)
{
	struct skb_pool_stat pool;

	skb_pool_stat(&pool);
	tcp_ooo_cache = kmem_cache_create("tcp_ooo", sizeof(struct tcp_ooo), 0);
	kmem_cache_reserve(tcp_ooo_cache, min(pool.bufs_total / 8, 8192u) + 64);
}

struct tcp_ooo *tcp_ooo_get(struct tcp_sock *tp)
{
	struct tcp_ooo *ooo = tp->ooo;

	if (ooo)
		return ooo;
	ooo = kmem_cache_alloc(tcp_ooo_cache);
	if (!ooo)
		return NULL;
	skb_queue_head_init(&ooo->queue);
	ooo->root = ooo->last = NULL;
	ooo->num_sacks = ooo->dup_acks = 0;
	ooo->dup_acks_nxt = tp->rcv_nxt;
	return tp->ooo = ooo;
}

void tcp_ooo_put_if_empty(struct tcp_sock *tp)
{
	if (!tp->ooo || tp->ooo->queue.qlen)
		return;
	kmem_cache_free(tcp_ooo_cache, tp->ooo);
	tp->ooo = NULL;
}

static u32 seq_of(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->seq;
}

static u32 prio_of(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->rx.prio;
}

/* The link of @at under which @seq belongs. */
static struct sk_buff **link_for(struct sk_buff *at, u32 seq)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(at);

	return before(seq, cb->seq) ? &cb->rx.left : &cb->rx.right;
}

struct sk_buff *tcp_ooo_find(const struct tcp_ooo *ooo, u32 seq)
{
	struct sk_buff *at = ooo->last, *best = NULL, *next;

	if (at && !before(seq, seq_of(at))) {
		next = tcp_queue_next(&ooo->queue, at);
		if (!next || before(seq, seq_of(next)))
			return at;
	}
	for (at = ooo->root; at; at = *link_for(at, seq))
		if (!before(seq, seq_of(at)))
			best = at;
	return best;
}

/* The tree @at into what is before @skb and what is after, as its children. */
static void treap_split(struct sk_buff *at, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sk_buff **lower = &cb->rx.left, **higher = &cb->rx.right;

	while (at) {
		if (before(seq_of(at), cb->seq)) {
			*lower = at;
			lower = &TCP_SKB_CB(at)->rx.right;
			at = *lower;
		} else {
			*higher = at;
			higher = &TCP_SKB_CB(at)->rx.left;
			at = *higher;
		}
	}
	*lower = *higher = NULL;
}

void tcp_ooo_insert(struct tcp_ooo *ooo, struct sk_buff *prev, struct sk_buff *skb)
{
	struct sk_buff *after = prev ? prev : (struct sk_buff *)&ooo->queue;
	struct sk_buff **link = &ooo->root;

	skb->prev = after;
	skb->next = after->next;
	after->next->prev = skb;
	after->next = skb;
	ooo->queue.qlen++;
	ooo->last = skb;

	TCP_SKB_CB(skb)->rx.prio = random_u32();
	while (*link && prio_of(*link) > prio_of(skb))
		link = link_for(*link, seq_of(skb));
	treap_split(*link, skb);
	*link = skb;
}

/* At @link, in place of their parent, the trees @l and @r, all of @l before all of @r. */
static void treap_join(struct sk_buff **link, struct sk_buff *l, struct sk_buff *r)
{
	while (l && r) {
		if (prio_of(l) > prio_of(r)) {
			*link = l;
			link = &TCP_SKB_CB(l)->rx.right;
			l = *link;
		} else {
			*link = r;
			link = &TCP_SKB_CB(r)->rx.left;
			r = *link;
		}
	}
	*link = l ? l : r;
}

void tcp_ooo_remove(struct tcp_ooo *ooo, struct sk_buff *skb)
{
	struct sk_buff **link = &ooo->root;

	while (*link != skb)
		link = link_for(*link, seq_of(skb));
	treap_join(link, TCP_SKB_CB(skb)->rx.left, TCP_SKB_CB(skb)->rx.right);
	if (ooo->last == skb)
		ooo->last = tcp_queue_prev(&ooo->queue, skb);
	__skb_unlink(&ooo->queue, skb);
}
