/* URLs (RFC 3986) as far as a client of plain HTTP needs them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "http.h"

static bool is_clean(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

/* "scheme:" in front, as against a "://" in a query. */
static bool is_absolute(const char *location)
{
	size_t n = strcspn(location, ":/?#");

	return n && !strncmp(location + n, "://", 3);
}

bool http_url_parse(const char *app, const char *text, struct http_url *url)
{
	const char *p = text, *colon;
	size_t n;

	url->port = 80;
	if (!strncasecmp(p, "http://", 7)) {
		p += 7;
	} else if (is_absolute(p)) {
		app_error(app, "%s: only http:// can be fetched", text);
		return false;
	}
	n = strcspn(p, "/?#");
	colon = memchr(p, ':', n);
	if (memchr(p, '@', n) || !is_clean(text)) {
		app_error(app, "%s: bad URL", text);
		return false;
	}
	if (colon) {
		char port[8];

		snprintf(port, sizeof(port), "%.*s", (int)(n - (size_t)(colon + 1 - p)), colon + 1);
		url->port = inaddr_port(port, "tcp");
	}
	if (!n || colon == p || (colon ? (size_t)(colon - p) : n) >= sizeof(url->host) ||
	    url->port < 1) {
		app_error(app, "%s: bad URL", text);
		return false;
	}
	snprintf(url->host, sizeof(url->host), "%.*s", (int)(colon ? colon - p : (long)n), p);
	p += n;
	snprintf(url->path, sizeof(url->path), "%s%.*s", *p == '/' ? "" : "/", (int)strcspn(p, "#"),
		 p);
	if (strlen(p) + 2 <= sizeof(url->path))
		return true;
	app_error(app, "the URL is longer than %d characters", HTTP_MAX_URL);
	return false;
}

bool http_url_join(const char *app, const struct http_url *base, const char *location,
		   struct http_url *url)
{
	size_t dir = strcspn(base->path, "?"), keep = dir, n = strcspn(location, "#");

	if (is_absolute(location))
		return http_url_parse(app, location, url);
	if (!is_clean(location) || !*location) {
		app_error(app, "the server redirects to nowhere");
		return false;
	}
	*url = *base;
	if (!strncmp(location, "//", 2))
		return http_url_parse(app, location + 2, url);
	while (dir && base->path[dir - 1] != '/')
		dir--;
	if (*location == '/')
		keep = 0;
	else if (*location != '?')
		keep = dir;
	if (keep + n < sizeof(url->path)) {
		snprintf(url->path, sizeof(url->path), "%.*s%.*s", (int)keep, base->path, (int)n,
			 location);
		return true;
	}
	app_error(app, "the URL is longer than %d characters", HTTP_MAX_URL);
	return false;
}
