/*
 * Slabs: blocks of pages cut into objects of one size. A slab begins with its header and an index
 * per object, which links the free ones and marks those in use; the objects themselves are never
 * written to, so a second free is caught exactly, and the sanitizer sees every touch of a freed
 * object.
 *
 *   | struct slab | u16 next[objects] | object | object | … |
 */
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/list.h"
#include "kernel/mm_internal.h"
#include "kernel/printk.h"
#include "kernel/proc.h"

#define MAX_SLAB_ORDER 4
#define GOOD_COUNT 8  /* objects that a slab should hold */
#define WASTE_SHIFT 5 /* and waste less than 1/32 of its bytes, if a larger one would */
#define END 0xffff    /* no free object follows */
#define IN_USE 0xfffe
#define OBJ_ALIGN 16UL /* of objects whose size is a multiple of it; others: 8 */

struct kmem_cache {
	const char *name;
	u32 size;	     /* as asked for */
	u32 stride;	     /* from one object to the next */
	u32 per_slab, first; /* objects, and the offset of the first one */
	u32 inverse;	     /* 2^32 / stride, rounded up: division by multiplication */
	u32 order;
	u32 max, reserve;
	/* guarded by irq_save */
	u32 in_use, total; /* objects */
	struct list_head partial, full;
	struct list_head node;
};

struct slab {
	struct list_head node;
	struct kmem_cache *cache;
	u16 free; /* index of the first free object */
	u16 in_use;
	u16 next[];
};

static struct kmem_cache cache_cache;
static struct list_head caches = LIST_HEAD_INIT(caches);

static size_t objects_offset(u32 count)
{
	return ALIGN_UP(sizeof(struct slab) + count * sizeof(u16), OBJ_ALIGN);
}

/* Objects of @stride that fit into 2^@order pages next to their indices. */
static u32 slab_capacity(u32 stride, unsigned int order)
{
	size_t bytes = PAGE_SIZE << order;
	u32 count = (u32)((bytes - sizeof(struct slab)) / (stride + sizeof(u16)));

	while (count && objects_offset(count) + (size_t)count * stride > bytes)
		count--;
	return count;
}

/* Bytes that no object uses, of a slab of the largest order: orders compare by it. */
static u32 slab_waste(u32 stride, unsigned int order)
{
	u32 used = slab_capacity(stride, order) * (stride + (u32)sizeof(u16));

	return (((u32)PAGE_SIZE << order) - used) << (MAX_SLAB_ORDER - order);
}

static unsigned int slab_order(u32 stride)
{
	const u32 much = ((u32)PAGE_SIZE << MAX_SLAB_ORDER) >> WASTE_SHIFT;
	unsigned int order = 0, best;

	while (order < MAX_SLAB_ORDER && slab_capacity(stride, order) < GOOD_COUNT)
		order++;
	best = order;
	for (; order < MAX_SLAB_ORDER && slab_waste(stride, best) > much; order++)
		if (slab_waste(stride, order) < slab_waste(stride, best))
			best = order;
	return best;
}

static void cache_setup(struct kmem_cache *cache, const char *name, size_t size, u32 max_objs)
{
	unsigned int order;

	*cache = (struct kmem_cache){ .name = name, .size = (u32)size, .max = max_objs };
	cache->stride = (u32)ALIGN_UP(size + ARCH_REDZONE, size % OBJ_ALIGN ? 8 : OBJ_ALIGN);
	order = slab_order(cache->stride);
	cache->order = order;
	cache->per_slab = slab_capacity(cache->stride, order);
	if (size == 0 || cache->per_slab == 0)
		panic("kmem_cache %s: objects of %zu bytes do not fit", name, size);
	cache->first = (u32)objects_offset(cache->per_slab);
	cache->inverse = (u32)((1ULL << 32) / cache->stride) + 1;
	list_init(&cache->partial);
	list_init(&cache->full);
	list_add_tail(&cache->node, &caches);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, u32 max_objs)
{
	struct kmem_cache *cache = kmem_cache_alloc(&cache_cache);

	if (!cache)
		panic("no memory for kmem_cache %s", name);
	cache_setup(cache, name, size, max_objs);
	return cache;
}

static void *object(const struct slab *slab, u32 index)
{
	return (char *)slab + slab->cache->first + (size_t)index * slab->cache->stride;
}

/* One more slab; false when there are no pages. */
static bool cache_grow(struct kmem_cache *cache)
{
	struct slab *slab = alloc_pages(cache->order);
	unsigned long flags;

	if (!slab)
		return false;
	slab->cache = cache;
	slab->free = 0;
	slab->in_use = 0;
	for (u32 i = 0; i < cache->per_slab; i++)
		slab->next[i] = (u16)(i + 1 < cache->per_slab ? i + 1 : END);
	page_set_slab(slab, cache->order, true);
	arch_poison((char *)slab + cache->first, (PAGE_SIZE << cache->order) - cache->first);
	flags = irq_save();
	list_add_tail(&slab->node, &cache->partial);
	cache->total += cache->per_slab;
	irq_restore(flags);
	return true;
}

