/*
 * Many probes under way at once: sent in order, printed in order, answered in any. How long one
 * waits for an answer depends on what is known already: a hop that has answered once answers again
 * about as fast, and one before a hop that has answered cannot be much slower.
 */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/util.h"
#include "trace.h"

#define LEAST_WAIT (200 * NSEC_PER_MSEC)

static bool under_way(const struct probe *p)
{
	return p->sent_at && !p->done;
}

/* Behind the last hop nothing is sent, and nothing waited for. */
static bool of_interest(const struct trace *t, const struct probe *p)
{
	return p->ttl <= t->end;
}

static int64_t shorter(int64_t wait, int64_t rtt, int times)
{
	int64_t w = rtt * times;

	w = w < LEAST_WAIT ? LEAST_WAIT : w;
	return times && w < wait ? w : wait;
}

/* When to give @p up. */
static int64_t deadline(const struct trace *t, const struct probe *p)
{
	int64_t wait = t->wait;
	int hop = 0;

	for (int i = 0; i < t->next; i++) {
		const struct probe *other = &t->probe[i];

		if (!other->done || other->a.type == ANSWER_NONE || other->ttl < p->ttl ||
		    (hop && other->ttl > hop))
			continue;
		hop = other->ttl;
		wait = shorter(t->wait, other->a.rtt, hop == p->ttl ? t->here : t->near);
	}
	return p->sent_at + wait;
}

static void finish(struct trace *t, struct probe *p)
{
	p->done = true;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	if (p->a.type != ANSWER_NONE && p->a.type != ICMP_TIME_EXCEEDED && p->ttl < t->end)
		t->end = p->ttl;
}

static int send_next(struct trace *t)
{
	struct probe *p = &t->probe[t->next++];

	if (probe_start(t, p) < 0)
		return -1;
	if (p->a.type != ANSWER_NONE)
		finish(t, p);
	return 0;
}

/* Sends as many as may go. *@again: when the next one may. */
static int send_some(struct trace *t, int64_t *again)
{
	int n = 0;

	for (int i = 0; i < t->next; i++)
		n += under_way(&t->probe[i]) && of_interest(t, &t->probe[i]);
	while (n < t->at_once && t->next < t->nr_probes && of_interest(t, &t->probe[t->next])) {
		int64_t now = app_clock_ns();

		if (t->pause && now < *again)
			return 0;
		*again = now + t->pause;
		if (send_next(t) < 0)
			return -1;
		n++;
	}
	*again = INT64_MAX;
	return 0;
}

/* Waits until something has come, or @until. */
static void wait_some(struct trace *t, int64_t until)
{
	struct pollfd fds[MAX_AT_ONCE + 1];
	int64_t left = until - app_clock_ns();
	int n = 0;

	for (int i = 0; t->raw < 0 && i < t->next && n < MAX_AT_ONCE; i++)
		if (under_way(&t->probe[i]))
			fds[n++] = (struct pollfd){ .fd = t->probe[i].fd, .events = POLLIN };
	if (t->raw >= 0)
		fds[n++] = (struct pollfd){ .fd = t->raw, .events = POLLIN };
	poll(fds, n, left > 0 ? (int)(left / NSEC_PER_MSEC) + 1 : 0);
}

static void take_all(struct trace *t)
{
	if (t->raw >= 0)
		syn_take(t);
	for (int i = 0; i < t->next; i++) {
		struct probe *p = &t->probe[i];

		if (t->raw < 0 && under_way(p) && probe_take(t, p)) {
			p->a.rtt = app_clock_ns() - p->sent_at;
			finish(t, p);
		}
		if (p->fd >= 0 && (p->done || app_clock_ns() >= deadline(t, p)))
			finish(t, p);
	}
}

static int64_t next_deadline(const struct trace *t)
{
	int64_t first = INT64_MAX;

	for (int i = 0; i < t->next; i++)
		if (under_way(&t->probe[i]) && deadline(t, &t->probe[i]) < first)
			first = deadline(t, &t->probe[i]);
	return first;
}

int trace_run(struct trace *t, void (*print)(struct trace *t, const struct probe *p))
{
	int64_t again = 0, until;
	int printed = 0;

	while (!app_caught()) {
		while (printed < t->next && t->probe[printed].done &&
		       of_interest(t, &t->probe[printed]))
			print(t, &t->probe[printed++]);
		if (printed == t->nr_probes || !of_interest(t, &t->probe[printed]))
			break;
		if (send_some(t, &again) < 0)
			return -1;
		until = next_deadline(t);
		wait_some(t, until < again ? until : again);
		take_all(t);
	}
	for (int i = 0; i < t->next; i++)
		if (t->probe[i].fd >= 0)
			close(t->probe[i].fd);
	return 0;
}
