/* Services and protocols by name and number: /etc/services first, then what everybody knows. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libc/netdb/lookup.h"

enum { UDP = 1, TCP = 2 };

static const struct {
	const char *name;
	unsigned short port;
	unsigned char protos;
} known[] = {
	{ "echo", 7, UDP | TCP },     { "discard", 9, UDP | TCP }, { "daytime", 13, UDP | TCP },
	{ "chargen", 19, UDP | TCP }, { "ftp", 21, TCP },	   { "ssh", 22, TCP },
	{ "telnet", 23, TCP },	      { "smtp", 25, TCP },	   { "time", 37, UDP | TCP },
	{ "domain", 53, UDP | TCP },  { "bootps", 67, UDP },	   { "bootpc", 68, UDP },
	{ "tftp", 69, UDP },	      { "http", 80, TCP },	   { "pop3", 110, TCP },
	{ "ntp", 123, UDP },	      { "imap2", 143, TCP },	   { "snmp", 161, UDP },
	{ "snmp-trap", 162, UDP },    { "bgp", 179, TCP },	   { "https", 443, UDP | TCP },
	{ "syslog", 514, UDP },	      { "route", 520, UDP },	   { "openvpn", 1194, UDP },
	{ "radius", 1812, UDP },      { "mdns", 5353, UDP },	   { "http-alt", 8080, TCP },
};

static bool proto_fits(const char *have, const char *want)
{
	return !want || !strcmp(have, want);
}

static void set_service(struct service *s, const char *name, const char *proto, int port)
{
	strlcpy(s->name, name, sizeof(s->name));
	strlcpy(s->proto, proto, sizeof(s->proto));
	s->port = port;
}

static bool find_known(const char *name, int port, const char *proto, struct service *s)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (name ? strcmp(known[i].name, name) : known[i].port != port)
			continue;
		if ((known[i].protos & TCP) && proto_fits("tcp", proto))
			return set_service(s, known[i].name, "tcp", known[i].port), true;
		if ((known[i].protos & UDP) && proto_fits("udp", proto))
			return set_service(s, known[i].name, "udp", known[i].port), true;
	}
	return false;
}

/* "name port/proto alias…" */
static bool match_line(char *line, const char *name, int port, const char *proto, struct service *s)
{
	char *rest, *first, *number, *slash, *alias;
	bool match;

	line[strcspn(line, "#")] = '\0';
	first = strtok_r(line, " \t\r\n", &rest);
	number = strtok_r(NULL, " \t\r\n", &rest);
	slash = number ? strchr(number, '/') : NULL;
	if (!slash || !proto_fits(slash + 1, proto))
		return false;
	match = name ? !strcmp(first, name) : atoi(number) == port;
	while (!match && name && (alias = strtok_r(NULL, " \t\r\n", &rest)))
		match = !strcmp(alias, name);
	if (match)
		set_service(s, first, slash + 1, atoi(number));
	return match;
}

bool service_find(const char *name, int port, const char *proto, struct service *s)
{
	FILE *f = fopen("/etc/services", "re");
	char line[160];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = match_line(line, name, port, proto, s);
	if (f)
		fclose(f);
	return found || find_known(name, port, proto, s);
}

static struct servent *service_result(const char *name, int port, const char *proto)
{
	struct netdb_result *r = &__libc()->netdb;
	struct service s;

	if (!service_find(name, port, proto, &s))
		return NULL;
	strlcpy(r->service_name, s.name, sizeof(r->service_name));
	strlcpy(r->service_proto, s.proto, sizeof(r->service_proto));
	r->service = (struct servent){ r->service_name, r->no_aliases, htons((uint16_t)s.port),
				       r->service_proto };
	return &r->service;
}

struct servent *getservbyname(const char *name, const char *proto)
{
	return service_result(name, 0, proto);
}

struct servent *getservbyport(int port, const char *proto)
{
	return service_result(NULL, ntohs((uint16_t)port), proto);
}

static const struct {
	const char *name;
	int number;
} protocols[] = {
	{ "ip", IPPROTO_IP },	{ "icmp", IPPROTO_ICMP }, { "igmp", IPPROTO_IGMP },
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
};

static struct protoent *protocol_result(const char *name, int number)
{
	struct netdb_result *r = &__libc()->netdb;
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (name ? strcasecmp(protocols[i].name, name) : protocols[i].number != number)
			continue;
		r->protocol = (struct protoent){ (char *)protocols[i].name, r->no_aliases,
						 protocols[i].number };
		return &r->protocol;
	}
	return NULL;
}

struct protoent *getprotobyname(const char *name)
{
	return protocol_result(name, 0);
}

struct protoent *getprotobynumber(int proto)
{
	return protocol_result(NULL, proto);
}
