/*
 * What can be told of an IPv4 address from its bits alone (RFC 1122 §3.2.1.3, RFC 6890), and
 * netmasks. Addresses are in network order.
 */
#pragma once

#include "net/core/byteorder.h"

static inline bool ipv4_is_loopback(be32 addr)
{
	return (addr & htonl(0xff000000)) == htonl(0x7f000000);
}

/* 0/8: "this network". */
static inline bool ipv4_is_zeronet(be32 addr)
{
	return !(addr & htonl(0xff000000));
}

static inline bool ipv4_is_multicast(be32 addr)
{
	return (addr & htonl(0xf0000000)) == htonl(0xe0000000);
}

/* 224.0.0/24: never forwarded. */
static inline bool ipv4_is_local_multicast(be32 addr)
{
	return (addr & htonl(0xffffff00)) == htonl(0xe0000000);
}

static inline bool ipv4_is_lbcast(be32 addr)
{
	return addr == htonl(0xffffffff);
}

/* 240/4, the limited broadcast address included. */
static inline bool ipv4_is_badclass(be32 addr)
{
	return (addr & htonl(0xf0000000)) == htonl(0xf0000000);
}

/* Mask of @len bits, 0 to 32. */
static inline be32 inet_make_mask(u32 len)
{
	return len ? htonl(0xffffffffu << (32 - len)) : 0;
}

/* A mask whose ones are not all in front. */
static inline bool inet_bad_mask(be32 mask)
{
	u32 rest = ~ntohl(mask);

	return rest & (rest + 1);
}

static inline u32 inet_mask_len(be32 mask)
{
	return mask ? 32 - (u32)__builtin_ctz(ntohl(mask)) : 0;
}

/* The prefix length that an address had when networks had classes; -1: it can be no interface's. */
static inline int inet_abc_len(be32 addr)
{
	u32 a = ntohl(addr);

	if (ipv4_is_zeronet(addr))
		return 0;
	if (!(a & 0x80000000))
		return 8;
	if (!(a & 0x40000000))
		return 16;
	if (!(a & 0x20000000))
		return 24;
	return -1;
}
