/*
 * Tasks on fibers: switching, sleeping and waking, deadlines, signals, the end of tasks,
 * priorities, time slices, and that a flood of softirqs leaves the tasks their share.
 */
#include "kern.h"

#include <abi/errno.h>
#include <abi/syscall.h>
#include <abi/system.h>
#include <string.h>

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/sched.h"
#include "kernel/softirq.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"
#include "kernel/wait.h"

static long sys(long nr, long a, long b, long c)
{
	return syscall_dispatch(nr, a, b, c, 0, 0, 0);
}

static int start(int (*entry)(int, char **))
{
	char name[] = "app";
	char *argv[] = { name, NULL };

	return task_spawn(name, entry, 1, argv, true);
}

/* As the parent of all apps here, the boot task collects them; it cannot sleep, so they must have
 * ended. */
static int reap(int pid)
{
	int status = -1;

	library_settle();
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	return status;
}

/* Task 1 must not end, so it sleeps. */
static int init_main(int argc, char **argv)
{
	for (;;) {
		int status;

		if (sys(SYS_wait4, -1, (long)&status, 0) < 0)
			sys(SYS_poll, 0, 0, 1000);
	}
	return 0;
}

/* ---- wait queues ---- */

static struct wait_queue queue;
static int condition, woken, result;

static void sleeper(void *arg)
{
	result = wait_event(&queue, condition > 0);
	condition--;
	woken++;
}

static void test_wake_up(void **state)
{
	wait_queue_init(&queue);
	condition = woken = 0;
	for (int i = 0; i < 3; i++)
		kthread_create("sleeper", PRIO_NORMAL, sleeper, NULL);
	library_settle();
	assert_true(wait_queue_active(&queue));
	wake_up(&queue);
	library_settle();
	assert_int_equal(woken, 0);
	condition = 2;
	wake_up(&queue);
	library_settle();
	assert_int_equal(woken, 2);
	condition = 1;
	wake_up_all(&queue);
	library_settle();
	assert_int_equal(woken, 3);
	assert_false(wait_queue_active(&queue));
}

static void exclusive_sleeper(void *arg)
{
	struct waiter w = { .exclusive = true };

	wait_prepare(&queue, &w);
	wait_schedule(WAIT_FOREVER);
	wait_finish(&w);
	woken++;
}

/* Two wake-ups before anyone has run wake two, not one twice. */
static void test_wake_up_exclusive(void **state)
{
	wait_queue_init(&queue);
	woken = 0;
	for (int i = 0; i < 3; i++)
		kthread_create("sleeper", PRIO_NORMAL, exclusive_sleeper, NULL);
	library_settle();
	wake_up(&queue);
	wake_up(&queue);
	library_settle();
	assert_int_equal(woken, 2);
	wake_up_all(&queue);
	library_settle();
	assert_int_equal(woken, 3);
}

static u64 deadline;

static void deadline_sleeper(void *arg)
{
	result = wait_event_deadline(&queue, condition > 0, deadline);
	woken++;
}

static void test_deadline(void **state)
{
	wait_queue_init(&queue);
	condition = woken = 0;
	deadline = ktime_ns() + 50 * NSEC_PER_MSEC;
	kthread_create("sleeper", PRIO_NORMAL, deadline_sleeper, NULL);
	library_settle();
	skbox_advance(49 * NSEC_PER_MSEC);
	assert_int_equal(woken, 0);
	skbox_advance(3 * NSEC_PER_MSEC);
	assert_int_equal(woken, 1);
	assert_int_equal(result, -ETIMEDOUT);

	deadline = ktime_ns() + 50 * NSEC_PER_MSEC;
	kthread_create("sleeper", PRIO_NORMAL, deadline_sleeper, NULL);
	library_settle();
	condition = 1;
	wake_up(&queue);
	library_settle();
	assert_int_equal(result, 0);
	assert_true(timer_next() > deadline + NSEC_PER_MSEC * 2);
}

/* ---- tasks ---- */

static int exit_7(int argc, char **argv)
{
	return 7;
}

static void test_exit_status(void **state)
{
	int pid = start(exit_7);
	int status = reap(pid);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_null(task_find(pid));
	assert_int_equal(task_wait(pid, &status, WNOHANG), -ECHILD);
}

