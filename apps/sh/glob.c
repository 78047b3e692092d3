/*
 * File name patterns: * ? [a-z] [!a-z], and \ in front of what is meant literally.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

#define PATH_LEN 256
#define MAX_DEPTH 8 /* components with a pattern */

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
	int n, room;
	int depth;
};

static void unquote(char *dst, const char *src)
{
	for (; *src; src++) {
		if (*src == '\\' && src[1])
			src++;
		*dst++ = *src;
	}
	*dst = '\0';
}

static void add_path(struct glob *g, const char *path)
{
	if (access(path, F_OK))
		return;
	if (g->n == g->room) {
		char **more = arena_alloc(g->arena, (g->room = g->room * 2 + 16) * sizeof(*more));

		if (g->n)
			memcpy(more, g->paths, g->n * sizeof(*more));
		g->paths = more;
	}
	g->paths[g->n++] = arena_strndup(g->arena, path, strlen(path));
}

/* Appends @name to @path; false: too long. */
static bool append(char path[PATH_LEN], const char *name)
{
	return strlcat(path, name, PATH_LEN) < PATH_LEN;
}

/* Moves the components in front of the first with a pattern from @p to @path. Returns what is left;
 * NULL: too long. */
static const char *take_plain(struct glob *g, char path[PATH_LEN], const char *p)
{
	while (*p) {
		size_t len = strcspn(p, "/");
		char *part = arena_strndup(g->arena, p, len);

		if (sh_has_glob(part))
			break;
		unquote(part, part);
		p += len;
		if (!append(path, part) || (*p && !append(path, "/")))
			return NULL;
		p += strspn(p, "/");
	}
	return p;
}

static void expand_path(struct glob *g, const char *prefix, const char *pattern);

/* The first component of @pattern against the entries of @dir, then the rest below each that
 * matches. */
static void match_entries(struct glob *g, const char *dir, const char *pattern)
{
	size_t len = strcspn(pattern, "/");
	char *part = arena_strndup(g->arena, pattern, len), path[PATH_LEN];
	const char *rest = pattern + len;
	DIR *entries = opendir(*dir ? dir : ".");
	struct dirent *d;

	while (entries && (d = readdir(entries))) {
		if ((d->d_name[0] == '.' && part[0] != '.') || !sh_match(part, d->d_name))
			continue;
		strlcpy(path, dir, sizeof(path));
		if (!append(path, d->d_name) || (*rest && !append(path, "/")))
			continue;
		if (*rest)
			expand_path(g, path, rest + strspn(rest, "/"));
		else
			add_path(g, path);
	}
	if (entries)
		closedir(entries);
}

static void expand_path(struct glob *g, const char *prefix, const char *pattern)
{
	char path[PATH_LEN];

	strlcpy(path, prefix, sizeof(path));
	pattern = take_plain(g, path, pattern);
	if (!pattern)
		return;
	if (!*pattern) {
		add_path(g, path);
	} else if (g->depth < MAX_DEPTH) {
		g->depth++;
		match_entries(g, path, pattern);
		g->depth--;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sh_glob(struct arena *a, const char *pattern, char ***paths)
{
	struct glob g = { .arena = a };
	const char *prefix = *pattern == '/' ? "/" : "";

	expand_path(&g, prefix, pattern + strspn(pattern, "/"));
	qsort(g.paths, g.n, sizeof(*g.paths), by_name);
	*paths = g.paths;
	return g.n;
}