static void cache_shrink(struct kmem_cache *cache, struct slab *slab)
{
	list_del(&slab->node);
	cache->total -= cache->per_slab;
	page_set_slab(slab, cache->order, false);
	free_pages(slab, cache->order);
}

/* A task grows the cache before it takes from what is set aside for bottom halves. */
static bool should_grow(const struct kmem_cache *cache)
{
	if (in_irq() || in_softirq())
		return false;
	if (cache->max && cache->total >= cache->max)
		return false;
	return cache->total - cache->in_use <= cache->reserve;
}

static void *take_object(struct kmem_cache *cache)
{
	struct slab *slab = list_first_entry(&cache->partial, struct slab, node);
	u16 index = slab->free;

	slab->free = slab->next[index];
	slab->next[index] = IN_USE;
	slab->in_use++;
	cache->in_use++;
	if (slab->free == END) {
		list_del(&slab->node);
		list_add(&slab->node, &cache->full);
	}
	return object(slab, index);
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	void *obj = NULL;
	unsigned long flags;

	if (should_grow(cache))
		cache_grow(cache);
	flags = irq_save();
	if (!list_empty(&cache->partial) && (!cache->max || cache->in_use < cache->max))
		obj = take_object(cache);
	irq_restore(flags);
	if (obj)
		arch_unpoison(obj, cache->size);
	return obj;
}

static struct slab *slab_of(const void *obj)
{
	u8 state = page_state_of(obj);
	uintptr_t size = PAGE_SIZE << (state & PAGE_ORDER);

	if ((state & PAGE_KIND) != PAGE_SLAB)
		panic("%p is freed as an object but lies in no slab", obj);
	return (struct slab *)((uintptr_t)obj & ~(size - 1));
}

struct kmem_cache *kmem_cache_of(const void *obj)
{
	return slab_of(obj)->cache;
}

/* The number of @obj in its slab; panics unless it is the start of an object in use. */
static u16 index_of(const struct slab *slab, const void *obj)
{
	const struct kmem_cache *cache = slab->cache;
	u64 offset = (u64)((const char *)obj - (const char *)slab) - cache->first;
	u32 index = (u32)(offset * cache->inverse >> 32);

	if (index >= cache->per_slab || object(slab, index) != obj)
		panic("kmem_cache %s: %p is freed but is no object", cache->name, obj);
	if (slab->next[index] != IN_USE)
		panic("kmem_cache %s: %p is freed twice", cache->name, obj);
	return (u16)index;
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	unsigned long flags = irq_save();
	struct slab *slab = slab_of(obj);
	u16 index;

	if (slab->cache != cache)
		panic("%p of kmem_cache %s is freed to %s", obj, slab->cache->name, cache->name);
	index = index_of(slab, obj);
	arch_poison(obj, cache->stride);
	if (slab->free == END) {
		list_del(&slab->node);
		list_add(&slab->node, &cache->partial);
	}
	slab->next[index] = slab->free;
	slab->free = index;
	slab->in_use--;
	cache->in_use--;
	if (!slab->in_use && cache->total - cache->in_use > cache->reserve + cache->per_slab)
		cache_shrink(cache, slab);
	irq_restore(flags);
}

void kmem_cache_reserve(struct kmem_cache *cache, u32 count)
{
	cache->reserve += count;
	while (cache->total - cache->in_use < cache->reserve) {
		if (!cache_grow(cache))
			panic("no memory to set aside %u of kmem_cache %s", count, cache->name);
	}
}

void kmem_cache_refill(struct kmem_cache *cache)
{
	while (should_grow(cache) && cache->total - cache->in_use < cache->reserve) {
		if (!cache_grow(cache))
			return;
	}
}

u32 kmem_cache_in_use(const struct kmem_cache *cache)
{
	return cache->in_use;
}

static u64 cache_bytes(const struct kmem_cache *cache)
{
	return (u64)(cache->total / cache->per_slab) * (PAGE_SIZE << cache->order);
}

u64 slab_bytes(void)
{
	struct kmem_cache *cache;
	u64 bytes = 0;

	list_for_each_entry(cache, &caches, node)
		bytes += cache_bytes(cache);
	return bytes;
}

void slabinfo_show(struct seq_file *s)
{
	struct kmem_cache *cache;

	seq_puts(s, "# name            active  total objsize perslab pages limit reserve\n");
	list_for_each_entry(cache, &caches, node)
		seq_printf(s, "%-16s %7u %6u %7u %7u %5u %5u %7u\n", cache->name, cache->in_use,
			   cache->total, cache->size, cache->per_slab, 1u << cache->order,
			   cache->max, cache->reserve);
}

void slab_init(void)
{
	cache_setup(&cache_cache, "kmem_cache", sizeof(struct kmem_cache), 0);
	kmalloc_init();
}
