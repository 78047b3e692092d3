/*
 * The task's side of TCP over the loopback device: what sendmsg, recvmsg, poll, the ioctls and the
 * options say and do, waiting included. The clock is the test's; calls that wait are started and
 * asked about later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include <abi/syscall.h>

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "net/transport/tcp.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_task.h"

#define PORT 7100
#define MS NSEC_PER_MSEC
#define LOOPBACK IP4(127, 0, 0, 1)

static int listener = -1, a = -1, b = -1; /* a connects, b is accepted */
static u8 data[1 << 20], got[1 << 20];

/* ---- connections ---- */

static void settle(void)
{
	skbox_advance(0);
}

static int tcp_socket(void)
{
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static void open_listener(void)
{
	struct sockaddr_in addr = netlab_addr(LOOPBACK, PORT);

	listener = tcp_socket();
	assert_int_equal(netlab_setopt(listener, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(skbox_bind(listener, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_listen(listener, 10), 0);
}

static void open_pair(void)
{
	struct sockaddr_in addr = netlab_addr(LOOPBACK, PORT);
	int err;

	open_listener();
	a = tcp_socket();
	err = skbox_connect(a, &addr, sizeof(addr));
	assert_true(err == 0 || err == -EINPROGRESS);
	settle();
	b = skbox_accept(listener, NULL, NULL);
	assert_true(b >= 0);
}

static void shut(int *fd)
{
	if (*fd >= 0)
		assert_int_equal(skbox_close(*fd), 0);
	*fd = -1;
}

/* All closed, all TIME-WAIT over: nothing may be left. */
static void close_all(void)
{
	shut(&a);
	shut(&b);
	shut(&listener);
	skbox_advance(130 * NSEC_PER_SEC);
	assert_int_equal(kmem_cache_in_use(tcp_prot.cache), 0);
	assert_int_equal(tcp_nr_timewait(), 0);
	assert_int_equal(tcp_memory_allocated, 0);
	assert_int_equal(tcp_orphan_count, 0);
}

static void set_blocking(int fd)
{
	assert_int_equal(skbox_fcntl(fd, F_SETFL, 0), 0);
}

static struct tcp_sock *tcp_of(int fd)
{
	return tcp_sk(netlab_sk(fd));
}

/* What poll says, whether or not it was asked for. */
static u32 mask(int fd)
{
	settle();
	return netlab_sk(fd)->prot->poll(netlab_sk(fd), NULL);
}

static void fill_data(void)
{
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

static long put(int fd, size_t len, int flags)
{
	long n = skbox_sendto(fd, data, len, flags, NULL, 0);

	settle();
	return n;
}

static long get(int fd, size_t len, int flags)
{
	long n = skbox_recvfrom(fd, got, len, flags, NULL, NULL);

	settle();
	return n;
}

/* ---- calls that wait ---- */

static int start(long nr, int fd, void *buf, size_t len, int flags)
{
	int id = skbox_start(nr, (long[6]){ fd, (long)buf, (long)len, flags, 0, 0 });

	assert_true(id >= 0);
	settle();
	return id;
}

static void still_waits(int id)
{
	long ret;

	settle();
	assert_int_equal(skbox_ended(id, &ret), 0);
}

static long result(int id)
{
	long ret;

	settle();
	assert_int_equal(skbox_ended(id, &ret), 1);
	return ret;
}

/* ---- sending and receiving ---- */

static void bytes_arrive(void **state)
{
	open_pair();
	assert_int_equal(put(a, 5, 0), 5);
	assert_int_equal(get(b, 100, 0), 5);
	assert_memory_equal(got, data, 5);
	assert_int_equal(get(b, 100, 0), -EAGAIN);
	assert_int_equal(put(b, 3, 0), 3);
	assert_int_equal(get(a, 2, 0), 2);
	assert_int_equal(get(a, 2, 0), 1);
	close_all();
}

/* Writes and reads of all sizes, mixed: every byte once, in order. */
static void many_sizes(void **state)
{
	u32 in = 0, out = 0;

	open_pair();
	for (u32 i = 1; in < 900000; i++) {
		size_t len = (i * 7919u) % (i % 5 ? 3000 : 60000) + 1;
		long n = skbox_sendto(a, data + in, len, i % 3 ? 0 : MSG_MORE, NULL, 0);

		if (i % 4 == 0)
			settle();
		assert_true(n > 0 || n == -EAGAIN);
		in += n > 0 ? (u32)n : 0;
		n = skbox_recvfrom(b, got + out, (i * 104729u) % 9000 + 1, 0, NULL, NULL);
		assert_true(n > 0 || n == -EAGAIN);
		out += n > 0 ? (u32)n : 0;
		if (i % 50 == 0)
			skbox_advance(MS);
	}
	for (u32 i = 0; i < 10000 && out < in; i++) {
		long n = skbox_recvfrom(b, got + out, sizeof(got) - out, 0, NULL, NULL);

		out += n > 0 ? (u32)n : 0;
		skbox_advance(MS);
	}
	assert_int_equal(out, in);
	assert_memory_equal(got, data, in);
	close_all();
}

static void a_full_buffer(void **state)
{
	struct tcp_info info;
	unsigned int len = sizeof(info);
	u32 sent = 0, read = 0;
	long n;

	open_pair();
	while ((n = put(a, 65536, 0)) > 0)
		sent += (u32)n;
	assert_int_equal(n, -EAGAIN);
	assert_true(sent > 50000);
	assert_false(netlab_poll(a) & POLLOUT);
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(len, sizeof(info));
	assert_true(info.tcpi_notsent_bytes > 0);
	while (read < sent) {
		n = get(b, sizeof(got), 0);
		assert_true(n > 0 || n == -EAGAIN);
		read += n > 0 ? (u32)n : 0;
		skbox_advance(50 * MS);
	}
	assert_true(netlab_poll(a) & POLLOUT);
	close_all();
}

static void zero_bytes(void **state)
{
	open_pair();
	assert_int_equal(put(a, 0, 0), 0);
	assert_int_equal(get(b, 100, 0), -EAGAIN);
	assert_int_equal(skbox_recvfrom(b, got, 0, 0, NULL, NULL), -EAGAIN);
	assert_int_equal(skbox_shutdown(a, SHUT_WR), 0);
	assert_int_equal(put(a, 0, 0), -EPIPE);
	close_all();
}

static void peek(void **state)
{
	open_pair();
	assert_int_equal(put(a, 3000, 0), 3000);
	assert_int_equal(put(a, 500, 0), 500);
	assert_int_equal(get(b, 3300, MSG_PEEK), 3300);
	assert_memory_equal(got, data, 3000);
	assert_memory_equal(got + 3000, data, 300);
	assert_int_equal(get(b, 10, MSG_PEEK), 10);
	assert_memory_equal(got, data, 10);
	assert_int_equal(get(b, 4000, 0), 3500);
	assert_int_equal(get(b, 10, MSG_PEEK), -EAGAIN);
	close_all();
}

/* MSG_TRUNC throws away. */
static void discard(void **state)
{
	open_pair();
	assert_int_equal(put(a, 100, 0), 100);
	got[0] = 99;
	assert_int_equal(get(b, 60, MSG_TRUNC), 60);
	assert_int_equal(got[0], 99);
	assert_int_equal(get(b, 100, 0), 40);
	assert_memory_equal(got, data + 60, 40);
	close_all();
}

static void waitall(void **state)
{
	int id;

	open_pair();
	set_blocking(b);
	id = start(SYS_recvfrom, b, got, 1000, MSG_WAITALL);
	still_waits(id);
	put(a, 400, 0);
	still_waits(id);
	put(a, 599, 0);
	still_waits(id);
	put(a, 1, 0);
	assert_int_equal(result(id), 1000);
	/* The end cuts it short. */
	id = start(SYS_recvfrom, b, got, 1000, MSG_WAITALL);
	put(a, 10, 0);
	still_waits(id);
	assert_int_equal(skbox_shutdown(a, SHUT_WR), 0);
	assert_int_equal(result(id), 10);
	assert_int_equal(get(b, 10, 0), 0);
	close_all();
}

static void waitall_does_not_wait_twice(void **state)
{
	open_pair();
	put(a, 10, 0);
	assert_int_equal(get(b, 100, MSG_WAITALL), 10); /* nonblocking */
	close_all();
}

static void lowat(void **state)
{
	int id;

	open_pair();
	set_blocking(b);
	assert_int_equal(netlab_setopt(b, SOL_SOCKET, SO_RCVLOWAT, 100), 0);
	assert_int_equal(netlab_getopt(b, SOL_SOCKET, SO_RCVLOWAT), 100);
	put(a, 99, 0);
	assert_false(netlab_poll(b) & POLLIN);
	id = start(SYS_recvfrom, b, got, 1000, 0);
	still_waits(id);
	put(a, 1, 0);
	assert_int_equal(result(id), 100);
	/* No more than the caller has room for. */
	put(a, 50, 0);
	id = start(SYS_recvfrom, b, got, 50, 0);
	assert_int_equal(result(id), 50);
	close_all();
}

static void receive_timeout(void **state)
{
	struct timeval tv = { 0, 300000 };
	int id;

	open_pair();
	set_blocking(b);
	assert_int_equal(skbox_setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	id = start(SYS_recvfrom, b, got, 10, 0);
	skbox_advance(299 * MS);
	still_waits(id);
	skbox_advance(3 * MS);
	assert_int_equal(result(id), -EAGAIN);
	/* What has come is not lost by it. */
	id = start(SYS_recvfrom, b, got, 10, MSG_WAITALL);
	put(a, 4, 0);
	skbox_advance(302 * MS);
	assert_int_equal(result(id), 4);
	close_all();
}

static void interrupted(void **state)
{
	int id;

	open_pair();
	set_blocking(a);
	set_blocking(b);
	id = start(SYS_recvfrom, b, got, 10, 0);
	assert_int_equal(skbox_interrupt(id), 0);
	assert_int_equal(result(id), -EINTR);
	id = start(SYS_recvfrom, b, got, 10, MSG_WAITALL);
	put(a, 4, 0);
	assert_int_equal(skbox_interrupt(id), 0);
	assert_int_equal(result(id), 4);
	/* A writer: what was queued counts. */
	id = start(SYS_sendto, a, data, sizeof(data), 0);
	still_waits(id);
	assert_int_equal(skbox_interrupt(id), 0);
	assert_in_range(result(id), 1, sizeof(data) - 1);
	id = start(SYS_sendto, a, data, 1000, 0);
	still_waits(id);
	assert_int_equal(skbox_interrupt(id), 0);
	assert_int_equal(result(id), -EINTR);
	close_all();
}

static void a_writer_waits(void **state)
{
	u64 begun = skbox_now();
	u32 read = 0;
	int id;

	open_pair();
	set_blocking(a);
	id = start(SYS_sendto, a, data, sizeof(data), 0);
	still_waits(id);
	while (read < sizeof(data)) {
		long n = skbox_recvfrom(b, got + read, sizeof(got) - read, 0, NULL, NULL);

		read += n > 0 ? (u32)n : 0;
		skbox_advance(5 * MS);
		assert_true(skbox_now() - begun < 2 * NSEC_PER_SEC);
	}
	assert_int_equal(result(id), sizeof(data));
	assert_memory_equal(got, data, sizeof(data));
	close_all();
}

#define HOARDERS 8

/* Peers that do not read have all the memory that there is; who comes then can still be served. */
static void others_than_hoarders(void **state)
{
	const int mem[3] = { sysctl_tcp_mem[0], sysctl_tcp_mem[1], sysctl_tcp_mem[2] };
	int la[HOARDERS], lb[HOARDERS];
	u32 i;

	sysctl_tcp_mem[0] = 120;
	sysctl_tcp_mem[1] = 240;
	sysctl_tcp_mem[2] = 360;
	for (i = 0; i < HOARDERS; i++) {
		open_pair();
		while (put(a, 65536, 0) > 0)
			;
		la[i] = a;
		lb[i] = b;
		shut(&listener);
	}
	assert_true(tcp_memory_allocated > 240 * PAGE_SIZE);
	assert_true(tcp_memory_allocated <= 360 * PAGE_SIZE * 7 / 6);
	open_pair();
	for (i = 0; i < 20; i++) {
		assert_int_equal(put(a, 3000, 0) > 0, 1);
		skbox_advance(50 * MS);
		assert_true(get(b, sizeof(got), 0) > 0);
		skbox_advance(50 * MS);
	}
	/* It waits for the peer, and does not turn round and round. */
	assert_false(netlab_poll(la[0]) & POLLOUT);
	for (i = 0; i < HOARDERS; i++) {
		shut(&la[i]);
		shut(&lb[i]);
	}
	memcpy(sysctl_tcp_mem, mem, sizeof(mem));
	close_all();
}

static void send_timeout(void **state)
{
	struct timeval tv = { 0, 200000 };
	u64 begun;
	long n;
	int id;

	open_pair();
	set_blocking(a);
	assert_int_equal(skbox_setsockopt(a, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	begun = skbox_now();
	id = start(SYS_sendto, a, data, sizeof(data), 0);
	still_waits(id);
	skbox_advance(202 * MS);
	assert_in_range(result(id), 1, sizeof(data) - 1);
	assert_true(skbox_now() - begun < 250 * MS);
	/* A little may still fit, as packets are cut for the window. */
	for (u32 i = 0; i < 3; i++) {
		id = start(SYS_sendto, a, data, sizeof(data), 0);
		skbox_advance(202 * MS);
		n = result(id);
		if (n < 0)
			break;
	}
	assert_int_equal(n, -EAGAIN);
	close_all();
}

/* ---- the end ---- */

static void half_close(void **state)
{
	open_pair();
	assert_int_equal(put(a, 10, 0), 10);
	assert_int_equal(skbox_shutdown(a, SHUT_WR), 0);
	settle();
	assert_int_equal(put(a, 1, 0), -EPIPE);
	assert_int_equal(get(b, 4, 0), 4);
	assert_int_equal(get(b, 100, 0), 6);
	assert_int_equal(get(b, 100, 0), 0);
	assert_int_equal(get(b, 100, 0), 0);
	/* The other way it goes on. */
	assert_int_equal(put(b, 7, 0), 7);
	assert_int_equal(get(a, 100, 0), 7);
	close_all();
}

static void read_shut_down(void **state)
{
	int id;

	open_pair();
	set_blocking(a);
	id = start(SYS_recvfrom, a, got, 10, 0);
	still_waits(id);
	assert_int_equal(skbox_shutdown(a, SHUT_RD), 0);
	assert_int_equal(result(id), 0);
	close_all();
}

static void reset(void **state)
{
	struct linger linger = { 1, 0 };
	int id;

	open_pair();
	set_blocking(a);
	id = start(SYS_recvfrom, a, got, 10, 0);
	assert_int_equal(skbox_setsockopt(b, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	shut(&b);
	assert_int_equal(result(id), -ECONNRESET);
	assert_int_equal(get(a, 10, 0), 0); /* told once */
	assert_int_equal(put(a, 10, 0), -EPIPE);
	close_all();
}

static void a_writer_is_reset(void **state)
{
	struct linger linger = { 1, 0 };
	long n;
	int id;

	open_pair();
	set_blocking(a);
	id = start(SYS_sendto, a, data, sizeof(data), 0);
	still_waits(id);
	assert_int_equal(skbox_setsockopt(b, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	shut(&b);
	n = result(id);
	assert_in_range(n, 1, sizeof(data) - 1);
	assert_int_equal(put(a, 10, 0), -ECONNRESET);
	assert_int_equal(put(a, 10, 0), -EPIPE);
	close_all();
}

static void not_connected(void **state)
{
	a = tcp_socket();
	assert_int_equal(get(a, 10, 0), -ENOTCONN);
	assert_int_equal(put(a, 10, 0), -EPIPE);
	open_listener();
	assert_int_equal(get(listener, 10, 0), -ENOTCONN);
	assert_int_equal(put(listener, 10, 0), -EPIPE);
	close_all();
}

/* ---- urgent data ---- */

static int at_mark(int fd)
{
	int v = -1;

	assert_int_equal(skbox_ioctl(fd, SIOCATMARK, &v), 0);
	return v;
}

static int count(int fd, unsigned long cmd)
{
	int v = -1;

	assert_int_equal(skbox_ioctl(fd, cmd, &v), 0);
	return v;
}

static void urgent(void **state)
{
	open_pair();
	put(a, 3, 0);
	assert_int_equal(get(b, 10, MSG_OOB), -EINVAL);
	put(a, 5, MSG_OOB);
	put(a, 4, 0);
	assert_true(mask(b) & POLLPRI);
	assert_int_equal(count(b, SIOCINQ), 7);
	assert_int_equal(get(b, 1, MSG_OOB | MSG_PEEK), 1);
	assert_int_equal(got[0], data[4]);
	assert_int_equal(get(b, 1, MSG_OOB), 1);
	assert_int_equal(got[0], data[4]);
	assert_int_equal(get(b, 1, MSG_OOB), -EINVAL);
	assert_false(mask(b) & POLLPRI);
	/* Up to the mark, and no further; then past it, without the byte. */
	assert_int_equal(at_mark(b), 0);
	assert_int_equal(get(b, 100, 0), 7);
	assert_memory_equal(got, data, 3);
	assert_memory_equal(got + 3, data, 4);
	assert_int_equal(at_mark(b), 1);
	assert_int_equal(get(b, 100, 0), 4);
	assert_memory_equal(got, data, 4);
	assert_int_equal(at_mark(b), 0);
	close_all();
}

static void urgent_inline(void **state)
{
	open_pair();
	assert_int_equal(netlab_setopt(b, SOL_SOCKET, SO_OOBINLINE, 1), 0);
	put(a, 3, 0);
	put(a, 2, MSG_OOB);
	put(a, 2, 0);
	assert_int_equal(get(b, 1, MSG_OOB), -EINVAL);
	assert_int_equal(count(b, SIOCINQ), 7);
	assert_int_equal(get(b, 100, 0), 4);
	assert_int_equal(at_mark(b), 1);
	assert_int_equal(get(b, 100, 0), 3);
	assert_int_equal(got[0], data[1]);
	close_all();
}

/* ---- counting ---- */

static void queues_counted(void **state)
{
	u32 sent = 0;
	long n;

	open_pair();
	assert_int_equal(count(b, SIOCINQ), 0);
	put(a, 100, 0);
	assert_int_equal(count(b, SIOCINQ), 100);
	assert_int_equal(count(a, SIOCOUTQ), 0);
	assert_int_equal(skbox_shutdown(a, SHUT_WR), 0);
	settle();
	assert_int_equal(count(b, SIOCINQ), 100); /* the FIN is no byte */
	while ((n = put(b, 65536, 0)) > 0)
		sent += (u32)n;
	skbox_advance(500 * MS); /* what has come is acknowledged */
	assert_int_equal(count(b, SIOCOUTQ) + count(a, SIOCINQ), sent);
	assert_true(count(b, SIOCOUTQNSD) <= count(b, SIOCOUTQ));
	assert_int_equal(skbox_ioctl(listener, SIOCINQ, &n), -EINVAL);
	assert_int_equal(skbox_ioctl(listener, SIOCOUTQ, &n), -EINVAL);
	assert_int_equal(skbox_ioctl(b, 0x1234, &n), -ENOTTY);
	close_all();
}

static void inq_message(void **state)
{
	u8 control[64];
	struct iovec iov = { got, 30 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	int n;

	open_pair();
	assert_int_equal(netlab_setopt(b, SOL_TCP, TCP_INQ, 2), -EINVAL);
	assert_int_equal(netlab_setopt(b, SOL_TCP, TCP_INQ, 1), 0);
	put(a, 100, 0);
	assert_int_equal(skbox_recvmsg(b, &msg, 0), 30);
	cmsg = CMSG_FIRSTHDR(&msg);
	assert_non_null(cmsg);
	assert_int_equal(cmsg->cmsg_level, SOL_TCP);
	assert_int_equal(cmsg->cmsg_type, TCP_CM_INQ);
	memcpy(&n, CMSG_DATA(cmsg), sizeof(n));
	assert_int_equal(n, 70);
	close_all();
}

/* ---- poll, state by state ---- */

#define IN (POLLIN | POLLRDNORM)
#define OUT (POLLOUT | POLLWRNORM)

static void poll_masks(void **state)
{
	struct sockaddr_in addr = netlab_addr(PEER_IP, 9);

	/* CLOSE, never connected */
	a = tcp_socket();
	assert_int_equal(mask(a), OUT | POLLHUP);
	/* SYN_SENT */
	assert_int_equal(skbox_connect(a, &addr, sizeof(addr)), -EINPROGRESS);
	assert_int_equal(mask(a), 0);
	shut(&a);
	/* LISTEN, ESTABLISHED */
	open_listener();
	assert_int_equal(mask(listener), 0);
	addr = netlab_addr(LOOPBACK, PORT);
	a = tcp_socket();
	skbox_connect(a, &addr, sizeof(addr));
	assert_int_equal(mask(listener), IN);
	assert_int_equal(mask(a), OUT);
	b = skbox_accept(listener, NULL, NULL);
	assert_int_equal(mask(listener), 0);
	assert_int_equal(mask(b), OUT);
	put(a, 1, 0);
	assert_int_equal(mask(b), IN | OUT);
	get(b, 1, 0);
	/* FIN_WAIT2, CLOSE_WAIT */
	skbox_shutdown(a, SHUT_WR);
	assert_int_equal(mask(a), OUT);
	assert_int_equal(mask(b), IN | OUT | POLLRDHUP);
	get(b, 1, 0);
	assert_int_equal(mask(b), IN | OUT | POLLRDHUP);
	/* TIME_WAIT, and CLOSE after LAST_ACK */
	skbox_shutdown(b, SHUT_WR);
	assert_int_equal(mask(b), IN | OUT | POLLRDHUP | POLLHUP);
	assert_int_equal(mask(a), IN | OUT | POLLRDHUP | POLLHUP);
	close_all();
}

static void poll_reset(void **state)
{
	struct linger linger = { 1, 0 };

	open_pair();
	skbox_setsockopt(b, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	shut(&b);
	assert_int_equal(mask(a), IN | OUT | POLLRDHUP | POLLHUP | POLLERR);
	assert_int_equal(netlab_getopt(a, SOL_SOCKET, SO_ERROR), ECONNRESET);
	assert_int_equal(mask(a), IN | OUT | POLLRDHUP | POLLHUP);
	close_all();
}

static void poll_read_shut_down(void **state)
{
	open_pair();
	skbox_shutdown(a, SHUT_RD);
	assert_int_equal(mask(a), IN | OUT | POLLRDHUP);
	assert_int_equal(mask(b), OUT);
	close_all();
}

/* Writeable again only when a third is free; and edge-triggered pollers are told. */
static void poll_out_by_thirds(void **state)
{
	struct tcp_sock *tp;

	open_pair();
	tp = tcp_of(a);
	while (put(a, 10000, 0) > 0)
		;
	assert_int_equal(mask(a), 0);
	for (u32 i = 0; i < 1000 && !(mask(a) & POLLOUT); i++) {
		get(b, 20000, 0);
		skbox_advance(50 * MS);
	}
	assert_true(mask(a) & POLLOUT);
	assert_true(tp->sk.sndbuf - tcp_wmem_used(tp) >= tcp_wmem_used(tp) / 2);
	close_all();
}

static void notsent_lowat(void **state)
{
	u32 sent = 0;
	long n;

	open_pair();
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_NOTSENT_LOWAT, 20000), 0);
	assert_int_equal(netlab_getopt(a, SOL_TCP, TCP_NOTSENT_LOWAT), 20000);
	/* The peer takes what its window allows; of the rest about so much is queued. */
	while ((n = put(a, 1000, 0)) > 0)
		sent += (u32)n;
	assert_int_equal(n, -EAGAIN);
	assert_in_range(count(a, SIOCOUTQNSD), 20000, 20000 + 70000);
	assert_int_equal(mask(a), 0);
	close_all();
}

/* ---- options ---- */

static void option_ranges(void **state)
{
	static const struct {
		int name, low, high, bad_low, bad_high;
	} t[] = {
		{ TCP_KEEPIDLE, 1, 32767, 0, 32768 },
		{ TCP_KEEPINTVL, 1, 32767, 0, 32768 },
		{ TCP_KEEPCNT, 1, 127, 0, 128 },
		{ TCP_SYNCNT, 1, 127, 0, 128 },
		{ TCP_MAXSEG, 88, 32767, 87, 32768 },
		{ TCP_USER_TIMEOUT, 0, INT32_MAX, -1, INT32_MIN },
		{ TCP_THIN_LINEAR_TIMEOUTS, 0, 1, -1, 2 },
		{ TCP_INQ, 0, 1, -1, 2 },
		{ TCP_FASTOPEN_CONNECT, 0, 1, -1, 2 },
		{ TCP_FASTOPEN_NO_COOKIE, 0, 1, -1, 2 },
	};

	a = tcp_socket();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_equal(netlab_setopt(a, SOL_TCP, t[i].name, t[i].bad_low), -EINVAL);
		assert_int_equal(netlab_setopt(a, SOL_TCP, t[i].name, t[i].bad_high), -EINVAL);
		assert_int_equal(netlab_setopt(a, SOL_TCP, t[i].name, t[i].low), 0);
		assert_int_equal(netlab_getopt(a, SOL_TCP, t[i].name), t[i].low);
		assert_int_equal(netlab_setopt(a, SOL_TCP, t[i].name, t[i].high), 0);
		assert_int_equal(netlab_getopt(a, SOL_TCP, t[i].name), t[i].high);
	}
	close_all();
}

static void option_defaults(void **state)
{
	static const struct {
		int name, value;
	} t[] = {
		{ TCP_NODELAY, 0 },
		{ TCP_CORK, 0 },
		{ TCP_MAXSEG, 536 },
		{ TCP_KEEPIDLE, 7200 },
		{ TCP_KEEPINTVL, 75 },
		{ TCP_KEEPCNT, 9 },
		{ TCP_SYNCNT, 6 },
		{ TCP_LINGER2, 60 },
		{ TCP_DEFER_ACCEPT, 0 },
		{ TCP_WINDOW_CLAMP, 0 },
		{ TCP_QUICKACK, 1 },
		{ TCP_USER_TIMEOUT, 0 },
		{ TCP_NOTSENT_LOWAT, 0 },
		{ TCP_FASTOPEN, 0 },
		{ TCP_FASTOPEN_CONNECT, 0 },
		{ TCP_THIN_DUPACK, 0 },
		{ TCP_THIN_LINEAR_TIMEOUTS, 0 },
	};
	unsigned int len = 4;

	a = tcp_socket();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(netlab_getopt(a, SOL_TCP, t[i].name), t[i].value);
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, 99, got, &len), -ENOPROTOOPT);
	assert_int_equal(netlab_setopt(a, SOL_TCP, 99, 1), -ENOPROTOOPT);
	assert_int_equal(skbox_setsockopt(a, SOL_TCP, TCP_NODELAY, data, 3), -EINVAL);
	close_all();
}

static void option_linger2(void **state)
{
	a = tcp_socket();
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_LINGER2, 10), 0);
	assert_int_equal(netlab_getopt(a, SOL_TCP, TCP_LINGER2), 10);
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_LINGER2, 1000), 0);
	assert_int_equal(netlab_getopt(a, SOL_TCP, TCP_LINGER2), 120);
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_LINGER2, -5), 0);
	assert_int_equal(netlab_getopt(a, SOL_TCP, TCP_LINGER2), -1);
	close_all();
}

/* Seconds become SYN-ACKs, and these seconds again: rounded up. */
static void option_defer_accept(void **state)
{
	static const int t[][2] = {
		{ -1, 0 }, { 0, 0 }, { 1, 1 },	 { 2, 3 },     { 3, 3 },
		{ 4, 7 },  { 7, 7 }, { 60, 63 }, { 200, 247 }, { 100000, 29887 }
	};

	a = tcp_socket();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_DEFER_ACCEPT, t[i][0]), 0);
		assert_int_equal(netlab_getopt(a, SOL_TCP, TCP_DEFER_ACCEPT), t[i][1]);
	}
	close_all();
}

