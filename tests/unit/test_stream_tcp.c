/*
 * Stream sockets from the library's side, over TCP on the loopback: calls that wait, poll and epoll
 * through a connection's life, sendfile, and very many connections at once.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kernel/arch/host/skbox.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define PORT 8000
#define MANY 3000

static struct sockaddr_in server;

static int setup(void **state)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet mem=64M"), 0);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	skbox_close(fd);
	server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT) };
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return 0;
}

static unsigned slab(const char *name, int column)
{
	static char text[16384];
	unsigned v[4] = { 0 };
	char *line;

	assert_true(skbox_proc_read("slabinfo", text, sizeof(text)) > 0);
	line = strstr(text, name);
	assert_non_null(line);
	assert_int_equal(sscanf(line + strlen(name), "%u %u %u %u", &v[0], &v[1], &v[2], &v[3]), 4);
	return v[column];
}

/* After each test, and TIME-WAIT: nothing is left. */
static int leave(void **state)
{
	skbox_advance(130 * SECOND);
	assert_int_equal(slab("\nTCP ", 0), 0);
	assert_int_equal(slab("\nsocket ", 0), 0);
	assert_int_equal(slab("\nfile ", 0), 1); /* slabinfo itself */
	assert_int_equal(slab("\nepoll_watch ", 0), 0);
	return 0;
}

static int stream(int flags)
{
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(skbox_fcntl(fd, F_SETFL, flags), 0);
	return fd;
}

static int listener(int flags)
{
	int fd = stream(flags), one = 1;

	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(skbox_bind(fd, &server, sizeof(server)), 0);
	assert_int_equal(skbox_listen(fd, 4096), 0);
	return fd;
}

static int start(long nr, long a, long b, long c, long d)
{
	int id = skbox_start(nr, (long[6]){ a, b, c, d });

	assert_true(id >= 0);
	return id;
}

static void expect_end(int id, long want)
{
	long ret = -999;

	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, want);
}

static void expect_waits(int id)
{
	long ret;

	assert_int_equal(skbox_ended(id, &ret), 0);
}

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	skbox_poll(&p, 1);
	return p.revents;
}

/* A connection: the two ends, non-blocking. */
static void pair(int lfd, int fds[2])
{
	int err;

	fds[0] = stream(O_NONBLOCK);
	err = skbox_connect(fds[0], &server, sizeof(server));
	assert_true(err == 0 || err == -EINPROGRESS);
	skbox_advance(MS);
	fds[1] = skbox_accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fds[1] >= 0);
}

/* ---- calls that wait ---- */

