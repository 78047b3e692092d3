/*
 * The frame of head, tail, wc and grep.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "util.h"

int lines_each(const char *app, int n, char **files,
	       int (*fn)(FILE *f, const char *name, void *arg), void *arg)
{
	int status = 0, s;

	if (!n)
		return fn(stdin, NULL, arg);
	for (int i = 0; i < n; i++) {
		FILE *f = fopen(files[i], "r");

		if (f) {
			s = fn(f, files[i], arg);
			fclose(f);
		} else {
			s = app_perror(app, files[i]);
		}
		status = s > status ? s : status;
	}
	return status;
}

int lines_option(int argc, char **argv, long *count)
{
	int c;

	if (argc > 1 && argv[1][0] == '-' && isdigit(argv[1][1])) {
		optind = 2;
		return app_number_or_say(argv[0], "count", argv[1] + 1, 0, 100000, count) ? -1 : 2;
	}
	while ((c = getopt(argc, argv, ":n:")) != -1) {
		if (c != 'n')
			return app_badopt(argv, c);
		if (!app_number_or_say(argv[0], "count", optarg, 0, 100000, count))
			return 2;
	}
	return -1;
}
