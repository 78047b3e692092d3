/* Ports, for a driver under test: those of the card that model.c is. */
#pragma once

#include "tests/unit/dp8390/model.h"

static inline u8 inb(u16 port)
{
	return (u8)dp_in(port, 1);
}

static inline u16 inw(u16 port)
{
	return (u16)dp_in(port, 2);
}

static inline u32 inl(u16 port)
{
	return dp_in(port, 4);
}

static inline void outb(u16 port, u8 v)
{
	dp_out(port, v, 1);
}

static inline void outw(u16 port, u16 v)
{
	dp_out(port, v, 2);
}

static inline void outl(u16 port, u32 v)
{
	dp_out(port, v, 4);
}

static inline void dp_in_many(u16 port, u8 *dst, size_t count, u32 size)
{
	for (; count--; dst += size) {
		u32 v = dp_in(port, size);

		memcpy(dst, &v, size);
	}
}

static inline void dp_out_many(u16 port, const u8 *src, size_t count, u32 size)
{
	for (; count--; src += size) {
		u32 v = 0;

		memcpy(&v, src, size);
		dp_out(port, v, size);
	}
}

#define insw(port, dst, count) dp_in_many(port, (u8 *)(dst), count, 2)
#define insl(port, dst, count) dp_in_many(port, (u8 *)(dst), count, 4)
#define outsw(port, src, count) dp_out_many(port, (const u8 *)(src), count, 2)
#define outsl(port, src, count) dp_out_many(port, (const u8 *)(src), count, 4)
