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

/* An answer on its way back. */
struct icmp_answer {
	struct rtable *rt; /* a reference */
	struct ipcm_cookie ipc;
	u8 options[IP_MAX_OPTIONS];
};

/* Whom the answer goes to first: its source route, if there is one, is the question's backward. */
static be32 icmp_answer_options(const struct sk_buff *skb, const struct ip_view *v,
				struct icmp_answer *a, u32 *len)
{
	memcpy(a->options, skb_network_header(skb) + sizeof(struct iphdr), *len);
	return ip_options_for_reply(a->options, len, v->saddr);
}

/*
 * Prepares to answer @skb: from the address that it came to, if that is one, and with the route
 * that it asked to have recorded (RFC 1122 §3.2.2.6). 0, or -errno: there is no way back.
 */
static int icmp_answer_to(const struct sk_buff *skb, const struct ip_view *v, struct icmp_answer *a)
{
	struct flowi fl = { .daddr = v->saddr, .tos = v->tos };
	u32 optlen = v->hlen - (u32)sizeof(struct iphdr);
	int err;

	if (unlikely(optlen))
		fl.daddr = icmp_answer_options(skb, v, a, &optlen);
	if (rt_of(skb->dst)->type == RTN_LOCAL)
		fl.saddr = v->daddr;
	else
		fl.oif = skb->dev->ifindex;
	err = ip_route_output(&a->rt, &fl);
	if (err)
		return err;
	a->ipc = (struct ipcm_cookie){
		.saddr = fl.saddr,
		.daddr = fl.daddr,
		.protocol = IPPROTO_ICMP,
		.tos = v->tos,
		.dst = &a->rt->dst,
		.options = a->options,
		.optlen = (u8)optlen,
	};
	if (unlikely(optlen))
		ip_options_record(a->options, optlen, fl.saddr);
	return 0;
}

/* Makes of a packet that came in one that can go out, with room for headers; NULL: gone, counted.
 */
static struct sk_buff *icmp_reuse(struct sk_buff *skb, const struct icmp_answer *a)
{
	u32 headroom = a->rt->dst.dev->hard_header_len + sizeof(struct iphdr) + a->ipc.optlen;

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
	struct icmp_answer a;
	struct icmphdr *icmp;
	u32 check;

	if (icmp_answer_to(skb, &IPCB(skb)->view, &a)) {
		kfree_skb(skb, DROP_IP_NO_ROUTE);
		return;
	}
	skb = icmp_reuse(skb, &a);
	if (!skb)
		goto out;
	icmp = (struct icmphdr *)skb->data;
	/* RFC 1624, for a type that becomes 0 */
	check = (u32)icmp->checksum + htons(ICMP_ECHO << 8);
	icmp->checksum = (be16)(check + (check >> 16));
	icmp->type = ICMP_ECHOREPLY;
	icmp_out_count(ICMP_ECHOREPLY);
	ip_queue_xmit(skb, &a.ipc);
out:
	dst_release(&a.rt->dst);
}

static struct sk_buff *icmp_alloc(const struct ipcm_cookie *ipc, u32 len)
{
	u32 headroom = ALIGN_UP((u32)ipc->dst->dev->hard_header_len, 16u) + sizeof(struct iphdr);
	struct sk_buff *skb = alloc_skb(headroom + ipc->optlen + len);

	if (skb)
		skb_reserve(skb, headroom + ipc->optlen);
	return skb;
}

static void icmp_xmit(struct sk_buff *skb, const struct ipcm_cookie *ipc)
{
	struct icmphdr *icmp = (struct icmphdr *)skb->data;

	icmp->checksum = 0;
	icmp->checksum = csum_fold(csum_partial(skb->data, skb->len, 0));
	icmp_out_count(icmp->type);
	ip_queue_xmit(skb, ipc);
}

void icmp_timestamp_reply(struct sk_buff *skb)
{
	struct sk_buff *reply;
	struct icmp_answer a;
	u8 *p;

	if (icmp_answer_to(skb, &IPCB(skb)->view, &a))
		return;
	reply = icmp_alloc(&a.ipc, 20);
	if (reply) {
		p = skb_put(reply, 20);
		memcpy(p, skb->data, 12); /* identifier, sequence, originate timestamp */
		p[0] = ICMP_TIMESTAMPREPLY;
		p[1] = 0;
		put_be32(p + 12, ip_timestamp());
		put_be32(p + 16, ip_timestamp());
		icmp_xmit(reply, &a.ipc);
	}
	dst_release(&a.rt->dst);
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
			    const struct icmp_view *error, const struct ipcm_cookie *ipc)
{
	u32 room = min(dst_mtu(ipc->dst), (u32)ICMP_MAX_SIZE) - sizeof(struct iphdr) -
		   sizeof(struct icmphdr);
	u32 len = min((u32)v->tot_len, icmp_linear_len(skb) + skb->data_len);
	struct sk_buff *out;
	u8 *p;

	len = min(len, room);
	out = icmp_alloc(ipc, sizeof(struct icmphdr) + len);
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
	icmp_xmit(out, ipc);
}

/* Errors of a router bear the address of the device that the packet came in by, not of the way
 * back: traceroute then shows the way there. */
int sysctl_errors_use_inbound_ifaddr;

void icmp_send(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	struct icmp_view error = { type, code, info };
	struct ipcm_cookie ipc = { .protocol = IPPROTO_ICMP };
	struct flowi fl = { .saddr = 0 };
	struct rtable *rt;
	struct ip_view v;

	if (ip_parse_quoted(skb_network_header(skb), icmp_linear_len(skb), &v) != NR_DROP_REASONS ||
	    !icmp_may_complain(skb, &v))
		return;
	fl.daddr = v.saddr;
	fl.tos = v.tos;
	/* Else we are a router: the interface's own (RFC 1812 §4.3.2.4). */
	if (inet_addr_type(v.daddr) == RTN_LOCAL)
		fl.saddr = v.daddr;
	else if (sysctl_errors_use_inbound_ifaddr)
		fl.saddr = inet_select_addr(skb->dev, 0, RT_SCOPE_LINK);
	if (ip_route_output(&rt, &fl))
		return;
	ipc.saddr = fl.saddr;
	ipc.daddr = fl.daddr;
	ipc.tos = (v.tos & TOS_MASK) | TOS_INTERNETCONTROL;
	ipc.dst = &rt->dst;
	/* A path's MTU must not stay unknown. */
	if ((type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) ||
	    icmp_may_send(&rt->dst, fl.daddr, type))
		icmp_send_error(skb, &v, &error, &ipc);
	dst_release(&rt->dst);
}
