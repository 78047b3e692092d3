/*
 * What the files of ARP share: the parsed view (arp_parse.c), the way in (arp.c), the way out
 * (arp_output.c), our own addresses defended and probed for (arp_conflict.c).
 */
#pragma once

#include "net/ip/neighbour.h"

#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2
#define ARP_LEN 28 /* for Ethernet and IPv4 */

/* A checked message. Addresses in network order. */
struct arp_view {
	u16 op;
	u8 sha[ETH_ALEN], tha[ETH_ALEN];
	be32 sip, tip;
};

/*
 * Fills @v from the @len bytes at @data: NR_DROP_REASONS, or why not (RFC 826's "do I have the
 * hardware type, do I speak the protocol", lengths, and senders that no station can be). Pure.
 */
enum drop_reason arp_parse(const u8 *data, u32 len, struct arp_view *v);

/*
 * Looks for somebody else with an address of ours, or one that we are about to take (RFC 5227 §2.1,
 * §2.4). True: there is, and the message must not teach us anything. Softirq.
 */
bool arp_conflict(struct net_device *dev, const struct arp_view *v);
/*
 * RFC 5227 §2.1: probes for @addr during @ms milliseconds. 0, -EADDRINUSE (its owner in @owner),
 * -EINTR, -ENETDOWN. Task.
 */
int arp_probe_address(struct net_device *dev, be32 addr, u32 ms, u8 *owner);
void arp_conflict_init(void);

/*
 * Answers the request @v in @skb if we do so for others (RFC 1027), now or after a while: true.
 * Leaves skb->dst set. Softirq.
 */
bool arp_proxy(struct sk_buff *skb, const struct arp_view *v);
/* Addresses to answer for on @dev (NULL: on any). 0, -ENOBUFS; -ENOENT. Task. */
int arp_proxy_add(be32 key, struct net_device *dev);
int arp_proxy_del(be32 key, const struct net_device *dev);
bool arp_proxy_exists(be32 key, const struct net_device *dev);
void arp_proxy_show(struct seq_file *s, void (*fn)(struct seq_file *s, be32 key, const char *dev));
void arp_proxy_ifdown(const struct net_device *dev); /* what waits there is forgotten */
void arp_proxy_init(void);
