/*
 * The primitives of the language as comparisons of header fields: which bytes of which header say
 * that a packet is from a host, to a net, of a protocol. Ports are only in the first fragment of a
 * datagram. IPv6 addresses, VLANs and directions are terms_more.c's.
 */
#include "compile.h"

enum {
	ETHERTYPE_IP = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_RARP = 0x8035,
	ETHERTYPE_IP6 = 0x86dd,
	ETHER_LENGTH_MAX = 1500, /* above it is a type, up to it the length of an LLC frame */
};
enum {
	IP_FRAGMENT = 6,
	IP_PROTOCOL = 9,
	IP_SOURCE = 12,
	IP_DESTINATION = 16,
	IP6_NEXT = 6,
	IP6_LENGTH = 40,
	ARP_SENDER = 14,
	ARP_TARGET = 24,
};
enum { IPPROTO_FRAGMENT_ = 44, IPPROTO_SCTP_ = 132 };

/* ---- what carries what ---- */

const struct cond *term_ethertype(struct compiler *c, uint32_t type)
{
	const struct cond *sized;

	if (c->env->link == LINK_RAW && (type == ETHERTYPE_IP || type == ETHERTYPE_IP6))
		return cond_field(c, BASE_NET, 0, BPF_B, 0xf0, type == ETHERTYPE_IP ? 0x40 : 0x60);
	if (c->env->link == LINK_RAW)
		return cond_const(c, false);
	if (c->env->link == LINK_SLL2)
		return cond_field(c, BASE_LINK, 0, BPF_H, 0xffffffff, type);
	if (type > ETHER_LENGTH_MAX)
		return cond_field(c, BASE_LINK, 12 + c->vlan, BPF_H, 0xffffffff, type);
	sized = cond_test(c, BPF_JGT, value_load(c, BASE_LINK, 12 + c->vlan, BPF_H, NULL),
			  value_number(c, ETHER_LENGTH_MAX));
	return cond_and(c, cond_not(c, sized),
			cond_field(c, BASE_LINK, 14 + c->vlan, BPF_B, 0xffffffff, type));
}

static const struct cond *over_ip(struct compiler *c, uint32_t proto)
{
	return cond_and(c, term_ethertype(c, ETHERTYPE_IP),
			cond_field(c, BASE_NET, IP_PROTOCOL, BPF_B, 0xffffffff, proto));
}

static const struct cond *ip6_next(struct compiler *c, uint32_t proto)
{
	return cond_field(c, BASE_NET, IP6_NEXT, BPF_B, 0xffffffff, proto);
}

/* At once behind the header, or behind a fragment header. */
static const struct cond *over_ip6(struct compiler *c, uint32_t proto)
{
	const struct cond *fragment =
		cond_and(c, ip6_next(c, IPPROTO_FRAGMENT_),
			 cond_field(c, BASE_NET, IP6_LENGTH, BPF_B, 0xffffffff, proto));

	return cond_and(c, term_ethertype(c, ETHERTYPE_IP6),
			cond_or(c, ip6_next(c, proto), fragment));
}

static const struct cond *first_fragment(struct compiler *c)
{
	return cond_not(c, cond_test(c, BPF_JSET, value_load(c, BASE_NET, IP_FRAGMENT, BPF_H, NULL),
				     value_number(c, 0x1fff)));
}

const struct cond *term_protocol(struct compiler *c, const struct qualifiers *q)
{
	switch (q->proto) {
	case Q_IP:
		return term_ethertype(c, ETHERTYPE_IP);
	case Q_ARP:
		return term_ethertype(c, ETHERTYPE_ARP);
	case Q_RARP:
		return term_ethertype(c, ETHERTYPE_RARP);
	case Q_IP6:
		return term_ethertype(c, ETHERTYPE_IP6);
	case Q_ICMP:
	case Q_IGMP:
		return over_ip(c, q->ip_proto);
	case Q_ICMP6:
		return over_ip6(c, q->ip_proto);
	default:
		return cond_or(c, over_ip(c, q->ip_proto), over_ip6(c, q->ip_proto));
	}
}

