/*
 * The IPv4 side of a network device: its addresses, with the routes that follow from them, and its tunables.
 */
#pragma once

#include "net/core/sock.h"
#include "net/link/netdevice.h"

struct in_ifaddr {
	struct list_head node;		/* in in_device.addrs; guarded by bh-disable */
	be32 local, mask, broadcast, address;	/* address: the peer on point-to-point */
	u8 prefixlen;
	u8 scope;
	bool secondary;
	char label[IFNAMSIZ];		/* "eth0", "eth0:1" */
	struct in_device *in_dev;
};

struct in_device {
	struct net_device *dev;
	struct list_head addrs;
	/* /proc/sys/net/ipv4/conf/<dev>/… */
	int forwarding, rp_filter, accept_redirects, send_redirects, accept_source_route, log_martians,
		arp_ignore, arp_announce, arp_accept;
	void *sysctl;
};

static inline struct in_device *in_dev_get(const struct net_device *dev)
{
	return dev->ip_ptr;
}

/* Adds or takes away an address with its local, broadcast and connected routes. Task. -EEXIST, -EADDRNOTAVAIL, -EINVAL. */
int inet_add_addr(struct net_device *dev, const char *label, be32 local, u8 prefixlen, be32 broadcast);
int inet_del_addr(struct net_device *dev, be32 local);
/* The address to send from, to @dst over @dev. 0: none. */
be32 inet_select_addr(const struct net_device *dev, be32 dst, u8 scope);
int devinet_ioctl(u32 cmd, void *arg);	/* SIOC[GS]IF{ADDR,NETMASK,BRDADDR,DSTADDR}, SIOCGIFCONF. Task */
void inetdev_event(struct net_device *dev, enum netdev_event event);
void devinet_init(void);
