/*
 * What the files of the neighbour table share: the table (neighbour.c), the machine of states
 * (neighbour_state.c), the way out (neighbour_output.c), what is shown of it (neighbour_proc.c) and
 * the one protocol that resolves (arp*.c).
 */
#pragma once

#include "net/ip/neighbour.h"

#define NEIGH_BUCKETS 1024 /* 8192 entries at most: chains stay short */
#define NEIGH_HASH_SHIFT (32 - 10)

#define NEIGH_MAX 8192u /* entries of all kinds: the most that memory is set aside for */

/*
 * Tunables of a device, net.ipv4.neigh.<dev>.*, in the units of their names; those without one in
 * seconds. A new device starts with those of "default".
 */
struct neigh_parms {
	int base_reachable_time_ms, retrans_time_ms, delay_first_probe_time, gc_stale_time;
	int ucast_solicit, mcast_solicit;
	int app_solicit; /* rounds left to a program that would ask by itself: waited for, no more
			  */
	int unres_qlen;	 /* packets a neighbour … */
	int unres_qlen_bytes;	   /* … and the memory that they may take */
	int locktime, proxy_delay; /* hundredths of a second */
	int proxy_qlen;		   /* delayed answers for others */
	int anycast_delay;	   /* hundredths of a second; IPv4 has no anycast questions */
	int seen_qlen, seen_bytes; /* which of the two was written last */
};
extern struct neigh_parms neigh_parms_default;

/* Tunables of the table, net.ipv4.neigh.default.*; seconds, entries. */
struct neigh_gc_parms {
	int interval, thresh1, thresh2, thresh3;
};
extern struct neigh_gc_parms neigh_gc_parms;

/* Those of @dev. */
struct neigh_parms *neigh_parms_of(const struct net_device *dev);
/* Makes the tunables of a new device. */
void neigh_parms_register(struct net_device *dev);
void neigh_sysctl_init(void);

/* /proc/net/stat/arp_cache; guarded by bh-disable. */
struct neigh_statistics {
	u64 allocs, destroys, lookups, hits, res_failed, rcv_probes_mcast, rcv_probes_ucast,
		periodic_gc_runs, forced_gc_runs, unresolved_discards, table_fulls;
	u64 proxy_answers, proxy_discards; /* /proc/net/stat/arp_proxy */
};
extern struct neigh_statistics neigh_stats;

struct neigh_table {
	struct hlist_head bucket[NEIGH_BUCKETS]; /* guarded by bh-disable */
	u32 entries;
	u32 gc_entries; /* of them those that the thresholds are about: not the permanent ones */
	u32 hash_rnd;
	u32 waiting;	 /* packets in all arp_queues */
	u32 waiting_max; /* a share of the pool */
};
extern struct neigh_table neigh_table;

/* The states in which the timer drives. */
#define NUD_IN_TIMER (NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE)

/* What an address without a question to ask means: sets @n's state and address if it is one. */
bool neigh_static_address(struct neighbour *n);
void neigh_timer_fn(struct timer *t);
/*
 * @n is wanted and not sure: moves the machine on. True: @n has an address, send. Softirq or bh
 * off.
 */
bool neigh_event_send(struct neighbour *n, struct sk_buff *skb);
/* Takes @n out of the table; its packets are dropped. */
void neigh_destroy(struct neighbour *n);

/* The queue of packets that wait. Consumes @skb. */
void neigh_queue(struct neighbour *n, struct sk_buff *skb);
void neigh_flush_queue(struct neighbour *n); /* resolved: sends them */
void neigh_fail_queue(struct neighbour *n);  /* not: answers with ICMP and drops them */
void neigh_purge_queue(struct neighbour *n);
/* Makes the cached header from @n->ha. */
void neigh_update_hh(struct neighbour *n);

/*
 * Asks for @n's address: unicast if @unicast, else broadcast; @skb (may be NULL) is a packet that
 * waits.
 */
void arp_solicit(struct neighbour *n, const struct sk_buff *skb, bool unicast);

/*
 * As neigh_lookup() that makes, for one that becomes permanent at once: however many strangers fill
 * the table, an administrator's entry has room.
 */
struct neighbour *neigh_lookup_permanent(be32 key, struct net_device *dev);
/* @n is permanent now, or no more: what an administrator has set does not count. */
void neigh_count_gc(struct neighbour *n);

const char *neigh_state_name(u8 state);
