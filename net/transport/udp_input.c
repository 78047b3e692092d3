/*
 * UDP in: from IP to the socket's receive queue, and ICMP errors to the socket that caused them.
 * The checksum is left to the copy to the task, which passes over the bytes anyway (udp_recvmsg);
 * only who answers or asks about a packet before that checks it here.
 */
#include "net/core/checksum.h"
#include "net/core/filter.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"
#include "net/transport/udp_private.h"
#include "net/transport/udp_table.h"

/* ---- the header ---- */

static void udp_view_read(const u8 *data, struct udp_view *v)
{
	v->source = get_be16(data);
	v->dest = get_be16(data + 2);
	v->len = get_be16(data + 4);
	memcpy(&v->check, data + 6, sizeof(v->check));
}

enum drop_reason udp_parse(const u8 *data, u32 len, struct udp_view *v)
{
	if (len < sizeof(struct udphdr))
		return DROP_UDP_BAD;
	udp_view_read(data, v);
	if (v->len < sizeof(struct udphdr) || v->len > len)
		return DROP_UDP_BAD;
	return NR_DROP_REASONS;
}

/* ---- checksum ---- */

bool udp_csum_ok(struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		return true;
	if (csum_fold(skb_checksum(skb, sizeof(struct udphdr), skb->len - sizeof(struct udphdr),
				   skb->csum)))
		return false;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

/* Settles what is known of the checksum: it is fine, or the sum over pseudo header and header waits
 * in skb->csum. */
static void udp_csum_init(struct sk_buff *skb, const struct udp_view *v)
{
	const struct ip_view *ip = &IPCB(skb)->view;
	u32 pseudo;

	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		return;
	if (!v->check || skb->ip_summed == CHECKSUM_PARTIAL) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		return;
	}
	pseudo = csum_tcpudp_nofold(ip->saddr, ip->daddr, v->len, IPPROTO_UDP, 0);
	if (skb->ip_summed == CHECKSUM_COMPLETE &&
	    !csum_fold(csum_block_add(pseudo, skb->csum, 0))) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		return;
	}
	skb->ip_summed = CHECKSUM_NONE;
	skb->csum = csum_partial(skb->data, sizeof(struct udphdr), pseudo);
}

void udp_drop_csum(struct sk_buff *skb)
{
	UDP_INC(InErrors);
	UDP_INC(InCsumErrors);
	kfree_skb(skb, DROP_UDP_CSUM);
}

/* ---- to the socket ---- */

void udp_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	int err = sock_queue_rcv_skb(sk, skb);

	if (likely(!err))
		return;
	UDP_INC(InErrors);
	if (err == -ENOMEM)
		UDP_INC(RcvbufErrors);
	else
		UDP_INC(MemErrors);
}

/* What is to be cut must be right before. Consumes @skb if false. */
static bool udp_filter(struct sock *sk, struct sk_buff *skb)
{
	if (!udp_csum_ok(skb)) {
		udp_drop_csum(skb);
		return false;
	}
	if (sk_filter(sk, skb, sizeof(struct udphdr)))
		return true;
	UDP_INC(InErrors);
	return false;
}

static void udp_queue_rcv_skb(struct sock *sk, struct sk_buff *skb)
{
	if (unlikely(sock_flag(sk, SOCK_FILTERED)) && !udp_filter(sk, skb))
		return;
	if (likely(!sock_owned_by_user(sk))) {
		udp_backlog_rcv(sk, skb);
	} else if (sk_add_backlog(sk, skb)) {
		UDP_INC(InErrors);
		UDP_INC(RcvbufErrors);
	}
}

/* To all that want it: clones, and the packet itself to the last. */
static void udp_mcast_deliver(struct sk_buff *skb, const struct udp_flow *fl)
{
	struct sock *sk = udp_next_match(fl, NULL), *next;

	if (!sk) {
		UDP_INC(IgnoredMulti);
		kfree_skb(skb, DROP_NO_SOCKET);
		return;
	}
	for (; (next = udp_next_match(fl, sk)) != NULL; sk = next) {
		struct sk_buff *clone = skb_clone(skb);

		if (clone)
			udp_queue_rcv_skb(sk, clone);
		else
			UDP_INC(InErrors);
	}
	udp_queue_rcv_skb(sk, skb);
}

static void udp_no_port(struct sk_buff *skb)
{
	if (!udp_csum_ok(skb)) {
		udp_drop_csum(skb);
		return;
	}
	UDP_INC(NoPorts);
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	kfree_skb(skb, DROP_NO_SOCKET);
}

void udp_rcv(struct sk_buff *skb)
{
	const struct ip_view *ip = &IPCB(skb)->view;
	enum rtn_type type = rt_of(skb->dst)->type;
	struct udp_view v;
	struct udp_flow fl;
	struct sock *sk;

	if (!pskb_may_pull(skb, sizeof(struct udphdr)) ||
	    udp_parse(skb->data, skb->len, &v) != NR_DROP_REASONS) {
		UDP_INC(InErrors);
		kfree_skb(skb, DROP_UDP_BAD);
		return;
	}
	if (v.len < skb->len) {
		if (skb->ip_summed == CHECKSUM_COMPLETE)
			skb->ip_summed = CHECKSUM_NONE;
		skb_trim(skb, v.len);
	}
	udp_csum_init(skb, &v);
	DATAGRAM_CB(skb)->sport = htons(v.source);
	fl = (struct udp_flow){ .laddr = ip->daddr,
				.raddr = ip->saddr,
				.rport = htons(v.source),
				.lport = v.dest,
				.dif = skb->dev->ifindex };
	if (unlikely(type == RTN_BROADCAST || type == RTN_MULTICAST)) {
		udp_mcast_deliver(skb, &fl);
		return;
	}
	sk = udp_lookup(&fl);
	if (sk)
		udp_queue_rcv_skb(sk, skb);
	else
		udp_no_port(skb);
}

/* ---- ICMP errors ---- */

void udp_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	struct udp_view v;
	struct udp_flow fl;
	struct sock *sk;

	udp_view_read(skb->data + (iph->ihl_version & 15) * 4, &v);
	/* The packet is one of ours: its source is the local end. */
	fl = (struct udp_flow){ .laddr = iph->saddr,
				.raddr = iph->daddr,
				.rport = htons(v.dest),
				.lport = v.source,
				.dif = skb->dev->ifindex };
	sk = udp_lookup(&fl);
	if (sk)
		datagram_err(sk, skb, htons(v.dest), type, code, info);
	else
		ICMP_INC(InErrors);
}
