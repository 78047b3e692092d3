/*
 * Routing: given a packet or an intention, where does it go. The two questions - ip_route_input
 * and ip_route_output - are all that the rest of the stack knows of it.
 */
#pragma once

#include "net/core/dst.h"
#include "net/core/skbuff.h"
#include "net/link/netdevice.h"

enum rtn_type {
	RTN_UNSPEC,
	RTN_UNICAST,
	RTN_LOCAL,
	RTN_BROADCAST,
	RTN_ANYCAST,
	RTN_MULTICAST,
	RTN_BLACKHOLE,
	RTN_UNREACHABLE,
	RTN_PROHIBIT,
};

enum rt_scope {
	RT_SCOPE_UNIVERSE = 0,
	RT_SCOPE_LINK = 253,
	RT_SCOPE_HOST = 254,
	RT_SCOPE_NOWHERE = 255,
};

/* A resolved way. dst first, so that the two casts are one. */
struct rtable {
	struct dst_entry dst;
	enum rtn_type type;
	be32 gateway; /* 0: the destination itself is the next hop */
	be32 prefsrc; /* the source address to use; 0: none */
};

static inline struct rtable *rt_of(struct dst_entry *dst)
{
	return (struct rtable *)dst;
}

/*
 * What rtables are made from. Holders of an rtable ask dst_valid() of it, and it must go on saying
 * no to them even when the same way is used by others in a newer generation: so rt_current()
 * renews the rtable where it lies if nobody else holds it, and replaces it otherwise.
 */
struct rt_way {
	enum rtn_type type;
	u8 scope;
	struct net_device *dev; /* the link; NULL: a way that only says no */
	be32 gateway, prefsrc;	/* prefsrc 0: chosen from @dev's addresses */
	u32 mtu;
	struct rtable *rt; /* made for this or an older generation; NULL: none yet */
};

/* The present rtable of @way, borrowed; NULL: none left in the pool. Softirq or bh off. */
struct rtable *rt_current(struct rt_way *way);
/* Forgets it. Softirq or bh off. */
void rt_way_clear(struct rt_way *way);
/* Routing has changed: what was found before has to be found again. */
void rt_changed(void);

/* The intention of a sender. */
struct flowi {
	be32 daddr, saddr; /* saddr 0: choose */
	int oif;	   /* 0: any */
	u8 tos;
	bool anysrc; /* saddr need not be one of our addresses (IP_HDRINCL) */
};

/*
 * Sets skb->dst (a reference) for a packet that came in on @dev. 0, or -errno when it must be
 * dropped (martian …): the reason is in *@why. Softirq.
 */
int ip_route_input(struct sk_buff *skb, be32 daddr, be32 saddr, u8 tos, struct net_device *dev,
		   enum drop_reason *why);
/*
 * *@rp: a reference to the way for @fl, whose saddr is filled in. -ENETUNREACH, -EHOSTUNREACH,
 * -EACCES, -EINVAL. Softirq or bh off.
 */
int ip_route_output(struct rtable **rp, struct flowi *fl);
/* True if @dst may still be used: routing has not changed since it was found. */
bool dst_valid(const struct dst_entry *dst);

/* The largest packet that may go this way. */
static inline u32 dst_mtu(const struct dst_entry *dst)
{
	return dst->mtu ? dst->mtu : dst->dev->mtu;
}

/*
 * An ICMP "fragmentation needed" about a packet that really was ours - the transport has found its
 * socket - says that the path to @daddr takes @mtu bytes (RFC 1191). Kept for
 * net.ipv4.route.mtu_expires seconds. Softirq or bh off.
 */
void ip_rt_update_pmtu(be32 daddr, u32 mtu);

/* What kind of address @addr is to us: RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST, RTN_UNICAST. */
enum rtn_type inet_addr_type(be32 addr);

/*
 * Changes to the table, task. @len: prefix length. -EEXIST, -ESRCH, -ENETUNREACH (gateway not on a
 * link), -ENODEV, -EINVAL.
 */
struct route_config {
	be32 dst;
	u8 len;
	enum rtn_type type;
	enum rt_scope scope;
	be32 gateway, prefsrc;
	struct net_device *dev; /* NULL: from the gateway */
	u32 metric, mtu;
	bool local_table; /* the table of our own addresses */
	bool append;	  /* after others of the same prefix and metric, not before */
};
int ip_route_add(const struct route_config *cfg);
int ip_route_del(const struct route_config *cfg);
void ip_route_flush_dev(struct net_device *dev);
/* Forgets the routes whose source address is @addr, which is ours no more. */
void ip_route_flush_src(be32 addr);
int ip_rt_ioctl(u32 cmd, void *arg); /* SIOCADDRT SIOCDELRT. Task */
void ip_rt_init(void);
void rt_proc_show(struct seq_file *s); /* /proc/net/route */
