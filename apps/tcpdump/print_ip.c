/* IPv4 (RFC 791): the header, at -v in full, and what it carries. */
#include "dump.h"

enum {
	IP_TOS = 1,
	IP_LENGTH = 2,
	IP_ID = 4,
	IP_FLAGS = 6,
	IP_TTL = 8,
	IP_PROTOCOL = 9,
	IP_CHECKSUM = 10,
	IP_SOURCE = 12,
	IP_DESTINATION = 16,
	IP_HEADER = 20,
};

static const struct {
	uint8_t number;
	const char *name, *title;
} protocols[] = {
	{ 0, "hopopt", "Options" },
	{ 1, "icmp", "ICMP" },
	{ 2, "igmp", "IGMP" },
	{ 4, "ipencap", "IPIP" },
	{ 6, "tcp", "TCP" },
	{ 8, "egp", "EGP" },
	{ 9, "igp", "IGRP" },
	{ 17, "udp", "UDP" },
	{ 33, "dccp", "DCCP" },
	{ 41, "ipv6", "IPv6" },
	{ 43, "ipv6-route", "Routing" },
	{ 44, "ipv6-frag", "Fragment" },
	{ 46, "rsvp", "RSVP" },
	{ 47, "gre", "GRE" },
	{ 50, "esp", "ESP" },
	{ 51, "ah", "AH" },
	{ 58, "ipv6-icmp", "ICMPv6" },
	{ 88, "eigrp", "EIGRP" },
	{ 89, "ospf", "OSPF" },
	{ 103, "pim", "PIM" },
	{ 108, "ipcomp", "Compressed IP" },
	{ 112, "vrrp", "VRRP" },
	{ 132, "sctp", "SCTP" },
};

const char *ip_protocol_name(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == proto)
			return protocols[i].name;
	return NULL;
}

const char *ip_protocol_title(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == proto)
			return protocols[i].title;
	return "unknown";
}

static void print_flags(struct dump *d, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = { { 0x2000, "+" }, { 0x4000, "DF" }, { 0x8000, "rsvd" } };
	bool any = false;

	out(d, ", flags [");
	for (size_t i = 0; i < 3; i++)
		if (flags & names[i].bit) {
			out(d, "%s%s", any ? ", " : "", names[i].name);
			any = true;
		}
	out(d, "%s]", any ? "" : "none");
}

static void print_checksum(struct dump *d, struct span header)
{
	uint16_t sum = span_checksum(header, 0);
	uint32_t was = get16(header, IP_CHECKSUM), right;

	if (d->o->no_cksum || header.cap < header.len || !sum)
		return;
	right = was + sum;
	right = (right & 0xffff) + (right >> 16);
	out(d, ", bad cksum %x (->%x)!", was, right);
}

static void print_header(struct dump *d, struct span s, uint32_t hlen, uint32_t len)
{
	static const char *const ecn[] = { "", ",ECT(1)", ",ECT(0)", ",CE" };
	uint32_t flags = get16(s, IP_FLAGS);

	out(d, "(tos 0x%x%s", s.p[IP_TOS], ecn[s.p[IP_TOS] & 3]);
	if (s.p[IP_TTL])
		out(d, ", ttl %u", s.p[IP_TTL]);
	out(d, ", id %u, offset %u", get16(s, IP_ID), (flags & 0x1fff) * 8);
	print_flags(d, flags);
	out(d, ", proto %s (%u), length %u", ip_protocol_title(s.p[IP_PROTOCOL]), s.p[IP_PROTOCOL],
	    len);
	if (hlen > IP_HEADER) {
		out(d, ", options (");
		print_ip_options(d, span_first(span_from(s, IP_HEADER), hlen - IP_HEADER));
		out(d, ")");
	}
	print_checksum(d, span_first(s, hlen));
	out(d, ")\n    ");
}

static bool has_ports(uint8_t proto)
{
	return proto == 6 || proto == 17;
}

static void print_ends(struct dump *d, struct span ip, const char *end)
{
	char a[64], b[64];

	out(d, "%s > %s:%s", dump_host(d, get32(ip, IP_SOURCE), a),
	    dump_host(d, get32(ip, IP_DESTINATION), b), end);
}

static void print_payload(struct dump *d, struct span s, struct span ip, bool fragment)
{
	uint8_t proto = ip.p[IP_PROTOCOL];
	const char *name = ip_protocol_name(proto);

	if (!has_ports(proto))
		print_ends(d, ip, " ");
	switch (proto) {
	case 1:
		print_icmp(d, s, ip, fragment);
		break;
	case 2:
		print_igmp(d, s);
		break;
	case 4:
		print_ip(d, s);
		break;
	case 6:
		print_tcp(d, s, ip, fragment);
		break;
	case 17:
		print_udp(d, s, ip, fragment);
		break;
	case 41:
		print_ip6(d, s);
		break;
	default:
		if (name && d->o->host)
			out(d, " %s %u", name, s.len);
		else
			out(d, " ip-proto-%u %u", proto, s.len);
	}
}

static void print_fragment(struct dump *d, struct span ip)
{
	const char *name = ip_protocol_name(ip.p[IP_PROTOCOL]);

	print_ends(d, ip, " ");
	if (name && d->o->host)
		out(d, "%s", name);
	else
		out(d, "ip-proto-%u", ip.p[IP_PROTOCOL]);
}

/* The length to go by, 0: there is no way to go on. */
static uint32_t check_lengths(struct dump *d, struct span s, uint32_t hlen)
{
	uint32_t len = get16(s, IP_LENGTH);

	if (s.len < len)
		out(d, "truncated-ip - %u bytes missing! ", len - s.len);
	if (len >= hlen)
		return len;
	/* A card that segments leaves the length to be filled in. */
	if (!len)
		return s.len;
	out(d, "bad-len %u", len);
	return 0;
}

void print_ip(struct dump *d, struct span s)
{
	uint32_t hlen, len, flags;
	struct span ip;

	if (!span_has(s, 0, 1)) {
		out_truncated(d, "ip");
		return;
	}
	if (s.p[0] >> 4 != 4) {
		out(d, "IP%u%s (invalid)", s.p[0] >> 4,
		    s.p[0] >> 4 == 6 ? ", wrong link-layer encapsulation" : "");
		return;
	}
	if (!d->o->ether)
		out(d, "IP ");
	hlen = (s.p[0] & 0xf) * 4u;
	if (s.len < IP_HEADER)
		out(d, "truncated-ip %u", s.len);
	else if (hlen < IP_HEADER)
		out(d, "bad-hlen %u", hlen);
	else if (!span_has(s, 0, IP_HEADER))
		out_truncated(d, "ip");
	else if ((len = check_lengths(d, s, hlen)) > 0) {
		ip = span_first(s, len);
		flags = get16(s, IP_FLAGS);
		if (d->o->verbose)
			print_header(d, ip, hlen, len);
		if (flags & 0x1fff)
			print_fragment(d, ip);
		else
			print_payload(d, span_from(ip, hlen), ip, flags & 0x2000);
	}
}
