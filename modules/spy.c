/*
 * spy: counts what passes, and shows the last of it; it changes nothing. It stands at all five
 * hooks, or at one:
 *
 *	module load spy
 *	module load spy hook=LOCAL_IN last=5 printk=1
 *	cat /proc/net/spy
 *	echo clear > /proc/net/spy
 *
 * To make a module of your own, copy this file and take away what you do not need.
 */
#include "kernel/module.h"
#include "kernel/proc.h"
#include "net/core/byteorder.h"
#include "net/core/netfilter.h"
#include "net/ip/ip.h"

#define NOTES_MAX 64

/* ---- what it is told ---- */

static char only[16]; /* the name of a hook; "": all of them */
static int last = 16; /* packets to be shown */
static int log_them;

static const struct module_param params[] = {
	PARAM_STRING("hook", only, "where to stand: PRE_ROUTING, LOCAL_IN, FORWARD ... (all)"),
	PARAM_INT("last", &last, 0, NOTES_MAX, "how many packets to remember"),
	PARAM_INT("printk", &log_them, 0, 1, "write a line into the log for each packet"),
};

/* ---- what it has seen; guarded by bh-disable ---- */

enum spy_proto { ICMP, TCP, UDP, OTHER, PROTOS };
static const char *const proto_names[PROTOS] = { "icmp", "tcp", "udp", "other" };

static struct count {
	u64 packets, bytes;
} counts[NF_NUMHOOKS][PROTOS];

struct note {
	u64 time; /* ns */
	enum nf_hook hook;
	char in[IFNAMSIZ], out[IFNAMSIZ];
	be32 saddr, daddr;
	u8 protocol, ttl;
	u16 sport, dport; /* of TCP and UDP */
	u32 len;
};
static struct note notes[NOTES_MAX];
static u64 seen; /* notes[seen % last] is the next */

static enum spy_proto proto_of(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return ICMP;
	case IPPROTO_TCP:
		return TCP;
	case IPPROTO_UDP:
		return UDP;
	default:
		return OTHER;
	}
}

/* One line about a packet, without its end. */
static void note_print(char *line, size_t size, const struct note *n)
{
	const char *proto = proto_names[proto_of(n->protocol)];
	char ports[2][8] = { "", "" };

	if (n->sport || n->dport) {
		snprintf(ports[0], sizeof(ports[0]), ":%u", n->sport);
		snprintf(ports[1], sizeof(ports[1]), ":%u", n->dport);
	}
	snprintf(line, size, "%-12s %-6s %-6s %-5s " IP4_FMT "%s > " IP4_FMT "%s len %u ttl %u",
		 nf_hook_name(n->hook), n->in, n->out, proto, IP4_ARGS(n->saddr), ports[0],
		 IP4_ARGS(n->daddr), ports[1], n->len, n->ttl);
}

/* The ports stand first behind the IP header, in the first fragment. IP has checked the header. */
static void note_ports(struct note *n, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const u8 *ports = (const u8 *)iph + (iph->ihl_version & 15) * 4;
	be16 port[2];

	if (ports > skb->tail || skb->tail - ports < (long)sizeof(port))
		return;
	if ((n->protocol != IPPROTO_TCP && n->protocol != IPPROTO_UDP) ||
	    ntohs(iph->frag_off) & IP_OFFSET)
		return;
	memcpy(port, ports, sizeof(port));
	n->sport = ntohs(port[0]);
	n->dport = ntohs(port[1]);
}

static enum nf_verdict spy_see(enum nf_hook hook, const struct sk_buff *skb,
			       const struct net_device *in, const struct net_device *out)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct count *count = &counts[hook][proto_of(iph->protocol)];
	struct note n = { .time = ktime_ns(), .hook = hook, .len = skb->len };
	char line[128];

	count->packets++;
	count->bytes += skb->len;
	if (!last && !log_them)
		return NF_ACCEPT;
	strlcpy(n.in, in ? in->name : "-", sizeof(n.in));
	strlcpy(n.out, out ? out->name : "-", sizeof(n.out));
	n.saddr = iph->saddr;
	n.daddr = iph->daddr;
	n.protocol = iph->protocol;
	n.ttl = iph->ttl;
	note_ports(&n, skb);
	if (log_them) {
		note_print(line, sizeof(line), &n);
		printk(KERN_INFO "spy: %s\n", line);
	}
	if (last)
		notes[seen++ % (u32)last] = n;
	return NF_ACCEPT;
}

