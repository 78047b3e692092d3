/*
 * explain: says of each TCP connection, in a sentence, what its sender waits for now, and the
 * numbers from which one can see it. The same is in ss -i as "limited:". explain route ADDR is
 * explain/route.c's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/explain.h"
#include "lib/util.h"

#define MAX_WORDS 96

static const struct {
	const char *limit, *text;
} sentences[] = {
	{ "app", "all that the application has given is sent: it waits for the application" },
	{ "rwnd", "the receiver's window is full: it waits for the peer's application to read" },
	{ "cwnd", "the congestion window is full: it waits for acknowledgements" },
	{ "nagle",
	  "a small segment waits for the acknowledgement of the last one (Nagle; TCP_NODELAY turns it off)" },
	{ "cork", "a small segment is held back by TCP_CORK or MSG_MORE" },
	{ "sws", "the window is open by less than a segment (silly-window avoidance)" },
	{ "persist", "the receiver's window is closed: it is being probed" },
	{ "pacing", "the pacing timer: the next burst is not due yet" },
	{ "queue", "enough of it waits in the card's queue" },
	{ "tso", "it waits for a little more, to send a larger burst" },
	{ "memory", "there is no packet buffer free" },
	{ "recovery", "losses are being repaired, which goes first" },
};

static const char *sentence(const char *limit)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (!strcmp(sentences[i].limit, limit))
			return sentences[i].text;
	return limit;
}

/* The value of the word "key:value"; NULL: not there. */
static const char *value_of(const char *key, char **words, int n)
{
	size_t len = strlen(key);

	for (int i = 0; i < n; i++)
		if (!strncmp(words[i], key, len) && words[i][len] == ':')
			return words[i] + len + 1;
	return NULL;
}

static void print_numbers(char **words, int n)
{
	static const char *const keys[] = { "rtt",     "rto",	  "cwnd",    "ssthresh",
					    "unacked", "retrans", "lost",    "notsent",
					    "snd_wnd", "rcv_wnd", "backoff", "ca" };

	printf("    ");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *value = value_of(keys[i], words, n);

		if (value)
			printf(" %s %s", keys[i], value);
	}
	printf("\n");
}

/* False: not a connection. */
static bool explain(char *line)
{
	char *f[MAX_WORDS];
	int n = text_fields(line, f, MAX_WORDS);
	const char *limit;

	if (n < 5 || !strcmp(f[0], "LISTEN"))
		return false;
	limit = value_of("limited", f + 5, n - 5);
	if (!limit)
		return false;
	printf("%s -> %s %s, %s bytes to send, %s to be read\n", f[3], f[4], f[0], f[2], f[1]);
	printf("     %s\n", sentence(limit));
	print_numbers(f + 5, n - 5);
	return true;
}

static void explain_line(char *line, void *any)
{
	*(bool *)any |= explain(line);
}

int main(int argc, char **argv)
{
	bool any = false;
	int status;

	if (argc > 1 && !strcmp(argv[1], "route"))
		return explain_route(argv[0], argv + 2);
	status = app_no_arguments(argc, argv);
	if (status >= 0)
		return status;
	if (text_each_line("/proc/net/tcp_diag", explain_line, &any))
		return app_perror(argv[0], "/proc/net/tcp_diag");
	if (!any)
		puts("no TCP connection");
	return 0;
}
