/*
 * epoll over UDP sockets and pipes: levels, edges, one shot, exclusive; what happens to a watch
 * when its file or its epoll goes; epolls that watch epolls; tasks that wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "netlab.h"

#include <abi/epoll.h>

#include "kernel/arch/host/skbox.h"
#include "tests/unit/kern.h"
#include "tests/unit/task.h"

#define PORT 7600

static int ep, rd, wr; /* an epoll and a pipe, fresh for each test */
static struct epoll_event got[64];

static u32 kmem_in_use(const char *name)
{
	char text[8192], *line;
	unsigned int n = 0;

	assert_true(skbox_proc_read("slabinfo", text, sizeof(text)) > 0);
	line = strstr(text, name);
	assert_non_null(line);
	assert_int_equal(sscanf(line + strlen(name), "%u", &n), 1);
	return n;
}

static int enter(void **state)
{
	int fds[2];

	netlab_begin(state);
	ep = (int)sys_epoll_create1(0);
	assert_true(ep >= 0);
	assert_int_equal(sys_pipe2(fds, O_NONBLOCK), 0);
	rd = fds[0];
	wr = fds[1];
	return 0;
}

static int leave(void **state)
{
	fd_close_all();
	assert_int_equal(kmem_in_use("epoll_watch"), 0);
	return netlab_end(state);
}

static long ctl(int epfd, int op, int fd, u32 events)
{
	struct epoll_event ev = { .events = events, .data.u64 = 0x100000000 + (u64)fd };

	return sys_epoll_ctl(epfd, op, fd, &ev);
}

static void add(int fd, u32 events)
{
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, fd, events), 0);
}

static long look(void)
{
	memset(got, 0xee, sizeof(got));
	return sys_epoll_wait(ep, got, 64, 0);
}

/* Exactly one event: @events of @fd. */
static void expect_one(int fd, u32 events)
{
	assert_int_equal(look(), 1);
	assert_int_equal(got[0].events, events);
	assert_int_equal(got[0].data.u64, 0x100000000 + (u64)fd);
	assert_int_equal(((u8 *)got)[sizeof(got[0])], 0xee);
}

static void put(const char *text)
{
	assert_int_equal(sys_write(wr, text, strlen(text)), strlen(text));
}

static void take(long n)
{
	char buf[64];

	assert_int_equal(sys_read(rd, buf, sizeof(buf)), n);
}

/* ---- errors ---- */

static void what_is_refused(void **state)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int file = (int)sys_open("/proc/version", O_RDONLY, 0);

	assert_int_equal(sys_epoll_create1(1), -EINVAL);
	assert_int_equal(sys_epoll_create(0), -EINVAL);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, 60, EPOLLIN), -EBADF);
	assert_int_equal(ctl(60, EPOLL_CTL_ADD, rd, EPOLLIN), -EBADF);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, -1, EPOLLIN), -EBADF);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, file, EPOLLIN), -EPERM);
	assert_int_equal(ctl(rd, EPOLL_CTL_ADD, wr, EPOLLIN), -EINVAL);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, ep, EPOLLIN), -EINVAL);
	assert_int_equal(ctl(ep, 9, rd, EPOLLIN), -EINVAL);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, rd, EPOLLIN), -ENOENT);
	assert_int_equal(ctl(ep, EPOLL_CTL_DEL, rd, EPOLLIN), -ENOENT);
	add(rd, EPOLLIN);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, rd, EPOLLIN), -EEXIST);
	assert_int_equal(sys_epoll_ctl(ep, EPOLL_CTL_MOD, rd, NULL), -EFAULT);
	assert_int_equal(sys_epoll_ctl(ep, EPOLL_CTL_DEL, rd, NULL), 0);
	assert_int_equal(sys_epoll_wait(ep, got, 0, 0), -EINVAL);
	assert_int_equal(sys_epoll_wait(ep, got, INT32_MAX, 0), -EINVAL);
	assert_int_equal(sys_epoll_wait(ep, NULL, 1, 0), -EFAULT);
	assert_int_equal(sys_epoll_wait(rd, got, 1, 0), -EINVAL);
	assert_int_equal(sys_epoll_wait(60, got, 1, 0), -EBADF);
	assert_int_equal(sys_epoll_pwait(ep, got, 1, 0, &ev), -EINVAL);
	assert_int_equal(sys_epoll_pwait(ep, got, 1, 0, NULL), 0);
	assert_int_equal(sys_read(ep, got, 1), -EINVAL);
	assert_int_equal(sys_write(ep, got, 1), -EINVAL);
}

