/*
 * The state machine of client.h: each state has what it does on a timeout and what it does with an
 * answer.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "client.h"

#define SECONDS(s) ((int64_t)(s)*NSEC_PER_SEC)
#define MAX_BACKOFF 64 /* s; RFC 2131 §4.1 */
#define MAX_REQUESTS 4
#define DECLINE_WAIT 10	  /* s; RFC 2131 §3.1.5 */
#define MIN_RENEW_WAIT 60 /* s; RFC 2131 §4.4.5 */
#define MIN_BOUND 1	  /* s before a lease is renewed, however short the server has made it */
#define SILENCE_TRIES 2	  /* unanswered messages before we say so */

/* 1, 2, 4 … 64 s, each up to a quarter more or less: clients that started together drift apart. */
static int64_t backoff(struct dhcp_client *c)
{
	int64_t base = SECONDS(c->tries < 6 ? 1 << c->tries : MAX_BACKOFF);

	return base - base / 4 + (base / 2) / 1024 * (c->ops->random(c) & 1023);
}

static struct dhcp_msg message(struct dhcp_client *c, enum dhcp_type type, int64_t now)
{
	int64_t secs = (now - c->started) / NSEC_PER_SEC;
	struct dhcp_msg m = { .type = type, .xid = c->xid, .hostname = c->hostname };

	m.secs = secs > 0xffff ? 0xffff : secs;
	memcpy(m.chaddr, c->hwaddr, sizeof(m.chaddr));
	return m;
}

static void new_exchange(struct dhcp_client *c, enum dhcp_state state, int64_t now)
{
	c->state = state;
	c->xid = c->ops->random(c);
	c->started = c->asked = now;
	c->tries = 0;
}

static void send_discover(struct dhcp_client *c, int64_t now)
{
	struct dhcp_msg m = message(c, DHCPDISCOVER, now);

	c->secs = m.secs;
	m.broadcast = true;
	m.requested = c->wanted;
	c->ops->send(c, &m, 0);
	c->deadline = now + backoff(c);
	c->tries++;
}

static void send_request(struct dhcp_client *c, int64_t now)
{
	struct dhcp_msg m = message(c, DHCPREQUEST, now);

	m.secs = c->secs;
	m.broadcast = true;
	m.requested = c->offer.yiaddr;
	m.server_id = c->offer.server_id;
	c->ops->send(c, &m, 0);
	c->deadline = now + backoff(c);
	c->tries++;
}

/* RENEWING asks the server that gave the lease, REBINDING anyone. Neither names a server or an
 * address (RFC 2131 §4.3.2). */
static void send_renewal(struct dhcp_client *c, int64_t now)
{
	struct dhcp_msg m = message(c, DHCPREQUEST, now);
	bool renewing = c->state == DHCP_RENEWING;
	int64_t end = renewing ? c->t2 : c->expiry;
	int64_t wait = (end - now) / 2;

	m.ciaddr = c->lease.yiaddr;
	c->ops->send(c, &m, renewing ? c->lease.server_id : 0);
	if (wait < SECONDS(MIN_RENEW_WAIT))
		wait = SECONDS(MIN_RENEW_WAIT);
	c->deadline = end - now < wait ? end : now + wait;
}

static void restart(struct dhcp_client *c, int64_t now, int64_t delay)
{
	new_exchange(c, DHCP_INIT, now);
	memset(&c->offer, 0, sizeof(c->offer));
	c->deadline = now + delay;
}

void dhcp_start(struct dhcp_client *c, int64_t now)
{
	restart(c, now, 0);
	dhcp_timeout(c, now);
}

static void lose(struct dhcp_client *c, const char *why, int64_t now)
{
	c->ops->log(c, why);
	c->ops->lost(c);
	c->wanted = c->lease.yiaddr;
	memset(&c->lease, 0, sizeof(c->lease));
	restart(c, now, 0);
}

/* What the lease's age asks for: renewal, rebinding, or its end. */
static void renew(struct dhcp_client *c, int64_t now)
{
	if (now >= c->expiry) {
		lose(c, "the lease has expired", now);
		return;
	}
	if (c->state == DHCP_BOUND)
		new_exchange(c, DHCP_RENEWING, now);
	if (c->state == DHCP_RENEWING && now >= c->t2) {
		c->ops->log(c, "the server does not renew the lease, asking any other");
		new_exchange(c, DHCP_REBINDING, now);
	}
	send_renewal(c, now);
}

static void say_silence(struct dhcp_client *c)
{
	if (c->tries != SILENCE_TRIES || c->silence_said)
		return;
	c->silence_said = true;
	c->ops->log(c, "no answer from any DHCP server, still trying");
}

void dhcp_timeout(struct dhcp_client *c, int64_t now)
{
	switch (c->state) {
	case DHCP_INIT:
		new_exchange(c, DHCP_SELECTING, now);
		send_discover(c, now);
		break;
	case DHCP_SELECTING:
		say_silence(c);
		send_discover(c, now);
		break;
	case DHCP_REQUESTING:
		if (c->tries < MAX_REQUESTS) {
			send_request(c, now);
		} else {
			c->ops->log(
				c, "the server offers but does not answer requests, starting over");
			restart(c, now, SECONDS(1));
		}
		break;
	case DHCP_BOUND:
	case DHCP_RENEWING:
	case DHCP_REBINDING:
		renew(c, now);
		break;
	}
}