/* ---- the five hooks ---- */

#define SPY_AT(HOOK)                                                                               \
	static enum nf_verdict spy_##HOOK(struct sk_buff *skb, struct net_device *in,              \
					  struct net_device *out)                                  \
	{                                                                                          \
		return spy_see(NF_##HOOK, skb, in, out);                                           \
	}
SPY_AT(PRE_ROUTING)
SPY_AT(LOCAL_IN)
SPY_AT(FORWARD)
SPY_AT(LOCAL_OUT)
SPY_AT(POST_ROUTING)

/* Before all others, so that it sees what they will drop or change. */
#define OPS(HOOK)                                                                                  \
	{                                                                                          \
		.hook = NF_##HOOK, .priority = NF_IP_PRI_FIRST, .fn = spy_##HOOK, .name = "spy"    \
	}
static struct nf_hook_ops ops[] = {
	OPS(PRE_ROUTING), OPS(LOCAL_IN), OPS(FORWARD), OPS(LOCAL_OUT), OPS(POST_ROUTING),
};

static bool wanted(enum nf_hook hook)
{
	return !*only || strcmp(only, nf_hook_name(hook)) == 0;
}

/* ---- its file in /proc ---- */

static void spy_show(struct seq_file *s)
{
	u64 first = seen > (u32)last ? seen - (u32)last : 0;
	char line[128];

	local_bh_disable();
	seq_printf(s, "%-12s %-6s %12s %14s\n", "hook", "proto", "packets", "bytes");
	for (u32 i = 0; i < NF_NUMHOOKS * PROTOS; i++) {
		const struct count *c = &counts[i / PROTOS][i % PROTOS];

		if (c->packets)
			seq_printf(s, "%-12s %-6s %12llu %14llu\n", nf_hook_name(i / PROTOS),
				   proto_names[i % PROTOS], (unsigned long long)c->packets,
				   (unsigned long long)c->bytes);
	}
	seq_printf(s, "\n%12s %-12s %-6s %-6s packet\n", "time", "hook", "in", "out");
	for (u64 i = first; i < seen; i++) {
		const struct note *n = &notes[i % (u32)last];

		note_print(line, sizeof(line), n);
		seq_printf(s, "%5llu.%06llu %s\n", (unsigned long long)(n->time / NSEC_PER_SEC),
			   (unsigned long long)(n->time % NSEC_PER_SEC / 1000), line);
	}
	local_bh_enable();
}

static void spy_clear(void)
{
	local_bh_disable();
	memset(counts, 0, sizeof(counts));
	seen = 0;
	local_bh_enable();
}

static ssize_t spy_write(char *text, size_t len)
{
	if (strncmp(text, "clear", 5) != 0)
		return -EINVAL;
	spy_clear();
	return (ssize_t)len;
}

static const struct proc_entry file = { "net/spy", spy_show, spy_write };

/* ---- coming and going ---- */

static int spy_init(void)
{
	u32 places = 0;
	int err;

	spy_clear();
	for (u32 i = 0; i < NF_NUMHOOKS; i++)
		places += wanted(i);
	if (!places)
		return -EINVAL;
	err = proc_add(&file);
	if (err)
		return err;
	for (u32 i = 0; i < NF_NUMHOOKS; i++) {
		if (wanted(i))
			nf_register_hook(&ops[i]);
	}
	return 0;
}

static void spy_exit(void)
{
	for (u32 i = 0; i < NF_NUMHOOKS; i++) {
		if (wanted(i))
			nf_unregister_hook(&ops[i]);
	}
	proc_remove(&file);
}

MODULE(.init = spy_init, .exit = spy_exit, MODULE_PARAMS(params),
       .description = "counts the packets that pass, and shows the last of them",
       .author = "skbox");
