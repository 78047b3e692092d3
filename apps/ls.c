/* ls: lists directories. -l: with type, size and time, -a: with names that start with a dot, -1:
 * one to a line. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

#define WIDTH 80

struct options {
	bool all, details, one;
};

struct list {
	char **names;
	int n, room;
};

static bool add(struct list *l, const char *name)
{
	if (l->n == l->room) {
		char **more = realloc(l->names, (l->room = l->room * 2 + 16) * sizeof(*more));

		if (!more)
			return false;
		l->names = more;
	}
	l->names[l->n] = strdup(name);
	return l->names[l->n] && ++l->n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_list(struct list *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFCHR:
		return 'c';
	case S_IFIFO:
		return 'p';
	default:
		return '-';
	}
}

static void print_details(const char *path, const char *name)
{
	char when[32] = "", bits[] = "rwxrwxrwx";
	struct stat st;
	struct tm tm;

	if (stat(path, &st) < 0) {
		app_perror("ls", path);
		return;
	}
	for (int i = 0; i < 9; i++)
		if (!(st.st_mode >> (8 - i) & 1))
			bits[i] = '-';
	if (gmtime_r(&st.st_mtime, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	printf("%c%s %9ld %s %s\n", type_of(st.st_mode), bits, (long)st.st_size, when, name);
}

static void print_columns(const struct list *l)
{
	int width = 1, columns;

	for (int i = 0; i < l->n; i++)
		if ((int)strlen(l->names[i]) + 2 > width)
			width = strlen(l->names[i]) + 2;
	columns = width > WIDTH ? 1 : WIDTH / width;
	for (int i = 0; i < l->n; i++) {
		bool last = i % columns == columns - 1 || i == l->n - 1;

		printf("%-*s%s", last ? 0 : width, l->names[i], last ? "\n" : "");
	}
}

static void print_list(const struct list *l, const char *dir, const struct options *o)
{
	char path[256];

	if (!o->details) {
		for (int i = 0; o->one && i < l->n; i++)
			puts(l->names[i]);
		if (!o->one)
			print_columns(l);
		return;
	}
	for (int i = 0; i < l->n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, l->names[i]);
		print_details(path, l->names[i]);
	}
}

static int list_dir(const char *path, const struct options *o)
{
	struct list l = {0};
	DIR *dir = opendir(path);
	struct dirent *d;

	if (!dir)
		return app_perror("ls", path);
	while ((d = readdir(dir)))
		if (o->all || d->d_name[0] != '.')
			add(&l, d->d_name);
	closedir(dir);
	qsort(l.names, l.n, sizeof(*l.names), by_name);
	print_list(&l, path, o);
	free_list(&l);
	return 0;
}

enum kind { FILES, DIRS };

/* Lists @path if it is of this @kind. What does not exist is complained about with the files. */
static int list(const char *path, const struct options *o, enum kind kind, bool many)
{
	struct stat st;
	int status;

	if (stat(path, &st) < 0)
		return kind == FILES ? app_perror("ls", path) : 1;
	if (S_ISDIR(st.st_mode) != (kind == DIRS))
		return 0;
	if (kind == FILES && o->details) {
		print_details(path, path);
		return 0;
	}
	if (kind == FILES || many)
		printf(kind == FILES ? "%s\n" : "%s:\n", path);
	status = kind == DIRS ? list_dir(path, o) : 0;
	if (kind == DIRS && many)
		putchar('\n');
	return status;
}

int main(int argc, char **argv)
{
	struct options o = {.one = !isatty(1)};
	int c, status = 0;

	while ((c = getopt(argc, argv, ":al1")) != -1) {
		switch (c) {
		case 'a':
			o.all = true;
			break;
		case 'l':
			o.details = true;
			break;
		case '1':
			o.one = true;
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (optind == argc)
		return list_dir(".", &o);
	for (enum kind kind = FILES; kind <= DIRS; kind++)
		for (int i = optind; i < argc; i++)
			status |= list(argv[i], &o, kind, argc - optind > 1);
	return status;
}
