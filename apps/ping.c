/*
 * ping: ICMP echo, with the options, the output and the exit status (0 answered, 1 not, 2 wrong) of
 * iputils.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"
#include "ping/ping.h"

#define FLOOD_INTERVAL (10 * NSEC_PER_MSEC)
#define DEFAULT_WAIT (10 * NSEC_PER_SEC)

static bool seen(struct ping *p, uint16_t seq)
{
	return p->seen[seq / 8] >> (seq % 8) & 1;
}

static void set_seen(struct ping *p, uint16_t seq, bool on)
{
	uint8_t bit = 1 << (seq % 8);

	p->seen[seq / 8] = on ? p->seen[seq / 8] | bit : p->seen[seq / 8] & ~bit;
}

static void take_reply(struct ping *p, const struct ping_event *e)
{
	uint16_t seq = ping_seq(e->icmp);
	int64_t now = app_clock_ns(), stamp = ping_stamp(e->icmp, e->len);
	int64_t rtt = stamp > 0 && stamp <= now ? now - stamp : -1;
	bool duplicate = seen(p, seq);

	p->last_reply = now;
	if (ping_compare(p, e->icmp, e->len) >= 0)
		p->st.bad++;
	if (duplicate)
		p->st.duplicates++;
	else
		p->st.received++;
	set_seen(p, seq, true);
	if (rtt >= 0)
		ping_stats_add(&p->st, rtt);
	ping_print_reply(p, e, rtt, duplicate);
}

static void take_error(struct ping *p, const struct ping_event *e)
{
	p->st.errors++;
	ping_print_error(p, e);
}

/* Takes everything that has come; true if there was something. */
static bool drain(struct ping *p)
{
	bool any = false;

	for (;;) {
		struct ping_event e;

		ping_receive(p, &e);
		if (e.kind == PING_NOTHING)
			return any;
		if (e.kind == PING_REPLY)
			take_reply(p, &e);
		else
			take_error(p, &e);
		any = true;
	}
}

/* -f, and -i 0: the next packet goes out when an answer has come, or after a hundredth of a second.
 */
static bool paced_by_answers(const struct ping *p)
{
	return p->flood || p->adaptive || !p->interval;
}

/* How long to wait for an answer before the next one goes. */
static int64_t pace(const struct ping *p)
{
	return p->flood || !p->interval ? FLOOD_INTERVAL : p->interval;
}

static void send_failed(struct ping *p, int err)
{
	/* The error of an earlier packet: its report lies in the error queue. */
	if (drain(p))
		return;
	p->st.errors++;
	if (err == EACCES && !p->broadcast) {
		app_error("ping", "%s is a broadcast address: -b if that is meant", p->host);
		exit(2);
	}
	if (!p->quiet)
		app_error("ping", "sendmsg: %s", strerror(err));
}

static void send_one(struct ping *p)
{
	uint16_t seq = p->st.sent + 1;
	int64_t now = app_clock_ns();
	long under_way;
	int err;

	if (p->tell_missing && p->st.sent && !seen(p, seq - 1) && !p->quiet)
		printf("no answer yet for icmp_seq=%u\n", (uint16_t)(seq - 1));
	set_seen(p, seq, false);
	ping_build(p, seq, now);
	if (!p->st.sent)
		p->started = now;
	p->last_sent = now;
	p->st.sent++;
	if (p->flood && !p->quiet)
		putchar('.');
	err = ping_transmit(p, PING_HEADER + p->size);
	if (err)
		send_failed(p, err);
	under_way = p->st.sent - p->st.received - p->st.errors;
	if (under_way > p->st.pipe)
		p->st.pipe = under_way;
}

/* Waits for packets until @until at most. */
static void wait_until(struct ping *p, int64_t until)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	int64_t left = until - app_clock_ns();

	/* A flood prints a dot for each packet: only a pause makes them visible. */
	fflush(stdout);
	if (poll(&pfd, 1, left > 0 ? (left + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0) > 0)
		drain(p);
}

static int64_t deadline(const struct ping *p)
{
	return p->deadline ? p->started + p->deadline : INT64_MAX;
}

