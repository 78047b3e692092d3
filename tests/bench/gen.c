/*
 * Load generator on Linux's own sockets, against the small services of a guest (RFC 862, RFC 863).
 * Prints one line of JSON: how much was done, and what failed.
 *
 *	gen tcp_rr|udp_rr HOST PORT SECONDS PARALLEL    a byte there and back, again and again
 *	gen tcp_crr HOST PORT SECONDS PARALLEL          connect, a byte there and back, close
 *	gen udp_flood HOST PORT SECONDS SIZE [RATE]     datagrams, at most RATE a second (0: no
 *limit)
 *
 * One connection is served with blocking calls, several with epoll. An answer with another byte
 * than was sent is an error, a datagram without an answer within 200 ms is lost and sent again.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOST_NS 200000000ull
#define MAX_PARALLEL 4096
#define BATCH 32

struct slot {
	int fd;
	bool connecting;
	uint8_t byte;
	uint64_t sent_ns;
};

static struct sockaddr_in peer = { .sin_family = AF_INET };
static bool stream, reconnect;
static int epoll;
static unsigned int parallel;
static struct slot slots[MAX_PARALLEL];
static uint64_t start_ns, end_ns, done, lost, errors, worst_ns;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- one exchange ---- */

static void slot_open(struct slot *s, bool block)
{
	struct timeval wait = { .tv_usec = LOST_NS / 1000 }, long_wait = { .tv_sec = 5 };
	int one = 1;

	s->fd = socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | (block ? 0 : SOCK_NONBLOCK),
		       0);
	if (s->fd < 0)
		die("socket");
	if (stream)
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, stream ? &long_wait : &wait, sizeof(wait));
	s->connecting = false;
	if (connect(s->fd, (struct sockaddr *)&peer, sizeof(peer)) == 0)
		return;
	if (errno != EINPROGRESS)
		die("connect");
	s->connecting = true;
}

static bool slot_send(struct slot *s)
{
	s->byte++;
	s->sent_ns = now_ns();
	return send(s->fd, &s->byte, 1, MSG_NOSIGNAL) == 1;
}

/* 1: the right answer; 0: none yet; -1: an error. */
static int slot_recv(struct slot *s)
{
	uint8_t answer[16];
	ssize_t n = recv(s->fd, answer, sizeof(answer), 0);
	uint64_t took = now_ns() - s->sent_ns;

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n != 1 || answer[0] != s->byte)
		return !stream && n == 1 ? 0 : -1; /* an old datagram: one that counted as lost */
	if (took > worst_ns)
		worst_ns = took;
	done++;
	return 1;
}

/* ---- one at a time ---- */

static void exchange(struct slot *s)
{
	int got;

	if (!slot_send(s)) {
		errors++;
		return;
	}
	do {
		got = slot_recv(s);
	} while (got == 0 && now_ns() - s->sent_ns < LOST_NS / 2);
	if (got == 0 && !stream)
		lost++;
	else if (got <= 0)
		errors++;
}

static void run_one(void)
{
	struct slot *s = &slots[0];

	if (!reconnect)
		slot_open(s, true);
	while (now_ns() < end_ns && errors < 100) {
		if (reconnect)
			slot_open(s, true);
		exchange(s);
		if (reconnect)
			close(s->fd);
	}
}

/* ---- many at a time ---- */

static void slot_start(struct slot *s)
{
	struct epoll_event ev = { .data.ptr = s };

	slot_open(s, false);
	ev.events = s->connecting ? EPOLLOUT : EPOLLIN;
	epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &ev);
	if (!s->connecting && !slot_send(s))
		errors++;
}

static void slot_again(struct slot *s)
{
	if (reconnect) {
		close(s->fd);
		slot_start(s);
	} else if (!slot_send(s)) {
		errors++;
	}
}

static void slot_connected(struct slot *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };
	socklen_t len = sizeof(errno);

	s->connecting = false;
	epoll_ctl(epoll, EPOLL_CTL_MOD, s->fd, &ev);
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &errno, &len) < 0 || errno)
		die("connect");
	if (!slot_send(s))
		errors++;
}

static void slot_event(struct slot *s)
{
	int got;

	if (s->connecting) {
		slot_connected(s);
		return;
	}
	got = slot_recv(s);
	errors += got < 0;
	if (got)
		slot_again(s);
}

static void resend_lost(uint64_t now)
{
	for (unsigned int i = 0; i < parallel && !stream; i++) {
		if (now - slots[i].sent_ns < LOST_NS)
			continue;
		lost++;
		slot_send(&slots[i]);
	}
}

static void run_many(void)
{
	struct epoll_event events[256];
	uint64_t now = start_ns, looked = now;

	epoll = epoll_create1(0);
	for (unsigned int i = 0; i < parallel; i++)
		slot_start(&slots[i]);
	while (now < end_ns && errors < 100) {
		int n = epoll_wait(epoll, events, 256, 100);

		for (int i = 0; i < n; i++)
			slot_event(events[i].data.ptr);
		now = now_ns();
		if (now - looked > LOST_NS) {
			resend_lost(now);
			looked = now;
		}
	}
}

/* ---- one way ---- */

static void flood(size_t size, uint64_t rate)
{
	static char payload[65536];
	struct iovec iov = { payload, size };
	struct mmsghdr batch[BATCH] = { 0 };
	uint64_t now;

	slot_open(&slots[0], true);
	for (int i = 0; i < BATCH; i++)
		batch[i].msg_hdr = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
	while ((now = now_ns()) < end_ns) {
		int n;

		if (rate && done * 1000000000ull / rate > now - start_ns)
			continue;
		n = sendmmsg(slots[0].fd, batch, BATCH, 0);
		if (n > 0)
			done += n;
		else if (errno != ENOBUFS && errno != EINTR && errors++ == 0)
			perror("sendmmsg");
	}
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: gen tcp_rr|udp_rr|tcp_crr HOST PORT SECONDS PARALLEL\n"
				"       gen udp_flood HOST PORT SECONDS SIZE [RATE]\n");
		return 2;
	}
	stream = argv[1][0] == 't';
	reconnect = !strcmp(argv[1], "tcp_crr");
	peer.sin_addr.s_addr = inet_addr(argv[2]);
	peer.sin_port = htons(atoi(argv[3]));
	parallel = atoi(argv[5]);
	start_ns = now_ns();
	end_ns = start_ns + (uint64_t)(atof(argv[4]) * 1e9);
	if (!strcmp(argv[1], "udp_flood"))
		flood(parallel, argc > 6 ? atoll(argv[6]) : 0);
	else if (parallel == 1)
		run_one();
	else if (parallel <= MAX_PARALLEL)
		run_many();
	printf("{\"seconds\": %.6f, \"done\": %llu, \"lost\": %llu, \"errors\": %llu, "
	       "\"worst_us\": %llu}\n",
	       (now_ns() - start_ns) / 1e9, (unsigned long long)done, (unsigned long long)lost,
	       (unsigned long long)errors, (unsigned long long)worst_ns / 1000);
	return 0;
}
