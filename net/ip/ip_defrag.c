/*
 * Where a piece of a datagram belongs. Pieces must abut: one that is there already, byte for byte
 * the same range, is ignored; any other overlap ends the whole datagram (RFC 5722, and all the
 * tricks that lived from the ambiguity). What no datagram can have - bytes beyond 65,535, a hole
 * that no multiple of 8 fills, a second end - ends at once.
 */
#include "net/core/snmp.h"
#include "net/ip/ip_frag.h"

/* The range of a piece in its datagram's payload. */
struct frag_range {
	u32 offset, end;
	bool more; /* others follow */
};

static enum drop_reason frag_range_read(const struct ip_view *v, struct frag_range *r)
{
	u32 len = v->tot_len - v->hlen;

	r->offset = (v->frag_off & IP_OFFSET) * 8u;
	r->end = r->offset + len;
	r->more = v->frag_off & IP_MF;
	if (!len || (r->more && len % 8))
		return DROP_IP_FRAG_LENGTH;
	if (r->end > 65535u - v->hlen)
		return DROP_IP_FRAG_TOO_LONG;
	/* RFC 1858 §4: nobody cuts TCP's flags off, but who wants to hide them. */
	if (v->protocol == IPPROTO_TCP && r->offset == 8)
		return DROP_IP_FRAG_TINY;
	return NR_DROP_REASONS;
}

static u32 frag_end(struct sk_buff *skb)
{
	return FRAG_CB(skb)->offset + skb->len;
}

/* Nothing may lie beyond the end, and there is one end. */
static bool frag_end_ok(const struct frag_queue *q, const struct frag_range *r)
{
	if (!r->more)
		return r->end >= q->len && (!q->last_in || r->end == q->len);
	return !q->last_in || r->end < q->len;
}

/* The last piece that begins at or before @offset; NULL: none. Mostly pieces come in order. */
static struct sk_buff *frag_before(const struct frag_queue *q, u32 offset)
{
	struct sk_buff *skb = q->last;

	if (q->first && FRAG_CB(q->first)->offset > offset)
		return NULL;
	while (skb && FRAG_CB(skb)->offset > offset)
		skb = skb->prev;
	return skb;
}

static void frag_link(struct frag_queue *q, struct sk_buff *skb, struct sk_buff *prev)
{
	struct sk_buff *next = prev ? prev->next : q->first;

	skb->prev = prev;
	skb->next = next;
	*(prev ? &prev->next : &q->first) = skb;
	*(next ? &next->prev : &q->last) = skb;
}

/* Puts @skb where it belongs. Not NR_DROP_REASONS: it does not belong there, and is the caller's.
 */
static enum drop_reason frag_insert(struct frag_queue *q, struct sk_buff *skb,
				    const struct frag_range *r)
{
	struct sk_buff *prev = frag_before(q, r->offset);
	struct sk_buff *next = prev ? prev->next : q->first;

	if (prev && FRAG_CB(prev)->offset == r->offset && frag_end(prev) == r->end &&
	    r->more == !(q->last_in && r->end == q->len))
		return DROP_IP_FRAG_DUPLICATE;
	if ((prev && frag_end(prev) > r->offset) || (next && FRAG_CB(next)->offset < r->end))
		return DROP_IP_FRAG_OVERLAP;
	if (!frag_end_ok(q, r))
		return DROP_IP_FRAG_CONFLICT;
	FRAG_CB(skb)->offset = r->offset;
	frag_link(q, skb, prev);
	q->meat += skb->len;
	q->len = max(q->len, r->end);
	q->last_in |= !r->more;
	q->ecn |= (u8)(1u << (IPCB(skb)->view.tos & 3));
	frag_mem_add((s32)skb->truesize);
	return NR_DROP_REASONS;
}

/* @skb does not fit. A duplicate harms nobody; anything else makes all of @q doubtful. */
static void frag_refuse(struct frag_queue *q, struct sk_buff *skb, enum drop_reason why)
{
	kfree_skb(skb, why);
	if (why == DROP_IP_FRAG_DUPLICATE)
		return;
	if (why == DROP_IP_FRAG_OVERLAP)
		IPEXT_INC(ReasmOverlaps);
	frag_queue_kill(q, why);
}

/* The datagram that @skb completes, NULL if others are missing. */
static struct sk_buff *frag_complete(struct frag_queue *q, struct sk_buff *skb,
				     struct dst_entry *dst)
{
	struct net_device *dev = skb->dev;
	u64 tstamp = skb->tstamp;
	int iif = IPCB(skb)->iif;

	if (!q->last_in || q->meat != q->len) {
		dst_release(dst);
		return NULL;
	}
	skb = frag_join(q);
	if (!skb) {
		dst_release(dst);
		return NULL;
	}
	skb->dst = dst;
	skb->dev = dev;
	skb->tstamp = tstamp;
	IPCB(skb)->iif = iif;
	return skb;
}

struct sk_buff *ip_defrag_for(struct sk_buff *skb, enum ip_defrag_user user)
{
	const struct ip_view *v = &IPCB(skb)->view;
	const struct frag_key key = { v->saddr, v->daddr, v->id, v->protocol, user };
	struct dst_entry *dst = skb->dst;
	struct frag_range r;
	enum drop_reason bad = frag_range_read(v, &r);
	struct frag_queue *q;

	IP_INC(ReasmReqds);
	if (bad != NR_DROP_REASONS) {
		IP_INC(ReasmFails);
		kfree_skb(skb, bad);
		return NULL;
	}
	frag_queue_evict();
	q = frag_queue_get(&key);
	if (unlikely(frag_queue_too_far(q)))
		frag_queue_restart(q, DROP_IP_FRAG_TOO_FAR);
	skb_orphan(skb);
	skb_pull(skb, v->hlen);
	bad = frag_insert(q, skb, &r);
	if (bad != NR_DROP_REASONS) {
		frag_refuse(q, skb, bad);
		return NULL;
	}
	skb->dst = NULL; /* while it waits routes may change */
	return frag_complete(q, skb, dst);
}

struct sk_buff *ip_defrag(struct sk_buff *skb)
{
	return ip_defrag_for(skb, IP_DEFRAG_LOCAL_DELIVER);
}
