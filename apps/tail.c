/* tail: the last lines of files (-n N, -N: how many). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lines.h"
#include "lib/util.h"

/* A ring of the last lines seen. */
static int print_last(FILE *f, const char *name, void *arg)
{
	long count = *(long *)arg, seen = 0;
	char **ring = calloc(count ? count : 1, sizeof(*ring)), *line = NULL;
	size_t size = 0;

	if (!ring)
		return app_error("tail", "out of memory");
	while (count && getline(&line, &size, f) > 0) {
		char **slot = &ring[seen++ % count];

		free(*slot);
		*slot = strdup(line);
	}
	for (long i = seen > count ? seen - count : 0; i < seen; i++)
		if (ring[i % count])
			fputs(ring[i % count], stdout);
	for (long i = 0; i < count; i++)
		free(ring[i]);
	free(ring);
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	long count = 10;
	int status = lines_option(argc, argv, &count);

	return status >= 0 ? status :
			     lines_each(argv[0], argc - optind, argv + optind, print_last, &count);
}
