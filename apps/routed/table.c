/*
 * Routes and their timers (RFC 2453 §3.8): each is renewed by who told of it, unreachable when
 * nobody does for 180 s, and forgotten 120 s after that. What changes is told to all a few seconds
 * later.
 */
#include "rip.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "../lib/inaddr.h"

#define UPDATE_TIME (30 * RIP_SEC)
#define TIMEOUT_TIME (180 * RIP_SEC)
#define GARBAGE_TIME (120 * RIP_SEC)

void rip_log(const struct rip *r, const char *fmt, ...)
{
	char text[160];
	va_list args;

	if (!r->trace)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("routed: %s\n", text);
	fflush(stdout);
}

void rip_init(struct rip *r, const struct rip_ops *ops, int64_t now, struct rip_route *pool, int n)
{
	memset(r, 0, sizeof(*r));
	r->ops = ops;
	r->version = 2;
	r->supply = true;
	r->update_time = UPDATE_TIME;
	r->timeout_time = TIMEOUT_TIME;
	r->garbage_time = GARBAGE_TIME;
	r->dice = 1;
	r->now = now;
	r->next_update = now;
	while (n--) {
		pool[n].next = r->spare;
		r->spare = &pool[n];
	}
	/* Never lower than before a restart: the clock of the world would be better (RFC 2082
	 * §3.2.1). */
	r->seq = (uint32_t)(now / RIP_SEC);
}

static struct rip_route **bucket_of(const struct rip *r, in_addr_t dst, in_addr_t mask)
{
	uint32_t hash = (ntohl(dst) ^ ntohl(mask) * 31) * 0x9e3779b1u;

	return (struct rip_route **)&r->bucket[hash >> 24];
}

struct rip_route *rip_find(const struct rip *r, in_addr_t dst, in_addr_t mask)
{
	for (struct rip_route *rt = *bucket_of(r, dst, mask); rt; rt = rt->next)
		if (rt->dst == dst && rt->mask == mask)
			return rt;
	return NULL;
}

struct rip_route *rip_add(struct rip *r, in_addr_t dst, in_addr_t mask)
{
	struct rip_route **bucket = bucket_of(r, dst, mask), *rt = r->spare;

	if (!rt)
		return NULL;
	r->spare = rt->next;
	memset(rt, 0, sizeof(*rt));
	rt->dst = dst;
	rt->mask = mask;
	rt->metric = RIP_INFINITY;
	rt->next = *bucket;
	*bucket = rt;
	r->nr_routes++;
	return rt;
}

void rip_each(struct rip *r, void (*fn)(struct rip *r, struct rip_route *rt, void *arg), void *arg)
{
	for (int i = 0; i < RIP_BUCKETS; i++) {
		for (struct rip_route *rt = r->bucket[i], *next; rt; rt = next) {
			next = rt->next;
			fn(r, rt, arg);
		}
	}
}

static void rip_forget(struct rip *r, struct rip_route *rt)
{
	struct rip_route **link = bucket_of(r, rt->dst, rt->mask);

	while (*link != rt)
		link = &(*link)->next;
	*link = rt->next;
	r->nr_routes--;
	rt->next = r->spare;
	r->spare = rt;
}

static void forget_one(struct rip *r, struct rip_route *rt, void *arg)
{
	if (rt->gateway && rt->metric < RIP_INFINITY)
		r->ops->install(r, rt, false);
	rip_forget(r, rt);
}

void rip_free(struct rip *r)
{
	rip_each(r, forget_one, NULL);
}

static void log_route(const struct rip *r, const char *what, const struct rip_route *rt)
{
	char dst[INET_ADDRSTRLEN], gw[INET_ADDRSTRLEN];

	rip_log(r, "%s %s/%d via %s %s metric %d", what, inaddr_str(rt->dst, dst),
		inaddr_prefixlen(rt->mask), inaddr_str(rt->gateway, gw), rt->dev, rt->metric);
}

/* A number below @bound (xorshift: nobody has to be kept from guessing it). */
static int64_t chance(struct rip *r, int64_t bound)
{
	r->dice ^= r->dice << 13;
	r->dice ^= r->dice >> 7;
	r->dice ^= r->dice << 17;
	return (int64_t)(r->dice >> 1) % bound;
}

/* A second to five after the first change, so that many go together (§3.10.1). */
static void trigger(struct rip *r, struct rip_route *rt)
{
	int64_t when = r->now + RIP_SEC + chance(r, 4 * RIP_SEC);

	rt->changed = true;
	if (when < r->quiet_until)
		when = r->quiet_until;
	if (!r->next_triggered || when < r->next_triggered)
		r->next_triggered = when;
}

