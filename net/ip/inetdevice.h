/*
 * The IPv4 side of a network device: its addresses, with the routes that follow from them, and its
 * tunables.
 */
#pragma once

#include "net/core/sock.h"
#include "net/ip/route.h"
#include "net/link/netdevice.h"

struct in_ifaddr {
	struct list_head node;		      /* in in_device.addrs; guarded by bh-disable */
	struct hlist_node hash;		      /* by local, of all devices; guarded by bh-disable */
	be32 local, mask, broadcast, address; /* address: the peer on point-to-point */
	u8 prefixlen;
	u8 scope;
	bool secondary;
	char label[IFNAMSIZ]; /* "eth0", "eth0:1" */
	struct in_device *in_dev;
};

struct in_device {
	struct net_device *dev;
	struct list_head addrs;
	/* /proc/sys/net/ipv4/conf/<dev>/… */
	int forwarding, mc_forwarding, rp_filter, accept_redirects, secure_redirects,
		send_redirects, shared_media, accept_source_route, accept_local, log_martians,
		arp_ignore, arp_announce, arp_accept, arp_filter, drop_gratuitous_arp, proxy_arp,
		arp_notify, arp_evict_nocarrier, bc_forwarding, route_localnet, promote_secondaries,
		force_igmp_version, igmpv2_unsolicited_report_interval,
		igmpv3_unsolicited_report_interval;
	struct neigh_parms *arp_parms; /* /proc/sys/net/ipv4/neigh/<dev>/… */
	void *sysctl;
	struct mc_device *mc; /* groups; igmp.h */
};

/*
 * /proc/sys/net/ipv4/conf/{all,default}: the values for every device, and those that a new device
 * starts with.
 */
extern struct in_device in_dev_all, in_dev_default;

/* Tunables that hold if either "all" or the device says so; the higher value wins. */
#define IN_DEV_MAX(in_dev, field) max(in_dev_all.field, (in_dev)->field)
/* Those that "all" or the device turns on. */
#define IN_DEV_OR(in_dev, field) (in_dev_all.field || (in_dev)->field)
#define IN_DEV_LOG_MARTIANS(in_dev) IN_DEV_OR(in_dev, log_martians)
#define IN_DEV_ACCEPT_LOCAL(in_dev) IN_DEV_OR(in_dev, accept_local)
#define IN_DEV_ARP_NOTIFY(in_dev) IN_DEV_OR(in_dev, arp_notify)
#define IN_DEV_ROUTE_LOCALNET(in_dev) IN_DEV_OR(in_dev, route_localnet)
#define IN_DEV_SHARED_MEDIA(in_dev) IN_DEV_OR(in_dev, shared_media)
#define IN_DEV_SEC_REDIRECTS(in_dev) IN_DEV_OR(in_dev, secure_redirects)
#define IN_DEV_SOURCE_ROUTE(in_dev)                                                                \
	(in_dev_all.accept_source_route && (in_dev)->accept_source_route) /* both have to */
#define IN_DEV_ARP_EVICT_NOCARRIER(in_dev)                                                         \
	(in_dev_all.arp_evict_nocarrier && (in_dev)->arp_evict_nocarrier)
#define IN_DEV_BC_FORWARDING(in_dev) (in_dev_all.bc_forwarding && (in_dev)->bc_forwarding)
#define IN_DEV_TX_REDIRECTS(in_dev) IN_DEV_OR(in_dev, send_redirects)
/* A router listens to other routers only if both say so (RFC 1812 §5.2.7.2). */
#define IN_DEV_RX_REDIRECTS(in_dev)                                                                \
	((in_dev)->forwarding ? in_dev_all.accept_redirects && (in_dev)->accept_redirects :        \
				IN_DEV_OR(in_dev, accept_redirects))

static inline struct in_device *in_dev_get(const struct net_device *dev)
{
	return dev->ip_ptr;
}

/*
 * Adds or takes away an address with its local, broadcast and connected routes. Task. -EEXIST,
 * -EADDRNOTAVAIL, -EINVAL.
 */
int inet_add_addr(struct net_device *dev, const char *label, be32 local, u8 prefixlen,
		  be32 broadcast);
int inet_del_addr(struct net_device *dev, be32 local);
/* The address to send from, to @dst over @dev. 0: none. */
be32 inet_select_addr(const struct net_device *dev, be32 dst, u8 scope);
/* SIOC[GS]IF{ADDR,NETMASK,BRDADDR,DSTADDR}, SIOCGIFCONF; SIOCSIFFLAGS of an alias. Task. */
int devinet_ioctl(u32 cmd, void *arg);
void inetdev_event(struct net_device *dev, enum netdev_event event);
/*
 * The address @local of ours, with its label, mask and device. NULL: not ours. Softirq or bh off.
 */
struct in_ifaddr *inet_find_addr(be32 local);
/* Whether @a and @b are on one of @in_dev's prefixes together. Softirq or bh off. */
bool inet_addr_onlink(const struct in_device *in_dev, be32 a, be32 b);
void ifaddr_proc_show(struct seq_file *s); /* /proc/net/ifaddr: for "ip addr" */
void devinet_sysctl_register(struct in_device *in_dev, const char *name);
void devinet_init(void);

/* ---- groups (RFC 1112) ---- */

/*
 * Joins and leaves a group for @sk; ifindex 0: the device of @local, or of the route to the group.
 * @mode: MCAST_EXCLUDE: to hear all sources; MCAST_INCLUDE: none before ip_mc_source names it.
 * Task, locked. -EINVAL (no group), -ENODEV, -EADDRINUSE, -ENOBUFS, -ENOMEM; -EADDRNOTAVAIL.
 */
int ip_mc_join_group(struct sock *sk, be32 group, be32 local, int ifindex, u8 mode);
int ip_mc_leave_group(struct sock *sk, be32 group, be32 local, int ifindex);
/*
 * Lets @source in or keeps it out (RFC 3376 §2; @mode MCAST_INCLUDE: the sources to hear,
 * MCAST_EXCLUDE: those not to), @add false: no longer so. Task, locked. -EINVAL: not in the group,
 * or with sources of the other mode; -ENODEV, -EADDRNOTAVAIL, -ENOBUFS, -ENOMEM.
 */
struct mc_source_req {
	be32 group, local, source;
	int ifindex;
};
int ip_mc_source(struct sock *sk, const struct mc_source_req *req, u8 mode, bool add);
/* Sets and gets all of a membership's sources; @max: room at @addr, *@count: how many there are. */
int ip_mc_set_filter(struct sock *sk, be32 group, be32 local, int ifindex, u8 mode,
		     const be32 *addr, u32 count);
int ip_mc_get_filter(struct sock *sk, be32 group, be32 local, int ifindex, u8 *mode, be32 *addr,
		     u32 max, u32 *count);
/* Leaves all that @sk has joined: it is being closed. Task. */
void ip_mc_drop_socket(struct sock *sk);
/* True if packets to @group that come in on @dev are for us. Softirq. */
bool ip_check_mc(const struct net_device *dev, be32 group);
/*
 * Does @sk want what came in on device @dif from @source for @daddr? Always, if that is no group.
 * Softirq or bh off.
 */
bool ip_mc_sf_allow(const struct sock *sk, be32 daddr, be32 source, int dif);

/* The options of SOL_IP that are about groups; *@done false: it is none of them. As ip_setsockopt.
 */
int ip_mc_setsockopt(struct sock *sk, int name, const void *val, int len, bool *done);
int ip_mc_getsockopt(struct sock *sk, int name, void *val, int *len, bool *done);
