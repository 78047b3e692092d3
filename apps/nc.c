/*
 * nc: connects standard input and output with a socket. -u: UDP, -l: listen (also -p PORT), -k: go
 * on with the next peer (UDP: with all at a time, the last one is answered), -w S: end after S idle
 * seconds, or if connecting takes longer, -q S: end S seconds after the end of input, -s ADDR:
 * local address, -v, -n, -N (which is so anyway), -z: only see whether somebody is there, at one
 * port or a range.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"

#define BUF_SIZE 65536

struct nc {
	bool udp, listen, keep, verbose, scan;
	const char *host, *source;
	int local_port, port, last_port; /* @last_port: of a range that -z looks at */
	int64_t idle, quit;		 /* ns; -1: never */
	char *in, *out;			 /* BUF_SIZE each: from the socket, from standard input */
};

static void say(const struct nc *nc, const char *what, const struct sockaddr_in *peer)
{
	char text[INET_ADDRSTRLEN];

	if (nc->verbose)
		fprintf(stderr, "nc: %s %s port %u (%s)\n", what,
			inaddr_str(peer->sin_addr.s_addr, text), ntohs(peer->sin_port),
			nc->udp ? "udp" : "tcp");
}

static int open_socket(const struct nc *nc)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(nc->local_port) };
	int fd = socket(AF_INET, nc->udp ? SOCK_DGRAM : SOCK_STREAM, 0), one = 1;

	if (fd < 0) {
		app_error("nc", "%s: %s", nc->udp ? "UDP" : "TCP (-u is UDP)", strerror(errno));
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	if (nc->source && !inaddr_parse(nc->source, &sin.sin_addr.s_addr)) {
		app_error("nc", "%s: bad address", nc->source);
		close(fd);
		return -1;
	}
	if ((nc->source || nc->local_port) && bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		app_perror("nc", "bind");
		close(fd);
		return -1;
	}
	return fd;
}

static bool print_all(const char *buf, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(1, buf, (size_t)n);

		if (done <= 0)
			return false;
		buf += done;
		n -= done;
	}
	return true;
}

struct pump {
	int fd;
	bool input_open, peer_ended;
	bool many;		 /* an unconnected UDP socket: @peer is who spoke last */
	struct sockaddr_in peer; /* port 0: nobody yet */
	size_t out_len, out_sent;
	int64_t idle_until, quit_at;
};

static int64_t after(int64_t ns)
{
	return ns < 0 ? INT64_MAX : app_clock_ns() + ns;
}

static void end_input(const struct nc *nc, struct pump *p)
{
	p->input_open = false;
	p->quit_at = after(nc->quit);
	if (!nc->udp)
		shutdown(p->fd, SHUT_WR);
}

/*
 * Sends what waits as far as the peer takes it: meanwhile it is read from, or two ends that both
 * only write would wait for ever. -1: go on, else the exit status.
 */
static int flush(const struct nc *nc, struct pump *p)
{
	ssize_t n = sendto(
		p->fd, nc->out + p->out_sent, p->out_len - p->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT,
		p->many ? (struct sockaddr *)&p->peer : NULL, p->many ? sizeof(p->peer) : 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n < 0)
		return app_perror("nc", nc->host ? nc->host : "send");
	p->out_sent += (size_t)n;
	if (p->out_sent >= p->out_len)
		p->out_len = p->out_sent = 0;
	return -1;
}

static int from_input(const struct nc *nc, struct pump *p)
{
	ssize_t n = read(0, nc->out, BUF_SIZE - 1);

	if (n <= 0) {
		end_input(nc, p);
		return -1;
	}
	p->out_len = (size_t)n;
	return flush(nc, p);
}

static int from_socket(const struct nc *nc, struct pump *p)
{
	socklen_t len = sizeof(p->peer);
	ssize_t n = recvfrom(p->fd, nc->in, BUF_SIZE, MSG_DONTWAIT,
			     p->many ? (struct sockaddr *)&p->peer : NULL, p->many ? &len : NULL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n < 0)
		return app_perror("nc", nc->host ? nc->host : "recv");
	p->peer_ended = n == 0 && !nc->udp;
	return print_all(nc->in, n) ? -1 : 1;
}

