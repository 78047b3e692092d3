/*
 * For tests that run inside a task of the kernel, where a failed cmocka assertion could not return
 * to cmocka. Include after kern.h or netlab.h.
 */
#pragma once

#include <abi/syscall.h>
#include <abi/system.h>
#include <stdio.h>

#include "kernel/arch/host/library.h"
#include "kernel/syscall.h"
#include "kernel/task.h"

/* The first expectation that did not hold. */
static const char *task_failure;
static int task_failure_line;

/* In a task: ends it with status 99 if @cond does not hold. */
#define EXPECT(cond)                                                                               \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			task_failure = #cond;                                                      \
			task_failure_line = __LINE__;                                              \
			return 99;                                                                 \
		}                                                                                  \
	} while (0)

static inline int task_begin(int (*entry)(int, char **))
{
	char name[] = "app";
	char *argv[] = { name, NULL };
	int pid;

	task_failure = NULL;
	pid = task_spawn(name, entry, 1, argv, true);
	assert_true(pid > 0);
	return pid;
}

/* The status of @pid as wait4 gives it; the task must have ended. */
static inline int task_end(int pid)
{
	int status = -1;

	library_settle();
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	if (task_failure)
		fail_msg("line %d: %s", task_failure_line, task_failure);
	return status;
}

/* Task 1 must not end. */
static inline int task_init(int argc, char **argv)
{
	int status;

	for (;;) {
		if (syscall_dispatch(SYS_wait4, -1, (long)&status, 0, 0, 0, 0) < 0)
			syscall_dispatch(SYS_poll, 0, 0, 1000000000, 0, 0, 0);
	}
	return 0;
}
