/* clear: empties the screen. */
#include <stdio.h>

int main(int argc, char **argv)
{
	fputs("\033[H\033[2J\033[3J", stdout);
	return 0;
}
