/* The virtual clock, and what must hold while it runs and at its end; see run.h. */
#include "tests/property/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define STALL (1000 * SECOND)	   /* without any progress, whatever the weather */
#define STALL_CLEAR (200 * SECOND) /* the path being good */
#define AFTERLIFE (2500 * SECOND)  /* of what the programs have left behind */
#define ROUNDS 200000		   /* at one time of the clock */
/* Timers that may fire in a second: for each stack, each connection, each packet. */
#define TIMERS_BASE 100
#define TIMERS_CONN 100
#define TIMERS_PACKET 3

/* ---- what must hold all the time ---- */

static void count_timers(struct run *r)
{
	uint64_t packets = r->path.packets - r->packets_before;
	uint64_t most = TIMERS_BASE + TIMERS_CONN * (uint64_t)r->conns + TIMERS_PACKET * packets;

	if (r->now < r->second_end)
		return;
	for (int i = 0; i < 2; i++) {
		if (r->fired[i] - r->fired_before[i] > most)
			fail("%s: %lu timers in a second with %lu packets", r->stack[i].name,
			     r->fired[i] - r->fired_before[i], packets);
		r->fired_before[i] = r->fired[i];
	}
	r->packets_before = r->path.packets;
	r->second_end = r->now + SECOND;
}

/* An end that only waits cannot know that the other has gone if the RST was lost. */
static bool half_open(const struct conn *c)
{
	return c->may_break && (c->end[0].state == APP_DONE || c->end[1].state == APP_DONE);
}

static void check_progress(struct run *r, struct conn *c)
{
	uint64_t since = c->progress_at, most = STALL;

	/* A silent router's MTU takes several timeouts to find, of up to two minutes each. */
	if (r->path.clear && r->path.tells) {
		since = since > r->path.clear_at ? since : r->path.clear_at;
		most = STALL_CLEAR;
	}
	if (r->now <= since || r->now - since <= most)
		return;
	if (half_open(c))
		c->given_up = true;
	else
		fail("connection %d stalls: client state %d sent %lu/%lu got %lu/%lu, server state %d "
		     "sent %lu/%lu got %lu/%lu",
		     c->number, c->end[0].state, c->end[0].sent, c->end[0].total_out, c->end[0].got,
		     c->end[0].total_in, c->end[1].state, c->end[1].sent, c->end[1].total_out,
		     c->end[1].got, c->end[1].total_in);
}

/* ---- the clock ---- */

static void advance(struct run *r, uint64_t to)
{
	for (int i = 0; i < 2; i++) {
		if (r->stack[i].next_timer() <= to)
			r->fired[i]++;
		r->stack[i].advance(to - r->now);
	}
	r->now = to;
	count_timers(r);
}

static uint64_t next_event(struct run *r)
{
	uint64_t next = path_next(&r->path);

	for (int i = 0; i < 2; i++) {
		uint64_t timer = r->stack[i].next_timer();

		next = timer < next ? timer : next;
	}
	return next;
}

static uint64_t next_of_apps(const struct run *r)
{
	uint64_t next = STACK_NEVER;

	for (int i = 0; i < 2 * r->conns; i++) {
		uint64_t own = app_next(&r->conn[i / 2].end[i % 2]);

		next = own < next ? own : next;
	}
	return next;
}

/* ---- the programs ---- */

/* One that is a ghost of another - a SYN with data or a cookie that came twice (RFC 7413 §2.1), or
 * an attempt that was given up - is closed. */
static void accepted(struct run *r, int i, int fd, int port)
{
	unsigned int number = (unsigned int)(port - APP_LOCAL_PORT) % 100;
	struct conn *c = &r->conn[number];

	if (number >= (unsigned int)r->conns || c->end[1].stack != &r->stack[i])
		fail("%s: accepted a connection from port %d", r->stack[i].name, port);
	else if (c->accepted && !c->end[0].fast_open && !c->cookies && c->tries < 2)
		fail("%s: accepted connection %u twice", r->stack[i].name, number);
	else if (!c->accepted) {
		app_accepted(c, fd, r->now);
		return;
	}
	r->stack[i].close(fd);
}

