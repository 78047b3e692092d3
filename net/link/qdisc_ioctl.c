/*
 * Setting and showing a device's discipline: tc's counterpart. A discipline that somebody has set
 * has a handle; one that the device has of its own accord has none, and cannot be taken away.
 */
#include "net/link/softnet.h"

#define HANDLE_MAJOR 0xffff0000u
#define HANDLE_AUTO 0x8000u /* the first major number of our own choice is the one behind */

static u32 last_auto; /* only tasks use it */

static u32 qdisc_choose_handle(u32 asked)
{
	if (asked & HANDLE_MAJOR)
		return asked & HANDLE_MAJOR;
	last_auto = last_auto % 0x7ffe + 1;
	return (HANDLE_AUTO + last_auto) << 16;
}

static int qdisc_add(struct net_device *dev, const struct qdisc_msg *msg)
{
	const struct Qdisc_ops *ops = qdisc_kind(msg->kind);
	struct Qdisc *q;
	int err;

	if (!ops)
		return -ENOENT;
	err = ops->check ? ops->check(msg) : 0;
	if (err)
		return err;
	q = qdisc_create(dev, ops);
	if (!q)
		return -ENOMEM;
	q->handle = qdisc_choose_handle(msg->handle);
	ops->change(q, msg);
	qdisc_graft(dev, q);
	return 0;
}

static int qdisc_change(struct net_device *dev, const struct qdisc_msg *msg)
{
	const struct Qdisc_ops *ops = dev->qdisc->ops;
	int err;

	if (strncmp(ops->id, msg->kind, sizeof(msg->kind)))
		return -EINVAL;
	err = ops->check ? ops->check(msg) : 0;
	if (err)
		return err;
	local_bh_disable();
	ops->change(dev->qdisc, msg);
	qdisc_run(dev);
	local_bh_enable();
	return 0;
}

/* Back to what the device had at first: pfifo, or nothing where it has no queue. */
static int qdisc_del(struct net_device *dev)
{
	struct Qdisc *q = NULL;

	if (dev->tx_queue_len) {
		q = qdisc_create_default(dev);
		if (!q)
			return -ENOMEM;
	}
	qdisc_graft(dev, q);
	return 0;
}

static bool qdisc_is_set(const struct net_device *dev)
{
	return dev->qdisc && dev->qdisc->handle;
}

static int qdisc_set(struct net_device *dev, const struct qdisc_msg *msg)
{
	switch (msg->op) {
	case QDISC_ADD:
		return qdisc_is_set(dev) ? -EEXIST : qdisc_add(dev, msg);
	case QDISC_CHANGE:
		return qdisc_is_set(dev) ? qdisc_change(dev, msg) : -ENOENT;
	case QDISC_REPLACE:
		if (qdisc_is_set(dev) && qdisc_kind(msg->kind) == dev->qdisc->ops)
			return qdisc_change(dev, msg);
		return qdisc_add(dev, msg);
	case QDISC_DEL:
		return qdisc_is_set(dev) ? qdisc_del(dev) : -ENOENT;
	}
	return -EINVAL;
}

static void qdisc_get(const struct net_device *dev, struct qdisc_msg *msg)
{
	const struct Qdisc *q = dev->qdisc;

	*msg = (struct qdisc_msg){ 0 };
	memcpy(msg->dev, dev->name, sizeof(msg->dev));
	if (!q) {
		strlcpy(msg->kind, "noqueue", sizeof(msg->kind));
		return;
	}
	strlcpy(msg->kind, q->ops->id, sizeof(msg->kind));
	msg->handle = q->handle;
	msg->stats = (struct qdisc_stats){ .bytes = dev->stats.tx_bytes - q->bytes_before,
					   .packets = dev->stats.tx_packets - q->packets_before,
					   .drops = q->drops,
					   .overlimits = q->overlimits,
					   .requeues = q->requeues,
					   .qlen = q->qlen,
					   .backlog = q->backlog };
	q->ops->dump(q, msg);
}

int qdisc_ioctl(u32 cmd, void *arg)
{
	struct net_device *dev;
	struct qdisc_msg msg;

	if (copy_from_user(&msg, arg, sizeof(msg)) < 0)
		return -EFAULT;
	msg.dev[IFNAMSIZ - 1] = '\0';
	msg.kind[QDISC_KIND_LEN - 1] = '\0';
	dev = dev_get_by_name(msg.dev);
	if (!dev)
		return -ENODEV;
	if (cmd == SIOCSQDISC)
		return qdisc_set(dev, &msg);
	local_bh_disable();
	qdisc_get(dev, &msg);
	local_bh_enable();
	return copy_to_user(arg, &msg, sizeof(msg));
}
