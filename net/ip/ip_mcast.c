/*
 * What each socket wants of groups (RFC 1112, RFC 3376 §2): which it has joined on which device,
 * and the sources that it wants to hear there, or not to hear. What follows for the device is
 * igmp_group.c's; the options by which tasks say it, ip_mcopt.c's.
 */
#include "net/ip/igmp.h"

/* Guarded by bh-disable: packets look at the filter. */
struct ip_mc_member {
	struct ip_mc_member *next;
	be32 group, local; /* local: the address that named the device, 0: none did */
	struct net_device *dev;
	struct mc_filter *filter;
};

/* ---- filters ---- */

static struct mc_filter *filter_new(u8 mode, const be32 *addr, u32 count)
{
	struct mc_filter *f = kzalloc(sizeof(*f) + count * sizeof(f->addr[0]));

	if (!f)
		return NULL;
	f->mode = mode;
	for (u32 i = 0; i < count; i++) {
		u32 k = 0;

		while (k < f->count && f->addr[k] != addr[i])
			k++;
		if (k == f->count)
			f->addr[f->count++] = addr[i];
	}
	return f;
}

static u32 filter_find(const struct mc_filter *f, be32 addr)
{
	u32 i = 0;

	while (i < f->count && f->addr[i] != addr)
		i++;
	return i;
}

/* ---- memberships ---- */

static struct net_device *mc_dev(be32 group, be32 local, int ifindex)
{
	struct net_device *dev = NULL;
	struct flowi fl = { .daddr = group };
	struct rtable *rt;

	if (ifindex) {
		dev = dev_get_by_index(ifindex);
	} else if (local) {
		struct in_ifaddr *ifa = inet_find_addr(local);

		dev = ifa ? ifa->in_dev->dev : NULL;
	} else if (!ip_route_output(&rt, &fl)) {
		dev = rt->dst.dev;
		dst_release(&rt->dst);
	}
	return dev && mc_device(dev) ? dev : NULL;
}

static struct ip_mc_member *member_find(const struct sock *sk, be32 group,
					const struct net_device *dev)
{
	struct ip_mc_member *m = datagram_sk(sk)->mc_list;

	while (m && (m->group != group || m->dev != dev))
		m = m->next;
	return m;
}

/* Leaves the group if @new is NULL. Consumes @new on success; else the caller keeps it. */
static int member_set(struct ip_mc_member *m, struct mc_filter *new)
{
	int err = mc_group_change(m->dev, m->group, m->filter, new);

	if (err)
		return err;
	kfree(m->filter);
	m->filter = new;
	return 0;
}

static int member_add(struct sock *sk, be32 group, be32 local, struct net_device *dev, u8 mode)
{
	struct ip_mc_member *m = kzalloc(sizeof(*m));
	struct mc_filter *f = filter_new(mode, NULL, 0);
	int err = -ENOMEM;

	if (!m || !f)
		goto out_free;
	*m = (struct ip_mc_member){ .group = group, .local = local, .dev = dev };
	err = member_set(m, f);
	if (err)
		goto out_free;
	m->next = datagram_sk(sk)->mc_list;
	datagram_sk(sk)->mc_list = m;
	return 0;
out_free:
	kfree(f);
	kfree(m);
	return err;
}

static void member_del(struct sock *sk, struct ip_mc_member *m)
{
	struct ip_mc_member **p = &datagram_sk(sk)->mc_list;

	while (*p != m)
		p = &(*p)->next;
	*p = m->next;
	member_set(m, NULL);
	kfree(m);
}

static int mc_join(struct sock *sk, be32 group, be32 local, int ifindex, u8 mode)
{
	struct net_device *dev = mc_dev(group, local, ifindex);
	int count = 0;

	if (!dev)
		return -ENODEV;
	if (member_find(sk, group, dev))
		return -EADDRINUSE;
	for (const struct ip_mc_member *m = datagram_sk(sk)->mc_list; m; m = m->next)
		count++;
	if (count >= sysctl_igmp_max_memberships)
		return -ENOBUFS;
	return member_add(sk, group, local, dev, mode);
}

int ip_mc_join_group(struct sock *sk, be32 group, be32 local, int ifindex, u8 mode)
{
	int err;

	if (!ipv4_is_multicast(group))
		return -EINVAL;
	local_bh_disable();
	err = mc_join(sk, group, local, ifindex, mode);
	local_bh_enable();
	return err;
}

/* Without a device it is the latest membership of the group. */
static int mc_leave(struct sock *sk, be32 group, be32 local, int ifindex)
{
	struct net_device *dev = ifindex || local ? mc_dev(group, local, ifindex) : NULL;
	struct ip_mc_member *m = datagram_sk(sk)->mc_list;

	if (ifindex && !dev)
		return -ENODEV;
	while (m && (m->group != group || (dev && m->dev != dev) ||
		     (!ifindex && local && !dev && m->local != local)))
		m = m->next;
	if (!m)
		return -EADDRNOTAVAIL;
	member_del(sk, m);
	return 0;
}

