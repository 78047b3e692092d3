/*
 * inetd: the small services, TCP and UDP, in one task: echo, discard, daytime, chargen; all, or
 * those that are named. -p N: ports are N higher than the services' own. -n N: so many connections
 * at a time at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inetd/inetd.h"
#include "lib/util.h"

#define EVENTS 256
#define ACCEPTS_AT_ONCE 64
#define DATAGRAMS_AT_ONCE 64
#define DEFAULT_LIMIT 100000

/* ---- connections ---- */

static struct client *client_new(struct server *s, int fd)
{
	struct client *c = NULL;

	if (fd >= s->nconns) {
		int n = fd * 2 > 64 ? fd * 2 : 64;
		struct client **grown = realloc(s->conns, (size_t)n * sizeof(*grown));

		if (!grown)
			return NULL;
		memset(grown + s->nconns, 0, (size_t)(n - s->nconns) * sizeof(*grown));
		s->conns = grown;
		s->nconns = n;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fd = fd;
	s->conns[fd] = c;
	return c;
}

static void client_end(struct server *s, struct client *c)
{
	if (c->service)
		s->open--;
	s->conns[c->fd] = NULL;
	close(c->fd);
	free(c->pending);
	free(c);
}

void client_want(struct server *s, struct client *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = c->fd };

	if (c->wants == events)
		return;
	epoll_ctl(s->epoll, c->wants ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &ev);
	c->wants = events;
}

/* Keeps what is left of @buf, and waits for room instead of reading more. */
static bool client_keep(struct server *s, struct client *c, const char *buf, size_t n)
{
	c->pending = malloc(n);
	if (!c->pending)
		return false;
	memcpy(c->pending, buf, n);
	c->pending_len = (uint32_t)n;
	c->pending_sent = 0;
	client_want(s, c, EPOLLOUT);
	return true;
}

bool client_send(struct server *s, struct client *c, const char *buf, size_t n)
{
	ssize_t sent = send(c->fd, buf, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (sent < 0)
		sent = 0;
	return (size_t)sent == n || client_keep(s, c, buf + sent, n - (size_t)sent);
}

bool client_flush(struct server *s, struct client *c)
{
	ssize_t n = send(c->fd, c->pending + c->pending_sent, c->pending_len - c->pending_sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->pending_sent += (uint32_t)n;
	if (c->pending_sent < c->pending_len)
		return true;
	free(c->pending);
	c->pending = NULL;
	client_want(s, c, c->service->events);
	return true;
}

/* ---- what the descriptors of the services do ---- */

static void accept_some(struct server *s, const struct client *listener)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK);
		struct client *c;

		if (fd < 0)
			return;
		c = s->open < s->limit ? client_new(s, fd) : NULL;
		if (!c) {
			close(fd);
			continue;
		}
		s->open++;
		c->service = listener->serves;
		c->stream = true;
		client_want(s, c, c->service->events);
	}
}

/* A port of a small service would answer again, and so for ever (RFC 1122's loops of echo and
 * chargen). */
static bool is_small_service(const struct server *s, const struct sockaddr_in *from)
{
	int port = ntohs(from->sin_port);

	for (size_t i = 0; i < nr_inetd_services; i++)
		if (port == inetd_services[i].port || port == inetd_services[i].port + s->offset)
			return true;
	return port == 0;
}

static void answer_some(struct server *s, const struct client *c)
{
	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(c->fd, s->buf, sizeof(s->buf), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);
		long out;

		if (n < 0)
			return;
		out = is_small_service(s, &from) ?
			      -1 :
			      c->serves->datagram(s, s->buf, (size_t)n, sizeof(s->buf));
		if (out >= 0)
			sendto(c->fd, s->buf, (size_t)out, MSG_DONTWAIT, (struct sockaddr *)&from,
			       len);
	}
}

static void serve_event(struct server *s, const struct epoll_event *ev)
{
	struct client *c = s->conns[ev->data.fd];

	if (!c)
		return;
	if (!c->service && c->stream)
		accept_some(s, c);
	else if (!c->service)
		answer_some(s, c);
	else if (c->pending ? !client_flush(s, c) : !c->service->stream(s, c))
		client_end(s, c);
}

/* ---- starting ---- */

static bool open_service(struct server *s, const struct service *service, int type)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)(service->port + s->offset)) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1;
	struct client *c;

	if (fd < 0) {
		app_perror(s->app, "socket");
		return false;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, SOMAXCONN) < 0)) {
		app_perror(s->app, service->name);
		close(fd);
		return false;
	}
	c = client_new(s, fd);
	if (!c) {
		close(fd);
		return false;
	}
	c->serves = service;
	c->stream = type == SOCK_STREAM;
	client_want(s, c, EPOLLIN);
	return true;
}

static bool wanted(const struct service *service, int n, char **names)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], service->name))
			return true;
	return n == 0;
}

static bool names_known(int n, char **names)
{
	for (int i = 0; i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < nr_inetd_services; k++)
			known |= !strcmp(names[i], inetd_services[k].name);
		if (!known) {
			app_error("inetd", "%s: no such service", names[i]);
			return false;
		}
	}
	return true;
}

static bool open_services(struct server *s, int n, char **names)
{
	s->epoll = epoll_create1(0);
	if (s->epoll < 0) {
		app_perror(s->app, "epoll");
		return false;
	}
	for (size_t i = 0; i < nr_inetd_services; i++)
		if (wanted(&inetd_services[i], n, names) &&
		    (!open_service(s, &inetd_services[i], SOCK_STREAM) ||
		     !open_service(s, &inetd_services[i], SOCK_DGRAM)))
			return false;
	return true;
}

static int serve(struct server *s)
{
	struct epoll_event *events = calloc(EVENTS, sizeof(*events));

	if (!events)
		return app_error(s->app, "out of memory");
	while (!app_caught()) {
		int n = epoll_wait(s->epoll, events, EVENTS, -1);

		if (n < 0 && errno != EINTR)
			return app_perror(s->app, "epoll");
		for (int i = 0; i < n; i++)
			serve_event(s, &events[i]);
	}
	free(events);
	return 0;
}

int main(int argc, char **argv)
{
	struct server *s = calloc(1, sizeof(*s));
	long offset = 0;
	int c;

	if (!s)
		return app_error(argv[0], "out of memory");
	s->app = argv[0];
	s->limit = DEFAULT_LIMIT;
	while ((c = getopt(argc, argv, ":p:n:")) != -1) {
		if (c == '?' || c == ':')
			return app_badopt(argv, c);
		if (!app_number_or_say(argv[0], c == 'p' ? "offset" : "limit", optarg,
				       c == 'p' ? 0 : 1, c == 'p' ? 65000 : 1000000,
				       c == 'p' ? &offset : &s->limit))
			return 2;
	}
	s->offset = (int)offset;
	if (!names_known(argc - optind, argv + optind))
		return 2;
	if (!open_services(s, argc - optind, argv + optind))
		return 1;
	app_catch(SIGINT);
	app_catch(SIGTERM);
	return serve(s);
}
