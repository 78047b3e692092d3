/*
 * NF_QUEUE: packets that a hook has put aside for somebody to decide about later - a timer, a task
 * - who lets each go on from where it stopped (nf_reinject). One handler takes them; without one,
 * and beyond NF_QUEUE_MAX, they are dropped. Which hook would have been next is noted, and mended
 * when hooks leave meanwhile.
 */
#include "net/core/netfilter_private.h"

static struct kmem_cache *entries;
static struct list_head waiting = LIST_HEAD_INIT(waiting); /* guarded by bh-disable */
static const struct nf_queue_handler *handler;

void nf_queue_init(void)
{
	entries = kmem_cache_create("nf_queue_entry", sizeof(struct nf_queue_entry), NF_QUEUE_MAX);
	kmem_cache_reserve(entries, NF_QUEUE_MAX);
}

static void entry_free(struct nf_queue_entry *entry)
{
	list_del(&entry->node);
	kmem_cache_free(entries, entry);
}

int nf_register_queue_handler(const struct nf_queue_handler *h)
{
	int err = -EBUSY;

	local_bh_disable();
	if (!handler) {
		handler = h;
		err = 0;
	}
	local_bh_enable();
	return err;
}

void nf_unregister_queue_handler(const struct nf_queue_handler *h)
{
	struct nf_queue_entry *entry, *tmp;

	local_bh_disable();
	if (handler == h) {
		handler = NULL;
		list_for_each_entry_safe(entry, tmp, &waiting, node) {
			kfree_skb(entry->skb, DROP_NF_QUEUE);
			entry_free(entry);
		}
	}
	local_bh_enable();
}

void nf_queue(const struct nf_pass *pass, const struct nf_walk *walk, struct sk_buff *skb)
{
	struct nf_queue_entry *entry = handler ? kmem_cache_alloc(entries) : NULL;

	if (!entry) {
		kfree_skb(skb, DROP_NF_QUEUE);
		return;
	}
	*entry = (struct nf_queue_entry){
		.skb = skb, .pass = *pass, .at = walk->at, .next = walk->next
	};
	list_add_tail(&entry->node, &waiting);
	if (handler->enqueue(entry) == 0)
		return;
	kfree_skb(skb, DROP_NF_QUEUE);
	entry_free(entry);
}

void nf_reinject(struct nf_queue_entry *entry, enum nf_verdict verdict)
{
	struct nf_pass pass = entry->pass;
	struct sk_buff *skb = entry->skb;
	struct list_head *next = entry->next;

	if (verdict == NF_REPEAT && entry->at)
		next = entry->at;
	local_bh_disable();
	entry_free(entry);
	if (verdict == NF_ACCEPT || verdict == NF_REPEAT)
		nf_go_on(&pass, next, skb);
	else if (verdict != NF_STOLEN)
		kfree_skb(skb, DROP_NETFILTER);
	local_bh_enable();
}

void nf_queue_hook_gone(struct nf_hook_ops *ops)
{
	struct nf_queue_entry *entry;

	list_for_each_entry(entry, &waiting, node) {
		if (entry->at == &ops->node)
			entry->at = NULL;
		if (entry->next == &ops->node)
			entry->next = ops->node.next;
	}
}
