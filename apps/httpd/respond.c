/* The answer to a request: status, fields, and the bytes of a file or of a page made for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpd.h"

#define HEAD_SIZE 512
#define RANGE_SIZE 128	/* of Accept-Ranges and Content-Range */
#define SMALL_FILE 8192 /* goes out together with the head */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

/* What one answer is made of. */
struct answer {
	int status;
	const char *type;
	int64_t length;	   /* -1: the status has no content (304) */
	const char *extra; /* more fields, NULL: none */
	time_t modified;   /* 0: not known */
	const char *made;  /* the content, if it is in memory */
	bool head_only;
};

static const char *date_now(struct httpd *h)
{
	time_t now = time(NULL);

	if (now != h->date) {
		h->date = now;
		http_date(now, h->date_text);
	}
	return h->date_text;
}

/* ---- the head, put together word by word: a format is read again for every answer ---- */

#define WORD(literal) literal, sizeof(literal) - 1

static char *put(char *to, const char *text, size_t n)
{
	memcpy(to, text, n);
	return to + n;
}

static char *put_text(char *to, const char *text)
{
	return put(to, text, strlen(text));
}

static char *put_number(char *to, int64_t number)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	memcpy(to, digits + n, sizeof(digits) - n);
	return to + sizeof(digits) - n;
}

static char *put_end(char *to)
{
	return put(to, WORD("\r\n"));
}

/* The fields that an answer need not have. */
static char *put_fields(char *p, const struct answer *a)
{
	if (a->length >= 0)
		p = put_end(put_number(put(p, WORD("Content-Length: ")), a->length));
	if (a->type)
		p = put_end(put_text(put(p, WORD("Content-Type: ")), a->type));
	if (a->modified) {
		char modified[32];

		http_date(a->modified, modified);
		p = put_end(put_text(put(p, WORD("Last-Modified: ")), modified));
	}
	return a->extra ? put_text(p, a->extra) : p;
}

/* The head, with @room bytes free behind it. */
static char *make_head(struct httpd *h, const struct conn *c, const struct answer *a, size_t room,
		       size_t *len)
{
	char *out = malloc(HEAD_SIZE + (a->extra ? strlen(a->extra) : 0) + room), *p;

	if (!out)
		return NULL;
	p = put_number(put(out, WORD("HTTP/1.1 ")), a->status);
	p = put_text(put(p, WORD(" ")), reason_of(a->status));
	p = put_text(put(p, WORD("\r\nDate: ")), date_now(h));
	p = put_fields(put(p, WORD("\r\nServer: skbox\r\n")), a);
	p = c->close_after ? put(p, WORD("Connection: close\r\n\r\n")) :
			     put(p, WORD("Connection: keep-alive\r\n\r\n"));
	*len = (size_t)(p - out);
	return out;
}

/* Head and, but for HEAD, the content that is in memory. */
static bool send_made(struct httpd *h, struct conn *c, const struct answer *a)
{
	size_t content = a->head_only || a->length < 0 ? 0 : (size_t)a->length, len;
	char *out = make_head(h, c, a, content, &len);

	if (!out)
		return false;
	if (content)
		memcpy(out + len, a->made, content);
	httpd_answer(c, out, len + content);
	return true;
}

bool httpd_respond_error(struct httpd *h, struct conn *c, int status, bool head_only)
{
	struct answer a = { .status = status,
			    .type = "text/html; charset=utf-8",
			    .head_only = head_only };
	char page[256];

	a.length = snprintf(page, sizeof(page),
			    "<!doctype html>\n<title>%d %s</title>\n<h1>%d %s</h1>\n", status,
			    reason_of(status), status, reason_of(status));
	a.made = page;
	if (status == 405)
		a.extra = "Allow: GET, HEAD\r\n";
	return send_made(h, c, &a);
}

static bool respond_moved(struct httpd *h, struct conn *c, const struct request *r)
{
	char location[HTTPD_MAX_TARGET * 3 + 32], *p = put(location, WORD("Location: "));
	struct answer a = { .status = 301,
			    .extra = location,
			    .head_only = r->method == METHOD_HEAD };

	for (const char *s = r->path; *s; s++)
		p += sprintf(p,
			     (unsigned char)*s <= ' ' || (unsigned char)*s > '~' ||
					     strchr("%?#\"<>", *s) ?
				     "%%%02X" :
				     "%c",
			     (unsigned char)*s);
	strcpy(p, "/\r\n");
	return send_made(h, c, &a);
}

static bool respond_made(struct httpd *h, struct conn *c, const struct request *r, char *page,
			 size_t len, const char *type)
{
	struct answer a = { .type = type, .head_only = r->method == METHOD_HEAD };
	int64_t first, count;
	char range[RANGE_SIZE];
	bool ok;

	a.status = httpd_range_select(r, (int64_t)len, &first, &count);
	if (a.status == 416)
		count = 0;
	if (a.status == 206) {
		snprintf(range, sizeof(range), "Content-Range: bytes %lld-%lld/%zu\r\n",
			 (long long)first, (long long)(first + count - 1), len);
		a.extra = range;
	}
	a.made = page + first;
	a.length = count;
	ok = send_made(h, c, &a);
	free(page);
	return ok;
}

