/* ICMP (RFC 792, 950, 1191, 1256), with the head of the packet that an error quotes. */
#include <stdio.h>

#include "dump.h"

enum { ICMP_TYPE = 0, ICMP_CODE = 1, ICMP_CHECKSUM = 2, ICMP_ID = 4, ICMP_SEQ = 6, ICMP_BODY = 8 };

static const char *type_name(uint8_t type)
{
	switch (type) {
	case 0:
		return "echo reply";
	case 3:
		return "unreachable";
	case 4:
		return "source quench";
	case 5:
		return "redirect";
	case 8:
		return "echo request";
	case 9:
		return "router advertisement";
	case 10:
		return "router solicitation";
	case 11:
		return "time exceeded";
	case 12:
		return "parameter problem";
	case 13:
		return "time stamp query";
	case 14:
		return "time stamp reply";
	case 15:
		return "information request";
	case 16:
		return "information reply";
	case 17:
		return "address mask request";
	case 18:
		return "address mask reply";
	}
	return NULL;
}

/* Whose packet it was: the quoted header's destination; false: not enough of it is there. */
static bool quoted(struct span s, struct span *ip, struct span *transport)
{
	uint32_t hlen;

	*ip = span_from(s, ICMP_BODY);
	if (!span_has(*ip, 0, 20))
		return false;
	hlen = (ip->p[0] & 0xf) * 4u;
	*transport = span_from(*ip, hlen);
	return true;
}

static bool print_port(struct dump *d, struct span ip, struct span transport)
{
	const char *proto = ip.p[9] == 6 ? "tcp" : ip.p[9] == 17 ? "udp" : NULL;
	char host[64], port[40];

	if (!span_has(transport, 0, 4)) {
		return false;
	}
	if (!proto) {
		out(d, "%s protocol %u port %u unreachable", dump_host(d, get32(ip, 16), host),
		    ip.p[9], get16(transport, 2));
		return true;
	}
	snprintf(port, sizeof(port), "%u", get16(transport, 2));
	out(d, "%s %s port %s unreachable", dump_host(d, get32(ip, 16), host), proto,
	    d->o->port ? d->o->port(get16(transport, 2), proto, port, sizeof(port)) : port);
	return true;
}

static void print_mtu(struct dump *d, struct span s, const char *host)
{
	out(d, "%s unreachable - need to frag", host);
	if (get16(s, ICMP_SEQ))
		out(d, " (mtu %u)", get16(s, ICMP_SEQ));
}

static const char *unreachable_form(uint8_t code)
{
	static const char *const forms[] = {
		"net %s unreachable",
		"host %s unreachable",
		NULL,
		NULL,
		NULL,
		"%s unreachable - source route failed",
		"net %s unreachable - unknown",
		"host %s unreachable - unknown",
		"%s unreachable - source host isolated",
		"net %s unreachable - admin prohibited",
		"host %s unreachable - admin prohibited",
		"net %s unreachable - tos prohibited",
		"host %s unreachable - tos prohibited",
		"host %s unreachable - admin prohibited filter",
		"host %s unreachable - host precedence violation",
		"host %s unreachable - precedence cutoff",
	};

	return out_name(forms, 16, code);
}

static void print_around(struct dump *d, const char *form, const char *host)
{
	for (; *form; form++)
		if (form[0] == '%' && form[1] == 's') {
			out(d, "%s", host);
			form++;
		} else {
			out(d, "%c", *form);
		}
}

static bool print_unreachable(struct dump *d, struct span s)
{
	struct span ip, transport;
	uint8_t code = s.p[ICMP_CODE];
	char host[64];

	if (!quoted(s, &ip, &transport)) {
		return false;
	}
	dump_host(d, get32(ip, 16), host);
	if (unreachable_form(code))
		print_around(d, unreachable_form(code), host);
	else if (code == 2)
		out(d, "%s protocol %u unreachable", host, ip.p[9]);
	else if (code == 3)
		return print_port(d, ip, transport);
	else if (code == 4)
		print_mtu(d, s, host);
	else
		out(d, "%s unreachable - #%u", host, code);
	return true;
}

static bool print_redirect(struct dump *d, struct span s)
{
	static const char *const forms[] = { "redirect %s to net ", "redirect %s to host ",
					     "redirect-tos %s to net ",
					     "redirect-tos %s to host " };
	const char *form = out_name(forms, 4, s.p[ICMP_CODE]);
	struct span ip, transport;
	char host[64];

	if (!quoted(s, &ip, &transport)) {
		return false;
	}
	dump_host(d, get32(ip, 16), host);
	if (form)
		print_around(d, form, host);
	else
		out(d, "redirect-#%u %s to ", s.p[ICMP_CODE], host);
	out(d, "%s", dump_host(d, get32(s, 4), host));
	return true;
}

