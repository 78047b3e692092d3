/*
 * sk_buff: a packet on its way. Its header points into a buffer from the closed pool:
 *
 *   head           data              tail             end          + SKB_BUF_SIZE
 *    |- headroom -->|---- linear ---->|--- tailroom --->|  skb_shared_info  |
 *
 * What does not fit, or is not to be copied, hangs on the buffer's shared part as fragments (other
 * pool buffers). Headers and buffers are counted apart: clones share the buffer and have a header
 * each. All memory is set aside at boot (skb.pool=).
 *
 * One owner at a time. A function that "Consumes @skb" owns it in every outcome; one that takes a
 * const pointer borrows it.
 */
#pragma once

#include <abi/packet.h>

#include "net/core/drop.h"
#include "net/core/dst.h"
#include "net/os.h"

struct net_device;
struct sock;

#define SKB_BUF_SIZE 2048  /* one pool buffer; aligned to its size, never crosses a page */
#define MAX_SKB_FRAGS 44   /* with the linear part: 65,535 bytes as they come from an Ethernet */
#define SKB_BURST_FRAGS 31 /* of a packet of TCP that is queued for sending or joined */
#define NET_SKB_PAD 64	   /* headroom that drivers and senders leave for headers that come later */
#define NET_IP_ALIGN 2	   /* makes the IP header lie on a multiple of 4 */

/* A part of a pool buffer that it holds a reference to: skb_frag_data() says where. */
struct skb_frag {
	u32 at; /* from the beginning of the pool */
	u32 len;
};

extern u8 *skb_pool_base;

static inline u8 *skb_frag_data(const struct skb_frag *f)
{
	return skb_pool_base + f->at;
}

static inline struct skb_frag skb_frag_at(const u8 *data, u32 len)
{
	return (struct skb_frag){ (u32)(data - skb_pool_base), len };
}

/* gso_type */
#define SKB_GSO_TCPV4 1
#define SKB_GSO_TCP_ECN 2 /* its CWR belongs to the first segment alone; else to all: RFC 9768 */

/* The shared part, at the end of each buffer that serves as a head. */
struct skb_shared_info {
	u16 nr_frags;
	u16 gso_size; /* bytes of payload a segment; 0: not to be segmented */
	u16 gso_segs;
	u16 gso_type;
	struct skb_frag frags[MAX_SKB_FRAGS];
};

/* Room for headers and linear data in one buffer. */
#define SKB_MAX_LINEAR (SKB_BUF_SIZE - (int)sizeof(struct skb_shared_info))
/*
 * What a packet of one buffer is charged: the buffer and its header. Each fragment adds
 * SKB_BUF_SIZE.
 */
#define SKB_TRUESIZE (SKB_BUF_SIZE + 256)

enum skb_ip_summed {
	CHECKSUM_NONE,	      /* in: not checked yet. out: complete, nothing to do */
	CHECKSUM_UNNECESSARY, /* in: the device has checked it */
	CHECKSUM_COMPLETE,    /* in: skb->csum holds the sum over the transport part */
	CHECKSUM_PARTIAL,     /* out: to be summed from csum_start, stored at csum_offset */
};

struct sk_buff {
	struct sk_buff *next, *prev; /* in a sk_buff_head */
	u8 *head, *data, *tail, *end;
	u32 len;		/* bytes of data, linear + fragments */
	u32 data_len;		/* of these in fragments */
	struct net_device *dev; /* in: where it came from. out: where it goes */
	struct dst_entry *dst;	/* a reference */
	struct sock *sk;	/* whose memory it is charged to; destructor gives it back */
	void (*destructor)(struct sk_buff *skb);
	u64 tstamp;					  /* ns, when it entered; 0: not taken */
	u16 mac_header, network_header, transport_header; /* offsets from head */
	be16 protocol;					  /* EtherType */
	u8 pkt_type;					  /* PACKET_* */
	u8 ip_summed;
	u8 cloned; /* the buffer may be shared: ask skb_shared() before headers are written */
	u8 priority;
	u16 csum_start;	 /* CHECKSUM_PARTIAL: offset from head */
	u16 csum_offset; /* from csum_start */
	u32 csum;
	u32 truesize; /* bytes of pool memory charged for it */
	u32 mark;
	/* The owner's notes; each layer has a struct and an accessor for it. */
	u8 cb[80] __aligned(8);
};

/* ---- life ---- */

/*
 * A packet with one reference, @size <= SKB_MAX_LINEAR bytes of room, empty (data = tail = head);
 * NULL (counted as NO_BUFFER) when the pool is empty or @size too large. Any context. On the host
 * build nothing past @size may be touched: the sanitizer sees it.
 */
