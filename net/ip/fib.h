/*
 * The forwarding information base: two tables of prefixes, "local" (addresses that are ours, and
 * broadcasts) and "main" (ways to others). Everything about how a table finds the longest match is
 * behind the functions below; fib_hash.c is the one that does it.
 */
#pragma once

#include "net/ip/inet_addr.h"
#include "net/ip/route.h"

struct fib_entry {
	struct hlist_node node; /* guarded by bh-disable */
	be32 dst;
	u8 len;
	u32 metric;
	struct rt_way way;
};

/* Prefixes of one length, hashed. */
struct fib_zone {
	struct hlist_head *bucket;
	u32 size; /* buckets, a power of two */
	u32 count;
};

struct fib_table {
	u64 present; /* bit per prefix length that has entries */
	struct fib_zone zone[33];
};

extern struct fib_table fib_local, fib_main;

/* The longest match for @addr, and of its entries the one with the lowest metric; @oif not NULL:
 * over that device only. NULL: none. Softirq or bh off. */
struct fib_entry *fib_table_lookup(const struct fib_table *t, be32 addr,
				   const struct net_device *oif);
/* First local, then main. */
struct fib_entry *fib_lookup(be32 addr, const struct net_device *oif);

/* Takes over @fe. @append: behind those of its metric. -EEXIST: the very same is there; -ENOMEM.
 * Then @fe stays the caller's. Task, bh off. */
int fib_table_insert(struct fib_table *t, struct fib_entry *fe, bool append);
/* Unlinks the first entry that @cfg describes (what is 0 or NULL in it matches all) and hands it
 * over; NULL: none. Task, bh off. */
struct fib_entry *fib_table_remove(struct fib_table *t, const struct route_config *cfg);
/* Frees all for which @match is true; their number. Task, bh off. */
u32 fib_table_flush(struct fib_table *t, bool (*match)(const struct fib_entry *fe, const void *arg),
		    const void *arg);
/* Shows each entry, longest prefixes first. Bh off. */
void fib_table_dump(const struct fib_table *t, void (*fn)(const struct fib_entry *fe, void *arg),
		    void *arg);
void fib_entry_free(struct fib_entry *fe);

/* ---- exceptions to routes: what ICMP has told of single destinations ---- */

/* The way to @daddr, which @base is the route to: @base itself, or the exception to it. Softirq or
 * bh off. */
struct rt_way *rt_exception(struct rt_way *base, be32 daddr);
extern u32 rt_nr_exceptions;
/* A gateway has told of a better one (RFC 1122 §3.2.2.2). True if it was believed. Softirq. */
bool ip_rt_redirect(be32 daddr, be32 old_gw, be32 new_gw, struct net_device *dev);
void rt_exception_init(void);

extern u32 rt_genid;
