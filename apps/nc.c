/*
 * nc: connects standard input and output with a socket. -u: UDP, -l: listen (also -p PORT), -k: go
 * on with the next peer, -w S: end after S idle seconds, -q S: end S seconds after the end of
 * input, -s ADDR: local address, -v, -n, -z: only see whether somebody is there.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"

#define BUF_SIZE 65536

struct nc {
	bool udp, listen, keep, verbose, scan;
	const char *host, *source;
	const char *port_text;
	int local_port, port;
	int64_t idle, quit; /* ns; -1: never */
	char *buf;
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

/* All of @n bytes for a stream, one datagram otherwise. */
static bool send_all(int fd, const char *buf, ssize_t n, bool socket)
{
	while (n > 0) {
		ssize_t sent = socket ? send(fd, buf, n, MSG_NOSIGNAL) : write(fd, buf, n);

		if (sent <= 0)
			return false;
		buf += sent;
		n -= sent;
	}
	return true;
}

struct pump {
	int fd;
	bool input_open;
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

static int from_input(const struct nc *nc, struct pump *p)
{
	ssize_t n = read(0, nc->buf, BUF_SIZE - 1);

	if (n <= 0)
		end_input(nc, p);
	else if (!send_all(p->fd, nc->buf, n, true))
		return app_perror("nc", nc->host ? nc->host : "send");
	return -1;
}

/* -1: go on, else the exit status. */
static int from_socket(const struct nc *nc, struct pump *p)
{
	ssize_t n = recv(p->fd, nc->buf, BUF_SIZE, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n < 0)
		return app_perror("nc", nc->host ? nc->host : "recv");
	if (n == 0 && !nc->udp)
		return 0;
	return send_all(1, nc->buf, n, false) ? -1 : 1;
}

static int poll_ms(const struct pump *p)
{
	int64_t until = p->idle_until < p->quit_at ? p->idle_until : p->quit_at;
	int64_t left = until - app_clock_ns();

	if (until == INT64_MAX)
		return -1;
	return left > 0 ? (left + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0;
}

/* Moves bytes both ways until one side has had enough. */
static int pump(const struct nc *nc, int fd)
{
	struct pump p = {
		.fd = fd, .input_open = true, .idle_until = after(nc->idle), .quit_at = INT64_MAX
	};
	int status = -1;

	while (status < 0) {
		struct pollfd pfd[2] = { { .fd = fd, .events = POLLIN },
					 { .fd = p.input_open ? 0 : -1, .events = POLLIN } };
		int n = poll(pfd, 2, poll_ms(&p));

		if (n < 0 && errno == EINTR)
			return 1;
		if (n <= 0)
			return 0;
		p.idle_until = after(nc->idle);
		if (pfd[0].revents)
			status = from_socket(nc, &p);
		if (status < 0 && pfd[1].revents)
			status = from_input(nc, &p);
	}
	return status;
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

static int run_client(const struct nc *nc)
{
	struct sockaddr_in to;
	int fd, status;

	if (!inaddr_resolve("nc", nc->host, &to))
		return 1;
	to.sin_port = htons(nc->port);
	fd = open_socket(nc);
	if (fd < 0)
		return 1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return app_error("nc", "%s port %d: %s", nc->host, nc->port, strerror(errno));
	}
	if (nc->scan)
		status = nc->udp ? scan_udp(fd) : 0;
	else
		status = pump(nc, fd);
	if (!nc->scan || !status)
		say(nc, nc->scan ? "somebody is at" : "done with", &to);
	close(fd);
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

static int run_server(const struct nc *nc)
{
	int fd, conn, status = 0;

	do {
		fd = open_socket(nc);
		if (fd < 0)
			return 1;
		if (!nc->udp && listen(fd, 1) < 0)
			return app_perror("nc", "listen");
		conn = next_peer(nc, fd);
		if (conn < 0)
			return app_perror("nc", "accept");
		status = pump(nc, conn);
		if (conn != fd)
			close(conn);
		close(fd);
	} while (nc->keep && !app_caught());
	return status;
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
		return c == 'n';
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
	nc->port = port ? inaddr_port(port, nc->udp ? "udp" : "tcp") : nc->local_port;
	if (nc->port < 1) {
		app_error("nc", "bad port '%s'", port ? port : "");
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

	while ((c = getopt(argc, argv, ":ulkvnzp:s:w:q:")) != -1) {
		if (c == '?' || c == ':')
			return app_badopt(argv, c);
		if (!take_flag(&nc, c) && !take_value(&nc, c, optarg))
			return 2;
	}
	if (!take_operands(&nc, argc - optind, argv + optind))
		return 2;
	nc.buf = malloc(BUF_SIZE);
	if (!nc.buf)
		return app_error(argv[0], "out of memory");
	status = nc.listen ? run_server(&nc) : run_client(&nc);
	free(nc.buf);
	return status;
}
