/*
 * Which physical memory there is, and which of it is free. Filled from the loader's map before
 * anything else is set up; the page allocator takes the rest over through arch_memory_range().
 */
#pragma once

#include "kernel/types.h"

#define MEMORY_USABLE 1 /* of the types in the loader's map, the only one that is ours */

/* One entry of the loader's map; entries may come in any order and overlap: what any of them denies
 * is not usable. Boot. */
void memory_add(u64 start, u64 len, u32 type);
/* Takes [@start, @start + @len) from what is free. It stays in the direct map. Boot. */
void memory_reserve(u64 start, u64 len);
/* Closes the map: reserves the image and page 0; one-line death with too little memory. Boot. */
void memory_init(void);

/* Adds the page tables of boot/entry.S, which nobody uses any more, to what is free. Boot. */
void memory_free_boot_tables(void);

/* The @n'th range of RAM, free or not, in whole pages. False past the end. */
bool memory_ram_range(int n, u64 *start, u64 *end);
/* A cleared page for a page table or a stack, also before there is a page allocator; NULL without
 * memory. Boot and task. */
void *memory_page(void);
