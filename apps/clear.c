/* clear: empties the screen. */
#include <stdio.h>
#include <unistd.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
	int c = getopt(argc, argv, ":");

	if (c != -1)
		return app_badopt(argv, c);
	if (app_surplus(argc, argv))
		return 2;
	fputs("\033[H\033[2J\033[3J", stdout);
	return 0;
}