/* ---- levels and edges ---- */

static void a_level_is_told_as_long_as_it_holds(void **state)
{
	add(rd, EPOLLIN);
	assert_int_equal(look(), 0);
	put("abc");
	expect_one(rd, EPOLLIN);
	expect_one(rd, EPOLLIN);
	take(3);
	assert_int_equal(look(), 0);
	put("d");
	expect_one(rd, EPOLLIN);
	assert_int_equal(sys_epoll_ctl(ep, EPOLL_CTL_DEL, rd, NULL), 0);
	assert_int_equal(look(), 0);
}

static void what_holds_already_is_told(void **state)
{
	put("abc");
	add(rd, EPOLLIN);
	add(wr, EPOLLOUT);
	assert_int_equal(look(), 2);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, rd, EPOLLOUT), 0);
	expect_one(wr, EPOLLOUT);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, rd, EPOLLIN), 0);
	assert_int_equal(look(), 2);
}

static void an_edge_is_told_once(void **state)
{
	put("abc");
	add(rd, EPOLLIN | EPOLLET);
	expect_one(rd, EPOLLIN);
	assert_int_equal(look(), 0);
	put("d");
	put("e");
	expect_one(rd, EPOLLIN);
	assert_int_equal(look(), 0);
	/* A change of the watch is an edge, too. */
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, rd, EPOLLIN | EPOLLET), 0);
	expect_one(rd, EPOLLIN);
	/* Gone before anybody asked. */
	put("f");
	take(6);
	assert_int_equal(look(), 0);
}

static void one_shot(void **state)
{
	add(rd, EPOLLIN | EPOLLONESHOT);
	put("a");
	expect_one(rd, EPOLLIN);
	put("b");
	assert_int_equal(look(), 0);
	sys_close(wr); /* not even the end */
	assert_int_equal(look(), 0);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, rd, EPOLLIN | EPOLLONESHOT), 0);
	expect_one(rd, EPOLLIN | EPOLLHUP);
	assert_int_equal(look(), 0);
}

static void ends_and_errors_need_not_be_asked_for(void **state)
{
	add(rd, 0);
	add(wr, 0);
	put("a");
	assert_int_equal(look(), 0);
	sys_close(rd);
	expect_one(wr, EPOLLERR);
	sys_close(wr);
	assert_int_equal(look(), 0);
}

/* An edge for reading is none for writing. */
static void an_edge_of_another_kind_wakes_nobody(void **state)
{
	struct udp_frame in = { .sport = 9, .dport = PORT, .data = "x", .len = 1 };
	int fd = netlab_udp(0, PORT, 0);

	add(fd, EPOLLOUT | EPOLLET);
	expect_one(fd, EPOLLOUT);
	netlab_udp_in(&in);
	assert_int_equal(look(), 0);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	expect_one(fd, EPOLLIN | EPOLLOUT);
	netlab_udp_in(&in);
	expect_one(fd, EPOLLIN | EPOLLOUT);
	/* An ICMP error comes by itself. */
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, fd, EPOLLPRI), 0);
	assert_int_equal(look(), 0);
	netlab_sk(fd)->err = ECONNREFUSED;
	sk_error_report(netlab_sk(fd));
	expect_one(fd, EPOLLERR);
	assert_int_equal(sys_shutdown(fd, SHUT_RDWR), -ENOTCONN);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, fd, EPOLLRDHUP), 0);
	expect_one(fd, EPOLLERR | EPOLLRDHUP | EPOLLHUP);
}

/* ---- many ---- */

