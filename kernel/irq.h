/*
 * Interrupts: who serves which line, and the border that every top half crosses.
 */
#pragma once

#include <machine.h>

#include "kernel/types.h"

#define NR_IRQS 64

/* A top half: returns true if its device had raised the interrupt (lines are shared). Hardirq. */
typedef bool (*irq_handler_t)(int irq, void *arg);

/*
 * Adds @handler to line @irq and unmasks it. Task. @name is borrowed for as long as the handler
 * stays. -EINVAL: no such line; -ENOMEM: no slot left.
 */
int request_irq(int irq, irq_handler_t handler, const char *name, void *arg);
void free_irq(int irq, void *arg);

/* Called by arch/ for line @irq with interrupts off: irq_enter, the line's handlers, irq_exit. */
void irq_dispatch(int irq);

/* The border of a top half. irq_exit runs pending softirqs and, where the task may be preempted,
 * schedules. */
void irq_enter(void);
void irq_exit(void);

/* Interrupts taken on @irq so far. */
u64 irq_count(int irq);
/* /proc/interrupts */
struct seq_file;
void irq_show(struct seq_file *s);

/* Disables interrupts and returns the state before, for irq_restore. Nests. Any context. */
static inline unsigned long irq_save(void)
{
	return arch_irq_save();
}

static inline void irq_restore(unsigned long flags)
{
	arch_irq_restore(flags);
}