static void option_congestion(void **state)
{
	char name[32];
	unsigned int len = sizeof(name);
	struct tcp_bbr_info info;

	open_pair();
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, TCP_CONGESTION, name, &len), 0);
	assert_int_equal(len, 16);
	assert_string_equal(name, "cubic");
	assert_int_equal(skbox_setsockopt(a, SOL_TCP, TCP_CONGESTION, "nosuch", 6), -ENOENT);
	assert_int_equal(skbox_setsockopt(a, SOL_TCP, TCP_CONGESTION, "", 0), -EINVAL);
	len = sizeof(info);
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, TCP_CC_INFO, &info, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(skbox_setsockopt(a, SOL_TCP, TCP_CONGESTION, "bbr", 3), 0);
	len = sizeof(info);
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, TCP_CC_INFO, &info, &len), 0);
	assert_int_equal(len, sizeof(info));
	assert_int_equal(info.bbr_pacing_gain, 739);
	assert_true(tcp_of(a)->pacing);
	put(a, 1000, 0);
	assert_int_equal(get(b, 1000, 0), 1000);
	close_all();
}

static void congestion_sysctl(void **state)
{
	char text[100], name[16];
	unsigned int len = sizeof(name);

	skbox_proc_read("sys/net/ipv4/tcp_available_congestion_control", text, sizeof(text));
	assert_string_equal(text, "reno cubic bbr\n");
	assert_true(skbox_sysctl("net.ipv4.tcp_available_congestion_control", "x") < 0);
	assert_true(skbox_sysctl("net.ipv4.tcp_congestion_control", "vegas") < 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_congestion_control", "reno"), 0);
	skbox_proc_read("sys/net/ipv4/tcp_congestion_control", text, sizeof(text));
	assert_string_equal(text, "reno\n");
	open_pair();
	assert_int_equal(skbox_getsockopt(b, SOL_TCP, TCP_CONGESTION, name, &len), 0);
	assert_string_equal(name, "reno");
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_congestion_control", "cubic"), 0);
	close_all();
}

static void option_pacing_rate(void **state)
{
	u32 rate = 50000;
	u64 rate64 = 1ull << 40;
	unsigned int len = 4;

	a = tcp_socket();
	assert_int_equal(skbox_getsockopt(a, SOL_SOCKET, SO_MAX_PACING_RATE, &rate64, &len), 0);
	assert_int_equal((u32)rate64, UINT32_MAX);
	assert_int_equal(skbox_setsockopt(a, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, 4), 0);
	len = 8;
	assert_int_equal(skbox_getsockopt(a, SOL_SOCKET, SO_MAX_PACING_RATE, &rate64, &len), 0);
	assert_int_equal(rate64, 50000);
	assert_true(tcp_of(a)->pacing);
	close_all();
}

static void option_window_clamp(void **state)
{
	open_pair();
	assert_int_equal(netlab_setopt(b, SOL_TCP, TCP_WINDOW_CLAMP, 0), -EINVAL);
	assert_int_equal(netlab_setopt(b, SOL_TCP, TCP_WINDOW_CLAMP, 10), 0);
	assert_int_equal(netlab_getopt(b, SOL_TCP, TCP_WINDOW_CLAMP), SOCK_MIN_RCVBUF / 2);
	close_all();
}

static void fastopen_options(void **state)
{
	u8 key[16] = "0123456789abcde", back[16];
	unsigned int len = sizeof(back);

	open_pair();
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_FASTOPEN_CONNECT, 1), -EINVAL);
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_FASTOPEN, 5), -EINVAL);
	assert_int_equal(netlab_setopt(listener, SOL_TCP, TCP_FASTOPEN, 5), 0);
	assert_int_equal(netlab_getopt(listener, SOL_TCP, TCP_FASTOPEN), 5);
	assert_int_equal(skbox_setsockopt(listener, SOL_TCP, TCP_FASTOPEN_KEY, key, 15), -EINVAL);
	assert_int_equal(skbox_setsockopt(listener, SOL_TCP, TCP_FASTOPEN_KEY, key, 16), 0);
	assert_int_equal(skbox_getsockopt(listener, SOL_TCP, TCP_FASTOPEN_KEY, back, &len), 0);
	assert_memory_equal(key, back, 16);
	/* Its connect() did not wait: the first to hear of the connection sends as if he had made
	 * it. */
	assert_int_equal(put(a, 3, MSG_FASTOPEN), 3);
	assert_int_equal(put(a, 3, MSG_FASTOPEN), -EISCONN);
	close_all();
}

