/*
 * $((…)): integers, variables by name, ( ), and from loosest to tightest || && == != < <= > >= + -
 * * / % and the signs ! -.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct arith {
	struct sh *sh;
	const char *p;
	int depth;
	bool bad;
};

/* Each row binds tighter than the one before. */
static const char *const levels[][5] = {
	{ "||" },     { "&&" },		 { "==", "!=" }, { "<=", ">=", "<", ">" },
	{ "+", "-" }, { "*", "/", "%" },
};
#define NR_LEVELS ((int)(sizeof(levels) / sizeof(levels[0])))
#define MAX_DEPTH 8

static long binary(struct arith *a, int level);

static void skip_blank(struct arith *a)
{
	while (isspace(*a->p))
		a->p++;
}

static const char *take_operator(struct arith *a, int level)
{
	skip_blank(a);
	for (int i = 0; levels[level][i]; i++) {
		size_t len = strlen(levels[level][i]);

		if (!strncmp(a->p, levels[level][i], len)) {
			a->p += len;
			return levels[level][i];
		}
	}
	return NULL;
}

static long variable(struct arith *a)
{
	char name[64];
	const char *value;
	size_t n = 0;

	while (isalnum(*a->p) || *a->p == '_') {
		if (n < sizeof(name) - 1)
			name[n++] = *a->p;
		a->p++;
	}
	name[n] = '\0';
	value = sh_get(a->sh, name);
	return value ? strtol(value, NULL, 0) : 0;
}

static long parenthesis(struct arith *a)
{
	long v;

	a->p++;
	a->depth++;
	v = binary(a, 0);
	a->depth--;
	skip_blank(a);
	if (*a->p == ')')
		a->p++;
	else
		a->bad = true;
	return v;
}

static long primary(struct arith *a)
{
	char *end;
	long v = 0;

	skip_blank(a);
	if (isdigit(*a->p)) {
		v = strtol(a->p, &end, 0);
		a->p = end;
	} else if (isalpha(*a->p) || *a->p == '_') {
		v = variable(a);
	} else if (*a->p == '(' && a->depth < MAX_DEPTH) {
		v = parenthesis(a);
	} else {
		a->bad = true;
	}
	return v;
}

static long sign(struct arith *a)
{
	long v;
	char c;

	skip_blank(a);
	c = *a->p;
	if ((c != '-' && c != '+' && c != '!') || a->depth == MAX_DEPTH)
		return primary(a);
	a->p++;
	a->depth++;
	v = sign(a);
	a->depth--;
	return c == '-' ? (long)-(unsigned long)v : c == '!' ? !v : v;
}

static long divide(struct arith *a, char op, long x, long y)
{
	if (y == 0) {
		a->bad = true;
		return 0;
	}
	/* The most negative number has no counterpart: the machine would trap. */
	if (y == -1)
		return op == '/' ? (long)-(unsigned long)x : 0;
	return op == '/' ? x / y : x % y;
}

/* Sums and products wrap round. */
static long apply(struct arith *a, const char *op, long x, long y)
{
	unsigned long ux = x, uy = y;

	switch (op[0]) {
	case '|':
		return x || y;
	case '&':
		return x && y;
	case '=':
		return x == y;
	case '!':
		return x != y;
	case '<':
		return op[1] ? x <= y : x < y;
	case '>':
		return op[1] ? x >= y : x > y;
	case '+':
		return (long)(ux + uy);
	case '-':
		return (long)(ux - uy);
	case '*':
		return (long)(ux * uy);
	default:
		return divide(a, op[0], x, y);
	}
}

static long operand(struct arith *a, int level)
{
	return level + 1 < NR_LEVELS ? binary(a, level + 1) : sign(a);
}

static long binary(struct arith *a, int level)
{
	long v = operand(a, level);
	const char *op;

	while (!a->bad && (op = take_operator(a, level)))
		v = apply(a, op, v, operand(a, level));
	return v;
}

bool sh_arith(struct sh *sh, const char *text, long *value)
{
	struct arith a = { .sh = sh, .p = text };
	long v = binary(&a, 0);

	skip_blank(&a);
	if (a.bad || *a.p)
		return false;
	*value = v;
	return true;
}
