/*
 * relay: a cable between two ends that loses, delays, doubles, swaps and garbles what passes, and
 * is as slow as one likes. Each direction has its own impairments, in the words of Linux's netem,
 * and decides after a seed.
 *
 *   relay [--seed N] [--by-segment] [--both WORDS] [--a-to-b WORDS] [--b-to-a WORDS]
 *         [--pcap-a FILE] [--pcap-b FILE] A B
 *
 *   relay --seed 7 --both "delay 50ms loss 1%" --a-to-b "rate 10mbit limit 100 bytes 150000" \
 *         tap:tap0@/proc/123/ns/net stream:/tmp/vm.sock
 *
 * The n-th frame of a direction meets the n-th throw of its dice; with --by-segment a segment of
 * TCP meets the one that belongs to what it says (segment.h).
 *
 * A and B are ends as port.h says. `limit` and `bytes` bound the queue in front of a `rate`. It
 * says "ready" on standard output when both ends are open. Lines on standard input change a
 * direction while it runs ("both loss 100%", "a-to-b delay 1ms", "b-to-a": none) or ask for the
 * counters
 * ("stats"); each is answered by one line: "ok", "error", or JSON. SIGUSR1 prints the counters,
 * too, and so does the end (SIGTERM, SIGINT).
 */
#include "tests/relay/line.h"
#include "tests/relay/pcap.h"
#include "tests/relay/port.h"
#include "tests/relay/segment.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "apps/tc/netem.h"
#include "tests/relay/command.h"

#define WAITING_MAX 256 /* frames that are out and that the port has no room for yet */

/* One direction. */
struct direction {
	struct port *from, *to;
	struct line line;
	FILE *pcap_in, *pcap_out;
	struct frame *waiting[WAITING_MAX]; /* from waiting_at on, waiting_n of them */
	int waiting_at, waiting_n;
	bool held; /* we have left frames with the sender */
	struct segments segments;
};

static struct port ports[2];
static struct direction directions[2]; /* a to b, b to a */
static FILE *pcaps[2];
static int epoll_fd, timer_fd, signal_fd;
static bool by_segment, running = true;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- moving frames ---- */

/* From the line to the frames that wait for the port. */
static void collect(struct direction *d, uint64_t now)
{
	struct frame *f;

	if (d->waiting_at) {
		memmove(d->waiting, d->waiting + d->waiting_at,
			(size_t)d->waiting_n * sizeof(d->waiting[0]));
		d->waiting_at = 0;
	}
	while (d->waiting_n < WAITING_MAX && (f = line_get(&d->line, now))) {
		pcap_write(d->pcap_out, f);
		d->waiting[d->waiting_n++] = f;
	}
}

/* All that is due goes out, as far as the port takes it. */
static void send_due(struct direction *d, uint64_t now)
{
	for (;;) {
		int n, sent;

		collect(d, now);
		if (!d->waiting_n)
			return;
		n = d->waiting_n < PORT_BATCH ? d->waiting_n : PORT_BATCH;
		sent = d->to->ops->write(d->to, d->waiting, n);
		d->waiting_at = sent;
		d->waiting_n -= sent;
		if (!sent)
			return;
	}
}

/* A port that cannot keep up holds back who sends to it, as a full card does. */
static bool held_back(const struct direction *d)
{
	return d->waiting_n > WAITING_MAX / 2;
}

static void receive(struct direction *d)
{
	struct frame *v[PORT_BATCH];
	uint64_t now;
	int n;

	do {
		d->held = held_back(d);
		if (d->held)
			return;
		n = d->from->ops->read(d->from, v, PORT_BATCH);
		now = now_ns();
		for (int i = 0; i < n; i++) {
			pcap_write(d->pcap_in, v[i]);
			if (by_segment)
				d->line.dice.number = segment_number(&d->segments, v[i]);
			line_put(&d->line, now, v[i]);
		}
		send_due(d, now);
	} while (n == PORT_BATCH);
	if (n < 0)
		port_hangup(d->from);
}

/* ---- what we wait for ---- */

static void watch(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (fd < 0)
		return;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &ev) < 0 &&
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		err(1, "epoll");
}

