/*
 * ARP's way in (RFC 826): what a message teaches us, and our answer. We learn of who asks us, for
 * we shall want to answer it; of others only what we already had an entry for, so that a flood of
 * strangers does not fill the table.
 */
#include "net/core/byteorder.h"
#include "net/core/snmp.h"
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

/* True if some device of ours has @tip for others than itself. */
static bool addr_beyond_host(be32 tip)
{
	const struct in_ifaddr *ifa = inet_find_addr(tip);

	return ifa && ifa->scope <= RT_SCOPE_LINK;
}

/*
 * Whether a request for @tip that came in on @dev is ours to answer: sysctl arp_ignore, with
 * Linux's numbers.
 */
static bool arp_answers(const struct net_device *dev, be32 sip, be32 tip)
{
	const struct in_device *in_dev = in_dev_get(dev);

	if (!in_dev || !inet_is_local(NULL, tip))
		return false;
	switch (IN_DEV_MAX(in_dev, arp_ignore)) {
	case 1:
		return addr_is_on_dev(dev, tip);
	case 2:
		return addr_is_on_dev(dev, tip) && (!sip || arp_same_subnet(in_dev, sip, tip));
	case 3:
		return addr_beyond_host(tip);
	case 8:
		return false;
	default: /* any address of ours, on whatever interface */
		return true;
	}
}

/* sysctl arp_filter: only the device by which we would answer @sip's packets speaks up. */
static bool arp_filtered(const struct net_device *dev, be32 sip, be32 tip)
{
	struct flowi fl = { .daddr = sip, .saddr = tip };
	struct rtable *rt;
	bool other;

	if (!sip || !IN_DEV_OR(in_dev_get(dev), arp_filter))
		return false;
	if (ip_route_output(&rt, &fl) < 0)
		return true;
	other = rt->dst.dev != dev;
	dst_release(&rt->dst);
	if (other)
		tcpext_mib[TCPEXT_MIB_ArpFilter]++;
	return other;
}

/* Whether we would ever ask ARP for @addr on @dev: what routing sends to a gateway needs no entry.
 */
static bool arp_is_neighbour(struct net_device *dev, be32 addr)
{
	return fib_is_neighbour(addr, dev);
}

/* Notes who asks us. RFC 5227 §2.1: a probe has no sender address, and must leave no trace. */
static void arp_learn_asker(struct net_device *dev, const struct arp_view *v)
{
	struct neighbour *n =
		v->sip ? neigh_lookup(v->sip, dev, arp_is_neighbour(dev, v->sip)) : NULL;

	if (!n)
		return;
	neigh_update(n, v->sha, NUD_STALE, NEIGH_UPDATE_OVERRIDE);
	neigh_release(n);
}

/* A request for our address. */
static void arp_rcv_request_for_us(struct net_device *dev, const struct arp_view *v, bool unicast)
{
	if (unicast)
		neigh_stats.rcv_probes_ucast++;
	else
		neigh_stats.rcv_probes_mcast++;
	arp_learn_asker(dev, v);
	arp_send(ARPOP_REPLY, dev, v->tip, v->sip, v->sha, v->sha);
}

/* sysctl arp_accept: whether what nobody has asked for makes an entry; 2: of our subnets only. */
static bool arp_accepts(const struct net_device *dev, const struct arp_view *v)
{
	const struct in_device *in_dev = in_dev_get(dev);
	int accept = in_dev ? IN_DEV_MAX(in_dev, arp_accept) : 0;

	if (!accept || inet_addr_type(v->sip) != RTN_UNICAST)
		return false;
	if (v->sip != v->tip && v->op != ARPOP_REPLY)
		return false;
	return accept == 1 || inet_addr_onlink(in_dev, v->sip, 0);
}

/* An answer, or others' talk: what we have an entry for is brought up to date. */
static void arp_rcv_news(struct net_device *dev, const struct arp_view *v, bool unicast)
{
	bool gratuitous = v->sip == v->tip;
	struct neighbour *n;
	u64 locktime;
	bool override;

	n = v->sip ? neigh_lookup(v->sip, dev, arp_accepts(dev, v)) : NULL;
	if (!n)
		return;
	locktime = (u64)n->parms->locktime * (NSEC_PER_SEC / 100);
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

static bool arp_drops_gratuitous(const struct net_device *dev)
{
	const struct in_device *in_dev = in_dev_get(dev);

	return in_dev && IN_DEV_OR(in_dev, drop_gratuitous_arp);
}

static void arp_process(struct sk_buff *skb, const struct arp_view *v, bool unicast)
{
	struct net_device *dev = skb->dev;

	if (v->op != ARPOP_REQUEST)
		arp_rcv_news(dev, v, unicast);
	else if (!arp_answers(dev, v->sip, v->tip) && arp_proxy(skb, v))
		arp_learn_asker(dev, v);
	else if (!arp_answers(dev, v->sip, v->tip))
		arp_rcv_news(dev, v, unicast);
	else if (!arp_filtered(dev, v->sip, v->tip))
		arp_rcv_request_for_us(dev, v, unicast);
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
	if (v.sip == v.tip && arp_drops_gratuitous(dev))
		goto drop;
	arp_process(skb, &v, unicast);
	consume_skb(skb);
	return;
drop:
	kfree_skb(skb, why);
}

void arp_event(struct net_device *dev, enum netdev_event event)
{
	const struct in_device *in_dev = in_dev_get(dev);
	const struct in_ifaddr *ifa;

	if (event == NETDEV_REGISTER)
		neigh_parms_register(dev);
	if (event == NETDEV_DOWN) {
		neigh_ifdown(dev);
		arp_proxy_ifdown(dev);
	}
	if (event == NETDEV_CHANGEADDR ||
	    (event == NETDEV_CARRIER_OFF && in_dev && IN_DEV_ARP_EVICT_NOCARRIER(in_dev)))
		neigh_changeaddr(dev);
	if (event != NETDEV_UP && event != NETDEV_CHANGEADDR && event != NETDEV_CARRIER_ON)
		return;
	if (!in_dev || !netif_running(dev) || !IN_DEV_ARP_NOTIFY(in_dev))
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
	arp_proxy_init();
}