struct sk_buff *alloc_skb(u32 size);
/* For a driver: alloc_skb with NET_SKB_PAD + NET_IP_ALIGN reserved in front. */
struct sk_buff *dev_alloc_skb(u32 size);
/*
 * Around a full buffer that the caller holds a reference to (takes it over): data at @offset, @len
 * bytes, end right behind them. NULL (no header left, or the bytes reach into the buffer's shared
 * part): the caller keeps it. Any context.
 */
struct sk_buff *build_skb(u8 *buf, u32 offset, u32 len);

/*
 * Drops @skb for @reason and counts it. Consumes. Any context: what a top half frees that has a
 * route or an owner goes through NET_TX_SOFTIRQ, so that destructors never run in hardirq.
 */
void kfree_skb(struct sk_buff *skb, enum drop_reason reason);
/* Ends a delivered @skb. Consumes. Any context. */
void consume_skb(struct sk_buff *skb);
/*
 * Ends many at once, chained by ->next, which have neither a route nor an owner. One whose head is
 * NULL is a header alone (skb_absorb_head). Consumes. Any context.
 */
void consume_skb_chain(struct sk_buff *first);

/* Ends what top halves have freed since. Softirq; net_tx_action. */
void skb_free_deferred(void);
/*
 * Gives the memory back to the socket that @skb is charged to, before @skb leaves its owner's
 * hands. Softirq or bh off. Borrows.
 */
static inline void skb_orphan(struct sk_buff *skb)
{
	if (skb->destructor)
		skb->destructor(skb);
	skb->destructor = NULL;
	skb->sk = NULL;
}

bool skb_head_shared(const u8 *head);
/* True if another header looks at the same buffer. */
static inline bool skb_shared(const struct sk_buff *skb)
{
	return skb->cloned && skb_head_shared(skb->head);
}
/*
 * A second header over the same bytes; dst, sk and destructor are not inherited. NULL without
 * memory. Borrows @skb (marks it cloned).
 */
struct sk_buff *skb_clone(struct sk_buff *skb);
/* A linear, private copy with @headroom; NULL if it does not fit or without memory. Borrows. */
struct sk_buff *skb_copy(const struct sk_buff *skb, u32 headroom);
/*
 * Makes headers writable with at least @headroom in front: @skb itself, or a copy (@skb is consumed
 * then); NULL: consumed, counted.
 */
struct sk_buff *skb_cow(struct sk_buff *skb, u32 headroom);
/*
 * Brings all bytes into the linear part; false: it does not fit, or no memory (@skb is as it was).
 * Borrows.
 */
bool skb_linearize(struct sk_buff *skb);
/*
 * Makes room for @len bytes at the tail out of what the buffer has behind it. False: not so much,
 * or somebody else holds the buffer too. Borrows.
 */
bool skb_claim_tailroom(struct sk_buff *skb, u32 len);
/*
 * Appends zeros up to @len bytes, for media with a least frame size; NULL: no memory, consumed and
 * counted.
 */
struct sk_buff *skb_padto(struct sk_buff *skb, u32 len);

/* Hands over: returns *@skb and clears it. */
static inline struct sk_buff *skb_give(struct sk_buff **skb)
{
	struct sk_buff *given = *skb;

	*skb = NULL;
	return given;
}

/* ---- raw buffers, for receive rings and fragments ---- */

/* SKB_BUF_SIZE bytes, one reference; NULL (counted): pool empty. Any context. */
u8 *skb_buf_alloc(void);
/* @n of them into @bufs. Returns how many there were; fewer than @n is counted. Any context. */
u32 skb_buf_alloc_many(u8 **bufs, u32 n);
/*
 * build_skb around the full buffer in a ring's *@slot, which gets a fresh one. NULL (no memory,
 * counted; or the bytes reach into the shared part): the full one is still there. Irqs off.
 */
struct sk_buff *skb_from_ring(u8 **slot, u32 offset, u32 len);
void skb_buf_get(u8 *data); /* another reference to the buffer around @data */
void skb_buf_put(u8 *data); /* drops one; the last frees it */
/* Is it some packet's head, so that its end is a shared part? */
bool skb_buf_is_head(const u8 *data);

/* ---- packets that share bytes: skb_split.c. Any context ---- */

/*
 * Appends references to [@off, @off + @len) of @from to @to, whose fragments nobody shares, as
 * far as slots go. Returns how many bytes that is. Borrows both.
 */
