/*
 * The hooks at which others may look at, change, or stop a packet: for each one a list, lowest
 * priority first. Functions come and go while packets pass: each packet's walk along a list is
 * noted, and who is taken out of a list moves on the walks that would have come to it next.
 */
#include "net/core/netfilter_private.h"

struct list_head nf_hooks[NF_NUMHOOKS]; /* guarded by bh-disable, as the rest */
static struct nf_walk *walks;
static u64 totals[NF_NUMHOOKS][NF_NUMVERDICTS]; /* of all that ever were registered */

static const char *const hook_names[NF_NUMHOOKS] = {
	"PRE_ROUTING", "LOCAL_IN", "FORWARD", "LOCAL_OUT", "POST_ROUTING",
};

void nf_init(void)
{
	for (u32 i = 0; i < NF_NUMHOOKS; i++)
		list_init(&nf_hooks[i]);
	nf_queue_init();
}

const char *nf_hook_name(u32 hook)
{
	return hook < NF_NUMHOOKS ? hook_names[hook] : NULL;
}

u32 nf_hook_number(const char *name)
{
	u32 hook = 0;

	while (hook < NF_NUMHOOKS && strcmp(hook_names[hook], name) != 0)
		hook++;
	return hook;
}

/* ---- who is registered ---- */

void nf_register_hook(struct nf_hook_ops *ops)
{
	struct list_head *before = &nf_hooks[ops->hook];
	struct nf_hook_ops *other;

	BUG_ON(ops->hook >= NF_NUMHOOKS);
	local_bh_disable();
	memset(ops->verdicts, 0, sizeof(ops->verdicts));
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
	for (struct nf_walk *walk = walks; walk; walk = walk->outer) {
		if (walk->at == &ops->node)
			walk->at = NULL;
		if (walk->next == &ops->node)
			walk->next = ops->node.next;
	}
	nf_queue_hook_gone(ops);
	list_del(&ops->node);
	local_bh_enable();
}

void nf_register_hooks(struct nf_hook_ops *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		nf_register_hook(&ops[i]);
}

void nf_unregister_hooks(struct nf_hook_ops *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		nf_unregister_hook(&ops[i]);
}

/* ---- packets ---- */

static enum nf_verdict nf_ask(struct nf_walk *walk, const struct nf_pass *pass, struct sk_buff *skb)
{
	struct nf_hook_ops *ops = container_of(walk->at, struct nf_hook_ops, node);
	enum nf_verdict verdict = NF_DROP;

	for (int n = 0; n < NF_MAX_REPEAT; n++) {
		verdict = ops->fn(skb, pass->in, pass->out);
		BUG_ON((u32)verdict >= NF_NUMVERDICTS);
		totals[pass->hook][verdict]++;
		if (!walk->at) /* it has taken itself out: @ops may be no more */
			return verdict == NF_REPEAT ? NF_ACCEPT : verdict;
		ops->verdicts[verdict]++;
		if (verdict != NF_REPEAT)
			return verdict;
	}
	return NF_DROP;
}

/* NF_ACCEPT: all have said so. */
static enum nf_verdict nf_iterate(const struct nf_pass *pass, struct nf_walk *walk,
				  struct sk_buff *skb)
{
	enum nf_verdict verdict = NF_ACCEPT;

	walk->outer = walks;
	walks = walk;
	while (verdict == NF_ACCEPT && walk->next != &nf_hooks[pass->hook]) {
		walk->at = walk->next;
		walk->next = walk->at->next;
		verdict = nf_ask(walk, pass, skb);
	}
	walks = walk->outer;
	return verdict;
}

void nf_go_on(const struct nf_pass *pass, struct list_head *next, struct sk_buff *skb)
{
	struct nf_walk walk = { .next = next };
	enum nf_verdict verdict = nf_iterate(pass, &walk, skb);

	if (verdict == NF_ACCEPT)
		pass->okfn(skb);
	else if (verdict == NF_QUEUE)
		nf_queue(pass, &walk, skb);
	else if (verdict == NF_DROP)
		kfree_skb(skb, DROP_NETFILTER);
}

void nf_hook_slow(enum nf_hook hook, struct sk_buff *skb, struct net_device *in,
		  struct net_device *out, void (*okfn)(struct sk_buff *))
{
	const struct nf_pass pass = { hook, in, out, okfn };

	local_bh_disable();
	nf_go_on(&pass, nf_hooks[hook].next, skb);
	local_bh_enable();
}

/* ---- /proc/net/nf_hooks ---- */

static void show_row(struct seq_file *s, const char *hook, const char *priority, const char *name,
		     const u64 *verdicts)
{
	unsigned long long n[NF_NUMVERDICTS], sum = 0;

	for (u32 i = 0; i < NF_NUMVERDICTS; i++) {
		n[i] = verdicts[i];
		sum += n[i];
	}
	seq_printf(s, "%-12s %11s %-16s %10llu %10llu %10llu %10llu %10llu %10llu\n", hook,
		   priority, name, sum, n[NF_ACCEPT], n[NF_DROP], n[NF_STOLEN], n[NF_QUEUE],
		   n[NF_REPEAT]);
}

/* A row for each hook with all that was ever said there, and below it who is there now. */
void nf_proc_show(struct seq_file *s)
{
	struct nf_hook_ops *ops;
	char priority[12];

	seq_printf(s, "%-12s %11s %-16s %10s %10s %10s %10s %10s %10s\n", "hook", "priority",
		   "name", "packets", "accept", "drop", "stolen", "queue", "repeat");
	local_bh_disable();
	for (u32 hook = 0; hook < NF_NUMHOOKS; hook++) {
		show_row(s, hook_names[hook], "-", "(all)", totals[hook]);
		list_for_each_entry(ops, &nf_hooks[hook], node) {
			snprintf(priority, sizeof(priority), "%d", ops->priority);
			show_row(s, hook_names[hook], priority, ops->name ? ops->name : "-",
				 ops->verdicts);
		}
	}
	local_bh_enable();
}
