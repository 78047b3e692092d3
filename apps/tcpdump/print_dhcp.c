/* BOOTP and DHCP (RFC 951, 2131, 2132, 3442): in short who asks, at -v every option. */
#include <string.h>

#include "dump.h"

enum {
	BOOTP_OP = 0,
	BOOTP_HTYPE = 1,
	BOOTP_HLEN = 2,
	BOOTP_HOPS = 3,
	BOOTP_XID = 4,
	BOOTP_SECS = 8,
	BOOTP_FLAGS = 10,
	BOOTP_CIADDR = 12,
	BOOTP_YIADDR = 16,
	BOOTP_SIADDR = 20,
	BOOTP_GIADDR = 24,
	BOOTP_CHADDR = 28,
	BOOTP_SNAME = 44,
	BOOTP_FILE = 108,
	BOOTP_VEND = 236,
};
#define COOKIE 0x63825363u

/* How an option's bytes are shown. */
enum form { HEX, TEXT, ADDRESSES, NUMBER, BYTES, DURATION, MESSAGE, FLAG, CLIENT, ROUTES, LIST };

static const struct option_form {
	uint8_t code;
	const char *name;
	enum form form;
} option_forms[] = {
	{ 1, "Subnet-Mask", ADDRESSES },
	{ 2, "Time-Zone", DURATION },
	{ 3, "Default-Gateway", ADDRESSES },
	{ 4, "Time-Server", ADDRESSES },
	{ 6, "Domain-Name-Server", ADDRESSES },
	{ 7, "LOG", ADDRESSES },
	{ 12, "Hostname", TEXT },
	{ 15, "Domain-Name", TEXT },
	{ 17, "RP", TEXT },
	{ 19, "IPF", FLAG },
	{ 23, "TTL", NUMBER },
	{ 26, "MTU", NUMBER },
	{ 28, "BR", ADDRESSES },
	{ 33, "Static-Route", ADDRESSES },
	{ 42, "NTP", ADDRESSES },
	{ 43, "Vendor-Option", HEX },
	{ 44, "Netbios-Name-Server", ADDRESSES },
	{ 50, "Requested-IP", ADDRESSES },
	{ 51, "Lease-Time", DURATION },
	{ 53, "DHCP-Message", MESSAGE },
	{ 54, "Server-ID", ADDRESSES },
	{ 55, "Parameter-Request", LIST },
	{ 56, "MSG", TEXT },
	{ 57, "MSZ", NUMBER },
	{ 58, "RN", DURATION },
	{ 59, "RB", DURATION },
	{ 60, "Vendor-Class", TEXT },
	{ 61, "Client-ID", CLIENT },
	{ 66, "TFTP", TEXT },
	{ 67, "BF", TEXT },
	{ 121, "Classless-Static-Route", ROUTES },
};

static const struct option_form *form_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof(option_forms) / sizeof(option_forms[0]); i++)
		if (option_forms[i].code == code)
			return &option_forms[i];
	return NULL;
}

static void print_option_name(struct dump *d, uint8_t code)
{
	const struct option_form *f = form_of(code);

	if (f)
		out(d, "%s (%u)", f->name, code);
	else
		out(d, "Unknown (%u)", code);
}

static void print_text(struct dump *d, struct span s)
{
	out(d, "\"");
	out_text(d, s.p, strnlen((const char *)s.p, s.cap));
	out(d, "\"");
}

static void print_addresses(struct dump *d, struct span s)
{
	char buf[64];

	for (uint32_t at = 0; span_has(s, at, 4); at += 4)
		out(d, "%s%s", at ? "," : "", dump_host(d, get32(s, at), buf));
}

static void print_hex_bytes(struct dump *d, struct span s)
{
	for (uint32_t i = 0; i < s.cap; i++)
		out(d, "%s%u", i ? "." : "", s.p[i]);
}

static void print_number(struct dump *d, struct span s)
{
	out(d, "%u", s.cap == 4 ? get32(s, 0) : s.cap == 2 ? get16(s, 0) : s.cap ? s.p[0] : 0);
}

static void print_message(struct dump *d, struct span s)
{
	static const char *const names[] = { NULL,  "Discover", "Offer",   "Request", "Decline",
					     "ACK", "NACK",	"Release", "Inform" };
	const char *name = s.cap ? out_name(names, 9, s.p[0]) : NULL;

	if (name)
		out(d, "%s", name);
	else
		out(d, "Unknown (%u)", s.cap ? s.p[0] : 0);
}

static void print_client(struct dump *d, struct span s)
{
	if (s.cap == 7 && s.p[0] == 1) {
		char ether[18];

		out(d, "ether %s", dump_ether(s.p + 1, ether));
	} else if (s.cap && !s.p[0]) {
		print_text(d, span_from(s, 1));
	} else if (s.cap) {
		out(d, "hardware-type %u, ", s.p[0]);
		for (uint32_t i = 1; i < s.cap; i++)
			out(d, "%s%02x", i > 1 ? ":" : "", s.p[i]);
	}
}

static void print_routes(struct dump *d, struct span s)
{
	uint32_t at = 0;
	char buf[64];

	while (span_has(s, at, 1)) {
		uint32_t len = s.p[at], bytes = (len + 7) / 8, dst = 0;

		if (len > 32 || !span_has(s, at + 1, bytes + 4))
			return;
		for (uint32_t i = 0; i < bytes; i++)
			dst |= (uint32_t)s.p[at + 1 + i] << (24 - 8 * i);
		out(d, "%s", at ? "," : "");
		if (len)
			out(d, "(%s/%u", dump_host(d, dst, buf), len);
		else
			out(d, "(default");
		out(d, ":%s)", dump_host(d, get32(s, at + 1 + bytes), buf));
		at += 5 + bytes;
	}
}

