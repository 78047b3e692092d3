/*
 * An app without manners: syscalls with whatever numbers, lengths and pointers, as long as each
 * pointer that can be followed has the room it claims. Every call comes back, nothing is read or
 * written that was not named, and when the app is gone so is all that it held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "netlab.h"

#include <abi/fcntl.h>
#include <abi/socket.h>
#include <string.h>

#include "kernel/arch/host/skbox.h"
#include "kernel/mm.h"
#include "tests/unit/kern.h"
#include "tests/unit/task.h"

#define CALLS 200000
#define CALLS_OF_A_TASK 400
#define ROOM 4096
#define NON_CANONICAL 0x8080808080808080

static u64 room[6][ROOM / 8]; /* what the arguments point to */
static long calls, returned;

static void on_signal(int sig)
{
}

/* None of 8 n - 1 characters. */
static const char *const words[] = {
	"/",
	"/tmp/a",
	"/tmp/b",
	"/tmp/d",
	"/tmp/d/e",
	"/nope/xx",
	"/proc/net/udp",
	"/proc/self/status",
	"/dev/null",
	"/dev/zero",
	"/dev/urandom",
	"/dev/console",
	"/proc/sys/net/ipv4/ip_forward",
	"/etc/hosts",
	"true",
	"",
	".",
	"..",
	"/bin/true",
	"../../..",
	"eth0",
	"lo",
};

/* Something that one of the calls could want: text, an address, numbers, rubbish. */
static void fill(u64 *p)
{
	u32 kind = test_random() % 6;

	/* A text is no pointer either: its last word ends with 0x80. */
	memset(p, kind < 2 ? 0x80 : 0, ROOM);
	if (kind == 1)
		strcpy((char *)p, words[test_random() % (sizeof(words) / sizeof(words[0]))]);
	else if (kind == 2)
		p[0] = AF_INET | (u64)(test_random() & 0xffff) << 16 | (u64)0x0100007f << 32;
	else if (kind == 3)
		for (int i = 0; i < 16; i++)
			p[i] = test_random() % 20;
	else if (kind == 4)
		for (int i = 0; i < 16; i++) /* pointers, lengths */
			p[i] = i % 2 ? test_random() % 64 : (u64)room[5];
	else
		((int *)p)[0] = test_random() % 200;
}

/* An int by its lower half; as a pointer never one that could be followed. */
#define ODD(n) ((long)(0x8000000000000000 | (u32)(n)))

static long number(void)
{
	static const long odd[] = { ODD(-1),	     ODD(-2),  ODD(-22), ODD(0x7fffffff),
				    ODD(0x80000000), 1L << 61, 1L << 60, ODD(1000000) };
	u32 kind = test_random() % 8;

	if (kind == 0)
		return odd[test_random() % (sizeof(odd) / sizeof(odd[0]))];
	return kind < 5 ? test_random() % 12 : test_random() % (ROOM / 8);
}

static long argument(int i)
{
	u32 kind = test_random() % 8;

	if (kind == 0)
		return (long)NON_CANONICAL;
	if (kind < 4)
		return number();
	fill(room[i]);
	return (long)room[i];
}

/* Those that end more than the app, or take the address of a function. */
static bool is_left_out(long nr)
{
	return nr == SYS_exit || nr == SYS_reboot || nr == SYS_rt_sigaction;
}

/* Which argument of call @nr is a length of 64 bits, for which an address would do; -1: none. */
static int length_of(long nr)
{
	switch (nr) {
	case SYS_read:
	case SYS_write:
	case SYS_sendto:
	case SYS_recvfrom:
		return 2;
	case SYS_poll:
	case SYS_getcwd:
	case SYS_sethostname:
	case SYS_getrandom:
		return 1;
	default:
		return -1;
	}
}

/* A length may stand for as much as an argument has room for; more only where no pointer is good.
 */
static bool is_fair(long nr, const long *a)
{
	bool points = false, too_long = false;

	for (int i = 0; i < 6; i++) {
		points |= a[i] == (long)room[i];
		too_long |= (int)a[i] > ROOM;
	}
	/* A heap of a gigabyte is asked for in earnest. */
	if (nr == SYS_mmap || nr == SYS_ftruncate)
		return a[0] != 0x7fffffff;
	return !points || !too_long;
}

static int fuzz(int argc, char **argv)
{
	syscall_dispatch(SYS_rt_sigaction, SIGUSR1, (long)on_signal, 0, 0, 0, 0);
	for (int i = 0; i < CALLS_OF_A_TASK; i++) {
		long nr = test_random() % NR_SYSCALLS, a[6];

		if (test_random() % 4 == 0)
			nr = SYS_socket + test_random() % (SYS_getsockopt - SYS_socket + 1);
		for (int k = 0; k < 6; k++)
			a[k] = k == length_of(nr) ? number() : argument(k);
		if (nr == SYS_socket && test_random() % 2)
			a[0] = AF_INET, a[1] = 1 + test_random() % 3, a[2] = test_random() % 2;
		if (is_left_out(nr) || !is_fair(nr, a))
			continue;
		calls++;
		syscall_dispatch(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		returned++;
	}
	return 0;
}

/* Until @pid is gone; what waits is interrupted. */
static void see_off(int pid)
{
	for (int tries = 0; tries < 20 * CALLS_OF_A_TASK; tries++) {
		struct task *t;

		library_settle();
		t = task_find(pid);
		if (!t || t->state == TASK_ZOMBIE)
			return;
		task_signal(t, tries % 50 == 49 ? SIGKILL : SIGUSR1);
		skbox_advance(1000000);
	}
	fail_msg("a call does not come back");
}

static u64 free_memory(void)
{
	struct mem_info info;

	mem_info(&info);
	return info.free;
}

static void no_call_does_harm(void **state)
{
	char text[512];
	u64 before = 0;
	int status, tasks = 0;

	while (calls < CALLS) {
		int pid = task_begin(fuzz);

		see_off(pid);
		task_wait(pid, &status, WNOHANG);
		assert_true(++tasks < CALLS);
		for (int i = 0; i < 20 && task_wait(-1, &status, WNOHANG) > 0; i++)
			;
		if (calls > CALLS / 4 && !before)
			before = free_memory();
	}
	assert_true(skbox_proc_read("net/skb_pool", text, sizeof(text)) > 0);
	/* Files that were made may stay, and caches grow. */
	assert_true(free_memory() + 1024 * 1024 > before);
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
		cmocka_unit_test(no_call_does_harm),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
