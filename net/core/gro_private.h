/* Between gro.c and gro_ack.h: a segment as it was read, and what both ask of it. */
#pragma once

#include "net/core/byteorder.h"
#include "net/core/gro.h"
#include "net/core/gso_wire.h"

#define TCP_HLEN_TSTAMP (TCP_HLEN_MIN + 12) /* of nearly all that comes */

struct segment {
	const u8 *ip, *th;
	u32 hlen, payload;
};

/* Are the sums of both headers, and over the payload, right? Softirq. */
static __always_inline bool gro_sums_right(const struct sk_buff *skb, const struct segment *s)
{
	u32 hlen = s->hlen - IP_HLEN_MIN, len = hlen + s->payload, sum;

	if (ip_fast_csum(s->ip, IP_HLEN_MIN / 4))
		return false;
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		return true;
	sum = csum_tcpudp_nofold(gso_load_be32(s->ip + IP_AT_SADDR),
				 gso_load_be32(s->ip + IP_AT_DADDR), len, PROTO_TCP, 0);
	if (s->payload)
		return !csum_fold(csum_partial(s->th, len, sum));
	return !csum_fold(likely(hlen == TCP_HLEN_TSTAMP) ?
				  csum_words(s->th, TCP_HLEN_TSTAMP / 4, sum) :
				  csum_words(s->th, hlen / 4, sum));
}

/* Nobody wants @skb any more: it ends with the burst, together with others. Consumes. */
static inline void gro_ended(struct gro *g, struct sk_buff *skb)
{
	skb->next = g->ended;
	g->ended = skb;
}
