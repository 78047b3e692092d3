/* memset and bzero, in the manner of memcpy.c. */
#include <string.h>

#include "libc/string/mem.h"

#undef memset

static inline __attribute__((always_inline)) void set_short(char *d, uint64_t v, size_t n)
{
	if (n >= 8) {
		*(mem_u64 *)d = v;
		if (n > 16)
			*(mem_u64 *)(d + 8) = v;
		if (n > 24)
			*(mem_u64 *)(d + 16) = v;
		*(mem_u64 *)(d + n - 8) = v;
	} else if (n >= 4) {
		*(mem_u32 *)d = (uint32_t)v;
		*(mem_u32 *)(d + n - 4) = (uint32_t)v;
	} else if (n) {
		d[0] = (char)v;
		d[n / 2] = (char)v;
		d[n - 1] = (char)v;
	}
}

void *memset(void *dst, int c, size_t n)
{
	uint64_t v = 0x0101010101010101UL * (unsigned char)c;
	char *d = dst;

	for (; n > 32; n -= 32, d += 32) {
		mem_opaque(d);
		((mem_u64 *)d)[0] = v;
		((mem_u64 *)d)[1] = v;
		((mem_u64 *)d)[2] = v;
		((mem_u64 *)d)[3] = v;
	}
	set_short(d, v, n);
	return dst;
}

void bzero(void *s, size_t n)
{
	memset(s, 0, n);
}
