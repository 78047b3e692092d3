/*
 * The RIP machine (RFC 2453 §3): a table of routes with their timers, what comes in, what goes out.
 * It knows the time only from its caller and the world only through struct rip_ops, so that it runs
 * in a test as it does in routed.c.
 *
 *   wire.c  bytes      table.c  routes and timers      input.c  requests and responses
 *   output.c  updates  links.c  interfaces and ioctls  md5.c
 */
#pragma once

#include <net/if.h>
#include <stdio.h>

#include "wire.h"

#define RIP_SEC 1000000000LL
#define RIP_MAX_LINKS 64
#define RIP_BUCKETS 256

/* A network that we are on: an address of an interface. */
struct rip_link {
	char dev[IFNAMSIZ]; /* without an alias' suffix */
	int ifindex;
	in_addr_t addr, mask, broadcast;
	bool up;	/* the interface is, and has a carrier */
	bool speaks;	/* RIP is spoken on it: no loopback, not left out with -i */
	bool multicast; /* we have joined 224.0.0.9 there */
	bool seen;	/* by the present look at the interfaces */
};

/* Where the last keyed packet of a neighbour stood (RFC 2082 §3.2.2). */
#define RIP_MAX_NEIGHBOURS 64
struct rip_neighbour {
	in_addr_t addr;
	uint32_t seq;
	int64_t heard;
};

struct rip_route {
	struct rip_route *next;
	in_addr_t dst, mask;
	in_addr_t gateway; /* 0: we are on it, or it is from the kernel's table (@foreign) */
	in_addr_t from;	   /* who told us; 0: nobody */
	char dev[IFNAMSIZ];
	uint16_t tag;
	int metric;
	int64_t timeout; /* when it becomes unreachable; 0: never */
	int64_t garbage; /* when it is forgotten; 0: it is reachable */
	bool changed;	 /* since the last update */
	bool foreign;	 /* somebody else's route in the kernel, told on with -r */
	bool seen;
};

struct rip;
struct rip_ops {
	/* @to 0: to all RIP routers on @link. */
	void (*send)(struct rip *r, const struct rip_link *link, in_addr_t to, int port,
		     const uint8_t *data, size_t len);
	/* The kernel's table: @add false takes it out. */
	void (*install)(struct rip *r, const struct rip_route *rt, bool add);
};

struct rip_counts {
	unsigned long requests, responses, bad_packets, bad_routes, sent, triggered, dropped;
};

struct rip {
	const struct rip_ops *ops;
	void *arg; /* the ops' own */
	/* set by the user */
	int version; /* what we send: 1 or 2 */
	bool supply, trace, redistribute;
	int default_metric; /* offer ourselves as default router; 0: no */
	struct rip_auth auth;
	int64_t update_time, timeout_time, garbage_time; /* ns: 30 s, 180 s, 120 s */

	int64_t now;			     /* ns; set by the callers of the functions below */
	int64_t next_update, next_triggered; /* 0: no triggered update is due */
	int64_t quiet_until;		     /* no triggered update before */
	uint32_t seq;
	uint64_t dice; /* not 0 */
	struct rip_link link[RIP_MAX_LINKS];
	int nr_links;
	struct rip_neighbour neighbour[RIP_MAX_NEIGHBOURS];
	struct rip_route *bucket[RIP_BUCKETS], *spare;
	int nr_routes;
	struct rip_counts count;
};

/* ---- table.c ---- */

/* @pool: room for as many routes as there will ever be, zeroed. */
void rip_init(struct rip *r, const struct rip_ops *ops, int64_t now, struct rip_route *pool, int n);
void rip_free(struct rip *r);
struct rip_route *rip_find(const struct rip *r, in_addr_t dst, in_addr_t mask);
/* A new one, reachable in no way yet. NULL: the table is full. */
struct rip_route *rip_add(struct rip *r, in_addr_t dst, in_addr_t mask);
/* @rt leads via @gateway over @dev from now on; the kernel is told. */
void rip_route_set(struct rip *r, struct rip_route *rt, in_addr_t gateway, const char *dev,
		   int metric);
/* It leads nowhere any more: told so for garbage_time, then forgotten (RFC 2453 §3.8). */
void rip_route_lost(struct rip *r, struct rip_route *rt);
void rip_touch(struct rip *r, struct rip_route *rt); /* its timeout starts anew */
/* The routes to the networks that we are on follow r->link. */
void rip_links_changed(struct rip *r);
/* Does what is due; when to come again. */
int64_t rip_run(struct rip *r);
/* Calls @fn for every route; it may not remove any but its own. */
void rip_each(struct rip *r, void (*fn)(struct rip *r, struct rip_route *rt, void *arg), void *arg);
const struct rip_link *rip_link_to(const struct rip *r,
				   in_addr_t addr); /* the network @addr is on */
void rip_log(const struct rip *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- input.c ---- */

/* A datagram that came from @from:@port over the interface @ifindex. */
void rip_input(struct rip *r, const uint8_t *data, size_t len, in_addr_t from, int port,
	       int ifindex);

/* ---- output.c ---- */

void rip_ask(struct rip *r, const struct rip_link *link); /* for the whole table */
/* All routes (or those that have changed) to all routers on all links. */
void rip_update(struct rip *r, bool changed_only);
/* All routes to one who asked. */
void rip_answer(struct rip *r, const struct rip_link *link, in_addr_t to, int port, int version);
/* What the entries of a request get; they are filled in. */
void rip_answer_some(struct rip *r, const struct rip_link *link, in_addr_t to, int port,
		     struct rip_msg *m);
/* "All that I know is unreachable", on the way out. */
void rip_farewell(struct rip *r);

/* ---- links.c: the world ---- */

/* Reads the interfaces and all their addresses into r->link. True: something is different. */
bool links_read(struct rip *r, int fd, const char *only);
int links_socket(void);
void links_join(struct rip *r, int fd);
void links_send(struct rip *r, const struct rip_link *link, in_addr_t to, int port,
		const uint8_t *data, size_t len);
void kernel_install(struct rip *r, const struct rip_route *rt, bool add);
/* Others' routes in the kernel become ours to tell (-r). */
void kernel_read(struct rip *r);
/* Takes out what one of us has left there that did not end in peace: it is known by its protocol.
 */
void kernel_purge(struct rip *r);
