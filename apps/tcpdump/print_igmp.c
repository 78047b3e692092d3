/* IGMP, versions 1 to 3 (RFC 1112, 2236, 3376). */
#include <string.h>

#include "dump.h"

enum { IGMP_TYPE = 0, IGMP_CODE = 1, IGMP_CHECKSUM = 2, IGMP_GROUP = 4, IGMP_HEADER = 8 };

static void print_tenths(struct dump *d, uint32_t tenths)
{
	if (tenths < 100)
		out(d, " [max resp time %u.%us", tenths / 10, tenths % 10);
	else
		out(d, " [max resp time ");
	if (tenths >= 100)
		dump_duration(d, tenths / 10);
}

/* RFC 3376 §4.1.1: from 128 on a float of three bits exponent, four bits mantissa. */
static uint32_t code_value(uint8_t code)
{
	return code < 128 ? code : (uint32_t)((code & 0xf) | 0x10) << ((code >> 4 & 7) + 3);
}

static void print_query3(struct dump *d, struct span s)
{
	uint32_t n = get16(s, 10), tenths = code_value(s.p[IGMP_CODE]);
	char buf[64];

	out(d, " v3");
	if (s.p[IGMP_CODE] != 100) {
		print_tenths(d, tenths);
		out(d, "]");
	}
	if (!get32(s, IGMP_GROUP)) {
		if (n)
			out(d, " [bad nsrcs]");
		return;
	}
	out(d, " [gaddr %s", dump_host(d, get32(s, IGMP_GROUP), buf));
	if (n) {
		if (s.len < 12 + n * 4)
			out(d, " [invalid number of sources]");
		else if (d->o->verbose > 1) {
			out(d, " {");
			for (uint32_t at = 12; span_has(s, at, 4) && n; at += 4, n--)
				out(d, " %s", dump_host(d, get32(s, at), buf));
			out(d, " }");
		} else
			out(d, ", %u source(s)", n);
	}
	out(d, "]");
}

static void print_query2(struct dump *d, struct span s)
{
	uint32_t tenths = s.p[IGMP_CODE];
	char buf[64];

	if (tenths) {
		out(d, " v2");
		if (tenths != 100)
			out(d, " [max resp time %u]", tenths);
	} else {
		out(d, " v1");
	}
	if (get32(s, IGMP_GROUP))
		out(d, " [gaddr %s]", dump_host(d, get32(s, IGMP_GROUP), buf));
	if (s.len != 8)
		out(d, " [len %u]", s.len);
}

static void print_record(struct dump *d, struct span s, uint32_t sources)
{
	static const char *const kinds[] = { NULL,    "is_in", "is_ex", "to_in",
					     "to_ex", "allow", "block" };
	const char *kind = out_name(kinds, 7, s.p[0]);
	char buf[64];

	out(d, " [gaddr %s", dump_host(d, get32(s, 4), buf));
	if (kind)
		out(d, " %s", kind);
	else
		out(d, "  [v3-report-#%u]", s.p[0]);
	if (d->o->verbose > 1) {
		out(d, " {");
		for (uint32_t i = 0; i < sources; i++)
			out(d, " %s", dump_host(d, get32(s, 8 + 4 * i), buf));
		out(d, " }");
	} else {
		out(d, ", %u source(s)", sources);
	}
	out(d, "]");
}

static void print_report3(struct dump *d, struct span s)
{
	uint32_t n = get16(s, 6), at = IGMP_HEADER;

	out(d, ", %u group record(s)", n);
	for (uint32_t i = 0; d->o->verbose && i < n; i++) {
		uint32_t sources;

		if (!span_has(s, at, 8)) {
			if (s.len < at + 8)
				out(d, " [invalid number of groups]");
			else
				out_truncated(d, "igmp");
			return;
		}
		sources = get16(s, at + 2);
		if (!span_has(s, at + 8, 4 * sources)) {
			out_truncated(d, "igmp");
			return;
		}
		print_record(d, span_from(s, at), sources);
		at += 8 + 4 * sources + 4u * s.p[at + 1];
	}
}

static void print_group(struct dump *d, struct span s, const char *what)
{
	char buf[64];

	if (!span_has(s, IGMP_GROUP, 4)) {
		out_truncated(d, "igmp");
		return;
	}
	out(d, "igmp %s %s", what, dump_host(d, get32(s, IGMP_GROUP), buf));
	if (s.len != 8)
		out(d, " [len %u]", s.len);
}

static void print_query(struct dump *d, struct span s)
{
	out(d, "igmp query");
	if (s.len >= 12 && span_has(s, 0, 12))
		print_query3(d, s);
	else if (span_has(s, 0, IGMP_HEADER))
		print_query2(d, s);
	else {
		out(d, span_has(s, 1, 1) && s.p[IGMP_CODE] ? " v2" : " v1");
		out_truncated(d, "igmp");
	}
}

static void print_report(struct dump *d, struct span s)
{
	out(d, "igmp v3 report");
	if (span_has(s, 0, IGMP_HEADER))
		print_report3(d, s);
	else
		out(d, " [invalid len %u]", s.len);
}

void print_igmp(struct dump *d, struct span s)
{
	size_t before = d->used;

	if (d->o->quick) {
		out(d, "igmp");
		return;
	}
	if (!span_has(s, 0, 1)) {
		out_truncated(d, "igmp");
		return;
	}
	switch (s.p[IGMP_TYPE]) {
	case 0x11:
		print_query(d, s);
		break;
	case 0x12:
		print_group(d, s, "v1 report");
		break;
	case 0x16:
		print_group(d, s, "v2 report");
		break;
	case 0x17:
		print_group(d, s, "leave");
		break;
	case 0x22:
		print_report(d, s);
		break;
	default:
		out(d, "igmp-%u", s.p[IGMP_TYPE]);
	}
	if (strstr(d->text + before, "[|igmp]"))
		return;
	if (d->o->verbose && s.cap == s.len && s.len >= 4 && span_checksum(s, 0) &&
	    span_has(s, 0, 4))
		out(d, " bad igmp cksum %x!", get16(s, IGMP_CHECKSUM));
}
