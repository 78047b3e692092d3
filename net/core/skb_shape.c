/*
 * A packet's shape: which of its bytes are linear, how much room is in front, and whether somebody
 * else looks at them. Every change of shape that the buffer does not allow in place is one
 * operation, skb_rehead: a new buffer for the linear part, the fragments shared.
 */
#include "net/core/skb_pool.h"

/* Lets @to have @from's fragments, less their first @skip bytes. */
static void skb_share_frags(struct skb_shared_info *to, const struct skb_shared_info *from,
			    u32 skip)
{
	for (u32 i = 0; i < from->nr_frags; i++) {
		struct skb_frag f = from->frags[i];
		u32 cut = min(skip, f.len);

		skip -= cut;
		if (cut == f.len)
			continue;
		skb_buf_get(skb_frag_data(&f));
		to->frags[to->nr_frags++] = (struct skb_frag){ f.at + cut, f.len - cut };
	}
}

/* Moves all that is counted from head by as much as data has moved. */
static void skb_shift_headers(struct sk_buff *skb, u32 from, u32 to)
{
	u16 by = (u16)(to - from);

	skb->mac_header = (u16)(skb->mac_header + by);
	skb->network_header = (u16)(skb->network_header + by);
	skb->transport_header = (u16)(skb->transport_header + by);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb->csum_start = (u16)(skb->csum_start + by);
}

/*
 * Gives @skb a buffer of its own with @linear linear bytes (>= what is linear now), at least
 * @headroom in front (the bytes there are kept, for they may be link headers) and @tailroom behind.
 * False: it does not fit, or no memory.
 */
static bool skb_rehead(struct sk_buff *skb, u32 headroom, u32 linear, u32 tailroom)
{
	u32 old_room = skb_headroom(skb), keep = old_room, moved = linear - skb_headlen(skb);
	struct skb_shared_info *si;
	unsigned long flags;
	u8 *buf;

	if (linear > SKB_MAX_LINEAR || headroom + tailroom > SKB_MAX_LINEAR - linear)
		return false;
	headroom = max(headroom, min(old_room, SKB_MAX_LINEAR - linear - tailroom));
	keep = min(old_room, headroom);
	buf = skb_buf_alloc();
	if (!buf)
		return false;
	skb_copy_bits(skb, 0, buf + headroom, linear);
	memcpy(buf + headroom - keep, skb->data - keep, keep);
	si = skb_buf_shinfo(buf);
	si->nr_frags = 0;
	si->gso_size = skb_shinfo(skb)->gso_size;
	si->gso_segs = skb_shinfo(skb)->gso_segs;
	si->gso_type = skb_shinfo(skb)->gso_type;
	skb_share_frags(si, skb_shinfo(skb), moved);

	flags = irq_save();
	skb_pool.ref[skb_buf_index(buf)].heads = 1;
	skb_release_head(skb->head);
	irq_restore(flags);
	skb->head = buf;
	skb->data = buf + headroom;
	skb->tail = skb->data + linear;
	skb->end = skb->tail + tailroom;
	skb->data_len -= moved;
	skb->cloned = 0;
	skb_poison_rest(buf, skb->end);
	skb_shift_headers(skb, old_room, headroom);
	return true;
}

struct sk_buff *skb_cow(struct sk_buff *skb, u32 headroom)
{
	if (likely(skb_headroom(skb) >= headroom && !skb_shared(skb)))
		return skb;
	if (skb_rehead(skb, headroom, skb_headlen(skb), 0))
		return skb;
	kfree_skb(skb, DROP_NO_BUFFER);
	return NULL;
}

bool skb_claim_tailroom(struct sk_buff *skb, u32 len)
{
	const struct skb_buf_ref *ref = skb_buf_ref(skb->head);
	u8 *end = (u8 *)ALIGN_DOWN((uintptr_t)skb->head, SKB_BUF_SIZE) + SKB_MAX_LINEAR;

	if (skb->data_len || ref->heads != 1 || ref->refs != 1 || (size_t)(end - skb->tail) < len)
		return false;
	if ((size_t)(skb->end - skb->tail) < len) {
		arch_unpoison(skb->end, (size_t)(end - skb->end));
		skb->end = end;
	}
	return true;
}

