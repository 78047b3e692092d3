/*
 * Calls that wait: what wakes them, what breaks them off, and how long they take. The clock is
 * ours, so time is exact.
 */
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

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/init.h"
#include "kernel/irq.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"

/* What the task under test calls, and what it got. */
static long (*call)(void);
static long result;
static bool done;
static int handled;
static int fds[2];
static u8 data[100000], back[100000];

static long sys(long nr, long a1, long a2, long a3, long a4, long a5)
{
	return syscall_dispatch(nr, a1, a2, a3, a4, a5, 0);
}

static void on_usr1(int sig)
{
	handled++;
}

static int app(int argc, char **argv)
{
	sys(SYS_rt_sigaction, SIGUSR1, (long)on_usr1, 0, 0, 0);
	result = call();
	done = true;
	return 7;
}

/*
 * The test itself passes for task 1, the parent of the others, which sleeps. When they are to run,
 * the boot task has to be seen again.
 */
static void settle(void)
{
	cpu0.task = &boot_task;
	library_settle();
	cpu0.task = task_find(1);
}

static void advance(u64 ns)
{
	cpu0.task = &boot_task;
	skbox_advance(ns);
	cpu0.task = task_find(1);
}

/* Starts a task that calls @fn and lets it run until it waits. */
static int start(long (*fn)(void))
{
	char name[] = "app", *argv[] = { name, NULL };
	int pid;

	call = fn;
	done = false;
	handled = 0;
	pid = task_spawn(name, app, 1, argv, true);
	assert_true(pid > 0);
	settle();
	return pid;
}

/* Lets the task run, which must get @want, and end. */
static void expect(int pid, long want)
{
	int status;

	settle();
	assert_true(done);
	assert_int_equal(result, want);
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	assert_int_equal(status, 7 << 8);
}

static void expect_waiting(void)
{
	settle();
	assert_false(done);
}

static void expect_killed(int pid, int sig)
{
	int status;

	settle();
	assert_false(done);
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	assert_int_equal(status, sig);
}

static int enter(void **state)
{
	return (int)sys_pipe2(fds, 0);
}

static int leave(void **state)
{
	fd_close_all();
	tty_set_foreground(0);
	return 0;
}

/* ---- pipes ---- */

static long read_pipe(void)
{
	return sys(SYS_read, fds[0], (long)back, 100, 0, 0);
}

static long write_pipe(void)
{
	return sys(SYS_write, fds[1], (long)data, sizeof(data), 0, 0);
}

static void a_reader_wakes_for_bytes(void **state)
{
	int pid = start(read_pipe);

	expect_waiting();
	sys_write(fds[1], "abc", 3);
	expect(pid, 3);
	assert_memory_equal(back, "abc", 3);
}

static long close_writer_and_read_pipe(void)
{
	sys(SYS_close, fds[1], 0, 0, 0, 0);
	return read_pipe();
}

static void a_reader_wakes_for_the_end(void **state)
{
	int pid = start(close_writer_and_read_pipe);

	expect_waiting();
	sys_close(fds[1]);
	expect(pid, 0);
}

static void a_long_write_waits_for_room(void **state)
{
	size_t got = 0;
	int pid;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 31 >> 3);
	pid = start(write_pipe);
	while (got < sizeof(data)) {
		expect_waiting();
		got += (size_t)sys_read(fds[0], back + got, 5000);
		if (got > sizeof(data) - 16384)
			break;
	}
	expect(pid, sizeof(data));
	got += (size_t)sys_read(fds[0], back + got, sizeof(data) - got);
	assert_int_equal(got, sizeof(data));
	assert_memory_equal(data, back, sizeof(data));
}

static void a_signal_breaks_a_read_off(void **state)
{
	int pid = start(read_pipe);

	sys_kill(pid, SIGUSR1);
	expect(pid, -EINTR);
	assert_int_equal(handled, 1);
}

static void a_signal_leaves_what_was_written(void **state)
{
	int pid = start(write_pipe);

	expect_waiting();
	sys_kill(pid, SIGUSR1);
	expect(pid, 16384);
}

static long close_reader_and_write_pipe(void)
{
	sys(SYS_close, fds[0], 0, 0, 0, 0);
	return write_pipe();
}

static void a_broken_pipe_ends_its_writer(void **state)
{
	int pid = start(close_reader_and_write_pipe);

	expect_waiting();
	sys_close(fds[0]);
	expect_killed(pid, SIGPIPE);
}

