/*
 * Pages, slabs, kmalloc: random use against what must hold, bounds, reserves, and that misuse is
 * caught.
 */
#include "kern.h"

#include <string.h>

#include "kernel/cpu.h"
#include "kernel/mm.h"

#define NR 300

static u64 free_bytes(void)
{
	struct mem_info info;

	mem_info(&info);
	return info.free;
}

static u64 slab_total(void)
{
	struct mem_info info;

	mem_info(&info);
	return info.slab;
}

struct block {
	u8 *addr;
	size_t size;
	u8 mark;
	u32 kind;
};

static void block_check(const struct block *b)
{
	for (size_t i = 0; i < b->size; i += b->size / 16 + 1)
		assert_int_equal(b->addr[i], b->mark);
	assert_int_equal(b->addr[b->size - 1], b->mark);
}

static void block_release(struct block *b)
{
	block_check(b);
	if (b->kind == 0)
		kfree(b->addr);
	else if (b->kind == 1)
		free_pages(b->addr, (unsigned int)__builtin_ctzll(b->size / PAGE_SIZE));
	else
		free_page_run(b->addr, b->size / PAGE_SIZE);
	b->addr = NULL;
}

static void block_acquire(struct block *b)
{
	unsigned int order = test_random() % 6;

	b->kind = test_random() % 3;
	if (b->kind == 0) {
		b->size = 1 + test_random() % (test_random() % 8 ? 300 : 20000);
		b->addr = kmalloc(b->size);
	} else if (b->kind == 1) {
		b->size = PAGE_SIZE << order;
		b->addr = alloc_pages(order);
	} else {
		b->size = PAGE_SIZE * (1 + test_random() % 40);
		b->addr = alloc_page_run(b->size / PAGE_SIZE);
	}
	if (!b->addr)
		return;
	b->mark = (u8)test_random();
	memset(b->addr, b->mark, b->size);
}

/* No two blocks overlap, none loses its bytes, and in the end all memory is back. */
static void test_random_use(void **state)
{
	static struct block blocks[NR];
	u64 before = free_bytes() + slab_total();

	for (int n = 0; n < 40000; n++) {
		struct block *b = &blocks[test_random() % NR];

		if (b->addr)
			block_release(b);
		else
			block_acquire(b);
	}
	for (int i = 0; i < NR; i++) {
		if (blocks[i].addr)
			block_release(&blocks[i]);
	}
	assert_int_equal(free_bytes() + slab_total(), before);
}

/* All memory can be had page by page, and merges again to blocks as large as before. */
static void test_exhaustion(void **state)
{
	u64 before = free_bytes();
	void **first = NULL, **page;
	void *big = alloc_pages(10);

	assert_non_null(big);
	free_pages(big, 10);
	while ((page = alloc_pages(0)) != NULL) {
		*page = first;
		first = page;
	}
	assert_int_equal(free_bytes(), 0);
	assert_null(kmalloc(100000));
	while (first) {
		page = *first;
		free_pages(first, 0);
		first = page;
	}
	assert_int_equal(free_bytes(), before);
	big = alloc_pages(10);
	assert_non_null(big);
	free_pages(big, 10);
}

static void test_boot_memory(void **state)
{
	u64 before = free_bytes();
	u8 *addr = alloc_boot(5 * 1024 * 1024 + 1);

	assert_non_null(addr);
	memset(addr, 1, 5 * 1024 * 1024 + 1);
	assert_int_equal(before - free_bytes(), 5 * 1024 * 1024 + PAGE_SIZE);
	assert_null(alloc_boot(1ULL << 40));
	assert_null(alloc_boot(0));
}

static void test_cache_bound(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("bound", 100, 5);
	void *obj[6];

	for (int i = 0; i < 6; i++)
		obj[i] = kmem_cache_alloc(cache);
	assert_non_null(obj[4]);
	assert_null(obj[5]);
	assert_int_equal(kmem_cache_in_use(cache), 5);
	kmem_cache_free(cache, obj[2]);
	obj[2] = kmem_cache_alloc(cache);
	assert_non_null(obj[2]);
	for (int i = 0; i < 5; i++)
		kmem_cache_free(cache, obj[i]);
	assert_int_equal(kmem_cache_in_use(cache), 0);
}

/* What is set aside is there for a bottom half even after tasks have taken a lot. */
static void test_cache_reserve(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("reserve", 200, 0);
	static void *mine[1000], *theirs[500];

	kmem_cache_reserve(cache, 500);
	for (int i = 0; i < 1000; i++)
		assert_non_null(mine[i] = kmem_cache_alloc(cache));
	this_cpu()->in_softirq = true;
	for (int i = 0; i < 500; i++)
		assert_non_null(theirs[i] = kmem_cache_alloc(cache));
	this_cpu()->in_softirq = false;
	for (int i = 0; i < 1000; i++)
		kmem_cache_free(cache, mine[i]);
	for (int i = 0; i < 500; i++)
		kmem_cache_free(cache, theirs[i]);
	assert_int_equal(kmem_cache_in_use(cache), 0);
}

static void free_twice(void)
{
	void *p = kmalloc(40);

	kfree(p);
	kfree(p);
}

static void free_pages_twice(void)
{
	void *p = alloc_pages(2);

	free_pages(p, 2);
	free_pages(p, 2);
}

static void free_inside(void)
{
	char *p = kmalloc(40);

	kfree(p + 8);
}

static void free_wrong_order(void)
{
	free_pages(alloc_pages(2), 1);
}

static void free_to_wrong_cache(void)
{
	struct kmem_cache *a = kmem_cache_create("a", 64, 0);
	struct kmem_cache *b = kmem_cache_create("b", 64, 0);

	kmem_cache_free(b, kmem_cache_alloc(a));
}

static void free_what_is_not_ours(void)
{
	static int variable;

	kfree(&variable);
}

static void kmalloc_in_softirq(void)
{
	this_cpu()->in_softirq = true;
	kmalloc(1);
}

static void use_after_free(void)
{
	volatile char *p = kmalloc(40);

	kfree((void *)p);
	*p = 1;
}

static void one_byte_too_far(void)
{
	volatile char *p = kmalloc(40);

	p[40] = 1;
}

static void test_misuse(void **state)
{
	assert_panics(free_twice);
	assert_panics(free_pages_twice);
	assert_panics(free_inside);
	assert_panics(free_wrong_order);
	assert_panics(free_to_wrong_cache);
	assert_panics(free_what_is_not_ours);
	assert_panics(kmalloc_in_softirq);
	assert_sanitizer_stops(use_after_free);
	assert_sanitizer_stops(one_byte_too_far);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_use),    cmocka_unit_test(test_exhaustion),
		cmocka_unit_test(test_boot_memory),   cmocka_unit_test(test_cache_bound),
		cmocka_unit_test(test_cache_reserve), cmocka_unit_test(test_misuse),
	};

	kern_start("quiet mem=32M");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
