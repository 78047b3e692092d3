/*
 * Source routes (RFC 791 §3.1, RFC 1122 §3.3.5, RFC 1812 §5.2.4.1): addresses that the sender wants
 * a packet to visit, in the header. Followed only where conf/all and the device's
 * accept_source_route say so (RFC 7126 §4.3 tells why that is off); else refused, and the sender is
 * told. ip_options.c has checked the option before anybody comes here: its pointer is at a whole
 * address, or behind the last one.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/neighbour.h"
#include "net/ip/route.h"

#define SRR_HEAD 3 /* kind, length, pointer */

static u32 srr_pointer(const u8 *o)
{
	return o[2] - 1u;
}

static bool srr_ended(const u8 *o)
{
	return o[2] > o[1];
}

/* Behind the address that was checked there may be the beginning of another. */
static bool srr_cut(const u8 *o)
{
	return o[1] - o[2] < 3;
}

static be32 srr_address(const u8 *o, u32 at)
{
	be32 addr;

	memcpy(&addr, o + at, sizeof(addr));
	return addr;
}

static u8 *srr_of(struct sk_buff *skb)
{
	u8 *opt = skb_network_header(skb) + sizeof(struct iphdr);

	return opt + ip_options_srr(opt, IPCB(skb)->opt_len);
}

bool ip_srr_strict(struct sk_buff *skb)
{
	return srr_of(skb)[0] == IPOPT_SSRR;
}

/* ---- in ---- */

static struct sk_buff *srr_refuse(struct sk_buff *skb)
{
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
	kfree_skb(skb, DROP_IP_SOURCE_ROUTE);
	return NULL;
}

static void srr_set_dest(struct sk_buff *skb, be32 addr)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->daddr = IPCB(skb)->view.daddr = addr;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, IPCB(skb)->view.hlen / 4u);
}

/* It has come to the address that it bears, which is ours: the way to the next one. Addresses of
 * ours among the next are passed at once. */
static struct sk_buff *srr_follow(struct sk_buff *skb)
{
	const struct ip_view *v = &IPCB(skb)->view;
	enum drop_reason why;
	u8 *o;

	skb = skb_cow(skb, 0);
	if (!skb)
		return NULL;
	v = &IPCB(skb)->view;
	for (o = srr_of(skb); !srr_ended(o); o[2] += 4) {
		be32 next;

		if (srr_cut(o))
			return srr_refuse(skb);
		next = srr_address(o, srr_pointer(o));
		skb_dst_drop(skb);
		if (ip_route_input(skb, next, v->saddr, v->tos, skb->dev, &why))
			return srr_refuse(skb);
		if (skb->dst->error)
			return skb; /* ip_error says what is wrong */
		if (rt_of(skb->dst)->type == RTN_UNICAST) {
			IPCB(skb)->srr_hit = true;
			return skb;
		}
		if (rt_of(skb->dst)->type != RTN_LOCAL)
			return srr_refuse(skb);
		srr_set_dest(skb, next);
	}
	srr_set_dest(skb, v->daddr);
	return skb;
}

struct sk_buff *ip_srr_rcv(struct sk_buff *skb)
{
	const struct in_device *in_dev = in_dev_get(skb->dev);

	if (!in_dev || !IN_DEV_SOURCE_ROUTE(in_dev) || skb->pkt_type != PACKET_HOST)
		return srr_refuse(skb);
	if (skb->dst->error)
		return skb;
	switch (rt_of(skb->dst)->type) {
	case RTN_LOCAL:
		return srr_follow(skb);
	case RTN_UNICAST: /* on its way to the next address */
		if (!ip_srr_strict(skb))
			return skb;
		icmp_send(skb, ICMP_PARAMETERPROB, 0, 16u << 24); /* not to be here */
		kfree_skb(skb, DROP_IP_SOURCE_ROUTE);
		return NULL;
	default:
		return srr_refuse(skb);
	}
}

/* ---- across ---- */

be32 ip_srr_next(struct sk_buff *skb)
{
	const u8 *o = srr_of(skb);

	return srr_address(o, srr_pointer(o));
}

void ip_srr_sign(struct sk_buff *skb, be32 addr)
{
	u8 *o = srr_of(skb);

	memcpy(o + srr_pointer(o), &addr, sizeof(addr));
	o[2] += 4;
}

/* ---- back, and out ---- */

be32 ip_srr_reverse(u8 *o, be32 to)
{
	u32 len = o[1], visited = min((o[2] - 4u) / 4, (len - SRR_HEAD) / 4);
	be32 list[IP_MAX_OPTIONS / 4], first;
	u8 *slot = o + SRR_HEAD;

	memcpy(list, slot, visited * 4);
	while (visited && inet_is_local(NULL, list[visited - 1]))
		visited--; /* passed at once */
	if (!visited) {
		o[0] = IPOPT_NOP;
		return to;
	}
	first = list[visited - 1];
	for (u32 i = 0; i < visited; i++)
		memcpy(slot + i * 4, i + 1 < visited ? &list[visited - 2 - i] : &to, 4);
	o[1] = (u8)(SRR_HEAD + visited * 4);
	o[2] = IPOPT_MINOFF;
	return first;
}

int ip_srr_take_first(u8 *o, be32 *first)
{
	u32 len = o[1];

	if (o[2] != IPOPT_MINOFF || len < SRR_HEAD + 4 || (len - SRR_HEAD) % 4)
		return -EINVAL;
	*first = srr_address(o, SRR_HEAD);
	memmove(o + SRR_HEAD, o + SRR_HEAD + 4, len - SRR_HEAD - 4);
	return 0;
}

void ip_srr_put_last(u8 *o, be32 addr)
{
	memcpy(o + o[1] - 4, &addr, sizeof(addr));
}

void ip_srr_give_first(u8 *o, be32 first)
{
	memmove(o + SRR_HEAD + 4, o + SRR_HEAD, o[1] - SRR_HEAD - 4u);
	memcpy(o + SRR_HEAD, &first, sizeof(first));
}