int ip_mc_leave_group(struct sock *sk, be32 group, be32 local, int ifindex)
{
	int err;

	local_bh_disable();
	err = mc_leave(sk, group, local, ifindex);
	local_bh_enable();
	return err;
}

void ip_mc_drop_socket(struct sock *sk)
{
	local_bh_disable();
	while (datagram_sk(sk)->mc_list)
		member_del(sk, datagram_sk(sk)->mc_list);
	local_bh_enable();
}

/* ---- sources ---- */

/* To INCLUDE nothing is to leave the group. */
static int member_replace(struct sock *sk, struct ip_mc_member *m, u8 mode, const be32 *addr,
			  u32 count)
{
	struct mc_filter *f;
	int err;

	if (mode == MCAST_INCLUDE && !count) {
		member_del(sk, m);
		return 0;
	}
	f = filter_new(mode, addr, count);
	if (!f)
		return -ENOMEM;
	err = member_set(m, f);
	if (err)
		kfree(f);
	return err;
}

static int member_source_add(struct sock *sk, struct ip_mc_member *m, u8 mode, be32 source)
{
	const struct mc_filter *old = m->filter;
	struct mc_filter *f;
	int err;

	if (filter_find(old, source) < old->count)
		return -EADDRNOTAVAIL;
	if ((int)old->count >= sysctl_igmp_max_msf)
		return -ENOBUFS;
	f = kzalloc(sizeof(*f) + (old->count + 1) * sizeof(f->addr[0]));
	if (!f)
		return -ENOMEM;
	f->mode = mode;
	f->count = old->count + 1;
	memcpy(f->addr, old->addr, old->count * sizeof(f->addr[0]));
	f->addr[old->count] = source;
	err = member_set(m, f);
	if (err)
		kfree(f);
	return err;
}

static int member_source_del(struct sock *sk, struct ip_mc_member *m, u8 mode, be32 source)
{
	struct mc_filter *f = m->filter;
	u32 at = filter_find(f, source);
	be32 rest[64];
	u32 n = 0;

	if (at == f->count || f->count > ARRAY_SIZE(rest))
		return -EADDRNOTAVAIL;
	for (u32 i = 0; i < f->count; i++)
		if (i != at)
			rest[n++] = f->addr[i];
	return member_replace(sk, m, mode, rest, n);
}

static int mc_source(struct sock *sk, const struct mc_source_req *req, u8 mode, bool add)
{
	struct net_device *dev = mc_dev(req->group, req->local, req->ifindex);
	struct ip_mc_member *m;

	if (!dev)
		return -ENODEV;
	m = member_find(sk, req->group, dev);
	if (!m || (m->filter->mode != mode && m->filter->count))
		return -EINVAL;
	if (m->filter->mode != mode && !add)
		return -EADDRNOTAVAIL;
	return add ? member_source_add(sk, m, mode, req->source) :
		     member_source_del(sk, m, mode, req->source);
}

int ip_mc_source(struct sock *sk, const struct mc_source_req *req, u8 mode, bool add)
{
	int err;

	if (!ipv4_is_multicast(req->group))
		return -EINVAL;
	local_bh_disable();
	err = mc_source(sk, req, mode, add);
	local_bh_enable();
	return err;
}

int ip_mc_set_filter(struct sock *sk, be32 group, be32 local, int ifindex, u8 mode,
		     const be32 *addr, u32 count)
{
	struct ip_mc_member *m;
	struct net_device *dev;
	int err = -ENODEV;

	if (!ipv4_is_multicast(group) || mode > MCAST_INCLUDE)
		return -EINVAL;
	local_bh_disable();
	dev = mc_dev(group, local, ifindex);
	if (dev) {
		m = member_find(sk, group, dev);
		err = m ? member_replace(sk, m, mode, addr, count) : -EINVAL;
	}
	local_bh_enable();
	return err;
}

int ip_mc_get_filter(struct sock *sk, be32 group, be32 local, int ifindex, u8 *mode, be32 *addr,
		     u32 max, u32 *count)
{
	const struct ip_mc_member *m;
	struct net_device *dev;
	int err = -ENODEV;

	if (!ipv4_is_multicast(group))
		return -EINVAL;
	local_bh_disable();
	dev = mc_dev(group, local, ifindex);
	if (dev) {
		m = member_find(sk, group, dev);
		err = m ? 0 : -EADDRNOTAVAIL;
		if (m) {
			*mode = m->filter->mode;
			*count = m->filter->count;
			memcpy(addr, m->filter->addr, min(max, *count) * sizeof(*addr));
		}
	}
	local_bh_enable();
	return err;
}

/* ---- packets ---- */

bool ip_mc_sf_allow(const struct sock *sk, be32 daddr, be32 source, int dif)
{
	const struct ip_mc_member *m;

	if (likely(!ipv4_is_multicast(daddr)))
		return true;
	m = datagram_sk(sk)->mc_list;
	while (m && (m->group != daddr || m->dev->ifindex != dif))
		m = m->next;
	if (!m)
		return !datagram_sk(sk)->mc_joined_only;
	return (filter_find(m->filter, source) < m->filter->count) ==
	       (m->filter->mode == MCAST_INCLUDE);
}