static bool print_advertisement(struct dump *d, struct span s)
{
	uint32_t n = s.p[4], size = s.p[5], lifetime = get16(s, 6);
	char host[64];

	out(d, "router advertisement lifetime ");
	if (lifetime < 60)
		out(d, "%u", lifetime);
	else if (lifetime < 3600)
		out(d, "%u:%02u", lifetime / 60, lifetime % 60);
	else
		out(d, "%u:%02u:%02u", lifetime / 3600, lifetime / 60 % 60, lifetime % 60);
	out(d, " %u:", n);
	if (size != 2) {
		out(d, " [size %u]", size);
		return true;
	}
	for (uint32_t i = 0, at = ICMP_BODY; i < n; i++, at += 8) {
		if (!span_has(s, at, 8)) {
			return false;
		}
		out(d, " {%s %u}", dump_host(d, get32(s, at), host), get32(s, at + 4));
	}
	return true;
}

static bool print_exceeded(struct dump *d, struct span s)
{
	struct span ip, transport;

	if (!quoted(s, &ip, &transport))
		return false;
	if (s.p[ICMP_CODE] == 0)
		out(d, "time exceeded in-transit");
	else if (s.p[ICMP_CODE] == 1)
		out(d, "ip reassembly time exceeded");
	else
		out(d, "time exceeded-#%u", s.p[ICMP_CODE]);
	return true;
}

static bool print_parameter(struct dump *d, struct span s)
{
	if (s.p[ICMP_CODE])
		out(d, "parameter problem - code %u", s.p[ICMP_CODE]);
	else
		out(d, "parameter problem - octet %u", s.p[4]);
	return true;
}

static void print_moment(struct dump *d, const char *name, uint32_t ms)
{
	out(d, "%s %02u:%02u:%02u.%03u", name, ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
	    ms % 1000);
}

static bool print_timestamp(struct dump *d, struct span s, bool reply)
{
	out(d, "time stamp %s id %u seq %u", reply ? "reply" : "query", get16(s, ICMP_ID),
	    get16(s, ICMP_SEQ));
	if (!reply)
		return true;
	if (!span_has(s, 8, 12)) {
		return false;
	}
	print_moment(d, ": org", get32(s, 8));
	print_moment(d, ", recv", get32(s, 12));
	print_moment(d, ", xmit", get32(s, 16));
	return true;
}

/* What @type says; false: it is cut. */
static bool print_type(struct dump *d, struct span s)
{
	uint8_t type = s.p[ICMP_TYPE];
	const char *name = type_name(type);

	switch (type) {
	case 0:
	case 8:
		out(d, "%s, id %u, seq %u", name, get16(s, ICMP_ID), get16(s, ICMP_SEQ));
		return true;
	case 3:
		return print_unreachable(d, s);
	case 5:
		return print_redirect(d, s);
	case 9:
		return print_advertisement(d, s);
	case 11:
		return print_exceeded(d, s);
	case 12:
		return print_parameter(d, s);
	case 13:
	case 14:
		return print_timestamp(d, s, type == 14);
	case 18:
		if (!span_has(s, 8, 4))
			return false;
		out(d, "address mask is 0x%08x", get32(s, 8));
		return true;
	}
	if (name)
		out(d, "%s", name);
	else
		out(d, "type-#%u", type);
	return true;
}

static bool quotes(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void print_quoted(struct dump *d, struct span s)
{
	struct span ip = span_from(s, ICMP_BODY);

	out(d, "\n\t");
	if (span_has(ip, 0, 4) && get16(ip, 2) > ip.len)
		ip.len = get16(ip, 2);
	print_ip(d, ip);
}

void print_icmp(struct dump *d, struct span s, struct span ip, bool fragment)
{
	size_t before = d->used;
	uint32_t was, sum;

	out(d, "ICMP ");
	if (!span_has(s, 0, ICMP_BODY) || !print_type(d, s)) {
		d->used = before;
		out_truncated(d, "icmp");
		return;
	}
	out(d, ", length %u", s.len);
	if (!d->o->verbose)
		return;
	sum = fragment || s.cap < s.len ? 0 : span_checksum(s, 0);
	was = get16(s, ICMP_CHECKSUM);
	if (sum) {
		sum += was;
		sum = (sum & 0xffff) + (sum >> 16);
		out(d, " (wrong icmp cksum %x (->%x)!)", was, sum);
	}
	if (quotes(s.p[ICMP_TYPE]))
		print_quoted(d, s);
}
