/*
 * What belongs to a CPU, behind one accessor, so that a second CPU is a later change in few places.
 */
#pragma once

#include "kernel/types.h"

struct task;

struct cpu {
	struct task *task; /* running: `current` */
	struct task *idle;
	u32 hardirq_depth;   /* > 0: in a top half */
	u32 bh_disable;	     /* > 0: softirqs are held back, or one is running */
	bool in_softirq;     /* a bottom half is running */
	bool need_resched;   /* a better task is runnable: schedule() at the next chance */
	u32 softirq_pending; /* bit per softirq; guarded by irq_save */
	/* NULL, or called when the task next gives up the CPU (task, interrupts on): for what may
	 * wait for more of its kind as long as that task runs. Clears it itself. */
	void (*before_switch)(void);
};

extern struct cpu cpu0;

static inline struct cpu *this_cpu(void)
{
	return &cpu0;
}

#define current (this_cpu()->task)

static inline bool in_irq(void)
{
	return this_cpu()->hardirq_depth != 0;
}

static inline bool in_softirq(void)
{
	return this_cpu()->in_softirq;
}

/* Neither in a top nor in a bottom half: in a task, which may sleep if it has not disabled bottom
 * halves. */
static inline bool in_task(void)
{
	return !in_irq() && !in_softirq();
}
