/*
 * module, and Linux's names for the same: insmod, rmmod, lsmod, modinfo. A module is a file in
 * /lib/modules, or any other file that is named with a '/'.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/module.h>
#include <unistd.h>

#include "lib/util.h"

#define DIRECTORY "/lib/modules"
#define PATH_LEN 160
#define INFO_LEN 4096

static void path_of(const char *name, char path[PATH_LEN])
{
	const char *end = strrchr(name, '.');

	if (strchr(name, '/'))
		snprintf(path, PATH_LEN, "%s", name);
	else
		snprintf(path, PATH_LEN, DIRECTORY "/%s%s", name,
			 end && strcmp(end, ".o") == 0 ? "" : ".o");
}

/* Opens the file of module @name; -1: said why. */
static int module_open(const char *app, const char *name, char path[PATH_LEN])
{
	int fd;

	path_of(name, path);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		app_perror(app, path);
	return fd;
}

/* The words of @argv with spaces between them, for the caller to free; NULL: no memory. */
static char *join(char **argv)
{
	size_t len = 1;
	char *text;

	for (char **word = argv; *word; word++)
		len += strlen(*word) + 1;
	text = malloc(len);
	if (!text)
		return NULL;
	*text = '\0';
	for (char **word = argv; *word; word++) {
		strcat(text, *word);
		strcat(text, " ");
	}
	return text;
}

static int load(const char *app, char **argv)
{
	char path[PATH_LEN];
	int fd = module_open(app, argv[0], path), status = 0;
	char *params;

	if (fd < 0)
		return 1;
	params = join(argv + 1);
	if (!params || finit_module(fd, params, 0))
		status = app_error(app, "cannot load %s: %s", path, strerror(errno));
	free(params);
	close(fd);
	return status;
}

static int unload(const char *app, const char *name)
{
	if (delete_module(name, 0) == 0)
		return 0;
	if (errno == ENOENT)
		return app_error(app, "module %s is not loaded", name);
	if (errno == EBUSY)
		return app_error(app, "module %s is in use", name);
	return app_perror(app, name);
}

static int info(const char *app, const char *name)
{
	char path[PATH_LEN];
	int fd = module_open(app, name, path), status = 0;
	char *text = malloc(INFO_LEN);
	long n = -1;

	if (fd < 0) {
		free(text);
		return 1;
	}
	if (text)
		n = module_info(fd, text, INFO_LEN);
	if (n < 0)
		status = app_error(app, "cannot read %s: %s", path, strerror(errno));
	else
		printf("%-16s%s\n%.*s", "filename:", path, (int)n, text);
	free(text);
	close(fd);
	return status;
}

/* lsmod's table, from "name size refs users state address". */
static int list(const char *app)
{
	char *text = text_read("/proc/modules"), *cursor = text, *line, *field[4];

	if (!text)
		return app_perror(app, "/proc/modules");
	printf("Module                  Size  Used by\n");
	while ((line = text_line(&cursor))) {
		if (text_fields(line, field, 4) == 4)
			printf("%-19s %8s  %s\n", field[0], field[1], field[2]);
	}
	free(text);
	return 0;
}

/* What `module` is told to do: an alias stands for its verb. */
static const char *verb_of(const char *app)
{
	static const char *const alias[][2] = {
		{ "insmod", "load" },
		{ "rmmod", "unload" },
		{ "lsmod", "list" },
		{ "modinfo", "info" },
	};

	for (size_t i = 0; i < ARRAY_LEN(alias); i++) {
		if (strcmp(app, alias[i][0]) == 0)
			return alias[i][1];
	}
	return NULL;
}

static int run(const char *app, const char *verb, char **args, int count)
{
	if (strcmp(verb, "load") == 0 && count >= 1)
		return load(app, args);
	if (strcmp(verb, "unload") == 0 && count == 1)
		return unload(app, args[0]);
	if (strcmp(verb, "info") == 0 && count == 1)
		return info(app, args[0]);
	if (strcmp(verb, "list") == 0 && count == 0)
		return list(app);
	return app_usage(app);
}

int main(int argc, char **argv)
{
	const char *app = argv[0], *verb;

	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return app_help(app) ? 0 : 1;
	verb = verb_of(app);
	if (verb)
		return run(app, verb, argv + 1, argc - 1);
	if (argc < 2)
		return list(app);
	return run(app, argv[1], argv + 2, argc - 2);
}
