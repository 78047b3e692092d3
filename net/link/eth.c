/*
 * Ethernet II framing (RFC 894): the header written, and read.
 */
#include "net/link/eth_header.h"

be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	return eth_read_header(skb, dev);
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
