/*
 * The scheduler's inner side, for the parts of the kernel that start, stop and interrupt tasks.
 */
#pragma once

#include "kernel/task.h"

/* The first app, which inherits the orphans and must not end. */
#define INIT_PID 1
#define PID_MAX 32768

/* The task that boots the machine and idles afterwards. */
extern struct task boot_task;

/* Every task, zombies included; guarded by irq_save. */
extern struct list_head all_tasks;

/* Gives up the CPU if the current task is (still) marked as sleeping. The boot task, which must
 * always be runnable, idles here. Task. */
void sched_sleep(void);

/* What a new task calls first, on its own stack with interrupts off: ends the switch that led to
 * it. */
void sched_finish_switch(void);

/* The last thing a task does: its stack is freed after the switch, and with @forget the whole task.
 */
void sched_exit(bool forget) __noreturn;

/* The time slice is over. Hardirq. */
void sched_slice_over(void);

/* On the way out of an interrupt, interrupts off: schedules and delivers signals if the task runs
 * its own code. */
void sched_preempt(void);

/* What the boot task does for the rest of its life. */
void sched_idle(void) __noreturn;

/* Frees what is left of a task that will not run again and that nobody can find any more. */
void task_free(struct task *t);

/* Frees all of the current task's heap, at its end. */
void task_heap_free_all(void);

/* A new task that is not runnable yet; NULL: too many, or no memory. */
struct task *task_alloc(const char *name, enum task_prio prio);

/* Arms the clock for the end of a time slice, ns; UINT64_MAX: none. Any context. */
void timer_set_slice(u64 deadline);
