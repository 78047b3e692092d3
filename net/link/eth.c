/*
 * Ethernet II framing (RFC 894): the header written, and read.
 */
#include "net/link/netdevice.h"

/* Two addresses in two loads each. */
static bool mac_equal(const u8 *a, const u8 *b)
{
	u32 a4, b4;
	u16 a2, b2;

	memcpy(&a4, a, 4);
	memcpy(&b4, b, 4);
	memcpy(&a2, a + 4, 2);
	memcpy(&b2, b + 4, 2);
	return !((a4 ^ b4) | (u32)(a2 ^ b2));
}

be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	skb->dev = dev;
	skb_reset_mac_header(skb);
	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return 0;
	skb->data += ETH_HLEN;
	skb->len -= ETH_HLEN;
	if (likely(mac_equal(eth->h_dest, dev->dev_addr)))
		skb->pkt_type = PACKET_HOST;
	else if (!is_multicast_ether_addr(eth->h_dest))
		skb->pkt_type = PACKET_OTHERHOST;
	else if (mac_equal(eth->h_dest, dev->broadcast))
		skb->pkt_type = PACKET_BROADCAST;
	else
		skb->pkt_type = PACKET_MULTICAST;
	/* Below 0x0600 it is a length (IEEE 802.3), and nobody here speaks what follows. */
	return likely((eth->h_proto & 0xff) >= 6) ? eth->h_proto : htons(ETH_P_802_2);
}

int eth_header(struct sk_buff *skb, struct net_device *dev, u16 type, const u8 *daddr,
	       const u8 *saddr, u32 len)
{
	struct ethhdr *eth;

	if (skb_headroom(skb) < ETH_HLEN)
		return -ENOBUFS;
	eth = (struct ethhdr *)skb_push(skb, ETH_HLEN);
	memcpy(eth->h_dest, daddr ? daddr : dev->broadcast, ETH_ALEN);
	memcpy(eth->h_source, saddr ? saddr : dev->dev_addr, ETH_ALEN);
	eth->h_proto = htons(type);
	return 0;
}

bool is_valid_ether_addr(const u8 *addr)
{
	return !is_multicast_ether_addr(addr) &&
	       (addr[0] | addr[1] | addr[2] | addr[3] | addr[4] | addr[5]);
}
