/*
 * Addresses to and from text, for all the network commands.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inaddr.h"
#include "util.h"

bool inaddr_parse(const char *s, in_addr_t *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET, s, &in) != 1)
		return false;
	*addr = in.s_addr;
	return true;
}

in_addr_t inaddr_mask(int len)
{
	return len ? htonl(~0u << (32 - len)) : 0;
}

int inaddr_prefixlen(in_addr_t mask)
{
	uint32_t host = ~ntohl(mask);
	int len = 32;

	if (host & (host + 1))
		return -1;
	for (; host; host >>= 1)
		len--;
	return len;
}

int inaddr_classful_len(in_addr_t addr)
{
	unsigned int first = ntohl(addr) >> 24;

	if (!addr)
		return 0;
	return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
}

bool inaddr_parse_prefix(const char *s, in_addr_t *addr, int *len)
{
	char buf[INET_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	in_addr_t mask;
	long v;

	*len = 32;
	if (!strcmp(s, "default") || !strcmp(s, "any")) {
		*addr = 0;
		*len = 0;
		return true;
	}
	if (n >= sizeof(buf))
		return false;
	memcpy(buf, s, n);
	buf[n] = '\0';
	if (!inaddr_parse(buf, addr))
		return false;
	if (!slash)
		return true;
	if (app_number(slash + 1, 0, 32, &v))
		*len = v;
	else if (inaddr_parse(slash + 1, &mask))
		*len = inaddr_prefixlen(mask);
	else
		return false;
	return *len >= 0;
}

const char *inaddr_str(in_addr_t addr, char buf[INET_ADDRSTRLEN])
{
	struct in_addr in = { addr };

	return inet_ntop(AF_INET, &in, buf, INET_ADDRSTRLEN);
}

bool inaddr_resolve(const char *app, const char *host, struct sockaddr_in *sin)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	int err;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	if (inaddr_parse(host, &sin->sin_addr.s_addr))
		return true;
	err = getaddrinfo(host, NULL, &hints, &found);
	if (err) {
		app_error(app, "%s: %s", host, gai_strerror(err));
		return false;
	}
	sin->sin_addr = ((struct sockaddr_in *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
	return true;
}

const char *inaddr_name(in_addr_t addr, bool numeric, char *buf, size_t size)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { addr } };
	int flags = numeric ? NI_NUMERICHOST : 0;

	if (getnameinfo((struct sockaddr *)&sin, sizeof(sin), buf, size, NULL, 0, flags))
		snprintf(buf, size, "?");
	return buf;
}

int inaddr_port(const char *s, const char *proto)
{
	struct servent *service;
	long v;

	if (app_number(s, 0, 65535, &v))
		return v;
	service = getservbyname(s, proto);
	return service ? ntohs(service->s_port) : -1;
}

bool hwaddr_parse(const char *s, unsigned char addr[6])
{
	for (int i = 0; i < 6; i++) {
		char *end;
		unsigned long v = strtoul(s, &end, 16);

		if (end == s || end - s > 2 || v > 255 || *end != (i < 5 ? ':' : '\0'))
			return false;
		addr[i] = v;
		s = end + 1;
	}
	return true;
}

const char *hwaddr_str(const unsigned char a[6], char buf[HWADDR_STRLEN])
{
	snprintf(buf, HWADDR_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
		 a[5]);
	return buf;
}
