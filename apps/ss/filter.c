/*
 * What ss is asked for, in iproute2's language: states, then conditions joined by and, or, not and
 * parentheses; "and" may be left out. It may come as one word or as many, so it is joined to one
 * text first and cut anew.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ss.h"

#define MAX_DEPTH 16

/* ---- states ---- */

static const struct {
	const char *name, *shown; /* shown: NULL for what is no single state */
	unsigned int states;
} state_names[] = {
	{ "established", "ESTAB", SS_ESTABLISHED },
	{ "syn-sent", "SYN-SENT", SS_SYN_SENT },
	{ "syn-recv", "SYN-RECV", SS_SYN_RECV },
	{ "fin-wait-1", "FIN-WAIT-1", SS_FIN_WAIT1 },
	{ "fin-wait-2", "FIN-WAIT-2", SS_FIN_WAIT2 },
	{ "time-wait", "TIME-WAIT", SS_TIME_WAIT },
	{ "unconnected", "UNCONN", SS_UNCONN },
	{ "close-wait", "CLOSE-WAIT", SS_CLOSE_WAIT },
	{ "last-ack", "LAST-ACK", SS_LAST_ACK },
	{ "listening", "LISTEN", SS_LISTEN },
	{ "closing", "CLOSING", SS_CLOSING },
	{ "closed", NULL, SS_UNCONN },
	{ "close", NULL, SS_UNCONN },
	/* As /proc has them. */
	{ "estab", NULL, SS_ESTABLISHED },
	{ "listen", NULL, SS_LISTEN },
	{ "unconn", NULL, SS_UNCONN },
	{ "syn_sent", NULL, SS_SYN_SENT },
	{ "syn_recv", NULL, SS_SYN_RECV },
	{ "fin_wait1", NULL, SS_FIN_WAIT1 },
	{ "fin_wait2", NULL, SS_FIN_WAIT2 },
	{ "time_wait", NULL, SS_TIME_WAIT },
	{ "close_wait", NULL, SS_CLOSE_WAIT },
	{ "last_ack", NULL, SS_LAST_ACK },
	{ "all", NULL, SS_ALL },
	{ "connected", NULL, SS_ALL & ~(SS_UNCONN | SS_LISTEN) },
	{ "synchronized", NULL, SS_ALL & ~(SS_UNCONN | SS_LISTEN | SS_SYN_SENT) },
	{ "bucket", NULL, SS_SYN_RECV | SS_TIME_WAIT },
	{ "big", NULL, SS_ALL & ~(SS_SYN_RECV | SS_TIME_WAIT) },
};

unsigned int state_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(state_names); i++)
		if (!strcasecmp(name, state_names[i].name))
			return state_names[i].states;
	return 0;
}

const char *state_name(unsigned int state)
{
	for (size_t i = 0; i < ARRAY_LEN(state_names); i++)
		if (state_names[i].states == state && state_names[i].shown)
			return state_names[i].shown;
	return "UNKNOWN";
}

/* ---- words ---- */

struct parser {
	struct filter *f;
	const char *p;	/* what is left */
	char token[80]; /* the word at the front; "": the end */
	int depth;
};

static bool is_sign(char c)
{
	return c && strchr("()!=<>&|", c);
}

/* A parenthesis; one of the signs with what belongs to it ("&&", "<="); or a word. */
static void next(struct parser *ps)
{
	size_t n = 0;

	ps->p += strspn(ps->p, " \t");
	if (*ps->p == '(' || *ps->p == ')') {
		n = 1;
	} else if (is_sign(*ps->p)) {
		n = ps->p[1] == '=' || (strchr("&|", *ps->p) && ps->p[1] == *ps->p) ? 2 : 1;
	} else {
		while (ps->p[n] && !is_sign(ps->p[n]) && !strchr(" \t", ps->p[n]))
			n++;
	}
	snprintf(ps->token, sizeof(ps->token), "%.*s", (int)n, ps->p);
	ps->p += n;
}

