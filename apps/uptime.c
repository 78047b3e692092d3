/* uptime: how long the system runs, and how busy it is. */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "lib/load.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":");

	if (c != -1)
		return app_badopt(argv, c);
	if (app_surplus(argc, argv))
		return 2;
	print_uptime();
	return 0;
}
