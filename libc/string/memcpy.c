/*
 * memcpy and memmove with 64-bit registers: there are no vector registers here, and under an
 * emulator one wide access costs as much as a narrow one. Short copies go without a loop: the first
 * and the last bytes, overlapping in the middle. Long ones take 64 bytes a round and end with the
 * last 32, which may overlap the round before.
 */
#include <string.h>

#include "libc/string/mem.h"

#undef memcpy
#undef memmove

/* At most 32 bytes. All loads come before all stores, so the buffers may overlap. */
static inline __attribute__((always_inline)) void copy_short(char *d, const char *s, size_t n)
{
	if (n > 16) {
		uint64_t a = *(const mem_u64 *)s, b = *(const mem_u64 *)(s + 8);
		uint64_t c = *(const mem_u64 *)(s + n - 16), e = *(const mem_u64 *)(s + n - 8);

		*(mem_u64 *)d = a;
		*(mem_u64 *)(d + 8) = b;
		*(mem_u64 *)(d + n - 16) = c;
		*(mem_u64 *)(d + n - 8) = e;
	} else if (n >= 8) {
		uint64_t a = *(const mem_u64 *)s, b = *(const mem_u64 *)(s + n - 8);

		*(mem_u64 *)d = a;
		*(mem_u64 *)(d + n - 8) = b;
	} else if (n >= 4) {
		uint32_t a = *(const mem_u32 *)s, b = *(const mem_u32 *)(s + n - 4);

		*(mem_u32 *)d = a;
		*(mem_u32 *)(d + n - 4) = b;
	} else if (n >= 2) {
		uint16_t a = *(const mem_u16 *)s, b = *(const mem_u16 *)(s + n - 2);

		*(mem_u16 *)d = a;
		*(mem_u16 *)(d + n - 2) = b;
	} else if (n) {
		*d = *s;
	}
}

static inline __attribute__((always_inline)) void copy32(char *d, const char *s)
{
	uint64_t a = ((const mem_u64 *)s)[0], b = ((const mem_u64 *)s)[1];
	uint64_t c = ((const mem_u64 *)s)[2], e = ((const mem_u64 *)s)[3];

	((mem_u64 *)d)[0] = a;
	((mem_u64 *)d)[1] = b;
	((mem_u64 *)d)[2] = c;
	((mem_u64 *)d)[3] = e;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	char *d = dst;
	const char *s = src;

	if (n <= 32) {
		copy_short(d, s, n);
		return dst;
	}
	for (; n > 96; n -= 64, d += 64, s += 64) {
		mem_opaque(s);
		copy32(d, s);
		copy32(d + 32, s + 32);
	}
	for (; n > 32; n -= 32, d += 32, s += 32) {
		mem_opaque(s);
		copy32(d, s);
	}
	copy32(d + n - 32, s + n - 32);
	return dst;
}

/* @d lies below @s: every round loads before it stores, and stores only what it or a round before
 * has loaded. */
static void move_down(char *d, const char *s, size_t n)
{
	for (; n > 32; n -= 32, d += 32, s += 32) {
		mem_opaque(s);
		copy32(d, s);
	}
	copy_short(d, s, n);
}

static void move_up(char *d, const char *s, size_t n)
{
	for (; n > 32; n -= 32) {
		mem_opaque(s);
		copy32(d + n - 32, s + n - 32);
	}
	copy_short(d, s, n);
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n && (uintptr_t)src - (uintptr_t)dst >= n)
		return memcpy(dst, src, n);
	if (dst < src)
		move_down(dst, src, n);
	else
		move_up(dst, src, n);
	return dst;
}
