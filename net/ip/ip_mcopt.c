/*
 * The options of SOL_IP that are about groups: where multicasts go out and how far, which groups a
 * socket is in, and which sources it hears there - in the words of RFC 3678, too.
 */
#include "net/ip/igmp.h"
#include "net/ip/ip.h"

#define MSF_MAX 64 /* the most that igmp_max_msf can be */

/* struct in_addr, ip_mreq or ip_mreqn. @one: a lone in_addr is the interface's. */
static int opt_mreq(const void *val, int len, struct ip_mreqn *mreq, bool one)
{
	*mreq = (struct ip_mreqn){ .imr_ifindex = 0 };
	if (len >= (int)sizeof(*mreq))
		memcpy(mreq, val, sizeof(*mreq));
	else if (len >= (int)sizeof(struct ip_mreq))
		memcpy(mreq, val, sizeof(struct ip_mreq));
	else if (one && len >= (int)sizeof(struct in_addr))
		memcpy(&mreq->imr_address, val, sizeof(struct in_addr));
	else
		return -EINVAL;
	return 0;
}

/* ---- out ---- */

static int set_multicast_if(struct sock *sk, const void *val, int len)
{
	struct ip_mreqn mreq;
	struct net_device *dev = NULL;
	int err = opt_mreq(val, len, &mreq, true);

	if (err)
		return err;
	if (mreq.imr_ifindex) {
		dev = dev_get_by_index(mreq.imr_ifindex);
	} else if (mreq.imr_address.s_addr) {
		struct in_ifaddr *ifa;

		local_bh_disable();
		ifa = inet_find_addr(mreq.imr_address.s_addr);
		dev = ifa ? ifa->in_dev->dev : NULL;
		local_bh_enable();
	} else {
		datagram_sk(sk)->mc_index = 0;
		datagram_sk(sk)->mc_addr = 0;
		return 0;
	}
	if (!dev)
		return -EADDRNOTAVAIL;
	if (sk->bound_dev_if && sk->bound_dev_if != dev->ifindex)
		return -EINVAL;
	datagram_sk(sk)->mc_index = dev->ifindex;
	datagram_sk(sk)->mc_addr = mreq.imr_address.s_addr;
	return 0;
}

static int set_ints(struct sock *sk, int name, int val)
{
	if (name == IP_MULTICAST_LOOP) {
		sk->mc_loop = val;
		return 0;
	}
	if (name == IP_MULTICAST_TTL) {
		if (val < -1 || val > 255)
			return -EINVAL;
		sk->mc_ttl = val == -1 ? 1 : (u8)val;
		return 0;
	}
	if (val != 0 && val != 1)
		return -EINVAL;
	datagram_sk(sk)->mc_joined_only = !val;
	return 0;
}

/* ---- groups ---- */

static int set_membership(struct sock *sk, int name, const void *val, int len)
{
	struct ip_mreqn mreq;
	int err = opt_mreq(val, len, &mreq, false);

	if (err)
		return err;
	if (name == IP_ADD_MEMBERSHIP)
		return ip_mc_join_group(sk, mreq.imr_multiaddr.s_addr, mreq.imr_address.s_addr,
					mreq.imr_ifindex, MCAST_EXCLUDE);
	return ip_mc_leave_group(sk, mreq.imr_multiaddr.s_addr, mreq.imr_address.s_addr,
				 mreq.imr_ifindex);
}

static int get_inet_addr(const struct sockaddr_storage *ss, be32 *addr)
{
	struct sockaddr_in sin;

	memcpy(&sin, ss, sizeof(sin));
	if (sin.sin_family != AF_INET)
		return -EADDRNOTAVAIL;
	*addr = sin.sin_addr.s_addr;
	return 0;
}

static int set_group_req(struct sock *sk, int name, const void *val, int len)
{
	struct group_req req;
	be32 group;

	if (len < (int)sizeof(req))
		return -EINVAL;
	memcpy(&req, val, sizeof(req));
	if (get_inet_addr(&req.gr_group, &group))
		return -EINVAL;
	if (name == MCAST_JOIN_GROUP)
		return ip_mc_join_group(sk, group, 0, (int)req.gr_interface, MCAST_EXCLUDE);
	return ip_mc_leave_group(sk, group, 0, (int)req.gr_interface);
}

/* ---- sources ---- */

/* The first source of a group joins it, too; if that source is refused the group is left. */
static int join_source(struct sock *sk, const struct mc_source_req *req)
{
	int err = ip_mc_join_group(sk, req->group, req->local, req->ifindex, MCAST_INCLUDE);
	bool joined = !err;

	if (err && err != -EADDRINUSE)
		return err;
	err = ip_mc_source(sk, req, MCAST_INCLUDE, true);
	if (err && joined)
		ip_mc_leave_group(sk, req->group, req->local, req->ifindex);
	return err;
}

