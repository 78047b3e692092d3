/*
 * kmalloc: small sizes from slabs of a few size classes, large ones as runs of pages. Which of the
 * two a pointer came from is written in the state of its page.
 */
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/mm_internal.h"
#include "kernel/printk.h"

static const struct {
	u32 size;
	const char *name;
} classes[] = {
	{ 32, "kmalloc-32" },	{ 64, "kmalloc-64" },	  { 96, "kmalloc-96" },
	{ 128, "kmalloc-128" }, { 192, "kmalloc-192" },	  { 256, "kmalloc-256" },
	{ 512, "kmalloc-512" }, { 1024, "kmalloc-1024" }, { 2048, "kmalloc-2048" },
};
static struct kmem_cache *caches[ARRAY_SIZE(classes)];

static void *kmalloc_pages(size_t size)
{
	unsigned int order = 0;
	char *ptr;

	while (order < 20 && PAGE_SIZE << order < size)
		order++;
	ptr = alloc_pages(order);
	if (ptr)
		arch_poison(ptr + size, (PAGE_SIZE << order) - size);
	return ptr;
}

void *kmalloc(size_t size)
{
	char *ptr;

	if (in_irq() || in_softirq())
		panic("kmalloc in an interrupt or a bottom half");
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (size > classes[i].size)
			continue;
		ptr = kmem_cache_alloc(caches[i]);
		if (ptr)
			arch_poison(ptr + size, classes[i].size - size);
		return ptr;
	}
	return kmalloc_pages(size);
}

void *kzalloc(size_t size)
{
	void *ptr = kmalloc(size);

	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

void kfree(void *ptr)
{
	u8 state;

	if (!ptr)
		return;
	state = page_state_of(ptr);
	if ((state & PAGE_KIND) == PAGE_SLAB)
		kmem_cache_free(kmem_cache_of(ptr), ptr);
	else
		free_pages(ptr, state & PAGE_ORDER);
}

char *kstrdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = kmalloc(size);

	return copy ? memcpy(copy, s, size) : NULL;
}

void mem_info(struct mem_info *info)
{
	page_info(&info->total, &info->free);
	info->slab = slab_bytes();
}

void kmalloc_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		caches[i] = kmem_cache_create(classes[i].name, classes[i].size, 0);
}
