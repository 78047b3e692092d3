/*
 * Memory for everything outside the data path: pages from a buddy allocator, small objects from
 * slabs, kmalloc over both. All return memory mapped in the kernel's direct map. Bottom halves may
 * free; only tasks allocate, except from caches filled at boot.
 */
#pragma once

#include <machine.h>

#include "kernel/types.h"

#define PAGE_SIZE 4096UL
#define PAGE_SHIFT 12

/* 2^@order contiguous pages, not cleared; NULL when there are none. Task. */
void *alloc_pages(unsigned int order);
void free_pages(void *addr, unsigned int order);

/* @pages contiguous pages, not cleared; NULL when there are none. Task. */
void *alloc_page_run(size_t pages);
void free_page_run(void *addr, size_t pages);

/* @size bytes rounded to pages, not cleared, for large things set aside at boot; never freed. NULL
 * when there is none. Boot only. */
void *alloc_boot(size_t size);

/* Physical address of @addr from one of the allocators, for a device's DMA. Any context. */
static inline u64 virt_to_phys(const void *addr)
{
	return arch_virt_to_phys(addr);
}
void *phys_to_virt(u64 phys);

struct kmem_cache;

/* Objects of one size with counters in /proc/slabinfo. @max objects at most (0: no bound). Boot
 * only; panics without memory. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, u32 max);

/*
 * One object, not cleared; NULL when the bound is reached or memory is out. Task; softirq too, if
 * kmem_cache_reserve has set enough aside: a softirq never reaches the page allocator.
 */
void *kmem_cache_alloc(struct kmem_cache *cache);
void kmem_cache_free(struct kmem_cache *cache, void *obj);
/* Sets @count objects aside at boot, so that softirqs can allocate that many. */
void kmem_cache_reserve(struct kmem_cache *cache, u32 count);
/* Sets aside again what softirqs have taken, as far as memory goes. Task. */
void kmem_cache_refill(struct kmem_cache *cache);
u32 kmem_cache_in_use(const struct kmem_cache *cache);
/* /proc/slabinfo */
struct seq_file;
void slabinfo_show(struct seq_file *s);

/* C's malloc family for the kernel's control path. Task. */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(void *ptr);
char *kstrdup(const char *s);

struct mem_info {
	u64 total, free, slab; /* bytes */
};
void mem_info(struct mem_info *info);

/* Takes over the ranges that arch_memory_range() reports. Boot only. */
void mm_init(void);
