/*
 * The machine that a Linux process makes: memory, contexts, clock, interrupts. With a clock that
 * somebody else moves (skbox.h) nothing here depends on the world outside: no descriptor is looked
 * at, and time stands still until it is moved.
 */
#include "kernel/arch.h"

#include "kernel/arch/host/library.h"
#include "kernel/cmdline.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/timer.h"

#define DEFAULT_RAM (64UL << 20)
#define STACK_FACTOR 8	     /* the sanitizer's frames are that much larger */
#define WINDOW_EVERY 64	     /* chances, before the cycle counter is read */
#define WINDOW_CYCLES 200000 /* some 0.1 ms, before the descriptors are looked at */

bool host_irq_flag;
int host_window_countdown = WINDOW_EVERY;

static u64 timer_deadline = UINT64_MAX;
static u64 last_look; /* cycles */

/* ---- memory ---- */

bool arch_memory_range(int n, u64 *start, u64 *len)
{
	static void *ram;
	static size_t size;

	if (n != 0)
		return false;
	if (!ram) {
		size = cmdline_size("mem", DEFAULT_RAM);
		ram = host_ram_alloc(size);
	}
	*start = (u64)ram;
	*len = ram ? size : 0;
	return ram != NULL;
}

bool arch_boot_module(int n, const void **data, size_t *len)
{
	const char *path = host_option_initrd();
	int err;

	if (n != 0 || !path)
		return false;
	*data = host_file_map(path, len, &err);
	if (!*data)
		panic("the initrd %s cannot be read: error %d", path, -err);
	return true;
}

void arch_memory_warm(void)
{
}

void *arch_stack_alloc(size_t size)
{
	return host_stack_alloc(size * STACK_FACTOR);
}

void arch_stack_free(void *stack, size_t size)
{
	host_stack_free(stack, size * STACK_FACTOR);
}

/* ---- contexts ---- */

void arch_context_init(struct arch_context *ctx, void *stack, size_t size, void (*fn)(void *),
		       void *arg)
{
	host_fiber_init(&ctx->fiber, stack, size * STACK_FACTOR, fn, arg);
}

void arch_context_switch(struct arch_context *prev, struct arch_context *next)
{
	host_fiber_switch(&prev->fiber, &next->fiber);
}

/* ---- time ---- */

u64 arch_clock_ns(void)
{
	static u64 boot;

	if (library.on)
		return library.now;
	if (!boot)
		boot = host_clock_ns() - 1;
	return host_clock_ns() - boot;
}

u64 arch_rtc_seconds(void)
{
	return library.on ? LIBRARY_RTC_SECONDS : host_realtime_s();
}

u64 arch_cycles(void)
{
	return library.on ? library.now : host_cycles();
}

bool arch_random_seed(u64 *seed)
{
	return host_random(seed);
}

void arch_timer_arm(u64 deadline)
{
	timer_deadline = deadline;
}

u64 machine_timer_deadline(void)
{
	return timer_deadline;
}

void machine_timer_fire(void)
{
	timer_deadline = UINT64_MAX;
	irq_enter();
	timer_interrupt();
	irq_exit();
}

/* ---- interrupts ---- */

void arch_irq_unmask(int irq)
{
	host_irq_enable(irq, true);
}

void arch_irq_mask(int irq)
{
	host_irq_enable(irq, false);
}

/* A descriptor that is still readable is a line that is still up: nothing to tell anybody. */
void arch_irq_end(int irq)
{
}

bool arch_irq_spurious(int irq)
{
	return false;
}

/* All that have come are one top half, so that no other task runs before the last of them is
 * served. */
static void take_interrupts(u64 raised)
{
	irq_enter();
	while (raised) {
		int irq = __builtin_ctzll(raised);

		raised &= raised - 1;
		irq_dispatch(irq);
	}
	if (arch_clock_ns() >= timer_deadline)
		machine_timer_fire();
	irq_exit();
}

void host_irq_window(void)
{
	u64 now;

	host_window_countdown = WINDOW_EVERY;
	if (library.on || in_irq())
		return;
	now = host_cycles();
	if (now - last_look < WINDOW_CYCLES)
		return;
	last_look = now;
	host_irq_flag = false;
	take_interrupts(host_poll(0));
	host_irq_flag = true;
}

/* Called by libc after each syscall. */
void host_syscall_window(void)
{
	if (unlikely(--host_window_countdown <= 0))
		host_irq_window();
}

/* The deadline on Linux's clock, of which ours is a later start. */
static u64 host_deadline(void)
{
	return timer_deadline == UINT64_MAX ? UINT64_MAX :
					      timer_deadline + host_clock_ns() - arch_clock_ns();
}

void arch_idle(void)
{
	if (library.on)
		panic("the library would have to wait");
	take_interrupts(host_poll(host_deadline()));
	host_irq_flag = true;
}

/* ---- the end ---- */

void arch_backtrace(void)
{
	host_backtrace();
}

void arch_poweroff(void)
{
	host_exit(0);
}

void arch_reset(void)
{
	host_exit(1);
}

/* What a debugger or a fuzzer waits for. */
void arch_halt(void)
{
	host_abort();
}