/* Takes the front word if it is one of @words, which are separated by blanks. */
static bool take(struct parser *ps, const char *words)
{
	size_t len = strlen(ps->token);

	if (!len)
		return false;
	for (const char *w = words; *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");

		if (n == len && !strncmp(w, ps->token, n)) {
			next(ps);
			return true;
		}
		w += n;
	}
	return false;
}

/* ---- conditions ---- */

static int add(struct parser *ps, const struct condition *c)
{
	struct filter *f = ps->f;

	if (f->n == MAX_CONDITIONS) {
		app_error("ss", "filter is too long");
		return -1;
	}
	f->conditions[f->n] = *c;
	return f->n++;
}

static int bad(const struct parser *ps)
{
	app_error("ss", *ps->token ? "bad filter at '%s'" : "bad filter: it ends too early",
		  ps->token);
	return -1;
}

static int take_op(struct parser *ps)
{
	static const char *const ops[] = {
		[EQ] = "= == eq",   [NE] = "!= ne neq", [GE] = ">= ge geq",
		[LE] = "<= le leq", [GT] = "> gt",	[LT] = "< lt",
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (take(ps, ops[i]))
			return (int)i;
	return -1;
}

/* "22", "http", "*" */
static bool parse_port(const char *text, struct condition *c)
{
	if (!strcmp(text, "*"))
		return true;
	c->port = inaddr_port(text, "tcp");
	if (c->port < 0)
		c->port = inaddr_port(text, "udp");
	if (c->port >= 0)
		return true;
	app_error("ss", "bad port '%s'", text);
	return false;
}

/* "10.0.0.0/8", "10.0.0.1:80", ":80", "*:80"; of a port also "80". */
static bool parse_host(char *text, struct condition *c)
{
	bool is_port = c->kind == SPORT || c->kind == DPORT;
	char *colon = strchr(text, ':');
	struct sockaddr_in sin;

	if (colon)
		*colon++ = '\0';
	else if (is_port)
		colon = text;
	if (colon && !parse_port(colon, c))
		return false;
	if (is_port || !*text || !strcmp(text, "*"))
		return true;
	if (inaddr_parse_prefix(text, &c->addr, &c->len))
		return true;
	if (!inaddr_resolve("ss", text, &sin))
		return false;
	c->addr = sin.sin_addr.s_addr;
	c->len = 32;
	return true;
}

static int parse_end(struct parser *ps, struct condition *c)
{
	int op = take_op(ps);
	bool is_port = c->kind == SPORT || c->kind == DPORT;

	c->op = op < 0 ? EQ : (unsigned int)op;
	if (!*ps->token || is_sign(*ps->token) || (!is_port && c->op > NE))
		return bad(ps);
	if (!parse_host(ps->token, c))
		return -1;
	next(ps);
	return add(ps, c);
}

static int parse_or(struct parser *ps);

static int parse_one(struct parser *ps)
{
	static const struct {
		const char *word;
		unsigned int kind;
	} ends[] = { { "src", SRC }, { "dst", DST }, { "sport", SPORT }, { "dport", DPORT } };
	struct condition c = { .kind = NOT, .len = -1, .port = -1 };

	if (take(ps, "not !")) {
		c.left = ++ps->depth > MAX_DEPTH ? bad(ps) : parse_one(ps);
		ps->depth--;
		return c.left < 0 ? -1 : add(ps, &c);
	}
	if (take(ps, "(")) {
		c.left = ++ps->depth > MAX_DEPTH ? bad(ps) : parse_or(ps);
		ps->depth--;
		if (c.left < 0)
			return -1;
		return take(ps, ")") ? c.left : bad(ps);
	}
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (take(ps, ends[i].word)) {
			c.kind = ends[i].kind;
			return parse_end(ps, &c);
		}
	if (take(ps, "autobound")) {
		c.kind = AUTOBOUND;
		return add(ps, &c);
	}
	return bad(ps);
}

static bool ends_here(const struct parser *ps)
{
	return !*ps->token || !strcmp(ps->token, ")") || !strcmp(ps->token, "or") ||
	       *ps->token == '|';
}

static int parse_and(struct parser *ps)
{
	struct condition c = { .kind = AND };
	int at = parse_one(ps);

	while (at >= 0 && !ends_here(ps)) {
		take(ps, "and & &&");
		c.left = at;
		c.right = parse_one(ps);
		at = c.right < 0 ? -1 : add(ps, &c);
	}
	return at;
}

static int parse_or(struct parser *ps)
{
	struct condition c = { .kind = OR };
	int at = parse_and(ps);

	while (at >= 0 && take(ps, "or | ||")) {
		c.left = at;
		c.right = parse_and(ps);
		at = c.right < 0 ? -1 : add(ps, &c);
	}
	return at;
}

/* ---- all of it ---- */

/* "state NAME", "exclude NAME": false: no such state. */
static bool parse_states(struct parser *ps)
{
	unsigned int states;
	bool exclude;

	while ((exclude = !strcmp(ps->token, "exclude") || !strcmp(ps->token, "excl")) ||
	       !strcmp(ps->token, "state")) {
		next(ps);
		states = state_by_name(ps->token);
		if (!states)
			return app_error("ss", "no such state '%s'", ps->token), false;
		if (exclude)
			ps->f->states = (ps->f->states ? ps->f->states : SS_ALL) & ~states;
		else
			ps->f->states |= states;
		next(ps);
	}
	return true;
}

bool filter_parse(struct filter *f, int argc, char **argv)
{
	struct parser ps = { .f = f };
	size_t len = 1;
	char *text;
	bool ok;

	f->top = -1;
	for (int i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	text = calloc(1, len);
	if (!text)
		return app_error("ss", "no memory"), false;
	for (int i = 0; i < argc; i++) {
		strlcat(text, argv[i], len);
		strlcat(text, " ", len);
	}
	ps.p = text;
	next(&ps);
	ok = parse_states(&ps);
	if (ok && *ps.token) {
		f->top = parse_or(&ps);
		ok = f->top >= 0 && (!*ps.token || (bad(&ps), false));
	}
	free(text);
	return ok;
}

/* ---- asking ---- */

static bool compare(int op, int have, int want)
{
	switch (op) {
	case NE:
		return have != want;
	case GE:
		return have >= want;
	case LE:
		return have <= want;
	case GT:
		return have > want;
	case LT:
		return have < want;
	default:
		return have == want;
	}
}

static bool end_matches(const struct condition *c, in_addr_t addr, int port)
{
	bool same = (c->len < 0 || !((addr ^ c->addr) & inaddr_mask(c->len))) &&
		    (c->port < 0 || c->port == port);

	return same == (c->op == EQ);
}

static bool matches(const struct filter *f, int at, const struct entry *e)
{
	const struct condition *c = &f->conditions[at];

	switch (c->kind) {
	case AND:
		return matches(f, c->left, e) && matches(f, c->right, e);
	case OR:
		return matches(f, c->left, e) || matches(f, c->right, e);
	case NOT:
		return !matches(f, c->left, e);
	case SRC:
		return end_matches(c, e->local, e->lport);
	case DST:
		return end_matches(c, e->remote, e->rport);
	case SPORT:
		return c->port < 0 || compare(c->op, e->lport, c->port);
	case DPORT:
		return c->port < 0 || compare(c->op, e->rport, c->port);
	default: /* AUTOBOUND: a port of those that the kernel picks */
		return e->lport >= 32768 && e->lport <= 60999;
	}
}

bool filter_matches(const struct filter *f, const struct entry *e)
{
	return f->top < 0 || matches(f, f->top, e);
}
