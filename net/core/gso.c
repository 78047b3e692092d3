/*
 * Segmentation in software, between IP and the card: each segment is a copy of the burst's headers,
 * with numbers, lengths and flags moved on, in front of references to the payload. What a burst
 * saves is everything above: routing, hooks, the neighbour, TCP's own work, once for many segments.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/gso.h"
#include "net/core/gso_wire.h"

void gso_for_card(struct sk_buff *skb, struct gso_layout *at)
{
	u8 *ip = skb_network_header(skb), *th = skb_transport_header(skb);
	be16 sum = gso_pseudo_sum(ip, 0);

	at->ip = (u8)(ip - skb->data);
	at->ip_check = at->ip + IP_AT_CHECK;
	at->tcp = (u8)(th - skb->data);
	at->tcp_check = at->tcp + TCP_AT_CHECK;
	at->hlen = (u8)gso_hlen(skb);
	put_be16(ip + IP_AT_TOT_LEN, 0);
	put_be16(ip + IP_AT_CHECK, 0);
	memcpy(th + TCP_AT_CHECK, &sum, sizeof(sum));
}

bool gso_begin(struct gso *g, struct sk_buff *skb)
{
	const u8 *ip = skb_network_header(skb), *th = skb_transport_header(skb);
	const u8 *tail = skb->data + skb_headlen(skb);

	if (ip < skb->data || tail < th || tail - th < TCP_HLEN_MIN || th - ip < IP_HLEN_MIN)
		return false;
	if (ip[0] >> 4 != 4 || ip[IP_AT_PROTOCOL] != PROTO_TCP ||
	    skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	g->skb = skb;
	g->noff = (u32)(ip - skb->data);
	g->doff = (u32)(th - skb->data);
	g->hlen = g->doff + (th[TCP_AT_DOFF] >> 4) * 4u;
	g->mss = skb_shinfo(skb)->gso_size;
	g->done = g->index = 0;
	if (g->hlen > skb_headlen(skb) || g->hlen >= skb->len)
		return false;
	g->total = skb->len - g->hlen;
	return true;
}

/* What a segment of @len bytes says instead of what the burst says. */
static void gso_fix_headers(const struct gso *g, u8 *head, u32 len)
{
	u8 *ip = head + g->noff, *th = head + g->doff;
	be16 sum;

	put_be16(ip + IP_AT_TOT_LEN, (u16)(g->hlen - g->noff + len));
	put_be16(ip + IP_AT_ID, (u16)(get_be16(ip + IP_AT_ID) + g->index));
	put_be16(ip + IP_AT_CHECK, 0);
	sum = ip_fast_csum(ip, ip[0] & 15u);
	memcpy(ip + IP_AT_CHECK, &sum, sizeof(sum));

	put_be32(th + TCP_AT_SEQ, get_be32(th + TCP_AT_SEQ) + g->done);
	if (g->done && skb_shinfo(g->skb)->gso_type & SKB_GSO_TCP_ECN)
		th[TCP_AT_FLAGS] &= (u8)~TCP_FLAG_CWR;
	if (g->done + len < g->total)
		th[TCP_AT_FLAGS] &= (u8) ~(TCP_FLAG_FIN | TCP_FLAG_PSH);
	sum = gso_pseudo_sum(ip, g->hlen - g->doff + len);
	memcpy(th + TCP_AT_CHECK, &sum, sizeof(sum));
}

/* The notes of the burst, for what is the same for each segment. */
static void gso_copy_meta(const struct gso *g, struct sk_buff *n)
{
	const struct sk_buff *skb = g->skb;
	u16 base = (u16)(n->data - n->head);

	n->dev = skb->dev;
	n->tstamp = skb->tstamp;
	n->protocol = skb->protocol;
	n->pkt_type = skb->pkt_type;
	n->priority = skb->priority;
	n->mark = skb->mark;
	n->mac_header = base;
	n->network_header = (u16)(base + g->noff);
	n->transport_header = (u16)(base + g->doff);
	n->ip_summed = CHECKSUM_PARTIAL;
	n->csum_start = n->transport_header;
	n->csum_offset = TCP_AT_CHECK;
}

/* The burst's memory is given back when its last segment has been sent. */
static void gso_pass_owner(struct gso *g, struct sk_buff *n)
{
	n->sk = g->skb->sk;
	n->destructor = g->skb->destructor;
	n->truesize = g->skb->truesize;
	g->skb->sk = NULL;
	g->skb->destructor = NULL;
}

struct sk_buff *gso_next(struct gso *g, bool linear)
{
	u32 len = min(g->mss, g->total - g->done), off = g->hlen + g->done;
	struct sk_buff *n;

	if (!len)
		return NULL;
	n = alloc_skb(NET_SKB_PAD + g->hlen + (linear ? len : 0));
	if (!n)
		return NULL;
	skb_reserve(n, NET_SKB_PAD);
	gso_copy_meta(g, n);
	memcpy(skb_put(n, g->hlen), g->skb->data, g->hlen);
	gso_fix_headers(g, n->data, len);
	if (linear) {
		skb_copy_bits(g->skb, off, skb_put(n, len), len);
	} else if (skb_share_bytes(n, g->skb, off, len) != len) {
		kfree_skb(n, DROP_NO_BUFFER);
		return NULL;
	}
	g->done += len;
	g->index++;
	if (g->done == g->total && g->skb->destructor)
		gso_pass_owner(g, n);
	return n;
}

void gso_end(struct gso *g)
{
	if (likely(g->done == g->total))
		consume_skb(g->skb);
	else
		kfree_skb(g->skb, DROP_NO_BUFFER);
}