/* ---- what is shown ---- */

static void info(void **state)
{
	struct tcp_info i;
	unsigned int len = 4;

	open_pair();
	put(a, 2000, 0);
	put(b, 500, 0);
	get(b, 2000, 0);
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, TCP_INFO, &i, &len), 0);
	assert_int_equal(len, 4);
	len = 1000;
	assert_int_equal(skbox_getsockopt(a, SOL_TCP, TCP_INFO, &i, &len), 0);
	assert_int_equal(len, sizeof(i));
	assert_int_equal(i.tcpi_state, TCP_ESTABLISHED);
	assert_int_equal(i.tcpi_options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
	assert_int_equal(i.tcpi_bytes_sent, 2000);
	/* Linux counts the SYN's number, too. */
	assert_in_range(i.tcpi_bytes_acked, 2000, 2001);
	assert_int_equal(i.tcpi_bytes_received, 500);
	assert_int_equal(i.tcpi_data_segs_out, 1);
	assert_int_equal(i.tcpi_data_segs_in, 1);
	assert_int_equal(i.tcpi_snd_cwnd, 10 + (i.tcpi_snd_cwnd - 10));
	assert_true(i.tcpi_rto >= 200000 && i.tcpi_snd_mss > 500 && i.tcpi_snd_wnd > 30000);
	assert_int_equal(i.tcpi_unacked, 0);
	len = sizeof(i);
	assert_int_equal(skbox_getsockopt(listener, SOL_TCP, TCP_INFO, &i, &len), 0);
	assert_int_equal(i.tcpi_state, TCP_LISTEN);
	assert_int_equal(i.tcpi_unacked, 0);
	assert_int_equal(i.tcpi_sacked, 10);
	close_all();
}

