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

/* Was it of use? A task that runs already has had its own wake-up. */
static bool wake_waiter(struct waiter *w, u32 events)
{
	bool slept;

	if (w->fn)
		return w->fn(w, events);
	slept = w->task->state == TASK_SLEEPING;
	wake_up_task(w->task);
	return slept;
}

/* @events: 0: all. @nr: of the exclusive ones, how many at most. */
static void wake_waiters(struct wait_queue *wq, u32 events, u32 nr)
{
	unsigned long flags = irq_save();
	struct waiter *w, *tmp;

	list_for_each_entry_safe(w, tmp, &wq->waiters, node) {
		if (events && w->events && !(events & w->events))
			continue;
		if (!w->exclusive)
			wake_waiter(w, events);
		else if (nr && wake_waiter(w, events))
			nr--;
	}
	irq_restore(flags);
}

void wake_up(struct wait_queue *wq)
{
	wake_waiters(wq, 0, 1);
}

void wake_up_poll(struct wait_queue *wq, u32 events)
{
	wake_waiters(wq, events, 1);
}

void wake_up_all(struct wait_queue *wq)
{
	wake_waiters(wq, 0, UINT32_MAX);
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

void wait_queue_add(struct wait_queue *wq, struct waiter *w)
{
	unsigned long flags = irq_save();

	list_add_tail(&w->node, &wq->waiters);
	irq_restore(flags);
}

void wait_queue_del(struct waiter *w)
{
	unsigned long flags = irq_save();

	if (w->node.next)
		list_del(&w->node);
	irq_restore(flags);
}

void wait_finish(struct waiter *w)
{
	current->state = TASK_RUNNABLE;
	wait_queue_del(w);
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
