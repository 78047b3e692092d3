/*
 * ifconfig: shows and configures interfaces. -a: also those that are down, -s: one line each, -l:
 * their names only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ifconfig/ifconfig.h"
#include "lib/ifc.h"
#include "lib/util.h"

static int list_names(void)
{
	char names[IFC_MAX][IFNAMSIZ];
	int n = ifc_names(names, IFC_MAX);

	for (int i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", names[i]);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	bool all = false, table = false;
	int c, fd, status;

	while ((c = getopt(argc, argv, "+:asl")) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case 's':
			table = true;
			break;
		case 'l':
			return list_names();
		default:
			return app_badopt(argv, c);
		}
	}
	if (table)
		return netdev_print_table(argv[0], all);
	fd = ifc_open();
	if (fd < 0)
		return app_perror(argv[0], "socket");
	if (optind == argc)
		status = ifconfig_show_all(fd, all);
	else if (optind == argc - 1)
		status = ifconfig_show(fd, argv[optind]);
	else
		status = ifconfig_set(fd, argv[optind], argv + optind + 1);
	close(fd);
	return status;
}
