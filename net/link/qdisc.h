/*
 * Queue disciplines: what decides which packet goes to the card next, and which is dropped when
 * there are too many.
 */
#pragma once

#include "net/link/netdevice.h"

struct Qdisc;

struct Qdisc_ops {
	const char *id; /* "pfifo" */
	u32 priv_size;
	bool bypass; /* empty, it may be left out: the packet goes straight to the card */
	int (*init)(struct Qdisc *q);
	/*
	 * Consumes @skb: queues it, or drops it (counted) and returns -ENOBUFS. Softirq or bh off.
	 */
	int (*enqueue)(struct Qdisc *q, struct sk_buff *skb);
	struct sk_buff *(*dequeue)(struct Qdisc *q);	       /* NULL: nothing now */
	void (*requeue)(struct Qdisc *q, struct sk_buff *skb); /* the card was full: first again */
	void (*reset)(struct Qdisc *q, enum drop_reason reason); /* drops all */
};

struct Qdisc {
	const struct Qdisc_ops *ops;
	struct net_device *dev;
	struct sk_buff_head queue; /* guarded by bh-disable */
	u32 limit;		   /* packets */
	u64 sent_packets, sent_bytes, drops, requeues;
	void *priv;
};

extern const struct Qdisc_ops pfifo_qdisc_ops;
/* NULL without memory. Task. */
struct Qdisc *qdisc_create(struct net_device *dev, const struct Qdisc_ops *ops);
/*
 * Sends from @dev's discipline until it is empty, the card is full or a quota is used up (then
 * NET_TX goes on). Softirq or bh off.
 */
void qdisc_run(struct net_device *dev);
