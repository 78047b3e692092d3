/*
 * Queue disciplines: what decides which packet goes to the card next, which waits, and which is
 * dropped. A device has one, its own (pfifo) or one that `tc` has set; qdisc.c has the table of
 * kinds.
 */
#pragma once

#include <abi/qdisc.h>

#include "net/link/netdevice.h"

struct Qdisc;

struct Qdisc_ops {
	const char *id; /* "pfifo" */
	u32 priv_size;
	bool bypass; /* empty, it may be left out: the packet goes straight to the card */
	/*
	 * Whether @msg makes sense for this kind: 0 or -EINVAL. Asked before change and before a
	 * discipline is made. May be NULL. Task.
	 */
	int (*check)(const struct qdisc_msg *msg);
	/* Prepares priv, which is zero: 0 or -errno. May be NULL. Task. */
	int (*init)(struct Qdisc *q);
	void (*destroy)(struct Qdisc *q); /* after reset. May be NULL. Task */
	/* Takes over what @msg, which has been checked, says. Bh off. */
	void (*change)(struct Qdisc *q, const struct qdisc_msg *msg);
	void (*dump)(const struct Qdisc *q, struct qdisc_msg *msg); /* the reverse */
	/*
	 * Consumes @skb: queues it, or drops it (counted) and returns -ENOBUFS. Softirq or bh off.
	 */
	int (*enqueue)(struct Qdisc *q, struct sk_buff *skb);
	/*
	 * NULL: nothing now. A discipline that still holds something has then seen to it that
	 * netif_schedule() is called in time.
	 */
	struct sk_buff *(*dequeue)(struct Qdisc *q);
	void (*requeue)(struct Qdisc *q, struct sk_buff *skb); /* the card was full: first again */
	void (*reset)(struct Qdisc *q, enum drop_reason reason); /* drops all */
};

struct Qdisc {
	const struct Qdisc_ops *ops;
	struct net_device *dev;
	u32 handle; /* 0: the device's own */

	/* guarded by bh-disable */
	struct sk_buff_head
		queue;	   /* in order; what a discipline holds otherwise is its own affair */
	u32 qlen, backlog; /* packets and bytes that it holds in all */
	u32 limit;	   /* packets */
	u64 drops, overlimits, requeues;
	u64 packets_before, bytes_before; /* what @dev had sent when it became its discipline */
	void *priv;
};

extern const struct Qdisc_ops pfifo_qdisc_ops, netem_qdisc_ops;

/* The most buffers of the pool that one discipline may hold. */
u32 qdisc_pool_share(void);
/* The two ends of a discipline's books, for enqueue, requeue, dequeue and reset. */
static inline void qdisc_count_in(struct Qdisc *q, const struct sk_buff *skb)
{
	q->qlen++;
	q->backlog += skb->len;
}
static inline void qdisc_count_out(struct Qdisc *q, const struct sk_buff *skb)
{
	q->qlen--;
	q->backlog -= skb->len;
}
/* Drops @skb, which the discipline had no room for: consumes it, -ENOBUFS. */
int qdisc_drop_full(struct Qdisc *q, struct sk_buff *skb);

/* The discipline of a device that nobody has given another. NULL without memory. Task. */
struct Qdisc *qdisc_create_default(struct net_device *dev);
/*
 * Sends from @dev's discipline until it has nothing to give now, the card is full or a quota is
 * used up (then NET_TX goes on). Softirq or bh off.
 */
void qdisc_run(struct net_device *dev);
/* SIOCSQDISC and SIOCGQDISC. Task. */
int qdisc_ioctl(u32 cmd, void *arg);
void qdisc_init(void); /* tunables. Boot only */
