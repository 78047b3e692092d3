/*
 * Syscalls about time. CLOCK_MONOTONIC counts from boot, CLOCK_REALTIME from 1970.
 */
#include <abi/errno.h>

#include "kernel/cpu.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"
#include "kernel/wait.h"

static struct timespec ns_to_timespec(u64 ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};
}

/* Nanoseconds of the task's @user, or -EFAULT, -EINVAL. What no u64 holds is for ever. */
static int timespec_get(const struct timespec *user, u64 *ns)
{
	struct timespec ts;

	if (copy_from_user(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (long)NSEC_PER_SEC)
		return -EINVAL;
	*ns = WAIT_FOREVER;
	if ((u64)ts.tv_sec < WAIT_FOREVER / NSEC_PER_SEC)
		*ns = (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
	return 0;
}

long sys_nanosleep(const struct timespec *want, struct timespec *left)
{
	struct wait_queue nothing;
	u64 ns, now = ktime_ns(), deadline;
	struct timespec rest;
	int err = timespec_get(want, &ns);

	if (err || ns == 0)
		return err;
	deadline = ns < WAIT_FOREVER - now ? now + ns : WAIT_FOREVER;
	wait_queue_init(&nothing);
	if (wait_event_deadline(&nothing, false, deadline) == -ETIMEDOUT)
		return 0;
	now = ktime_ns();
	rest = ns_to_timespec(deadline > now ? deadline - now : 0);
	if (left && copy_to_user(left, &rest, sizeof(rest)))
		return -EFAULT;
	return -EINTR;
}

long sys_clock_gettime(int clock, struct timespec *user)
{
	struct timespec ts;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	ts = ns_to_timespec(clock == CLOCK_REALTIME ? realtime_ns() : ktime_ns());
	return copy_to_user(user, &ts, sizeof(ts));
}

long sys_clock_settime(int clock, const struct timespec *user)
{
	u64 ns;
	int err;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	err = timespec_get(user, &ns);
	if (err || ns == WAIT_FOREVER)
		return err ? err : -EINVAL;
	realtime_set(ns);
	return 0;
}
