/* The binary heap of due_heap.h. */
#include "net/link/due_heap.h"

static bool before(const struct due *a, const struct due *b)
{
	return a->when != b->when ? a->when < b->when : a->order < b->order;
}

bool due_push(struct due_heap *h, uint64_t when, void *item)
{
	struct due fresh = { when, h->arrived, item };
	uint32_t i = h->count;

	if (h->count == h->size)
		return false;
	h->count++;
	h->arrived++;
	for (; i && before(&fresh, &h->at[(i - 1) / 2]); i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = fresh;
	return true;
}

struct due due_pop(struct due_heap *h)
{
	struct due first = h->at[0], last = h->at[--h->count];
	uint32_t i = 0, child;

	for (; (child = 2 * i + 1) < h->count; i = child) {
		if (child + 1 < h->count && before(&h->at[child + 1], &h->at[child]))
			child++;
		if (!before(&h->at[child], &last))
			break;
		h->at[i] = h->at[child];
	}
	h->at[i] = last;
	return first;
}
