/*
 * What comes in (RFC 2453 §3.9): requests are answered, responses are believed if their sender is a
 * neighbour of ours, and each of their routes if it can be one.
 */
#include "rip.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "../lib/inaddr.h"

/* A link that is down is none, even if a last message has still come over it. */
static const struct rip_link *link_of(const struct rip *r, int ifindex, in_addr_t from)
{
	for (int i = 0; i < r->nr_links; i++) {
		const struct rip_link *l = &r->link[i];

		if (l->ifindex == ifindex && l->up && l->speaks &&
		    ((l->addr ^ from) & l->mask) == 0)
			return l;
	}
	return NULL;
}

static bool is_ours(const struct rip *r, in_addr_t addr)
{
	for (int i = 0; i < r->nr_links; i++)
		if (r->link[i].addr == addr)
			return true;
	return false;
}

/* ---- keyed packets come in order ---- */

static struct rip_neighbour *neighbour_of(struct rip *r, in_addr_t addr)
{
	struct rip_neighbour *oldest = &r->neighbour[0];

	for (int i = 0; i < RIP_MAX_NEIGHBOURS; i++) {
		struct rip_neighbour *n = &r->neighbour[i];

		if (n->addr == addr)
			return n;
		if (n->heard < oldest->heard)
			oldest = n;
	}
	*oldest = (struct rip_neighbour){ .addr = addr };
	return oldest;
}

/* A number lower than the last is one of old, unless its sender has been silent for so long that it
 * may have started anew. */
static bool sequence_good(struct rip *r, in_addr_t from, uint32_t seq)
{
	struct rip_neighbour *n;

	if (r->auth.kind != RIP_AUTH_MD5)
		return true;
	n = neighbour_of(r, from);
	if (n->heard && seq < n->seq && r->now - n->heard < r->timeout_time)
		return false;
	n->seq = seq;
	n->heard = r->now;
	return true;
}

/* ---- one route of a response ---- */

/* Version 1 has no masks: the network's own where we are on it, else the class's; with bits of a
 * host it is a host. */
static in_addr_t guess_mask(const struct rip_link *l, in_addr_t addr)
{
	int len = inaddr_classful_len(addr);
	in_addr_t mask = inaddr_mask(len), link_class = inaddr_mask(inaddr_classful_len(l->addr));

	if (!addr)
		return 0;
	if (((addr ^ l->addr) & link_class) == 0)
		mask = l->mask;
	return addr & ~mask ? INADDR_BROADCAST : mask;
}

static bool address_good(in_addr_t addr, in_addr_t mask)
{
	uint32_t a = ntohl(addr);

	if (inaddr_prefixlen(mask) < 0 || addr & ~mask)
		return false;
	if (!addr)
		return !mask; /* the default route */
	return a >> 24 != 0 && a >> 24 != 127 && a < 0xe0000000;
}

/* A next hop that is a neighbour on the same network is better than a detour over the sender. */
static in_addr_t gateway_of(const struct rip *r, const struct rip_link *l,
			    const struct rip_entry *e, in_addr_t from)
{
	if (e->nexthop && ((e->nexthop ^ l->addr) & l->mask) == 0 && !is_ours(r, e->nexthop))
		return e->nexthop;
	return from;
}

/* §3.9.2's last part: is what we are told better than what we have? */
static void consider(struct rip *r, const struct rip_link *l, struct rip_route *rt,
		     in_addr_t gateway, in_addr_t from, int metric, uint16_t tag)
{
	bool same = rt->from == from && rt->gateway == gateway, told = rt->from == from;
	bool half_gone = rt->timeout && rt->timeout - r->now < r->timeout_time / 2;

	if (told && metric < RIP_INFINITY)
		rip_touch(r, rt);
	if (told && metric == RIP_INFINITY) {
		rip_route_lost(r, rt);
	} else if ((told && (metric != rt->metric || !same)) || metric < rt->metric ||
		   (metric == rt->metric && metric < RIP_INFINITY && half_gone && !told)) {
		rt->from = from;
		rt->tag = tag;
		rip_touch(r, rt);
		rip_route_set(r, rt, gateway, l->dev, metric);
	}
}

static void take_entry(struct rip *r, const struct rip_link *l, const struct rip_entry *e,
		       int version, in_addr_t from)
{
	in_addr_t mask = version >= 2 && (e->mask || !e->addr) ? e->mask : guess_mask(l, e->addr);
	struct rip_route *rt;
	int metric;

	if (e->family != AF_INET || e->metric < 1 || e->metric > RIP_INFINITY ||
	    !address_good(e->addr, mask)) {
		r->count.bad_routes++;
		return;
	}
	metric = e->metric + 1 < RIP_INFINITY ? (int)e->metric + 1 : RIP_INFINITY;
	rt = rip_find(r, e->addr, mask);
	if (rt && ((!rt->gateway && rt->metric < RIP_INFINITY) || rt->foreign))
		return; /* we are on it, or somebody has set it by hand */
	if (!rt && metric == RIP_INFINITY)
		return;
	if (!rt)
		rt = rip_add(r, e->addr, mask);
	if (rt)
		consider(r, l, rt, gateway_of(r, l, e, from), from, metric, e->tag);
	else
		r->count.dropped++;
}

static void take_response(struct rip *r, const struct rip_link *l, const struct rip_msg *m,
			  in_addr_t from, int port)
{
	if (port != RIP_PORT) {
		r->count.bad_packets++;
		return;
	}
	r->count.responses++;
	for (int i = 0; i < m->n; i++)
		take_entry(r, l, &m->entry[i], m->version, from);
}

static void take_request(struct rip *r, const struct rip_link *l, struct rip_msg *m, in_addr_t from,
			 int port)
{
	r->count.requests++;
	if (!m->n || (!r->supply && port == RIP_PORT))
		return;
	if (m->n == 1 && m->entry[0].family == 0 && m->entry[0].metric == RIP_INFINITY)
		rip_answer(r, l, from, port, m->version);
	else
		rip_answer_some(r, l, from, port, m);
}

void rip_input(struct rip *r, const uint8_t *data, size_t len, in_addr_t from, int port,
	       int ifindex)
{
	const struct rip_link *l = link_of(r, ifindex, from);
	char text[INET_ADDRSTRLEN];
	struct rip_msg m;
	uint32_t seq = 0;
	enum rip_bad bad;

	if (is_ours(r, from))
		return;
	bad = rip_parse(data, len, &r->auth, &m, &seq);
	if (!bad && (!l || !sequence_good(r, from, seq)))
		bad = RIP_BAD_AUTH;
	if (bad) {
		r->count.bad_packets++;
		rip_log(r, "from %s: %s", inaddr_str(from, text),
			l ? rip_bad_text(bad) : "not a neighbour");
		return;
	}
	if (m.command == RIP_REQUEST)
		take_request(r, l, &m, from, port);
	else
		take_response(r, l, &m, from, port);
}
