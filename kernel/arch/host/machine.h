/*
 * The inline part of the machine's interface (kernel/arch.h): a Linux process. "Interrupts" are ready file descriptors that are looked
 * at when the kernel idles or a syscall ends, so the interrupt flag is only a variable.
 */
#pragma once

#include "hostio.h"
#include "kernel/types.h"

#define ARCH_REDZONE 16UL	/* bytes between two objects of a slab, for the sanitizer to watch */

struct arch_context {
	void *fiber;		/* host_fiber.c's */
};

extern bool host_irq_flag;

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
