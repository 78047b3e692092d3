/*
 * Where ss has its sockets from: /proc/net/{tcp,udp,raw,packet}_diag, a line each, which is taken
 * apart, asked whether it is wanted, and printed before the next one is read: there may be very
 * many.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ss.h"

/* A table being shown. */
struct table {
	const struct options *o;
	const char *path;
	/* Fills @e from the fields of a line; the number of the first one that is a word; 0: it is
	 * no such line. */
	int (*parse)(char **f, int n, struct entry *e);
	bool failed;
};

/* ---- lines ---- */

/* "10.0.2.15:22" */
static bool parse_end(char *text, in_addr_t *addr, int *port)
{
	char *colon = strrchr(text, ':');
	long n;

	if (!colon || !app_number(colon + 1, 0, 65535, &n))
		return false;
	*colon = '\0';
	*port = (int)n;
	return inaddr_parse(text, addr);
}

/* "STATE rx tx local remote word …" */
static int parse_tcp(char **f, int n, struct entry *e)
{
	if (n < 5 || !parse_end(f[3], &e->local, &e->lport) ||
	    !parse_end(f[4], &e->remote, &e->rport))
		return 0;
	if (!e->netid)
		e->netid = "tcp";
	e->state = state_by_name(f[0]);
	e->recvq = (unsigned int)strtoul(f[1], NULL, 10);
	e->sendq = (unsigned int)strtoul(f[2], NULL, 10);
	return 5;
}

/* The same with "KIND" before it. */
static int parse_datagram(char **f, int n, struct entry *e)
{
	e->netid = f[0];
	return parse_tcp(f + 1, n - 1, e) ? 6 : 0;
}

/* "KIND STATE rx tx type ifindex word …" */
static int parse_packet(char **f, int n, struct entry *e)
{
	if (n < 6)
		return 0;
	e->netid = f[0];
	e->state = state_by_name(f[1]);
	e->recvq = (unsigned int)strtoul(f[2], NULL, 10);
	e->sendq = (unsigned int)strtoul(f[3], NULL, 10);
	e->lport = (int)strtoul(f[4], NULL, 16);
	e->ifindex = atoi(f[5]);
	return 6;
}

/* ---- which ---- */

/* Without -a, -l or "state": TCP's that have a peer and are not about to vanish, of the others what
 * is connected; packet sockets always. */
static unsigned int default_states(const struct options *o, const struct entry *e)
{
	bool tcp = !strcmp(e->netid, "tcp");

	if (o->all)
		return SS_ALL;
	if (o->listening)
		return tcp ? SS_LISTEN : SS_UNCONN;
	if (tcp)
		return SS_ALL & ~(SS_LISTEN | SS_UNCONN | SS_TIME_WAIT | SS_SYN_RECV);
	return e->netid[1] == '_' ? SS_UNCONN : SS_ESTABLISHED;
}

static bool wanted(const struct options *o, const struct entry *e)
{
	unsigned int states = o->filter.states ? o->filter.states : default_states(o, e);

	return e->state & states && filter_matches(&o->filter, e);
}

/* ---- -K ---- */

/* Ends what it can: what is TCP's. */
static bool end_socket(const struct entry *e)
{
	char line[64], local[INET_ADDRSTRLEN], remote[INET_ADDRSTRLEN];

	if (strcmp(e->netid, "tcp"))
		return false;
	snprintf(line, sizeof(line), "%s:%d %s:%d", inaddr_str(e->local, local), e->lport,
		 inaddr_str(e->remote, remote), e->rport);
	return text_write("/proc/net/tcp_diag", line) == 0;
}

/* ---- all ---- */

static void take_line(char *line, void *arg)
{
	struct table *t = arg;
	struct entry e = { 0 };
	char *f[MAX_WORDS + 6];
	int n = text_fields(line, f, MAX_WORDS + 6), first = t->parse(f, n, &e);

	if (!first || !wanted(t->o, &e))
		return;
	e.nr_words = n - first;
	memcpy(e.words, f + first, (size_t)e.nr_words * sizeof(*f));
	if (!t->o->kill || end_socket(&e))
		print_entry(t->o, &e);
}

static int show(const struct options *o, const char *path,
		int (*parse)(char **f, int n, struct entry *e))
{
	struct table t = { .o = o, .path = path, .parse = parse };

	return text_each_line(path, take_line, &t) ? app_perror("ss", path) : 0;
}

bool one_kind(const struct options *o)
{
	return (int)o->tcp + o->udp + o->raw + o->packet == 1 && !o->packet;
}

int tables_show(const struct options *o)
{
	bool any = !o->tcp && !o->udp && !o->raw && !o->packet;
	int status = 0;

	print_title(o);
	if (o->packet || any)
		status |= show(o, "/proc/net/packet_diag", parse_packet);
	if (o->raw || any)
		status |= show(o, "/proc/net/raw_diag", parse_datagram);
	if (o->udp || any)
		status |= show(o, "/proc/net/udp_diag", parse_datagram);
	if (o->tcp || any)
		status |= show(o, "/proc/net/tcp_diag", parse_tcp);
	return status;
}
