/*
 * curl: fetches URLs to standard output. -o FILE, -O (the URL's name), -L: follows redirections,
 * -i: with the head, -I: only the head, -s -S -f -v, -X METHOD, -d DATA, -H FIELD, -A AGENT, -C
 * OFFSET|-, -m SECONDS, -w FORMAT.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"
#include "wget/http.h"

#define MAX_REDIRECTS 50

/* curl's own exit codes, which scripts know. */
enum {
	CURL_OK,
	CURL_BAD_URL = 3,
	CURL_CONNECT = 7,
	CURL_HTTP = 22,
	CURL_WRITE = 23,
	CURL_TIMEOUT = 28,
	CURL_RANGE = 33,
	CURL_ABORTED = 42,
	CURL_RECV = 56,
	CURL_REDIRECTS = 47
};

struct curl {
	const char *output, *format, *method;
	bool remote_name, follow, with_head, only_head, silent, show_error, fail, verbose, resume;
	struct http http;
	struct http_url url;
	struct http_request request;
	int64_t begun_ns, got;
	int fd;
};

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* -w: %{http_code} and its like, \n and \t. */
static void print_format(const struct curl *c)
{
	int64_t us = (app_clock_ns() - c->begun_ns) / 1000;

	for (const char *p = c->format; *p; p++) {
		if (*p == '\\' && (p[1] == 'n' || p[1] == 't')) {
			putchar(*++p == 'n' ? '\n' : '\t');
		} else if (!strncmp(p, "%{http_code}", 12) || !strncmp(p, "%{response_code}", 16)) {
			printf("%03d", c->http.status);
			p = strchr(p, '}');
		} else if (!strncmp(p, "%{size_download}", 16)) {
			printf("%lld", (long long)c->got);
			p = strchr(p, '}');
		} else if (!strncmp(p, "%{time_total}", 13)) {
			printf("%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
			p = strchr(p, '}');
		} else if (!strncmp(p, "%{speed_download}", 17)) {
			printf("%lld", (long long)(us ? c->got * 1000000 / us : 0));
			p = strchr(p, '}');
		} else {
			putchar(*p);
		}
	}
	fflush(stdout);
}

static const char *remote_name(const char *path, char *buf, size_t size)
{
	size_t len = strcspn(path, "?");
	const char *p = path + len;

	while (p > path && p[-1] != '/')
		p--;
	snprintf(buf, size, "%.*s", (int)(path + len - p), p);
	return buf;
}

static int open_output(struct curl *c, char *name, size_t size)
{
	int flags = O_WRONLY | O_CREAT |
		    (c->request.range_from > 0 && c->http.status == 206 ? O_APPEND : O_TRUNC);

	if (c->remote_name)
		c->output = remote_name(c->url.path, name, size);
	c->fd = 1;
	if (!c->output || !strcmp(c->output, "-"))
		return CURL_OK;
	if (!*c->output) {
		app_error("curl", "the URL has no name for a file");
		return CURL_WRITE;
	}
	c->fd = open(c->output, flags, 0644);
	if (c->fd >= 0)
		return CURL_OK;
	app_perror("curl", c->output);
	return CURL_WRITE;
}

/* What goes on where a file ends must not begin it anew. */
static int check_range(struct curl *c)
{
	if (c->request.range_from <= 0 || c->only_head)
		return CURL_OK;
	if (c->http.status == 416 && c->resume)
		return CURL_OK; /* all of it is there */
	if (c->http.status == 206 && c->http.range_from == c->request.range_from)
		return CURL_OK;
	app_error("curl", "the server does not send that part: status %d", c->http.status);
	return CURL_RANGE;
}

static int save(struct curl *c)
{
	const char *data;
	char name[256];
	int status = check_range(c);
	long n = 0;

	if (status || (c->http.status == 416 && c->resume && c->request.range_from > 0))
		return status;
	status = open_output(c, name, sizeof(name));
	if (status)
		return status;
	if ((c->with_head || c->only_head) && !write_all(c->fd, c->http.head, strlen(c->http.head)))
		status = CURL_WRITE;
	while (!status && !app_caught() && (n = http_read_body(&c->http, &data)) > 0) {
		if (!write_all(c->fd, data, (size_t)n))
			status = CURL_WRITE;
		c->got += n;
	}
	if (c->fd != 1)
		close(c->fd);
	if (app_caught())
		return CURL_ABORTED;
	return n < 0 ? CURL_RECV : status;
}

static int ask(struct curl *c)
{
	char text[INET_ADDRSTRLEN];

	if (!http_connect(&c->http, &c->url))
		return CURL_CONNECT;
	if (c->verbose)
		fprintf(stderr, "* Connected to %s (%s) port %d\n> %s %s HTTP/1.1\n", c->url.host,
			inaddr_str(c->http.peer.sin_addr.s_addr, text), c->url.port,
			c->request.method, c->url.path);
	if (!http_send(&c->http, &c->url, &c->request) || !http_read_head(&c->http))
		return CURL_RECV;
	if (c->verbose)
		for (char *cursor = c->http.head, *line = cursor; *cursor; line = cursor) {
			cursor = line + strcspn(line, "\n") + 1;
			fprintf(stderr, "< %.*s", (int)(cursor - line), line);
		}
	return CURL_OK;
}

static int fetch(struct curl *c)
{
	for (int i = 0; i <= MAX_REDIRECTS; i++) {
		struct http_url next;
		int status = ask(c);

		if (status)
			return status;
		if (!c->follow || !is_redirect(c->http.status) || !c->http.location[0]) {
			if (c->fail && c->http.status >= 400) {
				app_error("curl", "the requested URL returned error: %d",
					  c->http.status);
				return CURL_HTTP;
			}
			return save(c);
		}
		if (!http_url_join("curl", &c->url, c->http.location, &next))
			return CURL_BAD_URL;
		if (c->http.status == 303 && strcmp(c->request.method, "HEAD")) {
			c->request.method = "GET";
			c->request.body = NULL;
		}
		http_close(&c->http);
		c->url = next;
	}
	app_error("curl", "more than %d redirections", MAX_REDIRECTS);
	return CURL_REDIRECTS;
}

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "remote-name", no_argument, NULL, 'O' },
	{ "location", no_argument, NULL, 'L' },
	{ "include", no_argument, NULL, 'i' },
	{ "head", no_argument, NULL, 'I' },
	{ "silent", no_argument, NULL, 's' },
	{ "show-error", no_argument, NULL, 'S' },
	{ "fail", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "request", required_argument, NULL, 'X' },
	{ "data", required_argument, NULL, 'd' },
	{ "header", required_argument, NULL, 'H' },
	{ "user-agent", required_argument, NULL, 'A' },
	{ "continue-at", required_argument, NULL, 'C' },
	{ "max-time", required_argument, NULL, 'm' },
	{ "write-out", required_argument, NULL, 'w' },
	{ "range", required_argument, NULL, 'r' },
	{ NULL, 0, NULL, 0 },
};

