/* RIP, versions 1 and 2 (RFC 1058, 2453, 2082). */
#include "dump.h"

enum { RIP_COMMAND = 0, RIP_VERSION = 1, RIP_HEADER = 4, RIP_ENTRY = 20, AUTH_FAMILY = 0xffff };

static uint32_t mask_length(uint32_t mask)
{
	uint32_t n = 0;

	while (n < 32 && mask >> (31 - n) & 1)
		n++;
	return n;
}

static void print_metric(struct dump *d, const char *before, uint32_t metric)
{
	out(d, "%smetric: %u", before, metric);
}

static void print_entry1(struct dump *d, struct span s)
{
	char buf[64];

	out(d, get16(s, 0) ? "\n\t  " : "\n\t  AFI 0, ");
	out(d, "%s, ", dump_host(d, get32(s, 4), buf));
	print_metric(d, "", get32(s, 16));
}

static void print_auth(struct dump *d, struct span s)
{
	uint32_t type = get16(s, 2);

	if (type == 1) {
		out(d, "\n\t  Auth trailer:");
		dump_hex(d, s.p + 4, 16, false);
	} else if (type == 2) {
		uint32_t n = 0;

		while (n < 16 && s.p[4 + n])
			n++;
		out(d, "\n\t  Simple Text Authentication data: ");
		out_text(d, s.p + 4, n);
	} else if (type == 3) {
		out(d,
		    "\n\t  Auth header: Packet Len %u, Key-ID %u, Auth Data Len %u, SeqNo %u, MBZ %u, MBZ %u",
		    get16(s, 4), s.p[6], s.p[7], get32(s, 8), get32(s, 12), get32(s, 16));
	} else {
		out(d, "\n\t  Unknown (%u) Authentication data:", type);
		dump_hex(d, s.p + 4, 16, false);
	}
}

static void print_entry2(struct dump *d, struct span s)
{
	uint32_t family = get16(s, 0);
	char buf[64];

	if (family == AUTH_FAMILY) {
		print_auth(d, s);
		return;
	}
	if (family != 2 && family) {
		out(d, "\n\t  AFI Unknown (%u)", family);
		return;
	}
	out(d, family ? "\n\t  AFI IPv4" : "\n\t  AFI 0");
	out(d, ", %15s/%-2u, tag 0x%04x, ", dump_host(d, get32(s, 4), buf),
	    mask_length(get32(s, 8)), get16(s, 2));
	print_metric(d, "", get32(s, 16));
	out(d, ", next-hop: ");
	if (get32(s, 12))
		out(d, "%s", dump_host(d, get32(s, 12), buf));
	else
		out(d, "self");
}

static void print_entries(struct dump *d, struct span s, uint8_t version)
{
	uint32_t at = RIP_HEADER;

	for (; span_has(s, at, RIP_ENTRY); at += RIP_ENTRY) {
		if (version == 1)
			print_entry1(d, span_from(s, at));
		else
			print_entry2(d, span_from(s, at));
	}
	if (at != s.len)
		out_truncated(d, "rip");
}

void print_rip(struct dump *d, struct span s)
{
	static const char *const commands[] = { NULL, "Request", "Response", "Trace on",
						"Trace off" };
	const char *command;
	uint32_t routes = s.len > RIP_HEADER ? (s.len - RIP_HEADER) / RIP_ENTRY : 0;

	if (!span_has(s, 0, RIP_HEADER)) {
		out_truncated(d, "rip");
		return;
	}
	command = out_name(commands, 5, s.p[RIP_COMMAND]);
	out(d, "%sRIPv%u", d->o->verbose ? "\n\t" : "", s.p[RIP_VERSION]);
	if (!s.p[RIP_VERSION]) {
		dump_hex(d, s.p, s.cap, false);
		return;
	}
	out(d, ", ");
	if (command)
		out(d, "%s", command);
	else
		out(d, "unknown command (%u)", s.p[RIP_COMMAND]);
	out(d, ", length: %u", s.len);
	if (d->o->verbose && command && s.p[RIP_COMMAND] <= 2 &&
	    (s.p[RIP_VERSION] == 1 || s.p[RIP_VERSION] == 2))
		out(d, ", routes: %u%s", routes, s.p[RIP_VERSION] == 1 ? "" : " or less");
	if (d->o->verbose && (s.p[RIP_COMMAND] > 2 || !command))
		dump_hex(d, s.p, s.cap, false);
	else if (d->o->verbose && s.p[RIP_VERSION] > 2)
		out(d, ", unknown version");
	else if (d->o->verbose)
		print_entries(d, s, s.p[RIP_VERSION]);
	if (d->o->verbose > 1 && s.p[RIP_COMMAND] <= 2 && command)
		dump_hex(d, s.p, s.cap, false);
}
