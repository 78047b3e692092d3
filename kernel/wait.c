/*
 * Sleeping and waking. The order that loses nothing: a sleeper queues itself and marks itself as
 * sleeping, then checks its condition, then gives up the CPU; a waker changes the condition, then
 * calls wake_up. Tasks in the kernel are never preempted, so between mark and schedule() nothing
 * but a wake-up can change the mark.
 */
#include "kernel/wait.h"

#include <abi/errno.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "kernel/timer.h"

struct sleep_timer {
	struct timer timer;
	struct task *task;
};

void wait_queue_init(struct wait_queue *wq)
{
	list_init(&wq->waiters);
}

/* One exclusive waiter at most; one that runs already has had its own wake-up, so the next one gets
 * this. */
void wake_up(struct wait_queue *wq)
{
	unsigned long flags = irq_save();
	struct waiter *w, *tmp;

	list_for_each_entry_safe(w, tmp, &wq->waiters, node) {
		bool slept = w->task->state == TASK_SLEEPING;

		wake_up_task(w->task);
		if (slept && w->exclusive)
			break;
	}
	irq_restore(flags);
}

void wake_up_all(struct wait_queue *wq)
{
	unsigned long flags = irq_save();
	struct waiter *w, *tmp;

	list_for_each_entry_safe(w, tmp, &wq->waiters, node)
		wake_up_task(w->task);
	irq_restore(flags);
}

void wait_prepare(struct wait_queue *wq, struct waiter *w)
{
	unsigned long flags = irq_save();

	w->task = current;
	if (!w->node.next || list_empty(&w->node))
		list_add_tail(&w->node, &wq->waiters);
	current->state = TASK_SLEEPING;
	irq_restore(flags);
}

void wait_finish(struct waiter *w)
{
	unsigned long flags = irq_save();

	current->state = TASK_RUNNABLE;
	if (w->node.next)
		list_del(&w->node);
	irq_restore(flags);
}

static void sleep_expired(struct timer *t)
{
	wake_up_task(container_of(t, struct sleep_timer, timer)->task);
}

static void sleep_until(u64 deadline)
{
	struct sleep_timer sleep = { .task = current };

	timer_init(&sleep.timer, sleep_expired);
	timer_mod(&sleep.timer, deadline);
	sched_sleep();
	timer_del(&sleep.timer);
}

int wait_schedule(u64 deadline)
{
	if (signal_pending(current))
		return -EINTR;
	if (deadline == WAIT_FOREVER)
		sched_sleep();
	else if (ktime_ns() < deadline)
		sleep_until(deadline);
	if (signal_pending(current))
		return -EINTR;
	return ktime_ns() >= deadline ? -ETIMEDOUT : 0;
}
