/*
 * IPv4, downward: a header in front of what a transport made, the LOCAL_OUT and POST_ROUTING hooks,
 * and over to the neighbour; in pieces (ip_fragment.c), if it is too large. Datagrams from a task's
 * bytes are ip_build.c's.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/netfilter.h"
#include "net/core/snmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/ip_output.h"
#include "net/ip/neighbour.h"
#include "net/ip/route.h"

int sysctl_ip_default_ttl = IPDEFTTL;

static void ip_local_out_finish(struct sk_buff *skb)
{
	skb->dst->output(skb);
}

void ip_local_out(struct sk_buff *skb)
{
	IP_INC(OutRequests);
	nf_hook(NF_LOCAL_OUT, skb, NULL, skb->dst->dev, ip_local_out_finish);
}

u8 ip_choose_ttl(const struct sock *sk, const struct rtable *rt)
{
	if (rt->type == RTN_MULTICAST)
		return sk ? sk->mc_ttl : 1;
	return (u8)(sk && sk->ttl >= 0 ? sk->ttl : sysctl_ip_default_ttl);
}

void ip_push_header(struct sk_buff *skb, const struct ipcm_cookie *ipc, u8 ttl)
{
	u32 hlen = sizeof(struct iphdr) + ipc->optlen;
	struct iphdr *iph = (struct iphdr *)skb_push(skb, hlen);

	skb_set_network_header(skb, 0);
	skb_set_transport_header(skb, (int)hlen);
	iph->ihl_version = (u8)(0x40 | hlen / 4);
	iph->tos = ipc->tos;
	iph->tot_len = htons(skb->len);
	iph->id = htons(ipc->id ? ipc->id : ip_select_ident());
	iph->frag_off = ipc->df ? htons(IP_DF) : 0;
	iph->ttl = ttl;
	iph->protocol = ipc->protocol;
	iph->check = 0;
	iph->saddr = ipc->saddr;
	iph->daddr = ipc->daddr;
	if (unlikely(ipc->optlen))
		memcpy(iph + 1, ipc->options, ipc->optlen);
	iph->check = ip_fast_csum(iph, hlen / 4);
	skb->protocol = htons(ETH_P_IP);
}

void ip_queue_xmit(struct sk_buff *skb, const struct ipcm_cookie *ipc)
{
	u8 ttl = ipc->ttl ? ipc->ttl : ip_choose_ttl(skb->sk, rt_of(ipc->dst));

	ip_push_header(skb, ipc, ttl);
	skb_dst_drop(skb);
	dst_hold(ipc->dst);
	skb->dst = ipc->dst;
	skb->dev = ipc->dst->dev;
	ip_local_out(skb);
}

/* To a group that we are in, or to all on the link: then we are among those who get it. */
static void ip_loop_back(struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb);

	if (!copy)
		return;
	dst_hold(skb->dst);
	copy->dst = skb->dst;
	copy->dev = skb->dst->dev;
	copy->pkt_type = PACKET_LOOPBACK;
	copy->ip_summed = CHECKSUM_UNNECESSARY;
	skb_reset_mac_header(copy);
	netif_rx(copy);
}

/* Counts, and copies to ourselves what has to be. False: @skb is gone, for it must not leave this
 * host. */
static bool ip_output_group(struct sk_buff *skb, enum rtn_type type)
{
	struct net_device *dev = skb->dst->dev;

	if (type == RTN_BROADCAST) {
		IPEXT_INC(OutBcastPkts);
		IPEXT_ADD(OutBcastOctets, skb->len);
		ip_loop_back(skb);
		return true;
	}
	IPEXT_INC(OutMcastPkts);
	IPEXT_ADD(OutMcastOctets, skb->len);
	if ((!skb->sk || skb->sk->mc_loop) && !(dev->flags & IFF_LOOPBACK) &&
	    ip_check_mc(dev, ip_hdr(skb)->daddr))
		ip_loop_back(skb);
	if (ip_hdr(skb)->ttl == 0) {
		consume_skb(skb);
		return false;
	}
	return true;
}

void ip_output(struct sk_buff *skb)
{
	struct net_device *dev = skb->dst->dev;
	enum rtn_type type = rt_of(skb->dst)->type;

	IPEXT_ADD(OutOctets, skb->len);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IP);
	if (unlikely(type == RTN_BROADCAST || type == RTN_MULTICAST) && !ip_output_group(skb, type))
		return;
	nf_hook(NF_POST_ROUTING, skb, NULL, dev, ip_finish_output);
}

static void ip_to_neighbour(struct sk_buff *skb)
{
	const struct rtable *rt = rt_of(skb->dst);

	neigh_xmit(skb->dev, rt->gateway ? rt->gateway : ip_hdr(skb)->daddr, skb);
}

void ip_finish_output(struct sk_buff *skb)
{
	if (likely(skb->len <= dst_mtu(skb->dst)))
		ip_to_neighbour(skb);
	else if (ip_wire_len(skb) <= ip_skb_mtu(skb))
		ip_to_neighbour(skb);
	else if (skb_is_gso(skb))
		ip_fragment_burst(skb, ip_to_neighbour);
	else
		ip_fragment(skb, ip_to_neighbour);
}
