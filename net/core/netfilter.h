/*
 * The five hooks at which others may look at, change, or stop a packet.
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
enum nf_verdict { NF_DROP, NF_ACCEPT, NF_STOLEN };

struct nf_hook_ops {
	struct list_head node;
	enum nf_hook hook;
	int priority; /* lower runs first */
	/* May change @skb; NF_STOLEN: it has taken it over. Softirq or bh off. */
	enum nf_verdict (*fn)(struct sk_buff *skb, struct net_device *in, struct net_device *out);
};

void nf_register_hook(struct nf_hook_ops *ops);
void nf_unregister_hook(struct nf_hook_ops *ops);

extern struct list_head nf_hooks[NF_NUMHOOKS];
void nf_hook_slow(enum nf_hook hook, struct sk_buff *skb, struct net_device *in,
		  struct net_device *out, void (*okfn)(struct sk_buff *));
void nf_init(void);

/* Runs the hooks of @hook, then @okfn. Consumes @skb. */
static inline void nf_hook(enum nf_hook hook, struct sk_buff *skb, struct net_device *in,
			   struct net_device *out, void (*okfn)(struct sk_buff *))
{
	if (likely(list_empty(&nf_hooks[hook])))
		okfn(skb);
	else
		nf_hook_slow(hook, skb, in, out, okfn);
}
