/*
 * Datagram calls that wait: what wakes them, what breaks them off, and when. A task of the kernel
 * makes the call; the test plays the wire, other tasks, and the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "tests/unit/task.h"

#define PORT 7400

/* The call of the task, and what came of it. */
static long (*op)(void);
static long result;
static bool done;
static u64 ended;
static int fd;
static char buf[100];
static u8 frame[2048];

static int app(int argc, char **argv)
{
	result = op();
	ended = ktime_ns();
	done = true;
	return 0;
}

static int start(long (*fn)(void))
{
	int pid;

	op = fn;
	done = false;
	pid = task_begin(app);
	library_settle();
	return pid;
}

static void expect(int pid, long want)
{
	assert_int_equal(task_end(pid), 0);
	assert_true(done);
	assert_int_equal(result, want);
}

static void still_waits(void)
{
	library_settle();
	assert_false(done);
}

static void open_blocking(void)
{
	fd = netlab_udp(0, PORT, 0);
	assert_int_equal(skbox_fcntl(fd, F_SETFL, 0), 0);
}

static void text_in(const char *text)
{
	netlab_udp_in(&(struct udp_frame){
		.sport = 9, .dport = PORT, .data = text, .len = (u32)strlen(text) });
}

static long do_recv(void)
{
	return syscall_dispatch(SYS_recvfrom, fd, (long)buf, sizeof(buf), 0, 0, 0);
}

static long do_read(void)
{
	return syscall_dispatch(SYS_read, fd, (long)buf, sizeof(buf), 0, 0, 0);
}

/* ---- receive ---- */

static void a_datagram_wakes(void **state)
{
	int pid;

	open_blocking();
	pid = start(do_read);
	still_waits();
	text_in("hello");
	expect(pid, 5);
	assert_memory_equal(buf, "hello", 5);
	netlab_close(fd);
}

static void a_bad_one_does_not(void **state)
{
	int pid;

	open_blocking();
	pid = start(do_recv);
	netlab_udp_in(&(struct udp_frame){
		.sport = 9, .dport = PORT, .data = "bad", .len = 3, .bad_csum = true });
	still_waits();
	text_in("good");
	expect(pid, 4);
	netlab_close(fd);
}

static void a_timeout_is_kept(void **state)
{
	struct timeval tv = { 0, 250000 };
	u64 begun;
	int pid;

	open_blocking();
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	begun = ktime_ns();
	pid = start(do_recv);
	netlab_advance(249 * NSEC_PER_MSEC);
	still_waits();
	netlab_advance(3 * NSEC_PER_MSEC);
	expect(pid, -EAGAIN);
	assert_true(ended - begun >= 250 * NSEC_PER_MSEC);
	/* What comes in time ends it in time; the bad one on the way does not start it anew. */
	pid = start(do_recv);
	netlab_advance(200 * NSEC_PER_MSEC);
	netlab_udp_in(&(struct udp_frame){
		.sport = 9, .dport = PORT, .data = "bad", .len = 3, .bad_csum = true });
	text_in("just in time");
	expect(pid, 12);
	netlab_close(fd);
}

static void a_signal_breaks_off(void **state)
{
	int status, pid;

	open_blocking();
	pid = start(do_recv);
	task_signal(task_find(pid), SIGTERM);
	library_settle();
	assert_false(done);
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	assert_int_equal(status, SIGTERM);
	/* It has left the queue of sleepers. */
	text_in("to nobody");
	assert_false(wait_queue_active(&netlab_sk(fd)->wq));
	netlab_close(fd);
}

static void shutdown_wakes(void **state)
{
	int pid;

	open_blocking();
	pid = start(do_recv);
	assert_int_equal(sys_shutdown(fd, SHUT_RD), -ENOTCONN);
	expect(pid, 0);
	netlab_close(fd);
}

static void an_error_wakes(void **state)
{
	int pid;

	open_blocking();
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	pid = start(do_recv);
	still_waits();
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	expect(pid, -ECONNREFUSED);
	netlab_close(fd);
}

static void one_datagram_is_for_one_of_two(void **state)
{
	int a, b;

	open_blocking();
	a = start(do_recv);
	b = task_begin(app);
	library_settle();
	text_in("one");
	assert_true(done);
	done = false;
	text_in("two");
	assert_int_equal(task_end(a), 0);
	assert_int_equal(task_end(b), 0);
	assert_true(done);
	netlab_close(fd);
}

