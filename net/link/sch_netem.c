/*
 * netem: a bad link in front of the card. netem_dice decides what befalls a packet; here it is
 * dropped, doubled and garbled accordingly, and held until its time: when a sender of the given
 * rate would be through with it, and the delay after that. Packets wait in a heap by that time; a
 * timer runs for the first of them.
 *
 * A packet that is held is no longer charged to the socket that sent it: to its sender it is gone,
 * as on a real link. What netem holds is bounded by its limit and by a share of the pool instead.
 */
#include "net/link/due_heap.h"
#include "net/link/netem_dice.h"
#include "net/link/softnet.h"

struct netem {
	struct netem_params params;
	struct netem_dice dice;
	struct due_heap waiting; /* as many as the pool's share, so that it is never full first */
	struct timer timer;	 /* armed for the first of them */
	u64 link_free;		 /* when the sender is through with what it has */
	u32 bufs, pool_share;	 /* buffers held, and the most */
	struct Qdisc *q;
};

static int netem_seed; /* net.core.netem_seed */

static const struct ctl_entry netem_sysctls[] = {
	{ .name = "net.core.netem_seed", .value = &netem_seed, .min = 0, .max = INT32_MAX },
};

void qdisc_init(void)
{
	sysctl_register(netem_sysctls, ARRAY_SIZE(netem_sysctls));
}

static void netem_timer(struct timer *t)
{
	netif_schedule(container_of(t, struct netem, timer)->q->dev);
}

static int netem_check(const struct qdisc_msg *msg)
{
	return netem_params_valid(&msg->netem) ? 0 : -EINVAL;
}

static int netem_init(struct Qdisc *q)
{
	struct netem *n = q->priv;

	n->q = q;
	n->pool_share = qdisc_pool_share();
	n->waiting.size = n->pool_share;
	n->waiting.at = kmalloc(n->pool_share * sizeof(*n->waiting.at));
	timer_init(&n->timer, netem_timer);
	return n->waiting.at ? 0 : -ENOMEM;
}

static void netem_destroy(struct Qdisc *q)
{
	struct netem *n = q->priv;

	timer_del(&n->timer);
	kfree(n->waiting.at);
}

/* What was asked for, or what the tunable says (each device its own), or anything. */
static u64 netem_choose_seed(const struct Qdisc *q, u64 asked)
{
	if (asked)
		return asked;
	if (netem_seed)
		return (u64)q->dev->ifindex << 32 | (u32)netem_seed;
	return (u64)random_u32() + 1;
}

/* What waits keeps its time. A discipline that is told again goes on with the seed that it has. */
static void netem_change(struct Qdisc *q, const struct qdisc_msg *msg)
{
	struct netem *n = q->priv;
	u64 seed = n->params.seed;

	n->params = msg->netem;
	q->limit = n->params.limit;
	if (!seed || (msg->netem.seed && msg->netem.seed != seed)) {
		seed = netem_choose_seed(q, msg->netem.seed);
		netem_dice_init(&n->dice, seed);
	}
	n->params.seed = seed;
}

static void netem_dump(const struct Qdisc *q, struct qdisc_msg *msg)
{
	const struct netem *n = q->priv;

	msg->netem = n->params;
}

/* ---- in ---- */

static u32 netem_bufs(const struct sk_buff *skb)
{
	return 1 + (skb->data_len ? skb_shinfo(skb)->nr_frags : 0);
}

/* Keeps @skb for its time in the sender's queue and @delay more. Consumes. 0 or -ENOBUFS. */
static int netem_hold(struct Qdisc *q, struct sk_buff *skb, u64 delay)
{
	struct netem *n = q->priv;
	u32 bufs = netem_bufs(skb);
	u64 now = ktime_ns(), due;

	if (q->qlen >= q->limit || bufs > n->pool_share - n->bufs)
		return qdisc_drop_full(q, skb);
	due = netem_depart(&n->params, &n->link_free, now, skb->len) + delay;
	if (due > now)
		skb_orphan(skb);
	BUG_ON(!due_push(&n->waiting, due, skb));
	n->bufs += bufs;
	qdisc_count_in(q, skb);
	return 0;
}

