/*
 * Command-line options, short and long. Operands may stand between them: they are moved behind the
 * options as these are found. With '+' first in the options both stop at the first operand.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* One call of getopt(): the task's state and the arguments. */
struct parse {
	struct __getopt *g;
	int argc;
	char *const *argv;
	const char *opts; /* without the '+' */
	bool in_order;
};

static struct parse begin(int argc, char *const argv[], const char *opts)
{
	bool in_order = *opts == '+';

	return (struct parse){ __getopt_state(), argc, argv, opts + in_order, in_order };
}

/* With ':' first in its options a program prints the messages itself. */
#define COMPLAIN(p, ...)                                                                           \
	do {                                                                                       \
		if ((p)->g->err && *(p)->opts != ':') {                                            \
			fprintf(stderr, "%s: ", (p)->argv[0]);                                     \
			fprintf(stderr, __VA_ARGS__);                                              \
		}                                                                                  \
	} while (0)

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* Brings the word that stands @p->g->skipped places further on here. */
static void bring(struct parse *p)
{
	char **here = (char **)p->argv + p->g->ind, *word = here[p->g->skipped];

	memmove(here + 1, here, p->g->skipped * sizeof(*here));
	*here = word;
}

/* Brings the next option here; false: only operands are left. */
static bool find_option(struct parse *p)
{
	struct __getopt *g = p->g;

	for (g->skipped = 0; g->ind + g->skipped < p->argc; g->skipped++) {
		if (is_option(p->argv[g->ind + g->skipped])) {
			bring(p);
			return true;
		}
		if (p->in_order)
			break;
	}
	return false;
}

/* Goes to the next word that holds options; false at the end of them. */
static bool next_word(struct parse *p)
{
	struct __getopt *g = p->g;

	g->arg = NULL;
	if (g->ind <= 0) { /* the way to start again in the middle of a group */
		g->ind = 1;
		g->next = NULL;
	}
	if (g->next)
		return true;
	if (!find_option(p))
		return false;
	if (!strcmp(p->argv[g->ind], "--")) {
		g->ind++;
		return false;
	}
	g->next = p->argv[g->ind] + 1;
	return true;
}

/* Goes on to @rest of the word, or past the word if that is all. */
static void leave(struct __getopt *g, char *rest)
{
	g->next = *rest ? rest : NULL;
	g->ind += !*rest;
}

/* The next word as an argument; NULL: none is left. */
static char *next_argument(struct parse *p)
{
	struct __getopt *g = p->g;

	if (g->ind + g->skipped >= p->argc)
		return NULL;
	bring(p);
	return p->argv[g->ind++];
}

/* The option's argument: @rest of this word, or the next word. */
static bool take_argument(struct parse *p, char *rest)
{
	struct __getopt *g = p->g;

	g->next = NULL;
	g->ind++;
	g->arg = *rest ? rest : next_argument(p);
	return g->arg != NULL;
}

static int next_short(struct parse *p)
{
	struct __getopt *g = p->g;
	int c = (unsigned char)*g->next;
	char *rest = g->next + 1;
	const char *spec = c == ':' ? NULL : strchr(p->opts, c);

	g->opt = c;
	if (!spec || spec[1] != ':' ||
	    (spec[2] == ':' && !*rest)) { /* "x::": only in the same word */
		leave(g, rest);
		if (spec)
			return c;
		COMPLAIN(p, "invalid option -- '%c'\n", c);
		return '?';
	}
	if (take_argument(p, rest))
		return c;
	COMPLAIN(p, "option requires an argument -- '%c'\n", c);
	return *p->opts == ':' ? ':' : '?';
}

int getopt(int argc, char *const argv[], const char *opts)
{
	struct parse p = begin(argc, argv, opts);

	return next_word(&p) ? next_short(&p) : -1;
}

/* The option whose name begins with the @len bytes at @name; NULL: none or more than one. */
static const struct option *find_long(const struct option *o, const char *name, size_t len)
{
	const struct option *found = NULL;
	bool ambiguous = false;

	for (; o->name; o++) {
		if (strncmp(o->name, name, len))
			continue;
		if (!o->name[len])
			return o;
		ambiguous = found;
		found = o;
	}
	return ambiguous ? NULL : found;
}

static int long_argument(struct parse *p, const struct option *o, char *value)
{
	struct __getopt *g = p->g;

	g->ind++;
	if (*value && o->has_arg == no_argument) {
		COMPLAIN(p, "option '--%s' doesn't allow an argument\n", o->name);
		return '?';
	}
	if (*value)
		g->arg = value + 1;
	else if (o->has_arg == required_argument && !(g->arg = next_argument(p))) {
		COMPLAIN(p, "option '--%s' requires an argument\n", o->name);
		return *p->opts == ':' ? ':' : '?';
	}
	return 0;
}

static int next_long(struct parse *p, const struct option *longopts, int *index)
{
	struct __getopt *g = p->g;
	char *name = g->next + 1, *value = strchrnul(name, '=');
	const struct option *o = find_long(longopts, name, (size_t)(value - name));
	int bad;

	g->next = NULL;
	g->opt = o ? o->val : 0;
	if (!o) {
		g->ind++;
		COMPLAIN(p, "unrecognized option '--%.*s'\n", (int)(value - name), name);
		return '?';
	}
	bad = long_argument(p, o, value);
	if (bad)
		return bad;
	if (index)
		*index = (int)(o - longopts);
	if (!o->flag)
		return o->val;
	*o->flag = o->val;
	return 0;
}

int getopt_long(int argc, char *const argv[], const char *opts, const struct option *longopts,
		int *index)
{
	struct parse p = begin(argc, argv, opts);

	if (!next_word(&p))
		return -1;
	if (*p.g->next == '-' && p.g->next == p.argv[p.g->ind] + 1)
		return next_long(&p, longopts, index);
	return next_short(&p);
}