/* When to renew: as the server says, if that makes sense, else at 1/2 and 7/8 of the lease (RFC
 * 2131 §4.4.5). */
static void set_times(struct dhcp_client *c, int64_t from)
{
	uint32_t lease = c->lease.lease;
	uint64_t t1 = c->lease.t1, t2 = c->lease.t2;

	if (lease == DHCP_INFINITE) {
		c->t1 = c->t2 = c->expiry = INT64_MAX;
		return;
	}
	if (!t2 || t2 >= lease)
		t2 = (uint64_t)lease * 7 / 8;
	if (!t1 || t1 >= t2)
		t1 = lease / 2 < t2 ? lease / 2 : t2 / 2;
	c->t1 = from + SECONDS(t1);
	c->t2 = from + SECONDS(t2);
	c->expiry = from + SECONDS(lease);
}

static void decline(struct dhcp_client *c, const struct dhcp_view *v, int64_t now)
{
	struct dhcp_msg m = message(c, DHCPDECLINE, now);
	char text[96], addr[INET_ADDRSTRLEN];

	m.requested = v->yiaddr;
	m.server_id = v->server_id;
	m.message = "address in use";
	c->ops->send(c, &m, 0);
	snprintf(text, sizeof(text), "%s is in use by somebody else, declined",
		 inaddr_str(v->yiaddr, addr));
	c->ops->log(c, text);
	c->wanted = 0;
	restart(c, now, SECONDS(DECLINE_WAIT));
}

static bool same_config(const struct dhcp_view *a, const struct dhcp_view *b)
{
	return a->yiaddr == b->yiaddr && a->mask == b->mask && a->router == b->router &&
	       a->nr_dns == b->nr_dns && !memcmp(a->dns, b->dns, sizeof(a->dns)) &&
	       a->nr_routes == b->nr_routes && !memcmp(a->routes, b->routes, sizeof(a->routes)) &&
	       a->mtu == b->mtu && a->broadcast == b->broadcast && !strcmp(a->domain, b->domain);
}

static void take_lease(struct dhcp_client *c, const struct dhcp_view *v, int64_t now)
{
	bool fresh = !dhcp_has_lease(c) || !same_config(v, &c->lease);
	in_addr_t server = v->server_id ? v->server_id : c->lease.server_id;

	if (!dhcp_has_lease(c) && c->ops->in_use(c, v->yiaddr)) {
		decline(c, v, now);
		return;
	}
	c->lease = *v;
	c->lease.server_id = server;
	/* The lease runs from when we asked for it, not from when the answer came. */
	set_times(c, c->asked);
	c->state = DHCP_BOUND;
	c->deadline = c->t1 > now + SECONDS(MIN_BOUND) ? c->t1 : now + SECONDS(MIN_BOUND);
	c->wanted = v->yiaddr;
	c->silence_said = false;
	c->ops->bound(c, fresh);
}

static void refused(struct dhcp_client *c, const struct dhcp_view *v, int64_t now)
{
	char text[192];

	snprintf(text, sizeof(text), "the server refuses (NAK)%s%s", *v->message ? ": " : "",
		 v->message);
	if (dhcp_has_lease(c)) {
		lose(c, text, now);
	} else {
		c->ops->log(c, text);
		restart(c, now, SECONDS(1));
	}
	c->wanted = 0;
}

/* A network's first and last address are nobody's. */
static bool is_host(in_addr_t addr, in_addr_t mask)
{
	int len = inaddr_prefixlen(mask);

	return len <= 0 || len > 30 || ((addr & ~mask) && (addr & ~mask) != ~mask);
}

static bool usable(const struct dhcp_view *v)
{
	uint32_t addr = ntohl(v->yiaddr);

	return v->lease && addr >> 24 && addr >> 24 != 127 && addr >> 24 < 224 &&
	       is_host(v->yiaddr, v->mask);
}

void dhcp_answer(struct dhcp_client *c, const struct dhcp_view *v, int64_t now)
{
	if (v->xid != c->xid || memcmp(v->chaddr, c->hwaddr, sizeof(c->hwaddr)))
		return;
	switch (c->state) {
	case DHCP_SELECTING:
		if (v->type != DHCPOFFER || !v->server_id || !usable(v))
			return;
		c->offer = *v;
		c->state = DHCP_REQUESTING;
		c->asked = now;
		c->tries = 0;
		send_request(c, now);
		return;
	case DHCP_REQUESTING:
	case DHCP_RENEWING:
	case DHCP_REBINDING:
		/* A NAK from a server whose offer we did not take is not meant for us. */
		if (c->state == DHCP_REQUESTING && v->server_id != c->offer.server_id)
			return;
		if (v->type == DHCPNAK)
			refused(c, v, now);
		else if (v->type == DHCPACK && usable(v))
			take_lease(c, v, now);
		return;
	default:
		return;
	}
}

void dhcp_release(struct dhcp_client *c)
{
	struct dhcp_msg m;

	if (!dhcp_has_lease(c))
		return;
	c->xid = c->ops->random(c);
	m = message(c, DHCPRELEASE, c->started);
	m.ciaddr = c->lease.yiaddr;
	m.server_id = c->lease.server_id;
	c->ops->send(c, &m, c->lease.server_id);
	c->ops->lost(c);
	memset(&c->lease, 0, sizeof(c->lease));
	c->state = DHCP_INIT;
	c->deadline = INT64_MAX;
}
