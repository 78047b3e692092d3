/*
 * Physical memory as lists of ranges: what is RAM, and what of it is free. Early page tables are
 * taken from the free list; the rest goes to the page allocator. Nothing here maps anything: see
 * paging.c.
 */
#include "memory.h"

#include <string.h>

#include "kernel/arch.h"
#include "kernel/mm.h"
#include "start.h"

#define RANGES_MAX 64
#define MEMORY_MIN (12ULL << 20)
#define LOW_MEMORY_END 0x100000ULL
#define BOOT_MAPPED_END (4ULL << 30)

struct range {
	u64 start, end;
};

struct range_list {
	int n;
	struct range r[RANGES_MAX]; /* a list that is full forgets memory, and that is all */
};

static struct range_list ram, denied, reserved, unused;
static bool handed_over; /* to the page allocator */

/* Takes [@start, @end) out of every range that it touches. */
static void range_remove(struct range_list *list, u64 start, u64 end)
{
	for (int i = list->n; i-- > 0;) {
		struct range old = list->r[i];

		if (old.end <= start || end <= old.start)
			continue;
		list->r[i] = list->r[--list->n];
		if (old.start < start && list->n < RANGES_MAX)
			list->r[list->n++] = (struct range){ old.start, start };
		if (end < old.end && list->n < RANGES_MAX)
			list->r[list->n++] = (struct range){ end, old.end };
	}
}

/* Adds [@start, @end), no byte of it twice. */
static void range_add(struct range_list *list, u64 start, u64 end)
{
	if (start >= end)
		return;
	range_remove(list, start, end);
	if (list->n < RANGES_MAX)
		list->r[list->n++] = (struct range){ start, end };
}

static void range_add_outward(struct range_list *list, u64 start, u64 len)
{
	u64 end = start + min(len, UINT64_MAX - PAGE_SIZE - start);

	range_add(list, ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE));
}

void memory_add(u64 start, u64 len, u32 type)
{
	u64 end = start + min(len, UINT64_MAX - PAGE_SIZE - start);

	if (type == MEMORY_USABLE)
		range_add(&ram, ALIGN_UP(start, PAGE_SIZE), ALIGN_DOWN(end, PAGE_SIZE));
	else
		range_add_outward(&denied, start, len);
}

void memory_reserve(u64 start, u64 len)
{
	range_add_outward(&reserved, start, len);
}

static void range_remove_all(struct range_list *list, const struct range_list *what)
{
	for (int i = 0; i < what->n; i++)
		range_remove(list, what->r[i].start, what->r[i].end);
}

static u64 range_total(const struct range_list *list)
{
	u64 sum = 0;

	for (int i = 0; i < list->n; i++)
		sum += list->r[i].end - list->r[i].start;
	return sum;
}

void memory_init(void)
{
	range_remove(&ram, 0, PAGE_SIZE);
	range_remove_all(&ram, &denied);
	if (range_total(&ram) < MEMORY_MIN)
		boot_fail("too little memory: 16 MiB are needed");
	unused = ram;
	range_remove_all(&unused, &reserved);
	range_remove(&unused, arch_virt_to_phys(__image_start),
		     arch_virt_to_phys(__boot_tables_end));
}

void memory_free_boot_tables(void)
{
	range_add(&unused, arch_virt_to_phys(__image_end), arch_virt_to_phys(__boot_tables_end));
}

bool memory_ram_range(int n, u64 *start, u64 *end)
{
	if (n >= ram.n)
		return false;
	*start = ram.r[n].start;
	*end = ram.r[n].end;
	return true;
}

/* From the bottom of a range above the first MiB that the boot tables map. */
static void *early_page(void)
{
	for (int i = 0; i < unused.n; i++) {
		struct range *r = &unused.r[i];

		if (r->start >= LOW_MEMORY_END && r->start < BOOT_MAPPED_END && r->start < r->end) {
			r->start += PAGE_SIZE;
			return arch_phys_to_virt(r->start - PAGE_SIZE);
		}
	}
	return NULL;
}

void *memory_page(void)
{
	void *page = handed_over ? alloc_pages(0) : early_page();

	if (page)
		memset(page, 0, PAGE_SIZE);
	return page;
}

bool arch_memory_range(int n, u64 *start, u64 *len)
{
	handed_over = true;
	if (n < 0 || n >= unused.n)
		return false;
	*start = unused.r[n].start;
	*len = unused.r[n].end - unused.r[n].start;
	return true;
}
