/*
 * IGMP, downward: messages written (RFC 2236 §2, RFC 3376 §4.2). They stay on the link (TTL 1) and
 * ask routers to look (RFC 2113). A report that is too long for a packet goes in several (RFC 3376
 * §4.2.16).
 */
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/igmp.h"
#include "net/ip/ip.h"

#define TOS_INTERNETCONTROL 0xc0
#define REPORT_HEADER 8
#define RECORD_HEADER 8

static const u8 router_alert[4] = { 148, 4, 0, 0 };

static u32 igmp_headroom(const struct net_device *dev)
{
	return ALIGN_UP((u32)dev->hard_header_len, 16u) + sizeof(struct iphdr) +
	       sizeof(router_alert);
}

static struct sk_buff *igmp_alloc(const struct net_device *dev, u32 len)
{
	struct sk_buff *skb = alloc_skb(igmp_headroom(dev) + len);

	if (skb)
		skb_reserve(skb, igmp_headroom(dev));
	return skb;
}

/* The device's own address, or 0.0.0.0 if it has none yet (RFC 3376 §4.2.13). */
static be32 igmp_source(const struct net_device *dev)
{
	const struct in_device *in_dev = in_dev_get(dev);

	if (list_empty(&in_dev->addrs))
		return 0;
	return list_first_entry(&in_dev->addrs, struct in_ifaddr, node)->local;
}

/* Checksum, header, and off. Consumes @skb. */
static void igmp_xmit(struct sk_buff *skb, struct net_device *dev, be32 daddr)
{
	struct flowi fl = { .daddr = daddr, .oif = dev->ifindex };
	struct ipcm_cookie ipc = {
		.saddr = igmp_source(dev),
		.daddr = daddr,
		.protocol = IPPROTO_IGMP,
		.tos = TOS_INTERNETCONTROL,
		.ttl = 1,
		.df = true,
		.optlen = sizeof(router_alert),
		.options = router_alert,
	};
	be16 sum = csum_fold(csum_partial(skb->data, skb->len, 0));
	struct rtable *rt;

	memcpy(skb->data + 2, &sum, sizeof(sum));
	if (ip_route_output(&rt, &fl)) {
		kfree_skb(skb, DROP_IP_NO_ROUTE);
		return;
	}
	IGMP_INC(OutMsgs);
	ipc.dst = &rt->dst;
	ip_queue_xmit(skb, &ipc);
	dst_release(&rt->dst);
}

void igmp_send(struct net_device *dev, u8 type, be32 group)
{
	struct sk_buff *skb = igmp_alloc(dev, REPORT_HEADER);
	u8 *p;

	if (!skb)
		return;
	p = skb_put(skb, REPORT_HEADER);
	memset(p, 0, REPORT_HEADER);
	p[0] = type;
	memcpy(p + 4, &group, sizeof(group));
	if (type == IGMP_HOST_LEAVE_MESSAGE)
		IGMP_INC(OutLeaves);
	else
		IGMP_INC(OutReports);
	igmp_xmit(skb, dev, type == IGMP_HOST_LEAVE_MESSAGE ? IGMP_ALL_ROUTER : group);
}

/* ---- version 3 ---- */

static void igmp_report_begin(struct igmp_report *r)
{
	u32 mtu = min(r->dev->mtu - (u32)sizeof(struct iphdr) - (u32)sizeof(router_alert),
		      (u32)SKB_MAX_LINEAR - igmp_headroom(r->dev));
	u8 *p;

	r->skb = igmp_alloc(r->dev, mtu);
	if (!r->skb)
		return;
	p = skb_put(r->skb, REPORT_HEADER);
	memset(p, 0, REPORT_HEADER);
	p[0] = IGMPV3_HOST_MEMBERSHIP_REPORT;
	r->room = mtu - REPORT_HEADER;
}

void igmp_report_end(struct igmp_report *r)
{
	if (!r->skb)
		return;
	IGMP_INC(OutReports);
	igmp_xmit(r->skb, r->dev, IGMPV3_ALL_MCR);
	r->skb = NULL;
	r->record = NULL;
}

void igmp_report_record(struct igmp_report *r, enum igmp_record type, be32 group, u32 n)
{
	u32 need = RECORD_HEADER + 4 * n;
	u8 *head;

	if (r->skb && need > r->room)
		igmp_report_end(r);
	if (!r->skb)
		igmp_report_begin(r);
	if (!r->skb)
		return;
	head = r->skb->data;
	put_be16(head + 6, (u16)(get_be16(head + 6) + 1));
	r->record = skb_put(r->skb, RECORD_HEADER);
	memset(r->record, 0, RECORD_HEADER);
	r->record[0] = (u8)type;
	memcpy(r->record + 4, &group, sizeof(group));
	r->room -= RECORD_HEADER;
}

void igmp_report_source(struct igmp_report *r, be32 addr)
{
	if (r->record && r->room < sizeof(addr)) {
		enum igmp_record type = r->record[0];
		be32 group;

		/* A list of the excluded is cut: in two records the second would undo the first. */
		if (type == IGMPV3_MODE_IS_EXCLUDE || type == IGMPV3_CHANGE_TO_EXCLUDE)
			return;
		memcpy(&group, r->record + 4, sizeof(group));
		igmp_report_end(r);
		igmp_report_record(r, type, group, 1);
	}
	if (!r->record)
		return;
	memcpy(skb_put(r->skb, sizeof(addr)), &addr, sizeof(addr));
	put_be16(r->record + 2, (u16)(get_be16(r->record + 2) + 1));
	r->room -= sizeof(addr);
}