static bool finished(const struct ping *p)
{
	if (app_caught() || app_clock_ns() >= deadline(p))
		return true;
	/* With a deadline, -c is the number of answers. */
	return p->count && (p->deadline ? p->st.received >= p->count : p->st.sent >= p->count);
}

static void run(struct ping *p)
{
	int64_t next;

	do {
		long received = p->st.received;

		send_one(p);
		if (p->st.sent < p->preload && !finished(p))
			continue;
		next = p->last_sent + pace(p);
		if (p->count && p->st.sent >= p->count && !p->deadline)
			break;
		drain(p);
		while (app_clock_ns() < next && !finished(p) &&
		       !(paced_by_answers(p) && p->st.received > received))
			wait_until(p, next < deadline(p) ? next : deadline(p));
	} while (!finished(p));
}

/* After the last packet: what is still under way may come within twice the longest time seen. */
static void wait_for_rest(struct ping *p)
{
	int64_t wait = p->st.timed ? 2 * p->st.max : p->wait;
	int64_t until;

	if (wait < NSEC_PER_SEC && p->st.timed)
		wait = NSEC_PER_SEC;
	if (wait > p->wait)
		wait = p->wait;
	until = p->last_sent + wait;
	if (until > deadline(p))
		until = deadline(p);
	while (p->st.received + p->st.errors < p->st.sent && !app_caught() &&
	       app_clock_ns() < until)
		wait_until(p, until);
}

/* ---- options ---- */

static bool take_pattern(struct ping *p, const char *hex)
{
	size_t len = strlen(hex);

	if (!len || len > 2 * sizeof(p->pattern) || strspn(hex, "0123456789abcdefABCDEF") != len) {
		app_error("ping", "bad pattern '%s' (up to 16 bytes in hex)", hex);
		return false;
	}
	for (size_t i = 0; i < len; i += 2) {
		char pair[3] = { hex[i], i + 1 < len ? hex[i + 1] : '\0', '\0' };

		p->pattern[p->pattern_len++] = strtoul(pair, NULL, 16);
	}
	return true;
}

static bool take_seconds(const char *what, const char *text, int64_t *ns)
{
	if (app_seconds(text, ns))
		return true;
	app_error("ping", "bad %s '%s'", what, text);
	return false;
}

static bool take_pmtudisc(struct ping *p, const char *text)
{
	static const char *const names[] = { [IP_PMTUDISC_DONT] = "dont",
					     [IP_PMTUDISC_WANT] = "want",
					     [IP_PMTUDISC_DO] = "do",
					     [IP_PMTUDISC_PROBE] = "probe" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcmp(text, names[i])) {
			p->pmtudisc = i;
			return true;
		}
	}
	app_error("ping", "bad -M '%s' (do, want, dont, probe)", text);
	return false;
}

/* An option with a value. */
static bool take_value(struct ping *p, int c, const char *text)
{
	switch (c) {
	case 'c':
		return app_number_or_say("ping", "count", text, 1, 0x7fffffff, &p->count);
	case 'i':
		return take_seconds("interval", text, &p->interval);
	case 's':
		return app_number_or_say("ping", "size", text, 0, PING_MAX_SIZE, &p->size);
	case 't':
		return app_number_or_say("ping", "TTL", text, 1, 255, &p->ttl);
	case 'Q':
		return app_number_or_say("ping", "TOS", text, 0, 255, &p->tos);
	case 'W':
		return take_seconds("timeout", text, &p->wait);
	case 'w':
		return take_seconds("deadline", text, &p->deadline);
	case 'e':
		p->raw = true;
		return app_number_or_say("ping", "identifier", text, 0, 65535, &p->ident);
	case 'l':
		return app_number_or_say("ping", "preload", text, 1, 65536, &p->preload);
	case 'm':
		return app_number_or_say("ping", "mark", text, 0, 0x7fffffff, &p->mark);
	case 'S':
		return app_number_or_say("ping", "buffer size", text, 1, 0x7fffffff, &p->sndbuf);
	case 'T':
		return ping_option_ts(p, text);
	case 'M':
		return take_pmtudisc(p, text);
	case 'p':
		return take_pattern(p, text);
	default:
		p->source = text;
		return true;
	}
}

