/*
 * IPv4, upward: ip_rcv checks what came in, ip_rcv_finish asks routing where it goes,
 * ip_local_deliver hands what is ours to raw sockets and to the receiver of its protocol. What is
 * not ours goes to ip_forward. What comes in pieces is put together (ip_defrag) before LOCAL_IN.
 */
#include "net/core/byteorder.h"
#include "net/core/netfilter.h"
#include "net/core/protocol.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"

#define IP_MAX_HLEN 60

static void ip_count_bad(enum drop_reason why)
{
	if (why == DROP_IP_TRUNCATED) {
		IPEXT_INC(InTruncatedPkts);
		return;
	}
	if (why == DROP_IP_CSUM)
		IPEXT_INC(InCsumErrors);
	IP_INC(InHdrErrors);
}

/* NULL: @skb is gone. */
static struct sk_buff *ip_rcv_options(struct sk_buff *skb)
{
	const struct ip_view *v = &IPCB(skb)->view;
	u32 offset = 0;
	enum drop_reason bad = ip_options_parse(skb->data + sizeof(struct iphdr),
						v->hlen - sizeof(struct iphdr), &offset);

	if (bad == NR_DROP_REASONS)
		return skb;
	if (bad == DROP_IP_SOURCE_ROUTE)
		return ip_srr_rcv(skb);
	IP_INC(InHdrErrors);
	icmp_send(skb, ICMP_PARAMETERPROB, 0, (u32)(sizeof(struct iphdr) + offset) << 24);
	kfree_skb(skb, bad);
	return NULL;
}

static void ip_count_group(const struct sk_buff *skb, enum rtn_type type)
{
	if (type == RTN_MULTICAST) {
		IPEXT_INC(InMcastPkts);
		IPEXT_ADD(InMcastOctets, skb->len);
	} else if (type == RTN_BROADCAST) {
		IPEXT_INC(InBcastPkts);
		IPEXT_ADD(InBcastOctets, skb->len);
	}
}

/* False: @skb is gone. */
static bool ip_rcv_route(struct sk_buff *skb, const struct ip_view *v)
{
	enum drop_reason why = DROP_NOT_SPECIFIED;

	if (skb->dst) /* a loopback copy comes with its way */
		return true;
	if (likely(ip_route_input(skb, v->daddr, v->saddr, v->tos, skb->dev, &why) == 0))
		return true;
	if (why == DROP_IP_NOT_FORWARDING)
		IP_INC(InAddrErrors);
	kfree_skb(skb, why);
	return false;
}

static void ip_rcv_finish(struct sk_buff *skb)
{
	const struct ip_view *v = &IPCB(skb)->view;
	enum rtn_type type;

	if (!ip_rcv_route(skb, v))
		return;
	type = rt_of(skb->dst)->type;
	if (type == RTN_BROADCAST || type == RTN_MULTICAST) {
		ip_count_group(skb, type);
	} else if (unlikely(skb->pkt_type == PACKET_BROADCAST ||
			    skb->pkt_type == PACKET_MULTICAST)) {
		kfree_skb(skb, DROP_IP_UNICAST_IN_L2_BCAST); /* RFC 1122 §3.3.6 */
		return;
	}
	if (unlikely(v->hlen > sizeof(struct iphdr))) {
		skb = ip_rcv_options(skb);
		if (!skb)
			return;
	}
	skb->dst->input(skb);
}

void ip_rcv(struct sk_buff *skb)
{
	struct ip_skb_cb *cb = IPCB(skb);
	enum drop_reason bad;

	if (unlikely(skb->pkt_type == PACKET_OTHERHOST)) {
		kfree_skb(skb, DROP_OTHERHOST);
		return;
	}
	IP_INC(InReceives);
	IPEXT_ADD(InOctets, skb->len);
	if (unlikely(!pskb_may_pull(skb, min(skb->len, (u32)IP_MAX_HLEN))))
		bad = DROP_NO_BUFFER;
	else
		bad = ip_parse(skb->data, skb->len, &cb->view);
	if (unlikely(bad != NR_DROP_REASONS)) {
		ip_count_bad(bad);
		kfree_skb(skb, bad);
		return;
	}
	if (skb->len > cb->view.tot_len) { /* padding of the link */
		skb_trim(skb, cb->view.tot_len);
		if (skb->ip_summed == CHECKSUM_COMPLETE)
			skb->ip_summed = CHECKSUM_NONE;
	}
	ipext_mib[IPEXT_MIB_InNoECTPkts + (cb->view.tos & 3)]++;
	cb->iif = skb->dev->ifindex;
	cb->opt_len = (u8)(cb->view.hlen - sizeof(struct iphdr));
	cb->srr_hit = false;
	skb_set_network_header(skb, 0);
	skb_set_transport_header(skb, cb->view.hlen);
	nf_hook(NF_PRE_ROUTING, skb, skb->dev, NULL, ip_rcv_finish);
}

static void ip_local_deliver_finish(struct sk_buff *skb)
{
	const struct inet_protocol *p;
	bool raw;

	skb_pull(skb, IPCB(skb)->view.hlen);
	raw = ip_raw_tap(skb);
	p = inet_protocol_find(IPCB(skb)->view.protocol);
	if (likely(p)) {
		IP_INC(InDelivers);
		p->handler(skb);
		return;
	}
	if (raw) {
		IP_INC(InDelivers);
		consume_skb(skb);
		return;
	}
	IP_INC(InUnknownProtos);
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
	kfree_skb(skb, DROP_IP_NO_PROTOCOL);
}

void ip_local_deliver(struct sk_buff *skb)
{
	if (unlikely(IPCB(skb)->view.frag_off & (IP_MF | IP_OFFSET))) {
		skb = ip_defrag(skb);
		if (!skb)
			return;
	}
	nf_hook(NF_LOCAL_IN, skb, skb->dev, NULL, ip_local_deliver_finish);
}