static int poll_ms(const struct pump *p)
{
	int64_t until = p->idle_until < p->quit_at ? p->idle_until : p->quit_at;
	int64_t left = until - app_clock_ns();

	if (until == INT64_MAX)
		return -1;
	return left > 0 ? (left + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0;
}

/* One wait and what came of it. -1: go on, else the exit status. */
static int pump_once(const struct nc *nc, struct pump *p)
{
	bool read_input = p->input_open && !p->out_len && (!p->many || p->peer.sin_port);
	short events = (p->peer_ended ? 0 : POLLIN) | (p->out_len ? POLLOUT : 0);
	struct pollfd pfd[2] = { { .fd = p->fd, .events = events },
				 { .fd = read_input ? 0 : -1, .events = POLLIN } };
	int n = poll(pfd, 2, poll_ms(p)), status = -1;

	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0)
		return 0;
	p->idle_until = after(nc->idle);
	if (p->out_len && pfd[0].revents & ~POLLIN)
		status = flush(nc, p);
	if (status < 0 && !p->peer_ended && pfd[0].revents)
		status = from_socket(nc, p);
	if (status < 0 && pfd[1].revents)
		status = from_input(nc, p);
	return status;
}

/* Moves bytes both ways until one side has had enough. */
static int pump(const struct nc *nc, int fd, bool many)
{
	struct pump p = { .fd = fd,
			  .input_open = true,
			  .many = many,
			  .idle_until = after(nc->idle),
			  .quit_at = INT64_MAX };
	int status = -1;

	while (status < 0 && (!p.peer_ended || p.out_len))
		status = pump_once(nc, &p);
	return status < 0 ? 0 : status;
}

/* An empty datagram, and a moment for the refusal. */
static int scan_udp(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int err = 0;
	socklen_t len = sizeof(err);

	if (send(fd, "", 0, 0) < 0)
		return 1;
	poll(&pfd, 1, 500);
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 || err;
}

/* As long as -w allows. */
static bool connect_in_time(const struct nc *nc, int fd, const struct sockaddr_in *to)
{
	struct timeval tv = { nc->idle / NSEC_PER_SEC, nc->idle % NSEC_PER_SEC / 1000 };

	if (nc->idle > 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return true;
	if (errno == EINPROGRESS || errno == EAGAIN)
		errno = ETIMEDOUT;
	return false;
}

static int talk_to(const struct nc *nc, const struct sockaddr_in *to)
{
	int fd = open_socket(nc), status;

	if (fd < 0)
		return 1;
	if (!connect_in_time(nc, fd, to)) {
		close(fd);
		return app_error("nc", "%s port %d: %s", nc->host, ntohs(to->sin_port),
				 strerror(errno));
	}
	if (nc->scan)
		status = nc->udp ? scan_udp(fd) : 0;
	else
		status = pump(nc, fd, false);
	if (!nc->scan || !status)
		say(nc, nc->scan ? "somebody is at" : "done with", to);
	close(fd);
	return status;
}

/* A scan of a range succeeds if somebody is at one of its ports. */
static int run_client(const struct nc *nc)
{
	struct sockaddr_in to;
	int status = 1;

	if (!inaddr_resolve("nc", nc->host, &to))
		return 1;
	for (int port = nc->port; port <= nc->last_port && !app_caught(); port++) {
		to.sin_port = htons((uint16_t)port);
		status &= talk_to(nc, &to);
	}
	return status;
}

/* The next peer: a connection, or for UDP whoever sends first. The descriptor to talk on, -1. */
static int next_peer(const struct nc *nc, int fd)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	char byte;

	if (!nc->udp) {
		int conn = accept(fd, (struct sockaddr *)&peer, &len);

		if (conn >= 0)
			say(nc, "connection from", &peer);
		return conn;
	}
	if (recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&peer, &len) < 0 ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0)
		return -1;
	say(nc, "datagram from", &peer);
	return fd;
}

