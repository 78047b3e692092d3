/*
 * What the allocators know of each other: what a page is used for.
 */
#pragma once

#include "kernel/mm.h"

/* A page's byte: what it is, and the order of its block. */
#define PAGE_KIND 0xe0
#define PAGE_ORDER 0x1f
#define PAGE_TAIL 0x00 /* no RAM, or not the first page of its block */
#define PAGE_FREE 0x20 /* the first page of a free block */
#define PAGE_USED 0x40 /* the first page of a block from alloc_pages */
#define PAGE_RUN 0x60  /* the first page of a run whose length its owner knows */
#define PAGE_SLAB 0x80 /* every page of a slab */

#define IS_PAGE_ALIGNED(addr) (((uintptr_t)(addr) & (PAGE_SIZE - 1)) == 0)

/* The byte of the page around @addr; PAGE_TAIL for an address that is no RAM of ours. */
u8 page_state_of(const void *addr);
/* Marks the used block at @addr as a slab, so that kfree finds the slab from any of its pages; or
 * as used again. */
void page_set_slab(void *addr, unsigned int order, bool slab);
void page_info(u64 *total, u64 *free);

/* The cache that @obj comes from. Panics if it is no slab's. */
struct kmem_cache *kmem_cache_of(const void *obj);
u64 slab_bytes(void);
void slab_init(void);
void kmalloc_init(void);
