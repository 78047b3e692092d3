/*
 * Load averages without a clock of their own: what counts is how much of the time the CPU was not
 * idle, and the tasks' accounts tell that whenever somebody asks. An average moves towards the
 * load since the last question by as much as the time since then weighs.
 */
#include "kernel/loadavg.h"

#include "kernel/cpu.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/timer.h"

#define ONE (1u << LOAD_SHIFT)

static const u64 periods_ms[3] = { 60 * 1000, 5 * 60 * 1000, 15 * 60 * 1000 };
static u32 averages[3];
static u64 last_ns, last_idle_ns;

static void load_update(void)
{
	u64 now = ktime_ns(), idle_ns = this_cpu()->idle->cpu_ns;
	u64 ms = (now - last_ns) / NSEC_PER_MSEC;
	u64 idle_ms = min((idle_ns - last_idle_ns) / NSEC_PER_MSEC, ms);
	u64 load;

	if (ms < 1000)
		return;
	load = (ms - idle_ms) * ONE / ms;
	for (int i = 0; i < 3; i++) {
		u64 period = periods_ms[i];

		/* 1 - e^-x is about x / (1 + x). */
		averages[i] = (u32)((averages[i] * period + load * ms) / (period + ms));
	}
	last_ns = now;
	last_idle_ns = idle_ns;
}

u32 load_average(int n)
{
	load_update();
	return averages[n];
}

int tasks_runnable(void)
{
	int n = 0;

	local_bh_disable();
	for (struct task *t = task_next(NULL); t; t = task_next(t))
		n += t->state == TASK_RUNNABLE && t->prio != PRIO_IDLE;
	local_bh_enable();
	return n;
}
