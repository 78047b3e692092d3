/*
 * Stacks of tasks: each lies at the top of a slot of the stack area whose rest stays unmapped, so
 * that an overflow faults at once. The pages behind it need not be contiguous.
 */
#include "stack.h"

#include "kernel/arch.h"
#include "kernel/mm.h"
#include "memory.h"
#include "paging.h"
#include "start.h"

#define SLOT_SIZE (64 * 1024UL)
#define SLOTS 4096

static u64 slot_used[SLOTS / 64];

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

void *arch_stack_alloc(size_t size)
{
	u64 end, start;
	int slot;

	size = ALIGN_UP(size, PAGE_SIZE);
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

	stack_unmap(start, start + ALIGN_UP(size, PAGE_SIZE));
	slot_free(start);
}

bool stack_is_guard(u64 addr)
{
	if (addr >= (u64)boot_stack_guard && addr < (u64)boot_stack)
		return true;
	return addr >= STACK_AREA && addr < STACK_AREA + SLOTS * SLOT_SIZE && !paging_mapped(addr);
}