static bool take_flag(struct ping *p, int c)
{
	bool *const flags[128] = {
		['q'] = &p->quiet,	 ['f'] = &p->flood,	   ['n'] = &p->numeric,
		['b'] = &p->broadcast,	 ['O'] = &p->tell_missing, ['A'] = &p->adaptive,
		['a'] = &p->audible,	 ['v'] = &p->verbose,	   ['D'] = &p->clock,
		['r'] = &p->dont_route,	 ['L'] = &p->no_loop,	   ['C'] = &p->connected,
		['B'] = &p->keep_source, ['R'] = &p->record_route,
	};

	if (c > 0 && c < 128 && flags[c])
		return *flags[c] = true;
	return c == '4' || c == 'U' || c == 'd';
}

/* The hosts before the target: those that are to sign with a time, or a loose source route. */
static bool take_hops(struct ping *p, char **names, int n)
{
	int max = p->timestamps == 3 ? 4 : (int)ARRAY_LEN(p->hops);
	struct sockaddr_in sin;

	if (n > max || (n && (p->record_route || (p->timestamps >= 0 && p->timestamps != 3)))) {
		app_error("ping", "too many hosts");
		return false;
	}
	for (int i = 0; i < n; i++) {
		if (!inaddr_resolve("ping", names[i], &sin))
			return false;
		p->hops[p->nr_hops++] = sin.sin_addr.s_addr;
	}
	return true;
}

static bool consistent(const struct ping *p)
{
	if (p->record_route && p->timestamps >= 0)
		app_error("ping", "only one of -T or -R may be used");
	else if (p->flood && p->adaptive)
		app_error("ping", "-f and -A exclude each other");
	else
		return true;
	return false;
}

/* -1: go on, else the exit status. */
static int parse_options(struct ping *p, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv,
			   ":c:e:i:s:t:Q:W:w:M:p:I:l:m:S:T:"
			   "qfnObaABCDLRUrdv4V")) != -1) {
		if (c == 'V')
			return puts("ping from skbox"), 0;
		if (c == '?' || c == ':')
			return app_badopt(argv, c);
		if (!take_flag(p, c) && !take_value(p, c, optarg))
			return 2;
	}
	if (optind >= argc)
		return app_usage(argv[0]);
	p->host = argv[argc - 1];
	return consistent(p) && take_hops(p, argv + optind, argc - 1 - optind) ? -1 : 2;
}

static bool resolve(struct ping *p)
{
	in_addr_t addr;

	p->by_name = !inaddr_parse(p->host, &addr);
	if (!inaddr_resolve("ping", p->host, &p->to))
		return false;
	/* 0.0.0.0 is this host, as ever. */
	if (!p->to.sin_addr.s_addr)
		p->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return true;
}

static bool allocate(struct ping *p)
{
	p->in_size = p->size + PING_HEADER + 60 + 64;
	p->in = malloc(p->in_size);
	p->out = calloc(1, PING_HEADER + p->size);
	if (p->in && p->out)
		return true;
	app_error("ping", "out of memory");
	return false;
}

int main(int argc, char **argv)
{
	struct ping *p = calloc(1, sizeof(*p));
	int status;

	if (!p)
		return app_error(argv[0], "out of memory"), 2;
	p->interval = NSEC_PER_SEC;
	p->wait = DEFAULT_WAIT;
	p->size = 56;
	p->ttl = -1;
	p->pmtudisc = -1;
	p->timestamps = -1;
	p->preload = 1;
	status = parse_options(p, argc, argv);
	if (status >= 0)
		return status;
	if (!allocate(p) || !resolve(p) || !ping_open(p))
		return 2;
	app_catch(SIGINT);
	app_catch(SIGTERM);
	ping_print_header(p);
	run(p);
	wait_for_rest(p);
	ping_print_summary(p);
	return p->st.received && !(p->deadline && p->count && p->st.received < p->count) ? 0 : 1;
}
