/*
 * Pages: a buddy allocator over the ranges of RAM that the machine reports. Free blocks of 2^n
 * pages hang on a list for each n; a block that is freed merges with its buddy. All that is kept
 * per page is one byte, so the smallest machine keeps its memory; the list nodes lie in the free
 * pages themselves.
 */
#include "kernel/mm_internal.h"

#include <string.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/list.h"
#include "kernel/printk.h"

#define MAX_ORDER 18 /* 1 GiB */
#define NONE UINT64_MAX

/* guarded by irq_save */
static struct list_head free_list[MAX_ORDER + 1];
static u8 *page_state; /* PAGE_* | order, by page number - first_pfn */
static u64 first_pfn, end_pfn;
static u64 total_pages, free_pages_count;

void *phys_to_virt(u64 phys)
{
	return arch_phys_to_virt(phys);
}

static void *pfn_to_virt(u64 pfn)
{
	return phys_to_virt(pfn << PAGE_SHIFT);
}

static u64 virt_to_pfn(const void *addr)
{
	return virt_to_phys(addr) >> PAGE_SHIFT;
}

static u8 *state_of(u64 pfn)
{
	return &page_state[pfn - first_pfn];
}

static bool is_free_block(u64 pfn, unsigned int order)
{
	return pfn >= first_pfn && pfn < end_pfn && *state_of(pfn) == (PAGE_FREE | order);
}

/* A free block is poisoned, its list node excepted. */
static void block_insert(u64 pfn, unsigned int order)
{
	struct list_head *node = pfn_to_virt(pfn);

	arch_poison(node, PAGE_SIZE << order);
	arch_unpoison(node, sizeof(*node));
	list_add(node, &free_list[order]);
	*state_of(pfn) = (u8)(PAGE_FREE | order);
	free_pages_count += 1ULL << order;
}

static void block_remove(u64 pfn, unsigned int order)
{
	list_del(pfn_to_virt(pfn));
	*state_of(pfn) = PAGE_TAIL;
	free_pages_count -= 1ULL << order;
}

/* Frees one block, merged with its buddy as often as that is free as a whole. */
static void block_free(u64 pfn, unsigned int order)
{
	*state_of(pfn) = PAGE_TAIL;
	for (; order < MAX_ORDER; order++) {
		u64 buddy = pfn ^ (1ULL << order);

		if (!is_free_block(buddy, order))
			break;
		block_remove(buddy, order);
		pfn &= ~(1ULL << order);
	}
	block_insert(pfn, order);
}

/* Frees [@pfn, @end) in the largest aligned blocks that fit. */
static void range_free(u64 pfn, u64 end)
{
	while (pfn < end) {
		unsigned int order = (unsigned int)__builtin_ctzll(pfn | 1ULL << MAX_ORDER);

		while (pfn + (1ULL << order) > end)
			order--;
		block_free(pfn, order);
		pfn += 1ULL << order;
	}
}

/* Takes a block of 2^@order pages off the lists, splitting a larger one where needed. */
static u64 block_alloc(unsigned int order)
{
	unsigned int have = order;
	u64 pfn;

	while (have <= MAX_ORDER && list_empty(&free_list[have]))
		have++;
	if (have > MAX_ORDER)
		return NONE;
	pfn = virt_to_pfn(free_list[have].next);
	block_remove(pfn, have);
	while (have > order) {
		have--;
		block_insert(pfn + (1ULL << have), have);
	}
	return pfn;
}

static void check_context(void)
{
	if (in_irq() || in_softirq())
		panic("the page allocator is called from an interrupt or a bottom half");
}

void *alloc_pages(unsigned int order)
{
	unsigned long flags;
	void *addr = NULL;
	u64 pfn;

	check_context();
	flags = irq_save();
	pfn = order <= MAX_ORDER ? block_alloc(order) : NONE;
	if (pfn != NONE) {
		*state_of(pfn) = (u8)(PAGE_USED | order);
		addr = pfn_to_virt(pfn);
		arch_unpoison(addr, PAGE_SIZE << order);
	}
	irq_restore(flags);
	return addr;
}

static void check_state(const void *addr, u64 pfn, u8 wanted)
{
	if (pfn < first_pfn || pfn >= end_pfn || !IS_PAGE_ALIGNED(addr) || *state_of(pfn) != wanted)
		panic("%p is freed as pages but was not allocated so, or is free already", addr);
}

void free_pages(void *addr, unsigned int order)
{
	unsigned long flags = irq_save();
	u64 pfn = virt_to_pfn(addr);

	check_state(addr, pfn, (u8)(PAGE_USED | order));
	block_free(pfn, order);
	irq_restore(flags);
}

