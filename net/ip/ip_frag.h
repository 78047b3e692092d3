/*
 * Datagrams that come in pieces (RFC 791 §3.2, RFC 815's idea without its holes): what the files
 * of reassembly have among themselves. ip_frag_queue.c keeps the queues and their bounds,
 * ip_defrag.c decides where a piece belongs, ip_frag_join.c makes one packet of the pieces.
 *
 * All of it is guarded by bh-disable.
 */
#pragma once

#include "net/ip/ip.h"

/* What pieces of one datagram have in common. */
struct frag_key {
	be32 saddr, daddr;
	u16 id;
	u8 protocol;
	u8 user; /* enum ip_defrag_user */
};

/* A datagram in the making. */
struct frag_queue {
	struct hlist_node hash;
	struct list_head lru; /* touched longest ago first; a free one: in the list of those */
	struct timer timer;
	struct frag_key key;
	/* By offset, through next and prev; data at the payload; neither route nor owner. */
	struct sk_buff *first, *last;
	u32 meat; /* bytes that are there */
	u32 len;  /* of the payload, as far as is known */
	bool last_in;
	u8 ecn;	 /* bit per codepoint that a piece has borne */
	u32 rid; /* the source's count of pieces at the last one of ours */
};

/* A piece's note in skb->cb, behind IP's. */
struct frag_cb {
	struct ip_skb_cb ip;
	u32 offset;
};

static inline struct frag_cb *FRAG_CB(struct sk_buff *skb)
{
	_Static_assert(sizeof(struct frag_cb) <= sizeof(skb->cb), "it must fit");
	return (struct frag_cb *)skb->cb;
}

/* The queue of @key, a new one if there is none; NULL: no room for it. */
struct frag_queue *frag_queue_get(const struct frag_key *key);
/* Ends @q; its pieces are dropped for @why. */
void frag_queue_kill(struct frag_queue *q, enum drop_reason why);
/* Drops what there is, and begins anew. */
void frag_queue_restart(struct frag_queue *q, enum drop_reason why);
/* Takes all pieces out (a list through next) and ends @q. */
struct sk_buff *frag_queue_take(struct frag_queue *q);
/* Charges @bytes more, or (negative) less. */
void frag_mem_add(s32 bytes);
/* Makes room, if the bound is reached, at the cost of those that have waited longest. */
void frag_queue_evict(void);
/*
 * Counts one more piece from @q's source. True: so many of its other datagrams have come since the
 * last one of @q that identifiers may have come round (RFC 791 §3.2; net.ipv4.ipfrag_max_dist).
 */
bool frag_queue_too_far(struct frag_queue *q);

/*
 * One packet of all @q's pieces, data at the IP header; ends @q. NULL: dropped, counted. Softirq.
 */
struct sk_buff *frag_join(struct frag_queue *q);
