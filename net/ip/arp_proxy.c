/*
 * Proxy ARP (RFC 1027): a router answers for hosts behind it, so that those who know nothing of
 * routers reach them. For all that it forwards to over another device (sysctl proxy_arp), or for
 * single addresses (`ip neigh add proxy`, `arp -s … pub`). The answer waits a random while, so that
 * the owner's own, should there be one, comes first.
 */
#include "net/ip/arp_private.h"
#include "net/ip/inetdevice.h"
#include "net/ip/neighbour_private.h"

#define MAX_PROXIES 1024
#define MAX_DELAYED 256 /* proxy_qlen bounds them further */

/* An address that we answer for. Guarded by bh-disable. */
struct arp_proxy {
	struct list_head node;
	be32 key;
	struct net_device *dev; /* NULL: on any */
};

/* An answer that waits. Guarded by bh-disable. */
struct proxy_answer {
	struct net_device *dev; /* NULL: free */
	be32 sip, tip;
	u8 sha[ETH_ALEN];
	u64 due; /* ns */
};

static struct list_head proxies = LIST_HEAD_INIT(proxies);
static u32 nr_proxies;
static struct proxy_answer delayed[MAX_DELAYED];
static struct timer delay_timer;

/* ---- the addresses ---- */

static struct arp_proxy *proxy_find(be32 key, const struct net_device *dev, bool exact)
{
	struct arp_proxy *p;

	list_for_each_entry(p, &proxies, node) {
		if (p->key == key && (p->dev == dev || (!exact && !p->dev)))
			return p;
	}
	return NULL;
}

int arp_proxy_add(be32 key, struct net_device *dev)
{
	struct arp_proxy *p;
	int err = -ENOBUFS;

	local_bh_disable();
	if (proxy_find(key, dev, true)) {
		err = 0;
	} else if (nr_proxies < MAX_PROXIES && (p = kzalloc(sizeof(*p)))) {
		p->key = key;
		p->dev = dev;
		list_add_tail(&p->node, &proxies);
		nr_proxies++;
		err = 0;
	}
	local_bh_enable();
	return err;
}

static void proxy_free(struct arp_proxy *p)
{
	list_del(&p->node);
	nr_proxies--;
	kfree(p);
}

int arp_proxy_del(be32 key, const struct net_device *dev)
{
	struct arp_proxy *p;

	local_bh_disable();
	p = proxy_find(key, dev, true);
	if (p)
		proxy_free(p);
	local_bh_enable();
	return p ? 0 : -ENOENT;
}

bool arp_proxy_exists(be32 key, const struct net_device *dev)
{
	return proxy_find(key, dev, true) != NULL;
}

void arp_proxy_show(struct seq_file *s, void (*fn)(struct seq_file *s, be32 key, const char *dev))
{
	const struct arp_proxy *p;

	local_bh_disable();
	list_for_each_entry(p, &proxies, node)
		fn(s, p->key, p->dev ? p->dev->name : "*");
	local_bh_enable();
}

/* ---- the answers ---- */

static void proxy_answer(const struct proxy_answer *a)
{
	neigh_stats.proxy_answers++;
	arp_send(ARPOP_REPLY, a->dev, a->tip, a->sip, a->sha, a->sha);
}

static void delay_timer_fn(struct timer *t)
{
	u64 now = ktime_ns(), next = UINT64_MAX;

	for (u32 i = 0; i < MAX_DELAYED; i++) {
		struct proxy_answer *a = &delayed[i];

		if (a->dev && a->due <= now) {
			if (netif_running(a->dev))
				proxy_answer(a);
			a->dev = NULL;
		} else if (a->dev) {
			next = min(next, a->due);
		}
	}
	if (next != UINT64_MAX)
		timer_mod(t, next);
}

static void proxy_answer_later(struct proxy_answer *a, const struct neigh_parms *p)
{
	struct proxy_answer *room = NULL;
	int waiting = 0;

	for (u32 i = 0; i < MAX_DELAYED; i++) {
		if (!delayed[i].dev)
			room = &delayed[i];
		else if (delayed[i].dev == a->dev)
			waiting++;
	}
	if (!room || waiting >= p->proxy_qlen) {
		neigh_stats.proxy_discards++;
		return;
	}
	a->due = ktime_ns() + random_below((u32)p->proxy_delay) * (NSEC_PER_SEC / 100);
	*room = *a;
	if (!timer_pending(&delay_timer) || a->due < delay_timer.expires)
		timer_mod(&delay_timer, a->due);
}

/* Whether packets to @tip would leave here by another device than @skb's. */
static bool proxy_forwards(struct sk_buff *skb, const struct arp_view *v)
{
	enum drop_reason why;
	const struct rtable *rt;

	if (ip_route_input(skb, v->tip, v->sip, 0, skb->dev, &why) < 0)
		return false;
	rt = rt_of(skb->dst);
	return rt->type == RTN_UNICAST && rt->dst.dev && rt->dst.dev != skb->dev;
}

bool arp_proxy(struct sk_buff *skb, const struct arp_view *v)
{
	struct net_device *dev = skb->dev;
	const struct in_device *in_dev = in_dev_get(dev);
	const struct neigh_parms *p = neigh_parms_of(dev);
	struct proxy_answer a = { .dev = dev, .sip = v->sip, .tip = v->tip };

	if (!in_dev || !in_dev->forwarding || !v->sip || v->sip == v->tip)
		return false;
	if (!IN_DEV_OR(in_dev, proxy_arp) && !proxy_find(v->tip, dev, false))
		return false;
	if (!proxy_forwards(skb, v))
		return false;
	memcpy(a.sha, v->sha, ETH_ALEN);
	/* Who asks us alone is not to wait. */
	if (skb->pkt_type == PACKET_HOST || !p->proxy_delay)
		proxy_answer(&a);
	else
		proxy_answer_later(&a, p);
	return true;
}

void arp_proxy_ifdown(const struct net_device *dev)
{
	local_bh_disable();
	for (u32 i = 0; i < MAX_DELAYED; i++) {
		if (delayed[i].dev == dev)
			delayed[i].dev = NULL;
	}
	local_bh_enable();
}

void arp_proxy_init(void)
{
	timer_init(&delay_timer, delay_timer_fn);
}
