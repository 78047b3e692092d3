/* The client's side of HTTP/1.1: connecting, asking, and reading what is answered. */
#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"

static bool fail(struct http *h, const char *what)
{
	app_error(h->app, "%s: %s", what, errno == EAGAIN ? strerror(ETIMEDOUT) : strerror(errno));
	return false;
}

bool http_is_late(const struct http *h)
{
	return h->deadline_ns && app_clock_ns() >= h->deadline_ns;
}

bool http_connect(struct http *h, const struct http_url *url)
{
	struct timeval tv = { h->timeout_ns / NSEC_PER_SEC, h->timeout_ns % NSEC_PER_SEC / 1000 };
	char what[300];

	h->start = h->end = 0;
	h->fd = -1;
	h->unknown_host = !inaddr_resolve(h->app, url->host, &h->peer);
	if (h->unknown_host)
		return false;
	h->peer.sin_port = htons((uint16_t)url->port);
	h->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (h->fd < 0)
		return fail(h, "socket");
	if (h->timeout_ns) {
		setsockopt(h->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
		setsockopt(h->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	}
	if (connect(h->fd, (struct sockaddr *)&h->peer, sizeof(h->peer)) == 0)
		return true;
	if (errno == EINPROGRESS)
		errno = ETIMEDOUT;
	snprintf(what, sizeof(what), "%s port %d", url->host, url->port);
	fail(h, what);
	http_close(h);
	return false;
}

void http_close(struct http *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

static bool send_all(struct http *h, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(h->fd, p, n, MSG_NOSIGNAL);

		if (sent < 0)
			return fail(h, "send");
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

bool http_send(struct http *h, const struct http_url *url, const struct http_request *r)
{
	char *text = h->buf; /* nothing has been read yet */
	size_t n = 0, size = sizeof(h->buf);

	n += (size_t)snprintf(text, size, "%s %s HTTP/1.1\r\nHost: %s", r->method, url->path,
			      url->host);
	if (url->port != 80)
		n += (size_t)snprintf(text + n, size - n, ":%d", url->port);
	n += (size_t)snprintf(text + n, size - n,
			      "\r\nUser-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n",
			      r->agent);
	if (r->range_from > 0 && n < size)
		n += (size_t)snprintf(text + n, size - n, "Range: bytes=%lld-\r\n",
				      (long long)r->range_from);
	for (int i = 0; i < r->nfields && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s\r\n", r->fields[i]);
	if (r->body && n < size)
		n += (size_t)snprintf(text + n, size - n,
				      "Content-Type: %s\r\nContent-Length: %zu\r\n", r->type,
				      strlen(r->body));
	if (n + 3 > size) {
		app_error(h->app, "the request is too long");
		return false;
	}
	strcpy(text + n, "\r\n");
	h->no_body = !strcmp(r->method, "HEAD");
	return send_all(h, text, n + 2) && (!r->body || send_all(h, r->body, strlen(r->body)));
}

/* ---- reading ---- */

/* More bytes behind what is there. False: has said why; 0 bytes: h->finished. */
static bool fill(struct http *h)
{
	ssize_t n;

	if (h->start == h->end)
		h->start = h->end = 0;
	if (h->end == sizeof(h->buf)) {
		memmove(h->buf, h->buf + h->start, h->end - h->start);
		h->end -= h->start;
		h->start = 0;
	}
	/* Also where a peer sends without an end. */
	errno = app_caught() ? EINTR : http_is_late(h) ? ETIMEDOUT : 0;
	n = errno ? -1 : recv(h->fd, h->buf + h->end, sizeof(h->buf) - h->end, 0);
	if (n < 0)
		return fail(h, "receive");
	h->finished = n == 0;
	h->end += (size_t)n;
	return true;
}

/* The next line, without its end, into @line. False: has said why. */
static bool read_line(struct http *h, char *line, size_t size)
{
	for (;;) {
		char *nl = memchr(h->buf + h->start, '\n', h->end - h->start);
		size_t n = nl ? (size_t)(nl - (h->buf + h->start)) : h->end - h->start;

		if (n >= size) {
			app_error(h->app, "the server sends a line without an end");
			return false;
		}
		if (nl) {
			memcpy(line, h->buf + h->start, n);
			h->start += n + 1;
			while (n && line[n - 1] == '\r')
				n--;
			line[n] = '\0';
			return true;
		}
		if (!fill(h))
			return false;
		if (h->finished) {
			app_error(h->app, "the server has closed the connection without an answer");
			return false;
		}
	}
}

static int64_t number(const char *s)
{
	int64_t n = 0;

	if (!isdigit((unsigned char)*s))
		return -1;
	for (; isdigit((unsigned char)*s); s++)
		if (n < INT64_MAX / 100)
			n = n * 10 + (*s - '0');
	return n;
}

static void take_field(struct http *h, const char *line)
{
	const char *value = strchr(line, ':');
	size_t n;

	if (!value)
		return;
	n = (size_t)(value - line);
	value += 1 + strspn(value + 1, " \t");
#define IS(name) (n == sizeof(name) - 1 && !strncasecmp(line, name, n))
	if (IS("Content-Length"))
		h->length = number(value);
	else if (IS("Transfer-Encoding"))
		h->chunked = strstr(value, "chunked") != NULL;
	else if (IS("Location"))
		snprintf(h->location, sizeof(h->location), "%s", value);
	else if (IS("Content-Type"))
		snprintf(h->type, sizeof(h->type), "%.*s", (int)strcspn(value, ";"), value);
	else if (IS("Content-Range") && !strncasecmp(value, "bytes ", 6)) {
		h->range_from = number(value + 6);
		h->total = strchr(value, '/') ? number(strchr(value, '/') + 1) : -1;
	}
#undef IS
}

/* One head into h->head, its fields into @h. */
static bool read_one_head(struct http *h)
{
	size_t n = 0;
	char *line;

	h->length = h->range_from = h->total = -1;
	h->chunked = false;
	h->location[0] = h->type[0] = h->reason[0] = '\0';
	do {
		line = h->head + n;
		if (!read_line(h, line, sizeof(h->head) - n - 1))
			return false;
		if (n)
			take_field(h, line);
		n += strlen(line);
		h->head[n++] = '\n';
	} while (*line != '\n' && n < sizeof(h->head) - 1);
	h->head[n] = '\0';
	if (sscanf(h->head, "HTTP/1.%*d %d %63[^\n]", &h->status, h->reason) >= 1 &&
	    h->status >= 100 && h->status <= 999)
		return true;
	app_error(h->app, "the server does not speak HTTP/1.1");
	return false;
}

bool http_read_head(struct http *h)
{
	h->start = h->end = 0;
	h->finished = false;
	do
		if (!read_one_head(h))
			return false;
	while (h->status < 200); /* interim answers (RFC 9110 §15.2) */
	if (h->status == 204 || h->status == 304)
		h->no_body = true;
	h->left = h->chunked ? 0 : h->length;
	h->chunk_begun = false;
	return true;
}

/* The size line of the next chunk into h->left; a trailer is read to its end (RFC 9112 §7.1). */
static bool next_chunk(struct http *h)
{
	char line[256], *end;

	if (h->chunk_begun && !read_line(h, line, sizeof(line)))
		return false;
	h->chunk_begun = true;
	if (!read_line(h, line, sizeof(line)))
		return false;
	h->left = strtoll(line, &end, 16);
	if (end == line || h->left < 0) {
		app_error(h->app, "the server sends a chunk without a size");
		return false;
	}
	while (h->left == 0 && *line)
		if (!read_line(h, line, sizeof(line)))
			return false;
	return true;
}

long http_read_body(struct http *h, const char **data)
{
	size_t n;

	if (h->no_body)
		return 0;
	if (h->chunked && h->left == 0) {
		if (h->chunk_begun && h->finished)
			return 0;
		if (!next_chunk(h))
			return -1;
		h->finished = h->left == 0;
	}
	if (h->left == 0)
		return 0;
	if (h->start == h->end) {
		if (!fill(h))
			return -1;
		if (h->finished && h->left > 0) {
			app_error(h->app,
				  "the server has closed the connection, %lld bytes too early",
				  (long long)h->left);
			return -1;
		}
		if (h->finished)
			return 0;
	}
	n = h->end - h->start;
	if (h->left >= 0 && n > (size_t)h->left)
		n = (size_t)h->left;
	*data = h->buf + h->start;
	h->start += n;
	if (h->left > 0)
		h->left -= (int64_t)n;
	return (long)n;
}
