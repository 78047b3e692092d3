/*
 * ICMP, downward: answers to questions, made of the question's own buffer where it is private, and
 * error messages, sent only about packets and to hosts that may get them (RFC 1122 §3.2.2, RFC 1812
 * §4.3.2).
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/inet_addr.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"

#define ICMP_MAX_SIZE 576 /* RFC 1812 §4.3.2.3: a datagram that every host can take */
#define TOS_INTERNETCONTROL 0xc0
#define TOS_MASK 0x1e

/* ---- answers ---- */

/* The way back for an answer to @skb, which came to @daddr: from that address, if it is one (RFC
 * 1122 §3.2.2.6). */
static int icmp_route_reply(const struct sk_buff *skb, const struct ip_view *v, struct rtable **rt,
			    struct flowi *fl)
{
	*fl = (struct flowi){.daddr = v->saddr, .tos = v->tos};
	if (rt_of(skb->dst)->type == RTN_LOCAL)
		fl->saddr = v->daddr;
	else
		fl->oif = skb->dev->ifindex;
	return ip_route_output(rt, fl);
}

/* Makes of a packet that came in one that can go out, with room for headers; NULL: gone, counted.
 */
static struct sk_buff *icmp_reuse(struct sk_buff *skb, const struct net_device *out)
{
	u32 headroom = sizeof(struct iphdr) + out->hard_header_len;

	skb = skb_cow(skb, ALIGN_UP(headroom, 16u));
	if (!skb)
		return NULL;
	skb_dst_drop(skb);
	skb->pkt_type = PACKET_HOST;
	skb->ip_summed = CHECKSUM_NONE;
	skb->mark = 0;
	skb->priority = 0;
	return skb;
}

void icmp_echo_reply(struct sk_buff *skb)
{
	struct ip_view v = IPCB(skb)->view;
	struct icmphdr *icmp;
	struct ipcm_cookie ipc;
	struct rtable *rt;
	struct flowi fl;
	u32 check;

	if (icmp_route_reply(skb, &v, &rt, &fl)) {
		kfree_skb(skb, DROP_IP_NO_ROUTE);
		return;
	}
	skb = icmp_reuse(skb, rt->dst.dev);
	if (!skb)
		goto out;
	icmp = (struct icmphdr *)skb->data;
	check = (u32)icmp->checksum +
		htons(ICMP_ECHO << 8); /* RFC 1624, for a type that becomes 0 */
	icmp->checksum = (be16)(check + (check >> 16));
	icmp->type = ICMP_ECHOREPLY;
	ipc = (struct ipcm_cookie){
		.saddr = fl.saddr,
		.daddr = fl.daddr,
		.protocol = IPPROTO_ICMP,
		.tos = v.tos,
		.dst = &rt->dst,
	};
	icmp_out_count(ICMP_ECHOREPLY);
	ip_queue_xmit(skb, &ipc);
out:
	dst_release(&rt->dst);
}

static struct sk_buff *icmp_alloc(const struct net_device *out, u32 len)
{
	u32 headroom = ALIGN_UP((u32)out->hard_header_len, 16u) + sizeof(struct iphdr);
	struct sk_buff *skb = alloc_skb(headroom + len);

	if (skb)
		skb_reserve(skb, headroom);
	return skb;
}

static void icmp_xmit(struct sk_buff *skb, const struct flowi *fl, struct rtable *rt, u8 tos)
{
	struct icmphdr *icmp = (struct icmphdr *)skb->data;
	struct ipcm_cookie ipc = {
		.saddr = fl->saddr,
		.daddr = fl->daddr,
		.protocol = IPPROTO_ICMP,
		.tos = tos,
		.dst = &rt->dst,
	};

	icmp->checksum = 0;
	icmp->checksum = csum_fold(csum_partial(skb->data, skb->len, 0));
	icmp_out_count(icmp->type);
	ip_queue_xmit(skb, &ipc);
}

/* Milliseconds since midnight UT (RFC 792). */
static u32 icmp_now(void)
{
	return (u32)(realtime_ns() / NSEC_PER_MSEC % (86400u * 1000u));
}

void icmp_timestamp_reply(struct sk_buff *skb)
{
	const struct ip_view *v = &IPCB(skb)->view;
	struct sk_buff *reply;
	struct rtable *rt;
	struct flowi fl;
	u8 *p;

	if (icmp_route_reply(skb, v, &rt, &fl))
		return;
	reply = icmp_alloc(rt->dst.dev, 20);
	if (reply) {
		p = skb_put(reply, 20);
		memcpy(p, skb->data, 12); /* identifier, sequence, originate timestamp */
		p[0] = ICMP_TIMESTAMPREPLY;
		p[1] = 0;
		put_be32(p + 12, icmp_now());
		put_be32(p + 16, icmp_now());
		icmp_xmit(reply, &fl, rt, v->tos);
	}
	dst_release(&rt->dst);
}

