/*
 * DNS messages (RFC 1035): the question in short, the answers' records. Names may point back into
 * the message; each pointer must lead further back than the one before, so none can loop.
 */
#include "dump.h"

enum { DNS_ID = 0, DNS_FLAGS = 2, DNS_COUNTS = 4, DNS_HEADER = 12, CLASS_IN = 1, LABELS_MAX = 128 };

/* Where the name at @at ends, 0: it is cut or broken. */
static uint32_t name_end(struct span s, uint32_t at)
{
	for (int i = 0; i < LABELS_MAX; i++) {
		if (!span_has(s, at, 1))
			return 0;
		if ((s.p[at] & 0xc0) == 0xc0)
			return span_has(s, at, 2) ? at + 2 : 0;
		if (s.p[at] & 0xc0)
			return 0;
		if (!s.p[at])
			return at + 1;
		at += 1u + s.p[at];
	}
	return 0;
}

/* The labels, each with its dot; false: the name is broken. */
static bool print_labels(struct dump *d, struct span s, uint32_t at)
{
	uint32_t limit = at;
	bool any = false;

	for (int i = 0; i < LABELS_MAX && span_has(s, at, 1); i++) {
		if ((s.p[at] & 0xc0) == 0xc0) {
			if (!span_has(s, at, 2) || (get16(s, at) & 0x3fff) >= limit)
				return false;
			at = limit = get16(s, at) & 0x3fff;
			continue;
		}
		if (s.p[at] & 0xc0 || !span_has(s, at + 1, s.p[at]))
			return false;
		if (!s.p[at]) {
			if (!any)
				out(d, ".");
			return true;
		}
		out_text(d, s.p + at + 1, s.p[at]);
		out(d, ".");
		any = true;
		at += 1u + s.p[at];
	}
	return false;
}

static uint32_t print_name(struct dump *d, struct span s, uint32_t at)
{
	uint32_t end = name_end(s, at);

	if (!print_labels(d, s, at))
		end = 0;
	return end;
}

static void print_type(struct dump *d, uint32_t type)
{
	static const struct {
		uint32_t number;
		const char *name;
	} types[] = {
		{ 1, "A" },	 { 2, "NS" },	  { 3, "MD" },	    { 4, "MF" },
		{ 5, "CNAME" },	 { 6, "SOA" },	  { 7, "MB" },	    { 8, "MG" },
		{ 9, "MR" },	 { 10, "NULL" },  { 11, "WKS" },    { 12, "PTR" },
		{ 13, "HINFO" }, { 14, "MINFO" }, { 15, "MX" },	    { 16, "TXT" },
		{ 17, "RP" },	 { 28, "AAAA" },  { 29, "LOC" },    { 33, "SRV" },
		{ 35, "NAPTR" }, { 39, "DNAME" }, { 41, "OPT" },    { 43, "DS" },
		{ 46, "RRSIG" }, { 47, "NSEC" },  { 48, "DNSKEY" }, { 50, "NSEC3" },
		{ 99, "SPF" },	 { 249, "TKEY" }, { 250, "TSIG" },  { 251, "IXFR" },
		{ 252, "AXFR" }, { 255, "ANY" },  { 64, "SVCB" },   { 65, "HTTPS" },
		{ 257, "CAA" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].number == type) {
			out(d, " %s", types[i].name);
			return;
		}
	out(d, " Type%u", type);
}

static void print_class(struct dump *d, uint32_t class)
{
	if (class == 3)
		out(d, " CHAOS");
	else if (class == 4)
		out(d, " HS");
	else if (class == 255)
		out(d, " ANY");
	else if (class != CLASS_IN)
		out(d, " (Class %u)", class);
}

/* One question; where it ends, 0: it is cut. */
static uint32_t print_question(struct dump *d, struct span s, uint32_t at, bool mdns)
{
	uint32_t end = name_end(s, at), class;

	if (!end || !span_has(s, end, 4))
		return 0;
	print_type(d, get16(s, end));
	class = get16(s, end + 2);
	if (mdns && class & 0x8000) {
		out(d, " (QU)");
		class &= 0x7fff;
	} else if (mdns) {
		out(d, " (QM)");
	}
	print_class(d, class);
	out(d, "? ");
	return print_labels(d, s, at) ? end + 4 : 0;
}

