/*
 * grep: the lines that match a pattern: . * ^ $ [set] \c. -i without regard to case, -v the others,
 * -c their number, -n with line numbers, -q status only, -F the pattern is plain text, -e PATTERN.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lines.h"
#include "lib/util.h"

struct grep {
	const char *pattern;
	bool fold, invert, count, numbers, quiet, plain, names;
	bool found;
};

static bool same(const struct grep *g, char a, char b)
{
	return a == b || (g->fold && tolower(a) == tolower(b));
}

/* The length of the pattern's first element: a character, \c, or [set]. */
static size_t element_length(const char *p)
{
	const char *end;

	if (*p == '\\' && p[1])
		return 2;
	if (*p != '[' || !p[1])
		return 1;
	end = strchr(p + 2, ']');
	return end ? (size_t)(end - p) + 1 : 1;
}

static bool in_set(const struct grep *g, const char *p, const char *end, char c)
{
	bool negate = *p == '^', found = false;

	for (p += negate; p < end; p++) {
		if (p + 2 < end && p[1] == '-') {
			found |= *p <= c && c <= p[2];
			p += 2;
		} else {
			found |= same(g, *p, c);
		}
	}
	return found != negate;
}

static bool element_matches(const struct grep *g, const char *p, size_t len, char c)
{
	if (!c)
		return false;
	if (*p == '[' && len > 1)
		return in_set(g, p + 1, p + len - 1, c);
	if (*p == '\\' && len == 2)
		return same(g, p[1], c);
	return *p == '.' || same(g, *p, c);
}

static bool match_here(const struct grep *g, const char *p, const char *s)
{
	while (*p) {
		size_t len = element_length(p);

		if (*p == '$' && !p[1])
			return !*s;
		if (p[len] == '*') {
			const char *t = s;

			while (element_matches(g, p, len, *t))
				t++;
			do {
				if (match_here(g, p + len + 1, t))
					return true;
			} while (t-- > s);
			return false;
		}
		if (!element_matches(g, p, len, *s))
			return false;
		p += len;
		s++;
	}
	return true;
}

static bool starts_with(const struct grep *g, const char *s, const char *text)
{
	while (*text)
		if (!*s || !same(g, *s++, *text++))
			return false;
	return true;
}

static bool line_matches(const struct grep *g, const char *s)
{
	if (!g->plain && g->pattern[0] == '^')
		return match_here(g, g->pattern + 1, s);
	do {
		if (g->plain ? starts_with(g, s, g->pattern) : match_here(g, g->pattern, s))
			return true;
	} while (*s++);
	return false;
}

static void print_line(const struct grep *g, const char *name, long number, const char *line)
{
	if (g->names && name)
		printf("%s:", name);
	if (g->numbers)
		printf("%ld:", number);
	puts(line);
}

static int grep_file(FILE *f, const char *name, void *arg)
{
	struct grep *g = arg;
	char *line = NULL;
	size_t size = 0;
	long number = 0, hits = 0;
	ssize_t n;

	while ((n = getline(&line, &size, f)) > 0) {
		number++;
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line_matches(g, line) == g->invert)
			continue;
		hits++;
		if (!g->count && !g->quiet)
			print_line(g, name, number, line);
	}
	free(line);
	g->found |= hits > 0;
	if (g->count && g->names && name)
		printf("%s:%ld\n", name, hits);
	else if (g->count)
		printf("%ld\n", hits);
	return 0;
}

int main(int argc, char **argv)
{
	struct grep g = { 0 };
	int c, status;

	while ((c = getopt(argc, argv, ":ivcnqFEe:")) != -1) {
		switch (c) {
		case 'i':
			g.fold = true;
			break;
		case 'v':
			g.invert = true;
			break;
		case 'c':
			g.count = true;
			break;
		case 'n':
			g.numbers = true;
			break;
		case 'q':
			g.quiet = true;
			break;
		case 'F':
			g.plain = true;
			break;
		case 'E':
			break;
		case 'e':
			g.pattern = optarg;
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (!g.pattern && optind < argc)
		g.pattern = argv[optind++];
	if (!g.pattern)
		return app_usage(argv[0]);
	g.names = argc - optind > 1;
	status = lines_each(argv[0], argc - optind, argv + optind, grep_file, &g);
	return status ? 2 : !g.found;
}