static int serve_one(const struct nc *nc, int fd)
{
	bool many = nc->udp && nc->keep;
	int conn = many ? fd : next_peer(nc, fd), status;

	if (conn < 0) {
		app_perror("nc", "accept");
		return -1;
	}
	status = pump(nc, conn, many);
	if (conn != fd)
		close(conn);
	return status;
}

/* With -k the listener stays: who comes while another is served waits in its queue. */
static int run_server(const struct nc *nc)
{
	int fd = open_socket(nc), status;

	if (fd < 0)
		return 1;
	if (!nc->udp && listen(fd, nc->keep ? 16 : 1) < 0) {
		close(fd);
		return app_perror("nc", "listen");
	}
	do
		status = serve_one(nc, fd);
	while (status >= 0 && nc->keep && !nc->udp && !app_caught());
	close(fd);
	return status != 0;
}

static bool take_flag(struct nc *nc, int c)
{
	switch (c) {
	case 'u':
		nc->udp = true;
		return true;
	case 'l':
		nc->listen = true;
		return true;
	case 'k':
		nc->keep = true;
		return true;
	case 'v':
		nc->verbose = true;
		return true;
	case 'z':
		nc->scan = true;
		return true;
	default:
		return c == 'n' || c == 'N';
	}
}

static bool take_value(struct nc *nc, int c, const char *text)
{
	int64_t *time = c == 'w' ? &nc->idle : &nc->quit;

	if (c == 'p') {
		nc->local_port = inaddr_port(text, nc->udp ? "udp" : "tcp");
		if (nc->local_port >= 0)
			return true;
		app_error("nc", "bad port '%s'", text);
		return false;
	}
	if (c == 's') {
		nc->source = text;
		return true;
	}
	if (app_seconds(text, time))
		return true;
	app_error("nc", "bad time '%s'", text);
	return false;
}

/* "80", "http", or for -z "20-25". */
static bool take_port(struct nc *nc, const char *text)
{
	const char *proto = nc->udp ? "udp" : "tcp", *dash = strchr(text, '-');
	char first[8];

	if (nc->scan && dash && dash - text < (long)sizeof(first) && inaddr_port(text, proto) < 0) {
		snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
		nc->port = inaddr_port(first, proto);
		nc->last_port = inaddr_port(dash + 1, proto);
	} else {
		nc->port = nc->last_port = inaddr_port(text, proto);
	}
	if (nc->port >= 1 && nc->last_port >= nc->port)
		return true;
	app_error("nc", "bad port '%s'", text);
	return false;
}

/* What is left: [HOST] PORT, or with -l perhaps only a port. False: said what is wrong. */
static bool take_operands(struct nc *nc, int n, char **words)
{
	const char *port = NULL;

	if (n == 2 || (n == 1 && !nc->listen)) {
		nc->host = words[0];
		port = n == 2 ? words[1] : NULL;
	} else if (n == 1) {
		port = words[0];
	}
	if (n > 2 || (!nc->listen && !port)) {
		app_usage("nc");
		return false;
	}
	if (port && !take_port(nc, port))
		return false;
	if (!port)
		nc->port = nc->local_port;
	if (nc->port < 1) {
		app_error("nc", "which port?");
		return false;
	}
	if (nc->listen) {
		nc->source = nc->host;
		nc->local_port = nc->port;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct nc nc = { .idle = -1, .quit = -1 };
	int c, status;

	while ((c = getopt(argc, argv, ":ulkvnNzp:s:w:q:")) != -1) {
		if (c == '?' || c == ':')
			return app_badopt(argv, c);
		if (!take_flag(&nc, c) && !take_value(&nc, c, optarg))
			return 2;
	}
	if (!take_operands(&nc, argc - optind, argv + optind))
		return 2;
	nc.in = malloc(2 * BUF_SIZE);
	if (!nc.in)
		return app_error(argv[0], "out of memory");
	nc.out = nc.in + BUF_SIZE;
	status = nc.listen ? run_server(&nc) : run_client(&nc);
	free(nc.in);
	return status;
}
