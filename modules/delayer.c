/*
 * delayer: holds packets up. A hook function says NF_QUEUE of those that match, the queue handler
 * keeps them, and a timer lets each go on, from where it was, when its time is over:
 *
 *	module load delayer ms=200
 *	module load delayer ms=50 addr=10.0.2.2 hook=LOCAL_OUT
 *	cat /proc/net/delayer
 *
 * What still waits when the module goes is dropped.
 */
#include "kernel/module.h"
#include "kernel/proc.h"
#include "net/core/netfilter.h"
#include "net/ip/ip.h"

/* ---- what it is told ---- */

static int ms = 100;
static be32 addr; /* of source or destination; 0: any */
static char hook[16] = "PRE_ROUTING";

static const struct module_param params[] = {
	PARAM_INT("ms", &ms, 1, 10000, "how many milliseconds to hold a packet"),
	PARAM_ADDR("addr", &addr, "hold only what comes from or goes to this address"),
	PARAM_STRING("hook", hook, "where to stand: PRE_ROUTING, LOCAL_IN, FORWARD ..."),
};

/* ---- what it does; guarded by bh-disable ---- */

/* The first in is the first out. */
static struct list_head held;
static u64 due[NF_QUEUE_MAX]; /* a ring, in step with the list */
static u32 first, waiting;
static u64 taken, released;
static struct timer timer;

static enum nf_verdict delayer_hook(struct sk_buff *skb, struct net_device *in,
				    struct net_device *out)
{
	const struct iphdr *iph = ip_hdr(skb);

	return addr && iph->saddr != addr && iph->daddr != addr ? NF_ACCEPT : NF_QUEUE;
}

static int delayer_enqueue(struct nf_queue_entry *entry)
{
	if (waiting == NF_QUEUE_MAX)
		return -ENOBUFS;
	due[(first + waiting++) % NF_QUEUE_MAX] = ktime_ns() + (u64)ms * 1000000;
	list_add_tail(&entry->wait, &held);
	taken++;
	if (waiting == 1)
		timer_mod(&timer, due[first]);
	return 0;
}

static void delayer_timer(struct timer *t)
{
	while (waiting && due[first] <= ktime_ns()) {
		struct nf_queue_entry *entry = list_first_entry(&held, struct nf_queue_entry, wait);

		list_del(&entry->wait);
		first = (first + 1) % NF_QUEUE_MAX;
		waiting--;
		released++;
		nf_reinject(entry, NF_ACCEPT);
	}
	if (waiting)
		timer_mod(t, due[first]);
}

static const struct nf_queue_handler handler = { .enqueue = delayer_enqueue };

static struct nf_hook_ops ops = {
	.priority = NF_IP_PRI_FILTER,
	.fn = delayer_hook,
	.name = "delayer",
};

/* ---- its file in /proc ---- */

static void delayer_show(struct seq_file *s)
{
	seq_printf(s, "ms %d\nhook %s\nwaiting %u\ntaken %llu\nreleased %llu\n", ms, hook, waiting,
		   (unsigned long long)taken, (unsigned long long)released);
}

static const struct proc_entry file = { "net/delayer", delayer_show, NULL };

/* ---- coming and going ---- */

static int delayer_init(void)
{
	int err;

	ops.hook = nf_hook_number(hook);
	if (ops.hook == NF_NUMHOOKS)
		return -EINVAL;
	list_init(&held);
	first = waiting = 0;
	taken = released = 0;
	timer_init(&timer, delayer_timer);
	err = nf_register_queue_handler(&handler);
	if (err)
		return err;
	err = proc_add(&file);
	if (err) {
		nf_unregister_queue_handler(&handler);
		return err;
	}
	nf_register_hook(&ops);
	return 0;
}

static void delayer_exit(void)
{
	nf_unregister_hook(&ops);
	timer_del(&timer);
	nf_unregister_queue_handler(&handler);
	proc_remove(&file);
}

MODULE(.init = delayer_init, .exit = delayer_exit, MODULE_PARAMS(params),
       .description = "holds packets up for a while", .author = "skbox");
