/* head: the first lines of files (-n N, -N: how many). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/lines.h"
#include "lib/util.h"

static int print_first(FILE *f, const char *name, void *arg)
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

int main(int argc, char **argv)
{
	long count = 10;
	int status = lines_option(argc, argv, &count);

	return status >= 0 ? status :
			     lines_each(argv[0], argc - optind, argv + optind, print_first, &count);
}
