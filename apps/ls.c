/*
 * ls: lists directories. -l: with type, size and time, -h: sizes with units, -a: also names that
 * start with a dot, -d: directories themselves, -R: what is in directories, too, -1: one to a line.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/netdev.h"
#include "lib/util.h"

#define WIDTH 80
#define MAX_DEPTH 16

struct options {
	bool all, details, one, units, itself, recursive;
	bool heading; /* of each directory */
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

static void print_details(const char *path, const char *name, const struct options *o)
{
	char when[32] = "", bits[] = "rwxrwxrwx", size[24];
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
	snprintf(size, sizeof(size), "%ld", (long)st.st_size);
	printf("%c%s %9s %s %s\n", type_of(st.st_mode), bits,
	       o->units ? netdev_bytes_text(st.st_size, size) : size, when, name);
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
		print_details(path, l->names[i], o);
	}
}

static int list_dir(const char *path, const struct options *o, int depth);

static int list_below(const char *dir, const struct list *l, const struct options *o, int depth)
{
	char path[256];
	struct stat st;
	int status = 0;

	for (int i = 0; i < l->n && depth < MAX_DEPTH; i++) {
		snprintf(path, sizeof(path), "%s/%s", strcmp(dir, "/") ? dir : "", l->names[i]);
		if (strcmp(l->names[i], ".") && strcmp(l->names[i], "..") && !stat(path, &st) &&
		    S_ISDIR(st.st_mode))
			status |= list_dir(path, o, depth + 1);
	}
	return status;
}

static int list_dir(const char *path, const struct options *o, int depth)
{
	struct list l = { 0 };
	DIR *dir = opendir(path);
	struct dirent *d;
	int status = 0;

	if (!dir)
		return app_perror("ls", path);
	while ((d = readdir(dir)))
		if (o->all || d->d_name[0] != '.')
			add(&l, d->d_name);
	closedir(dir);
	qsort(l.names, l.n, sizeof(*l.names), by_name);
	if (o->heading)
		printf("%s:\n", path);
	print_list(&l, path, o);
	if (o->heading)
		putchar('\n');
	if (o->recursive)
		status = list_below(path, &l, o, depth);
	free_list(&l);
	return status;
}

/* A directory that stands for what is in it, not for itself. */
static bool is_list(const struct stat *st, const struct options *o)
{
	return S_ISDIR(st->st_mode) && !o->itself;
}

enum kind { FILES, DIRS };

/* Lists @path if it is of this @kind. What does not exist is complained about with the files. */
static int list(const char *path, const struct options *o, enum kind kind)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return kind == FILES ? app_perror("ls", path) : 1;
	if (is_list(&st, o) != (kind == DIRS))
		return 0;
	if (kind == DIRS)
		return list_dir(path, o, 0);
	if (o->details)
		print_details(path, path, o);
	else
		puts(path);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .one = !isatty(1) };
	int c, status = 0;

	while ((c = getopt(argc, argv, ":adhlR1")) != -1) {
		switch (c) {
		case 'a':
			o.all = true;
			break;
		case 'd':
			o.itself = true;
			break;
		case 'h':
			o.units = true;
			break;
		case 'l':
			o.details = true;
			break;
		case 'R':
			o.recursive = o.heading = true;
			break;
		case '1':
			o.one = true;
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (optind == argc)
		return list(".", &o, o.itself ? FILES : DIRS);
	o.heading |= argc - optind > 1;
	for (enum kind kind = FILES; kind <= DIRS; kind++)
		for (int i = optind; i < argc; i++)
			status |= list(argv[i], &o, kind);
	return status;
}
