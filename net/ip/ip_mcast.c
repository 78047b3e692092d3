/*
 * Groups (RFC 1112) as a host needs them on its own link: which socket has joined what, which
 * devices listen for what. To tell routers of it is IGMP's task and not done here.
 */
#include "net/ip/inet_addr.h"
#include "net/ip/inetdevice.h"

#define GROUP_BUCKETS 64
#define IP_MAX_MEMBERSHIPS 20

/* A group that some socket has joined on a device. */
struct mc_group {
	struct hlist_node node; /* guarded by bh-disable */
	be32 group;
	struct net_device *dev;
	u32 users;
};

struct ip_mc_member {
	struct ip_mc_member *next;
	be32 group;
	struct net_device *dev;
};

static struct hlist_head groups[GROUP_BUCKETS];

static struct hlist_head *group_bucket(be32 group)
{
	return &groups[(group * 0x9e3779b1u) >> 26];
}

static struct mc_group *group_find(const struct net_device *dev, be32 group)
{
	struct mc_group *g;

	hlist_for_each_entry(g, group_bucket(group), node) {
		if (g->group == group && g->dev == dev)
			return g;
	}
	return NULL;
}

bool ip_check_mc(const struct net_device *dev, be32 group)
{
	return group == htonl(0xe0000001) || group_find(dev, group);
}

/* RFC 1112 §6.4 */
static void group_mac(be32 group, u8 *mac)
{
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	memcpy(mac + 3, (u8 *)&group + 1, 3);
	mac[3] &= 0x7f;
}

static int group_join(struct net_device *dev, be32 group)
{
	struct mc_group *g = group_find(dev, group);
	u8 mac[ETH_ALEN];
	int err = 0;

	if (g) {
		g->users++;
		return 0;
	}
	g = kzalloc(sizeof(*g));
	if (!g)
		return -ENOMEM;
	group_mac(group, mac);
	if (dev->type == ARPHRD_ETHER)
		err = dev_mc_add(dev, mac);
	if (err) {
		kfree(g);
		return err;
	}
	g->group = group;
	g->dev = dev;
	g->users = 1;
	local_bh_disable();
	hlist_add_head(&g->node, group_bucket(group));
	rt_changed();
	local_bh_enable();
	return 0;
}

static void group_leave(struct net_device *dev, be32 group)
{
	struct mc_group *g = group_find(dev, group);
	u8 mac[ETH_ALEN];

	BUG_ON(!g);
	if (--g->users)
		return;
	local_bh_disable();
	hlist_del(&g->node);
	rt_changed();
	local_bh_enable();
	kfree(g);
	group_mac(group, mac);
	if (dev->type == ARPHRD_ETHER)
		dev_mc_del(dev, mac);
}

static struct net_device *mc_dev(be32 group, be32 local, int ifindex)
{
	struct net_device *dev = NULL;
	struct flowi fl = { .daddr = group };
	struct rtable *rt;

	if (ifindex)
		return dev_get_by_index(ifindex);
	local_bh_disable();
	if (local) {
		struct in_ifaddr *ifa = inet_find_addr(local);

		dev = ifa ? ifa->in_dev->dev : NULL;
	} else if (!ip_route_output(&rt, &fl)) {
		dev = rt->dst.dev;
		dst_release(&rt->dst);
	}
	local_bh_enable();
	return dev;
}

int ip_mc_join_group(struct sock *sk, be32 group, be32 local, int ifindex)
{
	struct datagram_sock *dg = datagram_sk(sk);
	struct net_device *dev;
	struct ip_mc_member *m;
	u32 count = 0;
	int err;

	if (!ipv4_is_multicast(group))
		return -EINVAL;
	dev = mc_dev(group, local, ifindex);
	if (!dev || !in_dev_get(dev))
		return -ENODEV;
	for (m = dg->mc_list; m; m = m->next, count++) {
		if (m->group == group && m->dev == dev)
			return -EADDRINUSE;
	}
	if (count >= IP_MAX_MEMBERSHIPS)
		return -ENOBUFS;
	m = kzalloc(sizeof(*m));
	if (!m)
		return -ENOMEM;
	err = group_join(dev, group);
	if (err) {
		kfree(m);
		return err;
	}
	*m = (struct ip_mc_member){ dg->mc_list, group, dev };
	dg->mc_list = m;
	return 0;
}

static void member_free(struct ip_mc_member *m)
{
	group_leave(m->dev, m->group);
	kfree(m);
}

int ip_mc_leave_group(struct sock *sk, be32 group, be32 local, int ifindex)
{
	struct net_device *dev = ifindex || local ? mc_dev(group, local, ifindex) : NULL;

	if ((ifindex || local) && !dev)
		return -ENODEV;
	for (struct ip_mc_member **p = &datagram_sk(sk)->mc_list; *p; p = &(*p)->next) {
		struct ip_mc_member *m = *p;

		if (m->group != group || (dev && m->dev != dev))
			continue;
		*p = m->next;
		member_free(m);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

void ip_mc_drop_socket(struct sock *sk)
{
	struct datagram_sock *dg = datagram_sk(sk);

	while (dg->mc_list) {
		struct ip_mc_member *m = dg->mc_list;

		dg->mc_list = m->next;
		member_free(m);
	}
}
