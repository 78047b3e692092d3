/*
 * The line that printers write, and what many of them write in it: addresses, durations, hex.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dump.h"

void out(struct dump *d, const char *fmt, ...)
{
	size_t room = d->size - d->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(d->text + d->used, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		d->used += (size_t)n < room ? (size_t)n : room - 1;
}

void out_truncated(struct dump *d, const char *protocol)
{
	out(d, " [|%s]", protocol);
}

void out_text(struct dump *d, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = p[i];

		if (c & 0x80)
			out(d, "M-");
		c &= 0x7f;
		if (c < ' ' || c == 0x7f)
			out(d, "^%c", c ^ 0x40);
		else
			out(d, "%c", c);
	}
}

const char *out_name(const char *const *names, size_t n, unsigned int i)
{
	return i < n ? names[i] : NULL;
}

uint16_t span_checksum(struct span s, uint32_t sum)
{
	for (uint32_t i = 0; i + 1 < s.cap; i += 2)
		sum += get16(s, i);
	if (s.cap & 1)
		sum += (uint32_t)s.p[s.cap - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool is_ip6(struct span ip)
{
	return ip.p[0] >> 4 == 6;
}

uint16_t pseudo_checksum(struct span ip, struct span s, uint8_t proto)
{
	bool v6 = is_ip6(ip);
	uint32_t sum = proto + s.len, end = v6 ? 40 : 20;

	for (uint32_t at = v6 ? 8 : 12; at < end; at += 2)
		sum += get16(ip, at);
	return span_checksum(s, sum);
}

const char *dump_host(struct dump *d, uint32_t addr, char buf[64])
{
	if (d->o->host)
		return d->o->host(addr, buf, 64);
	snprintf(buf, 64, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 0xff, addr >> 8 & 0xff,
		 addr & 0xff);
	return buf;
}

static const char *port_name(struct dump *d, uint32_t port, const char *proto, char buf[40])
{
	if (d->o->port)
		return d->o->port((uint16_t)port, proto, buf, 40);
	snprintf(buf, 40, "%u", port);
	return buf;
}

static const char *end_name(struct dump *d, struct span ip, bool dst, char buf[64])
{
	if (is_ip6(ip))
		return dump_host6(ip.p + (dst ? 24 : 8), buf);
	return dump_host(d, get32(ip, dst ? 16 : 12), buf);
}

void dump_addresses(struct dump *d, struct span ip)
{
	char src[64], dst[64];

	out(d, "%s > %s", end_name(d, ip, false, src), end_name(d, ip, true, dst));
}

/* Behind extension headers the addresses have been said. */
static bool addresses_said(struct span ip)
{
	return is_ip6(ip) && ip.p[6] != 6 && ip.p[6] != 17;
}

void dump_ends(struct dump *d, struct span ip, uint32_t sport, uint32_t dport, const char *proto)
{
	char host[64], port[40];

	if (addresses_said(ip)) {
		out(d, "%s > ", port_name(d, sport, proto, port));
		out(d, "%s: ", port_name(d, dport, proto, port));
		return;
	}
	out(d, "%s.%s > ", end_name(d, ip, false, host), port_name(d, sport, proto, port));
	out(d, "%s.%s: ", end_name(d, ip, true, host), port_name(d, dport, proto, port));
}

const char *dump_ether(const uint8_t *p, char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", p[0], p[1], p[2], p[3], p[4], p[5]);
	return buf;
}

void dump_duration(struct dump *d, uint32_t seconds)
{
	static const struct {
		uint32_t length;
		char unit;
	} units[] = { { 604800, 'w' }, { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	if (!seconds)
		out(d, "0s");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds >= units[i].length)
			out(d, "%u%c", seconds / units[i].length, units[i].unit);
		seconds %= units[i].length;
	}
}

/* ---- hex ---- */

static void hex_line(struct dump *d, const uint8_t *p, uint32_t at, uint32_t n, bool text)
{
	int column = 0;

	out(d, "\n\t0x%04x: ", at);
	for (uint32_t i = 0; i < n; i++, column += 2) {
		if (!(i & 1)) {
			out(d, " ");
			column++;
		}
		out(d, "%02x", p[at + i]);
	}
	if (!text)
		return;
	out(d, "%*s", 42 - column, "");
	for (uint32_t i = 0; i < n; i++)
		out(d, "%c", p[at + i] > ' ' && p[at + i] < 0x7f ? p[at + i] : '.');
}

void dump_hex(struct dump *d, const uint8_t *p, uint32_t len, bool text)
{
	for (uint32_t at = 0; at < len; at += 16)
		hex_line(d, p, at, len - at < 16 ? len - at : 16, text);
}