/* ---- records ---- */

static void print_aaaa(struct dump *d, struct span s, uint32_t at)
{
	int best = -1, best_len = 1;

	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && !get16(s, at + 2 * (i + n)))
			n++;
		if (n > best_len) {
			best = i;
			best_len = n;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			out(d, "::");
			i += best_len - 1;
			continue;
		}
		out(d, "%s%x", i && i != best + best_len ? ":" : "", get16(s, at + 2 * i));
	}
}

static void print_strings(struct dump *d, struct span s, uint32_t at, uint32_t end)
{
	while (at < end && span_has(s, at, 1 + s.p[at])) {
		out(d, " \"");
		out_text(d, s.p + at + 1, s.p[at]);
		out(d, "\"");
		at += 1u + s.p[at];
	}
}

static void print_soa(struct dump *d, struct span s, uint32_t at)
{
	if (!d->o->verbose)
		return;
	out(d, " ");
	at = print_name(d, s, at);
	if (!at)
		return;
	out(d, " ");
	at = print_name(d, s, at);
	if (!at || !span_has(s, at, 20))
		return;
	for (int i = 0; i < 5; i++)
		out(d, " %u", get32(s, at + 4 * i));
}

/* What follows the fixed part of an OPT record: its class is a size, its TTL flags. */
static void print_opt(struct dump *d, uint32_t class, uint32_t ttl)
{
	out(d, " UDPsize=%u", class);
	if (ttl & 0x8000)
		out(d, " DO");
}

static void print_data(struct dump *d, struct span s, uint32_t type, uint32_t at, uint32_t len)
{
	char buf[64];

	switch (type) {
	case 1:
		if (len == 4)
			out(d, " %s", dump_host(d, get32(s, at), buf));
		break;
	case 2:
	case 5:
	case 12:
	case 39:
		out(d, " ");
		print_name(d, s, at);
		break;
	case 6:
		print_soa(d, s, at);
		break;
	case 15:
		out(d, " ");
		if (len > 2 && print_name(d, s, at + 2))
			out(d, " %u", get16(s, at));
		break;
	case 16:
	case 99:
		print_strings(d, s, at, at + len);
		break;
	case 28:
		out(d, " ");
		if (len == 16)
			print_aaaa(d, s, at);
		break;
	case 33:
		out(d, " ");
		if (len > 6 && print_name(d, s, at + 6))
			out(d, ":%u %u %u", get16(s, at + 4), get16(s, at), get16(s, at + 2));
	}
}

/* One record; where it ends, 0: it is cut. */
static uint32_t print_record(struct dump *d, struct span s, uint32_t at, bool mdns)
{
	uint32_t end = name_end(s, at), type, class, ttl, len;

	if (d->o->verbose && end) {
		out(d, " ");
		if (!print_labels(d, s, at))
			end = 0;
	}
	if (!end || !span_has(s, end, 10))
		return 0;
	type = get16(s, end);
	class = get16(s, end + 2);
	ttl = get32(s, end + 4);
	len = get16(s, end + 8);
	if (type != 41) {
		if (mdns && class & 0x8000)
			out(d, " (Cache flush)");
		print_class(d, mdns ? class & 0x7fff : class);
		if (d->o->verbose > 2) {
			out(d, " [");
			dump_duration(d, ttl);
			out(d, "]");
		}
	}
	print_type(d, type);
	if (!span_has(s, end + 10, len))
		return 0;
	if (type == 41)
		print_opt(d, class, ttl);
	else
		print_data(d, s, type, end + 10, len);
	return end + 10 + len;
}

/* The records of a section, with commas; where they end, 0: they are cut. */
static uint32_t print_section(struct dump *d, struct span s, uint32_t at, uint32_t n,
			      const char *title, bool mdns)
{
	if (n && at)
		out(d, "%s", title);
	for (uint32_t i = 0; i < n && at; i++) {
		at = print_record(d, s, at, mdns);
		if (at && i + 1 < n)
			out(d, ",");
	}
	return at;
}