static void print_list(struct dump *d, struct span s)
{
	for (uint32_t i = 0; i < s.cap; i++) {
		if (i)
			out(d, "%s", i % 4 ? ", " : "\n\t      ");
		else
			out(d, "\n\t      ");
		print_option_name(d, s.p[i]);
	}
}

static void print_option_data(struct dump *d, enum form form, struct span s)
{
	static void (*const printers[])(struct dump *, struct span) = {
		[HEX] = print_hex_bytes, [TEXT] = print_text,	    [ADDRESSES] = print_addresses,
		[NUMBER] = print_number, [BYTES] = print_hex_bytes, [MESSAGE] = print_message,
		[CLIENT] = print_client, [ROUTES] = print_routes,   [LIST] = print_list,
	};

	if (form == FLAG)
		out(d, "%s", s.cap && s.p[0] ? "Y" : "N");
	else if (form == DURATION)
		print_number(d, s);
	else
		printers[form](d, s);
}

static void print_options(struct dump *d, struct span s)
{
	uint32_t at = 0;

	out(d, "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x%08x", COOKIE);
	while (span_has(s, at, 1) && s.p[at] != 255) {
		const struct option_form *f = form_of(s.p[at]);
		uint32_t len;

		if (!s.p[at]) {
			at++;
			continue;
		}
		if (!span_has(s, at, 2) || !span_has(s, at + 2, s.p[at + 1])) {
			out_truncated(d, "bootp");
			return;
		}
		len = s.p[at + 1];
		out(d, "\n\t    ");
		print_option_name(d, s.p[at]);
		out(d, len ? ", length %u: " : ", length %u", len);
		if (len)
			print_option_data(d, f ? f->form : HEX,
					  span_first(span_from(s, at + 2), len));
		at += 2 + len;
	}
	if (d->o->verbose > 2 && span_has(s, at, 1))
		out(d, "\n\t    END (255), length 0");
}

static void print_address(struct dump *d, struct span s, uint32_t at, const char *title)
{
	char buf[64];

	if (get32(s, at))
		out(d, "\n\t  %s %s", title, dump_host(d, get32(s, at), buf));
}

static void print_string(struct dump *d, struct span s, uint32_t at, uint32_t len,
			 const char *title)
{
	if (!s.p[at])
		return;
	out(d, "\n\t  %s \"", title);
	out_text(d, s.p + at, strnlen((const char *)s.p + at, len));
	out(d, "\"");
}

static void print_verbose(struct dump *d, struct span s)
{
	char ether[18];

	out(d, ", ");
	if (s.p[BOOTP_HTYPE] != 1)
		out(d, "htype %u, ", s.p[BOOTP_HTYPE]);
	if (s.p[BOOTP_HOPS])
		out(d, "hops %u, ", s.p[BOOTP_HOPS]);
	out(d, "xid 0x%x", get32(s, BOOTP_XID));
	if (get16(s, BOOTP_SECS))
		out(d, ", secs %u", get16(s, BOOTP_SECS));
	out(d, ", Flags [%s]", get16(s, BOOTP_FLAGS) & 0x8000 ? "Broadcast" : "none");
	if (d->o->verbose > 1)
		out(d, " (0x%04x)", get16(s, BOOTP_FLAGS));
	print_address(d, s, BOOTP_CIADDR, "Client-IP");
	print_address(d, s, BOOTP_YIADDR, "Your-IP");
	print_address(d, s, BOOTP_SIADDR, "Server-IP");
	print_address(d, s, BOOTP_GIADDR, "Gateway-IP");
	if (s.p[BOOTP_HTYPE] == 1 && s.p[BOOTP_HLEN] == 6)
		out(d, "\n\t  Client-Ethernet-Address %s", dump_ether(s.p + BOOTP_CHADDR, ether));
	print_string(d, s, BOOTP_SNAME, 64, "sname");
	print_string(d, s, BOOTP_FILE, 128, "file");
	if (span_has(s, BOOTP_VEND, 4) && get32(s, BOOTP_VEND) == COOKIE)
		print_options(d, span_from(s, BOOTP_VEND + 4));
}

void print_dhcp(struct dump *d, struct span s)
{
	char ether[18];

	out(d, "BOOTP/DHCP, ");
	if (!span_has(s, 0, 1)) {
		out_truncated(d, "bootp");
		return;
	}
	if (s.p[BOOTP_OP] == 1)
		out(d, "Request");
	else if (s.p[BOOTP_OP] == 2)
		out(d, "Reply");
	else
		out(d, "unknown (0x%02x)", s.p[BOOTP_OP]);
	if (!span_has(s, 0, 3)) {
		out_truncated(d, "bootp");
		return;
	}
	if (s.p[BOOTP_OP] == 1 && s.p[BOOTP_HTYPE] == 1 && s.p[BOOTP_HLEN] == 6 &&
	    span_has(s, BOOTP_CHADDR, 6))
		out(d, " from %s", dump_ether(s.p + BOOTP_CHADDR, ether));
	out(d, ", length %u", s.len);
	if (!d->o->verbose)
		return;
	if (span_has(s, 0, BOOTP_VEND))
		print_verbose(d, s);
	else
		out_truncated(d, "bootp");
}
