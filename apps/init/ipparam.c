/*
 * The words of the command line and the fields of ip= (the kernel parameter nfsroot made popular).
 */
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ipparam.h"

bool cmdline_word(char **line, char **name, char **value)
{
	char *from = *line + strspn(*line, " \t\n"), *to = from;
	bool quoted = false;

	if (!*from)
		return false;
	*name = to;
	*value = NULL;
	for (; *from && (quoted || !strchr(" \t\n", *from)); from++) {
		if (*from == '"') {
			quoted = !quoted;
		} else if (*from == '=' && !*value) {
			*to++ = '\0';
			*value = to;
		} else {
			*to++ = *from;
		}
	}
	*line = *from ? from + 1 : from;
	*to = '\0';
	if (!*value)
		*value = to;
	return true;
}

#define NR_FIELDS 9

/* Cuts @buf at its colons. False: there are too many. */
static bool cut(char *buf, char *fields[NR_FIELDS])
{
	int n = 0;

	for (int i = 0; i < NR_FIELDS; i++)
		fields[i] = "";
	for (;;) {
		char *colon = strchr(buf, ':');

		if (n == NR_FIELDS)
			return false;
		fields[n++] = buf;
		if (!colon)
			return true;
		*colon = '\0';
		buf = colon + 1;
	}
}

static bool parse_auto(const char *s, enum ip_auto *mode)
{
	static const struct {
		const char *name;
		enum ip_auto mode;
	} names[] = {
		{ "dhcp", IP_AUTO_DHCP }, { "on", IP_AUTO_DHCP },    { "any", IP_AUTO_DHCP },
		{ "both", IP_AUTO_DHCP }, { "off", IP_AUTO_STATIC }, { "none", IP_AUTO_STATIC },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcmp(s, names[i].name)) {
			*mode = names[i].mode;
			return true;
		}
	}
	return false;
}

static bool parse_addr(const char *s, in_addr_t *addr)
{
	return !*s || inaddr_parse(s, addr);
}

static bool parse_mask(const char *s, struct ip_param *p)
{
	in_addr_t mask;

	if (!*s) {
		p->len = inaddr_classful_len(p->client);
		return true;
	}
	if (!inaddr_parse(s, &mask))
		return false;
	p->len = inaddr_prefixlen(mask);
	return p->len >= 0;
}

static bool parse_fields(char *fields[NR_FIELDS], struct ip_param *p, const char **why)
{
	if (!parse_addr(fields[0], &p->client))
		*why = "bad client address";
	else if (!parse_addr(fields[2], &p->gateway))
		*why = "bad gateway";
	else if (!parse_mask(fields[3], p))
		*why = "bad netmask";
	else if (strlen(fields[4]) >= sizeof(p->hostname))
		*why = "host name too long";
	else if (strlen(fields[5]) >= sizeof(p->device))
		*why = "device name too long";
	else if (*fields[6] && !parse_auto(fields[6], &p->mode))
		*why = "bad autoconf (dhcp, on, any, off, none)";
	else if (!parse_addr(fields[7], &p->dns[0]) || !parse_addr(fields[8], &p->dns[1]))
		*why = "bad name server";
	return !*why;
}

bool ip_param_parse(const char *text, struct ip_param *p, const char **why)
{
	char buf[256], *fields[NR_FIELDS];

	memset(p, 0, sizeof(*p));
	*why = NULL;
	if (parse_auto(text, &p->mode)) {
		if (p->mode == IP_AUTO_STATIC)
			p->mode = IP_AUTO_OFF;
		return true;
	}
	if (strlcpy(buf, text, sizeof(buf)) >= sizeof(buf) || !cut(buf, fields)) {
		*why = "too long";
		return false;
	}
	if (!*text || (!strchr(text, ':') && !inaddr_parse(text, &p->client))) {
		*why = "neither an address nor dhcp, on, any, off, none";
		return false;
	}
	if (!parse_fields(fields, p, why))
		return false;
	strlcpy(p->hostname, fields[4], sizeof(p->hostname));
	strlcpy(p->device, fields[5], sizeof(p->device));
	/* An address says that nobody needs to be asked. */
	if (p->client)
		p->mode = IP_AUTO_STATIC;
	else if (p->mode == IP_AUTO_STATIC)
		p->mode = IP_AUTO_OFF;
	return true;
}
