/*
 * IGMP, upward: queries make us answer (RFC 2236 §3, RFC 3376 §5.2), other hosts' reports may make
 * us keep silent, and who asks tells which version the link speaks (RFC 3376 §7.2). Messages from
 * farther than the link are not believed.
 */
#include "net/ip/igmp.h"

#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/ip.h"

#define QUERY_INTERVAL 125   /* s; RFC 3376 §8.2 */
#define QUERY_RESPONSE 10000 /* ms; §8.3 */
#define MIN_DELAY 100	     /* ms: no querier makes us answer at its own pace */

int sysctl_igmp_max_memberships = 20, sysctl_igmp_max_msf = 10, sysctl_igmp_qrv = 2,
    sysctl_igmp_link_local_reports = 1;

static const struct ctl_entry igmp_sysctls[] = {
	{ "net.ipv4.igmp_max_memberships", &sysctl_igmp_max_memberships, 0, INT32_MAX },
	{ "net.ipv4.igmp_max_msf", &sysctl_igmp_max_msf, 0, 64 },
	{ "net.ipv4.igmp_qrv", &sysctl_igmp_qrv, 1, 7 },
	{ "net.ipv4.igmp_link_local_mcast_reports", &sysctl_igmp_link_local_reports, 0, 1 },
};

/* ---- version ---- */

static bool igmp_forced(const struct mc_device *mc, int version)
{
	return in_dev_all.force_igmp_version == version ||
	       in_dev_get(mc->dev)->force_igmp_version == version;
}

int igmp_version(const struct mc_device *mc)
{
	u64 now = ktime_ns();

	if (igmp_forced(mc, 1) || now < mc->v1_until)
		return 1;
	return igmp_forced(mc, 2) || now < mc->v2_until ? 2 : 3;
}

/* Older Version Querier Present Timeout (RFC 3376 §8.12). */
static u64 igmp_older_until(const struct mc_device *mc)
{
	return ktime_ns() + (u64)mc->qrv * mc->interval * NSEC_PER_SEC + mc->resp * NSEC_PER_MSEC;
}

static void igmp_note_querier(struct mc_device *mc, const struct igmp_view *v)
{
	int was = igmp_version(mc);

	if (v->version == 1)
		mc->v1_until = igmp_older_until(mc);
	else if (v->version == 2)
		mc->v2_until = igmp_older_until(mc);
	if (igmp_version(mc) != was)
		igmp_cancel(mc);
	if (v->version != 3 || igmp_version(mc) != 3)
		return;
	mc->qrv = v->qrv ? v->qrv : (u8)sysctl_igmp_qrv;
	mc->interval = v->interval ? v->interval : QUERY_INTERVAL;
	mc->resp = v->max_resp;
}

/* ---- what comes in ---- */

static void igmp_heard_query(struct mc_device *mc, const struct igmp_view *v)
{
	u32 delay = max(v->max_resp, (u32)MIN_DELAY);
	struct mc_group *g;

	IGMP_INC(InQueries);
	igmp_note_querier(mc, v);
	if (!v->group && igmp_version(mc) == 3) {
		igmp_answer_general(mc, delay);
		return;
	}
	list_for_each_entry(g, &mc->groups, node) {
		if ((!v->group || v->group == g->group) && g->users && igmp_reported(g))
			igmp_answer_group(g, delay, v);
	}
}

static void igmp_heard_report(struct mc_device *mc, const struct igmp_view *v)
{
	struct mc_group *g = mc_group_find(mc->dev, v->group);

	IGMP_INC(InReports);
	if (g && g->users && igmp_version(mc) < 3)
		igmp_suppress(g);
}

static enum drop_reason igmp_check(struct sk_buff *skb, struct igmp_view *v)
{
	enum drop_reason bad;

	if (!pskb_may_pull(skb, skb->len))
		return DROP_IGMP_BAD;
	if (csum_fold(csum_partial(skb->data, skb->len, 0)))
		return DROP_IGMP_CSUM;
	bad = igmp_parse(skb->data, skb->len, v);
	if (bad != NR_DROP_REASONS)
		return bad;
	/* RFC 2236 §2, RFC 3376 §4: nobody who is on the link sends another. */
	return IPCB(skb)->view.ttl == 1 ? NR_DROP_REASONS : DROP_IGMP_TTL;
}

static void igmp_drop(struct sk_buff *skb, enum drop_reason why)
{
	if (why == DROP_IGMP_CSUM)
		IGMP_INC(InCsumErrors);
	if (why != DROP_IGMP_IGNORED)
		IGMP_INC(InErrors);
	kfree_skb(skb, why);
}

void igmp_rcv(struct sk_buff *skb)
{
	struct mc_device *mc = mc_device(skb->dev);
	enum drop_reason bad;
	struct igmp_view v;

	if (!mc) {
		kfree_skb(skb, DROP_DEV_UNREGISTERED);
		return;
	}
	IGMP_INC(InMsgs);
	bad = igmp_check(skb, &v);
	if (bad != NR_DROP_REASONS) {
		igmp_drop(skb, bad);
		return;
	}
	if (v.type == IGMP_HOST_MEMBERSHIP_QUERY)
		igmp_heard_query(mc, &v);
	else if (v.type == IGMP_HOST_LEAVE_MESSAGE)
		IGMP_INC(InLeaves);
	else if (v.type == IGMPV3_HOST_MEMBERSHIP_REPORT)
		IGMP_INC(InReports);
	else if (skb->pkt_type != PACKET_LOOPBACK) /* our own does not count */
		igmp_heard_report(mc, &v);
	consume_skb(skb);
}

/* ---- devices ---- */

static const struct mc_filter mc_any = { .mode = MCAST_EXCLUDE };

static void igmp_register(struct net_device *dev)
{
	struct mc_device *mc = in_dev_get(dev) ? kzalloc(sizeof(*mc)) : NULL;

	if (!mc) {
		printk(KERN_ERR "%s: no memory for IGMP\n", dev->name);
		return;
	}
	igmp_device_init(mc, dev);
	mc->interval = QUERY_INTERVAL;
	mc->resp = QUERY_RESPONSE;
	in_dev_get(dev)->mc = mc;
	mc_group_change(dev, IGMP_ALL_HOSTS, NULL, &mc_any);
}

void igmp_event(struct net_device *dev, enum netdev_event event)
{
	struct mc_device *mc = mc_device(dev);

	if (event == NETDEV_REGISTER) {
		igmp_register(dev);
		return;
	}
	if (!mc)
		return;
	local_bh_disable();
	if (event == NETDEV_UP)
		igmp_restart(mc);
	else if (event == NETDEV_DOWN)
		igmp_cancel(mc);
	local_bh_enable();
}

void igmp_init(void)
{
	sysctl_register(igmp_sysctls, ARRAY_SIZE(igmp_sysctls));
}
