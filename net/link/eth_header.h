/*
 * Reading an Ethernet header, inlined where each frame passes.
 */
#pragma once

#include "net/link/netdevice.h"

/* Two addresses in two loads each. */
static inline bool eth_mac_equal(const u8 *a, const u8 *b)
{
	u32 a4, b4;
	u16 a2, b2;

	memcpy(&a4, a, 4);
	memcpy(&b4, b, 4);
	memcpy(&a2, a + 4, 2);
	memcpy(&b2, b + 4, 2);
	return !((a4 ^ b4) | (u32)(a2 ^ b2));
}

/* As eth_type_trans. */
static inline be16 eth_read_header(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	skb->dev = dev;
	skb_reset_mac_header(skb);
	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return 0;
	skb->data += ETH_HLEN;
	skb->len -= ETH_HLEN;
	if (likely(eth_mac_equal(eth->h_dest, dev->dev_addr)))
		skb->pkt_type = PACKET_HOST;
	else if (!is_multicast_ether_addr(eth->h_dest))
		skb->pkt_type = PACKET_OTHERHOST;
	else if (eth_mac_equal(eth->h_dest, dev->broadcast))
		skb->pkt_type = PACKET_BROADCAST;
	else
		skb->pkt_type = PACKET_MULTICAST;
	/* Below 0x0600 it is a length (IEEE 802.3), and nobody here speaks what follows. */
	return likely((eth->h_proto & 0xff) >= 6) ? eth->h_proto : htons(ETH_P_802_2);
}