const struct cond *term_proto_number(struct compiler *c, const struct qualifiers *q, uint32_t n)
{
	if (n > (q->proto == Q_LINK ? 65535 : 255))
		compiler_fail(c, "there is no protocol %u", n);
	switch (q->proto) {
	case Q_NONE:
		return cond_or(c, over_ip(c, n), over_ip6(c, n));
	case Q_LINK:
		return term_ethertype(c, n);
	case Q_IP:
		return over_ip(c, n);
	case Q_IP6:
		return over_ip6(c, n);
	default:
		compiler_fail(c, "only ether, ip and ip6 have a 'proto'");
		return cond_const(c, false);
	}
}

/* ---- directions ---- */

const struct cond *term_directed(struct compiler *c, enum direction dir, const struct cond *src,
				 const struct cond *dst)
{
	switch (dir) {
	case DIR_SRC:
		return src;
	case DIR_DST:
		return dst;
	case DIR_AND:
		return cond_and(c, src, dst);
	default:
		return cond_or(c, src, dst);
	}
}

/* ---- addresses ---- */

static const struct cond *address_at(struct compiler *c, const struct qualifiers *q, uint32_t src,
				     uint32_t dst, uint32_t addr, uint32_t mask)
{
	return term_directed(c, q->dir, cond_field(c, BASE_NET, src, BPF_W, mask, addr),
			     cond_field(c, BASE_NET, dst, BPF_W, mask, addr));
}

static const struct cond *host_of(struct compiler *c, const struct qualifiers *q, uint32_t type,
				  uint32_t addr, uint32_t mask)
{
	bool ip = type == ETHERTYPE_IP;

	return cond_and(c, term_ethertype(c, type),
			address_at(c, q, ip ? IP_SOURCE : ARP_SENDER,
				   ip ? IP_DESTINATION : ARP_TARGET, addr, mask));
}

const struct cond *term_host(struct compiler *c, const struct qualifiers *q, uint32_t addr,
			     uint32_t mask)
{
	switch (q->proto) {
	case Q_IP:
		return host_of(c, q, ETHERTYPE_IP, addr, mask);
	case Q_ARP:
		return host_of(c, q, ETHERTYPE_ARP, addr, mask);
	case Q_RARP:
		return host_of(c, q, ETHERTYPE_RARP, addr, mask);
	case Q_NONE:
		return cond_or(c,
			       cond_or(c, host_of(c, q, ETHERTYPE_IP, addr, mask),
				       host_of(c, q, ETHERTYPE_ARP, addr, mask)),
			       host_of(c, q, ETHERTYPE_RARP, addr, mask));
	default:
		compiler_fail(c, "a host or net goes with ip, arp and rarp only");
		return cond_const(c, false);
	}
}

static const struct cond *ether_at(struct compiler *c, uint32_t k, const uint8_t a[6])
{
	uint32_t high = (uint32_t)a[0] << 8 | a[1];
	uint32_t low = (uint32_t)a[2] << 24 | a[3] << 16 | a[4] << 8 | a[5];

	return cond_and(c, cond_field(c, BASE_LINK, k + 2, BPF_W, 0xffffffff, low),
			cond_field(c, BASE_LINK, k, BPF_H, 0xffffffff, high));
}

static bool wants_ethernet(struct compiler *c)
{
	if (c->env->link == LINK_ETHERNET)
		return true;
	compiler_fail(c, "these packets have no Ethernet addresses");
	return false;
}

const struct cond *term_ether(struct compiler *c, const struct qualifiers *q, const uint8_t addr[6])
{
	if (!wants_ethernet(c))
		return cond_const(c, false);
	return term_directed(c, q->dir, ether_at(c, 6, addr), ether_at(c, 0, addr));
}

static const struct cond *ip_broadcast(struct compiler *c)
{
	uint32_t host = ~c->env->netmask;

	return cond_and(c, term_ethertype(c, ETHERTYPE_IP),
			cond_or(c, cond_field(c, BASE_NET, IP_DESTINATION, BPF_W, host, 0),
				cond_field(c, BASE_NET, IP_DESTINATION, BPF_W, host, host)));
}

const struct cond *term_broadcast(struct compiler *c, enum protocol proto)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (proto == Q_IP)
		return ip_broadcast(c);
	if (proto != Q_NONE && proto != Q_LINK)
		compiler_fail(c, "only ether and ip have a 'broadcast'");
	return wants_ethernet(c) ? ether_at(c, 0, all) : cond_const(c, false);
}

