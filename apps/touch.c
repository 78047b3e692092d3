/* touch: makes files that do not exist. */
#include <fcntl.h>
#include <unistd.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":"), status = 0, fd;

	if (c != -1)
		return app_badopt(argv, c);
	if (optind == argc)
		return app_usage(argv[0]);
	for (; optind < argc; optind++) {
		fd = open(argv[optind], O_WRONLY | O_CREAT, 0644);
		if (fd < 0)
			status = app_perror(argv[0], argv[optind]);
		else
			close(fd);
	}
	return status;
}
