/* uname: the system's names. -a: all of -s (kernel), -n (host), -r (release), -v (version), -m
 * (machine). */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
	static const char letters[] = "snrvm";
	struct utsname u;
	const char *names[] = { u.sysname, u.nodename, u.release, u.version, u.machine };
	int c, want = 0, printed = 0;

	while ((c = getopt(argc, argv, ":asnrvm")) != -1) {
		if (c == 'a')
			want = 31;
		else if (strchr(letters, c))
			want |= 1 << (strchr(letters, c) - letters);
		else
			return app_badopt(argv, c);
	}
	if (app_surplus(argc, argv))
		return 2;
	if (uname(&u) < 0)
		return app_perror(argv[0], "uname");
	for (int i = 0; i < 5; i++)
		if ((want ? want : 1) >> i & 1)
			printf("%s%s", printed++ ? " " : "", names[i]);
	putchar('\n');
	return 0;
}
