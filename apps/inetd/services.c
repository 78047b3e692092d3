/* The small services: echo (RFC 862), discard (RFC 863), daytime (RFC 867), chargen (RFC 864). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "../lib/util.h"
#include "inetd.h"

#define CHARGEN_LINE 72
#define CHARGEN_LINES 96 /* 95 printable characters, and one more line is the first again */
#define CHARGEN_DATAGRAM 512

/* Bytes in s->buf; 0: none now; -1: the connection is over. */
static ssize_t take(struct server *s, struct client *c)
{
	ssize_t n = recv(c->fd, s->buf, sizeof(s->buf), MSG_DONTWAIT);

	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return -1;
}

static bool echo_stream(struct server *s, struct client *c)
{
	ssize_t n = take(s, c);

	if (n == 0)
		return true;
	if (n < 0)
		return false;
	return client_send(s, c, s->buf, (size_t)n);
}

static long echo_datagram(struct server *s, char *buf, size_t n, size_t size)
{
	return (long)n;
}

static bool discard_stream(struct server *s, struct client *c)
{
	return take(s, c) >= 0;
}

static long discard_datagram(struct server *s, char *buf, size_t n, size_t size)
{
	return -1;
}

static int daytime_text(char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	return (int)strftime(buf, size, "%a %b %e %H:%M:%S %Y\r\n", &tm);
}

static bool daytime_stream(struct server *s, struct client *c)
{
	int n = daytime_text(s->buf, sizeof(s->buf));

	send(c->fd, s->buf, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	return false;
}

static long daytime_datagram(struct server *s, char *buf, size_t n, size_t size)
{
	return daytime_text(buf, size);
}

/* Lines of 72 of the printable characters, each beginning one further, from line @first on. */
static size_t chargen_fill(char *buf, size_t size, uint32_t first)
{
	size_t n = 0;

	for (uint32_t line = first; n + CHARGEN_LINE + 2 <= size; line++) {
		for (uint32_t i = 0; i < CHARGEN_LINE; i++)
			buf[n++] = (char)(' ' + (line + i) % (CHARGEN_LINES - 1));
		buf[n++] = '\r';
		buf[n++] = '\n';
	}
	return n;
}

/* What comes in is read and forgotten; lines go out as fast as they are taken. */
static bool chargen_stream(struct server *s, struct client *c)
{
	size_t n;

	if (take(s, c) < 0)
		return false;
	n = chargen_fill(s->buf, sizeof(s->buf), c->position);
	c->position = (c->position + (uint32_t)(n / (CHARGEN_LINE + 2))) % (CHARGEN_LINES - 1);
	return client_send(s, c, s->buf, n);
}

static long chargen_datagram(struct server *s, char *buf, size_t n, size_t size)
{
	size_t full = chargen_fill(buf, CHARGEN_DATAGRAM, (uint32_t)random());

	return random() % ((long)full + 1);
}

const struct service inetd_services[] = {
	{ "echo", 7, EPOLLIN, echo_stream, echo_datagram },
	{ "discard", 9, EPOLLIN, discard_stream, discard_datagram },
	{ "daytime", 13, EPOLLOUT, daytime_stream, daytime_datagram },
	{ "chargen", 19, EPOLLIN | EPOLLOUT, chargen_stream, chargen_datagram },
};
const size_t nr_inetd_services = ARRAY_LEN(inetd_services);
