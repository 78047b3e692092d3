/*
 * The inline part of the machine's interface (kernel/arch.h): x86-64.
 */
#pragma once

#include "kernel/types.h"

#define X86_EFLAGS_IF 0x200UL

/* All RAM is mapped here; the image has a second mapping of its own, 2 GiB below the top. */
#define ARCH_DIRECT_MAP 0xffff800000000000UL
#define ARCH_IMAGE_BASE 0xffffffff80000000UL

static inline void *arch_phys_to_virt(u64 phys)
{
	return (void *)(phys + ARCH_DIRECT_MAP);
}

/* For addresses in the direct map or in the image; not for stacks, which are mapped page by page.
 */
static inline u64 arch_virt_to_phys(const void *addr)
{
	u64 virt = (u64)addr;

	return virt >= ARCH_IMAGE_BASE ? virt - ARCH_IMAGE_BASE : virt - ARCH_DIRECT_MAP;
}
#define ARCH_REDZONE 0UL /* bytes between two objects of a slab */

/* What a context switch keeps on the stack it leaves; only the stack pointer is kept here. */
struct arch_context {
	u64 rsp;
};

static inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

/* By popf, not sti: after that an emulator stops twice, for the next instruction is not to be
 * interrupted yet. */
static inline void arch_irq_restore(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF)
		__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

static inline bool arch_irqs_enabled(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags & X86_EFLAGS_IF;
}

/* No sanitizer here. */
static inline void arch_poison(const void *addr, size_t size)
{
}

static inline void arch_unpoison(const void *addr, size_t size)
{
}