static void fewer_than_there_are(void **state)
{
	int fds[20];
	u32 seen = 0;

	for (int i = 0; i < 20; i++) {
		fds[i] = (int)sys_dup(rd);
		add(fds[i], EPOLLIN);
	}
	put("x");
	/* All get their turn. */
	for (int round = 0; round < 4; round++) {
		assert_int_equal(sys_epoll_wait(ep, got, 5, 0), 5);
		for (int i = 0; i < 5; i++)
			seen |= 1u << ((u32)got[i].data.u64 - (u32)fds[0]);
	}
	assert_int_equal(seen, (1u << 20) - 1);
	assert_int_equal(sys_epoll_wait(ep, got, 64, 0), 20);
	take(1);
	assert_int_equal(look(), 0);
}

static void idle_ones_cost_nothing(void **state)
{
	enum { N = 3000 };
	static int fds[N];
	u64 count;

	for (int i = 0; i < N; i++) {
		fds[i] = (int)sys_socket(AF_INET, SOCK_DGRAM, 0);
		assert_true(fds[i] >= 0);
		add(fds[i], EPOLLIN | EPOLLET);
	}
	assert_int_equal(kmem_in_use("epoll_watch"), N);
	assert_int_equal(look(), 0);
	/* Not one of them is asked when another has news. */
	for (int i = 0; i < N; i++)
		netlab_sk(fds[i])->err = i == N / 2 ? EPIPE : 0;
	count = (u64)N / 2;
	sk_error_report(netlab_sk(fds[count]));
	expect_one(fds[count], EPOLLERR);
	for (int i = 0; i < N; i++)
		netlab_close(fds[i]);
	assert_int_equal(kmem_in_use("epoll_watch"), 0);
}

/* ---- files that go ---- */

static void the_last_descriptor_takes_the_watch_along(void **state)
{
	int copy;

	put("x");
	add(rd, EPOLLIN);
	copy = (int)sys_dup(rd);
	sys_close(rd);
	/* The file is still open, and watched under the number that it had, as on Linux. */
	expect_one(rd, EPOLLIN);
	assert_int_equal(ctl(ep, EPOLL_CTL_DEL, rd, 0), -EBADF);
	sys_close(copy);
	assert_int_equal(look(), 0);
	assert_int_equal(kmem_in_use("epoll_watch"), 0);
}

static void an_epoll_that_goes_leaves_its_files_alone(void **state)
{
	add(rd, EPOLLIN);
	add(wr, EPOLLOUT);
	put("x");
	sys_close(ep);
	assert_int_equal(kmem_in_use("epoll_watch"), 0);
	put("y");
	take(2);
	assert_int_equal(sys_epoll_wait(ep, got, 1, 0), -EBADF);
}

