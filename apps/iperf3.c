/*
 * iperf3: measures what TCP and UDP carry, with this system or the common iperf3 (3.x) at the
 * other end, as client (-c HOST) or server (-s).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "iperf3/iperf.h"
#include "lib/util.h"

static int run(struct iperf *t, int argc, char **argv)
{
	int status = iperf_options(t, argc, argv);

	if (status)
		return status - 1;
	app_catch(SIGINT);
	app_catch(SIGTERM);
	return t->server ? iperf_server(t) : iperf_client(t);
}

int main(int argc, char **argv)
{
	struct iperf *t = calloc(1, sizeof(*t));
	int status = 1;

	if (t) {
		t->port = IPERF_PORT;
		t->duration_ns = 10 * NSEC_PER_SEC;
		t->interval_ns = NSEC_PER_SEC;
		t->nstreams_wanted = 1;
		t->udp_listener = -1;
		t->buf = calloc(1, IPERF_MAX_LEN);
		t->text = malloc(IPERF_MAX_JSON);
	}
	if (t && t->buf && t->text)
		status = run(t, argc, argv);
	else
		app_error(argv[0], "out of memory");
	if (t) {
		free(t->buf);
		free(t->text);
	}
	free(t);
	return status;
}