/* 304 or 416, which have no content. Takes over @fd. */
static bool respond_none(struct httpd *h, struct conn *c, int fd, int status, const struct stat *st)
{
	char range[RANGE_SIZE];
	struct answer a = { .status = status };

	close(fd);
	if (status == 304) {
		a.length = -1;
		a.modified = st->st_mtime;
	} else {
		snprintf(range, sizeof(range), "Content-Range: bytes */%lld\r\n",
			 (long long)st->st_size);
		a.extra = range;
	}
	return send_made(h, c, &a);
}

/* @count bytes of @fd from @first on behind the head @a: small ones with it, the rest is sent from
 * the file. Takes over @fd. */
static bool send_opened(struct httpd *h, struct conn *c, const struct answer *a, int fd,
			int64_t first)
{
	int64_t count = a->length;
	size_t len, room = count <= SMALL_FILE && !a->head_only ? (size_t)count : 0;
	char *out = make_head(h, c, a, room, &len);

	/* It has just been opened: it stands at 0. */
	if (!out || (room && ((first && lseek(fd, first, SEEK_SET) != first) ||
			      read(fd, out + len, room) != (ssize_t)room))) {
		free(out);
		close(fd);
		return false;
	}
	httpd_answer(c, out, len + room);
	if (a->head_only || room == (size_t)count) {
		close(fd);
		return true;
	}
	c->file = fd;
	c->file_pos = first;
	c->file_left = count;
	return true;
}

/* Takes over @fd. */
static bool respond_file(struct httpd *h, struct conn *c, const struct request *r, int fd,
			 const struct stat *st)
{
	char fields[RANGE_SIZE] = "Accept-Ranges: bytes\r\n";
	struct answer a = { .type = httpd_content_type(r->path),
			    .extra = fields,
			    .modified = st->st_mtime,
			    .head_only = r->method == METHOD_HEAD };
	int64_t first;

	a.status = httpd_range_select(r, st->st_size, &first, &a.length);
	if (r->has_since && st->st_mtime && st->st_mtime <= r->since)
		return respond_none(h, c, fd, 304, st);
	if (a.status == 416)
		return respond_none(h, c, fd, 416, st);
	if (a.status == 206)
		snprintf(fields + strlen(fields), sizeof(fields) - strlen(fields),
			 "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)first,
			 (long long)(first + a.length - 1), (long long)st->st_size);
	return send_opened(h, c, &a, fd, first);
}

static bool respond_directory(struct httpd *h, struct conn *c, const struct request *r, char *path,
			      size_t size)
{
	size_t n = strlen(path), len;
	struct stat st;
	char *page;
	int fd;

	if (r->path[strlen(r->path) - 1] != '/')
		return respond_moved(h, c, r);
	snprintf(path + n, size - n, "/index.html");
	fd = open(path, O_RDONLY);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		struct request index = *r;

		strcpy(index.path, "index.html");
		return respond_file(h, c, &index, fd, &st);
	}
	path[n] = '\0';
	page = h->list ? httpd_listing_make(path, r->path, &len) : NULL;
	if (!page)
		return httpd_respond_error(h, c, h->list ? 500 : 403, r->method == METHOD_HEAD);
	return respond_made(h, c, r, page, len, "text/html; charset=utf-8");
}

/* Of /proc: the size is known when all has been read. Takes over @fd. */
static bool respond_proc(struct httpd *h, struct conn *c, const struct request *r, int fd)
{
	size_t len;
	char *page = httpd_file_read_all(fd, &len);

	close(fd);
	if (!page)
		return httpd_respond_error(h, c, 500, r->method == METHOD_HEAD);
	return respond_made(h, c, r, page, len, "text/plain; charset=utf-8");
}

static bool is_proc(const char *path)
{
	return !strncmp(path, "/proc", 5) && (path[5] == '/' || path[5] == '\0');
}

bool httpd_respond(struct httpd *h, struct conn *c, const struct request *r)
{
	bool head_only = r->method == METHOD_HEAD, proc = is_proc(r->path);
	char path[HTTPD_MAX_TARGET + 256];
	struct stat st;
	int fd;

	if (r->method == METHOD_OTHER)
		return httpd_respond_error(h, c, 405, false);
	snprintf(path, sizeof(path), "%s%s", proc ? "" : h->root, r->path);
	if (stat(path, &st) < 0)
		return httpd_respond_error(h, c, 404, head_only);
	if (S_ISDIR(st.st_mode))
		return respond_directory(h, c, r, path, sizeof(path));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return httpd_respond_error(h, c, errno == EACCES ? 403 : 404, head_only);
	if (r->path[strlen(r->path) - 1] == '/') {
		close(fd);
		return httpd_respond_error(h, c, 404, head_only);
	}
	return proc ? respond_proc(h, c, r, fd) : respond_file(h, c, r, fd, &st);
}