static char text[8192];

static void proc_files(void **state)
{
	char line[64];

	open_pair();
	put(a, 300, 0);
	assert_true(skbox_proc_read("net/tcp", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "  sl  local_address rem_address   st tx_queue rx_queue tr "
				     "tm->when retrnsmt   uid  timeout inode"));
	assert_non_null(strstr(text, ": 0100007F:1BBC 00000000:0000 0A 00000000:00000000 00:"));
	snprintf(line, sizeof(line), ": 0100007F:1BBC 0100007F:%04X 01 00000000:0000012C",
		 ntohs(netlab_sk(a)->sport));
	assert_non_null(strstr(text, line));
	assert_true(skbox_proc_read("net/tcp_diag", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "LISTEN 0 10 127.0.0.1:7100 0.0.0.0:0"));
	assert_non_null(strstr(text, "ESTAB 300 0 127.0.0.1:7100 127.0.0.1:"));
	assert_non_null(strstr(text, " limited:app"));
	assert_non_null(strstr(text, " ts sack cubic wscale:7,7 "));
	assert_true(skbox_proc_read("net/sockstat", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\nTCP: inuse 3 orphan 0 tw 0 alloc 3 mem "));
	close_all();
	assert_true(skbox_proc_read("net/sockstat", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\n"));
}

/* A line for each of what is not a sock. */
static void proc_timewait(void **state)
{
	open_pair();
	shut(&a);
	settle();
	shut(&b);
	settle();
	assert_true(skbox_proc_read("net/tcp", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, " 06 00000000:00000000 03:"));
	assert_true(skbox_proc_read("net/tcp_diag", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "TIME_WAIT 0 0 127.0.0.1:"));
	assert_non_null(strstr(text, "timer:(timewait,"));
	close_all();
}

/* ---- memory ---- */

/* Pressure: the window that is announced shrinks, nothing that came is lost. */
static void pressure(void **state)
{
	int saved[3];
	u32 sent = 0, read = 0, quiet;
	long n;

	memcpy(saved, sysctl_tcp_mem, sizeof(saved));
	open_pair();
	quiet = tcp_receive_window(tcp_of(b));
	sysctl_tcp_mem[0] = 8;
	sysctl_tcp_mem[1] = 16;
	sysctl_tcp_mem[2] = 400;
	for (u32 i = 0; i < 100 && !tcp_memory_pressure; i++) {
		n = skbox_sendto(a, data + sent, 5000, 0, NULL, 0);
		sent += n > 0 ? (u32)n : 0;
		settle();
	}
	assert_true(tcp_memory_pressure);
	for (u32 i = 0; i < 100; i++) {
		n = skbox_sendto(a, data + sent, 5000, 0, NULL, 0);
		sent += n > 0 ? (u32)n : 0;
		skbox_advance(10 * MS);
	}
	assert_true(tcp_receive_window(tcp_of(b)) < quiet);
	while (read < sent) {
		n = skbox_recvfrom(b, got + read, 10000, 0, NULL, NULL);
		read += n > 0 ? (u32)n : 0;
		skbox_advance(100 * MS);
	}
	assert_memory_equal(got, data, sent);
	skbox_advance(NSEC_PER_SEC);
	assert_false(tcp_memory_pressure);
	memcpy(sysctl_tcp_mem, saved, sizeof(saved));
	close_all();
}

/* As if others held all that TCP may have for who holds little, too, and gave it back. */
static void others_hold(bool all)
{
	s64 bytes = (s64)sysctl_tcp_mem[2] * 4096 / 12 * 13 + 1;

	local_bh_disable();
	tcp_mem_charge(all ? bytes : -bytes);
	local_bh_enable();
}

/* Over the hard limit a writer is given one buffer; when others let go it goes on by itself. */
static void exhausted(void **state)
{
	int id;

	open_pair();
	set_blocking(a);
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_CORK, 1), 0);
	others_hold(true);
	id = start(SYS_sendto, a, data, 5000, 0);
	still_waits(id);
	skbox_advance(50 * MS);
	still_waits(id);
	assert_int_equal(tcp_of(a)->wmem_queued, SKB_TRUESIZE);
	others_hold(false);
	skbox_advance(50 * MS);
	assert_int_equal(result(id), 5000);
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_CORK, 0), 0);
	skbox_advance(300 * MS); /* Nagle's test: what was pushed has to be acknowledged */
	assert_int_equal(get(b, 5000, 0), 5000);
	assert_memory_equal(got, data, 5000);
	close_all();
}

