/* IPv4's options (RFC 791, 2113), read by one bounded loop. */
#include "dump.h"

static void print_addresses(struct dump *d, struct span o)
{
	char buf[64];

	if ((o.cap + 1) & 3)
		out(d, " [bad length %u]", o.cap);
	if (o.cap < 3)
		return;
	if (o.p[2] & 3 || o.p[2] < 4)
		out(d, " [bad ptr %u]", o.p[2]);
	for (uint32_t at = 3; span_has(o, at, 4); at += 4)
		out(d, "%s %s", at > 3 && o.p[2] > at - 3 ? "," : "",
		    dump_host(d, get32(o, at), buf));
}

static void print_timestamps(struct dump *d, struct span o)
{
	uint32_t size, kind, at = 4;
	char buf[64];

	if (o.cap < 4) {
		out(d, "[bad length %u]", o.cap);
		return;
	}
	out(d, " TS{");
	kind = o.p[3] & 0xf;
	size = kind ? 8 : 4;
	out(d, "%s",
	    kind == 0 ? "TSONLY" :
	    kind == 1 ? "TS+ADDR" :
	    kind == 3 ? "PRESPEC" :
			"[bad ts type ");
	if (kind == 2 || kind > 3)
		out(d, "%u]", kind);
	for (; span_has(o, at, size); at += size) {
		out(d, o.p[2] == at + 1 ? " ^ %u@%s" : " %u@%s", get32(o, at + size - 4),
		    size == 8 ? dump_host(d, get32(o, at), buf) : "");
	}
	if (o.p[2] == at + 1)
		out(d, " ^ ");
	if (o.p[3] >> 4)
		out(d, " [%u hops not recorded]} ", o.p[3] >> 4);
	else
		out(d, "}");
}

static const char *option_name(uint8_t type)
{
	switch (type) {
	case 0:
		return "EOL";
	case 1:
		return "NOP";
	case 7:
		return "RR";
	case 68:
		return "timestamp";
	case 130:
		return "security";
	case 131:
		return "LSRR";
	case 137:
		return "SSRR";
	case 148:
		return "RA";
	}
	return NULL;
}

static void print_option(struct dump *d, struct span o)
{
	switch (o.p[0]) {
	case 7:
	case 131:
	case 137:
		print_addresses(d, o);
		break;
	case 68:
		print_timestamps(d, o);
		break;
	case 148:
		if (o.cap < 4)
			out(d, " [|ip]");
		else if (get16(o, 2))
			out(d, " value %u", get16(o, 2));
	}
}

void print_ip_options(struct dump *d, struct span s)
{
	const char *sep = "";
	uint32_t at = 0, len;

	while (at < s.cap) {
		uint8_t type = s.p[at];
		const char *name = option_name(type);

		out(d, "%s", sep);
		sep = ",";
		if (name)
			out(d, "%s", name);
		else
			out(d, "unknown %u", type);
		if (type == 0)
			return;
		if (type == 1) {
			at++;
			continue;
		}
		len = at + 1 < s.cap ? s.p[at + 1] : 0;
		if (len < 2 || len > s.cap - at) {
			out(d, " [bad length %u]", len);
			return;
		}
		print_option(d, (struct span){ s.p + at, len, len });
		at += len;
	}
}