void rip_touch(struct rip *r, struct rip_route *rt)
{
	rt->timeout = r->now + r->timeout_time;
}

void rip_route_set(struct rip *r, struct rip_route *rt, in_addr_t gateway, const char *dev,
		   int metric)
{
	if (rt->gateway && rt->metric < RIP_INFINITY)
		r->ops->install(r, rt, false);
	rt->gateway = gateway;
	strlcpy(rt->dev, dev, sizeof(rt->dev));
	rt->metric = metric;
	rt->garbage = 0;
	if (gateway)
		r->ops->install(r, rt, true);
	log_route(r, "learned", rt);
	trigger(r, rt);
}

void rip_route_lost(struct rip *r, struct rip_route *rt)
{
	if (rt->metric == RIP_INFINITY)
		return;
	log_route(r, "lost", rt);
	if (rt->gateway)
		r->ops->install(r, rt, false);
	rt->metric = RIP_INFINITY;
	rt->timeout = 0;
	rt->garbage = r->now + r->garbage_time;
	trigger(r, rt);
}

/* ---- the networks that we are on ---- */

const struct rip_link *rip_link_to(const struct rip *r, in_addr_t addr)
{
	for (int i = 0; i < r->nr_links; i++)
		if (r->link[i].up && ((r->link[i].addr ^ addr) & r->link[i].mask) == 0)
			return &r->link[i];
	return NULL;
}

static bool link_is_up(const struct rip *r, const char *dev)
{
	for (int i = 0; i < r->nr_links; i++)
		if (r->link[i].up && !strcmp(r->link[i].dev, dev))
			return true;
	return false;
}

/* We are on it no more, or what led over a link that is down. */
static void check_link(struct rip *r, struct rip_route *rt, void *arg)
{
	const struct rip_link *l;

	if (rt->foreign || rt->metric == RIP_INFINITY)
		return;
	if (rt->gateway) {
		if (!link_is_up(r, rt->dev))
			rip_route_lost(r, rt);
		return;
	}
	l = rip_link_to(r, rt->dst);
	if (!l || l->mask != rt->mask)
		rip_route_lost(r, rt);
}

void rip_links_changed(struct rip *r)
{
	rip_each(r, check_link, NULL);
	for (int i = 0; i < r->nr_links; i++) {
		const struct rip_link *l = &r->link[i];
		struct rip_route *rt = rip_find(r, l->addr & l->mask, l->mask);

		if (!l->up || (rt && !rt->gateway && rt->metric == 1))
			continue;
		if (!rt)
			rt = rip_add(r, l->addr & l->mask, l->mask);
		if (!rt)
			continue;
		rt->timeout = 0;
		rt->from = 0;
		rip_route_set(r, rt, 0, l->dev, 1);
	}
}

/* ---- time ---- */

static void age(struct rip *r, struct rip_route *rt, void *arg)
{
	if (rt->timeout && r->now >= rt->timeout)
		rip_route_lost(r, rt);
	if (rt->garbage && r->now >= rt->garbage)
		rip_forget(r, rt);
}

/* The regular update, up to a sixth earlier or later, so that routers do not fall into step (§3.8).
 */
static int64_t after_update(struct rip *r)
{
	int64_t sixth = r->update_time / 6;

	return r->now + r->update_time - sixth + chance(r, 2 * sixth + 1);
}

static void earliest(struct rip *r, struct rip_route *rt, void *arg)
{
	int64_t *when = arg;

	if (rt->timeout && rt->timeout < *when)
		*when = rt->timeout;
	if (rt->garbage && rt->garbage < *when)
		*when = rt->garbage;
}

int64_t rip_run(struct rip *r)
{
	int64_t when;

	rip_each(r, age, NULL);
	if (r->now >= r->next_update) {
		rip_update(r, false);
		r->next_update = after_update(r);
		r->next_triggered = 0;
	} else if (r->next_triggered && r->now >= r->next_triggered) {
		r->count.triggered++;
		rip_update(r, true);
		r->next_triggered = 0;
		r->quiet_until = r->now + RIP_SEC + chance(r, 4 * RIP_SEC);
	}
	when = r->next_triggered && r->next_triggered < r->next_update ? r->next_triggered :
									 r->next_update;
	rip_each(r, earliest, &when);
	return when;
}
