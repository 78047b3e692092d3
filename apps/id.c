/* id: who runs this. There is one user. */
#include <stdio.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
	int status = app_no_arguments(argc, argv);

	if (status >= 0)
		return status;
	puts("uid=0(root) gid=0(root) groups=0(root)");
	return 0;
}