static void a_number_is_used_again(void **state)
{
	int fds[2], old = rd;

	add(rd, EPOLLIN);
	sys_close(rd);
	assert_int_equal(sys_pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(fds[0], old);
	assert_int_equal(sys_write(fds[1], "x", 1), 1);
	assert_int_equal(look(), 0);
	add(fds[0], EPOLLIN);
	expect_one(fds[0], EPOLLIN);
}

/* Adds, changes, removes, closes, reads and writes at random; what is told is what poll tells. */
static void at_random(void **state)
{
	int fds[8][2];
	u32 asked[8] = { 0 };

	for (int i = 0; i < 8; i++)
		assert_int_equal(sys_pipe2(fds[i], O_NONBLOCK), 0);
	for (int step = 0; step < 20000; step++) {
		u32 i = test_random() % 8, events = 0, n = 0;
		char c;

		switch (test_random() % 6) {
		case 0:
			if (ctl(ep, EPOLL_CTL_ADD, fds[i][0], EPOLLIN) == 0)
				asked[i] = EPOLLIN;
			break;
		case 1:
			events = test_random() % 2 ? EPOLLIN : EPOLLPRI;
			if (ctl(ep, EPOLL_CTL_MOD, fds[i][0], events) == 0)
				asked[i] = events;
			break;
		case 2:
			if (ctl(ep, EPOLL_CTL_DEL, fds[i][0], 0) == 0)
				asked[i] = 0;
			break;
		case 3:
			sys_write(fds[i][1], "x", 1);
			break;
		case 4:
			sys_read(fds[i][0], &c, 1);
			break;
		case 5:
			if (test_random() % 8)
				break;
			sys_close(fds[i][0]);
			sys_close(fds[i][1]);
			assert_int_equal(sys_pipe2(fds[i], O_NONBLOCK), 0);
			asked[i] = 0;
			break;
		}
		for (int k = 0; k < 8; k++) {
			struct pollfd p = { .fd = fds[k][0], .events = (short)asked[k] };

			n += asked[k] && sys_poll(&p, 1, 0) == 1;
		}
		assert_int_equal(look(), n);
	}
}

/* ---- epolls in epolls ---- */

static void an_epoll_can_be_polled(void **state)
{
	struct pollfd p = { .fd = ep, .events = POLLIN };

	add(rd, EPOLLIN);
	assert_int_equal(sys_poll(&p, 1, 0), 0);
	put("x");
	assert_int_equal(sys_poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLIN);
	take(1);
	assert_int_equal(sys_poll(&p, 1, 0), 0);
}

static void one_level_of_nesting(void **state)
{
	int outer = (int)sys_epoll_create1(EPOLL_CLOEXEC), third = (int)sys_epoll_create1(0);

	add(rd, EPOLLIN);
	assert_int_equal(ctl(outer, EPOLL_CTL_ADD, ep, EPOLLIN), 0);
	assert_int_equal(sys_epoll_wait(outer, got, 4, 0), 0);
	put("x");
	assert_int_equal(sys_epoll_wait(outer, got, 4, 0), 1);
	assert_int_equal(got[0].data.u64, 0x100000000 + (u64)ep);
	expect_one(rd, EPOLLIN);
	take(1);
	assert_int_equal(sys_epoll_wait(outer, got, 4, 0), 0);
	/* Neither below a watched one, nor above one that watches, nor around in a circle. */
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, third, EPOLLIN), -ELOOP);
	assert_int_equal(ctl(third, EPOLL_CTL_ADD, outer, EPOLLIN), -ELOOP);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, outer, EPOLLIN), -ELOOP);
	assert_int_equal(ctl(third, EPOLL_CTL_ADD, rd, EPOLLIN), 0);
	sys_close(ep);
	assert_int_equal(ctl(third, EPOLL_CTL_ADD, outer, EPOLLIN), 0);
}

static void exclusive_has_its_rules(void **state)
{
	int other = (int)sys_epoll_create1(0);

	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, rd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT),
			 -EINVAL);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, rd, EPOLLPRI | EPOLLEXCLUSIVE), -EINVAL);
	assert_int_equal(ctl(ep, EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE), -EINVAL);
	add(rd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET);
	assert_int_equal(ctl(ep, EPOLL_CTL_MOD, rd, EPOLLIN), -EINVAL);
	put("x");
	expect_one(rd, EPOLLIN);
	assert_int_equal(look(), 0);
	take(1);
}

/* ---- tasks that wait ---- */

static int waited[4], nr_woken;
static int task_ep[4], task_timeout;

static int wait_app(int argc, char **argv)
{
	struct epoll_event ev[4];
	int me = argv[1][0] - '0';

	waited[me] =
		(int)syscall_dispatch(SYS_epoll_wait, task_ep[me], (long)ev, 4, task_timeout, 0, 0);
	nr_woken++;
	return 0;
}

static int spawn(int me, int epfd, int timeout)
{
	char name[] = "app", arg[2] = { (char)('0' + me), 0 };
	char *argv[] = { name, arg, NULL };
	int pid;

	task_ep[me] = epfd;
	task_timeout = timeout;
	waited[me] = -999;
	pid = task_spawn(name, wait_app, 2, argv, true);
	assert_true(pid > 0);
	library_settle();
	return pid;
}

