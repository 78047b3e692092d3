/*
 * What waits for its time: a heap of items by the moment at which they are due, first come first
 * served where that is the same. The memory is the caller's. Plain C, for the tests' relay has the
 * same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct due {
	uint64_t when;
	uint64_t order; /* of arrival */
	void *item;
};

struct due_heap {
	struct due *at; /* @size of them; at[0] is due first */
	uint32_t count, size;
	uint64_t arrived;
};

/* False: it is full. */
bool due_push(struct due_heap *h, uint64_t when, void *item);
/* What is due first, NULL: nothing waits. */
static inline const struct due *due_first(const struct due_heap *h)
{
	return h->count ? h->at : NULL;
}
/* Takes out what is due first, of which there must be one. */
struct due due_pop(struct due_heap *h);
