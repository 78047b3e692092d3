/*
 * httpd: what its files share. One task serves all connections from one epoll loop; each has one
 * request under way, the next of a pipeline waits in its input.
 *
 *   httpd.c (above)  options, listening, the loop     conn.c     a connection's bytes in and out
 *   request.c        the request's head (RFC 9112)    respond.c  which answer a request gets (RFC
 * 9110) files.c          paths, types, ranges, dates      listing.c  a directory as a page
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define HTTPD_MAX_HEAD 8192	 /* bytes of a request's line and fields */
#define HTTPD_MAX_TARGET 2048	 /* of its target */
#define HTTPD_MAX_BODY (1 << 20) /* of a body, which is read and forgotten */
#define HTTPD_MAX_MADE (1 << 20) /* of a page that is made: a listing, a file of /proc */
#define HTTPD_HEAD_S 10		 /* a head has to be complete within this */
#define HTTPD_DRAIN_S 2
#define HTTPD_IDLE_S 60 /* a connection without a request; an answer that nobody takes */

enum method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

struct request {
	enum method method;
	int minor; /* HTTP/1.x */
	bool keep_alive, has_range, has_since;
	uint64_t body; /* bytes that follow the head */
	/* "bytes=first-last"; first -1: the last @last bytes; last -1: to the end */
	int64_t range_first, range_last;
	time_t since;
	char path[HTTPD_MAX_TARGET]; /* decoded, absolute, without . and .. */
};

struct conn {
	int fd;
	uint32_t wants;		  /* epoll events that it is registered for */
	struct conn *prev, *next; /* the longest quiet first */
	int64_t deadline_ns;
	bool close_after, draining; /* draining: all is said, the rest of what comes is not read */
	/* input: allocated while there is some */
	char *in;
	uint32_t in_len;
	uint64_t skip; /* bytes of a body still to be read and forgotten */
	/* output: head and what was made, then perhaps a file */
	char *out;
	uint32_t out_len, out_sent;
	int file; /* -1: none */
	int64_t file_pos, file_left;
};

struct httpd {
	const char *app, *root;
	int epoll, listener;
	struct conn **conns; /* by descriptor */
	int nconns;
	long open, limit;
	struct conn *oldest, *newest;
	bool list;
	uint64_t requests;
	time_t date; /* of date_text */
	char date_text[32];
	struct request request;
	char *spare; /* a buffer for input that nobody has just now, or NULL */
};

/* conn.c. True: the connection lives; false: it has ended, the caller frees it with httpd_end. */
bool httpd_readable(struct httpd *h, struct conn *c);
bool httpd_writable(struct httpd *h, struct conn *c);
void httpd_end(struct httpd *h, struct conn *c);
void httpd_want(struct httpd *h, struct conn *c, uint32_t events);
/* Puts it behind all others, to end @seconds from now if nothing happens. */
void httpd_touch(struct httpd *h, struct conn *c, int seconds);
/* Takes over @out (malloc'ed), the answer's beginning. */
void httpd_answer(struct conn *c, char *out, size_t len);

/* request.c */
/* Length of the head at the start of @in; 0: not complete yet; -1: longer than is allowed. */
long httpd_request_head_length(const char *in, size_t len);
/* Fills @r from a complete head (which it cuts up). 0, or the status of the refusal. */
int httpd_request_parse(char *head, size_t len, struct request *r);

/* respond.c: an answer into @c; never fails but by ending the connection (false). */
bool httpd_respond(struct httpd *h, struct conn *c, const struct request *r);
bool httpd_respond_error(struct httpd *h, struct conn *c, int status, bool head_only);

/* files.c */
const char *httpd_content_type(const char *path);
/* "Sun, 06 Nov 1994 08:49:37 GMT"; http_date_parse: -1 if it is none. */
void http_date(time_t t, char buf[32]);
time_t http_date_parse(const char *s);
/*
 * What part of @size bytes @r asks for: 206 with *@first and *@count, 200 for all, 416 for none.
 */
int httpd_range_select(const struct request *r, int64_t size, int64_t *first, int64_t *count);
/* Decodes %XX, cuts off the query, resolves . and ..: false: malformed, or above the root. */
bool httpd_path_decode(const char *target, char *path, size_t size);
/* All of a file whose size is not known before (of /proc); NULL: errno. */
char *httpd_file_read_all(int fd, size_t *len);

/* listing.c: an HTML page of the directory @dir, which @path names to the client. NULL: no memory.
 */
char *httpd_listing_make(const char *dir, const char *path, size_t *len);