static void a_task_waits_and_is_woken(void **state)
{
	u64 begun = ktime_ns();
	int pid;

	add(rd, EPOLLIN);
	pid = spawn(0, ep, -1);
	assert_int_equal(waited[0], -999);
	put("x");
	assert_int_equal(task_end(pid), 0);
	assert_int_equal(waited[0], 1);
	take(1);

	pid = spawn(0, ep, 250);
	netlab_advance(249 * NSEC_PER_MSEC);
	assert_int_equal(waited[0], -999);
	netlab_advance(4 * NSEC_PER_MSEC);
	assert_int_equal(task_end(pid), 0);
	assert_int_equal(waited[0], 0);
	assert_true(ktime_ns() - begun >= 250 * NSEC_PER_MSEC);
}

static void a_signal_breaks_it_off(void **state)
{
	int pid, status = 0;

	add(rd, EPOLLIN);
	pid = spawn(0, ep, -1);
	assert_int_equal(task_signal(task_find(pid), SIGTERM), 0);
	library_settle();
	assert_int_equal(waited[0], -999); /* it did not live to see it */
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	assert_int_equal(status, SIGTERM);
	put("x");
	expect_one(rd, EPOLLIN);
}

/* Of those who wait for one epoll each event wakes one; an edge wakes no second. */
static void one_event_for_one_task(void **state)
{
	int pids[3];

	nr_woken = 0;
	add(rd, EPOLLIN | EPOLLET);
	for (int i = 0; i < 3; i++)
		pids[i] = spawn(i, ep, -1);
	for (int i = 0; i < 3; i++) {
		put("x");
		library_settle();
		assert_int_equal(nr_woken, i + 1);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(task_end(pids[i]), 0);
		assert_int_equal(waited[i], 1);
	}
}

/* Two epolls watch one socket: with EPOLLEXCLUSIVE one of their tasks wakes, else both. */
static void exclusive_wakes_one_epoll(void **state)
{
	struct udp_frame in = { .sport = 9, .dport = PORT, .data = "x", .len = 1 };
	int other = (int)sys_epoll_create1(0), fd = netlab_udp(0, PORT, 0), a, b;

	for (int k = 0; k < 2; k++) {
		u32 events = EPOLLIN | (k ? EPOLLEXCLUSIVE : 0);

		add(fd, events);
		assert_int_equal(ctl(other, EPOLL_CTL_ADD, fd, events), 0);
		a = spawn(0, ep, 100);
		b = spawn(1, other, 100);
		nr_woken = 0;
		netlab_udp_in(&in);
		assert_int_equal(nr_woken, k ? 1 : 2);
		netlab_expect(fd, "x");
		netlab_advance(200 * NSEC_PER_MSEC);
		assert_int_equal(task_end(a), 0);
		assert_int_equal(task_end(b), 0);
		assert_int_equal(waited[0] + waited[1], k ? 1 : 2);
		sys_epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
		sys_epoll_ctl(other, EPOLL_CTL_DEL, fd, NULL);
	}
}

static int setup(void **state)
{
	netlab_setup(state);
	task_begin(task_init);
	library_settle();
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_refused),
		TEST(a_level_is_told_as_long_as_it_holds),
		TEST(what_holds_already_is_told),
		TEST(an_edge_is_told_once),
		TEST(one_shot),
		TEST(ends_and_errors_need_not_be_asked_for),
		TEST(an_edge_of_another_kind_wakes_nobody),
		TEST(fewer_than_there_are),
		TEST(idle_ones_cost_nothing),
		TEST(the_last_descriptor_takes_the_watch_along),
		TEST(an_epoll_that_goes_leaves_its_files_alone),
		TEST(a_number_is_used_again),
		TEST(at_random),
		TEST(an_epoll_can_be_polled),
		TEST(one_level_of_nesting),
		TEST(exclusive_has_its_rules),
		TEST(a_task_waits_and_is_woken),
		TEST(a_signal_breaks_it_off),
		TEST(one_event_for_one_task),
		TEST(exclusive_wakes_one_epoll),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
