/* reboot: starts the machine anew. */
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
	reboot(RB_AUTOBOOT);
	return app_perror(argv[0], "reboot");
}
