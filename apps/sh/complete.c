/*
 * Completion: the first word of a command from builtins and apps, behind `help` and `man` too, any
 * other from the file system; in the place of an interface or of a module, its name.
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

/* The files of modules, without their ".o". */
static void complete_module_file(struct completion *c, const char *typed)
{
	DIR *dir = opendir("/lib/modules");
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *end = strrchr(d->d_name, '.');

		if (!end || strcmp(end, ".o"))
			continue;
		*end = '\0';
		add(c, d->d_name, typed, "");
	}
	if (dir)
		closedir(dir);
}

/* The modules in the kernel. */
static void complete_module(struct completion *c, const char *typed)
{
	char *text = text_read("/proc/modules"), *cursor = text, *line;

	while (text && (line = text_line(&cursor))) {
		line[strcspn(line, " ")] = '\0';
		add(c, line, typed, "");
	}
	free(text);
}

/* `module VERB NAME`; its aliases have the verb in their name. False: it is no place for that. */
static bool complete_module_word(struct completion *c, const char *command, const char *verb,
				 const char *typed)
{
	static const char *const verbs[] = { "info", "list", "load", "unload" };

	if (!strcmp(command, "rmmod") || !strcmp(verb, "unload"))
		complete_module(c, typed);
	else if (strchr(typed, '/'))
		return false;
	else if (strcmp(command, "module") || !strcmp(verb, "load") || !strcmp(verb, "info"))
		complete_module_file(c, typed);
	else
		for (size_t i = 0; !*verb && i < ARRAY_LEN(verbs); i++)
			add(c, verbs[i], typed, "");
	return true;
}

/* The word at @from before @start: its text in @word, or "" if there is none; where it ends. */
static size_t find_word(const char *line, size_t from, size_t start, char *word, size_t size)
{
	size_t len;

	from += strspn(line + from, " \t");
	len = from < start ? strcspn(line + from, " \t") : 0;
	if (len >= size)
		len = 0;
	memcpy(word, line + from, len);
	word[len] = '\0';
	return from + len;
}

/* Where the command begins that has its word at @start. */
static size_t find_command(const char *line, size_t start)
{
	while (start && !strchr(";&|(\n", line[start - 1]))
		start--;
	return start;
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
	static const char *const wants_module[] = { "module", "insmod", "modinfo", "rmmod", NULL };
	size_t start = pos;
	char *typed;
	char command[32], verb[32];

	while (start && !strchr(" \t;&|<>(=", line[start - 1]))
		start--;
	*c = (struct completion){ .start = start, .words = calloc(MAX_WORDS, sizeof(char *)) };
	typed = strndup(line + start, pos - start);
	find_word(line, find_word(line, find_command(line, start), start, command, sizeof(command)),
		  start, verb, sizeof(verb));
	if (!c->words || !typed)
		goto out;
	if (!strchr(typed, '/') && (!*command || is_one_of(command, wants_command)))
		complete_command(c, typed);
	else if (is_one_of(command, wants_interface))
		complete_interface(c, typed);
	else if (!is_one_of(command, wants_module) ||
		 !complete_module_word(c, command, verb, typed))
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
