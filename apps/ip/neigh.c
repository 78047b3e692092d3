/*
 * ip neigh: the neighbour table with its states, as /proc/net/neigh gives it line by line, and the
 * addresses that we answer for (proxy).
 */
#include <abi/neigh.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ip.h"

static const struct {
	const char *name;
	unsigned int state;
} states[] = {
	{ "permanent", NUD_PERMANENT }, { "reachable", NUD_REACHABLE },
	{ "noarp", NUD_NOARP },		{ "none", NUD_NONE },
	{ "stale", NUD_STALE },		{ "incomplete", NUD_INCOMPLETE },
	{ "delay", NUD_DELAY },		{ "probe", NUD_PROBE },
	{ "failed", NUD_FAILED },
};
#define NUD_ALL 0xffu
#define NUD_UNKNOWN 0x10000u

/* "stale", "0x4"; NUD_UNKNOWN: no state. */
static unsigned int parse_state(const char *word)
{
	long n;

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (!strcasecmp(word, states[i].name))
			return states[i].state;
	return app_number(word, 0, NUD_ALL, &n) ? (unsigned int)n : NUD_UNKNOWN;
}

/* A line of the table, taken apart. */
struct neigh_line {
	char dev[IFNAMSIZ], lladdr[18], state[16], used[48];
	in_addr_t addr;
	bool proxy;
};

/* "10.0.2.2 dev eth0 [lladdr 52:…] REACHABLE used 1/2/3 probes 0" */
static bool parse_line(const char *line, struct neigh_line *l)
{
	char copy[160], *f[10];
	int n, at = 3;

	memset(l, 0, sizeof(*l));
	strlcpy(copy, line, sizeof(copy));
	n = text_fields(copy, f, 10);
	if (n < 6 || !inaddr_parse(f[0], &l->addr))
		return false;
	strlcpy(l->dev, f[2], sizeof(l->dev));
	if (!strcmp(f[at], "lladdr")) {
		strlcpy(l->lladdr, f[4], sizeof(l->lladdr));
		at += 2;
	}
	if (n < at + 5)
		return false;
	l->proxy = !strcmp(f[at], "PROXY");
	strlcpy(l->state, f[at], sizeof(l->state));
	snprintf(l->used, sizeof(l->used), "used %s probes %s", f[at + 2], f[at + 4]);
	return true;
}

static void print_line(const struct neigh_line *l, const struct ip_options *o)
{
	char text[INET_ADDRSTRLEN];

	printf("%s dev %s ", inaddr_str(l->addr, text), l->dev);
	if (l->proxy) {
		puts("proxy");
		return;
	}
	if (*l->lladdr)
		printf("lladdr %s ", l->lladdr);
	if (o->stats)
		printf("%s ", l->used);
	puts(l->state);
}

struct neigh_args {
	const char *target, *dev, *lladdr;
	unsigned int state; /* those named, together */
	bool has_state, proxy;
	in_addr_t addr;
	int len; /* -1: no target */
};

/* Takes the words that have no value or come more than once; the others stay in @words. */
static bool take_states(const char *what, char **words, struct neigh_args *a)
{
	char **out = words;

	for (; *words; words++) {
		if (!strcmp(*words, "proxy")) {
			a->proxy = true;
		} else if (!strcmp(*words, "nud") && words[1]) {
			unsigned int s = !strcmp(words[1], "all") ? NUD_ALL : parse_state(words[1]);

			if (s == NUD_UNKNOWN) {
				app_error("ip", "%s: nud state '%s' is unknown", what, words[1]);
				return false;
			}
			a->state |= s;
			a->has_state = true;
			words++;
		} else {
			*out++ = *words;
		}
	}
	*out = NULL;
	return true;
}

static bool parse_args(const char *what, char **words, struct neigh_args *a)
{
	const struct ip_pair pairs[] = {
		{ "", &a->target },
		{ "to", &a->target },
		{ "dev", &a->dev },
		{ "lladdr", &a->lladdr },
	};

	*a = (struct neigh_args){ .len = -1 };
	if (!take_states(what, words, a) || !ip_parse_pairs(what, words, pairs, ARRAY_LEN(pairs)))
		return false;
	if (!a->target || inaddr_parse_prefix(a->target, &a->addr, &a->len))
		return true;
	app_error("ip", "%s: '%s' is not an address", what, a->target);
	return false;
}

static bool line_matches(const struct neigh_line *l, const struct neigh_args *a)
{
	if (l->proxy != a->proxy || (a->dev && strcmp(a->dev, l->dev)))
		return false;
	if (a->len >= 0 && (a->addr ^ l->addr) & inaddr_mask(a->len))
		return false;
	return a->proxy || parse_state(l->state) & a->state ||
	       (a->has_state && a->state == NUD_ALL);
}

/* Calls @fn for all that @a means; -1: the table cannot be read. */
static int for_each_match(const struct neigh_args *a,
			  int (*fn)(const struct neigh_line *l, const void *arg), const void *arg)
{
	char *text, *cursor, *line;
	struct neigh_line l;
	int n = 0;

	text = cursor = text_read("/proc/net/neigh");
	if (!text)
		return -1;
	while ((line = text_line(&cursor)))
		if (parse_line(line, &l) && line_matches(&l, a))
			n += fn(&l, arg);
	free(text);
	return n;
}

