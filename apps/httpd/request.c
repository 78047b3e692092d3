/* A request's head: the request line and the fields that matter here (RFC 9112 §2-6, RFC 9110). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "httpd.h"

long httpd_request_head_length(const char *in, size_t len)
{
	size_t start = 0;

	/* Empty lines before a request are ignored (RFC 9112 §2.2). */
	while (start < len && (in[start] == '\r' || in[start] == '\n'))
		start++;
	for (size_t i = start; i < len; i++) {
		if (in[i] != '\n')
			continue;
		if (i + 1 < len && in[i + 1] == '\n')
			return (long)i + 2;
		if (i + 2 < len && in[i + 1] == '\r' && in[i + 2] == '\n')
			return (long)i + 3;
	}
	return len >= HTTPD_MAX_HEAD ? -1 : 0;
}

/* Cuts the next line off *@p, which ends at @end. NULL: an empty line, or the end. */
static char *next_line(char **p, char *end)
{
	char *line = *p, *nl = memchr(line, '\n', (size_t)(end - line));

	if (!nl)
		return NULL;
	*p = nl + 1;
	if (nl > line && nl[-1] == '\r')
		nl--;
	*nl = '\0';
	return nl > line ? line : NULL;
}

static enum method method_of(const char *word)
{
	if (!strcmp(word, "GET"))
		return METHOD_GET;
	return !strcmp(word, "HEAD") ? METHOD_HEAD : METHOD_OTHER;
}

static bool is_token(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("!#$%&'*+-.^_`|~", *s))
			return false;
	return true;
}

/* "GET /path HTTP/1.1" */
static int parse_line(char *line, struct request *r)
{
	char *target = strchr(line, ' '), *version;

	if (!target)
		return 400;
	*target++ = '\0';
	version = strchr(target, ' ');
	if (!version || !is_token(line))
		return 400;
	*version++ = '\0';
	if (strlen(target) >= HTTPD_MAX_TARGET)
		return 414;
	if (strncmp(version, "HTTP/", 5) || !isdigit((unsigned char)version[5]) ||
	    version[6] != '.' || !isdigit((unsigned char)version[7]) || version[8])
		return 400;
	if (version[5] != '1')
		return 505;
	r->minor = version[7] > '0';
	r->keep_alive = r->minor;
	r->method = method_of(line);
	if (!strncasecmp(target, "http://", 7)) { /* as to a proxy (RFC 9112 §3.2.2) */
		target = strchr(target + 7, '/');
		if (!target)
			target = "/";
	}
	return httpd_path_decode(target, r->path, sizeof(r->path)) ? 0 : 400;
}

static bool parse_length(const char *s, uint64_t *out)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		if (n > UINT64_MAX / 100)
			return false;
		n = n * 10 + (uint64_t)(*s - '0');
	}
	*out = n;
	return *s == '\0';
}

/* "bytes=0-99", "bytes=100-", "bytes=-50". Anything else, and more than one range, is all of it. */
static void parse_range(const char *s, struct request *r)
{
	uint64_t first = 0, last = 0;
	char text[48], *dash;

	if (strncmp(s, "bytes=", 6) || strlen(s + 6) >= sizeof(text))
		return;
	strcpy(text, s + 6);
	dash = strchr(text, '-');
	if (!dash)
		return;
	*dash++ = '\0';
	if ((*text && !parse_length(text, &first)) || (*dash && !parse_length(dash, &last)) ||
	    (!*text && !*dash) || first > INT64_MAX || last > INT64_MAX)
		return;
	if (*text && *dash && last < first)
		return;
	r->range_first = *text ? (int64_t)first : -1;
	r->range_last = *dash ? (int64_t)last : -1;
	r->has_range = true;
}

/* Is @word among the words of @list, which commas separate? */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		list += strspn(list, ", \t");
		if (!strncasecmp(list, word, n) && (list[n] == '\0' || strchr(", \t;", list[n])))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

/* What the fields said together. */
struct seen {
	int hosts, lengths;
	bool if_range;
};

/* 0 or the status of the refusal. */
static int parse_field(char *line, struct request *r, struct seen *seen)
{
	char *value = strchr(line, ':'), *end;

	if (!value)
		return 400;
	*value++ = '\0';
	if (!is_token(line))
		return 400; /* also a line that goes on from the one before (RFC 9112 §5.2) */
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	if (!strcasecmp(line, "Host")) {
		seen->hosts++;
	} else if (!strcasecmp(line, "Connection")) {
		r->keep_alive =
			!has_word(value, "close") && (r->minor || has_word(value, "keep-alive"));
	} else if (!strcasecmp(line, "Content-Length")) {
		uint64_t n;

		if (!parse_length(value, &n) || (seen->lengths++ && n != r->body))
			return 400;
		r->body = n;
	} else if (!strcasecmp(line, "Transfer-Encoding")) {
		return 501;
	} else if (!strcasecmp(line, "Range")) {
		parse_range(value, r);
	} else if (!strcasecmp(line, "If-Range")) {
		seen->if_range = true;
	} else if (!strcasecmp(line, "If-Modified-Since")) {
		r->since = http_date_parse(value);
		r->has_since = r->since != (time_t)-1;
	} else if (!strcasecmp(line, "Expect")) {
		return 417;
	}
	return 0;
}

int httpd_request_parse(char *head, size_t len, struct request *r)
{
	char *p = head + strspn(head, "\r\n"), *line;
	struct seen seen = { 0 };
	int status;

	memset(r, 0, offsetof(struct request, path));
	r->method = METHOD_OTHER;
	if (memchr(head, '\0', len))
		return 400;
	line = next_line(&p, head + len);
	status = line ? parse_line(line, r) : 400;
	while (!status && (line = next_line(&p, head + len)) != NULL)
		status = parse_field(line, r, &seen);
	if (status)
		return status;
	if (seen.hosts > 1 || (r->minor && !seen.hosts))
		return 400;
	if (r->body > HTTPD_MAX_BODY)
		return 413;
	if (seen.if_range)
		r->has_range = false;
	return 0;
}
