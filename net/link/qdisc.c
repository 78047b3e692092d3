/*
 * Disciplines: the queue between the stack and the card. This file runs and empties them and has
 * the table of their kinds; sch_pfifo.c and sch_netem.c are the disciplines, qdisc_ioctl.c sets
 * them.
 */
#include "net/core/sock.h"
#include "net/link/softnet.h"

#define XMIT_QUOTA 64 /* packets before others get their turn */

u32 qdisc_pool_share(void)
{
	struct skb_pool_stat pool;

	skb_pool_stat(&pool);
	return pool.bufs_total / 4;
}

int qdisc_drop_full(struct Qdisc *q, struct sk_buff *skb)
{
	q->drops++;
	if (skb->sk && skb->sk->prot->tx_refused)
		skb->sk->prot->tx_refused(skb->sk, skb);
	kfree_skb(skb, DROP_QDISC_FULL);
	return -ENOBUFS;
}

void qdisc_run(struct net_device *dev)
{
	struct Qdisc *q = dev->qdisc;
	struct sk_buff *skb;
	u32 quota = XMIT_QUOTA;

	if (!netif_running(dev) || !q)
		return;
	while (!netif_queue_stopped(dev) && (skb = q->ops->dequeue(q))) {
		if (dev_hard_xmit(skb, dev) != NETDEV_TX_OK) {
			q->ops->requeue(q, skb);
			q->requeues++;
			/* Stopped, the driver will wake us; else it has found room since. */
			if (!netif_queue_stopped(dev))
				netif_schedule(dev);
			break;
		}
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
	dev->stats.tx_dropped += dev->qdisc->qlen;
	dev->qdisc->ops->reset(dev->qdisc, reason);
}

/* ---- making and setting ---- */

/* Every kind of discipline. */
static const struct Qdisc_ops *const qdisc_kinds[] = { &pfifo_qdisc_ops, &netem_qdisc_ops };

const struct Qdisc_ops *qdisc_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(qdisc_kinds); i++) {
		if (strncmp(qdisc_kinds[i]->id, name, QDISC_KIND_LEN) == 0)
			return qdisc_kinds[i];
	}
	return NULL;
}

struct Qdisc *qdisc_create(struct net_device *dev, const struct Qdisc_ops *ops)
{
	struct Qdisc *q = kzalloc(sizeof(*q) + ops->priv_size);

	if (!q)
		return NULL;
	q->ops = ops;
	q->dev = dev;
	q->limit = max(dev->tx_queue_len, 1u);
	q->packets_before = dev->stats.tx_packets;
	q->bytes_before = dev->stats.tx_bytes;
	q->priv = q + 1;
	skb_queue_head_init(&q->queue);
	if (ops->init && ops->init(q) < 0) {
		kfree(q);
		return NULL;
	}
	return q;
}

struct Qdisc *qdisc_create_default(struct net_device *dev)
{
	return qdisc_create(dev, &pfifo_qdisc_ops);
}

void qdisc_graft(struct net_device *dev, struct Qdisc *q)
{
	struct Qdisc *old = dev->qdisc;

	local_bh_disable();
	qdisc_reset(dev, DROP_QDISC_GONE);
	dev->qdisc = q;
	local_bh_enable();
	if (old && old->ops->destroy)
		old->ops->destroy(old);
	kfree(old);
}
