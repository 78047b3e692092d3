/* poweroff, halt: ends the system. */
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":fn");

	for (; c != -1; c = getopt(argc, argv, ":fn"))
		if (c != 'f' && c != 'n')
			return app_badopt(argv, c);
	if (app_surplus(argc, argv))
		return 2;
	reboot(!strcmp(argv[0], "halt") ? RB_HALT_SYSTEM : RB_POWER_OFF);
	return app_perror(argv[0], "reboot");
}
