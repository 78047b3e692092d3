/*
 * httpd: a small HTTP/1.1 server (RFC 9110, 9112): files below -d DIR (/www) and, under /proc, what
 * the kernel says of itself. -p PORT, -n CONNECTIONS, -l: lists directories without an index.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpd/httpd.h"
#include "lib/util.h"

#define EVENTS 256
#define ACCEPTS_AT_ONCE 64
#define DEFAULT_LIMIT 4096

static struct conn *conn_new(struct httpd *h, int fd)
{
	struct conn *c;

	if (fd >= h->nconns) {
		int n = fd * 2 > 64 ? fd * 2 : 64;
		struct conn **grown = realloc(h->conns, (size_t)n * sizeof(*grown));

		if (!grown)
			return NULL;
		memset(grown + h->nconns, 0, (size_t)(n - h->nconns) * sizeof(*grown));
		h->conns = grown;
		h->nconns = n;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fd = fd;
	c->file = -1;
	h->conns[fd] = c;
	h->open++;
	return c;
}

/* Over the limit, who comes hears so, as far as that costs nothing. */
static void refuse(int fd)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
				   "Retry-After: 5\r\nConnection: close\r\n\r\n";

	send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void accept_some(struct httpd *h)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int fd = accept4(h->listener, NULL, NULL, SOCK_NONBLOCK), one = 1;
		struct conn *c;

		if (fd < 0)
			return;
		c = h->open < h->limit ? conn_new(h, fd) : NULL;
		if (!c) {
			refuse(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		httpd_touch(h, c, HTTPD_HEAD_S);
		httpd_want(h, c, EPOLLIN);
	}
}

static void serve_event(struct httpd *h, const struct epoll_event *ev)
{
	struct conn *c;

	if (ev->data.fd == h->listener) {
		accept_some(h);
		return;
	}
	c = h->conns[ev->data.fd];
	if (!c)
		return;
	if (c->wants & EPOLLOUT ? !httpd_writable(h, c) : !httpd_readable(h, c))
		httpd_end(h, c);
}

/*
 * Ends who has been quiet too long. The list is by activity and terms differ: the longest
 * bounds how far a look has to go.
 */
static void expire(struct httpd *h)
{
	int64_t now = app_clock_ns();

	for (struct conn *c = h->oldest, *next; c; c = next) {
		next = c->next;
		if (c->deadline_ns > now + (HTTPD_IDLE_S - HTTPD_DRAIN_S) * NSEC_PER_SEC)
			break;
		if (c->deadline_ns <= now)
			httpd_end(h, c);
	}
}

static int serve(struct httpd *h)
{
	struct epoll_event *events = calloc(EVENTS, sizeof(*events));
	int64_t looked = 0;

	if (!events)
		return app_error(h->app, "out of memory");
	while (!app_caught()) {
		int n = epoll_wait(h->epoll, events, EVENTS, h->oldest ? 1000 : -1);

		if (n < 0 && errno != EINTR)
			return app_perror(h->app, "epoll");
		for (int i = 0; i < n; i++)
			serve_event(h, &events[i]);
		if (app_clock_ns() - looked > NSEC_PER_SEC) {
			expire(h);
			looked = app_clock_ns();
		}
	}
	free(events);
	return 0;
}

static bool start(struct httpd *h, long port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct epoll_event ev = { .events = EPOLLIN };
	int one = 1;

	h->epoll = epoll_create1(0);
	h->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (h->epoll < 0 || h->listener < 0) {
		app_perror(h->app, "socket");
		return false;
	}
	setsockopt(h->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(h->listener, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    listen(h->listener, SOMAXCONN) < 0) {
		app_error(h->app, "port %ld: %s", port, strerror(errno));
		return false;
	}
	ev.data.fd = h->listener;
	epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->listener, &ev);
	return true;
}

int main(int argc, char **argv)
{
	struct httpd *h = calloc(1, sizeof(*h));
	long port = 80;
	int c;

	if (!h)
		return app_error(argv[0], "out of memory");
	h->app = argv[0];
	h->root = "/www";
	h->limit = DEFAULT_LIMIT;
	while ((c = getopt(argc, argv, ":p:d:n:l")) != -1) {
		if (c == 'd')
			h->root = strcmp(optarg, "/") ? optarg : "";
		else if (c == 'l')
			h->list = true;
		else if (c != 'p' && c != 'n')
			return app_badopt(argv, c);
		else if (!app_number_or_say(argv[0], c == 'p' ? "port" : "limit", optarg, 1,
					    c == 'p' ? 65535 : 100000,
					    c == 'p' ? &port : &h->limit))
			return 2;
	}
	if (app_surplus(argc, argv))
		return 2;
	if (!start(h, port))
		return 1;
	app_catch(SIGINT);
	app_catch(SIGTERM);
	return serve(h);
}
