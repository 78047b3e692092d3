/* clear: empties the screen. */
#include <stdio.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
	int status = app_no_arguments(argc, argv);

	if (status >= 0)
		return status;
	fputs("\033[H\033[2J\033[3J", stdout);
	return 0;
}
