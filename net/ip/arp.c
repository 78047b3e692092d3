/*
 * ARP's way in (RFC 826): what a message teaches us, and our answer. We learn of who asks us, for
 * we shall want to answer it; of others only what we already had an entry for, so that a flood of
 * strangers does not fill the table.
 */
#include "net/core/byteorder.h"
#include "net/ip/arp_private.h"
#include "net/ip/fib.h"
#include "net/ip/inet_addr.h"
#include "net/ip/inetdevice.h"
#include "net/ip/neighbour_private.h"

static bool addr_is_on_dev(const struct net_device *dev, be32 addr)
{
	return inet_is_local(dev, addr);
}

/* True if @sip is in the subnet of our address @tip on @dev. */
static bool arp_same_subnet(const struct in_device *in_dev, be32 sip, be32 tip)
{
	const struct in_ifaddr *ifa;

	list_for_each_entry(ifa, &in_dev->addrs, node) {
		if (ifa->local == tip && !((sip ^ tip) & ifa->mask))
			return true;
	}
	return false;
}

/*
 * Whether a request for @tip that came in on @dev is ours to answer: sysctl arp_ignore, with
 * Linux's numbers.
 */
static bool arp_answers(const struct net_device *dev, be32 sip, be32 tip)
{
	const struct in_device *in_dev = in_dev_get(dev);

	if (!in_dev)
		return false;
	switch (IN_DEV_MAX(in_dev, arp_ignore)) {
	case 0: /* any address of ours, on whatever interface */
		return inet_is_local(NULL, tip);
	case 1:
		return addr_is_on_dev(dev, tip);
	case 2:
		return addr_is_on_dev(dev, tip) && (!sip || arp_same_subnet(in_dev, sip, tip));
	default:
		return false;
	}
}

/* Whether we would ever ask ARP for @addr on @dev: what routing sends to a gateway needs no entry.
 */
static bool arp_is_neighbour(struct net_device *dev, be32 addr)
{
	return fib_is_neighbour(addr, dev);
}

/* A request for our address: note who asks, and answer. */
static void arp_rcv_request_for_us(struct net_device *dev, const struct arp_view *v, bool unicast)
{
	if (unicast)
		neigh_stats.rcv_probes_ucast++;
	else
		neigh_stats.rcv_probes_mcast++;
	/* RFC 5227 §2.1: a probe has no sender address, and must leave no trace. */
	if (v->sip) {
		struct neighbour *n = neigh_lookup(v->sip, dev, arp_is_neighbour(dev, v->sip));

		if (n) {
			neigh_update(n, v->sha, NUD_STALE, NEIGH_UPDATE_OVERRIDE);
			neigh_release(n);
		}
	}
	arp_send(ARPOP_REPLY, dev, v->tip, v->sip, v->sha, v->sha);
}

/* An answer, or others' talk: what we have an entry for is brought up to date. */
static void arp_rcv_news(struct net_device *dev, const struct arp_view *v, bool unicast)
{
	const struct in_device *in_dev = in_dev_get(dev);
	bool gratuitous = v->sip == v->tip;
	struct neighbour *n;
	u64 locktime = (u64)neigh_parms.locktime * (NSEC_PER_SEC / 100);
	bool create =
		in_dev && IN_DEV_MAX(in_dev, arp_accept) && (gratuitous || v->op == ARPOP_REPLY);
	bool override;

	n = v->sip ? neigh_lookup(v->sip, dev, create) : NULL;
	if (!n)
		return;
	/*
	 * The first of several answers counts (a proxy's comes late), unless the news are meant as
	 * such.
	 */
	override = gratuitous || ktime_ns() > n->updated + locktime;
	neigh_update(n, v->sha, v->op == ARPOP_REPLY && unicast ? NUD_REACHABLE : NUD_STALE,
		     override ? NEIGH_UPDATE_OVERRIDE : 0);
	neigh_release(n);
}

/* True if one of our own devices has sent it: two of them on one wire, or a reflecting switch. */
static bool arp_from_us(const struct arp_view *v)
{
	struct net_device *dev = NULL;

	while ((dev = dev_next(dev))) {
		if (memcmp(dev->dev_addr, v->sha, ETH_ALEN) == 0)
			return true;
	}
	return false;
}

void arp_rcv(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	bool unicast = skb->pkt_type == PACKET_HOST;
	enum drop_reason why = DROP_ARP_IGNORED;
	struct arp_view v;

	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK))
		goto drop;
	pskb_may_pull(skb, ARP_LEN);
	why = arp_parse(skb->data, skb_headlen(skb), &v);
	if (why != NR_DROP_REASONS)
		goto drop;
	why = DROP_ARP_IGNORED;
	if (arp_from_us(&v) || arp_conflict(dev, &v))
		goto drop;
	if (v.sip && inet_addr_type(v.sip) == RTN_BROADCAST)
		goto drop;
	if (v.op == ARPOP_REQUEST && arp_answers(dev, v.sip, v.tip))
		arp_rcv_request_for_us(dev, &v, unicast);
	else
		arp_rcv_news(dev, &v, unicast);
	consume_skb(skb);
	return;
drop:
	kfree_skb(skb, why);
}

void arp_event(struct net_device *dev, enum netdev_event event)
{
	const struct in_device *in_dev = in_dev_get(dev);
	const struct in_ifaddr *ifa;

	if (event == NETDEV_DOWN)
		neigh_ifdown(dev);
	else if (event == NETDEV_CHANGEADDR || event == NETDEV_CARRIER_OFF)
		neigh_changeaddr(dev);
	if (event != NETDEV_UP && event != NETDEV_CHANGEADDR && event != NETDEV_CARRIER_ON)
		return;
	if (!in_dev || !netif_running(dev))
		return;
	/*
	 * Whoever has us in its cache may have an old address, or look for us behind another switch
	 * port.
	 */
	list_for_each_entry(ifa, &in_dev->addrs, node)
		arp_announce(dev, ifa->local);
}

void arp_init(void)
{
	arp_conflict_init();
}
