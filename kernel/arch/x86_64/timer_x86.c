/*
 * The one-shot clock interrupt. Programming the device is the dear part (it leaves the guest under
 * a hypervisor), so it is only done when an earlier interrupt than the armed one is wanted; one
 * that comes too early arms itself again for what is still wanted.
 */
#include "timer_x86.h"

#include "clock.h"
#include "cpu_x86.h"
#include "kernel/arch.h"
#include "kernel/irq.h"
#include "kernel/timer.h"
#include "lapic.h"
#include "refclock.h"
#include "trap.h"

#define NEVER UINT64_MAX
#define LONGEST_SLEEP (30 * NSEC_PER_SEC)

static u64 wanted = NEVER; /* what arch_timer_arm asked for last */
static u64 armed = NEVER;  /* what the device is set to */
static u64 longest_sleep;
static u64 lapic_mult; /* its ticks per ns, times 2^32 */
static bool by_lapic;

static void start_deadline(u64 deadline, u64 now)
{
	wrmsr(MSR_TSC_DEADLINE, clock_tsc_at(deadline) + 1);
}

static void start_lapic(u64 deadline, u64 now)
{
	u64 count = mul_shift32(deadline - now, lapic_mult) + 1;

	lapic_timer_start(min(count, (u64)UINT32_MAX));
}

static void start_pit(u64 deadline, u64 now)
{
	u64 count = (deadline - now) * PIT_HZ / NSEC_PER_SEC + 1;

	pit_start(min(count, 0xffffUL));
}

static void (*start)(u64 deadline, u64 now) = start_pit;

/* Interrupts off. */
static void timer_start(void)
{
	u64 now = arch_clock_ns();
	u64 deadline = max(wanted, now);

	if (deadline - now > longest_sleep)
		deadline = now + longest_sleep;
	armed = deadline;
	start(deadline, now);
}

void arch_timer_arm(u64 deadline)
{
	unsigned long flags;

	WRITE_ONCE(wanted, deadline);
	if (deadline >= READ_ONCE(armed))
		return;
	flags = arch_irq_save();
	if (wanted < armed)
		timer_start();
	arch_irq_restore(flags);
}

static void set_lapic_rate(void)
{
	lapic_mult = (clock_lapic_hz() << 32) / NSEC_PER_SEC;
}

void timer_irq(void)
{
	u64 now = arch_clock_ns();

	if (by_lapic)
		lapic_eoi();
	if (clock_refine(now))
		set_lapic_rate();
	armed = NEVER;
	if (wanted <= now)
		wanted = NEVER;
	irq_enter();
	timer_interrupt();
	if (armed == NEVER && (wanted != NEVER || longest_sleep < LONGEST_SLEEP))
		timer_start();
	irq_exit();
}

void timer_init_hw(void)
{
	longest_sleep = min(LONGEST_SLEEP, clock_max_sleep());
	if (cpu_has_tsc() && lapic_has_deadline()) {
		by_lapic = true;
		lapic_timer_setup(true);
		start = start_deadline;
	} else if (clock_lapic_hz()) {
		by_lapic = true;
		lapic_timer_setup(false);
		set_lapic_rate();
		start = start_lapic;
	} else {
		traps_timer_on_line0();
		arch_irq_unmask(0);
	}
	if (longest_sleep < LONGEST_SLEEP)
		timer_start();
}
