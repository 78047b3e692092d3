/*
 * File name patterns: * ? [a-z] [!a-z], and \ in front of what is meant literally.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

#define MAX_PATHS 256
#define PATH_LEN 256

bool sh_has_glob(const char *p)
{
	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (strchr("*?[", *p))
			return true;
	}
	return false;
}

/* Matches @c against the set after '['; *@end is behind its ']'. NULL end: no set, '[' is itself.
 */
static bool match_set(const char *p, char c, const char **end)
{
	bool negate = *p == '!' || *p == '^', found = false;
	const char *first = p += negate;

	*end = NULL;
	for (; *p && (*p != ']' || p == first); p++) {
		if (p[1] == '-' && p[2] && p[2] != ']') {
			found |= p[0] <= c && c <= p[2];
			p += 2;
		} else {
			found |= *p == c;
		}
	}
	if (*p)
		*end = p + 1;
	return found != negate;
}

/* Matches one pattern element; returns what follows it, NULL: no match. */
static const char *match_one(const char *p, char c)
{
	const char *end;

	if (*p == '?')
		return p + 1;
	if (*p == '[') {
		bool in = match_set(p + 1, c, &end);

		if (end)
			return in ? end : NULL;
	}
	if (*p == '\\' && p[1])
		p++;
	return *p == c ? p + 1 : NULL;
}

bool sh_match(const char *p, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s) {
		const char *next;

		if (*p == '*') {
			star = ++p;
			retry = s;
			continue;
		}
		next = *p ? match_one(p, *s) : NULL;
		if (next) {
			p = next;
			s++;
		} else if (star) {
			p = star;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return !*p;
}

struct glob {
	struct arena *arena;
	char **paths;
	int n;
};

static void unquote(char *dst, const char *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (src[i] == '\\' && i + 1 < n)
			i++;
		*dst++ = src[i];
	}
	*dst = '\0';
}

static void expand_path(struct glob *g, const char *prefix, const char *pattern);

static void take_entry(struct glob *g, const char *prefix, const char *name, const char *rest)
{
	char path[PATH_LEN];

	if (strlen(prefix) + strlen(name) + 2 > sizeof(path) || g->n == MAX_PATHS)
		return;
	strlcpy(path, prefix, sizeof(path));
	strlcat(path, name, sizeof(path));
	if (*rest) {
		strlcat(path, "/", sizeof(path));
		expand_path(g, path, rest + strspn(rest, "/"));
	} else if (!access(path, F_OK)) {
		g->paths[g->n++] = arena_strndup(g->arena, path, strlen(path));
	}
}

/* The first component of @pattern against the entries of @prefix, then the rest below each that
 * matches. */
static void expand_path(struct glob *g, const char *prefix, const char *pattern)
{
	size_t len = strcspn(pattern, "/");
	char part[PATH_LEN];
	struct dirent *d;
	DIR *dir;

	if (len >= sizeof(part))
		return;
	memcpy(part, pattern, len);
	part[len] = '\0';
	if (!sh_has_glob(part)) {
		unquote(part, pattern, len);
		take_entry(g, prefix, part, pattern + len);
		return;
	}
	dir = opendir(*prefix ? prefix : ".");
	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' && part[0] != '.')
			continue;
		if (sh_match(part, d->d_name))
			take_entry(g, prefix, d->d_name, pattern + len);
	}
	closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sh_glob(struct arena *a, const char *pattern, char ***paths)
{
	struct glob g = {.arena = a, .paths = arena_alloc(a, MAX_PATHS * sizeof(char *))};
	const char *prefix = *pattern == '/' ? "/" : "";

	expand_path(&g, prefix, pattern + strspn(pattern, "/"));
	qsort(g.paths, g.n, sizeof(*g.paths), by_name);
	*paths = g.paths;
	return g.n;
}