/* Who has nothing queued may still talk, and be heard. */
static void exhausted_but_not_silent(void **state)
{
	open_pair();
	others_hold(true);
	for (u32 i = 0; i < 20; i++) {
		assert_int_equal(put(a, 100, 0), 100);
		assert_int_equal(get(b, 200, 0), 100);
		assert_int_equal(put(b, 200, 0), 200);
		assert_int_equal(get(a, 200, 0), 200);
	}
	others_hold(false);
	close_all();
}

/* Under pressure SO_SNDBUF is an equal share at most. */
static void pressure_bounds_writers(void **state)
{
	u32 sent = 0, held = (u32)sysctl_tcp_mem[1] * 4096 + 1;
	long n;

	open_pair();
	local_bh_disable();
	tcp_mem_charge(held);
	local_bh_enable();
	assert_true(tcp_under_pressure());
	sysctl_tcp_mem[1] = 0; /* a share of nothing: one packet */
	while ((n = put(a, 1000, 0)) > 0)
		sent += (u32)n;
	assert_int_equal(n, -EAGAIN);
	assert_in_range(tcp_of(a)->wmem_queued, 1, 2 * SKB_TRUESIZE);
	sysctl_tcp_mem[1] = (int)((held - 1) / 4096);
	local_bh_disable();
	tcp_mem_charge(-(s64)held);
	local_bh_enable();
	close_all();
}

