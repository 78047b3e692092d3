/*
 * What goes out (RFC 2453 §3.10): all routes every half minute, changed ones sooner, and answers.
 * Split horizon with poisoned reverse: a network hears that what it has told us is unreachable over
 * us.
 */
#include "rip.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "../lib/inaddr.h"

/* A packet in the making. */
struct packet {
	const struct rip_link *link;
	in_addr_t to; /* 0: all on the link */
	int port;
	bool whole, changed_only, poison_all;
	struct rip_msg m;
};

static void flush(struct rip *r, struct packet *p)
{
	uint8_t buf[RIP_MAX_PACKET];
	size_t len;

	if (!p->m.n)
		return;
	len = rip_build(buf, &p->m, &r->auth, ++r->seq);
	r->count.sent++;
	r->ops->send(r, p->link, p->to, p->port, buf, len);
	p->m.n = 0;
}

static void put(struct rip *r, struct packet *p, const struct rip_entry *e)
{
	p->m.entry[p->m.n++] = *e;
	if (p->m.n == rip_room(&r->auth))
		flush(r, p);
}

/* Version 1 tells of networks that its hearers can guess the mask of: whole classes, subnets of
 * theirs, hosts, and the default. */
static bool fits_version_1(const struct rip_link *l, const struct rip_route *rt)
{
	in_addr_t link_class = inaddr_mask(inaddr_classful_len(l->addr));

	if (!rt->dst || rt->mask == INADDR_BROADCAST)
		return true;
	if (((rt->dst ^ l->addr) & link_class) == 0)
		return rt->mask == l->mask;
	return rt->mask == inaddr_mask(inaddr_classful_len(rt->dst));
}

/* Over a link we say of a network on it nothing, and of what it has taught us: 16. */
static int metric_over(const struct rip_link *l, const struct rip_route *rt)
{
	return rt->gateway && !strcmp(rt->dev, l->dev) ? RIP_INFINITY : rt->metric;
}

static void put_route(struct rip *r, struct rip_route *rt, void *arg)
{
	struct packet *p = arg;
	const struct rip_link *l = p->link;
	struct rip_entry e = {
		.family = AF_INET, .tag = rt->tag, .addr = rt->dst, .mask = rt->mask
	};

	if (p->changed_only && !rt->changed)
		return;
	if (!rt->gateway && rt->dst == (l->addr & l->mask) && rt->mask == l->mask)
		return;
	if (p->m.version < 2 && !fits_version_1(l, rt))
		return;
	e.metric = (uint32_t)(p->poison_all ? RIP_INFINITY : metric_over(l, rt));
	put(r, p, &e);
}

static void put_default(struct rip *r, struct packet *p)
{
	struct rip_entry e = { .family = AF_INET, .metric = (uint32_t)r->default_metric };

	if (p->poison_all)
		e.metric = RIP_INFINITY;
	if (r->default_metric && !p->changed_only && !rip_find(r, 0, 0))
		put(r, p, &e);
}

static void send_routes(struct rip *r, struct packet *p)
{
	put_default(r, p);
	rip_each(r, put_route, p);
	flush(r, p);
}

static void to_all(struct rip *r, bool changed_only, bool poison_all)
{
	/* One speaks with a network once, however many of our addresses are on it. */
	for (int i = 0; i < r->nr_links; i++) {
		struct packet p = { .link = &r->link[i],
				    .port = RIP_PORT,
				    .changed_only = changed_only,
				    .poison_all = poison_all,
				    .m = { .command = RIP_RESPONSE,
					   .version = (uint8_t)r->version } };

		if (r->link[i].up && r->link[i].speaks)
			send_routes(r, &p);
	}
}

static void unchanged(struct rip *r, struct rip_route *rt, void *arg)
{
	rt->changed = false;
}

void rip_update(struct rip *r, bool changed_only)
{
	if (r->supply)
		to_all(r, changed_only, false);
	rip_each(r, unchanged, NULL);
}

void rip_farewell(struct rip *r)
{
	if (r->supply)
		to_all(r, false, true);
}

void rip_ask(struct rip *r, const struct rip_link *link)
{
	struct packet p = { .link = link,
			    .port = RIP_PORT,
			    .m = { .command = RIP_REQUEST, .version = (uint8_t)r->version } };
	struct rip_entry all = { .metric = RIP_INFINITY };

	put(r, &p, &all);
	flush(r, &p);
}

void rip_answer(struct rip *r, const struct rip_link *link, in_addr_t to, int port, int version)
{
	struct packet p = { .link = link,
			    .to = to,
			    .port = port,
			    .m = { .command = RIP_RESPONSE,
				   .version = (uint8_t)(version < 2 ? 1 : 2) } };

	send_routes(r, &p);
}

/* A question of a program for single networks: the plain truth, without split horizon (§3.9.1). */
void rip_answer_some(struct rip *r, const struct rip_link *link, in_addr_t to, int port,
		     struct rip_msg *m)
{
	uint8_t buf[RIP_MAX_PACKET];
	size_t len;

	for (int i = 0; i < m->n; i++) {
		struct rip_entry *e = &m->entry[i];
		in_addr_t mask =
			e->mask || !e->addr ? e->mask : inaddr_mask(inaddr_classful_len(e->addr));
		const struct rip_route *rt = rip_find(r, e->addr, mask);

		e->metric = rt && e->family == AF_INET ? (uint32_t)rt->metric : RIP_INFINITY;
	}
	m->command = RIP_RESPONSE;
	len = rip_build(buf, m, &r->auth, ++r->seq);
	r->count.sent++;
	r->ops->send(r, link, to, port, buf, len);
}
