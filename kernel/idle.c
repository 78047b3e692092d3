/*
 * Looking for work before sleeping (idle.h says why). What is found is taken as in an interrupt,
 * with the bottom halves on the way out.
 */
#include "kernel/idle.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/timer.h"

int idle_poll_us = 200;
bool idle_poll_wanted;

static struct list_head pollers = LIST_HEAD_INIT(pollers); /* guarded by irq_save */

void idle_poll_add(struct idle_poll *p)
{
	unsigned long flags = irq_save();

	list_add_tail(&p->node, &pollers);
	irq_restore(flags);
}

void idle_poll_del(struct idle_poll *p)
{
	unsigned long flags = irq_save();

	list_del(&p->node);
	irq_restore(flags);
}

static bool look_once(void)
{
	unsigned long flags = irq_save();
	struct idle_poll *p;
	bool found = false;

	list_for_each_entry(p, &pollers, node) {
		found = p->pending(p->arg);
		if (likely(!found))
			continue;
		irq_enter();
		p->take(p->arg);
		irq_exit();
		break; /* the bottom halves may have changed the list */
	}
	irq_restore(flags);
	return found;
}

void idle_poll(void)
{
	struct cpu *cpu = this_cpu();
	u64 start;

	if (!READ_ONCE(idle_poll_wanted) || idle_poll_us <= 0)
		return;
	start = ktime_ns();
	while (READ_ONCE(idle_poll_wanted) && !READ_ONCE(cpu->need_resched)) {
		u64 now = ktime_ns();

		if (look_once())
			start = now;
		else if (now - start > (u64)idle_poll_us * NSEC_PER_USEC)
			idle_poll_wanted = false;
	}
}
