/* id: who runs this. There is one user. */
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
	puts("uid=0(root) gid=0(root) groups=0(root)");
	return 0;
}
