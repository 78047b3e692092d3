/*
 * What the files of the neighbour table share: the table (neighbour.c), the machine of states
 * (neighbour_state.c), the way out (neighbour_output.c), what is shown of it (neighbour_proc.c) and
 * the one protocol that resolves (arp*.c).
 */
#pragma once

#include "net/ip/neighbour.h"

#define NEIGH_BUCKETS 1024 /* 8192 entries at most: chains stay short */
#define NEIGH_HASH_SHIFT (32 - 10)

/* Tunables, net.ipv4.neigh.default.*, in the units of their names; those without one in seconds. */
struct neigh_parms {
	int base_reachable_time_ms, retrans_time_ms, delay_first_probe_time, gc_stale_time,
		gc_interval;
	int gc_thresh1, gc_thresh2, gc_thresh3;
	int ucast_solicit, mcast_solicit;
	int unres_qlen; /* packets a neighbour */
	int locktime;	/* hundredths of a second */
};
extern struct neigh_parms neigh_parms;

/* /proc/net/stat/arp_cache; guarded by bh-disable. */
struct neigh_statistics {
	u64 allocs, destroys, lookups, hits, res_failed, rcv_probes_mcast, rcv_probes_ucast,
		periodic_gc_runs, forced_gc_runs, unresolved_discards, table_fulls;
};
extern struct neigh_statistics neigh_stats;

struct neigh_table {
	struct hlist_head bucket[NEIGH_BUCKETS]; /* guarded by bh-disable */
	u32 entries;
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

const char *neigh_state_name(u8 state);
