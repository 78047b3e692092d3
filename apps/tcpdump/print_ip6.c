/*
 * IPv6 (RFC 8200): the header, the extension headers on the way, and what it carries. Addresses
 * stay numbers. Options of extension headers are left out.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "dump.h"

enum { IP6_LENGTH = 4, IP6_NEXT = 6, IP6_HOPS = 7, IP6_SOURCE = 8, IP6_DESTINATION = 24 };
enum { HOPOPT = 0, IPIP = 4, TCP = 6, UDP = 17, IPV6 = 41, ROUTING = 43, FRAGMENT = 44 };
enum { ICMP6 = 58, NO_NEXT = 59, DSTOPT = 60 };

#define EXTENSIONS_MAX 32 /* more of them are one who plays */

const char *dump_host6(const uint8_t *p, char buf[64])
{
	if (!inet_ntop(AF_INET6, p, buf, 64))
		buf[0] = '\0';
	return buf;
}

static void print_header(struct dump *d, struct span s)
{
	uint32_t first = get32(s, 0);

	out(d, "(");
	if (first >> 20 & 0xff)
		out(d, "class 0x%02x, ", first >> 20 & 0xff);
	if (first & 0xfffff)
		out(d, "flowlabel 0x%05x, ", first & 0xfffff);
	out(d, "hlim %u, next-header %s (%u) payload length: %u) ", s.p[IP6_HOPS],
	    ip_protocol_title(s.p[IP6_NEXT]), s.p[IP6_NEXT], get16(s, IP6_LENGTH));
}

static void print_ends(struct dump *d, struct span ip)
{
	dump_addresses(d, ip);
	out(d, ": ");
}

/* What extension header @next is, moved over; false: it is none, or cut off. */
static bool skip_extension(struct dump *d, uint8_t *next, struct span *s)
{
	const char *name = *next == HOPOPT  ? "HBH" :
			   *next == DSTOPT  ? "DSTOPT" :
			   *next == ROUTING ? "RT6" :
					      NULL;
	uint32_t len;

	if (!name)
		return false;
	if (!span_has(*s, 0, 8)) {
		out_truncated(d, *next == HOPOPT ? "hbh" : *next == DSTOPT ? "dstopt" : "rt6");
		*next = NO_NEXT;
		*s = span_first(*s, 0);
		return false;
	}
	len = (s->p[1] + 1u) * 8;
	out(d, "%s ", name);
	*next = s->p[0];
	*s = span_from(*s, len);
	return true;
}

/* True: the first of several, which begins with the header of what it is a part of. */
static bool print_fragment(struct dump *d, uint8_t *next, struct span *s)
{
	uint32_t at;

	if (!span_has(*s, 0, 8)) {
		out_truncated(d, "frag");
		return false;
	}
	at = get16(*s, 2) & 0xfff8;
	out(d, "frag (");
	if (d->o->verbose)
		out(d, "0x%08x:", get32(*s, 4));
	out(d, "%u|%u)", at, s->len - 8);
	*next = s->p[0];
	*s = span_from(*s, 8);
	if (!at)
		out(d, " ");
	return !at;
}

static void print_payload(struct dump *d, uint8_t next, struct span s, struct span ip,
			  bool fragment)
{
	const char *name = ip_protocol_name(next);

	switch (next) {
	case TCP:
		print_tcp(d, s, ip, fragment);
		break;
	case UDP:
		print_udp(d, s, ip, fragment);
		break;
	case ICMP6:
		print_icmp6(d, s, ip, fragment);
		break;
	case IPIP:
		print_ip(d, s);
		break;
	case IPV6:
		print_ip6(d, s);
		break;
	case NO_NEXT:
		out(d, "no next header");
		break;
	default:
		if (name && d->o->host)
			out(d, " %s %u", name, s.len);
		else
			out(d, " ip-proto-%u %u", next, s.len);
	}
}

static void print_chain(struct dump *d, struct span s, struct span ip)
{
	uint8_t next = ip.p[IP6_NEXT];
	bool unchecked = false;

	if (next != TCP && next != UDP)
		print_ends(d, ip);
	for (int n = 0; n < EXTENSIONS_MAX; n++) {
		uint8_t header = next;

		if (!skip_extension(d, &next, &s))
			break;
		/* The sum is over the last address of the route. */
		if (header == ROUTING)
			unchecked = true;
	}
	if (!s.len && !s.cap && next == NO_NEXT && ip.p[IP6_NEXT] != NO_NEXT)
		return;
	if (next == FRAGMENT) {
		unchecked = true;
		if (!print_fragment(d, &next, &s))
			return;
	}
	print_payload(d, next, s, ip, unchecked);
}

void print_ip6(struct dump *d, struct span s)
{
	uint32_t len;

	if (!span_has(s, 0, IP6_HEADER)) {
		out_truncated(d, "ip6");
		return;
	}
	if (!d->o->ether)
		out(d, "IP6 ");
	if (s.p[0] >> 4 != 6) {
		out(d, "version error: %u != 6", s.p[0] >> 4);
		return;
	}
	len = get16(s, IP6_LENGTH) + IP6_HEADER;
	if (s.len < len)
		out(d, "truncated-ip6 - %u bytes missing!", len - s.len);
	if (d->o->verbose)
		print_header(d, s);
	s = span_first(s, len);
	print_chain(d, span_from(s, IP6_HEADER), s);
}