static void closing_elsewhere_leaves_the_sleeper(void **state)
{
	int pid;

	open_blocking();
	pid = start(do_recv);
	netlab_close(fd);
	/* The task has its own descriptor: the socket lives. */
	text_in("still here");
	expect(pid, 10);
}

/* ---- poll ---- */

static long do_poll(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long n = syscall_dispatch(SYS_poll, (long)&p, 1, 500, 0, 0, 0);

	return n == 1 ? p.revents : n;
}

static void poll_waits_for_a_good_one(void **state)
{
	int pid;

	open_blocking();
	pid = start(do_poll);
	netlab_udp_in(&(struct udp_frame){
		.sport = 9, .dport = PORT, .data = "bad", .len = 3, .bad_csum = true });
	still_waits();
	text_in("good");
	expect(pid, POLLIN);
	netlab_expect(fd, "good");
	pid = start(do_poll);
	netlab_advance(502 * NSEC_PER_MSEC);
	expect(pid, 0);
	netlab_close(fd);
}

static void poll_hears_of_errors(void **state)
{
	int pid;

	open_blocking();
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	pid = start(do_poll);
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	expect(pid, POLLERR);
	netlab_close(fd);
}

/* ---- send ---- */

static struct sock *full_sock;

/* As if that much were on its way out. */
static void fill(void)
{
	full_sock = netlab_sk(fd);
	full_sock->wmem_alloc += full_sock->sndbuf;
}

static void drain(void)
{
	full_sock->wmem_alloc -= full_sock->sndbuf;
	sk_write_space(full_sock);
}

static long do_send(void)
{
	return syscall_dispatch(SYS_write, fd, (long)"x", 1, 0, 0, 0);
}

static void a_writer_waits_for_room(void **state)
{
	int pid;

	open_blocking();
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	fill();
	pid = start(do_send);
	still_waits();
	drain();
	expect(pid, 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	netlab_close(fd);
}

static void a_writer_gives_up_in_time(void **state)
{
	struct timeval tv = { 1, 0 };
	int pid;

	open_blocking();
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	fill();
	pid = start(do_send);
	netlab_advance(999 * NSEC_PER_MSEC);
	still_waits();
	netlab_advance(3 * NSEC_PER_MSEC);
	expect(pid, -EAGAIN);
	pid = start(do_send);
	assert_int_equal(sys_shutdown(fd, SHUT_WR), 0);
	expect(pid, -EPIPE);
	drain();
	netlab_close(fd);
}

/* The route is the sender's own while it sleeps: the socket may get another meanwhile. */
static void a_waiting_writer_keeps_its_route(void **state)
{
	int pid;

	open_blocking();
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	fill();
	pid = start(do_send);
	assert_int_equal(netlab_connect(fd, IP4(10, 0, 0, 77), 9), 0);
	still_waits();
	drain();
	expect(pid, 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->daddr, PEER_IP);
	netlab_close(fd);
}

/* ---- the lock ---- */

static long do_getopt(void)
{
	int value;
	socklen_t len = sizeof(value);

	return syscall_dispatch(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, (long)&value, (long)&len,
				0);
}

static void a_held_socket_is_waited_for(void **state)
{
	int pid;

	open_blocking();
	lock_sock(netlab_sk(fd));
	pid = start(do_getopt);
	still_waits();
	release_sock(netlab_sk(fd));
	expect(pid, 0);
	netlab_close(fd);
}

static int setup(void **state)
{
	netlab_setup(state);
	task_begin(task_init);
	library_settle();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(a_datagram_wakes),
		lab_test(a_bad_one_does_not),
		lab_test(a_timeout_is_kept),
		lab_test(a_signal_breaks_off),
		lab_test(shutdown_wakes),
		lab_test(an_error_wakes),
		lab_test(one_datagram_is_for_one_of_two),
		lab_test(closing_elsewhere_leaves_the_sleeper),
		lab_test(poll_waits_for_a_good_one),
		lab_test(poll_hears_of_errors),
		lab_test(a_writer_waits_for_room),
		lab_test(a_writer_gives_up_in_time),
		lab_test(a_waiting_writer_keeps_its_route),
		lab_test(a_held_socket_is_waited_for),
	};

	return cmocka_run_group_tests_name("udp that waits", tests, setup, NULL);
}
