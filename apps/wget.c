/*
 * wget: fetches a URL into a file. -O FILE (- is standard output), -c: goes on where a file ends,
 * -q: quiet, -S: shows the answer's head, -T SECONDS, -t TRIES, --spider: only asks whether it is
 * there.
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

#define MAX_REDIRECTS 20

struct wget {
	const char *output;
	bool resume, quiet, show_head, spider;
	long tries;
	struct http http;
	struct http_url url;
	/* the transfer */
	int fd;
	int64_t begun_ns, shown_ns, offset, got;
};

/* "index.html", or the last name of the path. */
static const char *default_name(const char *path, char *buf, size_t size)
{
	size_t len = strcspn(path, "?");
	const char *p = path + len;

	while (p > path && p[-1] != '/')
		p--;
	snprintf(buf, size, "%.*s", (int)(path + len - p), p);
	return *buf ? buf : strcpy(buf, "index.html");
}

static void amount(int64_t n, char *buf, size_t size)
{
	if (n < 1024)
		snprintf(buf, size, "%lld", (long long)n);
	else if (n < 1024 * 1024)
		snprintf(buf, size, "%lld.%lldK", (long long)(n >> 10),
			 (long long)((n & 1023) * 10 >> 10));
	else
		snprintf(buf, size, "%lld.%lldM", (long long)(n >> 20),
			 (long long)((n >> 10 & 1023) * 10 >> 10));
}

/* One line that is written over itself; the last time with its end. */
static void show_progress(struct wget *w, bool done)
{
	int64_t now = app_clock_ns(), ms = (now - w->begun_ns) / NSEC_PER_MSEC,
		whole = w->http.length;
	char have[24], rate[24];

	if (w->quiet || (!done && now - w->shown_ns < NSEC_PER_SEC / 5))
		return;
	w->shown_ns = now;
	amount(w->offset + w->got, have, sizeof(have));
	amount(ms ? w->got * 1000 / ms : w->got, rate, sizeof(rate));
	if (whole > 0)
		fprintf(stderr, "\r%3lld%% %8s  %8sB/s",
			(long long)((w->offset + w->got) * 100 / (w->offset + whole)), have, rate);
	else
		fprintf(stderr, "\r     %8s  %8sB/s", have, rate);
	if (done)
		fprintf(stderr, "  in %lld.%llds\n", (long long)(ms / 1000),
			(long long)(ms % 1000 / 100));
}

static bool write_all(int fd, const char *p, long n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, (size_t)n);

		if (done < 0)
			return false;
		p += done;
		n -= done;
	}
	return true;
}

/* 0: all is here; 1: has said why not. */
static int take_body(struct wget *w)
{
	const char *data;
	long n;

	w->begun_ns = app_clock_ns();
	w->got = 0;
	while ((n = http_read_body(&w->http, &data)) > 0) {
		if (app_caught())
			return 1;
		if (!write_all(w->fd, data, n))
			return app_perror("wget", w->output);
		w->got += n;
		show_progress(w, false);
	}
	if (n == 0)
		show_progress(w, true);
	return n < 0;
}

/* The file for an answer, positioned; false: has said why. */
static bool open_output(struct wget *w)
{
	bool append = w->resume && w->http.status == 206;

	if (!strcmp(w->output, "-")) {
		w->fd = 1;
		return true;
	}
	if (append && w->http.range_from != w->offset) {
		app_error("wget", "the server sends another part than was asked for");
		return false;
	}
	if (!append)
		w->offset = 0;
	w->fd = open(w->output, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), 0644);
	if (w->fd < 0)
		app_perror("wget", w->output);
	return w->fd >= 0;
}

static int save(struct wget *w)
{
	int status;

	if (!open_output(w))
		return 1;
	if (!w->quiet)
		fprintf(stderr, "Saving to: '%s'\n", w->output);
	status = take_body(w);
	if (w->fd != 1)
		close(w->fd);
	return status;
}