static int use_memory(int argc, char **argv)
{
	for (int i = 1; i < 20; i++)
		memset((void *)sys(SYS_mmap, i * 5000, 0, 0), 1, (size_t)i * 5000);
	return 0;
}

static int sleep_long(int argc, char **argv)
{
	return sys(SYS_poll, 0, 0, 100000) == -EINTR;
}

/* Nothing of a task is left: neither stack nor heap nor arguments. */
static void test_nothing_leaks(void **state)
{
	struct mem_info before, after;

	mem_info(&before);
	for (int i = 0; i < 200; i++)
		reap(start(use_memory));
	mem_info(&after);
	assert_int_equal(before.free + before.slab, after.free + after.slab);
}

static void test_too_many_tasks(void **state)
{
	static int pids[2000];
	int n = 0;

	while ((pids[n] = start(sleep_long)) > 0)
		n++;
	assert_int_equal(pids[n], -EAGAIN);
	assert_true(n > 20);
	library_settle();
	for (int i = 0; i < n; i++)
		task_signal(task_find(pids[i]), SIGKILL);
	for (int i = 0; i < n; i++)
		assert_int_equal(WTERMSIG(reap(pids[i])), SIGKILL);
	reap(start(exit_7));
}

static int spawn_orphans(int argc, char **argv)
{
	for (int i = 0; i < 5; i++)
		start(sleep_long);
	return 0;
}

/* Task 1 inherits the orphans and collects them when they end. */
static void test_orphans(void **state)
{
	int orphans = 0;

	reap(start(spawn_orphans));
	for (struct task *t = task_next(NULL); t; t = task_next(t))
		orphans += t->ppid == 1;
	assert_int_equal(orphans, 5);
	skbox_advance(101 * NSEC_PER_SEC);
	for (struct task *t = task_next(NULL); t; t = task_next(t))
		assert_int_not_equal(t->ppid, 1);
}

/* ---- signals ---- */

static int got_signal, interrupted;

static void handler(int sig)
{
	got_signal = sig;
}

static int catch_signal(int argc, char **argv)
{
	sighandler_t old;

	task_sigaction(SIGUSR1, handler, &old);
	interrupted = (int)sys(SYS_poll, 0, 0, 100000);
	return got_signal;
}

static void test_default_action(void **state)
{
	int pid = start(sleep_long);

	library_settle();
	assert_int_equal(task_signal(task_find(pid), 0), 0);
	assert_int_equal(task_signal(task_find(pid), 99), -EINVAL);
	assert_int_equal(task_signal(task_find(pid), SIGCHLD), 0);
	library_settle();
	assert_int_equal(task_find(pid)->state, TASK_SLEEPING);
	task_signal(task_find(pid), SIGTERM);
	assert_int_equal(reap(pid), SIGTERM);
}

static void test_handler(void **state)
{
	int pid = start(catch_signal);

	library_settle();
	task_signal(task_find(pid), SIGUSR1);
	assert_int_equal(WEXITSTATUS(reap(pid)), SIGUSR1);
	assert_int_equal(interrupted, -EINTR);
}

static void test_job(void **state)
{
	int pid = start(sleep_long);

	library_settle();
	assert_int_equal(pgrp_signal(31000, SIGINT), -ESRCH);
	assert_int_equal(pgrp_signal(pid, SIGINT), 0);
	assert_int_equal(reap(pid), SIGINT);
}

static int ignore_signal(int argc, char **argv)
{
	sighandler_t old;

	task_sigaction(SIGTERM, SIG_IGN, &old);
	if (task_sigaction(SIGKILL, SIG_IGN, &old) != -EINVAL)
		return 1;
	return sys(SYS_poll, 0, 0, 100) == 0 ? 0 : 2;
}

static void test_ignore(void **state)
{
	int pid = start(ignore_signal);

	library_settle();
	task_signal(task_find(pid), SIGTERM);
	library_settle();
	assert_int_equal(task_find(pid)->state, TASK_SLEEPING);
	skbox_advance(200 * NSEC_PER_MSEC);
	assert_int_equal(reap(pid), 0);
}

/* ---- the CPU ---- */

static u32 turns[3];
static bool stop;

/* The CPU works for @ns; the clock interrupts it where it is due. */
static void work(u64 ns)
{
	unsigned long flags;

	library.now += ns;
	if (machine_timer_deadline() > library.now)
		return;
	flags = irq_save();
	machine_timer_fire();
	irq_restore(flags);
}

