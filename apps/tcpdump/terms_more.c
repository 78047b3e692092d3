/*
 * Primitives beside those of IPv4: IPv6 hosts and nets, VLAN tags - from which on all headers of
 * the expression lie four bytes further - and the direction that a packet has on this host.
 */
#include <netpacket/packet.h>
#include <string.h>

#include "compile.h"

#define VLAN_TAG 4
#define VLAN_TAGS_MAX 8

/* ---- IPv6 ---- */

static const struct cond *ip6_at(struct compiler *c, uint32_t k, const uint8_t addr[16], int len)
{
	const struct cond *all = NULL;

	for (int i = 0; i < 4 && len > 32 * i; i++) {
		const uint8_t *a = addr + 4 * i;
		int beyond = 32 * (i + 1) - len; /* below 32 */
		uint32_t word = (uint32_t)a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3];

		all = cond_and(c, all,
			       cond_field(c, BASE_NET, k + 4 * (uint32_t)i, BPF_W,
					  ~0u << (beyond > 0 ? beyond & 31 : 0), word));
	}
	return all ? all : cond_const(c, true);
}

static bool bits_beyond(const uint8_t addr[16], int len)
{
	for (int i = len; i < 128; i++)
		if (addr[i / 8] & 0x80 >> i % 8)
			return true;
	return false;
}

const struct cond *term_host6(struct compiler *c, const struct qualifiers *q,
			      const uint8_t addr[16], int len)
{
	if (q->proto != Q_NONE && q->proto != Q_IP6)
		compiler_fail(c, "an IPv6 host or net goes with ip6 only");
	else if (q->kind > K_NET)
		compiler_fail(c, "an IPv6 address is a host or a net");
	else if (q->kind != K_NET && len != 128)
		compiler_fail(c, "only a net has a mask");
	else if (bits_beyond(addr, len))
		compiler_fail(c, "non-network bits set in the address of a net");
	return cond_and(
		c, term_ethertype(c, 0x86dd),
		term_directed(c, q->dir, ip6_at(c, 8, addr, len), ip6_at(c, 24, addr, len)));
}

/* ---- VLAN ---- */

const struct cond *term_vlan(struct compiler *c, bool given, uint32_t id)
{
	const struct cond *tag;

	if (c->env->link != LINK_ETHERNET)
		compiler_fail(c, "no VLAN support for these packets");
	else if (given && id > 0xfff)
		compiler_fail(c, "VLAN tag %u greater than maximum 4095", id);
	else if (c->vlan >= VLAN_TAGS_MAX * VLAN_TAG)
		compiler_fail(c, "too many VLAN tags");
	tag = cond_or(c, term_ethertype(c, 0x8100), term_ethertype(c, 0x88a8));
	tag = cond_or(c, tag, term_ethertype(c, 0x9100));
	if (given)
		tag = cond_and(c, tag, cond_field(c, BASE_NET, 0, BPF_H, 0xfff, id));
	if (!c->failed)
		c->vlan += VLAN_TAG;
	return tag;
}

/* ---- in and out ---- */

const struct cond *term_direction(struct compiler *c, bool inbound)
{
	const struct cond *outgoing;

	if (c->env->link == LINK_SLL2) {
		outgoing = cond_field(c, BASE_LINK, 10, BPF_B, ~0u, PACKET_OUTGOING);
	} else {
		if (!c->env->live)
			compiler_fail(c, "a file does not say which packets were %s",
				      inbound ? "inbound" : "outbound");
		outgoing = cond_field(c, BASE_LINK, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE), BPF_H,
				      ~0u, PACKET_OUTGOING);
	}
	return inbound ? cond_not(c, outgoing) : outgoing;
}
