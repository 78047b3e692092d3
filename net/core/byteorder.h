/*
 * Host and network byte order, and loads and stores of fields that may lie at any address.
 */
#pragma once

#include "net/os.h"

static inline u16 ntohs(be16 v)
{
	return __builtin_bswap16(v);
}

static inline u32 ntohl(be32 v)
{
	return __builtin_bswap32(v);
}

#define htons(v) ((be16)__builtin_bswap16((u16)(v)))
#define htonl(v) ((be32)__builtin_bswap32((u32)(v)))

/* Big-endian reads and writes at any alignment. */
static inline u16 get_be16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline u32 get_be32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline void put_be16(void *p, u16 v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_be32(void *p, u32 v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

/* printk and seq_printf: "%d.%d.%d.%d", IP4_ARGS(addr) and "%02x:…", MAC_ARGS(mac). */
#define IP4_FMT "%u.%u.%u.%u"
#define IP4_ARGS(a)                                                                                \
	((const u8 *)&(a))[0], ((const u8 *)&(a))[1], ((const u8 *)&(a))[2], ((const u8 *)&(a))[3]
#define MAC_FMT "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_ARGS(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]
