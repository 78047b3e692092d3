/*
 * Addresses and their one owner (RFC 5227): probing before an address is taken, announcing it when
 * it is, and noticing - and defending it - when somebody else uses it too. To give an address up is
 * a decision for whoever has assigned it; here it is said and counted.
 */
#include "net/core/byteorder.h"
#include "net/ip/arp_private.h"
#include "net/ip/inetdevice.h"

#define PROBE_NUM 3
#define ANNOUNCE_INTERVAL (2 * NSEC_PER_SEC)
#define DEFEND_INTERVAL (10 * NSEC_PER_SEC)
#define MAX_CLAIMS 16

/* An address of ours that was announced or disputed lately. Guarded by bh-disable. */
struct arp_claim {
	struct net_device *dev; /* NULL: free */
	be32 addr;
	struct timer again; /* the second announcement */
	u64 used;	    /* ns */
	u64 defended;	    /* ns, the last time; 0: never */
	u64 conflicts;
};

/* A task that waits for answers to its probes; on its stack. Guarded by bh-disable. */
struct arp_prober {
	struct list_head node;
	const struct net_device *dev;
	be32 addr;
	bool found;
	u8 owner[ETH_ALEN];
	struct wait_queue wq;
};

static struct arp_claim claims[MAX_CLAIMS];
static struct list_head probers = LIST_HEAD_INIT(probers);

static void arp_announce_once(struct net_device *dev, be32 addr)
{
	/* §2.3: a request in which sender and target are the address. */
	arp_send(ARPOP_REQUEST, dev, addr, addr, NULL, NULL);
}

static void claim_timer_fn(struct timer *t)
{
	struct arp_claim *c = container_of(t, struct arp_claim, again);

	if (netif_running(c->dev) && inet_is_local(c->dev, c->addr))
		arp_announce_once(c->dev, c->addr);
}

/* The claim on @addr; a new one takes the place of the one that was quiet for longest. */
static struct arp_claim *arp_claim(struct net_device *dev, be32 addr)
{
	struct arp_claim *oldest = &claims[0];

	for (u32 i = 0; i < MAX_CLAIMS; i++) {
		struct arp_claim *c = &claims[i];

		if (c->dev == dev && c->addr == addr)
			return c;
		if (!c->dev || (oldest->dev && c->used < oldest->used))
			oldest = c;
	}
	timer_del(&oldest->again);
	oldest->dev = dev;
	oldest->addr = addr;
	oldest->defended = oldest->conflicts = 0;
	return oldest;
}

void arp_announce(struct net_device *dev, be32 addr)
{
	struct arp_claim *c;

	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK) || !netif_running(dev))
		return;
	local_bh_disable();
	c = arp_claim(dev, addr);
	c->used = ktime_ns();
	timer_mod(&c->again, c->used + ANNOUNCE_INTERVAL);
	arp_announce_once(dev, addr);
	local_bh_enable();
}

/* §2.4 (c): one announcement in DEFEND_INTERVAL, and no war of packets. */
static void arp_defend(struct net_device *dev, const struct arp_view *v)
{
	struct arp_claim *c = arp_claim(dev, v->sip);
	u64 now = ktime_ns();

	c->used = now;
	c->conflicts++;
	if (c->defended && now - c->defended < DEFEND_INTERVAL)
		return;
	c->defended = now;
	printk(KERN_WARNING "%s: address " IP4_FMT " is used by " MAC_FMT
			    " too (seen %llu times)\n",
	       dev->name, IP4_ARGS(v->sip), MAC_ARGS(v->sha), (unsigned long long)c->conflicts);
	arp_announce_once(dev, v->sip);
}

/* §2.1.1: its owner speaks, or another host probes for it too. */
static bool arp_disputes(const struct arp_prober *p, const struct net_device *dev,
			 const struct arp_view *v)
{
	if (p->dev != dev)
		return false;
	return v->sip == p->addr || (!v->sip && v->op == ARPOP_REQUEST && v->tip == p->addr);
}

bool arp_conflict(struct net_device *dev, const struct arp_view *v)
{
	struct arp_prober *p;

	list_for_each_entry(p, &probers, node) {
		if (p->found || !arp_disputes(p, dev, v))
			continue;
		p->found = true;
		memcpy(p->owner, v->sha, ETH_ALEN);
		wake_up(&p->wq);
	}
	if (!v->sip || !inet_is_local(dev, v->sip))
		return false;
	arp_defend(dev, v);
	return true;
}

/* Sends the probes, evenly over the time. 0: nobody has answered until the end. */
static int arp_probe_rounds(struct arp_prober *p, struct net_device *dev, u64 ns)
{
	u64 start = ktime_ns();

	for (u32 i = 0; i < PROBE_NUM; i++) {
		int err;

		if (!netif_running(dev))
			return -ENETDOWN;
		arp_send(ARPOP_REQUEST, dev, 0, p->addr, NULL, NULL);
		err = wait_event_deadline(&p->wq, p->found, start + ns * (i + 1) / PROBE_NUM);
		if (err != -ETIMEDOUT)
			return err ? err : -EADDRINUSE;
	}
	return 0;
}

int arp_probe_address(struct net_device *dev, be32 addr, u32 ms, u8 *owner)
{
	struct arp_prober p = { .dev = dev, .addr = addr };
	int err;

	if (!netif_running(dev))
		return -ENETDOWN;
	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK))
		return 0;
	wait_queue_init(&p.wq);
	local_bh_disable();
	list_add_tail(&p.node, &probers);
	local_bh_enable();
	err = arp_probe_rounds(&p, dev, (u64)ms * NSEC_PER_MSEC);
	local_bh_disable();
	list_del(&p.node);
	local_bh_enable();
	memcpy(owner, p.owner, ETH_ALEN);
	return err;
}

void arp_conflict_init(void)
{
	for (u32 i = 0; i < MAX_CLAIMS; i++)
		timer_init(&claims[i].again, claim_timer_fn);
}