static void connect_and_accept_wait(void **state)
{
	int lfd = listener(0), c = stream(0), id, id2, s;
	struct sockaddr_in peer, name;
	socklen_t len = sizeof(peer), len2 = sizeof(name);
	char buf[10];
	long ret;

	id = start(SYS_accept4, lfd, (long)&peer, (long)&len, SOCK_CLOEXEC);
	expect_waits(id);
	id2 = start(SYS_connect, c, (long)&server, sizeof(server), 0);
	skbox_advance(10 * MS);
	expect_end(id2, 0);
	assert_int_equal(skbox_ended(id, &ret), 1);
	s = (int)ret;
	assert_true(s >= 0);
	assert_int_equal(skbox_fcntl(s, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(skbox_getsockname(c, &name, &len2), 0);
	assert_int_equal(peer.sin_port, name.sin_port);
	assert_int_equal(skbox_connect(c, &server, sizeof(server)), -EISCONN);

	id = start(SYS_read, s, (long)buf, sizeof(buf), 0);
	expect_waits(id);
	assert_int_equal(skbox_write(c, "hello", 5), 5);
	skbox_advance(MS);
	expect_end(id, 5);
	assert_memory_equal(buf, "hello", 5);
	id = start(SYS_read, s, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_shutdown(c, SHUT_WR), 0);
	skbox_advance(MS);
	expect_end(id, 0);
	assert_int_equal(skbox_write(c, "x", 1), -EPIPE);
	assert_int_equal(skbox_write(s, "bye", 3), 3);
	skbox_advance(MS);
	assert_int_equal(skbox_read(c, buf, sizeof(buf)), 3);
	assert_int_equal(skbox_close(s), 0);
	assert_int_equal(skbox_close(c), 0);
	assert_int_equal(skbox_close(lfd), 0);
}

static void connect_to_nobody(void **state)
{
	int c = stream(0), id = start(SYS_connect, c, (long)&server, sizeof(server), 0);

	skbox_advance(10 * MS);
	expect_end(id, -ECONNREFUSED);
	assert_int_equal(skbox_fcntl(c, F_SETFL, O_NONBLOCK), 0);
	skbox_connect(c, &server, sizeof(server));
	skbox_advance(10 * MS);
	assert_int_equal(ready(c) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
	assert_int_equal(skbox_connect(c, &server, sizeof(server)), -ECONNREFUSED);
	assert_int_equal(skbox_close(c), 0);
}

/* ---- readiness ---- */

static void a_life_in_poll(void **state)
{
	struct linger reset = { 1, 0 };
	int lfd = listener(O_NONBLOCK), fds[2];
	char buf[10];

	assert_int_equal(ready(lfd), 0);
	assert_int_equal(skbox_accept(lfd, NULL, NULL), -EAGAIN);
	fds[0] = stream(O_NONBLOCK);
	assert_int_equal(ready(fds[0]), POLLOUT | POLLHUP);
	skbox_connect(fds[0], &server, sizeof(server));
	skbox_advance(MS);
	assert_int_equal(ready(lfd), POLLIN);
	fds[1] = skbox_accept(lfd, NULL, NULL);
	assert_int_equal(ready(lfd), 0);
	assert_int_equal(ready(fds[0]), POLLOUT);
	assert_int_equal(skbox_write(fds[1], "abc", 3), 3);
	skbox_advance(MS);
	assert_int_equal(ready(fds[0]), POLLIN | POLLOUT);
	assert_int_equal(skbox_read(fds[0], buf, sizeof(buf)), 3);
	assert_int_equal(ready(fds[0]), POLLOUT);
	assert_int_equal(skbox_shutdown(fds[1], SHUT_WR), 0);
	skbox_advance(MS);
	assert_int_equal(ready(fds[0]), POLLIN | POLLOUT | POLLRDHUP);
	assert_int_equal(skbox_read(fds[0], buf, sizeof(buf)), 0);
	assert_int_equal(skbox_shutdown(fds[0], SHUT_WR), 0);
	skbox_advance(MS);
	assert_int_equal(ready(fds[0]) & (POLLIN | POLLRDHUP | POLLHUP),
			 POLLIN | POLLRDHUP | POLLHUP);
	assert_int_equal(skbox_close(fds[0]), 0);
	assert_int_equal(skbox_close(fds[1]), 0);

	pair(lfd, fds);
	assert_int_equal(skbox_setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	assert_int_equal(skbox_close(fds[0]), 0);
	skbox_advance(MS);
	assert_int_equal(ready(fds[1]) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
	assert_int_equal(skbox_read(fds[1], buf, sizeof(buf)), -ECONNRESET);
	assert_int_equal(skbox_close(fds[1]), 0);
	assert_int_equal(skbox_close(lfd), 0);
}

/* An edge for each that comes, one for the end, and one when there is room again. */
static void edges(void **state)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET }, got[4];
	static char chunk[65536];
	int lfd = listener(O_NONBLOCK), ep = skbox_epoll_create1(0), fds[2];
	long n, sent = 0, got_bytes = 0;

	pair(lfd, fds);
	assert_int_equal(skbox_epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &ev), 0);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 1);
	assert_int_equal(got[0].events, EPOLLOUT);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	assert_int_equal(skbox_write(fds[1], "x", 1), 1);
	skbox_advance(MS);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 1);
	assert_int_equal(got[0].events & EPOLLIN, EPOLLIN);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	/* Full. */
	while ((n = skbox_write(fds[0], chunk, sizeof(chunk))) > 0) {
		sent += n;
		skbox_advance(MS);
	}
	assert_int_equal(n, -EAGAIN);
	skbox_advance(SECOND);
	while ((n = skbox_write(fds[0], chunk, sizeof(chunk))) > 0)
		sent += n;
	skbox_epoll_wait(ep, got, 4);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	for (int i = 0; i < 100 && got_bytes < sent; i++) {
		while ((n = skbox_read(fds[1], chunk, sizeof(chunk))) > 0)
			got_bytes += n;
		skbox_advance(10 * MS);
	}
	assert_int_equal(got_bytes, sent);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 1);
	assert_int_equal(got[0].events & EPOLLOUT, EPOLLOUT);
	assert_int_equal(skbox_close(fds[1]), 0);
	skbox_advance(MS);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 1);
	assert_int_equal(got[0].events & (EPOLLIN | EPOLLRDHUP), EPOLLIN | EPOLLRDHUP);
	assert_int_equal(skbox_close(fds[0]), 0);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	assert_int_equal(skbox_close(ep), 0);
	assert_int_equal(skbox_close(lfd), 0);
}

