/*
 * Queues of packets that interrupts may touch too: circular, doubly linked through the packets,
 * with a count.
 */
#include "net/core/skbuff.h"

void skb_queue_head_init(struct sk_buff_head *q)
{
	q->next = q->prev = (struct sk_buff *)q;
	q->qlen = 0;
}

void skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb)
{
	unsigned long flags = irq_save();

	__skb_queue_tail(q, skb);
	irq_restore(flags);
}

void skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb)
{
	unsigned long flags = irq_save();

	__skb_queue_head(q, skb);
	irq_restore(flags);
}

struct sk_buff *skb_dequeue(struct sk_buff_head *q)
{
	unsigned long flags;
	struct sk_buff *skb;

	if (!READ_ONCE(q->qlen))
		return NULL;
	flags = irq_save();
	skb = __skb_dequeue(q);
	irq_restore(flags);
	return skb;
}

void skb_unlink(struct sk_buff_head *q, struct sk_buff *skb)
{
	unsigned long flags = irq_save();

	__skb_unlink(q, skb);
	irq_restore(flags);
}

void skb_queue_purge(struct sk_buff_head *q, enum drop_reason reason)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(q)))
		kfree_skb(skb, reason);
}

void skb_queue_splice(struct sk_buff_head *from, struct sk_buff_head *to)
{
	unsigned long flags = irq_save();

	if (from->qlen) {
		from->next->prev = to->prev;
		to->prev->next = from->next;
		from->prev->next = (struct sk_buff *)to;
		to->prev = from->prev;
		to->qlen += from->qlen;
		skb_queue_head_init(from);
	}
	irq_restore(flags);
}

/* ---- without a count ---- */

void skb_list_add(struct skb_list *l, struct sk_buff *skb)
{
	skb->next = NULL;
	if (l->first)
		l->last->next = skb;
	else
		l->first = skb;
	l->last = skb;
}

struct sk_buff *skb_list_take(struct skb_list *l)
{
	struct sk_buff *skb = l->first;

	if (skb) {
		l->first = skb->next;
		skb->next = NULL;
	}
	return skb;
}

void skb_list_purge(struct skb_list *l, enum drop_reason reason)
{
	struct sk_buff *skb;

	while ((skb = skb_list_take(l)))
		kfree_skb(skb, reason);
}