static bool accept_all(struct run *r, int i)
{
	struct sockaddr_in from;
	unsigned int len = sizeof(from);
	bool any = false;
	int fd;

	while ((fd = r->stack[i].accept(r->listener[i], &from, &len)) >= 0) {
		accepted(r, i, fd, ntohs(from.sin_port));
		any = true;
	}
	if (fd != -EAGAIN)
		fail("%s: accept: %s", r->stack[i].name, strerror(-fd));
	return any;
}

/* Asks the stack which of its programs can go on. */
static void look(struct run *r, int i)
{
	struct pollfd fds[2 * MAX_CONNS];
	struct app *apps[2 * MAX_CONNS];
	unsigned long n = 0;

	for (int k = 0; k < 2 * r->conns; k++) {
		struct app *a = &r->conn[k / 2].end[k % 2];

		if (a->stack != &r->stack[i] || !app_events(a))
			continue;
		apps[n] = a;
		fds[n++] = (struct pollfd){ .fd = a->fd, .events = app_events(a) };
	}
	if (!n || r->stack[i].poll(fds, n) <= 0)
		return;
	for (unsigned long k = 0; k < n; k++) {
		if (fds[k].revents & (POLLOUT | POLLERR | POLLHUP))
			apps[k]->write_blocked = false;
		if (fds[k].revents & (POLLIN | POLLERR | POLLHUP))
			apps[k]->read_blocked = false;
	}
}

static bool run_apps(struct run *r)
{
	bool any = false;

	for (int i = 0; i < 2; i++) {
		any = accept_all(r, i) || any;
		look(r, i);
	}
	for (int i = 0; i < 2 * r->conns; i++)
		any = app_run(&r->conn[i / 2], &r->conn[i / 2].end[i % 2], r->now) || any;
	return any;
}

static bool conn_is_done(const struct conn *c)
{
	const struct app *server = &c->end[1];

	return c->end[0].state == APP_DONE &&
	       (server->state == APP_DONE || (c->may_break && !c->accepted));
}

static bool all_done(const struct run *r)
{
	for (int i = 0; i < r->conns; i++) {
		if (!conn_is_done(&r->conn[i]))
			return false;
	}
	return true;
}

/* ---- the run ---- */

/* All that happens at this time. */
static void settle(struct run *r, bool programs)
{
	for (int round = 0; !app_failure; round++) {
		bool any = path_move(&r->path, r->now);

		any = (programs && run_apps(r)) || any;
		if (!any)
			return;
		if (round == ROUNDS)
			fail("time stands still");
	}
}

static void live(struct run *r)
{
	settle(r, true);
	while (!app_failure && !all_done(r)) {
		uint64_t next = next_event(r), own = next_of_apps(r);

		next = own < next ? own : next;
		if (next == STACK_NEVER) {
			next = r->now + STALL + SECOND; /* nobody will ever do anything */
			r->path.clear = true;
		}
		advance(r, next);
		for (int i = 0; i < r->conns; i++) {
			if (!conn_is_done(&r->conn[i]))
				check_progress(r, &r->conn[i]);
		}
		settle(r, true);
	}
}

/* The programs are through: TIME-WAIT passes, and what was closed early is given up. */
static void die_out(struct run *r)
{
	uint64_t end = r->now + AFTERLIFE;
	const char *why = NULL;

	for (int i = 0; i < 2; i++)
		r->stack[i].close(r->listener[i]);
	settle(r, false);
	while (!app_failure) {
		uint64_t next = next_event(r);

		if (path_is_quiet(&r->path) && stack_is_empty(&r->stack[0], &why) &&
		    stack_is_empty(&r->stack[1], &why))
			return;
		if (next > end) {
			fail("this is left: %s", why ? why : "packets");
			return;
		}
		advance(r, next);
		settle(r, false);
	}
}

void run(struct run *r)
{
	live(r);
	if (!app_failure)
		die_out(r);
}
