/* The small services of the Linux guest, in the manner of a server that is made to be fast: one
 * task, one epoll loop, sockets that do not block, no allocation. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux_server.h"

#define EVENTS 256
#define AT_ONCE 64

enum kind { LISTENER, STREAM, ECHO_UDP, DISCARD_UDP, COUNT_UDP };

static int epoll;
static uint64_t discarded;
static char buf[16384];

static void watch(int fd, enum kind kind)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | fd };

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static bool open_port(int type, int port, enum kind kind)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, SOMAXCONN) < 0))
		return false;
	watch(fd, kind);
	return true;
}

static void accept_some(int listener)
{
	for (int i = 0; i < AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

		if (fd < 0)
			return;
		watch(fd, STREAM);
	}
}

/* What one load generator sends at a time fits into the socket, so an answer never waits for room.
 */
static void echo_stream(int fd)
{
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || send(fd, buf, n, MSG_NOSIGNAL) != n)
		close(fd);
}

static void take_datagrams(int fd, enum kind kind)
{
	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

		if (n < 0)
			return;
		discarded += kind == DISCARD_UDP;
		if (kind == COUNT_UDP)
			n = snprintf(buf, sizeof(buf), "%llu", (unsigned long long)discarded);
		if (kind != DISCARD_UDP)
			sendto(fd, buf, n, 0, (struct sockaddr *)&from, len);
	}
}

static void serve_event(uint64_t data)
{
	int fd = (int)(data & 0xffffffff);
	enum kind kind = data >> 32;

	if (kind == LISTENER)
		accept_some(fd);
	else if (kind == STREAM)
		echo_stream(fd);
	else
		take_datagrams(fd, kind);
}

void serve(void)
{
	static struct epoll_event events[EVENTS];

	epoll = epoll_create1(0);
	if (!open_port(SOCK_STREAM, PORT_ECHO, LISTENER) ||
	    !open_port(SOCK_DGRAM, PORT_ECHO, ECHO_UDP) ||
	    !open_port(SOCK_DGRAM, PORT_DISCARD, DISCARD_UDP) ||
	    !open_port(SOCK_DGRAM, PORT_COUNT, COUNT_UDP)) {
		perror("server");
		return;
	}
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			serve_event(events[i].data.u64);
	}
}
