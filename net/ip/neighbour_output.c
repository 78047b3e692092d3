/*
 * To a neighbour: with the cached link header where we are sure of it, else after the machine of
 * states has been asked; packets that must wait do so here, few, and the oldest goes first when
 * there are too many (RFC 1122 §2.3.2.2 wants at least the latest kept).
 */
#include "net/core/byteorder.h"
#include "net/ip/icmp.h"
#include "net/ip/neighbour_private.h"
#include "net/ip/route.h"

#define HH_LEN 16 /* the Ethernet header and two bytes before it: two loads, two stores */

void neigh_update_hh(struct neighbour *n)
{
	struct ethhdr *eth = (struct ethhdr *)(n->hh + HH_LEN - ETH_HLEN);

	memcpy(eth->h_dest, n->ha, ETH_ALEN);
	memcpy(eth->h_source, n->dev->dev_addr, ETH_ALEN);
	eth->h_proto = htons(ETH_P_IP);
}

/* Puts the header on and sends. Consumes @skb. */
static void neigh_transmit(struct neighbour *n, struct sk_buff *skb)
{
	if (unlikely(skb_headroom(skb) < HH_LEN)) {
		skb = skb_cow(skb, HH_LEN);
		if (!skb)
			return;
	}
	memcpy(skb->data - HH_LEN, n->hh, HH_LEN);
	skb->data -= ETH_HLEN;
	skb->len += ETH_HLEN;
	skb->dev = n->dev;
	skb->protocol = htons(ETH_P_IP);
	dev_queue_xmit(skb);
}

void neigh_output(struct neighbour *n, struct sk_buff *skb)
{
	if (likely(n->nud_state & NUD_CONNECTED)) {
		n->touched = true;
		neigh_transmit(n, skb);
	} else if (neigh_event_send(n, skb)) {
		neigh_transmit(n, skb);
	}
}

void neigh_xmit(struct net_device *dev, be32 next_hop, struct sk_buff *skb)
{
	struct neighbour *n;

	if (unlikely(!dev->hard_header)) { /* a wire with one other end */
		skb->dev = dev;
		dev_queue_xmit(skb);
		return;
	}
	n = neigh_lookup(next_hop, dev, true);
	if (unlikely(!n)) {
		kfree_skb(skb, DROP_NEIGH_TABLE_FULL);
		return;
	}
	neigh_output(n, skb);
	neigh_release(n);
}

/* ---- packets that wait ---- */

#define QUEUED_OVERHEAD 256 /* of a packet's head: what small ones take beside their bytes */

static bool neigh_queue_full(const struct neighbour *n, const struct sk_buff *skb)
{
	return n->arp_queue.qlen >= (u32)n->parms->unres_qlen ||
	       n->arp_queue_bytes + skb->len + QUEUED_OVERHEAD > (u32)n->parms->unres_qlen_bytes ||
	       neigh_table.waiting >= neigh_table.waiting_max;
}

static struct sk_buff *neigh_dequeue(struct neighbour *n)
{
	struct sk_buff *skb = __skb_dequeue(&n->arp_queue);

	if (skb) {
		neigh_table.waiting--;
		n->arp_queue_bytes -= skb->len + QUEUED_OVERHEAD;
	}
	return skb;
}

static void neigh_discard(struct sk_buff *skb)
{
	neigh_stats.unresolved_discards++;
	kfree_skb(skb, DROP_NEIGH_QUEUE_FULL);
}

void neigh_queue(struct neighbour *n, struct sk_buff *skb)
{
	while (neigh_queue_full(n, skb)) {
		struct sk_buff *oldest = neigh_dequeue(n);

		neigh_discard(oldest ? oldest : skb);
		if (!oldest)
			return;
	}
	n->arp_queue_bytes += skb->len + QUEUED_OVERHEAD;
	__skb_queue_tail(&n->arp_queue, skb);
	neigh_table.waiting++;
}

void neigh_flush_queue(struct neighbour *n)
{
	struct sk_buff *skb;

	neigh_hold(n);
	while (n->nud_state & NUD_VALID && (skb = neigh_dequeue(n)))
		neigh_output(n, skb);
	neigh_release(n);
}

/*
 * The error that an answer causes must not find its packet still queued here: take all out first.
 */
void neigh_fail_queue(struct neighbour *n)
{
	struct sk_buff_head failed;
	struct sk_buff *skb;

	skb_queue_head_init(&failed);
	while ((skb = neigh_dequeue(n)))
		__skb_queue_tail(&failed, skb);
	while ((skb = __skb_dequeue(&failed))) {
		if (skb->dst) /* of several gateways another may answer */
			dst_negative_advice(skb->dst);
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
		kfree_skb(skb, DROP_NEIGH_FAILED);
	}
}

void neigh_purge_queue(struct neighbour *n)
{
	struct sk_buff *skb;

	while ((skb = neigh_dequeue(n)))
		kfree_skb(skb, netif_running(n->dev) ? DROP_NEIGH_FAILED : DROP_DEV_DOWN);
}
