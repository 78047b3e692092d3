/*
 * The life of a packet: made from the pool, cloned, copied, its borders moved, and its end - by
 * delivery or by a drop with a reason. A header and a buffer are a few dozen instructions each way;
 * nothing here can sleep.
 */
#include "net/core/skb_pool.h"

/* What top halves have freed but must not end: see skb_free_deferred. Guarded by irq_save. */
static struct sk_buff *deferred;

/* All fields of a fresh packet in @buf, empty at @data. */
static void skb_setup(struct sk_buff *skb, u8 *buf, u8 *data, u8 *end)
{
	skb->next = skb->prev = NULL;
	skb->head = buf;
	skb->data = skb->tail = data;
	skb->end = end;
	skb->len = skb->data_len = 0;
	skb->dev = NULL;
	skb->dst = NULL;
	skb->sk = NULL;
	skb->destructor = NULL;
	skb->tstamp = 0;
	skb->mac_header = skb->network_header = skb->transport_header = 0;
	skb->protocol = 0;
	skb->pkt_type = PACKET_HOST;
	skb->ip_summed = CHECKSUM_NONE;
	skb->cloned = 0;
	skb->priority = 0;
	skb->csum_start = skb->csum_offset = 0;
	skb->csum = 0;
	skb->truesize = SKB_TRUESIZE;
	skb->mark = 0;
	memset(skb->cb, 0, sizeof(skb->cb));
}

/* Makes the buffer around @buf a head: one header, no fragments. */
static void skb_setup_head(u8 *buf)
{
	struct skb_shared_info *si = skb_buf_shinfo(buf);

	skb_pool.ref[skb_buf_index(buf)].heads = 1;
	si->nr_frags = si->gso_size = si->gso_segs = si->gso_type = 0;
}

struct sk_buff *alloc_skb(u32 size)
{
	struct sk_buff *skb = NULL;
	unsigned long flags;
	u8 *buf = NULL;

	if (unlikely(size > SKB_MAX_LINEAR))
		goto none;
	flags = irq_save();
	skb = skb_header_get();
	if (likely(skb)) {
		buf = skb_pool_get();
		if (unlikely(!buf))
			skb_header_put(skb);
	}
	irq_restore(flags);
	if (unlikely(!buf))
		goto none;
	skb_setup_head(buf);
	skb_setup(skb, buf, buf, buf + size);
	skb_poison_rest(buf, skb->end);
	return skb;
none:
	skb_pool_empty();
	return NULL;
}

struct sk_buff *dev_alloc_skb(u32 size)
{
	struct sk_buff *skb;

	if (unlikely(size > SKB_MAX_LINEAR))
		size = SKB_MAX_LINEAR; /* too large with the headroom too: alloc_skb says no */
	skb = alloc_skb(size + NET_SKB_PAD + NET_IP_ALIGN);
	if (likely(skb))
		skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	return skb;
}

/* May what a card has written lie there? */
static bool skb_fits(u32 offset, u32 len)
{
	return len <= SKB_MAX_LINEAR && offset <= SKB_MAX_LINEAR - len;
}

static __always_inline struct sk_buff *skb_around(struct sk_buff *skb, u8 *buf, u32 offset, u32 len)
{
	skb_setup_head(buf);
	skb_setup(skb, buf, buf + offset, buf + offset + len);
	skb->tail += len;
	skb->len = len;
	skb_poison_rest(buf, skb->end);
	return skb;
}

struct sk_buff *build_skb(u8 *buf, u32 offset, u32 len)
{
	struct sk_buff *skb;
	unsigned long flags;

	if (unlikely(!skb_fits(offset, len)))
		return NULL;
	flags = irq_save();
	skb = skb_header_get();
	irq_restore(flags);
	if (unlikely(!skb)) {
		skb_pool_empty();
		return NULL;
	}
	return skb_around(skb, buf, offset, len);
}

