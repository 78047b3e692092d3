/*
 * The five hooks at which others may look at, change, or stop a packet:
 *
 *   in -> PRE_ROUTING -> [route] -> FORWARD -> POST_ROUTING -> out
 *                          |                       ^
 *                       LOCAL_IN               [route] <- LOCAL_OUT
 *                          v                                  ^
 *                        sockets                           sockets
 *
 * Whoever registers sees each packet that passes, in the order of priority, and says what becomes
 * of it. A hook at which nobody is registered costs one comparison. /proc/net/nf_hooks shows who
 * is where, and the verdicts.
 */
#pragma once

#include "net/core/skbuff.h"

enum nf_hook {
	NF_PRE_ROUTING,
	NF_LOCAL_IN,
	NF_FORWARD,
	NF_LOCAL_OUT,
	NF_POST_ROUTING,
	NF_NUMHOOKS
};

enum nf_verdict {
	NF_DROP,   /* it ends here: DROP_NETFILTER */
	NF_ACCEPT, /* on to the next one */
	NF_STOLEN, /* the function has taken it over */
	NF_QUEUE,  /* it waits with the queue handler, who decides later; without one it is dropped
		    */
	NF_REPEAT, /* call the function once more; NF_MAX_REPEAT times, then it is dropped */
	NF_NUMVERDICTS
};
#define NF_MAX_REPEAT 16

/* Linux's priorities: lower runs first. */
enum nf_ip_hook_priorities {
	NF_IP_PRI_FIRST = INT32_MIN,
	NF_IP_PRI_CONNTRACK = -200,
	NF_IP_PRI_MANGLE = -150,
	NF_IP_PRI_NAT_DST = -100,
	NF_IP_PRI_FILTER = 0,
	NF_IP_PRI_NAT_SRC = 100,
	NF_IP_PRI_LAST = INT32_MAX,
};

struct nf_hook_ops {
	struct list_head node;
	enum nf_hook hook;
	int priority; /* among equals the first registered runs first */
	/* May change @skb; NF_STOLEN: it has taken it over. Softirq or bh off; must not sleep. */
	enum nf_verdict (*fn)(struct sk_buff *skb, struct net_device *in, struct net_device *out);
	const char *name; /* for /proc/net/nf_hooks; may be NULL */
	/* Guarded by bh-disable: what @fn has said since it was registered. */
	u64 verdicts[NF_NUMVERDICTS];
};

/* From now on @ops->fn sees the packets of @ops->hook. @ops is borrowed. Task, softirq. */
void nf_register_hook(struct nf_hook_ops *ops);
/*
 * Ends that. Afterwards nobody looks at @ops any more, and in a task nobody is inside @ops->fn: its
 * memory may go. A function may take itself or another away while a packet passes. Task, softirq.
 */
void nf_unregister_hook(struct nf_hook_ops *ops);
/* Several, in this order. */
void nf_register_hooks(struct nf_hook_ops *ops, size_t count);
void nf_unregister_hooks(struct nf_hook_ops *ops, size_t count);

/* ---- NF_QUEUE ---- */

/* Where a packet was: all that is needed to let it go on. */
struct nf_pass {
	enum nf_hook hook;
	struct net_device *in, *out;
	void (*okfn)(struct sk_buff *);
};

/* A packet that waits. The handler may look at it and change it, and use @wait as it likes. */
struct nf_queue_entry {
	struct list_head wait;
	struct sk_buff *skb;
	struct nf_pass pass;
	struct list_head node, *at, *next; /* nf_queue.c's */
};
#define NF_QUEUE_MAX 256 /* wait at once */

struct nf_queue_handler {
	/* Takes @entry until nf_reinject; not 0: refuses, and the packet is dropped. Softirq or bh
	 * off. */
	int (*enqueue)(struct nf_queue_entry *entry);
};
/* -EBUSY: there is one. Task. */
int nf_register_queue_handler(const struct nf_queue_handler *h);
/* Drops what still waits: its entries are no more. Task. */
void nf_unregister_queue_handler(const struct nf_queue_handler *h);
/*
 * Lets a packet go on: NF_ACCEPT to the next function, NF_REPEAT once more to the one that queued
 * it; NF_DROP, or NF_STOLEN: the handler has taken over its skb. Consumes @entry. Softirq or task.
 */
void nf_reinject(struct nf_queue_entry *entry, enum nf_verdict verdict);

/* "PRE_ROUTING"; NULL: there is no hook of that number. */
const char *nf_hook_name(u32 hook);
/* Its number; NF_NUMHOOKS: there is none of that name. */
u32 nf_hook_number(const char *name);

extern struct list_head nf_hooks[NF_NUMHOOKS];
void nf_hook_slow(enum nf_hook hook, struct sk_buff *skb, struct net_device *in,
		  struct net_device *out, void (*okfn)(struct sk_buff *));
void nf_init(void);
/* /proc/net/nf_hooks */
void nf_proc_show(struct seq_file *s);

/* Runs the hooks of @hook, then @okfn. Consumes @skb. */
static inline void nf_hook(enum nf_hook hook, struct sk_buff *skb, struct net_device *in,
			   struct net_device *out, void (*okfn)(struct sk_buff *))
{
	if (likely(list_empty(&nf_hooks[hook])))
		okfn(skb);
	else
		nf_hook_slow(hook, skb, in, out, okfn);
}
