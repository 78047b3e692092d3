/* mv: moves or renames files. */
#include <stdio.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":f"), status = 0;
	char buf[256];

	if (c != -1 && c != 'f')
		return app_badopt(argv, c);
	if (argc - optind < 2)
		return app_usage(argv[0]);
	for (; optind < argc - 1; optind++) {
		const char *to = file_target(argv[optind], argv[argc - 1], buf, sizeof(buf));

		if (rename(argv[optind], to) < 0)
			status = app_perror(argv[0], argv[optind]);
	}
	return status;
}
