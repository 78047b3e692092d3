/*
 * Packets for others (RFC 1812 §5): one hop less, and out again; and the answer to those whom no
 * route leads further. What is too big for the next link is cut by ip_fragment, or ends here, and
 * the sender is told, if it asked not to have it cut.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/netfilter.h"
#include "net/core/protocol.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/ip_output.h"
#include "net/ip/route.h"

static void ip_forward_finish(struct sk_buff *skb)
{
	IP_INC(ForwDatagrams);
	skb->dst->output(skb);
}

/* RFC 1624 §3, eqn. 3, for a TTL that is one less. */
static void ip_decrease_ttl(struct iphdr *iph)
{
	u32 check = (u32)iph->check + htons(0x0100);

	iph->check = (be16)(check + (check >= 0xffff));
	iph->ttl--;
}

/* RFC 1812 §5.2.4.1: options that ask each router to sign. */
static void ip_forward_options(struct sk_buff *skb)
{
	struct iphdr *iph = ip_hdr(skb);
	const struct rtable *rt = rt_of(skb->dst);
	u32 optlen = IPCB(skb)->opt_len;
	be32 addr = rt->prefsrc;

	if (IPCB(skb)->srr_hit)
		iph->daddr = IPCB(skb)->view.daddr = ip_srr_next(skb);
	if (!addr)
		addr = inet_select_addr(skb->dst->dev, rt->gateway ? rt->gateway : iph->daddr,
					RT_SCOPE_UNIVERSE);
	if (IPCB(skb)->srr_hit)
		ip_srr_sign(skb, addr);
	ip_options_record((u8 *)(iph + 1), optlen, addr);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, (sizeof(*iph) + optlen) / 4);
}

/*
 * RFC 2113: a packet that asks routers to look closer goes to the raw sockets that want to
 * (IP_ROUTER_ALERT), whole, and no further. False: nobody wants it, and it goes on.
 */
static bool ip_call_ra_chain(struct sk_buff *skb)
{
	const struct ip_view *v = &IPCB(skb)->view;

	if (!ip_options_router_alert(skb->data + sizeof(struct iphdr), IPCB(skb)->opt_len) ||
	    !ip_ra_wanted(skb))
		return false;
	if (v->frag_off & (IP_MF | IP_OFFSET))
		skb = ip_defrag_for(skb, IP_DEFRAG_CALL_RA_CHAIN);
	if (!skb)
		return true;
	ip_ra_tap(skb);
	consume_skb(skb);
	return true;
}

static void ip_forward_expired(struct sk_buff *skb)
{
	IP_INC(InHdrErrors);
	icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	kfree_skb(skb, DROP_IP_TTL_EXPIRED);
}

/* RFC 1191 §4. */
static void ip_forward_too_big(struct sk_buff *skb, u32 mtu)
{
	IP_INC(FragFails);
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
	kfree_skb(skb, DROP_IP_TOO_BIG);
}

/* A strict source route names each router: the next one must be on the link. */
static bool ip_forward_strays(struct sk_buff *skb)
{
	if (!IPCB(skb)->srr_hit || !rt_of(skb->dst)->gateway || !ip_srr_strict(skb))
		return false;
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
	kfree_skb(skb, DROP_IP_SOURCE_ROUTE);
	return true;
}

void ip_forward(struct sk_buff *skb)
{
	const struct ip_view *v = &IPCB(skb)->view;
	struct dst_entry *dst = skb->dst;

	if (skb->pkt_type != PACKET_HOST) {
		kfree_skb(skb, DROP_OTHERHOST);
		return;
	}
	if (unlikely(IPCB(skb)->opt_len) && ip_call_ra_chain(skb))
		return;
	if (v->ttl <= 1) {
		ip_forward_expired(skb);
		return;
	}
	if (unlikely(IPCB(skb)->opt_len) && ip_forward_strays(skb))
		return;
	if ((v->frag_off & IP_DF) && ip_wire_len(skb) > dst_mtu(dst)) {
		ip_forward_too_big(skb, dst_mtu(dst));
		return;
	}
	skb = skb_cow(skb, dst->dev->hard_header_len);
	if (!skb) {
		IP_INC(InDiscards);
		return;
	}
	if (unlikely(rt_of(dst)->flags & RTCF_DOREDIRECT) && !IPCB(skb)->srr_hit)
		ip_rt_send_redirect(skb);
	ip_decrease_ttl(ip_hdr(skb));
	IPCB(skb)->view.ttl--;
	if (unlikely(IPCB(skb)->opt_len))
		ip_forward_options(skb);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		skb->ip_summed = CHECKSUM_NONE;
	nf_hook(NF_FORWARD, skb, skb->dev, skb->dst->dev, ip_forward_finish);
}

void ip_error(struct sk_buff *skb)
{
	switch (skb->dst->error) {
	case -ENETUNREACH:
		IPEXT_INC(InNoRoutes);
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_NET_UNREACH, 0);
		break;
	case -EHOSTUNREACH:
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
		break;
	case -EACCES:
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
		break;
	default:
		break;
	}
	kfree_skb(skb, DROP_IP_NO_ROUTE);
}
