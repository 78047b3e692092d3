/*
 * The inline part of the machine's interface (kernel/arch.h): a Linux process. "Interrupts" are
 * ready file descriptors and the clock. They are looked at when the kernel idles, and now and then
 * where interrupts are turned on again or a syscall has ended; so the interrupt flag is a plain
 * variable, and everything runs in one thread.
 */
#pragma once

#include "hostio.h"
#include "kernel/types.h"

#define ARCH_REDZONE 16UL /* bytes between two objects of a slab, for the sanitizer to watch */

struct arch_context {
	struct host_fiber fiber;
};

extern bool host_irq_flag;
extern int host_window_countdown;

/* Takes the interrupts that have come, if it is time to look. Interrupts on. */
void host_irq_window(void);
void host_syscall_window(void);

/* Nobody else reads our memory: an address is its own physical address. */
static inline void *arch_phys_to_virt(u64 phys)
{
	return (void *)phys;
}

static inline u64 arch_virt_to_phys(const void *addr)
{
	return (u64)addr;
}

static inline void arch_irq_enable(void)
{
	host_irq_flag = true;
}

static inline void arch_irq_disable(void)
{
	host_irq_flag = false;
}

static inline unsigned long arch_irq_save(void)
{
	bool was = host_irq_flag;

	host_irq_flag = false;
	return was;
}

static inline void arch_irq_restore(unsigned long flags)
{
	host_irq_flag = flags;
	if (flags && unlikely(--host_window_countdown <= 0))
		host_irq_window();
}

static inline bool arch_irqs_enabled(void)
{
	return host_irq_flag;
}

static inline void arch_poison(const void *addr, size_t size)
{
	host_poison(addr, size);
}

static inline void arch_unpoison(const void *addr, size_t size)
{
	host_unpoison(addr, size);
}
