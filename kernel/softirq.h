/*
 * Bottom halves: what a top half puts off. They run with interrupts on, one at a time, on the way
 * out of an interrupt, at local_bh_enable and in schedule(); after a bounded number of rounds the
 * rest is left to the task ksoftirqd.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/types.h"

enum softirq {
	TIMER_SOFTIRQ,
	NET_TX_SOFTIRQ,
	NET_RX_SOFTIRQ,
	NET_WRITE_SOFTIRQ, /* what waited for room in a card's queue */
	NR_SOFTIRQS,
};

/* Sets the function behind softirq @nr. Boot only. */
void open_softirq(enum softirq nr, void (*action)(void));

/* Marks @nr to run soon; from a task it wakes ksoftirqd unless a bh-disabled section is about to
 * end. Any context. */
void raise_softirq(enum softirq nr);

/* Keeps bottom halves from running on this CPU; nests. The last enable runs what is pending. Task
 * and softirq. */
static inline void local_bh_disable(void)
{
	this_cpu()->bh_disable++;
	barrier();
}

void bh_unbalanced(void) __noreturn;
void bh_enabled(void); /* runs what has become pending meanwhile */

static inline void local_bh_enable(void)
{
	struct cpu *cpu = this_cpu();

	barrier();
	if (unlikely(cpu->bh_disable == 0))
		bh_unbalanced();
	if (--cpu->bh_disable == 0 && unlikely(READ_ONCE(cpu->softirq_pending)))
		bh_enabled();
}

/* Runs what is pending, if the context allows it. Called by irq_exit, schedule and ksoftirqd. */
void do_softirq(void);

/* Starts ksoftirqd. Boot only. */
void softirq_init(void);

/* How often each softirq has run, for /proc/softirqs. */
u64 softirq_count(enum softirq nr);
const char *softirq_name(enum softirq nr);
