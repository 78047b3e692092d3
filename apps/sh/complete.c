/*
 * Completion: the first word of a command from builtins and apps, behind `help` and `man` too, any
 * other from the file system; in the place of an interface, its name.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/ifc.h"
#include "../lib/util.h"
#include "edit.h"
#include "sh.h"

#define MAX_WORDS 200

static void add(struct completion *c, const char *word, const char *typed, const char *suffix)
{
	char *copy;

	if (strncmp(word, typed, strlen(typed)) || c->n == MAX_WORDS)
		return;
	copy = malloc(strlen(word) + strlen(suffix) + 1);
	if (!copy)
		return;
	strcpy(copy, word);
	strcat(copy, suffix);
	c->words[c->n++] = copy;
}

static void complete_command(struct completion *c, const char *typed)
{
	for (size_t i = 0; i < nr_apps; i++)
		if (!sh_builtin(apps[i].name))
			add(c, apps[i].name, typed, "");
	for (size_t i = 0; i < sh_nr_builtins; i++)
		add(c, sh_builtins[i].name, typed, "");
}

/* @typed is a path: its last component against the entries of what is in front. */
static void complete_path(struct completion *c, const char *typed)
{
	const char *slash = strrchr(typed, '/');
	size_t dir_len = slash ? (size_t)(slash - typed) + 1 : 0;
	char path[256];
	struct dirent *d;
	DIR *dir;

	if (dir_len >= sizeof(path) - sizeof(d->d_name))
		return;
	memcpy(path, typed, dir_len);
	path[dir_len] = '\0';
	dir = opendir(dir_len ? path : ".");
	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' && typed[dir_len] != '.')
			continue;
		strcpy(path + dir_len, d->d_name);
		add(c, path, typed, d->d_type == DT_DIR ? "/" : "");
	}
	closedir(dir);
}

static void complete_interface(struct completion *c, const char *typed)
{
	char names[IFC_MAX][IFNAMSIZ];
	int n = ifc_names(names, IFC_MAX);

	for (int i = 0; i < n; i++)
		add(c, names[i], typed, "");
}

/* What stands before the word: the command's name in @command, or "" if the word itself is the
 * command. */
static void find_command(const char *line, size_t start, char *command, size_t size)
{
	size_t from = start, len;

	while (from && !strchr(";&|(\n", line[from - 1]))
		from--;
	from += strspn(line + from, " \t");
	len = from < start ? strcspn(line + from, " \t") : 0;
	if (len >= size)
		len = 0;
	memcpy(command, line + from, len);
	command[len] = '\0';
}

static bool is_one_of(const char *word, const char *const *list)
{
	while (*list && strcmp(*list, word))
		list++;
	return *list;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void sh_complete(const char *line, size_t pos, struct completion *c)
{
	static const char *const wants_command[] = { "help", "man", "type", "time", NULL };
	static const char *const wants_interface[] = { "ifconfig", "dhclient", NULL };
	size_t start = pos;
	char *typed;
	char command[32];

	while (start && !strchr(" \t;&|<>(=", line[start - 1]))
		start--;
	*c = (struct completion){ .start = start, .words = calloc(MAX_WORDS, sizeof(char *)) };
	typed = strndup(line + start, pos - start);
	find_command(line, start, command, sizeof(command));
	if (!c->words || !typed)
		goto out;
	if (!strchr(typed, '/') && (!*command || is_one_of(command, wants_command)))
		complete_command(c, typed);
	else if (is_one_of(command, wants_interface))
		complete_interface(c, typed);
	else
		complete_path(c, typed);
	qsort(c->words, c->n, sizeof(char *), by_text);
out:
	free(typed);
}

void sh_complete_free(struct completion *c)
{
	for (int i = 0; i < c->n; i++)
		free(c->words[i]);
	free(c->words);
}
