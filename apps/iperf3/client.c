/* The client: connects, says what it wants, follows the server's states, and says when it is over.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iperf.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"

#define UDP_TRIES 10
#define UDP_PATIENCE_MS 1000

static const char cookie_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static void make_cookie(char *cookie)
{
	for (int i = 0; i < IPERF_COOKIE - 1; i++)
		cookie[i] = cookie_alphabet[(unsigned int)random() % (sizeof(cookie_alphabet) - 1)];
	cookie[IPERF_COOKIE - 1] = '\0';
}

/* -1: has said why. */
static int connect_to(struct iperf *t, const struct sockaddr_in *to, int type, bool stream)
{
	int fd = socket(AF_INET, type, 0);
	struct sockaddr_in local = { .sin_family = AF_INET };

	if (fd < 0) {
		app_perror("iperf3", "socket");
		return -1;
	}
	if (t->bind_addr && (!inaddr_parse(t->bind_addr, &local.sin_addr.s_addr) ||
			     bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0)) {
		app_perror("iperf3", t->bind_addr);
		close(fd);
		return -1;
	}
	if (stream && !iperf_set_options(t, fd)) {
		close(fd);
		return -1;
	}
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		app_error("iperf3", "unable to connect to server: %s", strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* UDP has no connection: both say a word, so that the server knows the client's port. */
static bool greet_udp(int fd)
{
	uint32_t hello = IPERF_UDP_HELLO, reply;

	for (int i = 0; i < UDP_TRIES; i++) {
		if (send(fd, &hello, sizeof(hello), 0) < 0 && errno != ECONNREFUSED)
			break;
		if (iperf_read_all(fd, &reply, sizeof(reply), UDP_PATIENCE_MS) &&
		    (reply == IPERF_UDP_REPLY || reply == IPERF_UDP_REPLY_OLD))
			return true;
	}
	app_error("iperf3", "the server does not answer UDP");
	return false;
}

static bool open_stream(struct iperf *t, const struct sockaddr_in *to, bool sender)
{
	int fd = connect_to(t, to, t->udp ? SOCK_DGRAM : SOCK_STREAM, true);

	if (fd < 0)
		return false;
	if (t->udp ? !greet_udp(fd) : !iperf_write_all(fd, t->cookie, IPERF_COOKIE)) {
		close(fd);
		return false;
	}
	iperf_add_stream(t, fd, sender);
	return true;
}

static bool create_streams(struct iperf *t, const struct sockaddr_in *to)
{
	for (int i = 0; i < t->nstreams_wanted; i++)
		if (!open_stream(t, to, t->bidir || !t->reverse))
			return false;
	for (int i = 0; t->bidir && i < t->nstreams_wanted; i++)
		if (!open_stream(t, to, false))
			return false;
	return true;
}

static bool run_test(struct iperf *t)
{
	bool by_amount = t->num_bytes || t->num_blocks;

	iperf_begin(t);
	iperf_report_start(t);
	t->end_ns = by_amount ? INT64_MAX : t->start_ns + t->omit_ns + t->duration_ns;
	switch (iperf_run(t)) {
	case 0:
		return iperf_send_state(t, TEST_END);
	case 1:
		return true; /* what it says is read next */
	default:
		if (app_caught())
			iperf_send_state(t, CLIENT_TERMINATE);
		else
			app_error("iperf3", "the server has closed the streams");
		return false;
	}
}

/* What the server's @state asks of us. 1: the test is over, 0: go on, -1: it failed. */
static int follow(struct iperf *t, const struct sockaddr_in *to, int state)
{
	switch (state) {
	case PARAM_EXCHANGE:
		return iperf_send_params(t) ? 0 : -1;
	case CREATE_STREAMS:
		if (t->nstreams)
			break; /* once is what was agreed, and what there is room for */
		return create_streams(t, to) ? 0 : -1;
	case TEST_START:
		return 0;
	case TEST_RUNNING:
		return run_test(t) ? 0 : -1;
	case EXCHANGE_RESULTS:
		return iperf_exchange_results(t) ? 0 : -1;
	case DISPLAY_RESULTS:
		iperf_report_end(t);
		iperf_send_state(t, IPERF_DONE);
		return 1;
	default:
		break;
	}
	app_error("iperf3", "the server sends state %d", state);
	return -1;
}

int iperf_client(struct iperf *t)
{
	struct sockaddr_in to;
	int state, done = 0;

	if (!inaddr_resolve("iperf3", t->host, &to))
		return 1;
	to.sin_port = htons((uint16_t)t->port);
	t->control = connect_to(t, &to, SOCK_STREAM, false);
	if (t->control < 0)
		return 1;
	iperf_hurry(t->control);
	if (!t->json)
		printf("Connecting to host %s, port %d\n", t->host, t->port);
	make_cookie(t->cookie);
	if (!iperf_write_all(t->control, t->cookie, IPERF_COOKIE))
		done = app_perror("iperf3", "control connection") - 2;
	while (!done && !app_caught())
		done = iperf_read_state(t, &state) ? follow(t, &to, state) : -1;
	iperf_close_streams(t);
	close(t->control);
	return done > 0 ? 0 : 1;
}
