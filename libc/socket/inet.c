/* IPv4 addresses as text, in the strict form and in the old ones. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libc/internal.h"
#include "libc/socket/inet6.h"

const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT;
const struct in6_addr in6addr_loopback = IN6ADDR_LOOPBACK_INIT;

/* Exactly a.b.c.d, decimal, without leading zeroes that could mean octal. */
static int pton4(const char *s, unsigned char *out)
{
	int i;

	for (i = 0; i < 4; i++) {
		unsigned int v = 0, len = 0;

		if (i && *s++ != '.')
			return 0;
		for (; isdigit(*s) && len < 4; s++, len++)
			v = v * 10 + (unsigned int)(*s - '0');
		if (!len || len > 3 || v > 255 || (len > 1 && s[-(int)len] == '0'))
			return 0;
		out[i] = (unsigned char)v;
	}
	return !*s;
}

int inet_pton(int af, const char *src, void *dst)
{
	unsigned char addr[16];
	size_t len = af == AF_INET ? 4 : 16;

	if (af != AF_INET && af != AF_INET6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (!(af == AF_INET ? pton4(src, addr) : __inet_pton6(src, addr)))
		return 0;
	memcpy(dst, addr, len);
	return 1;
}

const char *inet_ntop(int af, const void *src, char *dst, socklen_t size)
{
	char text[INET6_ADDRSTRLEN];
	const unsigned char *a = src;

	if (af == AF_INET) {
		snprintf(text, sizeof(text), "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	} else if (af == AF_INET6) {
		__inet_ntop6(a, text);
	} else {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	if (strlcpy(dst, text, size) < size)
		return dst;
	errno = ENOSPC;
	return NULL;
}

/* One to four numbers; the last one fills the bytes that are left. White space may follow. */
int inet_aton(const char *src, struct in_addr *dst)
{
	unsigned long part[4], value = 0;
	int n = 0, i;

	for (;;) {
		char *end;

		if (!isdigit(*src))
			return 0;
		part[n++] = strtoul(src, &end, 0);
		src = end;
		if (*src != '.')
			break;
		if (n == 4)
			return 0;
		src++;
	}
	if (*src && !isspace(*src))
		return 0;
	for (i = 0; i < n - 1; i++) {
		if (part[i] > 255)
			return 0;
		value |= part[i] << (24 - 8 * i);
	}
	if (part[n - 1] > 0xffffffffUL >> (8 * (n - 1)))
		return 0;
	if (dst)
		dst->s_addr = htonl((uint32_t)(value | part[n - 1]));
	return 1;
}

in_addr_t inet_addr(const char *src)
{
	struct in_addr in;

	return inet_aton(src, &in) ? in.s_addr : INADDR_NONE;
}

in_addr_t inet_network(const char *src)
{
	struct in_addr in;

	return inet_aton(src, &in) ? ntohl(in.s_addr) : INADDR_NONE;
}

char *inet_ntoa(struct in_addr in)
{
	struct libc_block *b = __libc();

	return (char *)inet_ntop(AF_INET, &in, b->addr_text, sizeof(b->addr_text));
}
