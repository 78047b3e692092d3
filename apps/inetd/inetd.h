/*
 * inetd: what its files share. One task serves every connection of the small services from one
 * epoll loop; an idle connection costs one struct client.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

struct client {
	int fd;
	const struct service *service; /* NULL: a listener's or datagram's own slot */
	const struct service
		*serves; /* what a listener accepts for, a datagram socket answers as */
	bool stream;
	uint32_t position; /* chargen: the next line */
	uint32_t wants;	   /* epoll events that it is registered for */
	uint32_t pending_len, pending_sent;
	char *pending; /* what the peer has not taken yet; NULL: nothing */
};

/*
 * A service. @stream: a connection can be read or written (@events); false: it has ended.
 * @datagram: the answer to @n bytes in @buf (of @size) is left there; its length, or -1 for none.
 */
struct service {
	const char *name;
	int port;
	uint32_t events; /* what a new connection waits for first */
	bool (*stream)(struct server *s, struct client *c);
	long (*datagram)(struct server *s, char *buf, size_t n, size_t size);
};

extern const struct service inetd_services[];
extern const size_t nr_inetd_services;

#define BUF_SIZE 16384

struct server {
	int epoll;
	const char *app;
	struct client **conns; /* by descriptor */
	int nconns;	       /* its length */
	long open, limit;
	int offset; /* added to each port */
	char buf[BUF_SIZE];
};

/*
 * Sends @n bytes at @buf; what the peer does not take now is kept in @c->pending and sent by
 * client_flush. False: the connection is broken, or no memory.
 */
bool client_send(struct server *s, struct client *c, const char *buf, size_t n);
bool client_flush(struct server *s, struct client *c);
/* @events: EPOLLIN, EPOLLOUT. */
void client_want(struct server *s, struct client *c, uint32_t events);
