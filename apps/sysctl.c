/*
 * sysctl: shows and sets the tunables below /proc/sys. NAME, NAME=VALUE (-w: only that), -a: all,
 * -r PATTERN: of them those that match, -n: values only, -N: names only, -b: values without
 * newline, -e: unknown ones are no error, -q: says nothing of what was set, -p [FILE...]: settings
 * from files
 * (/etc/sysctl.conf).
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

#define ROOT "/proc/sys"
#define PATH_LEN 160
#define MAX_DEPTH 8

struct options {
	bool values_only, names_only, no_newline, ignore_unknown, quiet, write;
	const char
		*pattern; /* '*' and '?' as the shell has them, anywhere in the name; NULL: all */
};

static void path_of(const char *name, size_t len, char path[PATH_LEN])
{
	int n = snprintf(path, PATH_LEN, ROOT "/%.*s", (int)len, name);

	for (int i = strlen(ROOT); i < n && i < PATH_LEN; i++)
		if (path[i] == '.')
			path[i] = '/';
}

/* Whether @s begins with what @pattern describes. */
static bool begins(const char *pattern, const char *s)
{
	for (; *pattern && *pattern != '*'; pattern++, s++)
		if (!*s || (*pattern != '?' && *pattern != '.' && *pattern != *s))
			return false;
	if (!*pattern)
		return true;
	for (pattern++; *s; s++)
		if (begins(pattern, s))
			return true;
	return begins(pattern, s);
}

/* Anchors of regular expressions are understood, for the habit's sake. */
static bool matches(const char *pattern, const char *name)
{
	if (!pattern)
		return true;
	if (*pattern == '^')
		return begins(pattern + 1, name);
	for (; *name; name++)
		if (begins(pattern, name))
			return true;
	return false;
}

static int unknown(const struct options *o, const char *word, int len)
{
	if (o->ignore_unknown)
		return 0;
	return app_error("sysctl", "cannot stat /proc/sys/%.*s: No such file or directory", len,
			 word);
}

static void print_value(const char *name, const char *text, const struct options *o)
{
	if (!matches(o->pattern, name))
		return;
	if (o->names_only)
		puts(name);
	else if (o->no_newline)
		printf("%s", text);
	else if (o->values_only)
		puts(text);
	else
		printf("%s = %s\n", name, text);
}

static int show_path(const char *path, const struct options *o)
{
	char *text = text_read(path), *name = strdup(path + strlen(ROOT) + 1);

	if (!text || !name) {
		free(text);
		free(name);
		return app_error("sysctl", "%s: %s", path + strlen(ROOT) + 1, strerror(errno));
	}
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	text[strcspn(text, "\n")] = '\0';
	print_value(name, text, o);
	free(name);
	free(text);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int show_tree(const char *path, const struct options *o, int depth);

/* The names in @path, sorted, each one shown. */
static int show_dir(const char *path, const struct options *o, int depth)
{
	char *names[64], below[PATH_LEN];
	int n = 0, status = 0;
	DIR *dir = opendir(path);
	struct dirent *d;

	if (!dir)
		return app_perror("sysctl", path);
	while (n < (int)ARRAY_LEN(names) && (d = readdir(dir)))
		if (d->d_name[0] != '.' && (names[n] = strdup(d->d_name)))
			n++;
	closedir(dir);
	qsort(names, n, sizeof(*names), by_name);
	for (int i = 0; i < n; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, names[i]);
		free(names[i]);
		status |= show_tree(below, o, depth + 1);
	}
	return status;
}

static int show_tree(const char *path, const struct options *o, int depth)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return app_perror("sysctl", path);
	if (!S_ISDIR(st.st_mode))
		return show_path(path, o);
	return depth < MAX_DEPTH ? show_dir(path, o, depth) : 0;
}

static int set(const char *word, const char *equals, const struct options *o)
{
	size_t len = equals - word;
	char path[PATH_LEN], *text;
	struct stat st;
	int err;

	while (len && word[len - 1] == ' ')
		len--;
	path_of(word, len, path);
	equals++;
	equals += strspn(equals, " ");
	if (!len || stat(path, &st) < 0)
		return unknown(o, word, len ? (int)len : -1);
	if (asprintf(&text, "%s\n", equals) < 0)
		return app_error("sysctl", "out of memory");
	err = text_write(path, text) < 0 ? errno : 0;
	free(text);
	if (err)
		return app_error("sysctl", "%.*s: '%s': %s", (int)len, word, equals,
				 err == EINVAL ? "not allowed here" : strerror(err));
	return o->quiet ? 0 : show_path(path, o);
}

static int one(const char *word, const struct options *o)
{
	const char *equals = strchr(word, '=');
	char path[PATH_LEN];
	struct stat st;

	if (equals)
		return set(word, equals, o);
	if (o->write)
		return app_error("sysctl", "\"%s\" must be of the form name=value", word);
	path_of(word, strlen(word), path);
	if (stat(path, &st) < 0)
		return unknown(o, word, (int)strlen(word));
	return show_tree(path, o, 0);
}

static int from_file(const char *path, const struct options *o)
{
	char *text = text_read(path), *cursor = text, *line;
	int status = 0;

	if (!text)
		return app_perror("sysctl", path);
	while ((line = text_line(&cursor))) {
		line += strspn(line, " \t");
		if (*line && !strchr("#;", *line))
			status |= one(line, o);
	}
	free(text);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	bool all = false, files = false;
	int c, status = 0;

	while ((c = getopt(argc, argv, ":anNbeqwpr:A")) != -1) {
		switch (c) {
		case 'a':
		case 'A':
			all = true;
			break;
		case 'r':
			o.pattern = optarg;
			all = true;
			break;
		case 'N':
			o.names_only = true;
			break;
		case 'b':
			o.no_newline = true;
			break;
		case 'e':
			o.ignore_unknown = true;
			break;
		case 'q':
			o.quiet = true;
			break;
		case 'n':
			o.values_only = true;
			break;
		case 'p':
			files = true;
			break;
		case 'w':
			o.write = true;
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (all)
		return show_tree(ROOT, &o, 0);
	if (optind == argc)
		return files ? from_file("/etc/sysctl.conf", &o) : app_usage(argv[0]);
	for (; optind < argc; optind++)
		status |= files ? from_file(argv[optind], &o) : one(argv[optind], &o);
	return status;
}
