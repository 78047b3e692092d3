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

bool http_url_parse(const char *app, const char *text, struct http_url *url)
{
	const char *p = text, *colon;
	size_t n;

	url->port = 80;
	if (!strncasecmp(p, "http://", 7)) {
		p += 7;
	} else if (strstr(p, "://")) {
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
	const char *slash;

	if (strstr(location, "://"))
		return http_url_parse(app, location, url);
	if (!is_clean(location) || !*location) {
		app_error(app, "the server redirects to nowhere");
		return false;
	}
	*url = *base;
	if (!strncmp(location, "//", 2))
		return http_url_parse(app, location + 2, url);
	slash = strrchr(base->path, '/');
	if (*location == '/')
		snprintf(url->path, sizeof(url->path), "%s", location);
	else
		snprintf(url->path, sizeof(url->path), "%.*s%s",
			 (int)(slash ? slash + 1 - base->path : 0), base->path, location);
	return true;
}