/* @in reads from @p, @out writes to it. */
static void watch_port(struct port *p, const struct direction *in, const struct direction *out)
{
	bool full = out->waiting_n || p->out_len > p->out_sent;
	uint32_t events = (held_back(in) ? 0 : EPOLLIN) | (full ? EPOLLOUT : 0);

	if (p->events == events && p->watched == p->fd)
		return;
	p->events = events;
	p->watched = p->fd;
	watch(p->fd, events);
}

/* The timer rings when the next frame comes out; one that waits for a port needs no timer. */
static void set_timer(void)
{
	static uint64_t armed = LINE_NEVER;
	struct itimerspec when = { 0 };
	uint64_t next = LINE_NEVER;

	for (int i = 0; i < 2; i++)
		if (directions[i].waiting_n < WAITING_MAX && line_next(&directions[i].line) < next)
			next = line_next(&directions[i].line);
	if (next == armed)
		return;
	armed = next;
	if (next != LINE_NEVER) {
		when.it_value.tv_sec = (time_t)(next / 1000000000);
		when.it_value.tv_nsec = (long)(next % 1000000000) + (next == 0);
	}
	timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* ---- counters and commands ---- */

static void print_direction(const char *name, const struct direction *d)
{
	const struct line_stats *s = &d->line.stats;

	printf("\"%s\": {\"frames_in\": %" PRIu64 ", \"bytes_in\": %" PRIu64
	       ", \"frames_out\": %" PRIu64 ", \"bytes_out\": %" PRIu64 ", \"lost\": %" PRIu64
	       ", \"duplicated\": %" PRIu64 ", \"reordered\": %" PRIu64 ", \"corrupted\": %" PRIu64
	       ", \"marked\": %" PRIu64,
	       name, s->frames_in, s->bytes_in, s->frames_out, s->bytes_out, s->lost, s->duplicated,
	       s->reordered, s->corrupted, s->marked);
	printf(", \"queue_drops\": %" PRIu64 ", \"overflow\": %" PRIu64
	       ", \"out_of_order\": %" PRIu64 ", \"on_the_way\": %u, \"bad\": %" PRIu64
	       ", \"no_peer\": %" PRIu64 "}",
	       s->queue_drops, s->overflow, s->out_of_order,
	       d->line.way.count + (uint32_t)d->waiting_n, d->from->bad, d->to->no_peer);
}

static void print_stats(void)
{
	for (int i = 0; i < 2; i++)
		if (pcaps[i])
			fflush(pcaps[i]);
	printf("{");
	print_direction("a_to_b", &directions[0]);
	printf(", ");
	print_direction("b_to_a", &directions[1]);
	printf("}\n");
	fflush(stdout);
}

/* @which: "both", "a-to-b", "b-to-a". */
static bool impair(const char *which, char *words)
{
	struct netem_params p;
	uint64_t bytes;
	bool both = !strcmp(which, "both");

	if (!command_impairments(words, &p, &bytes))
		return false;
	if (both || !strcmp(which, "a-to-b"))
		line_set(&directions[0].line, &p, bytes);
	if (both || !strcmp(which, "b-to-a"))
		line_set(&directions[1].line, &p, bytes);
	return true;
}

static void obey(char *line)
{
	char *words = line + strcspn(line, " ");

	if (*words)
		*words++ = '\0';
	if (!strcmp(line, "stats")) {
		print_stats();
		return;
	}
	if (strcmp(line, "both") && strcmp(line, "a-to-b") && strcmp(line, "b-to-a"))
		puts("error");
	else
		puts(impair(line, words) ? "ok" : "error");
	fflush(stdout);
}

static void read_commands(void)
{
	static char text[4096];
	static size_t len;
	ssize_t n = read(STDIN_FILENO, text + len, sizeof(text) - 1 - len);
	char *end;

	if (n <= 0) { /* nobody commands any more */
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		return;
	}
	len += (size_t)n;
	text[len] = '\0';
	while ((end = strchr(text, '\n'))) {
		*end++ = '\0';
		obey(text);
		len -= (size_t)(end - text);
		memmove(text, end, len + 1);
	}
	if (len == sizeof(text) - 1)
		len = 0;
}

static void read_signal(void)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1)
		print_stats();
	else
		running = false;
}

