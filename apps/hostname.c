/* hostname: shows the host's name, or sets it. -F: from a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

static int set(const char *name)
{
	return sethostname(name, strlen(name)) < 0 ? app_perror("hostname", name) : 0;
}

static int set_from(const char *path)
{
	char *text = text_read(path), *cursor = text, *line = text_line(&cursor);
	int status = line && *line ? set(line) : app_error("hostname", "%s: no name in it", path);

	free(text);
	return status;
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	char name[65];
	int c;

	while ((c = getopt(argc, argv, ":F:s")) != -1) {
		if (c == 'F')
			path = optarg;
		else if (c != 's')
			return app_badopt(argv, c);
	}
	if (path)
		return set_from(path);
	if (optind < argc) {
		const char *to = argv[optind++];

		return app_surplus(argc, argv) ? 2 : set(to);
	}
	if (gethostname(name, sizeof(name)) < 0)
		return app_perror(argv[0], "gethostname");
	puts(name);
	return 0;
}
