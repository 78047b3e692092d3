/*
 * Joining ACKs: a receiver acknowledges every second segment, and what it said first is contained
 * in what it says last (RFC 9293 §3.4: acknowledgments are cumulative). Of the ACKs of a connection
 * that come in one burst the last goes up, as if the network had lost the others, which every
 * sender bears; the packet tells how many they were. Only where nothing is lost but the number:
 * each acknowledges more than the one before, and says nothing else - no data, no SACK, no ECN. A
 * second ACK of the same data (RFC 5681 §2), or a new window alone, does not join what came before.
 *
 * All inlined: it runs for each ACK, and an emulator pays for a call and its return as for twenty
 * instructions.
 *
 * What others are to have is not joined (gro.acks): a router passes on what it gets, and who looks
 * on sees what came.
 */
#pragma once

#include "net/core/gro_private.h"

#define HLEN_PLAIN (IP_HLEN_MIN + TCP_HLEN_MIN)
#define HLEN_TSTAMP (IP_HLEN_MIN + TCP_HLEN_TSTAMP)
#define OPT_TSTAMP_ALIGNED 0x0101080a /* NOP NOP TIMESTAMP 10, RFC 7323 appendix A */
#define AT_TSVAL (TCP_HLEN_MIN + 4)

static inline bool says_nothing_else(const struct segment *s)
{
	if (s->payload || s->th[TCP_AT_FLAGS] != TCP_FLAG_ACK || s->th[TCP_AT_DOFF] & TCP_DOFF_AE)
		return false;
	return s->hlen == HLEN_PLAIN ||
	       (s->hlen == HLEN_TSTAMP && get_be32(s->th + TCP_HLEN_MIN) == OPT_TSTAMP_ALIGNED);
}

/* Does @s come after what @th is the header of? */
static inline bool says_more(const u8 *th, const struct segment *s)
{
	s32 ack = (s32)(get_be32(s->th + TCP_AT_ACK_SEQ) - get_be32(th + TCP_AT_ACK_SEQ));

	if (ack <= 0 || memcmp(th + TCP_AT_SEQ, s->th + TCP_AT_SEQ, 4))
		return false;
	return s->hlen == HLEN_PLAIN ||
	       (s32)(get_be32(s->th + AT_TSVAL) - get_be32(th + AT_TSVAL)) >= 0;
}

/* May @skb be the first of a run of ACKs? Softirq. */
static inline bool gro_ack_may_begin(const struct sk_buff *skb, const struct segment *s)
{
	return says_nothing_else(s) && !skb_shared(skb) && gro_sums_right(skb, s);
}

/* True: @skb, which says more, stands for @run now; what stood there is gone. Softirq. */
static inline bool gro_ack_join(struct gro *g, struct gro_run *run, struct sk_buff *skb,
				const struct segment *s)
{
	const u8 *ip = run->skb->data;
	u16 segs = max(skb_shinfo(run->skb)->gso_segs, (u16)1);

	if (run->size || run->hlen != s->hlen || ip[IP_AT_TOS] != s->ip[IP_AT_TOS] ||
	    segs == 0xffff || !says_more(ip + IP_HLEN_MIN, s) || !gro_ack_may_begin(skb, s))
		return false;
	skb_trim(skb, s->hlen);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_shinfo(skb)->gso_segs = segs + 1;
	gro_ended(g, run->skb);
	run->skb = skb;
	return true;
}
