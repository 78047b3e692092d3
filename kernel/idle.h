/*
 * Looking for work before sleeping. A device that holds its interrupts back, or whose interrupt is
 * dear (a hypervisor's), says where its next work would appear in memory; for a short while after
 * work came that way, the idle task looks there itself. A machine where nothing comes does not
 * look.
 */
#pragma once

#include "kernel/list.h"
#include "kernel/types.h"

struct idle_poll {
	struct list_head node;
	bool (*pending)(void *arg); /* has work appeared? Reads memory only. Interrupts off */
	void (*take)(void *arg); /* the top half that takes it. Hardirq */
	void *arg;
};

/* How long to look after the last work, microseconds; 0: never. */
extern int idle_poll_us;
extern bool idle_poll_news;

/* @p is the caller's until idle_poll_del. Any context. */
void idle_poll_add(struct idle_poll *p);
void idle_poll_del(struct idle_poll *p);

/* Work came: more may follow soon. Hardirq. */
static inline void idle_poll_note(void)
{
	idle_poll_news = true;
}

/* Looks until a task becomes runnable or the time is over. The idle task, interrupts on. */
void idle_poll(void);
