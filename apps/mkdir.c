/* mkdir: makes directories. -p: those above too, and no complaint about existing ones. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

static int make(const char *path, bool parents)
{
	if (!mkdir(path, 0755) || (parents && errno == EEXIST))
		return 0;
	return app_perror("mkdir", path);
}

static int make_all(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (make(path, true))
			return 1;
		*p = '/';
	}
	return make(path, true);
}

int main(int argc, char **argv)
{
	bool parents = false;
	int c, status = 0;

	while ((c = getopt(argc, argv, ":p")) != -1) {
		if (c != 'p')
			return app_badopt(argv, c);
		parents = true;
	}
	if (optind == argc)
		return app_usage(argv[0]);
	for (; optind < argc; optind++)
		status |= parents ? make_all(argv[optind]) : make(argv[optind], false);
	return status;
}