/* An empty pool: waits, and goes on when there are buffers again. */
static void no_buffers(void **state)
{
	static u8 *bufs[65536];
	u32 n = 0;
	int id;

	open_pair();
	set_blocking(a);
	while ((bufs[n] = skb_buf_alloc()) != NULL)
		n++;
	id = start(SYS_sendto, a, data, 5000, 0);
	skbox_advance(20 * MS);
	still_waits(id);
	while (n)
		skb_buf_put(bufs[--n]);
	skbox_advance(500 * MS);
	assert_int_equal(result(id), 5000);
	assert_int_equal(get(b, 5000, 0), 5000);
	assert_memory_equal(got, data, 5000);
	close_all();
}

/* A small message holds one buffer, not two. */
static void small_messages_are_small(void **state)
{
	open_pair();
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_CORK, 1), 0);
	put(a, 1, 0);
	assert_int_equal(tcp_of(a)->wmem_queued, SKB_TRUESIZE);
	put(a, 1600, 0);
	assert_int_equal(tcp_of(a)->wmem_queued, SKB_TRUESIZE);
	put(a, 1000, 0);
	assert_int_equal(tcp_of(a)->wmem_queued, SKB_TRUESIZE + SKB_BUF_SIZE);
	assert_int_equal(netlab_setopt(a, SOL_TCP, TCP_CORK, 0), 0);
	settle();
	assert_int_equal(get(b, 10000, 0), 2601);
	close_all();
}

