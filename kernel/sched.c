/*
 * Who runs: a queue of runnable tasks for each priority, round robin in slices of 10 ms. Ticks
 * exist only while someone waits for the CPU. The running task is in no queue; the boot task runs
 * when all are empty and idles.
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

struct cpu cpu0 = {.task = &boot_task, .idle = &boot_task};

/* guarded by irq_save */
static struct list_head run_queue[NR_PRIO] = {
	LIST_HEAD_INIT(run_queue[PRIO_HIGH]),
	LIST_HEAD_INIT(run_queue[PRIO_NORMAL]),
	LIST_HEAD_INIT(run_queue[PRIO_IDLE]),
};
static u64 running_since;
static bool slice_armed;
static struct task *corpse; /* ended in the switch that is going on */
static bool corpse_forgotten;

static void slice_start(void)
{
	if (slice_armed)
		return;
	slice_armed = true;
	timer_set_slice(ktime_ns() + SLICE_NS);
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
		if (!list_empty(&run_queue[prio]))
			return true;
	}
	return false;
}

static struct task *pick_next(void)
{
	for (int prio = 0; prio < NR_PRIO; prio++) {
		struct task *t;

		if (list_empty(&run_queue[prio]))
			continue;
		t = list_first_entry(&run_queue[prio], struct task, run_node);
		list_del(&t->run_node);
		return t;
	}
	return this_cpu()->idle;
}

void wake_up_task(struct task *t)
{
	struct cpu *cpu = this_cpu();
	unsigned long flags = irq_save();

	if (t->state != TASK_SLEEPING)
		goto out;
	t->state = TASK_RUNNABLE;
	if (t == cpu->task || t == cpu->idle)
		goto out;
	list_add_tail(&t->run_node, &run_queue[t->prio]);
	if (cpu->task == cpu->idle || t->prio < cpu->task->prio)
		cpu->need_resched = true;
	else if (t->prio == cpu->task->prio)
		slice_start();
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
	u64 now = ktime_ns();

	prev->cpu_ns += now - running_since;
	running_since = now;
	next->switches++;
	this_cpu()->task = next;
	arch_context_switch(&prev->context, &next->context);
	sched_finish_switch();
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct task *prev = cpu->task;
	struct task *next;
	unsigned long flags;

	if (in_irq() || in_softirq() || cpu->bh_disable)
		panic("%s gives up the CPU in a bottom half or an interrupt", prev->name);
	do_softirq();
	flags = irq_save();
	cpu->need_resched = false;
	if (prev->state == TASK_RUNNABLE && prev != cpu->idle)
		list_add_tail(&prev->run_node, &run_queue[prev->prio]);
	next = pick_next();
	slice_stop();
	if (next != cpu->idle && has_rival(next))
		slice_start();
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