/* Its own code, which an interrupt may take the CPU from. */
static void compute(int n)
{
	while (!READ_ONCE(stop)) {
		turns[n]++;
		work(100 * NSEC_PER_USEC);
	}
}

static int compute0(int argc, char **argv)
{
	compute(0);
	return 0;
}

static int compute1(int argc, char **argv)
{
	compute(1);
	return 0;
}

static void stop_computing(struct timer *t)
{
	stop = true;
}

static struct timer stop_timer;

/* Two that never give up the CPU share it in slices. */
static void test_slices(void **state)
{
	int a = start(compute0), b = start(compute1);

	stop = false;
	memset(turns, 0, sizeof(turns));
	timer_init(&stop_timer, stop_computing);
	timer_mod(&stop_timer, ktime_ns() + 2 * NSEC_PER_SEC);
	library_settle();
	reap(a);
	reap(b);
	assert_in_range(turns[0], 9000, 11000);
	assert_in_range(turns[1], 9000, 11000);
}

static u64 latest;

/* Sleeps most of the time; notes how late it wakes. */
static int doze(int argc, char **argv)
{
	while (!READ_ONCE(stop)) {
		u64 due = library.now + 5 * NSEC_PER_MSEC;

		sys(SYS_poll, 0, 0, 5);
		latest = max(latest, library.now - due);
		work(500 * NSEC_PER_USEC);
	}
	return 0;
}

/* Who sleeps does not wait for the slices of those who compute, and they share what it leaves. */
static void test_woken_first(void **state)
{
	int a = start(compute0), b = start(compute1), c = start(doze);

	stop = false;
	latest = 0;
	memset(turns, 0, sizeof(turns));
	timer_mod(&stop_timer, ktime_ns() + 2 * NSEC_PER_SEC);
	library_settle();
	reap(a);
	reap(b);
	skbox_advance(10 * NSEC_PER_MSEC);
	reap(c);
	/* Once a slice of its own it queues behind both. */
	assert_in_range(latest, 0, 25 * NSEC_PER_MSEC);
	assert_in_range(turns[0], 8000, 10000);
	assert_in_range(turns[1], 8000, 10000);
}

static int pipe_a[2], pipe_b[2];

/* Two that wake each other all the time. */
static int ping(int argc, char **argv)
{
	char c = 0;

	while (!READ_ONCE(stop)) {
		sys(SYS_write, pipe_a[1], (long)&c, 1);
		sys(SYS_read, pipe_b[0], (long)&c, 1);
		work(10 * NSEC_PER_USEC);
	}
	sys(SYS_write, pipe_a[1], (long)&c, 1);
	return 0;
}

static int pong(int argc, char **argv)
{
	char c = 0;

	while (!READ_ONCE(stop)) {
		sys(SYS_read, pipe_a[0], (long)&c, 1);
		work(10 * NSEC_PER_USEC);
		sys(SYS_write, pipe_b[1], (long)&c, 1);
	}
	return 0;
}

/* Waking each other does not keep others from the CPU. */
static void test_wakers_share(void **state)
{
	int a, b, c;

	sys(SYS_pipe, (long)pipe_a, 0, 0);
	sys(SYS_pipe, (long)pipe_b, 0, 0);
	a = start(ping);
	b = start(pong);
	c = start(compute0);
	stop = false;
	memset(turns, 0, sizeof(turns));
	timer_init(&stop_timer, stop_computing);
	timer_mod(&stop_timer, ktime_ns() + 3 * NSEC_PER_SEC);
	library_settle();
	reap(a);
	reap(b);
	reap(c);
	assert_in_range(turns[0], 7500, 20000);
	for (int i = 0; i < 2; i++) {
		sys(SYS_close, pipe_a[i], 0, 0);
		sys(SYS_close, pipe_b[i], 0, 0);
	}
}

static int killed_while_computing(int argc, char **argv)
{
	compute(0);
	return 0;
}

static struct task *target;

static void kill_target(struct timer *t)
{
	task_signal(target, SIGINT);
}

