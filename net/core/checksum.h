/*
 * The Internet checksum (RFC 1071): 32-bit partial sums in host representation, folded at the end.
 */
#pragma once

#include "net/os.h"

/*
 * Adds @len bytes at @p (any alignment; the first byte is at an even place) to @sum. 64-bit loads.
 * Any context.
 */
u32 csum_partial(const void *p, u32 len, u32 sum);
/* The same, copying to @dst on the way. */
u32 csum_partial_copy(const void *src, void *dst, u32 len, u32 sum);

/* Folds to 16 bits and complements: what goes into the header. */
static inline be16 csum_fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (be16)~sum;
}

/* @sum2 over bytes that begin at offset @off of the whole. */
static inline u32 csum_block_add(u32 sum, u32 sum2, u32 off)
{
	u64 s = (u64)sum + ((off & 1) ? __builtin_bswap32(sum2) : sum2);

	return (u32)s + (u32)(s >> 32);
}

/*
 * Sum of the TCP/UDP pseudo header (RFC 768, RFC 9293 §3.1), on top of @sum; @len in bytes, below
 * 65536.
 */
static inline u32 csum_tcpudp_nofold(be32 saddr, be32 daddr, u32 len, u8 proto, u32 sum)
{
	/* The protocol and length words as a little-endian load sees them on the wire. */
	u64 s = (u64)saddr + daddr + sum + __builtin_bswap32(len | (u32)proto << 16);

	s = (s & 0xffffffff) + (s >> 32);
	return (u32)s + (u32)(s >> 32);
}

/* Adds @words 32-bit words at @p (any alignment) to @sum: for headers, without a call. */
static __always_inline u32 csum_words(const void *p, u32 words, u32 sum)
{
	const u8 *at = p;
	u64 s = sum, two;
	u32 one;

#pragma GCC unroll 4
	for (u32 i = 0; i < words / 2; i++) {
		memcpy(&two, at + 8 * i, sizeof(two));
		s += (u32)two + (two >> 32);
	}
	if (words % 2) {
		memcpy(&one, at + 4 * (words - 1), sizeof(one));
		s += one;
	}
	s = (s & 0xffffffff) + (s >> 32);
	return (u32)s + (u32)(s >> 32);
}

/*
 * Over an IP header of @ihl 32-bit words: 0 if it is right, else what to store (field zeroed
 * before).
 */
static inline be16 ip_fast_csum(const void *iph, u32 ihl)
{
	return csum_fold(likely(ihl == 5) ? csum_words(iph, 5, 0) : csum_words(iph, ihl, 0));
}
