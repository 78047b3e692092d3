/*
 * ARP's way out: a message built and sent, and the question for a neighbour.
 */
#include "net/core/byteorder.h"
#include "net/ip/arp_private.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/neighbour_private.h"
#include "net/ip/route.h"

#define ARP_HEADROOM 16

static void arp_build(u8 *p, int op, const struct net_device *dev, be32 src_ip, be32 dest_ip,
		      const u8 *target_hw)
{
	put_be16(p, ARPHRD_ETHER);
	put_be16(p + 2, ETH_P_IP);
	p[4] = ETH_ALEN;
	p[5] = 4;
	put_be16(p + 6, (u16)op);
	memcpy(p + 8, dev->dev_addr, ETH_ALEN);
	memcpy(p + 14, &src_ip, 4);
	if (target_hw)
		memcpy(p + 18, target_hw, ETH_ALEN);
	else
		memset(p + 18, 0, ETH_ALEN);
	memcpy(p + 24, &dest_ip, 4);
}

void arp_send(int op, struct net_device *dev, be32 src_ip, be32 dest_ip, const u8 *dst_hw,
	      const u8 *target_hw)
{
	struct sk_buff *skb;

	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK))
		return;
	skb = alloc_skb(ARP_HEADROOM + ETH_ZLEN); /* with room for the padding */
	if (!skb)
		return;
	skb_reserve(skb, ARP_HEADROOM);
	skb_set_network_header(skb, 0);
	arp_build(skb_put(skb, ARP_LEN), op, dev, src_ip, dest_ip, target_hw);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_ARP);
	if (dev->hard_header(skb, dev, ETH_P_ARP, dst_hw, NULL, skb->len) < 0) {
		kfree_skb(skb, DROP_TX_ERROR);
		return;
	}
	local_bh_disable();
	dev_queue_xmit(skb);
	local_bh_enable();
}

/* The address to ask from: sysctl arp_announce, with Linux's numbers. */
static be32 arp_source(const struct neighbour *n, const struct sk_buff *skb)
{
	const struct in_device *in_dev = in_dev_get(n->dev);
	int announce = in_dev ? IN_DEV_MAX(in_dev, arp_announce) : 0;
	be32 saddr = skb ? ip_hdr(skb)->saddr : 0;

	/* 0: the waiting packet's own, if it is ours. 1: if who is asked is on its link. 2: never.
	 */
	if (saddr && announce == 0 && inet_is_local(NULL, saddr))
		return saddr;
	if (saddr && announce == 1 && inet_is_local(NULL, saddr) &&
	    inet_addr_onlink(in_dev, n->key, saddr))
		return saddr;
	return inet_select_addr(n->dev, n->key, RT_SCOPE_LINK);
}

void arp_solicit(struct neighbour *n, const struct sk_buff *skb, bool unicast)
{
	arp_send(ARPOP_REQUEST, n->dev, arp_source(n, skb), n->key, unicast ? n->ha : NULL,
		 unicast ? n->ha : NULL);
}
