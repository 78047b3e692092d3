/* What the hooks' two files share: netfilter.c asks along a list, nf_queue.c keeps who waits. */
#pragma once

#include "net/core/netfilter.h"

/* One packet's way along a list; on a stack, inner ones first. */
struct nf_walk {
	struct nf_walk *outer;
	struct list_head *at; /* who is asked now; NULL: it has been taken out */
	struct list_head *next;
};

/* Asks from @next on, then okfn or whatever the verdict is. Consumes @skb. Softirq or bh off. */
void nf_go_on(const struct nf_pass *pass, struct list_head *next, struct sk_buff *skb);
/* Puts @skb aside: @walk->at has said so. Consumes. Softirq or bh off. */
void nf_queue(const struct nf_pass *pass, const struct nf_walk *walk, struct sk_buff *skb);
/* @ops leaves its list: nobody who waits goes on there. Softirq or bh off. */
void nf_queue_hook_gone(struct nf_hook_ops *ops);
void nf_queue_init(void);
