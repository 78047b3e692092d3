/*
 * Room for translations. QEMU's emulator (TCG) translates the guest's addresses through a table of
 * its own, of 256 pages at first: what packets pass through is more, so that at each page of each
 * packet the page tables are walked, which costs as much as to copy 500 bytes. The table grows only
 * when it is emptied - by a write to CR3 - and was full then; with one set of page tables nobody
 * ever writes there. So we do, at the end of the boot, each time after as many pages have been
 * looked at as the table has room for. It shrinks the same way, which is why stack.c unmaps little.
 */
#include "cpu_x86.h"
#include "kernel/arch.h"
#include "kernel/mm.h"
#include "memory.h"
#include "start.h"

#define PAGES_FIRST 64
#define PAGES_MAX 16384 /* the table then has twice as many: 128 MiB */

/* "TCGTCGTCGTCG" */
static bool is_emulated(void)
{
	struct cpuid c = cpuid_or_zero(0x40000000);

	return c.ebx == 0x54474354 && c.ecx == 0x43544743 && c.edx == 0x47435447;
}

/* The largest range of RAM behind the image, in pages. */
static u64 largest_range(const u8 **from)
{
	u64 start, end, pages = 0;

	for (int i = 0; memory_ram_range(i, &start, &end); i++) {
		start = max(start, arch_virt_to_phys(__image_end));
		if (start >= end || (end - start) / PAGE_SIZE <= pages)
			continue;
		pages = (end - start) / PAGE_SIZE;
		*from = arch_phys_to_virt(start);
	}
	return pages;
}

void arch_memory_warm(void)
{
	const u8 *from = NULL;
	u64 there = is_emulated() ? largest_range(&from) : 0;

	for (u64 pages = PAGES_FIRST; pages <= min(there, (u64)PAGES_MAX); pages *= 2) {
		for (u64 i = 0; i < pages; i++)
			(void)READ_ONCE(from[i * PAGE_SIZE]);
		write_cr3(read_cr3());
	}
}
