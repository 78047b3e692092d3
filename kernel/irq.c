/*
 * Interrupt lines and their handlers, and the border of a top half. A line that keeps firing while
 * nobody feels responsible is masked, so that a broken device cannot stop the machine.
 */
#include "kernel/irq.h"

#include <abi/errno.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/printk.h"
#include "kernel/proc.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "kernel/softirq.h"

#define NR_HANDLERS 64	    /* over all lines */
#define UNHANDLED_MAX 10000 /* in a row */

struct handler {
	struct handler *next; /* on the same line */
	irq_handler_t fn;     /* NULL: free slot */
	const char *name;
	void *arg;
};

/* guarded by irq_save */
static struct handler handlers[NR_HANDLERS];
static struct irq_line {
	struct handler *first;
	u64 count;
	u32 unhandled;
} lines[NR_IRQS];
static u64 spurious;

static struct handler *free_slot(void)
{
	for (int i = 0; i < NR_HANDLERS; i++) {
		if (!handlers[i].fn)
			return &handlers[i];
	}
	return NULL;
}

int request_irq(int irq, irq_handler_t handler, const char *name, void *arg)
{
	struct handler *h;
	unsigned long flags;

	if (irq < 0 || irq >= NR_IRQS)
		return -EINVAL;
	flags = irq_save();
	h = free_slot();
	if (h) {
		*h = (struct handler){ lines[irq].first, handler, name, arg };
		lines[irq].first = h;
		lines[irq].unhandled = 0;
	}
	irq_restore(flags);
	if (!h)
		return -ENOMEM;
	arch_irq_unmask(irq);
	return 0;
}

void free_irq(int irq, void *arg)
{
	unsigned long flags = irq_save();
	struct handler **link = &lines[irq].first;

	while (*link && (*link)->arg != arg)
		link = &(*link)->next;
	if (*link) {
		struct handler *h = *link;

		*link = h->next;
		h->fn = NULL;
	}
	if (!lines[irq].first)
		arch_irq_mask(irq);
	irq_restore(flags);
}

static void count_unwanted(int irq)
{
	if (arch_irq_spurious(irq)) {
		lines[irq].count--;
		spurious++;
		return;
	}
	if (++lines[irq].unhandled < UNHANDLED_MAX)
		return;
	lines[irq].unhandled = 0;
	arch_irq_mask(irq);
	printk(KERN_ERR "irq %d: nobody serves it; masked\n", irq);
}

void irq_dispatch(int irq)
{
	struct irq_line *line = &lines[irq];
	bool handled = false;

	irq_enter();
	line->count++;
	add_entropy(arch_cycles() ^ (u64)irq << 56);
	for (struct handler *h = line->first, *next; h; h = next) {
		next = h->next;
		handled |= h->fn(irq, h->arg);
	}
	if (likely(handled))
		line->unhandled = 0;
	else
		count_unwanted(irq);
	arch_irq_end(irq);
	irq_exit();
}

void irq_enter(void)
{
	this_cpu()->hardirq_depth++;
}

void irq_exit(void)
{
	struct cpu *cpu = this_cpu();

	if (--cpu->hardirq_depth || cpu->bh_disable)
		return;
	do_softirq();
	sched_preempt();
}

u64 irq_count(int irq)
{
	return lines[irq].count;
}

void irq_show(struct seq_file *s)
{
	for (int irq = 0; irq < NR_IRQS; irq++) {
		if (!lines[irq].first)
			continue;
		seq_printf(s, "%3d: %10llu  ", irq, (unsigned long long)lines[irq].count);
		for (struct handler *h = lines[irq].first; h; h = h->next)
			seq_printf(s, " %s%s", h->name, h->next ? "," : "\n");
	}
	seq_printf(s, "SPU: %10llu   Spurious interrupts\n", (unsigned long long)spurious);
}