u32 skb_share_bytes(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len);
/*
 * @from's bytes behind the first @off, all of them linear, become @to's last fragment: its buffer
 * goes over, its header ends, and nothing is counted but that. False: @to has no slot, or @from is
 * not its owner's alone; nothing has moved then. Consumes @from if true.
 */
bool skb_absorb(struct sk_buff *to, struct sk_buff *from, u32 off);
/* The same, but @from's header stays the caller's, with head NULL, for consume_skb_chain. */
bool skb_absorb_head(struct sk_buff *to, struct sk_buff *from, u32 off);
/*
 * These are for packets without linear bytes and with a buffer of their own; truesize follows.
 * All but the first @len bytes of @skb become those of @rest, which is empty.
 */
void skb_split(struct sk_buff *skb, struct sk_buff *rest, u32 len);
void skb_pull_frags(struct sk_buff *skb, u32 len); /* takes @len bytes off the front */
/* The first @len (not 0) bytes of @from go to the end of @to. False: no slots; nothing moved. */
bool skb_move_front(struct sk_buff *to, struct sk_buff *from, u32 len);

static inline struct skb_shared_info *skb_shinfo(const struct sk_buff *skb)
{
	return (struct skb_shared_info *)(((uintptr_t)skb->head & ~(uintptr_t)(SKB_BUF_SIZE - 1)) +
					  SKB_BUF_SIZE - sizeof(struct skb_shared_info));
}

/*
 * Appends @len bytes at @data (inside a pool buffer; takes over one reference). -EMSGSIZE: all
 * slots taken (caller keeps it).
 */
static inline int skb_add_frag(struct sk_buff *skb, u8 *data, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);

	if (unlikely(si->nr_frags == MAX_SKB_FRAGS))
		return -EMSGSIZE;
	BUG_ON(skb_shared(skb));
	si->frags[si->nr_frags++] = skb_frag_at(data, len);
	skb->len += len;
	skb->data_len += len;
	skb->truesize += SKB_BUF_SIZE;
	return 0;
}

/* ---- moving the borders; each panics on overrun, for that is our bug ---- */

void skb_over(const struct sk_buff *skb, const char *what, u32 len) __noreturn;

/* Grows at the tail; returns where. */
static inline u8 *skb_put(struct sk_buff *skb, u32 len)
{
	u8 *at = skb->tail;

	if (unlikely(skb->data_len || len > (size_t)(skb->end - skb->tail)))
		skb_over(skb, "skb_put", len);
	skb->tail += len;
	skb->len += len;
	return at;
}

/* Grows at the front; returns the new data. */
static inline u8 *skb_push(struct sk_buff *skb, u32 len)
{
	if (unlikely(len > (size_t)(skb->data - skb->head)))
		skb_over(skb, "skb_push", len);
	skb->data -= len;
	skb->len += len;
	return skb->data;
}

void skb_cut(struct sk_buff *skb, u32 len); /* @len < skb->len */
/* Cuts to @len bytes, fragments included. */
static inline void skb_trim(struct sk_buff *skb, u32 len)
{
	if (unlikely(len < skb->len))
		skb_cut(skb, len);
}

static inline void skb_reserve(struct sk_buff *skb, u32 len)
{
	skb->data += len;
	skb->tail += len;
}

static inline u32 skb_headroom(const struct sk_buff *skb)
{
	return (u32)(skb->data - skb->head);
}

static inline u32 skb_tailroom(const struct sk_buff *skb)
{
	return skb->data_len ? 0 : (u32)(skb->end - skb->tail);
}

static inline u32 skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

/* The one gate before every header access: true if @len bytes are there and (now) linear. */
bool pskb_pull_tail(struct sk_buff *skb, u32 len);
static inline bool pskb_may_pull(struct sk_buff *skb, u32 len)
{
	if (likely(len <= skb_headlen(skb)))
		return true;
	return len <= skb->len && pskb_pull_tail(skb, len);
}

/* Takes off at the front; NULL if there is less. */
static inline u8 *skb_pull(struct sk_buff *skb, u32 len)
{
	if (unlikely(!pskb_may_pull(skb, len)))
		return NULL;
	skb->len -= len;
	return skb->data += len;
}

static inline void skb_set_network_header(struct sk_buff *skb, int off)
{
	skb->network_header = (u16)(skb->data + off - skb->head);
}
static inline void skb_set_transport_header(struct sk_buff *skb, int off)
{
	skb->transport_header = (u16)(skb->data + off - skb->head);
}
static inline void skb_reset_mac_header(struct sk_buff *skb)
{
	skb->mac_header = (u16)(skb->data - skb->head);
}
static inline u8 *skb_mac_header(const struct sk_buff *skb)
{
	return skb->head + skb->mac_header;
}
static inline u8 *skb_network_header(const struct sk_buff *skb)
{
	return skb->head + skb->network_header;
}
static inline u8 *skb_transport_header(const struct sk_buff *skb)
{
	return skb->head + skb->transport_header;
}

