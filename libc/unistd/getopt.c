/* Command-line options, short and long. Both stop at the first operand. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define STATE struct __getopt *g = __getopt_state()

static int complain(const struct __getopt *g, char *const argv[], const char *opts,
		    const char *what, const char *name, int len)
{
	if (g->err && *opts != ':')
		fprintf(stderr, "%s: %s -- '%.*s'\n", argv[0], what, len, name);
	return '?';
}

/* The option's argument: the rest of this word, or the next word. */
static int take_argument(struct __getopt *g, int argc, char *const argv[], const char *opts)
{
	if (*g->next)
		g->arg = g->next;
	else if (g->ind < argc)
		g->arg = argv[g->ind++];
	else
		g->arg = NULL;
	g->next = NULL;
	if (g->arg)
		return 0;
	complain(g, argv, opts, "option requires an argument", (char[]){ (char)g->opt, 0 }, 1);
	return *opts == ':' ? ':' : '?';
}

static int next_short(struct __getopt *g, int argc, char *const argv[], const char *opts)
{
	int c = (unsigned char)*g->next++;
	const char *spec = c == ':' ? NULL : strchr(opts, c);
	int bad;

	g->opt = c;
	if (!*g->next && !(spec && spec[1] == ':'))
		g->next = NULL;
	if (!spec)
		return complain(g, argv, opts, "invalid option", (char[]){ (char)c, 0 }, 1);
	if (spec[1] != ':')
		return c;
	if (spec[2] == ':' && !*g->next) { /* "x::": only in the same word */
		g->next = NULL;
		return c;
	}
	bad = take_argument(g, argc, argv, opts);
	return bad ? bad : c;
}

/* Goes to the next word that holds options; false at the end of them. */
static bool next_word(struct __getopt *g, int argc, char *const argv[])
{
	if (g->ind == 0)
		g->ind = 1;
	g->arg = NULL;
	if (g->ind == 1 && g->next && !*g->next)
		g->next = NULL;
	if (g->next && *g->next)
		return true;
	if (g->ind >= argc || argv[g->ind][0] != '-' || !argv[g->ind][1])
		return false;
	if (!strcmp(argv[g->ind], "--")) {
		g->ind++;
		return false;
	}
	g->next = argv[g->ind++] + 1;
	return true;
}

int getopt(int argc, char *const argv[], const char *opts)
{
	STATE;

	return next_word(g, argc, argv) ? next_short(g, argc, argv, opts) : -1;
}

/* The option whose name begins with the @len bytes at @name; NULL: none or more than one. */
static const struct option *find_long(const struct option *o, const char *name, size_t len)
{
	const struct option *found = NULL;

	for (; o->name; o++) {
		if (strncmp(o->name, name, len))
			continue;
		if (!o->name[len])
			return o;
		if (found)
			return NULL;
		found = o;
	}
	return found;
}

static int next_long(struct __getopt *g, int argc, char *const argv[], const char *opts,
		     const struct option *longopts, int *index)
{
	const char *name = g->next + 1, *value = strchrnul(name, '=');
	const struct option *o = find_long(longopts, name, (size_t)(value - name));
	int len = (int)(value - name), bad;

	g->next = NULL;
	g->opt = o ? o->val : 0;
	if (!o)
		return complain(g, argv, opts, "unrecognized option", name, len);
	if (*value && o->has_arg == no_argument)
		return complain(g, argv, opts, "option doesn't allow an argument", name, len);
	if (*value) {
		g->arg = (char *)value + 1;
	} else if (o->has_arg == required_argument) {
		g->next = (char *)value;
		bad = take_argument(g, argc, argv, ":");
		if (bad)
			return complain(g, argv, opts, "option requires an argument", name, len);
	}
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
	STATE;

	if (!next_word(g, argc, argv))
		return -1;
	if (*g->next == '-' && g->next == argv[g->ind - 1] + 1)
		return next_long(g, argc, argv, opts, longopts, index);
	return next_short(g, argc, argv, opts);
}
