/*
 * Segmentation in software: a burst that TCP made in one piece (skb_shared_info.gso_size) becomes
 * the frames that a card with TSO would have made of it.
 */
#pragma once

#include "net/core/skbuff.h"

/* A burst on its way into pieces. */
struct gso {
	struct sk_buff *skb;
	u32 hlen;	 /* bytes of all headers, link to TCP */
	u32 mss;	 /* of payload in a segment */
	u32 done, total; /* payload */
	u32 index;	 /* of the next segment */
	u32 doff;	 /* where the TCP header begins */
	u32 noff;	 /* and the IP header */
};

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_size != 0;
}

/* Bytes of headers that each of its segments has: data at the link header. */
static inline u32 gso_hlen(const struct sk_buff *skb)
{
	const u8 *th = skb_transport_header(skb);

	return (u32)(th - skb->data) + (th[12] >> 4) * 4u; /* TCP's data offset */
}

/* Where a card finds what it has to write in each segment: offsets from data. */
struct gso_layout {
	u8 ip, ip_check, tcp, tcp_check, hlen;
};
/*
 * Makes the headers of @skb, which are its alone, what cards that cut bursts expect: total length
 * and checksum of IP zero, and TCP's pseudo header's sum without the length. Borrows.
 */
void gso_for_card(struct sk_buff *skb, struct gso_layout *at);

/*
 * Begins with @skb: data at the link header, TCP over IPv4 with CHECKSUM_PARTIAL. False: it is no
 * such packet. Borrows @skb until gso_end.
 */
bool gso_begin(struct gso *g, struct sk_buff *skb);
/*
 * The next segment, CHECKSUM_PARTIAL, its payload shared (@linear: copied behind the headers).
 * NULL: all done, or no memory (counted). The last one is charged to the owner of the burst.
 */
struct sk_buff *gso_next(struct gso *g, bool linear);
/* Ends the burst: consumed, or dropped if something of it could not be made. */
void gso_end(struct gso *g);
