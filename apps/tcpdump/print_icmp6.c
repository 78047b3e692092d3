/* ICMPv6 (RFC 4443, 4861, 3810): what it says in a line; its options are left out. */
#include "dump.h"

enum {
	UNREACHABLE = 1,
	TOO_BIG = 2,
	TIME_EXCEEDED = 3,
	PARAMETER = 4,
	ECHO_REQUEST = 128,
	ECHO_REPLY = 129,
	SOLICITATION = 135,
	ADVERTISEMENT = 136,
	MLD2_REPORT = 143,
};

static const char *type_name(uint8_t type)
{
	static const struct {
		uint8_t type;
		const char *name;
	} names[] = {
		{ UNREACHABLE, "destination unreachable" },
		{ TOO_BIG, "packet too big" },
		{ TIME_EXCEEDED, "time exceeded in-transit" },
		{ PARAMETER, "parameter problem" },
		{ ECHO_REQUEST, "echo request" },
		{ ECHO_REPLY, "echo reply" },
		{ 130, "multicast listener query" },
		{ 131, "multicast listener report" },
		{ 132, "multicast listener done" },
		{ 133, "router solicitation" },
		{ 134, "router advertisement" },
		{ SOLICITATION, "neighbor solicitation" },
		{ ADVERTISEMENT, "neighbor advertisement" },
		{ 137, "redirect" },
		{ 138, "router renumbering" },
		{ MLD2_REPORT, "multicast listener report v2" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

/* Where the packet that an error speaks of was going to; NULL: that was not captured. */
static const char *quoted_host(struct span s, char buf[64])
{
	return span_has(s, 8, IP6_HEADER) ? dump_host6(s.p + 8 + 24, buf) : NULL;
}

static void print_unreachable(struct dump *d, struct span s)
{
	static const char *const codes[] = { "route", "prohibited", "beyond scope", "address" };
	const char *code = out_name(codes, 4, s.p[1]);
	char host[64];

	if (!quoted_host(s, host)) {
		out_truncated(d, "icmp6");
	} else if (code) {
		out(d, ",  unreachable %s %s", code, host);
	} else if (s.p[1] != 4) {
		out(d, ", unknown unreach code (%u)", s.p[1]);
	} else if (span_has(s, 8 + IP6_HEADER, 4)) {
		uint8_t proto = s.p[8 + 6];
		const char *name = proto == 6 ? "tcp" : proto == 17 ? "udp" : NULL;

		if (name)
			out(d, ", unreachable port, %s %s port %u", host, name,
			    get16(s, 8 + IP6_HEADER + 2));
		else
			out(d, ", unreachable port, %s protocol %u port %u unreachable", host,
			    proto, get16(s, 8 + IP6_HEADER + 2));
	}
}

static void print_error(struct dump *d, struct span s)
{
	char host[64];

	if (s.p[0] == UNREACHABLE)
		print_unreachable(d, s);
	else if (s.p[0] == TOO_BIG)
		out(d, ", mtu %u", get32(s, 4));
	else if (s.p[0] == PARAMETER)
		out(d, ", erroneous - octet %u", get32(s, 4));
	else if (quoted_host(s, host))
		out(d, " for %s", host);
}

static void print_neighbor(struct dump *d, struct span s)
{
	char host[64];

	if (!span_has(s, 8, 16)) {
		out_truncated(d, "icmp6");
		return;
	}
	out(d, ", %s %s", s.p[0] == SOLICITATION ? "who has" : "tgt is", dump_host6(s.p + 8, host));
}

static void print_flags(struct dump *d, uint8_t flags)
{
	static const char *const names[] = { "router", "solicited", "override" };
	bool any = false;

	out(d, ", Flags [");
	for (int i = 0; i < 3; i++)
		if (flags & 0x80 >> i) {
			out(d, "%s%s", any ? ", " : "", names[i]);
			any = true;
		}
	out(d, "%s]", any ? "" : "none");
}

static void print_checksum(struct dump *d, struct span s, struct span ip)
{
	uint32_t was = get16(s, 2), right;

	if (s.cap < s.len)
		return;
	right = pseudo_checksum(ip, s, 58);
	if (!right) {
		out(d, "[icmp6 sum ok] ");
		return;
	}
	right += was;
	right = (right & 0xffff) + (right >> 16);
	out(d, "[bad icmp6 cksum 0x%04x -> 0x%04x!] ", was, right);
}

static void print_body(struct dump *d, struct span s)
{
	uint8_t type = s.p[0];

	if (type >= UNREACHABLE && type <= PARAMETER)
		print_error(d, s);
	else if (type == ECHO_REQUEST || type == ECHO_REPLY)
		out(d, ", id %u, seq %u", get16(s, 4), get16(s, 6));
	else if (type == SOLICITATION || type == ADVERTISEMENT)
		print_neighbor(d, s);
	else if (type == MLD2_REPORT)
		out(d, ", %u group record(s)", get16(s, 6));
}

/* -v says the length first where more is to come, and nowhere where the header has said it. */
static bool length_first(uint8_t type)
{
	return type >= 133 && type <= 137;
}

static bool length_last(struct dump *d, uint8_t type)
{
	return !d->o->verbose || !type_name(type);
}

void print_icmp6(struct dump *d, struct span s, struct span ip, bool fragment)
{
	const char *name;

	if (!span_has(s, 0, 8)) {
		out_truncated(d, "icmp6");
		return;
	}
	if (d->o->verbose && !fragment)
		print_checksum(d, s, ip);
	name = type_name(s.p[0]);
	if (name)
		out(d, "ICMP6, %s", name);
	else
		out(d, "ICMP6, unknown icmp6 type (%u)", s.p[0]);
	if (d->o->verbose && length_first(s.p[0]))
		out(d, ", length %u", s.len);
	print_body(d, s);
	if (d->o->verbose && s.p[0] == ADVERTISEMENT)
		print_flags(d, s.p[4]);
	if (length_last(d, s.p[0]))
		out(d, ", length %u", s.len);
}