/*
 * Flips a bit of @skb, in bytes that nobody else looks at and under a checksum that was right
 * before. Consumes; NULL: no memory, counted.
 */
static struct sk_buff *netem_corrupt(struct sk_buff *skb, const struct netem_verdict *v)
{
	u8 *at;

	skb_linearize(skb); /* where it does not fit, the linear part is hit */
	skb = skb_cow(skb, 0);
	if (!skb)
		return NULL;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb_checksum_help(skb);
	at = skb->data + netem_corrupt_at(v, skb_headlen(skb));
	*at = netem_corrupt_byte(v, *at);
	return skb;
}

/* A packet of ECN is marked, and not lost. Consumes; NULL: no memory, counted. */
static struct sk_buff *netem_mark_instead(struct sk_buff *skb, struct netem_verdict *v)
{
	u32 at = (u32)(skb_network_header(skb) - skb->data);

	if (skb->protocol != htons(ETH_P_IP))
		return skb;
	skb = skb_cow(skb, 0);
	if (skb && at < skb_headlen(skb))
		v->lost = !netem_mark(skb->data + at, skb_headlen(skb) - at);
	return skb;
}

static int netem_enqueue(struct Qdisc *q, struct sk_buff *skb)
{
	struct netem *n = q->priv;
	struct sk_buff *twin = NULL;
	struct netem_verdict v;
	int err;

	netem_roll(&n->params, &n->dice, &v);
	if (v.lost && n->params.ecn) {
		skb = netem_mark_instead(skb, &v);
		if (!skb)
			return -ENOBUFS;
	}
	if (v.lost) {
		q->drops++;
		if (!v.duplicated) {
			kfree_skb(skb, DROP_NETEM_LOSS);
			return 0; /* a sender does not hear of what is lost on the way */
		}
	} else if (v.duplicated) {
		twin = skb_clone(skb);
	}
	if (v.corrupted && !v.lost) {
		skb = netem_corrupt(skb, &v);
		if (!skb)
			q->drops++;
	}
	err = skb ? netem_hold(q, skb, v.delay) : -ENOBUFS;
	if (twin)
		netem_hold(q, twin, v.twin_delay);
	return err;
}

/* ---- out ---- */

static struct sk_buff *netem_dequeue(struct Qdisc *q)
{
	struct netem *n = q->priv;
	struct sk_buff *skb = __skb_dequeue(&q->queue);

	if (!skb) {
		const struct due *first = due_first(&n->waiting);

		if (!first)
			return NULL;
		if (first->when > ktime_ns()) {
			timer_mod(&n->timer, first->when);
			return NULL;
		}
		skb = due_pop(&n->waiting).item;
	}
	n->bufs -= netem_bufs(skb);
	qdisc_count_out(q, skb);
	return skb;
}

/* Its time has come already: it waits for the card alone. */
static void netem_requeue(struct Qdisc *q, struct sk_buff *skb)
{
	struct netem *n = q->priv;

	n->bufs += netem_bufs(skb);
	qdisc_count_in(q, skb);
	__skb_queue_head(&q->queue, skb);
}

static void netem_reset(struct Qdisc *q, enum drop_reason reason)
{
	struct netem *n = q->priv;

	timer_del(&n->timer);
	skb_queue_purge(&q->queue, reason);
	while (due_first(&n->waiting))
		kfree_skb(due_pop(&n->waiting).item, reason);
	n->link_free = 0;
	n->bufs = q->qlen = q->backlog = 0;
}

const struct Qdisc_ops netem_qdisc_ops = {
	.id = "netem",
	.priv_size = sizeof(struct netem),
	.check = netem_check,
	.init = netem_init,
	.destroy = netem_destroy,
	.change = netem_change,
	.dump = netem_dump,
	.enqueue = netem_enqueue,
	.dequeue = netem_dequeue,
	.requeue = netem_requeue,
	.reset = netem_reset,
};
