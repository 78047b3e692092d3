/*
 * Load averages without a clock of their own: what matters is how much of the time the CPU was not idle, and the tasks' accounts tell
 * that whenever somebody asks. An average moves towards the load since the last question, by as much as the time since then weighs.
 */
#include "kernel/loadavg.h"

#include "kernel/cpu.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/timer.h"

#define ONE (1u << LOAD_SHIFT)

static u32 averages[3];
static u64 last_ns, last_idle_ns;

int tasks_runnable(void)
{
	int n = 0;

	local_bh_disable();
	for (struct task *t = task_next(NULL); t; t = task_next(t))
		n += t->state == TASK_RUNNABLE && t->prio != PRIO_IDLE;
	local_bh_enable();
	return n;
}
