/* Paths, types, dates and ranges: what lies between a request and a file. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "httpd.h"

static const struct {
	const char *suffix, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".htm", "text/html; charset=utf-8" },
	{ ".css", "text/css" },
	{ ".js", "text/javascript" },
	{ ".json", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".gif", "image/gif" },
	{ ".ico", "image/x-icon" },
	{ ".pcap", "application/vnd.tcpdump.pcap" },
	{ ".bin", "application/octet-stream" },
	{ ".tar", "application/x-tar" },
	{ ".gz", "application/gzip" },
};

const char *httpd_content_type(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		size_t k = strlen(types[i].suffix);

		if (n > k && !strcmp(path + n - k, types[i].suffix))
			return types[i].type;
	}
	return "text/plain; charset=utf-8";
}

void http_date(time_t t, char buf[32])
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(buf, 32, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

time_t http_date_parse(const char *s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { 0 };
	char month[4];
	const char *at;

	s = strchr(s, ',');
	if (!s || sscanf(s + 1, " %d %3s %d %d:%d:%d", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour,
			 &tm.tm_min, &tm.tm_sec) != 6)
		return -1;
	at = strlen(month) == 3 ? strstr(months, month) : NULL;
	if (!at || (at - months) % 3 || tm.tm_year < 1970 || tm.tm_year > 9999 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -1;
	tm.tm_mon = (int)(at - months) / 3;
	tm.tm_year -= 1900;
	return timegm(&tm);
}

int httpd_range_select(const struct request *r, int64_t size, int64_t *first, int64_t *count)
{
	*first = 0;
	*count = size;
	if (!r->has_range || r->method != METHOD_GET)
		return 200;
	if (r->range_first < 0) {
		if (r->range_last == 0 || size == 0)
			return 416;
		*count = r->range_last < size ? r->range_last : size;
		*first = size - *count;
		return 206;
	}
	if (r->range_first >= size)
		return 416;
	*first = r->range_first;
	*count = size - *first;
	if (r->range_last >= 0 && r->range_last - *first < *count)
		*count = r->range_last - *first + 1;
	return 206;
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One step of the path: takes the last name off @path at "..", forgets ".". False: above the root.
 */
static bool end_step(char *path, size_t *n, size_t step)
{
	size_t len = *n - step;

	if (len == 1 && path[step] == '.') {
		*n = step;
	} else if (len == 2 && path[step] == '.' && path[step + 1] == '.') {
		if (step < 2)
			return false;
		for (*n = step - 1; path[*n - 1] != '/'; --*n)
			;
	}
	return true;
}

bool httpd_path_decode(const char *target, char *path, size_t size)
{
	size_t n = 0, step = 1;

	if (*target != '/')
		return false;
	for (const char *p = target; *p && *p != '?' && *p != '#'; p++) {
		int c = (unsigned char)*p;

		if (c == '%') {
			int hi = hex_digit(p[1]), lo = hi < 0 ? -1 : hex_digit(p[2]);

			if (lo < 0)
				return false;
			c = hi << 4 | lo;
			p += 2;
		}
		if (c < ' ' || c == 0x7f || n + 1 >= size)
			return false;
		if (c != '/') {
			path[n++] = (char)c;
			continue;
		}
		if (n && !end_step(path, &n, step))
			return false;
		if (!n || path[n - 1] != '/')
			path[n++] = '/';
		step = n;
	}
	if (!end_step(path, &n, step))
		return false;
	path[n] = '\0';
	return true;
}

char *httpd_file_read_all(int fd, size_t *len)
{
	size_t size = 4096;
	char *buf = malloc(size);
	ssize_t n = 0;

	*len = 0;
	while (buf && (n = read(fd, buf + *len, size - *len)) > 0) {
		char *grown;

		*len += (size_t)n;
		if (*len < size)
			continue;
		grown = size < HTTPD_MAX_MADE ? realloc(buf, size * 2) : NULL;
		if (!grown) {
			errno = EFBIG;
			free(buf);
			return NULL;
		}
		buf = grown;
		size *= 2;
	}
	if (n < 0) {
		free(buf);
		return NULL;
	}
	return buf;
}