/* ---- time ---- */

static struct timespec left;

static long sleep_10ms(void)
{
	struct timespec ts = { .tv_nsec = 10000000 };

	return sys(SYS_nanosleep, (long)&ts, (long)&left, 0, 0, 0);
}

static void sleeping_takes_its_time(void **state)
{
	int pid = start(sleep_10ms);

	advance(9999999);
	expect_waiting();
	advance(1200000);
	expect(pid, 0);
}

static void a_signal_tells_a_sleeper_what_is_left(void **state)
{
	int pid = start(sleep_10ms);

	advance(4000000);
	sys_kill(pid, SIGUSR1);
	expect(pid, -EINTR);
	assert_int_equal(left.tv_sec, 0);
	assert_int_equal(left.tv_nsec, 6000000);
}

static struct pollfd polled[2];

static long poll_20ms(void)
{
	polled[0] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = 2, .events = POLLIN };
	return sys(SYS_poll, (long)polled, 2, 20, 0, 0);
}

static void poll_ends_in_time(void **state)
{
	int pid;

	sys_dup(fds[0]);
	pid = start(poll_20ms);
	advance(19999999);
	expect_waiting();
	advance(1200000);
	expect(pid, 0);
	assert_int_equal(polled[0].revents, 0);
	assert_int_equal(polled[1].revents, 0);
}

static void poll_wakes_for_an_event(void **state)
{
	int pid;

	sys_dup(fds[0]);
	pid = start(poll_20ms);
	expect_waiting();
	sys_write(fds[1], "x", 1);
	expect(pid, 2);
	assert_int_equal(polled[0].revents, POLLIN);
	assert_int_equal(polled[1].revents, POLLIN);
}

static struct wait_queue late = WAIT_QUEUE_INIT(late);

/* An event of another file, which comes when that one has been asked already: an interrupt. */
static u32 poll_too_late(struct file *f, struct poll_table *pt)
{
	if (pt)
		sys_write(fds[1], "x", 1);
	poll_wait(&late, pt);
	return 0;
}

static void poll_sees_what_comes_while_it_asks(void **state)
{
	static const struct file_operations ops = { .poll = poll_too_late };
	struct file *f = file_alloc(&ops, 0, NULL);
	int pid;

	assert_int_equal(fd_install(f, 0, false), 2);
	pid = start(poll_20ms);
	expect(pid, 1);
	assert_int_equal(polled[0].revents, POLLIN);
	assert_int_equal(polled[1].revents, 0);
}

static void a_signal_breaks_a_poll_off(void **state)
{
	int pid;

	sys_dup(fds[0]);
	pid = start(poll_20ms);
	sys_kill(pid, SIGUSR1);
	expect(pid, -EINTR);
	assert_int_equal(handled, 1);
}

static struct timeval select_left;

static long select_20ms(void)
{
	fd_set in = { { 1UL << fds[0] } };

	select_left = (struct timeval){ .tv_usec = 20000 };
	return sys(SYS_select, fds[0] + 1, (long)&in, 0, 0, (long)&select_left);
}

static void select_tells_what_is_left(void **state)
{
	int pid = start(select_20ms);

	advance(5000000);
	expect_waiting();
	sys_write(fds[1], "x", 1);
	expect(pid, 1);
	assert_int_equal(select_left.tv_usec, 15000);
}

/* ---- the console ---- */

static void type(const char *s)
{
	for (; *s; s++) {
		irq_enter();
		tty_input(*s);
		irq_exit();
	}
}

static long read_console(void)
{
	return sys(SYS_read, 2, (long)back, 100, 0, 0);
}

static int start_in_foreground(void)
{
	int pid;

	assert_int_equal(fd_install(tty_open(), 2, false), 2);
	pid = start(read_console);
	tty_set_foreground(pid);
	return pid;
}

static void a_line_wakes_its_reader(void **state)
{
	int pid = start_in_foreground();

	type("hel");
	expect_waiting();
	type("lo\r");
	expect(pid, 6);
	assert_memory_equal(back, "hello\n", 6);
}

static void ctrl_c_ends_the_foreground(void **state)
{
	int pid = start_in_foreground();

	type("hel\x03");
	expect_killed(pid, SIGINT);
	/* What was typed before it is gone. */
	tty_set_foreground(0);
	type("\r");
	assert_int_equal(sys_read(2, back, 100), 1);
}