/* What a failed test has left. */
static int end(void **state)
{
	shut(&a);
	shut(&b);
	shut(&listener);
	skbox_advance(130 * NSEC_PER_SEC);
	return netlab_end(state);
}

#define task_test(f) cmocka_unit_test_setup_teardown(f, netlab_begin, end)

static int setup(void **state)
{
	fill_data();
	return netlab_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		task_test(bytes_arrive),
		task_test(many_sizes),
		task_test(a_full_buffer),
		task_test(zero_bytes),
		task_test(peek),
		task_test(discard),
		task_test(waitall),
		task_test(waitall_does_not_wait_twice),
		task_test(lowat),
		task_test(receive_timeout),
		task_test(interrupted),
		task_test(a_writer_waits),
		task_test(others_than_hoarders),
		task_test(send_timeout),
		task_test(half_close),
		task_test(read_shut_down),
		task_test(reset),
		task_test(a_writer_is_reset),
		task_test(not_connected),
		task_test(urgent),
		task_test(urgent_inline),
		task_test(queues_counted),
		task_test(inq_message),
		task_test(poll_masks),
		task_test(poll_reset),
		task_test(poll_read_shut_down),
		task_test(poll_out_by_thirds),
		task_test(notsent_lowat),
		task_test(option_ranges),
		task_test(option_defaults),
		task_test(option_linger2),
		task_test(option_defer_accept),
		task_test(option_congestion),
		task_test(congestion_sysctl),
		task_test(option_pacing_rate),
		task_test(option_window_clamp),
		task_test(fastopen_options),
		task_test(info),
		task_test(proc_files),
		task_test(proc_timewait),
		task_test(pressure),
		task_test(exhausted),
		task_test(exhausted_but_not_silent),
		task_test(pressure_bounds_writers),
		task_test(no_buffers),
		task_test(small_messages_are_small),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
