/* uptime: how long the system runs, and how busy it is. */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "lib/load.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
	int status = app_no_arguments(argc, argv);

	if (status >= 0)
		return status;
	print_uptime();
	return 0;
}
