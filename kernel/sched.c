/*
 * Who runs: a queue of runnable tasks for each priority, round robin in slices of 10 ms. A task
 * that slept before its slice was used up has the rest of it when it wakes, before all that have
 * not slept: who waits for a packet or a key does not wait for who computes, and who sleeps often
 * gets no more than others. Ticks exist only while someone waits for the CPU. The running task is
 * in no queue; the boot task runs when all are empty and idles.
 *
 * A task is preempted only on the way out of an interrupt that hit its own code (syscall_depth 0).
 * Inside the kernel it gives up the CPU by itself, by sleeping or at the end of a syscall.
 */
#include "kernel/sched.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/idle.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/softirq.h"
#include "kernel/timer.h"

#define SLICE_NS (10 * NSEC_PER_MSEC)

struct task boot_task = {
	.name = "idle",
	.prio = PRIO_IDLE,
	.syscall_depth = 1,
	.cwd = "/",
	.heap = LIST_HEAD_INIT(boot_task.heap),
	.exit_wait.waiters = LIST_HEAD_INIT(boot_task.exit_wait.waiters),
};

struct cpu cpu0 = { .task = &boot_task, .idle = &boot_task };

/* guarded by irq_save */
static struct list_head run_queue[NR_PRIO] = {
	LIST_HEAD_INIT(run_queue[PRIO_HIGH]),
	LIST_HEAD_INIT(run_queue[PRIO_NORMAL]),
	LIST_HEAD_INIT(run_queue[PRIO_IDLE]),
};
static struct list_head woken[NR_PRIO] = {
	LIST_HEAD_INIT(woken[PRIO_HIGH]),
	LIST_HEAD_INIT(woken[PRIO_NORMAL]),
	LIST_HEAD_INIT(woken[PRIO_IDLE]),
}; /* with some of their slice left; before those in run_queue */
static u64 running_since;
static bool slice_armed;
static bool overtaken;	    /* need_resched is for a woken task: the running one goes on after it */
static struct task *corpse; /* ended in the switch that is going on */
static bool corpse_forgotten;

/* The CPU is @t's since running_since, and somebody waits. */
static void slice_start(const struct task *t)
{
	if (slice_armed)
		return;
	slice_armed = true;
	timer_set_slice(running_since + (t->slice_used < SLICE_NS ? SLICE_NS - t->slice_used : 0));
}

static void slice_stop(void)
{
	if (!slice_armed)
		return;
	slice_armed = false;
	timer_set_slice(UINT64_MAX);
}

/* Does anybody wait who would get the CPU from @t at the end of its slice? */
static bool has_rival(const struct task *t)
{
	for (int prio = 0; prio <= (int)t->prio; prio++) {
		if (!list_empty(&woken[prio]) || !list_empty(&run_queue[prio]))
			return true;
	}
	return false;
}

static struct task *pick_next(void)
{
	for (int prio = 0; prio < NR_PRIO; prio++) {
		struct list_head *q = &woken[prio];
		struct task *t;

		if (list_empty(q))
			q = &run_queue[prio];
		if (list_empty(q))
			continue;
		t = list_first_entry(q, struct task, run_node);
		list_del(&t->run_node);
		return t;
	}
	return this_cpu()->idle;
}

/*
 * Queues @t, which has just become runnable; true: before those that have not slept. A thread of
 * the kernel takes its turn, for ksoftirqd must not bring up packets before the last ones were
 * taken. Whom it wakes takes them at once and with a new slice: the two are one load.
 */
static bool enqueue_woken(struct task *t)
{
	bool first = !t->kthread_fn && (t->slice_used < SLICE_NS || current->kthread_fn);

	if (!first || current->kthread_fn)
		t->slice_used = 0;
	list_add_tail(&t->run_node, first ? &woken[t->prio] : &run_queue[t->prio]);
	return first;
}

/* The running task gives up the CPU; one that was overtaken goes on with its slice after that. */
static void enqueue_running(struct task *t)
{
	if (overtaken && t->slice_used < SLICE_NS) {
		list_add(&t->run_node, &run_queue[t->prio]);
		return;
	}
	t->slice_used = 0;
	list_add_tail(&t->run_node, &run_queue[t->prio]);
}

void wake_up_task(struct task *t)
{
	struct cpu *cpu = this_cpu();
	unsigned long flags = irq_save();
	bool first;

	if (t->state != TASK_SLEEPING)
		goto out;
	t->state = TASK_RUNNABLE;
	if (t == cpu->task || t == cpu->idle)
		goto out;
	first = enqueue_woken(t);
	if (cpu->task == cpu->idle || t->prio < cpu->task->prio ||
	    (first && t->prio == cpu->task->prio)) {
		if (!cpu->need_resched)
			overtaken = true;
		cpu->need_resched = true;
	} else if (t->prio == cpu->task->prio) {
		slice_start(cpu->task);
	}
out:
	irq_restore(flags);
}

void sched_finish_switch(void)
{
	struct task *dead = corpse;

	if (!dead)
		return;
	corpse = NULL;
	arch_stack_free(dead->stack, TASK_STACK_SIZE);
	dead->stack = NULL;
	if (corpse_forgotten)
		task_free(dead);
}

static void switch_to(struct task *prev, struct task *next)
{
	next->switches++;
	this_cpu()->task = next;
	arch_context_switch(&prev->context, &next->context);
	sched_finish_switch();
}

static void account(struct task *t)
{
	u64 now = ktime_ns(), ran = now - running_since;

	running_since = now;
	t->cpu_ns += ran;
	t->slice_used += ran;
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct task *prev = cpu->task;
	struct task *next;
	unsigned long flags;

	if (in_irq() || in_softirq() || cpu->bh_disable)
		panic("%s gives up the CPU in a bottom half or an interrupt", prev->name);
	if (unlikely(cpu->before_switch))
		cpu->before_switch();
	do_softirq();
	flags = irq_save();
	account(prev);
	if (prev->state == TASK_RUNNABLE && prev != cpu->idle)
		enqueue_running(prev);
	cpu->need_resched = overtaken = false;
	next = pick_next();
	slice_stop();
	if (next != cpu->idle && has_rival(next))
		slice_start(next);
	if (next != prev)
		switch_to(prev, next);
	irq_restore(flags);
}

void sched_sleep(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->task != cpu->idle) {
		if (READ_ONCE(cpu->task->state) == TASK_SLEEPING)
			schedule();
		return;
	}
	schedule();
	arch_irq_disable();
	if (cpu->idle->state == TASK_SLEEPING && !cpu->need_resched)
		arch_idle();
	arch_irq_enable();
}

void sched_exit(bool forget)
{
	arch_irq_disable();
	corpse = current;
	corpse_forgotten = forget;
	schedule();
	panic("a dead task runs");
}

void sched_slice_over(void)
{
	slice_armed = false;
	overtaken = false;
	this_cpu()->need_resched = true;
}

void sched_preempt(void)
{
	struct cpu *cpu = this_cpu();
	struct task *t = cpu->task;

	if (t->syscall_depth || cpu->bh_disable)
		return;
	if (cpu->need_resched) {
		t->syscall_depth++;
		schedule();
		t->syscall_depth--;
	}
	if (signal_pending(t)) {
		arch_irq_enable();
		signal_deliver();
		arch_irq_disable();
	}
}

void sched_idle(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		schedule();
		idle_poll();
		arch_irq_disable();
		if (cpu->need_resched)
			arch_irq_enable();
		else
			arch_idle();
	}
}
