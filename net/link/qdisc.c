/*
 * Disciplines: the queue between the stack and a card that has no room. pfifo: first in, first out,
 * so many packets and no more.
 */
#include "net/link/softnet.h"

#define XMIT_QUOTA 64 /* packets before others get their turn */

static u32 pool_share; /* one queue may hold no more than this of the pool */

static int pfifo_init(struct Qdisc *q)
{
	struct skb_pool_stat pool;

	skb_pool_stat(&pool);
	pool_share = pool.bufs_total / 4;
	return 0;
}

static int pfifo_enqueue(struct Qdisc *q, struct sk_buff *skb)
{
	if (unlikely(q->queue.qlen >= min(q->limit, pool_share))) {
		q->drops++;
		kfree_skb(skb, DROP_QDISC_FULL);
		return -ENOBUFS;
	}
	__skb_queue_tail(&q->queue, skb);
	return 0;
}

static struct sk_buff *pfifo_dequeue(struct Qdisc *q)
{
	return __skb_dequeue(&q->queue);
}

static void pfifo_requeue(struct Qdisc *q, struct sk_buff *skb)
{
	__skb_queue_head(&q->queue, skb);
}

static void pfifo_reset(struct Qdisc *q, enum drop_reason reason)
{
	skb_queue_purge(&q->queue, reason);
}

const struct Qdisc_ops pfifo_qdisc_ops = {
	.id = "pfifo",
	.bypass = true,
	.init = pfifo_init,
	.enqueue = pfifo_enqueue,
	.dequeue = pfifo_dequeue,
	.requeue = pfifo_requeue,
	.reset = pfifo_reset,
};

struct Qdisc *qdisc_create(struct net_device *dev, const struct Qdisc_ops *ops)
{
	struct Qdisc *q = kzalloc(sizeof(*q) + ops->priv_size);

	if (!q)
		return NULL;
	q->ops = ops;
	q->dev = dev;
	q->limit = dev->tx_queue_len;
	q->priv = q + 1;
	skb_queue_head_init(&q->queue);
	if (ops->init && ops->init(q) < 0) {
		kfree(q);
		return NULL;
	}
	return q;
}

void qdisc_run(struct net_device *dev)
{
	struct Qdisc *q = dev->qdisc;
	struct sk_buff *skb;
	u32 quota = XMIT_QUOTA;

	if (!netif_running(dev))
		return;
	while (!netif_queue_stopped(dev) && (skb = q->ops->dequeue(q))) {
		u32 len = skb->len;

		if (dev_hard_xmit(skb, dev) != NETDEV_TX_OK) {
			q->ops->requeue(q, skb);
			q->requeues++;
			/* Stopped, the driver will wake us; else it has found room since. */
			if (!netif_queue_stopped(dev))
				netif_schedule(dev);
			break;
		}
		q->sent_packets++;
		q->sent_bytes += len;
		if (--quota == 0) {
			netif_schedule(dev);
			break;
		}
	}
	dev_kick(dev);
}

void qdisc_reset(struct net_device *dev, enum drop_reason reason)
{
	if (!dev->qdisc)
		return;
	dev->stats.tx_dropped += dev->qdisc->queue.qlen;
	dev->qdisc->ops->reset(dev->qdisc, reason);
}
