/* UDP (RFC 768), and by its ports what it carries. */
#include "dump.h"

enum { UDP_SPORT = 0, UDP_DPORT = 2, UDP_LENGTH = 4, UDP_CHECKSUM = 6, UDP_HEADER = 8 };

static void print_checksum(struct dump *d, struct span s, struct span ip)
{
	uint32_t was = get16(s, UDP_CHECKSUM), right;

	if (!was) {
		out(d, "[no cksum] ");
		return;
	}
	if (s.cap < s.len)
		return;
	right = pseudo_checksum(ip, s, 17);
	if (!right) {
		out(d, "[udp sum ok] ");
		return;
	}
	right += was;
	right = (right & 0xffff) + (right >> 16);
	out(d, "[bad udp cksum 0x%04x -> 0x%04x!] ", was, right);
}

static bool is_port(struct span s, uint32_t port)
{
	return get16(s, UDP_SPORT) == port || get16(s, UDP_DPORT) == port;
}

static void print_payload(struct dump *d, struct span s, struct span body)
{
	if (d->o->quick)
		out(d, "UDP, length %u", body.len);
	else if (is_port(s, 53) || is_port(s, 5353))
		print_dns(d, body, is_port(s, 5353));
	else if (is_port(s, 67) || is_port(s, 68))
		print_dhcp(d, body);
	else if (is_port(s, 520))
		print_rip(d, body);
	else
		out(d, "UDP, length %u", body.len);
}

void print_udp(struct dump *d, struct span s, struct span ip, bool fragment)
{
	uint32_t len;

	if (!span_has(s, 0, 4)) {
		dump_addresses(d, ip);
		out(d, ": ");
		out_truncated(d, "udp");
		return;
	}
	dump_ends(d, ip, get16(s, UDP_SPORT), get16(s, UDP_DPORT), "udp");
	if (s.len < UDP_HEADER) {
		out(d, "truncated-udp %u", s.len);
		return;
	}
	if (!span_has(s, 0, UDP_HEADER)) {
		out_truncated(d, "udp");
		return;
	}
	len = get16(s, UDP_LENGTH);
	if (len < UDP_HEADER) {
		out(d, "truncated-udplength %u", len);
		return;
	}
	if (!fragment && s.len > len)
		s = span_first(s, len);
	/* Of IPv4's, -v shows the sum of the header that IPv6 has not. */
	if (d->o->verbose > (ip.p[0] >> 4 == 4) && !d->o->no_cksum && !fragment)
		print_checksum(d, s, ip);
	if (!fragment && len > s.len) {
		out(d, "UDP, bad length %u > %u", len - UDP_HEADER, s.cap - UDP_HEADER);
	} else {
		print_payload(d, s, span_from(s, UDP_HEADER));
	}
}