static int set_source(struct sock *sk, int name, const struct mc_source_req *req)
{
	switch (name) {
	case IP_ADD_SOURCE_MEMBERSHIP:
	case MCAST_JOIN_SOURCE_GROUP:
		return join_source(sk, req);
	case IP_DROP_SOURCE_MEMBERSHIP:
	case MCAST_LEAVE_SOURCE_GROUP:
		return ip_mc_source(sk, req, MCAST_INCLUDE, false);
	case IP_BLOCK_SOURCE:
	case MCAST_BLOCK_SOURCE:
		return ip_mc_source(sk, req, MCAST_EXCLUDE, true);
	default:
		return ip_mc_source(sk, req, MCAST_EXCLUDE, false);
	}
}

static int set_mreq_source(struct sock *sk, int name, const void *val, int len)
{
	struct ip_mreq_source m;

	if (len != (int)sizeof(m))
		return -EINVAL;
	memcpy(&m, val, sizeof(m));
	return set_source(sk, name,
			  &(struct mc_source_req){ .group = m.imr_multiaddr.s_addr,
						   .local = m.imr_interface.s_addr,
						   .source = m.imr_sourceaddr.s_addr });
}

static int set_group_source_req(struct sock *sk, int name, const void *val, int len)
{
	struct group_source_req g;
	struct mc_source_req req = { 0 };

	if (len != (int)sizeof(g))
		return -EINVAL;
	memcpy(&g, val, sizeof(g));
	if (get_inet_addr(&g.gsr_group, &req.group) || get_inet_addr(&g.gsr_source, &req.source))
		return -EADDRNOTAVAIL;
	req.ifindex = (int)g.gsr_interface;
	return set_source(sk, name, &req);
}

static int set_msfilter(struct sock *sk, const void *val, int len)
{
	struct ip_msfilter f = { .imsf_numsrc = 0 };
	be32 addr[MSF_MAX];

	if (len < (int)IP_MSFILTER_SIZE(0))
		return -EINVAL;
	memcpy(&f, val, IP_MSFILTER_SIZE(0));
	if (f.imsf_numsrc > (u32)sysctl_igmp_max_msf || f.imsf_numsrc > MSF_MAX)
		return -ENOBUFS;
	if (len < (int)IP_MSFILTER_SIZE(f.imsf_numsrc) || f.imsf_fmode > MCAST_INCLUDE)
		return -EINVAL;
	memcpy(addr, (const u8 *)val + IP_MSFILTER_SIZE(0), f.imsf_numsrc * sizeof(addr[0]));
	return ip_mc_set_filter(sk, f.imsf_multiaddr.s_addr, f.imsf_interface.s_addr, 0,
				(u8)f.imsf_fmode, addr, f.imsf_numsrc);
}

/* As many sources as there is room for; imsf_numsrc says how many there are. */
static int get_msfilter(struct sock *sk, void *val, int *len)
{
	struct ip_msfilter f;
	be32 addr[MSF_MAX] = { 0 };
	u8 mode = 0;
	u32 n = 0, room;
	int err;

	if (*len < (int)IP_MSFILTER_SIZE(0))
		return -EINVAL;
	room = ((u32)*len - (u32)IP_MSFILTER_SIZE(0)) / (u32)sizeof(addr[0]);
	memcpy(&f, val, IP_MSFILTER_SIZE(0));
	err = ip_mc_get_filter(sk, f.imsf_multiaddr.s_addr, f.imsf_interface.s_addr, 0, &mode, addr,
			       MSF_MAX, &n);
	if (err)
		return err;
	room = min(room, f.imsf_numsrc);
	room = min(room, n);
	f.imsf_fmode = mode;
	f.imsf_numsrc = n;
	memcpy(val, &f, IP_MSFILTER_SIZE(0));
	memcpy((u8 *)val + IP_MSFILTER_SIZE(0), addr, room * sizeof(addr[0]));
	*len = (int)IP_MSFILTER_SIZE(room);
	return 0;
}

/* ---- the same, with sources of any family (RFC 3678 §5) ---- */

#define GROUP_FILTER_HEAD ((int)offsetof(struct group_filter, gf_slist))

static int group_filter_head(const void *val, int len, struct group_filter *f, be32 *group)
{
	if (len < GROUP_FILTER_HEAD)
		return -EINVAL;
	memcpy(f, val, (size_t)GROUP_FILTER_HEAD);
	return get_inet_addr(&f->gf_group, group);
}

