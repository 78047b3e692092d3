/*
 * An HTTP/1.1 client (RFC 9110, 9112) for wget and curl: one request at a time, its answer's head
 * parsed, its body - by length, in chunks, or to the connection's end - given away piece by piece.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_MAX_URL 2048
#define HTTP_MAX_HEAD 16384
#define HTTP_BUF 65536

struct http_url {
	char host[256];
	char path[HTTP_MAX_URL]; /* with the query */
	int port;
};
/* "http://host[:port]/path", or without the scheme. False: has said what is wrong. */
bool http_url_parse(const char *app, const char *text, struct http_url *url);
/* Where a Location of an answer to @base leads. */
bool http_url_join(const char *app, const struct http_url *base, const char *location,
		   struct http_url *url);

struct http_request {
	const char *method, *agent;
	const char *body;	/* NULL: none */
	const char *type;	/* of the body */
	const char *fields[16]; /* more of them, without line ends */
	int nfields;
	int64_t range_from; /* > 0: only from here on */
};

struct http {
	const char *app;
	int fd;
	int64_t timeout_ns;  /* for the connection, and for each piece; 0: none */
	int64_t deadline_ns; /* for all of it, on app_clock_ns()'s clock; 0: none */
	struct sockaddr_in peer;
	bool unknown_host; /* http_connect: trying again would be no use */
	/* the answer */
	int status;
	char reason[64];
	int64_t length;	    /* of the body; -1: not known */
	int64_t range_from; /* of a 206: where it begins; -1: the answer is whole */
	int64_t total;	    /* of a 206: the whole's length; -1: not known */
	bool chunked, close, no_body;
	char location[HTTP_MAX_URL];
	char type[64];
	char head[HTTP_MAX_HEAD]; /* as it came, NUL-terminated */
	/* bytes read and not taken */
	char buf[HTTP_BUF];
	size_t start, end;
	int64_t left; /* of the body or of the chunk; -1: to the end */
	bool chunk_begun, finished;
};

/* Each false after saying why. */
bool http_connect(struct http *h, const struct http_url *url);
bool http_send(struct http *h, const struct http_url *url, const struct http_request *r);
bool http_read_head(struct http *h);
/* The next piece of the body: its length, at *@data; 0: the end, -1: has said why. */
long http_read_body(struct http *h, const char **data);
bool http_is_late(const struct http *h); /* after its deadline */
void http_close(struct http *h);
