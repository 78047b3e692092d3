/*
 * Opens thousands of connections to an echo service and keeps them, then has a byte echoed over
 * each, then closes them. Before each of these steps but the first it waits for a line on its
 * standard input, so that the guest can be looked at. Prints one line of JSON a step.
 *
 *	hold HOST PORT COUNT FROM ADDRESSES
 *
 * The connections come from ADDRESSES addresses of this machine in turns, from FROM upward.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 256
#define DEADLINE_NS 60000000000ull /* without any progress */

static struct sockaddr_in peer = { .sin_family = AF_INET };
static uint32_t first;
static unsigned int count, addresses;
static int *fds, epoll;

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

/* ---- what all connections do ---- */

static void begin_open(unsigned int i)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct epoll_event ev = { .events = EPOLLOUT, .data.u32 = i };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	fds[i] = fd;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	from.sin_addr.s_addr = htonl(first + i % addresses);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		die("bind");
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0 && errno != EINPROGRESS)
		die("connect");
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static bool end_open(unsigned int i)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &err, &len);
	epoll_ctl(epoll, EPOLL_CTL_DEL, fds[i], NULL);
	return err == 0;
}

static uint8_t byte_of(unsigned int i)
{
	return i * 7 + (i >> 8);
}

static void begin_echo(unsigned int i)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };
	uint8_t byte = byte_of(i);

	send(fds[i], &byte, 1, MSG_NOSIGNAL);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &ev);
}

static bool end_echo(unsigned int i)
{
	uint8_t byte = 0;
	ssize_t n = recv(fds[i], &byte, 1, MSG_DONTWAIT);

	epoll_ctl(epoll, EPOLL_CTL_DEL, fds[i], NULL);
	return n == 1 && byte == byte_of(i);
}

static void begin_close(unsigned int i)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };

	shutdown(fds[i], SHUT_WR);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &ev);
}

static bool end_close(unsigned int i)
{
	uint8_t byte;
	ssize_t n = recv(fds[i], &byte, 1, MSG_DONTWAIT);

	close(fds[i]);
	return n == 0;
}

/* ---- all of them, so many at once ---- */

static void for_all(const char *what, void (*begin)(unsigned int i), bool (*end)(unsigned int i))
{
	struct epoll_event events[AT_ONCE];
	unsigned int begun = 0, ended = 0, failed = 0;
	uint64_t start = now_ns(), last = start;

	while (ended < count && now_ns() - last < DEADLINE_NS) {
		int n;

		for (; begun < count && begun - ended < AT_ONCE; begun++)
			begin(begun);
		n = epoll_wait(epoll, events, AT_ONCE, 1000);
		for (int i = 0; i < n; i++, ended++)
			failed += !end(events[i].data.u32);
		if (n > 0)
			last = now_ns();
	}
	printf("{\"step\": \"%s\", \"seconds\": %.3f, \"done\": %u, \"failed\": %u}\n", what,
	       (now_ns() - start) / 1e9, ended - failed, count - ended + failed);
	fflush(stdout);
}

static void wait_line(void)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

int main(int argc, char **argv)
{
	struct rlimit files;

	if (argc != 6) {
		fprintf(stderr, "usage: hold HOST PORT COUNT FROM ADDRESSES\n");
		return 2;
	}
	peer.sin_addr.s_addr = inet_addr(argv[1]);
	peer.sin_port = htons(atoi(argv[2]));
	count = atoi(argv[3]);
	first = ntohl(inet_addr(argv[4]));
	addresses = atoi(argv[5]);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	fds = calloc(count, sizeof(*fds));
	epoll = epoll_create1(0);
	for_all("open", begin_open, end_open);
	wait_line();
	for_all("echo", begin_echo, end_echo);
	wait_line();
	for_all("close", begin_close, end_close);
	return 0;
}
