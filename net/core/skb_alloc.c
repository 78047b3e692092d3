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

struct sk_buff *build_skb(u8 *buf, u32 offset, u32 len)
{
	struct sk_buff *skb;
	unsigned long flags;

	if (unlikely(len > SKB_MAX_LINEAR || offset > SKB_MAX_LINEAR - len))
		return NULL;
	flags = irq_save();
	skb = skb_header_get();
	irq_restore(flags);
	if (unlikely(!skb)) {
		skb_pool_empty();
		return NULL;
	}
	skb_setup_head(buf);
	skb_setup(skb, buf, buf + offset, buf + offset + len);
	skb->tail += len;
	skb->len = len;
	skb_poison_rest(buf, skb->end);
	return skb;
}

void skb_release_head(u8 *head)
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

/* The end of every packet. */
static void skb_end(struct sk_buff *skb)
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
	skb_release_head(skb->head);
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

bool skb_shared(const struct sk_buff *skb)
{
	return skb->cloned && skb_buf_ref(skb->head)->heads > 1;
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

int skb_add_frag(struct sk_buff *skb, u8 *data, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);

	if (si->nr_frags == MAX_SKB_FRAGS)
		return -EMSGSIZE;
	BUG_ON(skb_shared(skb));
	si->frags[si->nr_frags++] = skb_frag_at(data, len);
	skb->len += len;
	skb->data_len += len;
	skb->truesize += SKB_BUF_SIZE;
	return 0;
}

/* ---- moving the borders ---- */

void skb_over(const struct sk_buff *skb, const char *what, u32 len)
{
	panic("%s(%u): packet of %u bytes, %u linear, room %u before and %u behind", what, len,
	      skb->len, skb_headlen(skb), skb_headroom(skb), skb_tailroom(skb));
}
