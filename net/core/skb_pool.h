/*
 * The closed pool's inside, for net/core/skb_*.c only. Buffers and headers are each a stack: what
 * was freed last, and is still in the cache, goes out first.
 */
#pragma once

#include "net/core/skbuff.h"

/*
 * Who holds a buffer. Kept beside the pool, so that a buffer that a card writes to holds nothing of
 * ours.
 */
struct skb_buf_ref {
	u32 refs;  /* ring slots, fragments, and 1 for all headers together */
	u32 heads; /* headers whose head it is; the last one lets go of the fragments */
};

/*
 * All guarded by irq_save. Nothing is written at boot for what was never used: a stack of buffer
 * numbers whose entries below @low stand for themselves, counted from the end; headers beyond
 * those that the list has seen.
 */
struct skb_pool {
	struct skb_buf_ref *ref; /* by buffer number */
	u32 *free;		 /* stack of buffer numbers */
	u32 nfree, total, low;
	struct sk_buff *headers;
	struct sk_buff *free_head; /* stack through ->next */
	u32 nfree_heads, total_heads, low_heads;
	u64 empty;
};

extern struct skb_pool skb_pool;

static inline u32 skb_buf_index(const u8 *data)
{
	return (u32)((size_t)(data - skb_pool_base) / SKB_BUF_SIZE);
}

static inline struct skb_buf_ref *skb_buf_ref(const u8 *data)
{
	u32 i = skb_buf_index(data);

	BUG_ON(i >= skb_pool.total);
	return &skb_pool.ref[i];
}

static inline struct skb_shared_info *skb_buf_shinfo(u8 *buf)
{
	return (struct skb_shared_info *)(buf + SKB_MAX_LINEAR);
}

/*
 * What poisons does so on the host only: a free buffer, a free header, and the bytes between a
 * packet's end and its shared part.
 */
static inline void skb_poison_rest(u8 *buf, const u8 *end)
{
	arch_poison(end, (size_t)(buf + SKB_MAX_LINEAR - end));
}

/* Irqs off. NULL: empty, counted by the caller with skb_pool_empty(). */
static inline u8 *skb_pool_get(void)
{
	struct skb_pool *p = &skb_pool;
	u32 i;

	if (unlikely(!p->nfree))
		return NULL;
	if (unlikely(--p->nfree < p->low)) {
		p->low = p->nfree;
		i = p->total - 1 - p->low;
	} else {
		i = p->free[p->nfree];
	}
	p->ref[i].refs = 1;
	arch_unpoison(skb_pool_base + (size_t)i * SKB_BUF_SIZE, SKB_BUF_SIZE);
	return skb_pool_base + (size_t)i * SKB_BUF_SIZE;
}

/* Irqs off. Drops one reference to the buffer around @data. */
static inline void skb_pool_put(const u8 *data)
{
	struct skb_pool *p = &skb_pool;
	u32 i = skb_buf_index(data);

	if (unlikely(i >= p->total || p->ref[i].refs == 0))
		panic("skb: buffer %p freed twice, or not the pool's", (const void *)data);
	if (--p->ref[i].refs)
		return;
	p->free[p->nfree++] = i;
	arch_poison(skb_pool_base + (size_t)i * SKB_BUF_SIZE, SKB_BUF_SIZE);
}

/* Of a free header, next and head stay readable: the stack's link, and the sign that it is free. */
#define SKB_HEADER_POISON offsetof(struct sk_buff, tail)

/* Irqs off. NULL: none left. */
static inline struct sk_buff *skb_header_get(void)
{
	struct skb_pool *p = &skb_pool;
	struct sk_buff *skb = p->free_head;

	if (likely(skb))
		p->free_head = skb->next;
	else if (p->nfree_heads)
		skb = &p->headers[p->total_heads - p->nfree_heads];
	else
		return NULL;
	if (--p->nfree_heads < p->low_heads)
		p->low_heads = p->nfree_heads;
	arch_unpoison(skb, sizeof(*skb));
	return skb;
}

/* Irqs off. */
static inline void skb_header_put(struct sk_buff *skb)
{
	struct skb_pool *p = &skb_pool;

	skb->head = NULL;
	skb->next = p->free_head;
	p->free_head = skb;
	p->nfree_heads++;
	arch_poison((u8 *)skb + SKB_HEADER_POISON, sizeof(*skb) - SKB_HEADER_POISON);
}

/* Irqs off. A header lets go of its @head; with the last one go the buffer's fragments. */
void skb_release_head(u8 *head);
/* Counts a vain request. Any context. */
void skb_pool_empty(void);
