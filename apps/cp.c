/* cp: copies files. */
#include <unistd.h>

#include "lib/files.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":"), status = 0;
	char buf[256];

	if (c != -1)
		return app_badopt(argv, c);
	if (argc - optind < 2)
		return app_usage(argv[0]);
	for (; optind < argc - 1; optind++)
		status |= file_copy(argv[0], argv[optind],
				    file_target(argv[optind], argv[argc - 1], buf, sizeof(buf)));
	return status;
}
