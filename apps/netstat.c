/*
 * netstat: sockets (-a all, -l those that wait, -t -u -w by protocol), -r routes, -i interfaces, -s
 * statistics, -g groups. -n: without names. -e: routes with metric and use, as route has them. -p
 * is accepted.
 */
#include <stdio.h>
#include <unistd.h>

#include "lib/netdev.h"
#include "lib/routes.h"
#include "lib/util.h"
#include "netstat/netstat.h"

static bool take_flag(struct netstat_options *o, int c)
{
	switch (c) {
	case 'a':
		o->all = true;
		return true;
	case 'l':
		o->listening = true;
		return true;
	case 'n':
		o->numeric = true;
		return true;
	case 't':
		o->tcp = true;
		return true;
	case 'u':
		o->udp = true;
		return true;
	case 'w':
		o->raw = true;
		return true;
	case 'e':
		o->extended = true;
		return true;
	default:
		return c == 'p' || c == '4';
	}
}

int main(int argc, char **argv)
{
	struct netstat_options o = { 0 };
	int c, view = 0;

	while ((c = getopt(argc, argv, ":alntuwpe4risg")) != -1) {
		if (c == 'r' || c == 'i' || c == 's' || c == 'g')
			view = c;
		else if (!take_flag(&o, c))
			return app_badopt(argv, c);
	}
	if (optind < argc)
		return app_error(argv[0], "unknown word '%s'", argv[optind]), 2;
	switch (view) {
	case 'r':
		return routes_print(argv[0], o.numeric, !o.extended);
	case 'i':
		puts("Kernel Interface table");
		return netdev_print_table(argv[0], o.all);
	case 'g':
		return netstat_groups();
	case 's':
		return netstat_statistics(&o);
	default:
		return netstat_sockets(&o);
	}
}