struct sk_buff *skb_from_ring(u8 **slot, u32 offset, u32 len)
{
	struct sk_buff *skb;
	u8 *fresh = NULL;

	if (unlikely(!skb_fits(offset, len)))
		return NULL;
	skb = skb_header_get();
	if (likely(skb)) {
		fresh = skb_pool_get();
		if (unlikely(!fresh))
			skb_header_put(skb);
	}
	if (unlikely(!fresh)) {
		skb_pool_empty();
		return NULL;
	}
	skb = skb_around(skb, *slot, offset, len);
	*slot = fresh;
	return skb;
}

static __always_inline void release_head(u8 *head)
{
	struct skb_buf_ref *ref = skb_buf_ref(head);
	struct skb_shared_info *si;

	if (unlikely(!ref->heads))
		panic("skb: packet freed twice");
	if (--ref->heads)
		return;
	si = skb_buf_shinfo((u8 *)ALIGN_DOWN((uintptr_t)head, SKB_BUF_SIZE));
	for (u32 i = 0; i < si->nr_frags; i++)
		skb_pool_put(skb_frag_data(&si->frags[i]));
	skb_pool_put(head);
}

void skb_release_head(u8 *head)
{
	release_head(head);
}

/* The end of every packet. */
static __always_inline void skb_end(struct sk_buff *skb)
{
	unsigned long flags;

	if (unlikely(!skb->head))
		panic("skb: packet freed twice");
	if (unlikely(skb->dst || skb->destructor)) {
		if (in_irq()) {
			flags = irq_save();
			skb->next = deferred;
			deferred = skb;
			irq_restore(flags);
			raise_softirq(NET_TX_SOFTIRQ);
			return;
		}
		skb_dst_drop(skb);
		skb_orphan(skb);
	}
	flags = irq_save();
	release_head(skb->head);
	skb_header_put(skb);
	irq_restore(flags);
}

void kfree_skb(struct sk_buff *skb, enum drop_reason reason)
{
	if (unlikely(!skb->head))
		panic("skb: packet freed twice");
	drop_record(skb, reason);
	skb_end(skb);
}

void consume_skb(struct sk_buff *skb)
{
	skb_end(skb);
}

void consume_skb_chain(struct sk_buff *first)
{
	unsigned long flags = irq_save();
	struct sk_buff *next;

	for (struct sk_buff *skb = first; skb; skb = next) {
		next = skb->next;
		BUG_ON(skb->dst || skb->destructor);
		if (skb->head)
			release_head(skb->head);
		skb_header_put(skb);
	}
	irq_restore(flags);
}

void skb_free_deferred(void)
{
	unsigned long flags;
	struct sk_buff *skb, *next;

	if (likely(!READ_ONCE(deferred)))
		return;
	flags = irq_save();
	skb = deferred;
	deferred = NULL;
	irq_restore(flags);
	for (; skb; skb = next) {
		next = skb->next;
		skb_end(skb);
	}
}

bool skb_head_shared(const u8 *head)
{
	return skb_buf_ref(head)->heads > 1;
}

struct sk_buff *skb_clone(struct sk_buff *skb)
{
	unsigned long flags = irq_save();
	struct sk_buff *n = skb_header_get();

	if (unlikely(!n)) {
		irq_restore(flags);
		skb_pool_empty();
		return NULL;
	}
	skb_buf_ref(skb->head)->heads++;
	irq_restore(flags);
	skb->cloned = 1;
	*n = *skb;
	n->next = n->prev = NULL;
	n->dst = NULL;
	n->sk = NULL;
	n->destructor = NULL;
	return n;
}

/* ---- moving the borders ---- */

void skb_over(const struct sk_buff *skb, const char *what, u32 len)
{
	panic("%s(%u): packet of %u bytes, %u linear, room %u before and %u behind", what, len,
	      skb->len, skb_headlen(skb), skb_headroom(skb), skb_tailroom(skb));
}
