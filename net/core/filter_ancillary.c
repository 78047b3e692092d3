/*
 * What a packet filter can ask of a packet besides its bytes: SKF_AD_OFF + n, as Linux numbers
 * them. There is one processor and one queue, nobody computes a hash, and VLAN tags stay in the
 * frame: these read as 0. Netlink's attributes are unknown, and a program that asks for them is
 * refused.
 */
#include "net/core/byteorder.h"
#include "net/core/filter.h"
#include "net/core/gso_wire.h"
#include "net/core/protocol.h"

#define ETHERTYPE_IPV4 0x0800
#define IP_FRAG_OFFSET 0x1fff
#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_UDP 17

bool bpf_ancillary_known(u32 k)
{
	switch (k - (u32)SKF_AD_OFF) {
	case SKF_AD_PROTOCOL:
	case SKF_AD_PKTTYPE:
	case SKF_AD_IFINDEX:
	case SKF_AD_MARK:
	case SKF_AD_QUEUE:
	case SKF_AD_HATYPE:
	case SKF_AD_RXHASH:
	case SKF_AD_CPU:
	case SKF_AD_ALU_XOR_X:
	case SKF_AD_VLAN_TAG:
	case SKF_AD_VLAN_TAG_PRESENT:
	case SKF_AD_PAY_OFFSET:
	case SKF_AD_RANDOM:
	case SKF_AD_VLAN_TPID:
		return true;
	default:
		return false;
	}
}

/* Bytes of transport header; @at is where it begins. */
static u32 transport_hlen(const struct sk_buff *skb, u32 at, u8 protocol)
{
	u8 doff;

	switch (protocol) {
	case PROTO_TCP:
		if (skb_copy_bits(skb, at + TCP_AT_DOFF, &doff, 1))
			return 0;
		return max((u32)TCP_HLEN_MIN, (doff >> 4) * 4u);
	case PROTO_UDP:
	case PROTO_ICMP:
	case PROTO_IGMP:
		return 8;
	default:
		return 0;
	}
}

/* From data to the payload behind IP's and the transport's headers; 0: not known. */
static u32 payload_offset(const struct sk_buff *skb)
{
	s64 network = skb_network_header(skb) - skb->data;
	u8 ip[IP_HLEN_MIN];
	u32 at, hlen;

	if (skb->protocol != htons(ETHERTYPE_IPV4) || network < 0 ||
	    skb_copy_bits(skb, (u32)network, ip, sizeof(ip)))
		return 0;
	hlen = (ip[0] & 15u) * 4;
	if (hlen < IP_HLEN_MIN)
		return 0;
	at = (u32)network + hlen;
	if (get_be16(ip + IP_AT_FRAG) & IP_FRAG_OFFSET)
		return at;
	return at + transport_hlen(skb, at, ip[IP_AT_PROTOCOL]);
}

static bool device_number(const struct sk_buff *skb, u32 *ifindex, u32 *type)
{
	if (!skb->dev)
		return false;
	filter_dev_numbers(skb->dev, ifindex, type);
	return true;
}

bool bpf_ancillary(const struct sk_buff *skb, u32 k, u32 *a)
{
	u32 other;

	switch (k - (u32)SKF_AD_OFF) {
	case SKF_AD_PROTOCOL:
		*a = ntohs(skb->protocol);
		return true;
	case SKF_AD_PKTTYPE:
		*a = skb->pkt_type;
		return true;
	case SKF_AD_IFINDEX:
		return device_number(skb, a, &other);
	case SKF_AD_HATYPE:
		return device_number(skb, &other, a);
	case SKF_AD_MARK:
		*a = skb->mark;
		return true;
	case SKF_AD_PAY_OFFSET:
		*a = payload_offset(skb);
		return true;
	case SKF_AD_RANDOM:
		*a = random_u32();
		return true;
	default:
		*a = 0;
		return true;
	}
}
