/*
 * dropper: loses packets. A share of them, chosen by dice, or those of one address, or that share
 * of that address' packets:
 *
 *	module load dropper percent=10
 *	module load dropper addr=10.0.2.2
 *	echo 'percent 50' > /proc/net/dropper
 *
 * The same seed loses the same packets, so that what is seen once can be seen again.
 */
#include "kernel/module.h"
#include "kernel/proc.h"
#include "net/core/byteorder.h"
#include "net/core/netfilter.h"
#include "net/ip/ip.h"

/* ---- what it is told ---- */

static int percent = -1; /* of the packets that match; -1: not said */
static be32 addr;	 /* of source or destination; 0: any */
static int seed = 1;
static char hook[16] = "PRE_ROUTING";

static const struct module_param params[] = {
	PARAM_INT("percent", &percent, 0, 100, "how many of a hundred packets to drop"),
	PARAM_ADDR("addr", &addr, "drop only what comes from or goes to this address"),
	PARAM_INT("seed", &seed, 1, INT32_MAX, "where the dice start"),
	PARAM_STRING("hook", hook, "where to stand: PRE_ROUTING, LOCAL_IN, FORWARD ..."),
};

/* ---- what it does ---- */

static u32 dice; /* guarded by bh-disable, as the counters */
static u64 matched, dropped;

/* An even number from 0 to 99 (Lehmer's generator; 0 is never its state). */
static int roll(void)
{
	dice = (u32)((u64)dice * 48271 % 2147483647);
	return (int)(dice % 100);
}

static enum nf_verdict dropper_hook(struct sk_buff *skb, struct net_device *in,
				    struct net_device *out)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (addr && iph->saddr != addr && iph->daddr != addr)
		return NF_ACCEPT;
	matched++;
	if (roll() >= percent)
		return NF_ACCEPT;
	dropped++;
	return NF_DROP;
}

static struct nf_hook_ops ops = {
	.priority = NF_IP_PRI_FILTER,
	.fn = dropper_hook,
	.name = "dropper",
};

/* ---- its file in /proc ---- */

static void dropper_show(struct seq_file *s)
{
	seq_printf(s, "percent %d\n", percent);
	if (addr)
		seq_printf(s, "addr " IP4_FMT "\n", IP4_ARGS(addr));
	else
		seq_puts(s, "addr any\n");
	seq_printf(s, "hook %s\nseed %d\nmatched %llu\ndropped %llu\n", hook, seed,
		   (unsigned long long)matched, (unsigned long long)dropped);
}

/* "percent 10": a parameter's name and its new value. The hook stays where it is. */
static ssize_t dropper_write(char *text, size_t len)
{
	char *value = text + strcspn(text, " =");
	int err;

	if (!*value)
		return -EINVAL;
	*value++ = '\0';
	value[strcspn(value, "\n")] = '\0';
	if (strcmp(text, "hook") == 0)
		return -EINVAL;
	err = module_param_set(params, ARRAY_SIZE(params), text, value);
	if (err)
		return -EINVAL;
	if (strcmp(text, "seed") == 0)
		dice = (u32)seed;
	return (ssize_t)len;
}

static const struct proc_entry file = { "net/dropper", dropper_show, dropper_write };

/* ---- coming and going ---- */

static int dropper_init(void)
{
	int err;

	ops.hook = nf_hook_number(hook);
	if (ops.hook == NF_NUMHOOKS)
		return -EINVAL;
	if (percent < 0)
		percent = addr ? 100 : 0;
	dice = (u32)seed;
	matched = dropped = 0;
	err = proc_add(&file);
	if (err)
		return err;
	nf_register_hook(&ops);
	return 0;
}

static void dropper_exit(void)
{
	nf_unregister_hook(&ops);
	proc_remove(&file);
}

MODULE(.init = dropper_init, .exit = dropper_exit, MODULE_PARAMS(params),
       .description = "drops a share of the packets, or those of an address", .author = "skbox");