/* ---- messages ---- */

static void print_opcode(struct dump *d, uint32_t flags, bool reply)
{
	static const char *const names[] = { "", " inv_q", " stat", " op3", " notify", " update" };
	static const char *const rcodes[] = { "",	  " FormErr", " ServFail", " NXDomain",
					      " NotImp",  " Refused", " YXDomain", " YXRRSet",
					      " NXRRSet", " NotAuth", " NotZone" };
	uint32_t op = flags >> 11 & 15, rcode = flags & 15;

	if (op < 6)
		out(d, "%s", names[op]);
	else
		out(d, " op%u", op);
	if (!reply)
		return;
	if (rcode < 11)
		out(d, "%s", rcodes[rcode]);
	else
		out(d, " Resp%u", rcode);
}

static uint32_t print_questions(struct dump *d, struct span s, bool mdns)
{
	uint32_t at = DNS_HEADER, n = get16(s, DNS_COUNTS);

	for (uint32_t i = 0; i < n && at; i++) {
		if (i)
			out(d, ",");
		at = print_question(d, s, at, mdns);
	}
	return at;
}

static uint32_t print_reply(struct dump *d, struct span s, uint32_t flags, bool mdns)
{
	uint32_t at = DNS_HEADER, questions = get16(s, DNS_COUNTS);

	print_opcode(d, flags, true);
	out(d, "%s%s%s%s", flags & 0x400 ? "*" : "", flags & 0x80 ? "" : "-",
	    flags & 0x200 ? "|" : "", flags & 0x20 ? "$" : "");
	if (questions != 1)
		out(d, " [%uq]", questions);
	if (d->o->verbose > 1 && questions) {
		out(d, " q:");
		at = print_questions(d, s, mdns);
	} else {
		for (uint32_t i = 0; i < questions && at; i++)
			at = (at = name_end(s, at)) ? at + 4 : 0;
	}
	if (!at)
		return 0;
	out(d, " %u/%u/%u", get16(s, 6), get16(s, 8), get16(s, 10));
	if (at)
		at = print_section(d, s, at, get16(s, 6), "", mdns);
	if (at && d->o->verbose > 1)
		at = print_section(d, s, at, get16(s, 8), " ns:", mdns);
	if (at && d->o->verbose > 1)
		at = print_section(d, s, at, get16(s, 10), " ar:", mdns);
	return at;
}

static uint32_t print_query(struct dump *d, struct span s, uint32_t flags, bool mdns)
{
	uint32_t at;

	print_opcode(d, flags, false);
	out(d, "%s%s", flags & 0x100 ? "+" : "", flags & 0x10 ? "%" : "");
	if (flags & 15)
		out(d, " [b2&3=0x%x]", flags);
	if (get16(s, 6))
		out(d, " [%ua]", get16(s, 6));
	if (get16(s, DNS_COUNTS) != 1)
		out(d, " [%uq]", get16(s, DNS_COUNTS));
	if (get16(s, 8))
		out(d, " [%un]", get16(s, 8));
	if (get16(s, 10))
		out(d, " [%uau]", get16(s, 10));
	at = print_questions(d, s, mdns);
	if (d->o->verbose < 2)
		return at;
	at = print_section(d, s, at, get16(s, 6), " ans:", mdns);
	at = print_section(d, s, at, get16(s, 8), " ns:", mdns);
	return print_section(d, s, at, get16(s, 10), " ar:", mdns);
}

void print_dns(struct dump *d, struct span s, bool mdns)
{
	uint32_t flags, at;

	if (s.len < DNS_HEADER) {
		out(d, "domain [length %u < %u] (invalid)", s.len, DNS_HEADER);
		return;
	}
	if (!span_has(s, 0, DNS_HEADER)) {
		out_truncated(d, "domain");
		return;
	}
	flags = get16(s, DNS_FLAGS);
	out(d, "%u", get16(s, DNS_ID));
	if (flags & 0x8000)
		at = print_reply(d, s, flags, mdns);
	else
		at = print_query(d, s, flags, mdns);
	if (at)
		out(d, " (%u)", s.len);
	else
		out_truncated(d, "domain");
}
