/*
 * The neighbour table: who has which link address, and how sure we are of it (the states of Linux,
 * after RFC 4861's machine). Packets wait here, in a bounded queue, while ARP asks.
 *
 *   NONE -> INCOMPLETE -> REACHABLE -> STALE -> DELAY -> PROBE -> FAILED
 */
#pragma once

#include <abi/neigh.h> /* NUD_* */

#include "net/core/skbuff.h"
#include "net/link/netdevice.h"

#define NUD_VALID (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)
#define NUD_CONNECTED (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)

struct neighbour {
	struct hlist_node node; /* guarded by bh-disable, as all of it */
	be32 key;
	struct net_device *dev;
	const struct neigh_parms *parms;
	u8 ha[ETH_ALEN];
	u8 hh[16]; /* the whole link header, ready to copy (2 bytes of pad first) */
	u8 nud_state;
	u8 probes;
	bool touched; /* used since the collector's last look: the fast path keeps no time */
	bool exempt;  /* not counted against the thresholds */
	bool dead;    /* out of the table; the last reference frees it */
	u32 refs;     /* the table's own is not counted */
	u64 confirmed, updated, used; /* ns */
	u64 reachable_time;	      /* ns that a confirmation is good for, drawn anew each time */
	struct timer timer;
	struct sk_buff_head arp_queue; /* bounded by unres_qlen and unres_qlen_bytes */
	u32 arp_queue_bytes;
};

/*
 * The neighbour @key on @dev, made if it is new; a reference, or NULL when the table is full.
 * Softirq or bh off.
 */
struct neighbour *neigh_lookup(be32 key, struct net_device *dev, bool create);
void neigh_hold(struct neighbour *n);
void neigh_release(struct neighbour *n);
/*
 * Sends @skb (data at the IP header) to @n: at once with the cached header, or after resolution.
 * Consumes. Softirq or bh off.
 */
void neigh_output(struct neighbour *n, struct sk_buff *skb);
/* The shortcut for the path: lookup, output, release. Consumes. */
void neigh_xmit(struct net_device *dev, be32 next_hop, struct sk_buff *skb);
/* News about @n from ARP or an administrator. @ha NULL: state only. */
#define NEIGH_UPDATE_OVERRIDE 1
#define NEIGH_UPDATE_ADMIN 2
void neigh_update(struct neighbour *n, const u8 *ha, u8 state, u32 flags);
/* The same from `ip neigh`: any state, and NUD_NONE and NUD_INCOMPLETE begin anew. */
void neigh_admin_update(struct neighbour *n, const u8 *ha, u8 state);
/* An upper layer has seen an answer from it (MSG_CONFIRM, TCP ACK). */
void neigh_confirm(be32 key, struct net_device *dev);
void neigh_ifdown(struct net_device *dev); /* forgets all of @dev */
void neigh_changeaddr(struct net_device *dev);
void neigh_init(void);
bool neigh_proc_walk(struct seq_file *s); /* /proc/net/neigh: with states, and proxy entries */
/* SIOCSNEIGH, SIOCDNEIGH (abi/neigh.h): what `ip neigh` changes. Task. */
int neigh_ioctl(u32 cmd, void *arg);

/* ---- ARP (RFC 826, 5227) ---- */
void arp_rcv(struct sk_buff *skb); /* Consumes. Softirq */
/* @dst_hw NULL: broadcast. */
void arp_send(int op, struct net_device *dev, be32 src_ip, be32 dest_ip, const u8 *dst_hw,
	      const u8 *target_hw);
/* RFC 5227 §2.3: now and once more 2 s later. */
void arp_announce(struct net_device *dev, be32 addr);
int arp_ioctl(u32 cmd, void *arg);	      /* SIOCSARP SIOCDARP SIOCGARP SIOCARPPROBE. Task */
bool arp_proc_walk(struct seq_file *s);	      /* /proc/net/arp */
void arp_cache_proc_show(struct seq_file *s); /* /proc/net/stat/arp_cache */
void arp_proxy_proc_show(struct seq_file *s); /* /proc/net/stat/arp_proxy */
void arp_init(void);
/*
 * netdev_notifiers' entry: forgets neighbours when a device goes down or changes, announces our
 * addresses when it comes up.
 */
void arp_event(struct net_device *dev, enum netdev_event event);

/* From inetdevice: what ARP has to know of our addresses. */
bool inet_is_local(const struct net_device *dev, be32 addr); /* on that device (NULL: on any) */
