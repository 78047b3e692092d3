/* Queries on their way out, and names between text and wire form. */
#include <ctype.h>
#include <dns.h>
#include <stdio.h>
#include <string.h>

#include "libc/netdb/dns_msg.h"

static uint8_t *put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

size_t dns_build(uint8_t *buf, uint16_t id, const struct dns_name *name, int type, bool recurse,
		 bool edns)
{
	uint8_t *p = buf;

	p = put16(p, id);
	p = put16(p, recurse ? 0x0100 : 0);
	p = put16(p, 1);
	p = put16(p, 0);
	p = put16(p, 0);
	p = put16(p, edns);
	memcpy(p, name->wire, name->len);
	p = put16(p + name->len, (unsigned int)type);
	p = put16(p, DNS_CLASS_IN);
	if (edns) { /* root, OPT, our size, extended rcode and flags, no options */
		*p++ = 0;
		p = put16(p, DNS_OPT);
		p = put16(p, DNS_EDNS_SIZE);
		p = put16(p, 0);
		p = put16(p, 0);
		p = put16(p, 0);
	}
	return (size_t)(p - buf);
}

/* One byte of a label, which may be written as "\." or "\046". Returns what follows it, NULL if
 * malformed. */
static const char *read_byte(const char *s, uint8_t *byte)
{
	int v;

	if (*s != '\\') {
		*byte = (uint8_t)*s;
		return s + 1;
	}
	s++;
	if (!isdigit(*s)) {
		*byte = (uint8_t)*s;
		return *s ? s + 1 : NULL;
	}
	if (!isdigit(s[1]) || !isdigit(s[2]))
		return NULL;
	v = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	*byte = (uint8_t)v;
	return v > 255 ? NULL : s + 3;
}

/* One label into @out (64 bytes), its length in front. Returns the place of the dot or the end,
 * NULL if malformed. */
static const char *read_label(const char *s, uint8_t *out)
{
	uint8_t len = 0;

	while (*s && *s != '.') {
		if (len == 63)
			return NULL;
		s = read_byte(s, &out[++len]);
		if (!s)
			return NULL;
	}
	*out = len;
	return s;
}

bool dns_name_from_text(const char *text, struct dns_name *name)
{
	uint8_t label[64];
	size_t len = 0;

	if (!strcmp(text, "."))
		text++;
	else if (!*text)
		return false;
	while (*text) {
		text = read_label(text, label);
		if (!text || !*label || *label + 2U > sizeof(name->wire) - len)
			return false;
		memcpy(name->wire + len, label, *label + 1U);
		len += *label + 1U;
		if (*text == '.')
			text++;
	}
	name->wire[len++] = 0;
	name->len = (uint8_t)len;
	return true;
}

void dns_name_text(const struct dns_name *name, char *text)
{
	const uint8_t *p = name->wire;
	char *out = text;
	uint8_t n;

	for (; *p; *out++ = '.') {
		for (n = *p++; n; n--, p++) {
			if (*p == '.' || *p == '\\')
				out += sprintf(out, "\\%c", *p);
			else if (isgraph(*p))
				*out++ = (char)*p;
			else
				out += sprintf(out, "\\%03u", *p);
		}
	}
	if (out == text)
		*out++ = '.';
	else
		out--;
	*out = '\0';
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	int i;

	if (a->len != b->len)
		return false;
	for (i = 0; i < a->len; i++) { /* lengths are below 64, so not letters */
		if (tolower(a->wire[i]) != tolower(b->wire[i]))
			return false;
	}
	return true;
}

void dns_reverse_name(struct in_addr addr, char *name)
{
	const uint8_t *a = (const uint8_t *)&addr;

	sprintf(name, "%u.%u.%u.%u.in-addr.arpa", a[3], a[2], a[1], a[0]);
}
