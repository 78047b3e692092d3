/* poweroff, reboot, halt: ends the system, in the way that the name says. */
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "lib/util.h"

static int how(const char *name)
{
	if (!strcmp(name, "reboot"))
		return RB_AUTOBOOT;
	return strcmp(name, "halt") ? RB_POWER_OFF : RB_HALT_SYSTEM;
}

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":fn");

	for (; c != -1; c = getopt(argc, argv, ":fn"))
		if (c != 'f' && c != 'n')
			return app_badopt(argv, c);
	if (app_surplus(argc, argv))
		return 2;
	reboot(how(argv[0]));
	return app_perror(argv[0], "reboot");
}
