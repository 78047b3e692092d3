/*
 * The task's heap. Sizes are rounded up to one of 31 classes, four to each doubling; each class
 * keeps a list of free chunks, and fresh ones are cut from runs of pages that grow with the heap.
 * What is larger than the largest class gets pages of its own and gives them back. A header in
 * front of each chunk tells free() what it has, or that it is no chunk at all.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libc/internal.h"
#include "libc/syscall.h"

#define MAGIC_USED 0x5ca1ab1eU
#define MAGIC_FREE 0xdeadf4eeU
#define CLASS_LARGE NR_HEAP_CLASSES
#define NR_CLASSES 31
#define MAX_SMALL 8192
#define FIRST_RUN 4096
#define MAX_RUN 65536
#define PAGE 4096UL

struct heap_chunk {
	uint32_t magic; /* mixed with the address: a copied header is none */
	uint32_t class;
	union {
		struct heap_chunk *next; /* free */
		size_t size;		 /* large: what was mapped */
	};
	char data[] __attribute__((aligned(16)));
};

#define HEADER sizeof(struct heap_chunk)

static uint32_t magic_of(const struct heap_chunk *c, uint32_t magic)
{
	return magic ^ (uint32_t)((uintptr_t)c >> 4);
}

/* Sizes with header: 32, 48 … 128, then 160, 192, 224, 256, 320 … 8192. */
static size_t class_size(unsigned int class)
{
	unsigned int step;

	if (class < 7)
		return 32 + 16 * class;
	step = class - 7;
	return (size_t)(5 + step % 4) << (5 + step / 4);
}

static unsigned int class_of(size_t n)
{
	unsigned int shift;

	if (n <= 32)
		return 0;
	if (n <= 128)
		return (unsigned int)(n + 15) / 16 - 2;
	shift = 63 - (unsigned int)__builtin_clzl(n - 1);
	return 7 + (shift - 7) * 4 + (unsigned int)((n - 1) >> (shift - 2)) - 4;
}

static void *map(size_t size)
{
	void *p = (void *)sys(SYS_mmap, size);

	return (uintptr_t)p >= -4095UL ? NULL : p;
}

static void give_free(struct heap *h, struct heap_chunk *c, unsigned int class)
{
	c->magic = magic_of(c, MAGIC_FREE);
	c->class = class;
	c->next = h->free[class];
	h->free[class] = c;
}

/* Turns what is left of the run into free chunks, so that it is not lost. */
static void use_up_run(struct heap *h)
{
	unsigned int i, class;

	for (i = NR_CLASSES; i > 0; i--) {
		class = i - 1;
		while ((size_t)(h->bump_end - h->bump) >= class_size(class)) {
			give_free(h, (struct heap_chunk *)h->bump, class);
			h->bump += class_size(class);
		}
	}
}

static struct heap_chunk *cut_chunk(struct heap *h, size_t size)
{
	struct heap_chunk *c;

	if ((size_t)(h->bump_end - h->bump) < size) {
		size_t run = h->next_run ? h->next_run : FIRST_RUN;
		char *fresh;

		while (run < size)
			run *= 2;
		fresh = map(run);
		if (!fresh)
			return NULL;
		use_up_run(h);
		h->bump = fresh;
		h->bump_end = fresh + run;
		h->next_run = run < MAX_RUN ? run * 2 : run;
	}
	c = (struct heap_chunk *)h->bump;
	h->bump += size;
	return c;
}

static struct heap_chunk *small_chunk(struct heap *h, unsigned int class)
{
	struct heap_chunk *c = h->free[class];

	if (!c)
		return cut_chunk(h, class_size(class));
	if (c->magic != magic_of(c, MAGIC_FREE))
		__libc_die("malloc: a freed block was written to");
	h->free[class] = c->next;
	return c;
}

static struct heap_chunk *large_chunk(size_t n)
{
	size_t size = (n + PAGE - 1) & ~(PAGE - 1);
	struct heap_chunk *c = map(size);

	if (c)
		c->size = size;
	return c;
}

void *malloc(size_t size)
{
	struct heap_chunk *c = NULL;
	unsigned int class = CLASS_LARGE;

	if (size <= MAX_SMALL - HEADER) {
		class = class_of(size + HEADER);
		c = small_chunk(&__libc()->heap, class);
	} else if (size < (size_t)PTRDIFF_MAX - PAGE) {
		c = large_chunk(size + HEADER);
	}
	if (!c) {
		errno = ENOMEM;
		return NULL;
	}
	c->magic = magic_of(c, MAGIC_USED);
	c->class = class;
	return c->data;
}

/* The chunk that @ptr came from; anything else ends the task. */
static struct heap_chunk *chunk_of(void *ptr)
{
	struct heap_chunk *c = (struct heap_chunk *)((char *)ptr - HEADER);

	if ((uintptr_t)ptr % 16 || c->magic != magic_of(c, MAGIC_USED)) {
		if (!((uintptr_t)ptr % 16) && c->magic == magic_of(c, MAGIC_FREE))
			__libc_die("free: block is free already");
		__libc_die("free: not a block from malloc");
	}
	return c;
}

static size_t usable_size(const struct heap_chunk *c)
{
	return (c->class == CLASS_LARGE ? c->size : class_size(c->class)) - HEADER;
}

void free(void *ptr)
{
	struct heap_chunk *c;

	if (!ptr)
		return;
	c = chunk_of(ptr);
	if (c->class == CLASS_LARGE) {
		c->magic = 0;
		sys(SYS_munmap, c);
	} else {
		give_free(&__libc()->heap, c, c->class);
	}
}

void *calloc(size_t n, size_t size)
{
	void *p = reallocarray(NULL, n, size);

	if (p)
		memset(p, 0, n * size);
	return p;
}

void *realloc(void *ptr, size_t size)
{
	size_t had;
	void *p;

	if (!ptr)
		return malloc(size);
	had = usable_size(chunk_of(ptr));
	if (size <= had && size >= had / 4)
		return ptr;
	p = malloc(size);
	if (!p)
		return NULL;
	memcpy(p, ptr, had < size ? had : size);
	free(ptr);
	return p;
}

void *reallocarray(void *ptr, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(ptr, total);
}
