/*
 * dhclient: gets an address by DHCP (RFC 2131). The work is done by a task that stays in the
 * background (dhcp/daemon.c); the command itself only waits for the first lease. Left out: INFORM
 * and the reboot state - an old address is asked for in DISCOVER.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dhcp/apply.h"
#include "dhcp/daemon.h"
#include "lib/ifc.h"
#include "lib/util.h"

struct options {
	char action; /* 's' show, 'r' release, 'x' exit, 'd' be the daemon, 0: start one */
	int ready_fd;
	int64_t timeout;
};

/* All at once: the wait for a silent server is the same for one interface and for ten. */
static int start(char **devs, int n, const struct options *o)
{
	int fds[IFC_MAX], status = 0;

	for (int i = 0; i < n; i++)
		fds[i] = dhcp_spawn(devs[i]);
	if (!dhcp_wait(fds, n, o->timeout))
		return 0;
	for (int i = 0; i < n; i++) {
		if (dhcp_pid(devs[i]) && !dhcp_lease_address(devs[i]))
			app_error(
				"dhclient",
				"%s: no answer from any DHCP server, still trying in the background",
				devs[i]);
		status |= !dhcp_lease_address(devs[i]);
	}
	return status;
}

static int stop(const char *dev, int sig)
{
	if (dhcp_stop(dev, sig))
		return 0;
	return app_error("dhclient", "%s: no client is running", dev);
}

static int serve(char **devs, int n, const struct options *o)
{
	int status = 0;

	if (!o->action)
		return start(devs, n, o);
	if (o->action == 'd')
		return dhcp_daemon(devs[0], o->ready_fd);
	for (int i = 0; i < n; i++) {
		if (o->action == 's')
			status |= dhcp_lease_show(devs[i]);
		else
			status |= stop(devs[i], o->action == 'r' ? SIGUSR1 : SIGTERM);
	}
	return status;
}

static int serve_all(const struct options *o)
{
	char names[IFC_MAX][IFNAMSIZ], *devs[IFC_MAX];
	int n = ifc_names(names, IFC_MAX), nr_devs = 0;

	for (int i = 0; i < n; i++)
		if (strcmp(names[i], "lo"))
			devs[nr_devs++] = names[i];
	if (!nr_devs)
		return app_error("dhclient", "no network interface");
	return serve(devs, nr_devs, o);
}

int main(int argc, char **argv)
{
	struct options o = { .ready_fd = -1, .timeout = DHCP_FIRST_WAIT };
	long fd;
	int c;

	while ((c = getopt(argc, argv, ":srxdp:t:")) != -1) {
		switch (c) {
		case 's':
		case 'r':
		case 'x':
		case 'd':
			o.action = c;
			break;
		case 'p':
			if (!app_number_or_say(argv[0], "descriptor", optarg, 0, 1023, &fd))
				return 2;
			o.ready_fd = fd;
			break;
		case 't':
			if (!app_seconds(optarg, &o.timeout)) {
				app_error(argv[0], "bad time '%s'", optarg);
				return 2;
			}
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (argc - optind > IFC_MAX)
		return app_usage(argv[0]);
	return optind < argc ? serve(argv + optind, argc - optind, &o) : serve_all(&o);
}
