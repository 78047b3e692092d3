/* Descriptors, pipes, poll and select. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <abi/errno.h>
#include <abi/socket.h>
#include <abi/syscall.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/init.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"

#define LIMIT 200 /* descriptors, in these tests */

static int fds[2];
static u8 data[40000], back[40000];

static int enter(void **state)
{
	sysctl_nr_open = LIMIT;
	return (int)sys_pipe2(fds, O_NONBLOCK);
}

static int leave(void **state)
{
	fd_close_all();
	return 0;
}

static short ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events, .revents = -1 };

	sys_poll(&p, 1, 0);
	return p.revents;
}

/* ---- pipes ---- */

static void bytes_go_through_in_order(void **state)
{
	size_t in = 0, out = 0;
	long n;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 40503u >> 8);
	while (out < sizeof(data)) {
		n = sys_write(fds[1], data + in, (sizeof(data) - in) % 3001);
		assert_true(n >= 0 || n == -EAGAIN);
		in += n > 0 ? (size_t)n : 0;
		n = sys_read(fds[0], back + out, 1777);
		if (n == -EAGAIN)
			n = sys_write(fds[1], data + in, 1), in += (size_t)n, n = 0;
		out += (size_t)n;
	}
	assert_int_equal(in, sizeof(data));
	assert_memory_equal(data, back, sizeof(data));
}

static void a_full_pipe_takes_part_of_a_long_write_but_no_short_one(void **state)
{
	assert_int_equal(sys_write(fds[1], data, sizeof(data)), 16384);
	assert_int_equal(sys_write(fds[1], data, 1), -EAGAIN);
	assert_int_equal(sys_read(fds[0], back, 100), 100);
	assert_int_equal(sys_write(fds[1], data, 101), -EAGAIN);
	assert_int_equal(sys_write(fds[1], data, 100), 100);
}

static void the_end_of_the_writer_is_the_end_of_file(void **state)
{
	assert_int_equal(sys_read(fds[0], back, 1), -EAGAIN);
	assert_int_equal(sys_write(fds[1], "last", 4), 4);
	assert_int_equal(sys_close(fds[1]), 0);
	assert_int_equal(ready(fds[0], POLLIN), POLLIN | POLLHUP);
	assert_int_equal(sys_read(fds[0], back, 100), 4);
	assert_int_equal(sys_read(fds[0], back, 100), 0);
	assert_int_equal(ready(fds[0], POLLIN), POLLHUP);
}

static void no_reader_is_a_broken_pipe(void **state)
{
	sys_close(fds[0]);
	assert_int_equal(sys_write(fds[1], "x", 1), -EPIPE);
	assert_int_equal(ready(fds[1], POLLOUT), POLLOUT | POLLERR);
	current->sig_pending = 0;
}

