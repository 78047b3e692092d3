/* pfifo: first in, first out, so many packets and no more. */
#include "net/link/qdisc.h"

static u32 pool_share; /* one queue may hold no more than this of the pool */

static int pfifo_init(struct Qdisc *q)
{
	pool_share = qdisc_pool_share();
	return 0;
}

static void pfifo_change(struct Qdisc *q, const struct qdisc_msg *msg)
{
	q->limit = msg->limit == UINT32_MAX ? max(q->dev->tx_queue_len, 1u) : msg->limit;
}

static void pfifo_dump(const struct Qdisc *q, struct qdisc_msg *msg)
{
	msg->limit = q->limit;
}

static int pfifo_enqueue(struct Qdisc *q, struct sk_buff *skb)
{
	if (unlikely(q->qlen >= min(q->limit, pool_share)))
		return qdisc_drop_full(q, skb);
	qdisc_count_in(q, skb);
	__skb_queue_tail(&q->queue, skb);
	return 0;
}

static struct sk_buff *pfifo_dequeue(struct Qdisc *q)
{
	struct sk_buff *skb = __skb_dequeue(&q->queue);

	if (skb)
		qdisc_count_out(q, skb);
	return skb;
}

static void pfifo_requeue(struct Qdisc *q, struct sk_buff *skb)
{
	qdisc_count_in(q, skb);
	__skb_queue_head(&q->queue, skb);
}

static void pfifo_reset(struct Qdisc *q, enum drop_reason reason)
{
	skb_queue_purge(&q->queue, reason);
	q->qlen = q->backlog = 0;
}

const struct Qdisc_ops pfifo_qdisc_ops = {
	.id = "pfifo",
	.bypass = true,
	.init = pfifo_init,
	.change = pfifo_change,
	.dump = pfifo_dump,
	.enqueue = pfifo_enqueue,
	.dequeue = pfifo_dequeue,
	.requeue = pfifo_requeue,
	.reset = pfifo_reset,
};