/* ---- errors ---- */

static bool icmp_is_query(u8 type)
{
	switch (type) {
	case ICMP_ECHOREPLY:
	case ICMP_ECHO:
	case ICMP_TIMESTAMP:
	case ICMP_TIMESTAMPREPLY:
	case 9: /* router advertisement and solicitation */
	case 10:
	case 15: /* information */
	case 16:
	case 17: /* address mask */
	case 18:
		return true;
	default:
		return false;
	}
}

/* The packet from its IP header on, as far as it is linear. */
static u32 icmp_linear_len(const struct sk_buff *skb)
{
	return (u32)(skb->tail - skb_network_header(skb));
}

/* RFC 1122 §3.2.2: no errors about errors, groups, later fragments, or packets whose source is no
 * single host. */
static bool icmp_may_complain(const struct sk_buff *skb, const struct ip_view *v)
{
	enum rtn_type src, dst;

	if (skb->pkt_type != PACKET_HOST && skb->pkt_type != PACKET_OUTGOING)
		return false;
	if (v->frag_off & IP_OFFSET)
		return false;
	src = inet_addr_type(v->saddr);
	dst = inet_addr_type(v->daddr);
	if ((src != RTN_UNICAST && src != RTN_LOCAL) || ipv4_is_badclass(v->saddr))
		return false;
	if (dst == RTN_BROADCAST || dst == RTN_MULTICAST)
		return false;
	if (v->protocol != IPPROTO_ICMP)
		return true;
	return icmp_linear_len(skb) > v->hlen && icmp_is_query(skb_network_header(skb)[v->hlen]);
}

/* Copies @len bytes of @skb from its IP header on, wherever data points. */
static int icmp_quote(const struct sk_buff *skb, u8 *to, u32 len)
{
	u32 linear = min(len, icmp_linear_len(skb));

	memcpy(to, skb_network_header(skb), linear);
	return skb_copy_bits(skb, skb_headlen(skb), to + linear, len - linear);
}

static void icmp_send_error(const struct sk_buff *skb, const struct ip_view *v,
			    const struct icmp_view *error, const struct flowi *fl,
			    struct rtable *rt)
{
	u32 room = min(dst_mtu(&rt->dst), (u32)ICMP_MAX_SIZE) - sizeof(struct iphdr) -
		   sizeof(struct icmphdr);
	u32 len = min((u32)v->tot_len, icmp_linear_len(skb) + skb->data_len);
	struct sk_buff *out;
	u8 *p;

	len = min(len, room);
	out = icmp_alloc(rt->dst.dev, sizeof(struct icmphdr) + len);
	if (!out) {
		ICMP_INC(OutErrors);
		return;
	}
	p = skb_put(out, sizeof(struct icmphdr) + len);
	p[0] = error->type;
	p[1] = error->code;
	put_be32(p + 4, error->info);
	if (icmp_quote(skb, p + sizeof(struct icmphdr), len)) {
		ICMP_INC(OutErrors);
		kfree_skb(out, DROP_NOT_SPECIFIED);
		return;
	}
	icmp_xmit(out, fl, rt, (v->tos & TOS_MASK) | TOS_INTERNETCONTROL);
}

void icmp_send(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	struct icmp_view error = {type, code, info};
	struct flowi fl = {.saddr = 0};
	struct rtable *rt;
	struct ip_view v;

	if (ip_parse_quoted(skb_network_header(skb), icmp_linear_len(skb), &v) != NR_DROP_REASONS ||
	    !icmp_may_complain(skb, &v))
		return;
	fl.daddr = v.saddr;
	fl.tos = v.tos;
	if (inet_addr_type(v.daddr) ==
	    RTN_LOCAL) /* else we are a router: the interface's own (RFC 1812 §4.3.2.4) */
		fl.saddr = v.daddr;
	if (ip_route_output(&rt, &fl))
		return;
	if ((type == ICMP_DEST_UNREACH &&
	     code == ICMP_FRAG_NEEDED) || /* a path's MTU must not stay unknown */
	    icmp_may_send(&rt->dst, fl.daddr, type))
		icmp_send_error(skb, &v, &error, &fl, rt);
	dst_release(&rt->dst);
}