static int show_one(const struct neigh_line *l, const void *options)
{
	print_line(l, options);
	return 1;
}

static int show(const struct ip_options *o, char **words)
{
	struct neigh_args a;

	if (!parse_args("neigh show", words, &a))
		return 1;
	if (!a.has_state)
		a.state = NUD_ALL & ~NUD_NOARP;
	return for_each_match(&a, show_one, o) < 0 ? ip_failed("/proc/net/neigh") : 0;
}

static int request(unsigned long cmd, const struct neigh_req *r)
{
	int fd = ifc_open(), err = fd < 0 || ioctl(fd, cmd, r) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* Says it in iproute2's words. */
static int answer(int err)
{
	if (!err)
		return 0;
	fprintf(stderr, "RTNETLINK answers: %s\n", strerror(err));
	return 2;
}

static int flush_one(const struct neigh_line *l, const void *arg)
{
	struct neigh_req r = { .addr = l->addr };

	(void)arg;
	strlcpy(r.dev, l->dev, sizeof(r.dev));
	if (l->proxy && !strcmp(l->dev, "*"))
		r.dev[0] = '\0';
	if (l->proxy)
		r.flags = NEIGH_F_PROXY;
	return !request(SIOCDNEIGH, &r);
}

/* Removes what matches, except what was set by hand - unless that is what was asked for. */
static int flush(const struct ip_options *o, char **words)
{
	struct neigh_args a;
	int n;

	if (!*words)
		return app_error("ip", "neigh flush: which? 'all', an address, or 'dev IF'");
	if (!strcmp(*words, "all"))
		words++;
	if (!parse_args("neigh flush", words, &a))
		return 1;
	if (!a.has_state)
		a.state = NUD_ALL & ~(NUD_PERMANENT | NUD_NOARP);
	n = for_each_match(&a, flush_one, NULL);
	if (n < 0)
		return ip_failed("/proc/net/neigh");
	if (o->stats)
		printf("*** Flush is complete after 1 round, %d entries deleted ***\n", n);
	return 0;
}

/* Fills @r; without nud an entry is permanent, as iproute2 has it. */
static bool parse_request(const char *what, char **words, struct neigh_req *r)
{
	struct neigh_args a;

	if (!parse_args(what, words, &a))
		return false;
	if (a.len != 32 || (!a.dev && !a.proxy)) {
		app_error("ip", "%s: ADDRESS and 'dev IF' are needed", what);
		return false;
	}
	r->addr = a.addr;
	r->state = a.has_state ? a.state : NUD_PERMANENT;
	if (a.dev)
		strlcpy(r->dev, a.dev, sizeof(r->dev));
	if (a.proxy)
		r->flags |= NEIGH_F_PROXY;
	if (!a.lladdr)
		return true;
	r->flags |= NEIGH_F_LLADDR;
	if (hwaddr_parse(a.lladdr, r->lladdr))
		return true;
	app_error("ip", "\"%s\" is invalid lladdr.", a.lladdr);
	return false;
}

static int change(const char *what, char **words, unsigned long cmd, unsigned short flags)
{
	struct neigh_req r = { .flags = flags };
	int err;

	if (!parse_request(what, words, &r))
		return 1;
	err = request(cmd, &r);
	if (err == ENODEV)
		return ip_cannot_find(r.dev);
	if (err == EINVAL && cmd == SIOCSNEIGH && !(r.flags & NEIGH_F_LLADDR))
		return ip_answer(err, "No link layer address given.");
	return answer(err);
}

static int get_one(const struct ip_options *o, char **words)
{
	struct neigh_args a;
	int n;

	if (!parse_args("neigh get", words, &a))
		return 1;
	if (a.len != 32 || !a.dev)
		return app_error("ip", "neigh get: ADDRESS and 'dev IF' are needed");
	a.state = NUD_ALL;
	a.has_state = true;
	n = for_each_match(&a, show_one, o);
	return n ? n < 0 : answer(ENOENT);
}

int cmd_ip_neigh(const struct ip_options *o, char **words)
{
	if (!*words)
		return show(o, words);
	if (ip_matches(*words, "add"))
		return change("neigh add", words + 1, SIOCSNEIGH, NEIGH_F_CREATE);
	if (ip_matches(*words, "change") || !strcmp(*words, "chg"))
		return change("neigh change", words + 1, SIOCSNEIGH, NEIGH_F_REPLACE);
	if (ip_matches(*words, "replace"))
		return change("neigh replace", words + 1, SIOCSNEIGH,
			      NEIGH_F_CREATE | NEIGH_F_REPLACE);
	if (ip_matches(*words, "delete"))
		return change("neigh del", words + 1, SIOCDNEIGH, 0);
	if (ip_matches(*words, "get"))
		return get_one(o, words + 1);
	if (ip_matches(*words, "show") || ip_matches(*words, "list") || !strcmp(*words, "lst") ||
	    !strcmp(*words, "ls"))
		return show(o, words + 1);
	if (ip_matches(*words, "flush"))
		return flush(o, words + 1);
	return ip_bad("neigh", *words);
}
