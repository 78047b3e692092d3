/* help, man: what commands there are, and what one of them takes. The texts stand in the table of
 * apps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "sh/sh.h"

struct entry {
	const char *name, *help;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static const char *description(const char *help)
{
	const char *newline = strchr(help, '\n');

	return newline ? newline + 1 : help;
}

/* Both tables, sorted; a name that is in both once. */
static size_t collect(struct entry *list)
{
	size_t n = 0;

	for (size_t i = 0; i < sh_nr_builtins; i++)
		list[n++] = (struct entry){ sh_builtins[i].name, sh_builtins[i].help };
	for (size_t i = 0; i < nr_apps; i++)
		if (!sh_builtin(apps[i].name))
			list[n++] = (struct entry){ apps[i].name, apps[i].help };
	qsort(list, n, sizeof(*list), by_name);
	return n;
}

static int show_all(void)
{
	struct entry *list = calloc(nr_apps + sh_nr_builtins, sizeof(*list));
	size_t n = list ? collect(list) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *text = description(list[i].help);

		printf("%-11s %.*s\n", list[i].name, (int)strcspn(text, "\n"), text);
	}
	puts("\n'help COMMAND' or 'COMMAND --help' shows what a command takes.");
	free(list);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return show_all();
	for (int i = 1; i < argc; i++) {
		const struct builtin *b = sh_builtin(argv[i]);

		if (b)
			printf("usage: %s\n", b->help);
		else if (!app_help(argv[i]))
			status = app_error(argv[0], "no command '%s'", argv[i]);
	}
	return status;
}
