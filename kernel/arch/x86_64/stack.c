/*
 * Stacks of tasks: each lies at the top of a slot of the stack area whose rest stays unmapped, so
 * that an overflow faults at once. The pages behind it need not be contiguous. Some stacks that are
 * free stay mapped, for the next task: to unmap a page costs translations of others (tlb.c).
 */
#include "stack.h"

#include "kernel/arch.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "memory.h"
#include "paging.h"
#include "start.h"

#define SLOT_SIZE (64 * 1024UL)
#define SLOTS 4096

#define SPARES 8

static u64 slot_used[SLOTS / 64];

/* Free stacks that are still mapped. Guarded by irq_save. */
static struct {
	u64 start, size;
} spare[SPARES];
static u32 nr_spare;

static int slot_alloc(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(slot_used); i++) {
		u64 unused = ~slot_used[i];

		if (!unused)
			continue;
		slot_used[i] |= unused & -unused;
		return i * 64 + __builtin_ctzll(unused);
	}
	return -1;
}

static void slot_free(u64 addr)
{
	u64 slot = (addr - STACK_AREA) / SLOT_SIZE;

	slot_used[slot / 64] &= ~(1UL << slot % 64);
}

static void stack_unmap(u64 start, u64 end)
{
	for (u64 virt = start; virt < end; virt += PAGE_SIZE)
		free_pages(arch_phys_to_virt(paging_unmap_page(virt)), 0);
}

static bool stack_map(u64 start, u64 end)
{
	for (u64 virt = start; virt < end; virt += PAGE_SIZE) {
		void *page = memory_page();

		if (page && paging_map_page(virt, arch_virt_to_phys(page)))
			continue;
		if (page)
			free_pages(page, 0);
		stack_unmap(start, virt);
		return false;
	}
	return true;
}

static void *spare_take(size_t size)
{
	unsigned long flags = irq_save();
	void *stack = NULL;

	for (u32 i = 0; i < nr_spare; i++) {
		if (spare[i].size != size)
			continue;
		stack = (void *)spare[i].start;
		spare[i] = spare[--nr_spare];
		break;
	}
	irq_restore(flags);
	return stack;
}

static bool spare_put(u64 start, size_t size)
{
	unsigned long flags = irq_save();
	bool room = nr_spare < SPARES;

	if (room) {
		spare[nr_spare].start = start;
		spare[nr_spare++].size = size;
	}
	irq_restore(flags);
	return room;
}

void *arch_stack_alloc(size_t size)
{
	u64 end, start;
	void *stack;
	int slot;

	size = ALIGN_UP(size, PAGE_SIZE);
	stack = spare_take(size);
	if (stack)
		return stack;
	if (!size || size > SLOT_SIZE - PAGE_SIZE)
		return NULL;
	slot = slot_alloc();
	if (slot < 0)
		return NULL;
	end = STACK_AREA + (slot + 1) * SLOT_SIZE;
	start = end - size;
	if (!stack_map(start, end)) {
		slot_free(start);
		return NULL;
	}
	return (void *)start;
}

void arch_stack_free(void *stack, size_t size)
{
	u64 start = (u64)stack;

	size = ALIGN_UP(size, PAGE_SIZE);
	if (spare_put(start, size))
		return;
	stack_unmap(start, start + size);
	slot_free(start);
}

bool stack_is_guard(u64 addr)
{
	if (addr >= (u64)boot_stack_guard && addr < (u64)boot_stack)
		return true;
	return addr >= STACK_AREA && addr < STACK_AREA + SLOTS * SLOT_SIZE && !paging_mapped(addr);
}