/* ---- starting ---- */

static void spawn_finds_apps_by_name_and_path(void **state)
{
	char name[] = "no-such-app", *argv[] = { name, NULL };
	long fd;

	assert_int_equal(sys_spawn("no-such-app", argv, 0), -ENOENT);
	assert_int_equal(sys_spawn("/bin/no-such-app", argv, 0), -ENOENT);
	assert_int_equal(sys_spawn("/proc", argv, 0), -EACCES);
	assert_int_equal(sys_spawn("/proc/version", argv, 0), -ENOEXEC);
	assert_int_equal(sys_spawn(NULL, argv, 0), -EFAULT);
	assert_int_equal(sys_spawn("init", NULL, 0), -EFAULT);
	argv[0] = NULL;
	assert_int_equal(sys_spawn("init", argv, 0), -EINVAL);
	fd = sys_open("/bin/init", O_RDONLY, 0);
	assert_true(fd >= 0);
	sys_close((int)fd);
	assert_int_equal(sys_open("/bin/init", O_RDWR, 0), -EROFS);
	assert_int_equal(sys_open("/bin/init/x", O_RDONLY, 0), -ENOENT);
}

static void kill_asks_with_signal_0(void **state)
{
	int pid = start(read_pipe);

	assert_int_equal(sys_kill(pid, 0), 0);
	assert_int_equal(sys_kill(-pid, 0), 0);
	assert_int_equal(sys_kill(99999, 0), -ESRCH);
	assert_int_equal(sys_kill(-99999, 0), -ESRCH);
	assert_int_equal(sys_kill(-99999, SIGTERM), -ESRCH);
	assert_int_equal(sys_kill(pid, NSIG), -EINVAL);
	expect_waiting();
	assert_int_equal(sys_kill(-pid, SIGTERM), 0);
	expect_killed(pid, SIGTERM);
	assert_int_equal(sys_kill(pid, 0), -ESRCH);
}

static long read_file(int pid, const char *name, char *text, size_t size)
{
	char path[32];
	long fd, n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = sys_open(path, O_RDONLY, 0);
	assert_true(fd >= 0);
	memset(text, 0, size);
	n = sys_read((int)fd, text, size - 1);
	sys_close((int)fd);
	return n;
}

/* Until its parent has asked for its status its files are there; of its words nothing is. */
static void what_has_ended_has_no_command_line(void **state)
{
	int pid = start(read_pipe);
	char text[128];

	assert_int_equal(read_file(pid, "cmdline", text, sizeof(text)), sizeof("app"));
	assert_memory_equal(text, "app", sizeof("app"));
	sys_kill(pid, SIGTERM);
	settle();
	assert_int_equal(read_file(pid, "cmdline", text, sizeof(text)), 0);
	assert_true(read_file(pid, "stat", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "(app) Z "));
	expect_killed(pid, SIGTERM);
}

/* Task 1 may not end. */
static int idle_init(int argc, char **argv)
{
	while (sys(SYS_poll, 0, 0, -1, 0, 0) <= 0)
		;
	return 0;
}

static int boot(void **state)
{
	char name[] = "init", *argv[] = { name, NULL };

	library.on = true;
	kernel_init("quiet loglevel=1");
	arch_irq_enable();
	assert_int_equal(task_spawn(name, idle_init, 1, argv, true), 1);
	library_settle();
	cpu0.task = task_find(1);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_wakes_for_bytes),
		TEST(a_reader_wakes_for_the_end),
		TEST(a_long_write_waits_for_room),
		TEST(a_signal_breaks_a_read_off),
		TEST(a_signal_leaves_what_was_written),
		TEST(a_broken_pipe_ends_its_writer),
		TEST(sleeping_takes_its_time),
		TEST(a_signal_tells_a_sleeper_what_is_left),
		TEST(poll_ends_in_time),
		TEST(poll_wakes_for_an_event),
		TEST(poll_sees_what_comes_while_it_asks),
		TEST(a_signal_breaks_a_poll_off),
		TEST(select_tells_what_is_left),
		TEST(a_line_wakes_its_reader),
		TEST(ctrl_c_ends_the_foreground),
		TEST(spawn_finds_apps_by_name_and_path),
		TEST(kill_asks_with_signal_0),
		TEST(what_has_ended_has_no_command_line),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
