/*
 * Joining segments, between the card and IP: what comes in a burst of one TCP connection goes up as
 * one packet, so that everything above - hooks, route, TCP's own work, waking the reader - is paid
 * for once.
 */
#pragma once

#include "net/core/skbuff.h"

#define GRO_RUNS 8

/* Segments that follow each other, in the first one's packet. */
struct gro_run {
	struct sk_buff *skb;
	u32 next_seq; /* of the segment that would follow */
	u16 hlen;     /* bytes of IP and TCP header that each has */
	u16 size;     /* of the first one's payload: none is longer. 0: a run of ACKs */
};

/* Guarded by bh-disable; empty outside of a burst. The oldest first. */
struct gro {
	struct gro_run runs[GRO_RUNS];
	u32 nr_runs;
	bool acks;	       /* of the ACKs of a connection the last is enough */
	struct sk_buff *ended; /* to be freed with the burst, all at once; by ->next */
};

/*
 * Takes @skb, an IPv4 packet for us (data at the IP header): joined to a run, held as the beginning
 * of one, or handed to @up, in the order in which a connection's segments came. Consumes. Softirq.
 */
void gro_receive(struct gro *g, struct sk_buff *skb, void (*up)(struct sk_buff *skb));
/* The burst is over: hands all that is held to @up. Softirq. */
void gro_flush(struct gro *g, void (*up)(struct sk_buff *skb));
