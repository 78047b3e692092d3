/*
 * One packet: its number and time, its link header, what is inside, and its bytes if they are
 * wanted.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dump.h"
#include "filter.h"

#define NSEC 1000000000ull
#define LENGTH_MAX 1500	 /* above, it is an EtherType (IEEE 802.3) */
#define PROTOCOL_802_2 4 /* in a cooked header: LLC follows */

static void print_seconds(struct dump *d, uint64_t ns)
{
	out(d, d->o->nanoseconds ? ".%09u " : ".%06u ",
	    (unsigned int)(d->o->nanoseconds ? ns % NSEC : ns % NSEC / 1000));
}

static void print_clock(struct dump *d, uint64_t ns, bool date)
{
	time_t t = (time_t)(ns / NSEC);
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return;
	if (date)
		out(d, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	out(d, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	print_seconds(d, ns);
}

static void print_since(struct dump *d, uint64_t ns, uint64_t before)
{
	uint64_t since = ns > before ? ns - before : before - ns;
	uint64_t s = since / NSEC;

	out(d, "%s%02u:%02u:%02u", ns < before ? "-" : " ", (unsigned int)(s / 3600),
	    (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
	print_seconds(d, since);
}

static void print_time(struct dump *d, uint64_t ns)
{
	if (!d->packets)
		d->first_ns = d->last_ns = ns;
	switch (d->o->time) {
	case 0:
	case 4:
		print_clock(d, ns, d->o->time == 4);
		break;
	case 1:
		break;
	case 2:
		out(d, "%llu", (unsigned long long)(ns / NSEC));
		print_seconds(d, ns);
		break;
	default:
		print_since(d, ns, d->o->time == 3 ? d->last_ns : d->first_ns);
	}
	d->last_ns = ns;
}

/* ---- links ---- */

const char *ethertype_name(uint32_t type)
{
	switch (type) {
	case 0x0800:
		return "IPv4";
	case 0x0806:
		return "ARP";
	case 0x8035:
		return "Reverse ARP";
	case 0x86dd:
		return "IPv6";
	case 0x8100:
		return "802.1Q";
	case 0x9000:
		return "Loopback";
	case 0x88cc:
		return "LLDP";
	}
	return "Unknown";
}

bool print_ethertype(struct dump *d, uint32_t type, struct span s)
{
	if (type == 0x0800)
		print_ip(d, s);
	else if (type == 0x0806 || type == 0x8035)
		print_arp(d, s);
	else if (type == 0x86dd)
		print_ip6(d, s);
	else
		return false;
	return true;
}

static void print_ether_header(struct dump *d, struct span s, uint32_t type)
{
	char src[18], dst[18];

	out(d, "%s > %s", dump_ether(s.p + 6, src), dump_ether(s.p, dst));
	if (type <= LENGTH_MAX) {
		out(d, ", 802.3, length %u: ", type);
		return;
	}
	if (d->o->quick && strcmp(ethertype_name(type), "Unknown"))
		out(d, ", %s", ethertype_name(type));
	else if (d->o->quick)
		out(d, ", Unknown Ethertype (0x%04x)", type);
	else
		out(d, ", ethertype %s (0x%04x)", ethertype_name(type), type);
	out(d, ", length %u: ", s.len);
}

static void print_unknown(struct dump *d, struct span s)
{
	if (!d->o->quick && !d->o->hex && !d->o->text_hex && !d->o->ascii)
		dump_hex(d, s.p, s.cap, true);
}

static void print_ether(struct dump *d, struct span s)
{
	uint32_t type;

	if (!span_has(s, 0, 14)) {
		out_truncated(d, "ether");
		return;
	}
	type = get16(s, 12);
	if (d->o->ether)
		print_ether_header(d, s, type);
	if (type <= LENGTH_MAX) {
		s = span_first(s, s.len - 14 < type ? s.len : type + 14);
		if (!print_llc(d, span_from(s, 14), s.p))
			print_unknown(d, span_from(s, 14));
		return;
	}
	if (print_ethertype(d, type, span_from(s, 14)))
		return;
	if (!d->o->ether)
		print_ether_header(d, s, type);
	print_unknown(d, span_from(s, 14));
}

/* What is printed of a cooked header at -e, or where the protocol is not known. */
static void print_sll2_header(struct dump *d, struct span s)
{
	uint32_t type = get16(s, 0);
	char mac[18];

	out(d, "ifindex %u ", get32(s, 4));
	if (s.p[11] == 6)
		out(d, "%s ", dump_ether(s.p + 12, mac));
	if (d->o->quick)
		return;
	if (type == PROTOCOL_802_2)
		out(d, "802.2");
	else
		out(d, "ethertype %s (0x%04x)", ethertype_name(type), type);
	out(d, ", length %u: ", s.len);
}

static const char *device_name(struct dump *d, uint32_t index, char buf[64])
{
	const char *name = d->o->device ? d->o->device(index, buf) : NULL;

	return name ? name : "?";
}

/* Linux's cooked header: protocol, interface, ARPHRD, kind, length of the address, address. */
static void print_sll2(struct dump *d, struct span s)
{
	static const char *const kinds[] = { "In", "B", "M", "P", "Out" };
	const char *kind;
	char device[64];
	bool known;

	if (!span_has(s, 0, 20)) {
		out_truncated(d, "sll2");
		return;
	}
	kind = out_name(kinds, 5, s.p[10]);
	out(d, "%-5s %-3s ", device_name(d, get32(s, 4), device), kind ? kind : "?");
	if (d->o->ether)
		print_sll2_header(d, s);
	if (get16(s, 0) == PROTOCOL_802_2) {
		known = print_llc(d, span_from(s, 20), NULL);
	} else {
		known = print_ethertype(d, get16(s, 0), span_from(s, 20));
		if (!known && !d->o->ether)
			print_sll2_header(d, s);
	}
	if (!known)
		print_unknown(d, span_from(s, 20));
}

/* ---- bytes ---- */

static void print_ascii(struct dump *d, struct span s)
{
	out(d, "\n");
	for (uint32_t i = 0; i < s.cap; i++) {
		uint8_t c = s.p[i];

		if (c == '\r' && i + 1 < s.cap && s.p[i + 1] == '\n')
			continue;
		out(d, "%c", (c > 31 && c < 127) || c == '\n' || c == '\t' ? c : '.');
	}
}

static void print_bytes(struct dump *d, struct span s, uint32_t header)
{
	const struct dump_options *o = d->o;
	bool whole = o->hex > 1 || o->text_hex > 1;
	struct span body = whole ? s : span_from(s, header);

	if (o->ascii)
		print_ascii(d, body);
	else if (o->hex || o->text_hex)
		dump_hex(d, body.p, body.cap, o->text_hex);
}

void dump_packet(struct dump *d, int link, uint64_t ns, const uint8_t *p, uint32_t caplen,
		 uint32_t len)
{
	struct span s = { p, caplen < len ? caplen : len, len };
	uint32_t header = link == LINK_ETHERNET ? 14 : link == LINK_SLL2 ? 20 : 0;

	d->used = 0;
	d->text[0] = '\0';
	if (d->o->number)
		out(d, "%5llu  ", (unsigned long long)d->packets + 1);
	print_time(d, ns);
	d->packets++;
	if (link == LINK_ETHERNET)
		print_ether(d, s);
	else if (link == LINK_SLL2)
		print_sll2(d, s);
	else
		print_ip(d, s);
	print_bytes(d, s, header);
}
