/* IPv6 addresses: text to bytes by RFC 4291 §2.2, bytes to text by RFC 5952. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libc/socket/inet6.h"

/* One group of 1 to 4 hexadecimal digits; NULL if there is none. */
static const char *read_group(const char *s, unsigned char out[2])
{
	unsigned int v = 0;
	int len = 0;

	for (; isxdigit(*s); s++, len++) {
		if (len == 4)
			return NULL;
		v = v << 4 | (unsigned int)(isdigit(*s) ? *s - '0' : tolower(*s) - 'a' + 10);
	}
	out[0] = (unsigned char)(v >> 8);
	out[1] = (unsigned char)v;
	return len ? s : NULL;
}

/* Reads groups up to "::" or the end. Returns the number of bytes, -1 if malformed; *@s is left
 * behind them. */
static int read_groups(const char **s, unsigned char *out, int room)
{
	int n = 0;

	while (**s && **s != ':' && n + 2 <= room) {
		const char *after = read_group(*s, out + n);

		if (after && *after == '.') {
			if (n + 4 > room || inet_pton(AF_INET, *s, out + n) != 1)
				return -1;
			*s += strlen(*s);
			return n + 4;
		}
		if (!after)
			return -1;
		n += 2;
		*s = after;
		if (!*after || !strncmp(after, "::", 2))
			return n;
		if (*after != ':' || !isxdigit(after[1]) || n == room)
			return -1;
		*s = after + 1;
	}
	return n;
}

int __inet_pton6(const char *s, unsigned char out[16])
{
	unsigned char tail[16];
	int head, rest;

	memset(out, 0, 16);
	head = read_groups(&s, out, 16);
	if (head == 16 && !*s)
		return 1;
	if (head < 0 || head > 14 || strncmp(s, "::", 2))
		return 0;
	s += 2;
	rest = read_groups(&s, tail, 14 - head);
	if (rest < 0 || *s)
		return 0;
	memcpy(out + 16 - rest, tail, (size_t)rest);
	return 1;
}

/* The longest run of at least two zero groups, the first of equals; its length, 0 if there is none.
 */
static int longest_zeroes(const unsigned char *a, int *start)
{
	int best = 1, i, run = 0;

	for (i = 0; i < 8; i++) {
		run = a[2 * i] | a[2 * i + 1] ? 0 : run + 1;
		if (run > best) {
			best = run;
			*start = i - run + 1;
		}
	}
	return best > 1 ? best : 0;
}

static int is_mapped(const unsigned char *a)
{
	static const unsigned char prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return !memcmp(a, prefix, sizeof(prefix));
}

void __inet_ntop6(const unsigned char a[16], char *out)
{
	int start = -1, len = longest_zeroes(a, &start), i;

	if (is_mapped(a)) {
		sprintf(out, "::ffff:%u.%u.%u.%u", a[12], a[13], a[14], a[15]);
		return;
	}
	for (i = 0; i < 8; i++) {
		if (len && i == start) {
			out += sprintf(out, "::");
			i += len - 1;
			continue;
		}
		out += sprintf(out, i && !(len && i == start + len) ? ":%x" : "%x",
			       (unsigned int)a[2 * i] << 8 | a[2 * i + 1]);
	}
	*out = '\0';
}