/* Ctrl-C reaches a task that makes no syscalls. */
static void test_kill_computing(void **state)
{
	int pid = start(killed_while_computing);

	stop = false;
	target = task_find(pid);
	timer_init(&stop_timer, kill_target);
	timer_mod(&stop_timer, ktime_ns() + NSEC_PER_SEC);
	assert_int_equal(reap(pid), SIGINT);
}

static char log_text[16];

static void log_name(void *arg)
{
	strcat(log_text, arg);
}

static void test_priorities(void **state)
{
	log_text[0] = '\0';
	kthread_create("i", PRIO_IDLE, log_name, "i");
	kthread_create("n", PRIO_NORMAL, log_name, "n");
	kthread_create("h", PRIO_HIGH, log_name, "h");
	kthread_create("m", PRIO_NORMAL, log_name, "m");
	library_settle();
	assert_string_equal(log_text, "hnmi");
}

/* ---- softirqs ---- */

static u32 flood_rounds;
static u64 flood_end;

/* A bottom half that is never done: each round takes 50 us and raises itself again, as under a
 * flood of frames. */
static void flood(void)
{
	flood_rounds++;
	work(50 * NSEC_PER_USEC);
	if (library.now < flood_end)
		raise_softirq(NET_RX_SOFTIRQ);
}

static u32 timer_fired;

static void count_timer(struct timer *t)
{
	timer_fired++;
	timer_mod(t, ktime_ns() + 5 * NSEC_PER_MSEC);
}

/* The task gets half of the CPU, the flood the other half, and timers keep going. */
static void test_flood(void **state)
{
	struct timer ticker;
	int pid = start(compute0);

	stop = false;
	memset(turns, 0, sizeof(turns));
	open_softirq(NET_RX_SOFTIRQ, flood);
	flood_end = ktime_ns() + NSEC_PER_SEC;
	timer_init(&stop_timer, stop_computing);
	timer_mod(&stop_timer, flood_end);
	timer_init(&ticker, count_timer);
	timer_mod(&ticker, ktime_ns());
	irq_save();
	irq_enter();
	raise_softirq(NET_RX_SOFTIRQ);
	irq_exit();
	irq_restore(true);
	library_settle();
	timer_del(&ticker);
	reap(pid);
	assert_true(turns[0] * 100 * NSEC_PER_USEC > 400 * NSEC_PER_MSEC);
	assert_true(flood_rounds * 50 * NSEC_PER_USEC > 400 * NSEC_PER_MSEC);
	assert_true(timer_fired > 100);
	assert_int_equal(this_cpu()->softirq_pending, 0);
}

static u32 bh_runs;

static void count_bh(void)
{
	bh_runs++;
	assert_true(in_softirq());
	assert_false(in_task());
}

static void test_bh_disable(void **state)
{
	open_softirq(NET_TX_SOFTIRQ, count_bh);
	local_bh_disable();
	local_bh_disable();
	raise_softirq(NET_TX_SOFTIRQ);
	local_bh_enable();
	assert_int_equal(bh_runs, 0);
	local_bh_enable();
	assert_int_equal(bh_runs, 1);
	raise_softirq(NET_TX_SOFTIRQ);
	library_settle();
	assert_int_equal(bh_runs, 2);
}

static void sleep_with_bh_off(void)
{
	local_bh_disable();
	schedule();
}

static void sleep_in_interrupt(void)
{
	irq_enter();
	schedule();
}

static void enable_too_often(void)
{
	local_bh_enable();
}

static void test_misuse(void **state)
{
	assert_panics(sleep_with_bh_off);
	assert_panics(sleep_in_interrupt);
	assert_panics(enable_too_often);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wake_up),	       cmocka_unit_test(test_wake_up_exclusive),
		cmocka_unit_test(test_deadline),       cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_nothing_leaks),  cmocka_unit_test(test_too_many_tasks),
		cmocka_unit_test(test_orphans),	       cmocka_unit_test(test_default_action),
		cmocka_unit_test(test_handler),	       cmocka_unit_test(test_job),
		cmocka_unit_test(test_ignore),	       cmocka_unit_test(test_slices),
		cmocka_unit_test(test_woken_first),    cmocka_unit_test(test_wakers_share),
		cmocka_unit_test(test_kill_computing), cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_flood),	       cmocka_unit_test(test_bh_disable),
		cmocka_unit_test(test_misuse),
	};

	kern_start("quiet mem=32M");
	start(init_main);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
