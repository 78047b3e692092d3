/*
 * dns_query(): which names to ask for (search list), which servers to ask how often, and where
 * aliases lead. A server that fails - no answer in time, an ICMP error, SERVFAIL, REFUSED - makes
 * the next one's turn.
 */
#include <dns.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libc/netdb/dns_answer.h"
#include "libc/netdb/dns_exchange.h"
#include "libc/netdb/resolv_conf.h"

#define MAX_ALIASES 8 /* that a server leaves to us to follow */
#define MAX_CHAIN 16  /* aliases in one answer */
#define MAX_ATTEMPTS 10
#define MAX_TIMEOUT 60000 /* ms */

/* All that one query needs; too large for a task's stack. */
struct query {
	struct resolv_conf conf;
	struct dns_exchange x;
	int timeout_ms; /* of the first round */
	struct dns_answer *answer;
	struct dns_name canonical;
	bool found; /* records of the type at the canonical name */
};

static void use_options(struct query *q, const struct dns_options *o)
{
	struct resolv_conf *conf = &q->conf;
	int i;

	resolv_conf_read(conf);
	q->timeout_ms = conf->timeout * 1000;
	q->x.recurse = true;
	if (!o)
		return;
	if (o->nservers > 0) {
		conf->nservers = o->nservers < MAXNS ? o->nservers : MAXNS;
		for (i = 0; i < conf->nservers; i++)
			conf->servers[i] = o->servers[i];
	}
	if (o->timeout_ms > 0)
		q->timeout_ms = o->timeout_ms;
	if (o->attempts > 0)
		conf->attempts = o->attempts < MAX_ATTEMPTS ? o->attempts : MAX_ATTEMPTS;
	q->x.recurse = !o->no_recursion;
}

/* True if another server may do better. */
static bool server_failed(const struct dns_view *v)
{
	return v->rcode != DNS_NOERROR && v->rcode != DNS_NXDOMAIN;
}

/* All records can be read; the last one of a truncated message may be cut. */
static bool well_formed(const struct dns_view *view)
{
	struct dns_view v = *view;
	struct dns_rr rr;
	int more;

	do {
		more = dns_next(&v, &rr);
	} while (more > 0);
	return !more || view->truncated;
}

/* The time for try @i: doubled each time all servers have been asked. */
static int try_timeout(const struct query *q, int i)
{
	int round = i / q->conf.nservers;
	long ms = (long)q->timeout_ms << (round < 4 ? round : 4);

	return ms < MAX_TIMEOUT ? (int)ms : MAX_TIMEOUT;
}

/* Asks server after server for q->x.name: 0 with q->x.view, which holds only an rcode if all that
 * replied failed. */
static int ask_servers(struct query *q)
{
	int tries = q->conf.attempts * q->conf.nservers, rcode = -1, err = ETIMEDOUT, i;

	for (i = 0; i < tries; i++) {
		q->x.server = q->conf.servers[i % q->conf.nservers];
		q->x.timeout_ms = try_timeout(q, i);
		if (dns_exchange(&q->x)) {
			err = errno;
			if (err == EINTR)
				return -1;
			continue;
		}
		if (!well_formed(&q->x.view)) {
			err = EBADMSG;
			continue;
		}
		if (!server_failed(&q->x.view))
			return 0;
		rcode = q->x.view.rcode;
	}
	if (rcode < 0) {
		errno = err;
		return -1;
	}
	q->x.view = (struct dns_view){ .rcode = (uint8_t)rcode };
	return 0;
}

/* One step along the aliases of the answer section. */
static bool follow_alias(const struct query *q, struct dns_name *name)
{
	struct dns_view v = q->x.view;
	struct dns_rr rr;

	while (dns_next(&v, &rr) > 0) {
		if (rr.section == DNS_ANSWER && rr.class == DNS_CLASS_IN && rr.type == DNS_CNAME &&
		    dns_name_equal(&rr.owner, name)) {
			*name = rr.name;
			return true;
		}
	}
	return false;
}

