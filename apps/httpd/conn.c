/*
 * A connection: reads until a request's head is there, has it answered, writes the answer, and
 * goes on with what has come meanwhile. Its input is read only while nothing waits to be written,
 * so a client that does not read cannot make it grow.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/util.h"
#include "httpd.h"

#define SENDFILE_CHUNK (1 << 20)

/* ---- deadlines: a list, the one that has been quiet longest first ---- */

static void conn_unlist(struct httpd *h, struct conn *c)
{
	*(c->prev ? &c->prev->next : &h->oldest) = c->next;
	*(c->next ? &c->next->prev : &h->newest) = c->prev;
	c->prev = c->next = NULL;
}

void httpd_touch(struct httpd *h, struct conn *c, int seconds)
{
	if (c->prev || c->next || h->oldest == c)
		conn_unlist(h, c);
	c->deadline_ns = app_clock_ns() + seconds * NSEC_PER_SEC;
	c->prev = h->newest;
	*(h->newest ? &h->newest->next : &h->oldest) = c;
	h->newest = c;
}

void httpd_end(struct httpd *h, struct conn *c)
{
	conn_unlist(h, c);
	h->conns[c->fd] = NULL;
	h->open--;
	close(c->fd);
	if (c->file >= 0)
		close(c->file);
	free(c->in);
	free(c->out);
	free(c);
}

void httpd_want(struct httpd *h, struct conn *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = c->fd };

	if (c->wants == events)
		return;
	epoll_ctl(h->epoll, c->wants ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &ev);
	c->wants = events;
}

void httpd_answer(struct conn *c, char *out, size_t len)
{
	c->out = out;
	c->out_len = (uint32_t)len;
	c->out_sent = 0;
}

/* ---- out ---- */

/* 1: all is sent, 0: the peer has to take some first, -1: it is gone. */
static int send_head(struct conn *c)
{
	while (c->out) {
		ssize_t n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT | (c->file >= 0 ? MSG_MORE : 0));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		c->out_sent += (uint32_t)n;
		if (c->out_sent < c->out_len)
			continue;
		free(c->out);
		c->out = NULL;
	}
	return 1;
}

static int send_file(struct conn *c)
{
	while (c->file >= 0) {
		size_t want = c->file_left < SENDFILE_CHUNK ? (size_t)c->file_left : SENDFILE_CHUNK;
		off_t pos = c->file_pos;
		ssize_t n = sendfile(c->fd, c->file, &pos, want);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		if (n == 0)
			return -1; /* the file has become shorter than was promised */
		c->file_pos += n;
		c->file_left -= n;
		if (c->file_left)
			continue;
		close(c->file);
		c->file = -1;
	}
	return 1;
}

static int flush(struct conn *c)
{
	int done = send_head(c);

	return done > 0 ? send_file(c) : done;
}

/* ---- in ---- */

/*
 * A connection has a buffer only while it has input: mostly one goes from hand to hand, for a heap
 * that maps and clears pages for each request would cost more than the answer.
 */
static bool input_begin(struct httpd *h, struct conn *c)
{
	if (!c->in) {
		c->in = h->spare ? h->spare : malloc(HTTPD_MAX_HEAD + 1);
		h->spare = NULL;
	}
	return c->in != NULL;
}

static void input_end(struct httpd *h, struct conn *c)
{
	if (h->spare)
		free(c->in);
	else
		h->spare = c->in;
	c->in = NULL;
}

/* The head of @n bytes at the start of the input, answered. False: the connection ends. */
static bool take_request(struct httpd *h, struct conn *c, size_t n)
{
	struct request *r = &h->request;
	char last = c->in[n];
	int status;

	c->in[n] = '\0';
	status = httpd_request_parse(c->in, n, r);
	c->in[n] = last;
	h->requests++;
	c->in_len -= (uint32_t)n;
	memmove(c->in, c->in + n, c->in_len);
	c->skip = status ? 0 : r->body;
	c->close_after = status || !r->keep_alive;
	return status ? httpd_respond_error(h, c, status, r->method == METHOD_HEAD) :
			httpd_respond(h, c, r);
}

/* Forgets what is here of a request's body. */
static void skip_body(struct conn *c)
{
	uint32_t n = c->skip < c->in_len ? (uint32_t)c->skip : c->in_len;

	c->skip -= n;
	c->in_len -= n;
	memmove(c->in, c->in + n, c->in_len);
}

/*
 * The answer is the last one. Closing at once would reset the connection if more of a request is
 * still coming, and the client might lose the answer (RFC 9112 §9.6): say that it is the end, and
 * forget what comes until the client ends, too.
 */
static bool say_goodbye(struct httpd *h, struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
	c->draining = true;
	httpd_touch(h, c, HTTPD_DRAIN_S);
	httpd_want(h, c, EPOLLIN);
	return true;
}

static bool drain(struct httpd *h, struct conn *c)
{
	ssize_t n = recv(c->fd, c->in, HTTPD_MAX_HEAD, MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Answers what is complete in the input, as long as the answers are taken. */
static bool serve_input(struct httpd *h, struct conn *c)
{
	for (;;) {
		long head;
		int done;

		if (c->skip)
			skip_body(c);
		head = c->in_len && !c->skip ? httpd_request_head_length(c->in, c->in_len) : 0;
		if (head == 0)
			break;
		if (head < 0) {
			c->close_after = true;
			if (!httpd_respond_error(h, c, 431, false))
				return false;
		} else if (!take_request(h, c, (size_t)head)) {
			return false;
		}
		done = flush(c);
		if (done < 0)
			return false;
		if (done > 0 && c->close_after)
			return say_goodbye(h, c);
		if (done == 0) {
			httpd_touch(h, c, HTTPD_IDLE_S);
			httpd_want(h, c, EPOLLOUT);
			return true;
		}
	}
	if (c->in && !c->in_len)
		input_end(h, c);
	httpd_want(h, c, EPOLLIN);
	return true;
}

bool httpd_readable(struct httpd *h, struct conn *c)
{
	ssize_t n;
	bool fresh = !c->in_len;

	if (!input_begin(h, c))
		return false;
	if (c->draining)
		return drain(h, c);
	n = recv(c->fd, c->in + c->in_len, HTTPD_MAX_HEAD - c->in_len, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	c->in_len += (uint32_t)n;
	if (!serve_input(h, c))
		return false;
	if (c->draining || c->wants & EPOLLOUT)
		return true;
	/* A head that drips in has one deadline from its first byte. */
	if (!c->in_len)
		httpd_touch(h, c, HTTPD_IDLE_S);
	else if (fresh)
		httpd_touch(h, c, HTTPD_HEAD_S);
	return true;
}

bool httpd_writable(struct httpd *h, struct conn *c)
{
	int done = flush(c);

	if (done < 0)
		return false;
	httpd_touch(h, c, HTTPD_IDLE_S);
	if (done == 0)
		return true;
	return c->close_after ? say_goodbye(h, c) : serve_input(h, c);
}
