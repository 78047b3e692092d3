/*
 * Packets that share bytes: a part of one packet lent to another, a packet cut in two. Nothing is
 * copied; a buffer goes home when the last packet that looks at it ends. What TCP queues for
 * sending lies wholly in fragments, so that a cut is a matter of their list.
 */
#include "net/core/skb_pool.h"

/* Irqs off. */
static __always_inline void frag_get(const struct skb_frag *f)
{
	struct skb_buf_ref *ref = skb_buf_ref(skb_frag_data(f));

	BUG_ON(!ref->refs);
	ref->refs++;
}

/* Do @f's bytes go on where @last's end, in the same buffer? */
static bool frag_follows(const struct skb_frag *last, const struct skb_frag *f)
{
	return last->at + last->len == f->at && f->at % SKB_BUF_SIZE;
}

/* Appends @f, with a reference of its own; joins it to the last where that ends. False: no slot. */
static bool frag_append(struct skb_shared_info *si, const struct skb_frag *f)
{
	struct skb_frag *last = &si->frags[si->nr_frags] - 1;

	if (si->nr_frags && frag_follows(last, f)) {
		last->len += f->len;
		return true;
	}
	if (unlikely(si->nr_frags == MAX_SKB_FRAGS))
		return false;
	frag_get(f);
	si->frags[si->nr_frags++] = *f;
	return true;
}

/* Irqs off. How much of @len went to @si. */
static u32 frags_share(struct skb_shared_info *si, const struct sk_buff *from, u32 off, u32 len)
{
	const struct skb_frag *f = skb_shinfo(from)->frags;
	struct skb_frag run = skb_frag_at(from->data, skb_headlen(from));
	u32 done = 0;

	while (off >= run.len) {
		off -= run.len;
		run = *f++;
	}
	run.at += off;
	run.len -= off;
	for (;;) {
		run.len = min(run.len, len - done);
		if (!frag_append(si, &run))
			return done;
		done += run.len;
		if (done == len)
			return done;
		run = *f++;
	}
}

u32 skb_share_bytes(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(to);
	u32 had = si->nr_frags, done;
	unsigned long flags;

	if (!len)
		return 0;
	BUG_ON(off >= from->len || len > from->len - off);
	flags = irq_save();
	done = frags_share(si, from, off, len);
	irq_restore(flags);
	to->len += done;
	to->data_len += done;
	to->truesize += (si->nr_frags - had) * SKB_BUF_SIZE;
	return done;
}

bool skb_absorb_head(struct sk_buff *to, struct sk_buff *from, u32 off)
{
	if ((from->data_len | (uintptr_t)from->dst | (uintptr_t)from->destructor) ||
	    skb_shared(from) || skb_shinfo(to)->nr_frags == MAX_SKB_FRAGS)
		return false;
	/* Ours alone, so no interrupt looks at it: the reference that stood for the header is the
	 * fragment's. */
	skb_buf_ref(from->head)->heads = 0;
	skb_add_frag(to, from->data + off, from->len - off);
	from->head = NULL;
	return true;
}

bool skb_absorb(struct sk_buff *to, struct sk_buff *from, u32 off)
{
	if (!skb_absorb_head(to, from, off))
		return false;
	from->next = NULL;
	consume_skb_chain(from);
	return true;
}

bool skb_buf_is_head(const u8 *data)
{
	return skb_buf_ref(data)->heads != 0;
}

/* What @skb holds, with buffers that it shares in part; its own head buffer is paid for already. */
static void skb_retruesize(struct sk_buff *skb)
{
	const struct skb_shared_info *si = skb_shinfo(skb);
	u32 own = 0;

	if (si->nr_frags && si->frags[0].at / SKB_BUF_SIZE == skb_buf_index(skb->head))
		own = si->frags[0].len;
	skb->truesize = SKB_TRUESIZE + skb->data_len - own;
}

void skb_pull_frags(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);
	u32 gone = 0, left = len;

	BUG_ON(skb_headlen(skb) || len > skb->len);
	while (gone < si->nr_frags && left >= si->frags[gone].len) {
		left -= si->frags[gone].len;
		skb_buf_put(skb_frag_data(&si->frags[gone++]));
	}
	if (gone) {
		si->nr_frags = (u16)(si->nr_frags - gone);
		memmove(si->frags, si->frags + gone, si->nr_frags * sizeof(si->frags[0]));
	}
	if (left) {
		si->frags[0].at += left;
		si->frags[0].len -= left;
	}
	skb->len -= len;
	skb->data_len -= len;
	skb_retruesize(skb);
}

void skb_split(struct sk_buff *skb, struct sk_buff *rest, u32 len)
{
	struct skb_shared_info *from = skb_shinfo(skb), *to = skb_shinfo(rest);
	u32 keep = 0, left = len;
	unsigned long flags;

	BUG_ON(skb_headlen(skb) || rest->len || to->nr_frags || len > skb->len);
	while (keep < from->nr_frags && left >= from->frags[keep].len)
		left -= from->frags[keep++].len;
	to->nr_frags = (u16)(from->nr_frags - keep);
	memcpy(to->frags, from->frags + keep, to->nr_frags * sizeof(to->frags[0]));
	if (left) { /* the cut goes through this one: both hold it */
		flags = irq_save();
		frag_get(&to->frags[0]);
		irq_restore(flags);
		to->frags[0].at += left;
		to->frags[0].len -= left;
		from->frags[keep++].len = left;
	}
	from->nr_frags = (u16)keep;
	rest->len = rest->data_len = skb->len - len;
	skb->len = skb->data_len = len;
	skb_retruesize(skb);
	skb_retruesize(rest);
}

bool skb_move_front(struct sk_buff *to, struct sk_buff *from, u32 len)
{
	const struct skb_shared_info *a = skb_shinfo(to), *b = skb_shinfo(from);
	const struct skb_frag *last = &a->frags[a->nr_frags] - 1, *first = &b->frags[0];
	u32 slots = 1;

	for (u32 have = first->len; have < len; have += b->frags[slots++].len)
		;
	if (a->nr_frags && frag_follows(last, first))
		slots--; /* goes on where that ends */
	if (a->nr_frags + slots > MAX_SKB_FRAGS)
		return false;
	BUG_ON(skb_share_bytes(to, from, 0, len) != len);
	skb_retruesize(to);
	skb_pull_frags(from, len);
	return true;
}