static unsigned int order_for(size_t pages)
{
	unsigned int order = 0;

	while ((1ULL << order) < pages)
		order++;
	return order;
}

void *alloc_page_run(size_t pages)
{
	unsigned long flags;
	unsigned int order;
	void *addr;
	u64 pfn;

	if (pages == 0 || pages > end_pfn - first_pfn)
		return NULL;
	order = order_for(pages);
	addr = alloc_pages(order);
	if (!addr)
		return NULL;
	flags = irq_save();
	pfn = virt_to_pfn(addr);
	*state_of(pfn) = PAGE_RUN;
	range_free(pfn + pages, pfn + (1ULL << order));
	irq_restore(flags);
	return addr;
}

void free_page_run(void *addr, size_t pages)
{
	unsigned long flags = irq_save();
	u64 pfn = virt_to_pfn(addr);

	check_state(addr, pfn, PAGE_RUN);
	range_free(pfn, pfn + pages);
	irq_restore(flags);
}

void page_set_slab(void *addr, unsigned int order, bool slab)
{
	u64 pfn = virt_to_pfn(addr);

	memset(state_of(pfn), slab ? (int)(PAGE_SLAB | order) : PAGE_TAIL, 1UL << order);
	if (!slab)
		*state_of(pfn) = (u8)(PAGE_USED | order);
}

u8 page_state_of(const void *addr)
{
	u64 pfn = virt_to_pfn(addr);

	return pfn >= first_pfn && pfn < end_pfn ? *state_of(pfn) : PAGE_TAIL;
}

/* The first run of at least @pages that lies within adjacent free blocks. */
static u64 find_run(size_t pages)
{
	u64 start = first_pfn;
	u64 pfn = first_pfn;

	while (pfn < end_pfn) {
		u8 state = *state_of(pfn);

		if ((state & PAGE_KIND) != PAGE_FREE) {
			start = ++pfn;
			continue;
		}
		pfn += 1ULL << (state & PAGE_ORDER);
		if (pfn - start >= pages)
			return start;
	}
	return NONE;
}

/* Blocks of any order side by side make it, so that a pool may take more than half of a small
 * machine's memory. */
void *alloc_boot(size_t size)
{
	size_t pages = ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE;
	unsigned long flags = irq_save();
	u64 start = pages ? find_run(pages) : NONE;
	void *addr = NULL;
	u64 pfn = start;

	if (start != NONE) {
		while (pfn < start + pages) {
			unsigned int order = *state_of(pfn) & PAGE_ORDER;

			block_remove(pfn, order);
			pfn += 1ULL << order;
		}
		range_free(start + pages, pfn);
		*state_of(start) = PAGE_RUN;
		addr = pfn_to_virt(start);
		arch_unpoison(addr, pages << PAGE_SHIFT);
	}
	irq_restore(flags);
	return addr;
}

void page_info(u64 *total, u64 *free)
{
	*total = total_pages << PAGE_SHIFT;
	*free = free_pages_count << PAGE_SHIFT;
}

/* Usable whole pages of range @n. */
static bool range_pages(int n, u64 *start, u64 *end)
{
	u64 addr, len;

	if (!arch_memory_range(n, &addr, &len))
		return false;
	*start = ALIGN_UP(addr, (u64)PAGE_SIZE) >> PAGE_SHIFT;
	*end = max((addr + len) >> PAGE_SHIFT, *start);
	return true;
}

/* Finds the span of RAM and sets the page states aside at the beginning of the largest range, whose
 * number it returns. */
static int place_states(u64 *reserved)
{
	u64 start, end, largest = 0, place = 0;
	int where = 0;

	first_pfn = NONE;
	for (int n = 0; range_pages(n, &start, &end); n++) {
		first_pfn = min(first_pfn, start);
		end_pfn = max(end_pfn, end);
		if (end - start > largest) {
			largest = end - start;
			place = start;
			where = n;
		}
	}
	*reserved = ALIGN_UP(end_pfn - first_pfn, (u64)PAGE_SIZE) >> PAGE_SHIFT;
	if (largest <= *reserved)
		panic("no memory: the largest range has %llu pages", (unsigned long long)largest);
	page_state = pfn_to_virt(place);
	memset(page_state, PAGE_TAIL, end_pfn - first_pfn);
	return where;
}

void mm_init(void)
{
	u64 start, end, reserved;
	int where;

	for (int order = 0; order <= MAX_ORDER; order++)
		list_init(&free_list[order]);
	where = place_states(&reserved);
	for (int n = 0; range_pages(n, &start, &end); n++) {
		total_pages += end - start;
		range_free(n == where ? start + reserved : start, end);
	}
	slab_init();
}
