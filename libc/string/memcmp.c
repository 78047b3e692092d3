/* Looking at memory: memcmp, memchr and kin. */
#include <string.h>

#include "libc/string/mem.h"

#undef memcmp

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n >= 8 && *(const mem_u64 *)p == *(const mem_u64 *)q; n -= 8) {
		p += 8;
		q += 8;
	}
	if (n >= 8)
		n = 8; /* they differ in these */
	for (; n; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

int bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++) {
		if (*p == (unsigned char)c)
			return (void *)p;
	}
	return NULL;
}

void *memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n--) {
		if (p[n] == (unsigned char)c)
			return (void *)(p + n);
	}
	return NULL;
}

void *memmem(const void *s, size_t n, const void *find, size_t len)
{
	const char *p = s;

	for (; n >= len; n--, p++) {
		if (!memcmp(p, find, len))
			return (void *)p;
	}
	return NULL;
}