/* ---- a file ---- */

static void a_file_goes_over(void **state)
{
	enum { SIZE = 1 << 20 };
	uint8_t *data = malloc(SIZE), *back = malloc(SIZE);
	int lfd = listener(O_NONBLOCK), file = skbox_open("/tmp/big", O_RDWR | O_CREAT, 0644);
	int fds[2];
	long pos = 0, got = 0, n;

	for (int i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 20);
	assert_int_equal(skbox_write(file, data, SIZE), SIZE);
	pair(lfd, fds);
	for (int i = 0; i < 10000 && got < SIZE; i++) {
		n = skbox_sendfile(fds[0], file, &pos, SIZE);
		assert_true(n >= 0 || n == -EAGAIN);
		skbox_advance(MS);
		while ((n = skbox_read(fds[1], back + got, (size_t)(SIZE - got))) > 0)
			got += n;
	}
	assert_int_equal(pos, SIZE);
	assert_int_equal(got, SIZE);
	assert_memory_equal(data, back, SIZE);
	assert_int_equal(skbox_close(fds[0]), 0);
	assert_int_equal(skbox_close(fds[1]), 0);
	assert_int_equal(skbox_close(file), 0);
	assert_int_equal(skbox_close(lfd), 0);
	free(data);
	free(back);
}

/* ---- many ---- */

static void very_many(void **state)
{
	static int c[MANY], s[MANY];
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET }, got[4];
	int lfd = listener(O_NONBLOCK), ep = skbox_epoll_create1(0);
	unsigned size;
	char b;

	for (int i = 0; i < MANY; i++) {
		int fds[2];

		pair(lfd, fds);
		c[i] = fds[0];
		s[i] = fds[1];
		ev.data.fd = s[i];
		assert_int_equal(skbox_epoll_ctl(ep, EPOLL_CTL_ADD, s[i], &ev), 0);
	}
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	size = slab("\nTCP ", 2) + slab("\nsocket ", 2) + slab("\nfile ", 2) + sizeof(void *) + 1;
	print_message("a connection: %u bytes\n", size);
	/* All still talk, and only who has been talked to is told of. */
	for (int i = 0; i < MANY; i += 7) {
		assert_int_equal(skbox_write(c[i], "x", 1), 1);
		skbox_advance(MS);
		assert_int_equal(skbox_epoll_wait(ep, got, 4), 1);
		assert_int_equal(got[0].data.fd, s[i]);
		assert_int_equal(skbox_read(s[i], &b, 1), 1);
	}
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(skbox_close(c[i]), 0);
		assert_int_equal(skbox_close(s[i]), 0);
	}
	assert_int_equal(skbox_close(ep), 0);
	assert_int_equal(skbox_close(lfd), 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connect_and_accept_wait), cmocka_unit_test(connect_to_nobody),
		TEST(a_life_in_poll),	       cmocka_unit_test(edges),
		TEST(a_file_goes_over),	       cmocka_unit_test(very_many),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