static bool has_records(const struct query *q, const struct dns_name *name)
{
	struct dns_view v = q->x.view;
	struct dns_rr rr;

	while (dns_next(&v, &rr) > 0) {
		if (rr.section == DNS_ANSWER && rr.class == DNS_CLASS_IN &&
		    (rr.type == q->x.type || q->x.type == DNS_ANY) &&
		    dns_name_equal(&rr.owner, name))
			return true;
	}
	return false;
}

/* Follows q->x.view from q->canonical; true if it leads to another name that the server left to us.
 */
static bool follow_aliases(struct query *q)
{
	int steps = 0;

	q->found = has_records(q, &q->canonical);
	while (!q->found && steps < MAX_CHAIN && follow_alias(q, &q->canonical)) {
		q->found = has_records(q, &q->canonical);
		steps++;
	}
	return !q->found && steps > 0 && q->x.view.rcode == DNS_NOERROR;
}

/* Asks for @text, and on for where its aliases lead. */
static int ask_name(struct query *q, const char *text)
{
	char canonical[DNS_TEXT_NAME];
	int i;

	if (!dns_name_from_text(text, &q->x.name)) {
		errno = EINVAL;
		return -1;
	}
	q->canonical = q->x.name;
	for (i = 0; i < MAX_ALIASES; i++) {
		q->x.name = q->canonical;
		if (ask_servers(q) || dns_answer_add(q->answer, &q->x.view))
			return -1;
		q->answer->server = q->x.server;
		if (!follow_aliases(q))
			break;
	}
	dns_name_text(&q->canonical, canonical);
	q->answer->canonical = strdup(canonical);
	return q->answer->canonical ? 0 : -1;
}

static int count_dots(const char *s)
{
	int n = 0;

	while ((s = strchr(s, '.'))) {
		n++;
		s++;
	}
	return n;
}

/* The @i'th name to try for @name in @buf (an absolute one, with its dot); false past the last. */
static bool candidate(const struct query *q, const char *name, bool search, int i, char *buf,
		      size_t size)
{
	int n = search && *name && name[strlen(name) - 1] != '.' ? q->conf.nsearch : 0;
	bool plain_first = count_dots(name) >= q->conf.ndots || !n;
	int plain = plain_first ? 0 : n;

	if (i > n)
		return false;
	if (i == plain)
		return strlcpy(buf, name, size) < size;
	if (plain_first)
		i--;
	strlcpy(buf, name, size);
	strlcat(buf, ".", size);
	return strlcat(buf, q->conf.search[i], size) < size;
}

/* What is left to say when no candidate had records: that one exists, or that a server failed,
 * before "no such name". */
static int verdict(int so_far, int rcode)
{
	if (so_far == DNS_NOERROR || rcode == DNS_NOERROR)
		return DNS_NOERROR;
	return so_far == DNS_NXDOMAIN ? rcode : so_far;
}

static int ask_candidates(struct query *q, const char *name, bool search)
{
	char text[DNS_TEXT_NAME];
	int i, rcode = DNS_NXDOMAIN, ret = -1;

	errno = EINVAL;
	for (i = 0; candidate(q, name, search, i, text, sizeof(text)); i++) {
		dns_answer_free(q->answer);
		ret = ask_name(q, text);
		if (ret || q->found)
			return ret;
		rcode = verdict(rcode, q->answer->rcode);
	}
	if (!ret)
		q->answer->rcode = rcode;
	return ret;
}

int dns_query(const char *name, int type, const struct dns_options *options,
	      struct dns_answer *answer)
{
	struct query *q = calloc(1, sizeof(*q));
	int ret, err;

	memset(answer, 0, sizeof(*answer));
	if (!q)
		return -1;
	use_options(q, options);
	q->answer = answer;
	q->x.type = type;
	ret = ask_candidates(q, name, options && options->search);
	err = errno;
	if (ret)
		dns_answer_free(answer);
	free(q);
	errno = err;
	return ret;
}