const struct cond *term_multicast(struct compiler *c, enum protocol proto)
{
	uint32_t first = proto == Q_IP ? 224 : 255;
	uint32_t at = proto == Q_IP ? IP_DESTINATION : 24;

	if (proto == Q_IP || proto == Q_IP6)
		return cond_and(c, term_ethertype(c, proto == Q_IP ? ETHERTYPE_IP : ETHERTYPE_IP6),
				cond_test(c, BPF_JGE, value_load(c, BASE_NET, at, BPF_B, NULL),
					  value_number(c, first)));
	if (proto != Q_NONE && proto != Q_LINK)
		compiler_fail(c, "only ether, ip and ip6 have a 'multicast'");
	if (!wants_ethernet(c))
		return cond_const(c, false);
	return cond_test(c, BPF_JSET, value_load(c, BASE_LINK, 0, BPF_B, NULL), value_number(c, 1));
}

/* ---- ports ---- */

static const struct cond *port_at(struct compiler *c, enum load_base base, uint32_t k, uint32_t low,
				  uint32_t high)
{
	const struct value *port = value_load(c, base, k, BPF_H, NULL);

	if (low == high)
		return cond_test(c, BPF_JEQ, port, value_number(c, low));
	return cond_and(c, cond_test(c, BPF_JGE, port, value_number(c, low)),
			cond_not(c, cond_test(c, BPF_JGT, port, value_number(c, high))));
}

static const struct cond *ports_in(struct compiler *c, const struct qualifiers *q,
				   enum load_base base, uint32_t k, uint32_t low, uint32_t high)
{
	return term_directed(c, q->dir, port_at(c, base, k, low, high),
			     port_at(c, base, k + 2, low, high));
}

/* Is the protocol at @k @proto, or, if that is 0, one with ports? */
static const struct cond *with_ports(struct compiler *c, uint32_t k, uint8_t proto)
{
	static const uint8_t all[] = { IPPROTO_SCTP_, IPPROTO_TCP, IPPROTO_UDP };
	const struct cond *any = NULL;

	if (proto)
		return cond_field(c, BASE_NET, k, BPF_B, 0xffffffff, proto);
	for (size_t i = 0; i < sizeof(all); i++)
		any = cond_or(c, any, cond_field(c, BASE_NET, k, BPF_B, 0xffffffff, all[i]));
	return any;
}

const struct cond *term_ports(struct compiler *c, const struct qualifiers *q, uint32_t low,
			      uint32_t high, uint8_t ip_proto)
{
	const struct cond *ip, *ip6;

	ip6 = cond_and(c, with_ports(c, IP6_NEXT, ip_proto),
		       ports_in(c, q, BASE_NET, IP6_LENGTH, low, high));
	ip = cond_and(c, with_ports(c, IP_PROTOCOL, ip_proto), first_fragment(c));
	ip = cond_and(c, ip, ports_in(c, q, BASE_TRANSPORT, 0, low, high));
	return cond_or(c, cond_and(c, term_ethertype(c, ETHERTYPE_IP6), ip6),
		       cond_and(c, term_ethertype(c, ETHERTYPE_IP), ip));
}

/* ---- proto[offset:size] ---- */

static bool in_datagram(enum protocol proto)
{
	return proto >= Q_TCP && proto != Q_ICMP6;
}

const struct cond *term_accessible(struct compiler *c, const struct qualifiers *q)
{
	if (q->proto == Q_LINK)
		return NULL;
	if (q->proto == Q_ICMP6)
		return cond_and(c, term_ethertype(c, ETHERTYPE_IP6), ip6_next(c, q->ip_proto));
	if (in_datagram(q->proto))
		return cond_and(c, over_ip(c, q->ip_proto), first_fragment(c));
	return term_protocol(c, q);
}

const struct value *term_access(struct compiler *c, const struct qualifiers *q, uint8_t size,
				const struct value *index)
{
	enum load_base base = q->proto == Q_LINK    ? BASE_LINK :
			      in_datagram(q->proto) ? BASE_TRANSPORT :
						      BASE_NET;

	return value_load(c, base, q->proto == Q_ICMP6 ? IP6_LENGTH : 0, size, index);
}
