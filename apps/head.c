/* head: the first lines (-n N, -N: how many) or bytes (-c N) of files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lines.h"
#include "lib/util.h"

#define MAX_BYTES (1L << 40)

static int print_lines(FILE *f, const char *name, void *arg)
{
	long left = *(long *)arg;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while (left-- > 0 && (n = getline(&line, &size, f)) > 0)
		fwrite(line, 1, n, stdout);
	free(line);
	return 0;
}

static int print_bytes(FILE *f, const char *name, void *arg)
{
	long left = *(long *)arg;
	char buf[4096];

	while (left > 0) {
		size_t n = fread(buf, 1, left < (long)sizeof(buf) ? (size_t)left : sizeof(buf), f);

		if (!n || fwrite(buf, 1, n, stdout) < n)
			break;
		left -= (long)n;
	}
	return 0;
}

/* -c is looked for first: the rest is as tail has it. */
static int bytes_option(int argc, char **argv, long *bytes)
{
	if (argc < 2 || strncmp(argv[1], "-c", 2))
		return -1;
	optind = argv[1][2] ? 2 : 3;
	if (optind > argc)
		return app_error(argv[0], "option -c requires an argument") + 1;
	return app_number_or_say(argv[0], "count", argv[1][2] ? argv[1] + 2 : argv[2], 0, MAX_BYTES,
				 bytes) ?
		       0 :
		       2;
}

int main(int argc, char **argv)
{
	long count = 10;
	int status = bytes_option(argc, argv, &count);
	bool bytes = status == 0;

	if (status < 0)
		status = lines_option(argc, argv, &count);
	else if (bytes)
		status = -1;
	return status >= 0 ? status :
			     lines_each(argv[0], argc - optind, argv + optind,
					bytes ? print_bytes : print_lines, &count);
}