bool skb_linearize(struct sk_buff *skb)
{
	return !skb->data_len || skb_rehead(skb, 0, skb->len, 0);
}

struct sk_buff *skb_padto(struct sk_buff *skb, u32 len)
{
	u32 pad;

	if (likely(skb->len >= len))
		return skb;
	pad = len - skb->len;
	if (skb->data_len || skb_tailroom(skb) < pad || skb_shared(skb)) {
		if (!skb_rehead(skb, 0, skb->len, pad)) {
			kfree_skb(skb, DROP_NO_BUFFER);
			return NULL;
		}
	}
	memset(skb_put(skb, pad), 0, pad);
	return skb;
}

struct sk_buff *skb_copy(const struct sk_buff *skb, u32 headroom)
{
	u32 keep = min(headroom, skb_headroom(skb));
	struct sk_buff *n;

	if (skb->len > SKB_MAX_LINEAR || headroom > SKB_MAX_LINEAR - skb->len)
		return NULL;
	n = alloc_skb(headroom + skb->len);
	if (!n)
		return NULL;
	skb_reserve(n, headroom);
	skb_copy_bits(skb, 0, skb_put(n, skb->len), skb->len);
	memcpy(n->data - keep, skb->data - keep, keep);
	n->dev = skb->dev;
	n->tstamp = skb->tstamp;
	n->mac_header = skb->mac_header;
	n->network_header = skb->network_header;
	n->transport_header = skb->transport_header;
	n->protocol = skb->protocol;
	n->pkt_type = skb->pkt_type;
	n->ip_summed = skb->ip_summed;
	n->priority = skb->priority;
	n->csum_start = skb->csum_start;
	n->csum_offset = skb->csum_offset;
	n->csum = skb->csum;
	n->mark = skb->mark;
	memcpy(n->cb, skb->cb, sizeof(n->cb));
	skb_shift_headers(n, skb_headroom(skb), headroom);
	return n;
}

/* Takes @len bytes off the front of the fragments, which nobody shares. */
static void skb_eat_frags(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);
	u32 kept = 0;

	skb->data_len -= len;
	for (u32 i = 0; i < si->nr_frags; i++) {
		struct skb_frag f = si->frags[i];
		u32 cut = min(len, f.len);

		len -= cut;
		if (cut == f.len)
			skb_buf_put(skb_frag_data(&f));
		else
			si->frags[kept++] = (struct skb_frag){ f.at + cut, f.len - cut };
	}
	si->nr_frags = (u16)kept;
}

bool pskb_pull_tail(struct sk_buff *skb, u32 len)
{
	u32 more = len - skb_headlen(skb);

	if (skb_shared(skb) || more > (size_t)(skb->end - skb->tail))
		return skb_rehead(skb, 0, len, 0);
	skb_copy_bits(skb, skb_headlen(skb), skb->tail, more);
	skb->tail += more;
	skb_eat_frags(skb, more);
	return true;
}

/* Cuts the fragments, which nobody shares, to @left bytes. */
static void skb_trim_frags(struct sk_buff *skb, u32 left)
{
	struct skb_shared_info *si = skb_shinfo(skb);
	u32 kept = 0;

	for (u32 i = 0; i < si->nr_frags; i++) {
		struct skb_frag *f = &si->frags[i];

		f->len = min(f->len, left);
		left -= f->len;
		if (f->len)
			kept = i + 1;
		else
			skb_buf_put(skb_frag_data(f));
	}
	si->nr_frags = (u16)kept;
}

void skb_cut(struct sk_buff *skb, u32 len)
{
	u32 headlen = skb_headlen(skb);

	/*
	 * A clone's fragment list is not ours to cut. Without memory for our own, the lengths alone
	 * say it: every reader here goes by them, and the list's rest is let go of with the buffer.
	 */
	if (skb->data_len && (!skb_shared(skb) || skb_rehead(skb, 0, headlen, 0)))
		skb_trim_frags(skb, len > headlen ? len - headlen : 0);
	if (len <= headlen) {
		skb->tail = skb->data + len;
		skb->data_len = 0;
	} else {
		skb->data_len = len - headlen;
	}
	skb->len = len;
}