static void ends_are_one_way(void **state)
{
	struct stat st;
	int n;

	assert_int_equal(sys_read(fds[1], back, 1), -EBADF);
	assert_int_equal(sys_write(fds[0], back, 1), -EBADF);
	assert_int_equal(sys_lseek(fds[0], 0, SEEK_SET), -ESPIPE);
	assert_int_equal(sys_write(fds[1], "abc", 3), 3);
	assert_int_equal(sys_ioctl(fds[0], FIONREAD, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(sys_fstat(fds[0], &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(st.st_size, 3);
}

static void bad_pipe_arguments(void **state)
{
	assert_int_equal(sys_pipe2(fds, O_APPEND), -EINVAL);
	assert_int_equal(sys_pipe2(NULL, 0), -EFAULT);
	assert_int_equal(sys_write(fds[1], NULL, 5), -EFAULT);
	/* The failed calls left nothing open. */
	assert_null(fd_file(2));
}

/* ---- descriptors ---- */

static void dup_shares_and_counts(void **state)
{
	long copy = sys_dup(fds[1]);

	assert_int_equal(copy, 2);
	sys_close(fds[1]);
	assert_int_equal(sys_write((int)copy, "x", 1), 1);
	assert_int_equal(sys_dup2((int)copy, 20), 20);
	assert_int_equal(sys_dup2(20, 20), 20);
	assert_int_equal(sys_dup2(20, LIMIT), -EBADF);
	assert_int_equal(sys_dup2(33, 20), -EBADF);
	assert_int_equal(sys_dup2(20, fds[0]), fds[0]); /* that was the reader's last descriptor */
	assert_int_equal(sys_write(20, "x", 1), -EPIPE);
	current->sig_pending = 0;
	assert_int_equal(sys_close(-1), -EBADF);
	assert_int_equal(sys_close(LIMIT), -EBADF);
	assert_int_equal(sys_close(21), -EBADF);
}

static void fcntl_rules(void **state)
{
	assert_int_equal(sys_fcntl(fds[0], F_GETFL, 0), O_RDONLY | O_NONBLOCK);
	assert_int_equal(sys_fcntl(fds[1], F_GETFL, 0), O_WRONLY | O_NONBLOCK);
	assert_int_equal(sys_fcntl(fds[0], F_SETFL, O_RDWR | O_APPEND), 0);
	assert_int_equal(sys_fcntl(fds[0], F_GETFL, 0), O_RDONLY | O_APPEND);
	assert_int_equal(sys_fcntl(fds[0], F_GETFD, 0), 0);
	assert_int_equal(sys_fcntl(fds[0], F_SETFD, FD_CLOEXEC), 0);
	assert_int_equal(sys_fcntl(fds[0], F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_fcntl(fds[0], F_DUPFD, 10), 10);
	assert_int_equal(sys_fcntl(10, F_GETFD, 0), 0);
	assert_int_equal(sys_fcntl(fds[0], F_DUPFD_CLOEXEC, 10), 11);
	assert_int_equal(sys_fcntl(11, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_fcntl(fds[0], F_DUPFD, LIMIT), -EINVAL);
	assert_int_equal(sys_fcntl(fds[0], F_DUPFD, -1), -EINVAL);
	assert_int_equal(sys_fcntl(fds[0], 4242, 0), -EINVAL);
	assert_int_equal(sys_fcntl(50, F_GETFL, 0), -EBADF);
}

static void fionbio(void **state)
{
	int on = 0;

	assert_int_equal(sys_ioctl(fds[0], FIONBIO, &on), 0);
	assert_int_equal(sys_fcntl(fds[0], F_GETFL, 0), O_RDONLY);
	on = 1;
	assert_int_equal(sys_ioctl(fds[0], FIONBIO, &on), 0);
	assert_int_equal(sys_fcntl(fds[0], F_GETFL, 0), O_RDONLY | O_NONBLOCK);
}

static void the_table_has_an_end(void **state)
{
	long fd, n = 2;

	while ((fd = sys_dup(fds[0])) >= 0)
		assert_int_equal(fd, n++);
	assert_int_equal(fd, -EMFILE);
	assert_int_equal(n, LIMIT);
	assert_int_equal(sys_open("/proc/version", O_RDONLY, 0), -EMFILE);
	sys_close(LIMIT - 1);
	assert_int_equal(sys_pipe2(fds, 0), -EMFILE);
	assert_int_equal(sys_open("/proc/version", O_RDONLY, 0), LIMIT - 1);
}

/* ---- poll and select ---- */

static void poll_says_what_holds(void **state)
{
	struct pollfd p[4] = {
		{ .fd = fds[0], .events = POLLIN },
		{ .fd = fds[1], .events = POLLOUT },
		{ .fd = -1, .events = POLLIN, .revents = 7 },
		{ .fd = 40, .events = 0 },
	};

	assert_int_equal(sys_poll(p, 4, -1), 2);
	assert_int_equal(p[0].revents, 0);
	assert_int_equal(p[1].revents, POLLOUT);
	assert_int_equal(p[2].revents, 0);
	assert_int_equal(p[3].revents, POLLNVAL);
	sys_write(fds[1], data, 16384);
	assert_int_equal(sys_poll(p, 2, 1000), 1);
	assert_int_equal(p[0].revents, POLLIN);
	assert_int_equal(p[1].revents, 0);
	assert_int_equal(sys_poll(p, LIMIT + 1, 0), -EINVAL);
	assert_int_equal(sys_poll(NULL, 1, 0), -EFAULT);
}

static void select_says_what_holds(void **state)
{
	fd_set in = { { 1UL << fds[0] } }, out = { { 1UL << fds[1] } };
	struct timeval tv = { .tv_sec = 5 };

	assert_int_equal(sys_select(2, &in, &out, NULL, &tv), 1);
	assert_int_equal(in.fds_bits[0], 0);
	assert_int_equal(out.fds_bits[0], 1UL << fds[1]);
	assert_true(tv.tv_sec == 5 || (tv.tv_sec == 4 && tv.tv_usec > 0));
	sys_write(fds[1], "x", 1);
	in.fds_bits[0] = 1UL << fds[0];
	assert_int_equal(sys_select(2, &in, &out, NULL, NULL), 2);
	/* Descriptors from nfds on do not count. */
	in.fds_bits[0] = ~0UL;
	assert_int_equal(sys_select(1, &in, NULL, NULL, NULL), 1);
	assert_int_equal(in.fds_bits[0], 1UL << fds[0]);
	in.fds_bits[0] = 1UL << 30;
	assert_int_equal(sys_select(31, &in, NULL, NULL, NULL), -EBADF);
	assert_int_equal(sys_select(-1, NULL, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(sys_select(FD_SETSIZE + 1, NULL, NULL, NULL, NULL), -EINVAL);
	tv.tv_usec = 1000000;
	assert_int_equal(sys_select(0, NULL, NULL, NULL, &tv), -EINVAL);
}

static void timeouts_take_their_time(void **state)
{
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	struct timeval tv = { .tv_usec = 30000 };
	struct timespec ts = { .tv_nsec = 20000000 };
	u64 start = ktime_ns();

	assert_int_equal(sys_poll(&p, 1, 20), 0);
	assert_in_range(ktime_ns() - start, 20 * NSEC_PER_MSEC, 2 * NSEC_PER_SEC);
	start = ktime_ns();
	assert_int_equal(sys_select(0, NULL, NULL, NULL, &tv), 0);
	assert_in_range(ktime_ns() - start, 30 * NSEC_PER_MSEC, 2 * NSEC_PER_SEC);
	assert_int_equal(tv.tv_usec, 0);
	start = ktime_ns();
	assert_int_equal(sys_nanosleep(&ts, NULL), 0);
	assert_in_range(ktime_ns() - start, 20 * NSEC_PER_MSEC, 2 * NSEC_PER_SEC);
	ts.tv_nsec = -1;
	assert_int_equal(sys_nanosleep(&ts, NULL), -EINVAL);
}

/* Many descriptors, each a waiter: more than fit into the first chunk. */
static void poll_of_all_descriptors(void **state)
{
	struct pollfd p[LIMIT];

	while (sys_dup(fds[0]) >= 0)
		;
	for (int i = 0; i < LIMIT; i++)
		p[i] = (struct pollfd){ .fd = i == 1 ? 0 : i, .events = POLLIN };
	assert_int_equal(sys_poll(p, LIMIT, 5), 0);
	sys_write(fds[1], "x", 1);
	assert_int_equal(sys_poll(p, LIMIT, 5), LIMIT);
}

static struct timer writer_timer;

static void write_later(struct timer *t)
{
	struct file *f = fd_file(fds[1]);

	/* Only for the test: a softirq has no business in a pipe, but nobody else runs here. */
	f->ops->write(f, "x", 1);
}

static void poll_wakes_up(void **state)
{
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	int on = 0;

	timer_init(&writer_timer, write_later);
	timer_mod(&writer_timer, ktime_ns() + 5 * NSEC_PER_MSEC);
	assert_int_equal(sys_poll(&p, 1, -1), 1);
	assert_int_equal(p.revents, POLLIN);
	sys_read(fds[0], back, 1);
	sys_ioctl(fds[0], FIONBIO, &on);
	timer_mod(&writer_timer, ktime_ns() + 5 * NSEC_PER_MSEC);
	assert_int_equal(sys_read(fds[0], back, 10), 1);
}

/* ---- the door ---- */

static void the_syscall_door(void **state)
{
	u64 before, after;

	syscall_stat(SYS_getpid, &before);
	assert_int_equal(syscall_dispatch(SYS_getpid, 0, 0, 0, 0, 0, 0), current->pid);
	assert_string_equal(syscall_stat(SYS_getpid, &after), "getpid");
	assert_int_equal(after, before + 1);
	assert_int_equal(syscall_dispatch(-1, 0, 0, 0, 0, 0, 0), -ENOSYS);
	assert_int_equal(syscall_dispatch(NR_SYSCALLS, 0, 0, 0, 0, 0, 0), -ENOSYS);
	assert_int_equal(syscall_dispatch(INT64_MIN, 0, 0, 0, 0, 0, 0), -ENOSYS);
	assert_int_equal(syscall_dispatch(6, 0, 0, 0, 0, 0, 0), -ENOSYS);
	assert_int_equal(syscall_dispatch(SYS_write, fds[1], (long)"abc", 3, 0, 0, 0), 3);
	assert_int_equal(syscall_dispatch(SYS_pipe, 8, 0, 0, 0, 0, 0), -EFAULT);
}

static int boot(void **state)
{
	kernel_init("quiet loglevel=1");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_go_through_in_order),
		TEST(a_full_pipe_takes_part_of_a_long_write_but_no_short_one),
		TEST(the_end_of_the_writer_is_the_end_of_file),
		TEST(no_reader_is_a_broken_pipe),
		TEST(ends_are_one_way),
		TEST(bad_pipe_arguments),
		TEST(dup_shares_and_counts),
		TEST(fcntl_rules),
		TEST(fionbio),
		TEST(the_table_has_an_end),
		TEST(poll_says_what_holds),
		TEST(select_says_what_holds),
		TEST(timeouts_take_their_time),
		TEST(poll_of_all_descriptors),
		TEST(poll_wakes_up),
		TEST(the_syscall_door),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
