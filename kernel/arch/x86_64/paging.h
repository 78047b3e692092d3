/*
 * The kernel's page tables. Layout of the upper half:
 *   0xffff800000000000  all RAM (direct map), never executable
 *   0xffffffff80000000  the image: text R-X, rodata R--, data RW-
 *   0xffffffffa0000000  modules (module_memory.c), within reach of the image's code
 *   0xffffffffc0000000  task stacks (stack.c), each above an unmapped page
 *   0xffffffffe0000000  devices (arch_ioremap in io.h), uncached
 * The lower half, and so the null page, is not mapped.
 */
#pragma once

#include "kernel/types.h"

#define MODULE_AREA 0xffffffffa0000000UL
#define STACK_AREA 0xffffffffc0000000UL
#define MMIO_AREA 0xffffffffe0000000UL
#define MMIO_AREA_END 0xfffffffffff00000UL

/* Builds the tables and leaves those of boot/entry.S. Boot. */
void paging_init(void);

/* Maps one page of RAM for data at @virt. False without memory for a table. Task. */
bool paging_map_page(u64 virt, u64 phys);
/* Takes from the mapped page at @virt the right to be written, and makes it code if @exec. Task. */
void paging_protect_page(u64 virt, bool exec);
/* Unmaps the page at @virt: its physical address, 0 if there was none. Task. */
u64 paging_unmap_page(u64 virt);
/* True if @virt can be read. Any context. */
bool paging_mapped(u64 virt);