static inline void skb_dst_drop(struct sk_buff *skb)
{
	dst_release(skb->dst);
	skb->dst = NULL;
}

/*
 * ---- bytes; @off counts from data and runs on into fragments. -EFAULT: not that many there ----
 */

int skb_copy_bits(const struct sk_buff *skb, u32 off, void *to, u32 len);
int skb_store_bits(struct sk_buff *skb, u32 off, const void *from, u32 len);
/* To a task; advances @iov (the kernel's copy of it), which has room for @len. Task. */
int skb_copy_datagram_iovec(const struct sk_buff *skb, u32 off, struct iovec *iov, u32 len);
/*
 * All of [@hlen, len) to a task, and in the same pass the Internet checksum over it with @skb->csum
 * as the start. @iov has room for it all. -EINVAL: the checksum is wrong, -EFAULT; @iov has not
 * moved then. Task.
 */
int skb_copy_and_csum_datagram_iovec(struct sk_buff *skb, u32 hlen, struct iovec *iov);
/* Unfolded sum over [@off, @off + @len), started with @sum. */
u32 skb_checksum(const struct sk_buff *skb, u32 off, u32 len, u32 sum);
/* Completes CHECKSUM_PARTIAL in software. Borrows (headers must be writable). */
int skb_checksum_help(struct sk_buff *skb);

/*
 * ---- times: tstamp is taken when a frame comes in while somebody wants it (sock_stamp.c). Task
 * ----
 */
extern u32 net_timestamps; /* who wants it */
void net_enable_timestamp(void);
void net_disable_timestamp(void);

/* ---- queues ---- */

struct sk_buff_head {
	struct sk_buff *next, *prev; /* first two fields as in sk_buff; guarded by irq_save */
	u32 qlen;
};

void skb_queue_head_init(struct sk_buff_head *q);
void skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb); /* takes over @skb. Any context */
void skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb);
struct sk_buff *skb_dequeue(struct sk_buff_head *q); /* NULL: empty */
void skb_unlink(struct sk_buff_head *q, struct sk_buff *skb);
void skb_queue_purge(struct sk_buff_head *q, enum drop_reason reason);
/* Moves all of @from behind @to. */
void skb_queue_splice(struct sk_buff_head *from, struct sk_buff_head *to);

/* The same without irq_save, for a queue that its owner guards otherwise and says so. */
static inline void __skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb)
{
	skb->next = (struct sk_buff *)q;
	skb->prev = q->prev;
	q->prev->next = skb;
	q->prev = skb;
	q->qlen++;
}

static inline void __skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb)
{
	skb->prev = (struct sk_buff *)q;
	skb->next = q->next;
	q->next->prev = skb;
	q->next = skb;
	q->qlen++;
}

static inline void __skb_unlink(struct sk_buff_head *q, struct sk_buff *skb)
{
	skb->next->prev = skb->prev;
	skb->prev->next = skb->next;
	skb->next = skb->prev = NULL;
	q->qlen--;
}

static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb = q->next;

	if (skb == (struct sk_buff *)q)
		return NULL;
	__skb_unlink(q, skb);
	return skb;
}

static inline struct sk_buff *skb_peek(const struct sk_buff_head *q)
{
	return q->next == (const struct sk_buff *)q ? NULL : q->next;
}

/*
 * A queue that is nearly always empty, in a struct of which there are many: no count. Its owner
 * guards it. All zeros is an empty one.
 */
struct skb_list {
	struct sk_buff *first, *last;
};
void skb_list_add(struct skb_list *l, struct sk_buff *skb); /* takes over @skb */
struct sk_buff *skb_list_take(struct skb_list *l);	    /* NULL: empty */
void skb_list_purge(struct skb_list *l, enum drop_reason reason);

/* ---- the pool ---- */

struct skb_pool_stat {
	u32 bufs_total, bufs_free, bufs_low; /* buffers; the fewest that were ever free */
	u32 heads_total, heads_free, heads_low;
	u64 empty; /* times that it was found empty */
};
void skb_pool_stat(struct skb_pool_stat *st);
void skb_pool_proc_show(struct seq_file *s); /* /proc/net/skb_pool */
/*
 * Sets the pool aside: skb.pool=<buffers>, or bytes with a suffix K or M; default by RAM. Boot
 * only.
 */
void skb_init(void);
