/* The server: one test at a time; who comes meanwhile is told to come again. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iperf.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"

#define PATIENCE_MS 10000

/* A socket at the port; -1: has said why. */
static int open_port(struct iperf *t, int type)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)t->port) };
	int fd = socket(AF_INET, type, 0), one = 1;

	if (fd < 0) {
		app_perror("iperf3", "socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if ((!t->bind_addr || inaddr_parse(t->bind_addr, &sin.sin_addr.s_addr)) &&
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	    (type == SOCK_DGRAM || listen(fd, IPERF_MAX_STREAMS) == 0))
		return fd;
	app_perror("iperf3", "unable to start listener");
	close(fd);
	return -1;
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, timeout_ms) > 0;
}

/* The next stream's connection: it shows the test's cookie. */
static int accept_stream(struct iperf *t)
{
	char cookie[IPERF_COOKIE];
	signed char busy = ACCESS_DENIED;

	while (readable(t->listener, PATIENCE_MS)) {
		int fd = accept(t->listener, NULL, NULL);

		if (fd < 0)
			continue;
		if (iperf_read_all(fd, cookie, sizeof(cookie), PATIENCE_MS) &&
		    !memcmp(cookie, t->cookie, sizeof(cookie)))
			return fd;
		iperf_write_all(fd, &busy, 1);
		close(fd);
	}
	return -1;
}

/* UDP: the socket that was greeted becomes the stream's, and another takes its place. */
static int greeted_socket(struct iperf *t)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int fd = t->udp_listener;
	uint32_t word = 0, reply;

	do {
		if (!readable(fd, PATIENCE_MS) ||
		    recvfrom(fd, &word, sizeof(word), 0, (struct sockaddr *)&from, &len) < 0)
			return -1;
	} while (word != IPERF_UDP_HELLO && word != IPERF_UDP_HELLO_OLD);
	reply = word == IPERF_UDP_HELLO ? IPERF_UDP_REPLY : IPERF_UDP_REPLY_OLD;
	if (connect(fd, (struct sockaddr *)&from, len) < 0)
		return -1;
	t->udp_listener = open_port(t, SOCK_DGRAM);
	send(fd, &reply, sizeof(reply), 0);
	return fd;
}

static bool create_streams(struct iperf *t)
{
	int wanted = t->nstreams_wanted * (t->bidir ? 2 : 1);

	for (int i = 0; i < wanted; i++) {
		int fd = t->udp ? greeted_socket(t) : accept_stream(t);
		bool sender = t->bidir ? i >= t->nstreams_wanted : t->reverse;

		if (fd < 0) {
			app_error("iperf3", "the client opened %d of %d streams", i, wanted);
			return false;
		}
		if (!iperf_set_options(t, fd)) {
			close(fd);
			return false;
		}
		iperf_add_stream(t, fd, sender);
	}
	return true;
}

/* Until the client says that it is over. */
static bool run_test(struct iperf *t)
{
	int state = 0;

	iperf_begin(t);
	iperf_report_start(t);
	t->end_ns = INT64_MAX;
	if (iperf_run(t) < 0) {
		iperf_send_state(t, SERVER_TERMINATE);
		return false;
	}
	if (!iperf_read_state(t, &state))
		return false;
	if (state != TEST_END) {
		app_error("iperf3", "the client sends state %d", state);
		return false;
	}
	/* A client that receives reads whole blocks: the end of the streams lets it go. */
	for (int i = 0; i < t->nstreams; i++)
		shutdown(t->streams[i].fd, SHUT_RDWR);
	return true;
}

static bool serve(struct iperf *t)
{
	int state;

	if (!iperf_read_all(t->control, t->cookie, IPERF_COOKIE, PATIENCE_MS) ||
	    !iperf_send_state(t, PARAM_EXCHANGE) || !iperf_read_params(t))
		return false;
	if (t->udp && t->udp_listener < 0)
		t->udp_listener = open_port(t, SOCK_DGRAM);
	if ((t->udp && t->udp_listener < 0) || !iperf_set_options(t, t->listener) ||
	    !iperf_send_state(t, CREATE_STREAMS) || !create_streams(t) ||
	    !iperf_send_state(t, TEST_START) || !iperf_send_state(t, TEST_RUNNING) || !run_test(t))
		return false;
	if (!iperf_send_state(t, EXCHANGE_RESULTS) || !iperf_exchange_results(t) ||
	    !iperf_send_state(t, DISPLAY_RESULTS))
		return false;
	iperf_report_end(t);
	return iperf_read_state(t, &state);
}

/* A listener's options are its connections': the next test has none of this one's. */
static bool renew_listener(struct iperf *t)
{
	if (!t->window && !t->tos && !t->mss && !t->congestion && !t->nodelay)
		return true;
	close(t->listener);
	t->listener = open_port(t, SOCK_STREAM);
	return t->listener >= 0;
}

static int serve_next(struct iperf *t)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	char text[INET_ADDRSTRLEN];
	bool ok;

	if (!t->json)
		printf("-----------------------------------------------------------\n"
		       "Server listening on %d\n"
		       "-----------------------------------------------------------\n",
		       t->port);
	t->control = accept(t->listener, (struct sockaddr *)&peer, &len);
	if (t->control < 0)
		return app_caught() ? 0 : app_perror("iperf3", "accept");
	if (!t->json)
		printf("Accepted connection from %s, port %u\n",
		       inaddr_str(peer.sin_addr.s_addr, text), ntohs(peer.sin_port));
	iperf_hurry(t->control);
	ok = serve(t);
	iperf_close_streams(t);
	close(t->control);
	if (t->udp_listener >= 0)
		close(t->udp_listener);
	t->udp_listener = -1;
	if (!t->one_off && !renew_listener(t))
		return -1;
	return !ok;
}

int iperf_server(struct iperf *t)
{
	int status = 0;

	t->udp_listener = -1;
	t->listener = open_port(t, SOCK_STREAM);
	if (t->listener < 0)
		return 1;
	do
		status = serve_next(t);
	while (status >= 0 && !t->one_off && !app_caught());
	if (t->listener >= 0)
		close(t->listener);
	return status != 0;
}
