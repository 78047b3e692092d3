/*
 * One packet of a datagram's pieces: the first one's header and buffer, with the others' bytes as
 * fragments. Nothing is copied where that fits into a packet's list of fragments, as it does for
 * what came over an Ethernet; a datagram in more and smaller pieces is copied into full buffers.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/ip_frag.h"

#define ECN_CE 3

/*
 * RFC 3168 §5.3: one piece that says "congestion" says it for all, if all can; pieces that differ
 * in whether they can are no datagram of an honest sender. False: drop it.
 */
static bool frag_ecn(u8 seen, u8 *tos)
{
	if (seen & 1)
		return seen == 1;
	if (seen & 1u << ECN_CE)
		*tos |= ECN_CE;
	return true;
}

/* How many fragments @skb's bytes are. */
static u32 frag_slots(const struct sk_buff *skb)
{
	return (skb_headlen(skb) ? 1 : 0) + (skb->data_len ? skb_shinfo(skb)->nr_frags : 0);
}

static bool frag_fits(const struct sk_buff *head)
{
	u32 slots = head->data_len ? skb_shinfo(head)->nr_frags : 0;

	for (const struct sk_buff *skb = head->next; skb; skb = skb->next)
		slots += frag_slots(skb);
	return slots <= MAX_SKB_FRAGS;
}

/* @skb's bytes become @head's last. Consumes @skb. */
static bool frag_lend(struct sk_buff *head, struct sk_buff *skb)
{
	bool all;

	if (likely(skb_absorb(head, skb, 0)))
		return true;
	all = skb_share_bytes(head, skb, 0, skb->len) == skb->len;
	consume_skb(skb);
	return all;
}

/* The same by copying, into what its last fragment's buffer has left, and into new ones. */
static bool frag_copy(struct sk_buff *head, struct sk_buff *skb, u32 *room)
{
	struct skb_shared_info *si = skb_shinfo(head);
	u32 len = skb->len, done = 0;

	while (done < len) {
		struct skb_frag *f;
		u32 n;

		if (!*room) {
			u8 *buf = skb_buf_alloc();

			if (!buf)
				break;
			if (skb_add_frag(head, buf, 0)) {
				skb_buf_put(buf);
				break;
			}
			*room = SKB_BUF_SIZE;
		}
		f = &si->frags[si->nr_frags - 1];
		n = min(len - done, *room);
		skb_copy_bits(skb, done, skb_frag_data(f) + f->len, n);
		f->len += n;
		head->len += n;
		head->data_len += n;
		*room -= n;
		done += n;
	}
	consume_skb(skb);
	return done == len;
}

/* Of all pieces together, if the card has summed each; they begin at even places. */
static void frag_sum(struct sk_buff *head)
{
	u32 sum = 0;

	for (struct sk_buff *skb = head; skb; skb = skb->next) {
		if (skb->ip_summed != CHECKSUM_COMPLETE) {
			head->ip_summed = CHECKSUM_NONE;
			return;
		}
		sum = csum_block_add(sum, skb->csum, 0);
	}
	head->csum = sum;
}

/* Appends the list behind @head, all of which ends; false: not all of it could be. */
static bool frag_append_all(struct sk_buff *head)
{
	bool lend = frag_fits(head), fine = true;
	struct sk_buff *skb = head->next, *next;
	u32 room = 0;

	head->next = NULL;
	for (; skb; skb = next) {
		next = skb->next;
		skb->next = skb->prev = NULL;
		if (!fine)
			consume_skb(skb);
		else if (lend)
			fine = frag_lend(head, skb);
		else
			fine = frag_copy(head, skb, &room);
	}
	return fine;
}

/* The header of the first piece becomes that of the whole. */
static void frag_fix_header(struct sk_buff *skb, u8 ce)
{
	struct ip_view *v = &IPCB(skb)->view;
	struct iphdr *iph = (struct iphdr *)skb->data;

	skb_set_network_header(skb, 0);
	skb_set_transport_header(skb, v->hlen);
	v->tot_len = (u16)skb->len;
	v->frag_off = 0;
	v->tos |= ce;
	iph->tos = v->tos;
	iph->tot_len = htons(v->tot_len);
	iph->frag_off = 0;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, v->hlen / 4);
}

static struct sk_buff *frag_fail(struct sk_buff *head, enum drop_reason why)
{
	while (head) {
		struct sk_buff *next = head->next;

		head->next = head->prev = NULL;
		kfree_skb(head, why);
		head = next;
	}
	IP_INC(ReasmFails);
	return NULL;
}

struct sk_buff *frag_join(struct frag_queue *q)
{
	u32 len = q->len;
	u8 ecn = q->ecn, ce = 0;
	struct sk_buff *head = frag_queue_take(q), *rest = head->next;

	if (!frag_ecn(ecn, &ce))
		return frag_fail(head, DROP_IP_FRAG_ECN);
	if (len > 65535u - IPCB(head)->view.hlen)
		return frag_fail(head, DROP_IP_FRAG_TOO_LONG);
	frag_sum(head);
	skb_push(head, IPCB(head)->view.hlen);
	head->next = NULL;
	head = skb_cow(head, 0); /* a tap may look at it, too */
	if (!head)
		return frag_fail(rest, DROP_NO_BUFFER);
	head->next = rest;
	if (!frag_append_all(head))
		return frag_fail(head, DROP_NO_BUFFER);
	frag_fix_header(head, ce);
	IP_INC(ReasmOKs);
	return head;
}
