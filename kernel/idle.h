/*
 * Looking for work before sleeping. A device that holds its interrupts back, or whose interrupts
 * are dear (under a hypervisor), says where its next work will appear in memory; for a short while
 * after work came, the idle task looks there itself. A device whose interrupts bring much at a time
 * does not ask for it, and a machine where nothing comes does not look.
 */
#pragma once

#include "kernel/list.h"
#include "kernel/types.h"

struct idle_poll {
	struct list_head node;
	bool (*pending)(void *arg); /* has work appeared? Reads memory only. Interrupts off */
	void (*take)(void *arg);    /* the top half that takes it. Hardirq */
	void *arg;
};

extern int idle_poll_us; /* how long to look after the last work; 0: never */
/* Set by a device that wants to be looked at, cleared when it does not, and when the time is over.
 * Hardirq. */
extern bool idle_poll_wanted;

/* @p is lent until idle_poll_del. Any context. */
void idle_poll_add(struct idle_poll *p);
void idle_poll_del(struct idle_poll *p);

/* Looks until a task becomes runnable or the time is over. The idle task, interrupts on. */
void idle_poll(void);
