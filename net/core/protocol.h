/*
 * The tables by which a packet climbs and a socket is made. net/net_init.c fills them, once, with
 * every protocol there is; lower layers call upward only through these.
 */
#pragma once

#include "net/core/skbuff.h"

/* EtherType -> receiver, one each: the protocols. @rcv consumes. Softirq. */
struct ether_protocol {
	u16 type; /* host order */
	void (*rcv)(struct sk_buff *skb);
	const char *name; /* rcv's, for /proc/net/ptype */
};
extern const struct ether_protocol packet_types[];
extern const size_t nr_packet_types;

/*
 * Who listens on the link beside the protocols, and comes and goes (dev_add_pack,
 * dev_remove_pack): packet sockets. @func borrows the frame, whose mac_header and network_header
 * are set; it may move data between these, puts it back, and takes a clone of what it keeps.
 * Softirq or bh off.
 */
struct packet_type {
	be16 type; /* EtherType; ETH_P_ALL: every frame, outgoing ones (PACKET_OUTGOING) too */
	struct net_device *dev; /* NULL: any */
	void (*func)(struct sk_buff *skb, struct packet_type *pt);
	const char *name;      /* func's */
	void *private;	       /* struct sock: what it sends itself is not shown to it */
	struct list_head node; /* guarded by bh-disable */
};

/* IP protocol -> receiver. data is at the transport header; the IP header is at skb_network_header.
 * Softirq. */
struct inet_protocol {
	u8 protocol;
	void (*handler)(struct sk_buff *skb); /* Consumes */
	/*
	 * An ICMP error about one of our packets: data is at the embedded IP header (at least it +
	 * 8 bytes are linear),
	 * @type/@code the ICMP message's, @info its second word (host order). Borrows.
	 */
	void (*err_handler)(struct sk_buff *skb, u8 type, u8 code, u32 info);
};
extern const struct inet_protocol inet_protocols[];
extern const size_t nr_inet_protocols;
/* O(1); NULL: nobody. */
const struct inet_protocol *inet_protocol_find(u8 protocol);

/*
 * Upward calls of IP and ICMP that are no receiver of their own: net_init.c sets them, never NULL.
 * All borrow @skb. Softirq.
 *
 *   ip_raw_tap           every local datagram, before its receiver; data at the transport header.
 * True: a raw socket took a clone, so that no "protocol unreachable" is due ip_raw_err_tap every
 * ICMP error about one of our packets, as err_handler gets it; before the err_handler
 *   icmp_echo_reply_tap  an echo reply whose checksum was right; data at the ICMP header. True: a
 * ping socket took it
 *
 * An ICMP error about one of our own ICMP packets goes to the err_handler of IPPROTO_ICMP.
 */
extern bool (*const ip_raw_tap)(struct sk_buff *skb);
extern void (*const ip_raw_err_tap)(struct sk_buff *skb, u8 type, u8 code, u32 info);
extern bool (*const icmp_echo_reply_tap)(struct sk_buff *skb);
/*
 * Of a packet that is forwarded and bears the router alert option; data at its IP header: does a
 * raw socket with IP_ROUTER_ALERT want it, and: clones to all that do. Both borrow.
 */
extern bool (*const ip_ra_wanted)(const struct sk_buff *skb);
extern void (*const ip_ra_tap)(struct sk_buff *skb);
/* IP's own line of /proc/net/sockstat. Task. */
extern void (*const ip_sockstat)(struct seq_file *s);

/* What a packet filter can ask of a device. Any context. */
extern void (*const filter_dev_numbers)(const struct net_device *dev, u32 *ifindex, u32 *type);

/* socket(AF_INET, type, protocol) -> operations. */
struct proto;
struct proto_ops;
struct inet_protosw {
	int type;
	int protocol; /* 0 in a call takes the first of its type; IPPROTO_IP here matches any */
	struct proto *prot;
	const struct proto_ops *ops;
};
extern const struct inet_protosw inet_protosws[];
extern const size_t nr_inet_protosws;

/* Ioctls on any socket that concern interfaces, addresses, routes, ARP. @arg is the task's pointer.
 * Task. */
struct net_ioctl {
	u32 first, last; /* command numbers */
	int (*fn)(u32 cmd, void *arg);
};
extern const struct net_ioctl net_ioctls[];
extern const size_t nr_net_ioctls;

/* Starts the whole network: pool, devices, protocols, /proc. An initcall. */
void net_init(void);
