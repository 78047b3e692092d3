/*
 * The hooks at which others may look at, change, or stop a packet: for each one a list, lowest
 * priority first.
 */
#include "net/core/netfilter.h"

struct list_head nf_hooks[NF_NUMHOOKS]; /* guarded by bh-disable */

void nf_init(void)
{
	for (u32 i = 0; i < NF_NUMHOOKS; i++)
		list_init(&nf_hooks[i]);
}

void nf_register_hook(struct nf_hook_ops *ops)
{
	struct list_head *before = &nf_hooks[ops->hook];
	struct nf_hook_ops *other;

	local_bh_disable();
	list_for_each_entry(other, &nf_hooks[ops->hook], node) {
		before = &other->node;
		if (other->priority > ops->priority)
			break;
		before = &nf_hooks[ops->hook];
	}
	list_add_tail(&ops->node, before);
	local_bh_enable();
}

void nf_unregister_hook(struct nf_hook_ops *ops)
{
	local_bh_disable();
	list_del(&ops->node);
	local_bh_enable();
}

void nf_hook_slow(enum nf_hook hook, struct sk_buff *skb, struct net_device *in,
		  struct net_device *out, void (*okfn)(struct sk_buff *))
{
	struct nf_hook_ops *ops, *next;

	list_for_each_entry_safe(ops, next, &nf_hooks[hook], node) {
		switch (ops->fn(skb, in, out)) {
		case NF_ACCEPT:
			break;
		case NF_STOLEN:
			return;
		case NF_DROP:
			kfree_skb(skb, DROP_NETFILTER);
			return;
		}
	}
	okfn(skb);
}
