/*
 * Routing: given a packet or an intention, where does it go. The two questions - ip_route_input
 * and ip_route_output - are all that the rest of the stack knows of it.
 */
#pragma once

#include <abi/route.h>

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
	RTN_THROW,
};

enum rt_scope {
	RT_SCOPE_UNIVERSE = 0,
	RT_SCOPE_SITE = 200,
	RT_SCOPE_LINK = 253,
	RT_SCOPE_HOST = 254,
	RT_SCOPE_NOWHERE = 255,
};

/* What a way was found for. */
struct rt_key {
	union {
		struct {
			be32 daddr, saddr; /* saddr 0: the sender left it to us */
		};
		u64 addrs;
	};
	u32 via; /* RT_VIA_* | ifindex << 8 | tos */
};
#define RT_VIA_OUT 0x80000000u	/* of a sender of ours: the device that it names, or 0 */
#define RT_VIA_NEWS 0x40000000u /* no way: what ICMP has told of daddr */
#define RT_TOS_MASK 0x1c	/* the bits of the type of service that routing looks at */

static inline int rt_key_ifindex(const struct rt_key *key)
{
	return (int)(key->via >> 8 & 0x3fffff);
}

/* rtable.flags: Linux's RTCF_* */
#define RTCF_REDIRECTED 0x00040000u
#define RTCF_DOREDIRECT 0x01000000u /* forwarded to where it came from: tell the sender */
#define RTCF_DIRECTSRC 0x04000000u  /* the source is on the link */
#define RTCF_BROADCAST 0x10000000u
#define RTCF_MULTICAST 0x20000000u
#define RTCF_REJECT 0x40000000u
#define RTCF_LOCAL 0x80000000u

/*
 * A resolved way: what lookups hand out and packets carry as skb->dst, and an entry of the routing
 * cache. dst first, so that the two casts are one. Guarded by bh-disable.
 */
struct rtable {
	struct dst_entry dst;
	struct rt_key key;
	struct hlist_node hash; /* in the cache, which then has a reference */
	struct hlist_node dest; /* and there among those that news of daddr concern */
	u32 lastuse, use;	/* second of the cache's clock; packets */
	enum rtn_type type;
	u32 flags;
	be32 gateway; /* 0: the destination itself is the next hop */
	be32 prefsrc; /* the source address to use; 0: none */
	u32 realm;    /* of the source << 16 | of the destination */
	u64 expires;  /* ns: when what ICMP told is forgotten; 0: nothing was told */
	union {
		struct {	  /* of redirects that we send */
			u64 last; /* ns */
			u32 tokens;
		} rate;
		struct { /* RT_VIA_NEWS */
			struct list_head node;
			be32 instead_of; /* the gateway that told of a better one */
		} news;
	};
};

static inline struct rtable *rt_of(struct dst_entry *dst)
{
	return (struct rtable *)dst;
}

extern u32 rt_genid;
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
static inline bool dst_valid(const struct dst_entry *dst)
{
	return dst->genid == rt_genid;
}
/* What went this way was not answered: whoever asks next finds a way anew. Softirq or bh off. */
void dst_negative_advice(struct dst_entry *dst);

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
/* A gateway has told of a better one (RFC 1122 §3.2.2.2). True if it was believed. Softirq. */
bool ip_rt_redirect(be32 daddr, be32 old_gw, be32 new_gw, struct net_device *dev);
/*
 * Tells the sender of @skb, whose way has RTCF_DOREDIRECT, of the better gateway (RFC 1812
 * §5.2.7.2): at most route.redirect_number times, more and more seldom, to one who does not listen.
 * Borrows. Softirq.
 */
void ip_rt_send_redirect(struct sk_buff *skb);

/* What kind of address @addr is to us: RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST, RTN_UNICAST. */
enum rtn_type inet_addr_type(be32 addr);

/* One next hop of several. */
struct route_nexthop {
	be32 gateway;
	struct net_device *dev; /* NULL: from the gateway */
	u16 weight;		/* 0 is 1 */
	u8 flags;		/* RTNH_F_ONLINK */
	u32 realm;
};

/*
 * A change to a table, task. -EEXIST, -ESRCH, -ENOENT (nothing to change), -ENETUNREACH (gateway
 * not on a link), -ENODEV, -ENETDOWN, -EINVAL, -ENOMEM.
 */
struct route_config {
	be32 dst;
	u8 len; /* of the prefix */
	u8 tos;
	u8 table;    /* RT_TABLE_*; 0: main */
	u8 protocol; /* RTPROT_* */
	u8 how;	     /* RT_*, abi/route.h; 0: before others of the same prefix and metric */
	enum rtn_type type;
	enum rt_scope scope; /* of a route to be deleted: RT_SCOPE_NOWHERE is any */
	be32 gateway, prefsrc;
	struct net_device *dev; /* NULL: from the gateway */
	u8 nh_flags;
	u8 nr_nh; /* not 0: the next hops are in @nh, and gateway and dev count for nothing */
	u32 metric, mtu, realm;
	const struct route_nexthop *nh; /* borrowed */
};
int ip_route_add(const struct route_config *cfg);
int ip_route_del(const struct route_config *cfg);
void ip_route_flush_dev(struct net_device *dev);
/* Next hops over @dev, which is up again, live again. */
void ip_route_dev_up(struct net_device *dev);
/* Forgets the routes whose source address is @addr, which is ours no more. */
void ip_route_flush_src(be32 addr);
int ip_rt_ioctl(u32 cmd, void *arg);	     /* SIOCADDRT SIOCDELRT. Task */
int ip_rt_request_ioctl(u32 cmd, void *arg); /* SIOCRTREQ SIOCRTGET. Task */
void ip_rt_init(void);
/* Sets aside again what sockets have come to hold. Task. */
void ip_rt_refill(void);
bool rt_proc_walk(struct seq_file *s);		  /* /proc/net/route */
bool fib_proc_walk(struct seq_file *s);		  /* /proc/net/fib: all of both tables */
bool rt_cache_proc_walk(struct seq_file *s);	  /* /proc/net/rt_cache */
bool rt_flows_proc_walk(struct seq_file *s);	  /* /proc/net/rt_flows: all of the cache */
void rt_cache_stat_proc_show(struct seq_file *s); /* /proc/net/stat/rt_cache */
void rt_acct_proc_show(struct seq_file *s);	  /* /proc/net/rt_acct */