static int set_group_filter(struct sock *sk, const void *val, int len)
{
	const u8 *source = (const u8 *)val + GROUP_FILTER_HEAD;
	struct group_filter f = { .gf_numsrc = 0 };
	struct sockaddr_storage ss;
	be32 group, addr[MSF_MAX];
	int err = group_filter_head(val, len, &f, &group);

	if (err)
		return err;
	if (f.gf_numsrc > (u32)sysctl_igmp_max_msf || f.gf_numsrc > MSF_MAX)
		return -ENOBUFS;
	if ((u32)(len - GROUP_FILTER_HEAD) / sizeof(ss) < f.gf_numsrc || f.gf_fmode > MCAST_INCLUDE)
		return -EINVAL;
	for (u32 i = 0; i < f.gf_numsrc && !err; i++, source += sizeof(ss)) {
		memcpy(&ss, source, sizeof(ss));
		err = get_inet_addr(&ss, &addr[i]);
	}
	if (err)
		return err;
	return ip_mc_set_filter(sk, group, 0, (int)f.gf_interface, (u8)f.gf_fmode, addr,
				f.gf_numsrc);
}

static void put_inet_addr(void *to, be32 addr)
{
	struct sockaddr_storage ss = { .ss_family = AF_INET };

	((struct sockaddr_in *)&ss)->sin_addr.s_addr = addr;
	memcpy(to, &ss, sizeof(ss));
}

static int get_group_filter(struct sock *sk, void *val, int *len)
{
	struct group_filter f;
	be32 group, addr[MSF_MAX] = { 0 };
	u8 mode = 0, *to = (u8 *)val + GROUP_FILTER_HEAD;
	u32 n = 0, room;
	int err = group_filter_head(val, *len, &f, &group);

	if (!err)
		err = ip_mc_get_filter(sk, group, 0, (int)f.gf_interface, &mode, addr, MSF_MAX, &n);
	if (err)
		return err;
	room = (u32)(*len - GROUP_FILTER_HEAD) / (u32)sizeof(struct sockaddr_storage);
	room = min(room, f.gf_numsrc);
	room = min(room, n);
	f.gf_fmode = mode;
	f.gf_numsrc = n;
	memcpy(val, &f, (size_t)GROUP_FILTER_HEAD);
	for (u32 i = 0; i < room; i++)
		put_inet_addr(to + i * sizeof(struct sockaddr_storage), addr[i]);
	*len = GROUP_FILTER_HEAD + (int)(room * sizeof(struct sockaddr_storage));
	return 0;
}

/* ---- the switch ---- */

static int set_any(struct sock *sk, int name, const void *val, int len)
{
	int n, err;

	switch (name) {
	case IP_MULTICAST_IF:
		return set_multicast_if(sk, val, len);
	case IP_ADD_MEMBERSHIP:
	case IP_DROP_MEMBERSHIP:
		return set_membership(sk, name, val, len);
	case MCAST_JOIN_GROUP:
	case MCAST_LEAVE_GROUP:
		return set_group_req(sk, name, val, len);
	case IP_MSFILTER:
		return set_msfilter(sk, val, len);
	case MCAST_MSFILTER:
		return set_group_filter(sk, val, len);
	case IP_MULTICAST_TTL:
	case IP_MULTICAST_LOOP:
	case IP_MULTICAST_ALL:
		err = ip_opt_int(val, len, &n);
		return err ? err : set_ints(sk, name, n);
	default:
		return name <= IP_DROP_SOURCE_MEMBERSHIP ? set_mreq_source(sk, name, val, len) :
							   set_group_source_req(sk, name, val, len);
	}
}

static bool is_mc_option(int name)
{
	return name >= IP_MULTICAST_IF && name <= IP_MULTICAST_ALL;
}

int ip_mc_setsockopt(struct sock *sk, int name, const void *val, int len, bool *done)
{
	*done = is_mc_option(name);
	if (!*done)
		return 0;
	if (sk->type != SOCK_STREAM || name == IP_MULTICAST_LOOP)
		return set_any(sk, name, val, len);
	return name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP ? -EPROTO : -EINVAL;
}

static int get_multicast_if(struct sock *sk, void *val, int *len)
{
	struct in_addr addr = { sk->type == SOCK_STREAM ? 0 : datagram_sk(sk)->mc_addr };

	*len = min(*len, (int)sizeof(addr));
	memcpy(val, &addr, (size_t)*len);
	return 0;
}

int ip_mc_getsockopt(struct sock *sk, int name, void *val, int *len, bool *done)
{
	*done = true;
	switch (name) {
	case IP_MULTICAST_IF:
		return get_multicast_if(sk, val, len);
	case IP_MULTICAST_TTL:
		return ip_opt_give_int(val, len, sk->mc_ttl);
	case IP_MULTICAST_LOOP:
		return ip_opt_give_int(val, len, sk->mc_loop);
	case IP_MULTICAST_ALL:
		return ip_opt_give_int(val, len,
				       sk->type == SOCK_STREAM || !datagram_sk(sk)->mc_joined_only);
	case IP_MSFILTER:
		return sk->type == SOCK_STREAM ? -EINVAL : get_msfilter(sk, val, len);
	case MCAST_MSFILTER:
		return sk->type == SOCK_STREAM ? -EINVAL : get_group_filter(sk, val, len);
	default:
		*done = false;
		return 0;
	}
}
