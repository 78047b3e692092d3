/*
 * What the kernel wants from a machine. Two exist: x86_64 (bare metal) and host (an ordinary Linux
 * process). The inline part - interrupt flag, context, cycle counter - is <machine.h> of the
 * machine's own folder.
 */
#pragma once

#include <machine.h>

#include "kernel/types.h"

struct task;

/* From <machine.h>:
 *   unsigned long arch_irq_save(void); void arch_irq_restore(unsigned long);
 *   void arch_irq_enable(void); void arch_irq_disable(void); bool arch_irqs_enabled(void);
 *   struct arch_context
 *   void arch_poison(const void *, size_t); void arch_unpoison(const void *, size_t): memory that
 *     may not, that may be touched, for a sanitizer
 *   ARCH_REDZONE: bytes to leave between two objects of a slab
 *   void *arch_phys_to_virt(u64); u64 arch_virt_to_phys(const void *): the direct map
 */

/* The @n'th range of usable RAM (physical), free of the image, boot modules and firmware. False
 * past the end. Boot only. */
bool arch_memory_range(int n, u64 *start, u64 *len);
/* Boot module @n (initrd): its bytes stay mapped and reserved. False past the end. */
bool arch_boot_module(int n, const void **data, size_t *len);
/* The first module is the tar that is built into the image. */
const void *arch_builtin_root(size_t *len);

/* Makes @ctx start @fn(@arg) on the stack [@stack, @stack + @size) at its first switch. */
void arch_context_init(struct arch_context *ctx, void *stack, size_t size, void (*fn)(void *),
		       void *arg);
/* Leaves @prev, continues @next. Interrupts off. */
void arch_context_switch(struct arch_context *prev, struct arch_context *next);
/* The boot is over: makes access to memory as fast as this machine lets it be. Idle task. */
void arch_memory_warm(void);
/* A stack with an unmapped page below it; NULL without memory. Task. */
void *arch_stack_alloc(size_t size);
void arch_stack_free(void *stack, size_t size);

/* Nanoseconds on a clock that never goes back, from about boot. Any context. */
u64 arch_clock_ns(void);
/* Seconds since 1970 from the battery clock. */
u64 arch_rtc_seconds(void);
/* Asks for a timer_interrupt() at @deadline (ns) or soon after; UINT64_MAX: none needed. Replaces
 * the request before. */
void arch_timer_arm(u64 deadline);
/* With interrupts off: sleeps until an interrupt is pending and takes it; returns with interrupts
 * on. */
void arch_idle(void);
/* Up to 8 bytes that an attacker cannot know; false if the machine has no such source. */
bool arch_random_seed(u64 *seed);
/* A counter that moves fast, for entropy and for tracing. */
u64 arch_cycles(void);

/* Unmasks and masks line @irq at the interrupt controller. */
void arch_irq_unmask(int irq);
void arch_irq_mask(int irq);
/* Tells it that the handlers of line @irq are done: the line may interrupt again. Hardirq. */
void arch_irq_end(int irq);
/* Of an interrupt that no handler wanted: had no device asked for it at all? Hardirq, before
 * arch_irq_end. */
bool arch_irq_spurious(int irq);

/* Console output, polled; works from the first instruction on. '\n' becomes CR LF. */
void arch_console_write(const char *s, size_t len);
/* Sets up console input: from now on tty_input(c) is called in hardirq context for every byte. */
void arch_console_init(void);

/* Prints where we are, for panic. */
void arch_backtrace(void);
void arch_poweroff(void) __noreturn;
void arch_reset(void) __noreturn;
void arch_halt(void) __noreturn;
