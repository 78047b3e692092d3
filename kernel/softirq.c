/*
 * Bottom halves, and what keeps a flood of interrupts from starving the tasks (receive livelock).
 * On the way out of an interrupt pending softirqs run at once, but only for a bounded number of
 * rounds and a bounded time. What is left then is handed to ksoftirqd, and until that has caught up
 * nobody else runs softirqs, timers excepted: the load has become that of one task, which shares
 * the CPU in time slices with all others.
 */
#include "kernel/softirq.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/printk.h"
#include "kernel/task.h"
#include "kernel/timer.h"

#define MAX_ROUNDS 10
#define MAX_NS (2 * NSEC_PER_MSEC)
#define ALL_SOFTIRQS ((1u << NR_SOFTIRQS) - 1)
#define TIMERS_ONLY (1u << TIMER_SOFTIRQ)

static struct {
	const char *name;
	void (*action)(void);
	u64 count;
} softirqs[NR_SOFTIRQS] = {
	[TIMER_SOFTIRQ] = { .name = "TIMER" },
	[NET_TX_SOFTIRQ] = { .name = "NET_TX" },
	[NET_RX_SOFTIRQ] = { .name = "NET_RX" },
	[NET_WRITE_SOFTIRQ] = { .name = "NET_WRITE" },
};

static struct task *ksoftirqd;
static bool overloaded; /* softirqs are left to ksoftirqd; guarded by irq_save */

void open_softirq(enum softirq nr, void (*action)(void))
{
	softirqs[nr].action = action;
}

static void run_actions(u32 pending)
{
	while (pending) {
		int nr = __builtin_ctz(pending);

		pending &= pending - 1;
		softirqs[nr].count++;
		softirqs[nr].action();
	}
}

/* Runs those of @mask until none is pending, a better task waits or the bounds are reached.
 * Interrupts off at the call; on during the work. */
static void run_softirqs(u32 mask)
{
	struct cpu *cpu = this_cpu();
	u64 start = ktime_ns();
	u32 pending;

	cpu->bh_disable++;
	cpu->in_softirq = true;
	for (int round = 0; round < MAX_ROUNDS; round++) {
		pending = cpu->softirq_pending & mask;
		if (!pending || (round && (cpu->need_resched || ktime_ns() - start > MAX_NS)))
			break;
		cpu->softirq_pending &= ~pending;
		arch_irq_enable();
		run_actions(pending);
		arch_irq_disable();
	}
	cpu->in_softirq = false;
	cpu->bh_disable--;
}

static void wake_ksoftirqd(void)
{
	if (ksoftirqd)
		wake_up_task(ksoftirqd);
}

void do_softirq(void)
{
	struct cpu *cpu = this_cpu();
	u32 mask = READ_ONCE(overloaded) ? TIMERS_ONLY : ALL_SOFTIRQS;
	unsigned long flags;

	if (likely(!(READ_ONCE(cpu->softirq_pending) & mask)) || in_irq() || cpu->bh_disable)
		return;
	flags = irq_save();
	run_softirqs(mask);
	if (cpu->softirq_pending && !overloaded && ksoftirqd) {
		overloaded = true;
		wake_ksoftirqd();
	}
	irq_restore(flags);
}

void raise_softirq(enum softirq nr)
{
	struct cpu *cpu = this_cpu();
	unsigned long flags = irq_save();

	cpu->softirq_pending |= 1u << nr;
	if (!in_irq() && !cpu->bh_disable)
		wake_ksoftirqd();
	irq_restore(flags);
}

void bh_unbalanced(void)
{
	panic("local_bh_enable without local_bh_disable");
}

/* With interrupts off the work would turn them on under the caller, so it is left to ksoftirqd. */
void bh_enabled(void)
{
	if (arch_irqs_enabled())
		do_softirq();
	else if (!in_irq())
		wake_ksoftirqd();
}

/* One bounded batch at a time, then whoever else is due. */
static void ksoftirqd_main(void *arg)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		arch_irq_disable();
		while (cpu->softirq_pending) {
			run_softirqs(ALL_SOFTIRQS);
			if (!cpu->need_resched)
				continue;
			arch_irq_enable();
			schedule();
			arch_irq_disable();
		}
		overloaded = false;
		current->state = TASK_SLEEPING;
		arch_irq_enable();
		schedule();
	}
}

void softirq_init(void)
{
	ksoftirqd = kthread_create("ksoftirqd", PRIO_NORMAL, ksoftirqd_main, NULL);
}

u64 softirq_count(enum softirq nr)
{
	return softirqs[nr].count;
}

const char *softirq_name(enum softirq nr)
{
	return softirqs[nr].name;
}