static int64_t size_of_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* One request and its answer's head. */
static bool ask(struct wget *w)
{
	struct http_request r = { .method = w->spider ? "HEAD" : "GET",
				  .agent = "Wget/1.21 (skbox)" };
	char text[INET_ADDRSTRLEN];

	r.range_from = w->resume ? w->offset : 0;
	if (!http_connect(&w->http, &w->url))
		return false;
	if (!w->quiet)
		fprintf(stderr, "Connecting to %s (%s) port %d... connected.\n", w->url.host,
			inaddr_str(w->http.peer.sin_addr.s_addr, text), w->url.port);
	if (!http_send(&w->http, &w->url, &r) || !http_read_head(&w->http))
		return false;
	if (w->show_head)
		fputs(w->http.head, stderr);
	if (!w->quiet)
		fprintf(stderr, "HTTP request sent, awaiting response... %d %s\n", w->http.status,
			w->http.reason);
	return true;
}

/* 0: done, 1: failed for good, -1: worth another try. */
static int fetch_once(struct wget *w)
{
	for (int i = 0; i < MAX_REDIRECTS; i++) {
		struct http_url next;
		int status = w->http.status;

		if (!ask(w))
			return w->http.unknown_host ? 1 : -1;
		status = w->http.status;
		if (is_redirect(status) && w->http.location[0]) {
			if (!http_url_join("wget", &w->url, w->http.location, &next))
				return 1;
			http_close(&w->http);
			w->url = next;
			continue;
		}
		if (status == 416 && w->resume && w->offset) {
			if (!w->quiet)
				fprintf(stderr,
					"The file is already fully retrieved; nothing to do.\n");
			return 0;
		}
		if (status >= 400) {
			app_error("wget", "server returned error: %d %s", status, w->http.reason);
			return status >= 500 ? -1 : 1;
		}
		return w->spider ? 0 : -save(w);
	}
	return app_error("wget", "more than %d redirections", MAX_REDIRECTS);
}

static int fetch(struct wget *w)
{
	int status = -1;

	for (long i = 0; i < w->tries && status < 0 && !app_caught(); i++) {
		if (i)
			app_sleep_ns(NSEC_PER_SEC);
		if (w->resume && strcmp(w->output, "-"))
			w->offset = size_of_file(w->output);
		status = fetch_once(w);
		http_close(&w->http);
	}
	return status != 0;
}

static const struct option long_options[] = {
	{ "output-document", required_argument, NULL, 'O' },
	{ "continue", no_argument, NULL, 'c' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "server-response", no_argument, NULL, 'S' },
	{ "timeout", required_argument, NULL, 'T' },
	{ "tries", required_argument, NULL, 't' },
	{ "spider", no_argument, NULL, 's' + 256 },
	{ NULL, 0, NULL, 0 },
};

/* -1: go on; else the exit status. */
static int options(struct wget *w, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, ":O:cqST:t:", long_options, NULL)) != -1) {
		if (c == 'O')
			w->output = optarg;
		else if (c == 'c')
			w->resume = true;
		else if (c == 'q')
			w->quiet = true;
		else if (c == 'S')
			w->show_head = true;
		else if (c == 's' + 256)
			w->spider = true;
		else if (c == 'T' && !app_seconds(optarg, &w->http.timeout_ns))
			return app_error(argv[0], "bad time '%s'", optarg) + 1;
		else if (c == 't' &&
			 !app_number_or_say(argv[0], "number of tries", optarg, 1, 1000, &w->tries))
			return 2;
		else if (c != 'T' && c != 't')
			return app_badopt(argv, c);
	}
	return argc - optind == 1 ? -1 : app_usage(argv[0]);
}

int main(int argc, char **argv)
{
	struct wget *w = calloc(1, sizeof(*w));
	char name[256];
	int status;

	if (!w)
		return app_error(argv[0], "out of memory");
	w->http.app = argv[0];
	w->http.fd = -1;
	w->http.timeout_ns = 60 * NSEC_PER_SEC;
	w->tries = 3;
	status = options(w, argc, argv);
	if (status < 0) {
		app_catch(SIGINT);
		status = 1;
		if (http_url_parse(argv[0], argv[optind], &w->url)) {
			if (!w->output)
				w->output = default_name(w->url.path, name, sizeof(name));
			status = fetch(w);
		}
	}
	free(w);
	return status;
}
