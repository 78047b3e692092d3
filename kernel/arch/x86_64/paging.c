/*
 * Four-level page tables (Intel SDM vol. 3, §4.5): made once, with the largest pages that fit;
 * afterwards only stacks, modules and devices come and go. Nothing is both writable and executable;
 * where the image is, the direct map grants no more than the image's own mapping does.
 */
#include "paging.h"

#include "cpu_x86.h"
#include "io.h"
#include "kernel/arch.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "memory.h"
#include "start.h"

#define PTE_P 0x1UL
#define PTE_W 0x2UL
#define PTE_PWT 0x8UL
#define PTE_PCD 0x10UL
#define PTE_PS 0x80UL /* in a directory: a large page instead of a table */
#define PTE_G 0x100UL
#define PTE_NX (1UL << 63)
#define PTE_ADDR 0x000ffffffffff000UL

#define ENTRIES 512
#define LEVEL_SHIFT(level) (12 + 9 * ((level)-1))
#define LEVEL_SIZE(level) (1UL << LEVEL_SHIFT(level))

static u64 *pml4;
static u64 nx;		  /* PTE_NX if the CPU has it */
static int max_level = 2; /* of a large page in the direct map: 2 MiB, or 3: 1 GiB */
static u64 mmio_next = MMIO_AREA;

/* The entry for @virt at @level (1: 4 KiB), with the tables above it; NULL without memory. */
static u64 *paging_entry(u64 virt, int level)
{
	u64 *table = pml4;

	for (int l = 4;; l--) {
		u64 *entry = &table[virt >> LEVEL_SHIFT(l) & (ENTRIES - 1)];
		void *page;

		if (l == level)
			return entry;
		if (!(*entry & PTE_P)) {
			page = memory_page();
			if (!page)
				return NULL;
			*entry = arch_virt_to_phys(page) | PTE_P | PTE_W;
		}
		table = arch_phys_to_virt(*entry & PTE_ADDR);
	}
}

/* The entry that decides about @virt: a page of any size, or the first table that is missing. */
static u64 *paging_lookup(u64 virt, int *level)
{
	u64 *table = pml4;

	for (int l = 4;; l--) {
		u64 *entry = &table[virt >> LEVEL_SHIFT(l) & (ENTRIES - 1)];

		if (l == 1 || !(*entry & PTE_P) || (*entry & PTE_PS)) {
			*level = l;
			return entry;
		}
		table = arch_phys_to_virt(*entry & PTE_ADDR);
	}
}

static int largest_level(u64 addresses, u64 len, int limit)
{
	int level = limit;

	while (level > 1 && ((addresses & (LEVEL_SIZE(level) - 1)) || len < LEVEL_SIZE(level)))
		level--;
	return level;
}

/* Maps whole pages, with pages of level @limit at most. */
static bool paging_map(u64 virt, u64 phys, u64 len, u64 flags, int limit)
{
	while (len) {
		int level = largest_level(virt | phys, len, limit);
		u64 size = LEVEL_SIZE(level);
		u64 *entry = paging_entry(virt, level);

		if (!entry)
			return false;
		*entry = phys | flags | PTE_P | PTE_G | (level > 1 ? PTE_PS : 0);
		virt += size;
		phys += size;
		len -= size;
	}
	return true;
}

static void map_boot(u64 virt, u64 phys, u64 len, u64 flags)
{
	if (!paging_map(virt, phys, len, flags, max_level))
		boot_fail("too little memory for page tables");
}

/* Both mappings of [@from, @to) of the image. */
static void map_image(const u8 *from, const u8 *to, u64 flags)
{
	u64 phys = arch_virt_to_phys(from);
	u64 len = ALIGN_UP((u64)(to - from), PAGE_SIZE);

	map_boot((u64)from, phys, len, flags);
	map_boot(ARCH_DIRECT_MAP + phys, phys, len, flags | nx);
}

static void map_ram(u64 start, u64 end)
{
	if (start < end)
		map_boot(ARCH_DIRECT_MAP + start, start, end - start, PTE_W | nx);
}

/* RAM goes into the direct map around the image, whose pages have rights of their own. */
static void map_direct(void)
{
	u64 image_start = arch_virt_to_phys(__image_start);
	u64 image_end = arch_virt_to_phys(__image_end);
	u64 start, end;

	for (int i = 0; memory_ram_range(i, &start, &end); i++) {
		map_ram(start, min(end, image_start));
		map_ram(max(start, image_end), end);
	}
}

static void detect_features(void)
{
	u32 edx = cpuid_or_zero(0x80000001).edx;

	if (edx & 1 << 20) {
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
		nx = PTE_NX;
	}
	if (edx & 1 << 26)
		max_level = 3;
}

void paging_init(void)
{
	detect_features();
	pml4 = memory_page();
	if (!pml4)
		boot_fail("too little memory for page tables");
	map_direct();
	map_image(__image_start, __text_end, 0);
	map_image(__rodata_start, __rodata_end, nx);
	map_image(__data_start, boot_stack_guard, PTE_W | nx);
	map_image(boot_stack, boot_stack_top, PTE_W | nx);
	write_cr3(arch_virt_to_phys(pml4));
	memory_free_boot_tables();
}

bool paging_map_page(u64 virt, u64 phys)
{
	return paging_map(virt, phys, PAGE_SIZE, PTE_W | nx, 1);
}

void paging_protect_page(u64 virt, bool exec)
{
	int level;
	u64 *entry = paging_lookup(virt, &level);

	BUG_ON(level != 1 || !(*entry & PTE_P));
	*entry &= ~(PTE_W | (exec ? PTE_NX : 0));
	invlpg(virt);
}

u64 paging_unmap_page(u64 virt)
{
	int level;
	u64 *entry = paging_lookup(virt, &level);
	u64 phys = *entry & PTE_ADDR;

	if (level != 1 || !(*entry & PTE_P))
		return 0;
	*entry = 0;
	invlpg(virt);
	return phys;
}

bool paging_mapped(u64 virt)
{
	u64 top = virt >> 47;
	int level;

	return pml4 && (top == 0 || top == 0x1ffff) && (*paging_lookup(virt, &level) & PTE_P);
}

void *arch_ioremap(u64 phys, size_t len)
{
	u64 offset = phys & (PAGE_SIZE - 1);
	u64 size = ALIGN_UP(len + offset, PAGE_SIZE);
	u64 virt = mmio_next;

	if (!len || size < len || size > MMIO_AREA_END - virt)
		return NULL;
	if (!paging_map(virt, phys - offset, size, PTE_W | PTE_PWT | PTE_PCD | nx, 1))
		return NULL;
	mmio_next += size;
	return (void *)(virt + offset);
}
