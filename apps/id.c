/* id: who runs this. There is one user. */
#include <stdio.h>

int main(int argc, char **argv)
{
	puts("uid=0(root) gid=0(root) groups=0(root)");
	return 0;
}