static bool take_flag(struct curl *c, int opt)
{
	switch (opt) {
	case 'O':
		return c->remote_name = true;
	case 'L':
		return c->follow = true;
	case 'i':
		return c->with_head = true;
	case 'I':
		return c->only_head = true;
	case 's':
		return c->silent = true;
	case 'S':
		return c->show_error = true;
	case 'f':
		return c->fail = true;
	case 'v':
		return c->verbose = true;
	default:
		return false;
	}
}

static bool add_field(struct curl *c, const char *text)
{
	if (c->request.nfields < (int)ARRAY_LEN(c->request.fields) && !strpbrk(text, "\r\n")) {
		c->request.fields[c->request.nfields++] = text;
		return true;
	}
	app_error("curl", "bad or too many fields");
	return false;
}

static bool take_value(struct curl *c, int opt, char *text, char *range, size_t size)
{
	long offset;

	switch (opt) {
	case 'o':
		c->output = text;
		return true;
	case 'X':
		c->method = text;
		return true;
	case 'd':
		c->request.body = text;
		return true;
	case 'A':
		c->request.agent = text;
		return true;
	case 'w':
		c->format = text;
		return true;
	case 'H':
		return add_field(c, text);
	case 'r':
		snprintf(range, size, "Range: bytes=%s", text);
		return add_field(c, range);
	case 'm':
		if (app_seconds(text, &c->http.timeout_ns))
			return true;
		app_error("curl", "bad time '%s'", text);
		return false;
	default:
		c->resume = !strcmp(text, "-");
		if (c->resume)
			return true;
		if (!app_number_or_say("curl", "offset", text, 0, INT64_MAX, &offset))
			return false;
		c->request.range_from = offset;
		return true;
	}
}

/* -s: not even errors, but with -S. */
static void be_silent(void)
{
	int fd = open("/dev/null", O_WRONLY);

	if (fd < 0)
		return;
	dup2(fd, 2);
	close(fd);
}

static int run(struct curl *c, int argc, char **argv)
{
	char range[64], name[256];
	struct stat st;
	int opt, status;

	while ((opt = getopt_long(argc, argv, ":o:OLiIsSfvX:d:H:A:C:m:w:r:", long_options, NULL)) !=
	       -1) {
		if (opt == '?' || opt == ':')
			return app_badopt(argv, opt);
		if (!take_flag(c, opt) && !take_value(c, opt, optarg, range, sizeof(range)))
			return 2;
	}
	if (argc - optind != 1)
		return app_usage(argv[0]);
	if (c->silent && !c->show_error && !c->verbose)
		be_silent();
	c->request.method = c->method	    ? c->method :
			    c->only_head    ? "HEAD" :
			    c->request.body ? "POST" :
					      "GET";
	c->request.type = "application/x-www-form-urlencoded";
	if (!http_url_parse(argv[0], argv[optind], &c->url))
		return CURL_BAD_URL;
	if (c->resume && (c->output || c->remote_name) &&
	    stat(c->output ? c->output : remote_name(c->url.path, name, sizeof(name)), &st) == 0)
		c->request.range_from = st.st_size;
	app_catch(SIGINT);
	c->begun_ns = app_clock_ns();
	if (c->http.timeout_ns)
		c->http.deadline_ns = c->begun_ns + c->http.timeout_ns;
	status = fetch(c);
	http_close(&c->http);
	if ((status == CURL_CONNECT || status == CURL_RECV) && http_is_late(&c->http))
		status = CURL_TIMEOUT;
	if (c->format)
		print_format(c);
	return status;
}

int main(int argc, char **argv)
{
	struct curl *c = calloc(1, sizeof(*c));
	int status;

	if (!c)
		return app_error(argv[0], "out of memory");
	c->http.app = argv[0];
	c->http.fd = -1;
	c->request.agent = "curl/7.88 (skbox)";
	status = run(c, argc, argv);
	free(c);
	return status;
}