/* ---- the loop ---- */

static void port_event(int i, bool gone)
{
	port_flush(&ports[i]);
	send_due(&directions[1 - i], now_ns());
	receive(&directions[i]);
	if (gone && ports[i].listen_fd >= 0 && ports[i].fd >= 0)
		port_hangup(&ports[i]);
}

static void event(int fd, bool gone)
{
	uint64_t rings;

	if (fd == signal_fd) {
		read_signal();
	} else if (fd == STDIN_FILENO) {
		read_commands();
	} else if (fd == timer_fd) {
		if (read(timer_fd, &rings, sizeof(rings)) < 0 && errno != EAGAIN)
			err(1, "timer");
		for (int i = 0; i < 2; i++)
			send_due(&directions[i], now_ns());
	} else {
		for (int i = 0; i < 2; i++) {
			if (fd == ports[i].listen_fd)
				port_accept(&ports[i]);
			else if (fd == ports[i].fd)
				port_event(i, gone);
		}
	}
}

static void loop(void)
{
	struct epoll_event events[8];

	while (running) {
		int n;

		for (int i = 0; i < 2; i++)
			watch_port(&ports[i], &directions[i], &directions[1 - i]);
		set_timer();
		n = epoll_wait(epoll_fd, events, 8, -1);
		for (int i = 0; i < n; i++)
			event(events[i].data.fd, events[i].events & EPOLLHUP);
		for (int i = 0; i < 2; i++)
			if (directions[i].held && !held_back(&directions[i]))
				receive(&directions[i]);
	}
}

static void open_events(void)
{
	struct epoll_event commands = { .events = EPOLLIN, .data.fd = STDIN_FILENO };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (signal_fd < 0 || timer_fd < 0 || epoll_fd < 0)
		err(1, "events");
	watch(signal_fd, EPOLLIN);
	watch(timer_fd, EPOLLIN);
	for (int i = 0; i < 2; i++)
		watch(ports[i].listen_fd, EPOLLIN);
	/* A file or /dev/null says all it has to say at once, and epoll does not take it. */
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &commands);
}

static void usage(void)
{
	fputs("usage: relay [--seed N] [--by-segment] [--both WORDS] [--a-to-b WORDS]\n"
	      "             [--b-to-a WORDS] [--pcap-a FILE] [--pcap-b FILE] A B\n"
	      "A, B:  tap:NAME[@NETNS]  stream:PATH  dgram:OURS,THEIRS\n"
	      "WORDS: netem's: \"delay 50ms 5ms loss 1% rate 10mbit limit 100 bytes 150000\"\n",
	      stderr);
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", 1, NULL, 's' },   { "by-segment", 0, NULL, 'g' },
		{ "both", 1, NULL, 'i' },   { "a-to-b", 1, NULL, 'i' },
		{ "b-to-a", 1, NULL, 'i' }, { "pcap-a", 1, NULL, 'p' },
		{ "pcap-b", 1, NULL, 'p' }, { 0 },
	};
	int c, which;

	for (int i = 0; i < 2; i++)
		line_init(&directions[i].line, (uint64_t)i);
	while ((c = getopt_long(argc, argv, "", longs, &which)) != -1) {
		if (c == 's') {
			for (int i = 0; i < 2; i++)
				netem_dice_init(&directions[i].line.dice,
						strtoull(optarg, NULL, 0) * 2 + (uint64_t)i);
		} else if (c == 'g') {
			by_segment = true;
		} else if (c == 'i') {
			if (!impair(longs[which].name, optarg))
				exit(2);
		} else if (c == 'p') {
			pcaps[longs[which].name[5] - 'a'] = pcap_open(optarg);
		} else {
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
}

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	parse(argc, argv);
	for (int i = 0; i < 2; i++) {
		port_open(&ports[i], argv[optind + i]);
		directions[i].from = &ports[i];
		directions[i].to = &ports[1 - i];
		directions[i].pcap_in = pcaps[i];
		directions[i].pcap_out = pcaps[1 - i];
	}
	open_events();
	puts("ready");
	fflush(stdout);
	loop();
	print_stats();
	return 0;
}
