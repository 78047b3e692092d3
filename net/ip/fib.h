/*
 * The forwarding information base, as the guides draw it:
 *
 *   table (local, main) -> zone (one for each prefix length) -> hashed nodes -> shared fib_info
 *
 * A node is a prefix; a fib_info is all that routes may have in common: next hops, metric,
 * preferred source. A table is reached only through its operations, so that another way to find
 * the longest match can stand beside fib_hash.c. All of it is guarded by bh-disable.
 */
#pragma once

#include "net/ip/inet_addr.h"
#include "net/ip/route.h"

#define FIB_MAX_NH RT_MAX_NH

/* One next hop. */
struct fib_nh {
	struct net_device *dev; /* NULL: of a route that only says no */
	be32 gateway;		/* 0: the destination itself */
	u8 scope;   /* of what is behind it: HOST: an address of ours; LINK: a gateway */
	u8 flags;   /* RTNH_F_* */
	u16 weight; /* 1 to 256 */
	u32 realm;
};

/* What routes share: found by content, so equal ones exist once. */
struct fib_info {
	struct hlist_node hash;
	u32 refs; /* nodes that point here; the last one to go frees it */
	u32 priority, mtu;
	be32 prefsrc;
	u8 protocol, scope;
	u8 nhs;
	bool dead; /* no next hop is left: its nodes go at the next flush */
	struct fib_nh nh[];
};

/* What a lookup is asked. */
struct fib_flow {
	be32 dst, src; /* src: only spreads flows over several next hops */
	int oif;       /* not 0: over that device only */
	u8 tos;
	u8 scope; /* nothing wider than this: RT_SCOPE_UNIVERSE finds all */
};

/* What it answers. Borrowed: good until bottom halves are on again. */
struct fib_result {
	struct fib_info *fi;
	u8 type, scope, prefixlen;
	u8 nh_sel; /* which of fi->nh[] */
	u8 table;
	u64 tried; /* bit per prefix length that was looked into */
};
#define FIB_RES_NH(res) ((res)->fi->nh[(res)->nh_sel])

/* A route as dump shows it. */
struct fib_entry {
	be32 dst;
	u8 len, tos, type, scope, table;
	const struct fib_info *fi;
};

struct fib_table;

struct fib_table_ops {
	const char *name;
	/*
	 * The longest match. 0; -ESRCH: none here, ask the next table (a "throw" route says so
	 * too); -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL: a route that says no. @res is filled
	 * except for -ESRCH, where only ->tried is. Softirq or bh off.
	 */
	int (*lookup)(struct fib_table *t, const struct fib_flow *flow, struct fib_result *res);
	/* Takes over one reference to @fi, also when it fails. RT_* of cfg->how decides between
	 * equals. -EEXIST, -ENOENT, -ENOMEM. Task, bh off. */
	int (*insert)(struct fib_table *t, const struct route_config *cfg, struct fib_info *fi);
	/* The first route that @cfg describes; what is 0 or NULL in it matches all. -ESRCH. Task,
	 * bh off. */
	int (*delete)(struct fib_table *t, const struct route_config *cfg);
	/* Removes the routes whose info is dead; their number. Task, bh off. */
	u32 (*flush)(struct fib_table *t);
	/*
	 * Shows some routes, longest prefixes first, from *@at (0: the first) on, which it moves;
	 * false: those were the last. Routes may come and go between two calls: each of those that
	 * stay is shown once. Bh off, for a bounded time.
	 */
	bool (*dump)(const struct fib_table *t, u64 *at,
		     void (*fn)(const struct fib_entry *fe, void *arg), void *arg);
	/* @res is one of several default routes of one metric: puts one there whose gateway
	 * answers. Softirq or bh off. */
	void (*select_default)(struct fib_table *t, const struct fib_flow *flow,
			       struct fib_result *res);
};

struct fib_table {
	u8 id;
	const struct fib_table_ops *ops;
	void *data; /* the implementation's */
};

/* Makes a table of zones, empty. Boot, or a test's task; panics without memory. */
void fib_hash_init(struct fib_table *t, u8 id);

/* Table @id; 0 is main. NULL: there is none. */
struct fib_table *fib_get_table(u32 id);
/*
 * Local, then main. 0 or -errno as the tables' lookup, -ENETUNREACH where no route leads. Of
 * several next hops the flow's is chosen. Softirq or bh off.
 */
int fib_lookup(const struct fib_flow *flow, struct fib_result *res);
/* Whether routing sends to @addr on @dev without a gateway. Softirq or bh off. */
bool fib_is_neighbour(be32 addr, const struct net_device *dev);

/* ---- shared infos: fib_info.c ---- */

/* The info that @cfg asks for, checked (RFC 1812 §5.2.4.3) and shared; a reference, or -errno in
 * *@err. Task, bh off. */
struct fib_info *fib_info_get(const struct route_config *cfg, int *err);
void fib_info_put(struct fib_info *fi);
/* Whether @fi is what @cfg names by gateway, device or next hops. */
bool fib_info_matches(const struct fib_info *fi, const struct route_config *cfg);
/* Whether @fi serves @flow: sets res->nh_sel to the first next hop that lives. */
bool fib_info_usable(const struct fib_info *fi, const struct fib_flow *flow,
		     struct fib_result *res);
/* Chooses among the living next hops by weight, the same for all packets of a flow. */
void fib_select_multipath(const struct fib_flow *flow, struct fib_result *res);
/* Marks what cannot be reached any more: over @dev, or from @local. Number of infos that died. */
u32 fib_sync_down(const struct net_device *dev, be32 local);
/* Next hops over @dev live again; their number. */
u32 fib_sync_up(const struct net_device *dev);
/* Whether some route has the gateway @addr over @dev. */
bool fib_is_gateway(be32 addr, const struct net_device *dev);
u32 fib_info_count(void);
void fib_info_init(void);

void fib_init(void);
