/* Sorting and searching. Heap sort: n log n always, no memory and no recursion, which a 32 KiB
 * stack likes. */
#include <stdlib.h>
#include <string.h>

struct sort {
	char *base;
	size_t size;
	int (*cmp)(const void *, const void *);
};

static void swap(char *a, char *b, size_t size)
{
	char tmp[64];

	while (size) {
		size_t n = size < sizeof(tmp) ? size : sizeof(tmp);

		memcpy(tmp, a, n);
		memcpy(a, b, n);
		memcpy(b, tmp, n);
		a += n;
		b += n;
		size -= n;
	}
}

/* Moves element @i down to its place in the heap of the first @n. */
static void sift_down(const struct sort *s, size_t i, size_t n)
{
	for (;;) {
		size_t child = 2 * i + 1;
		char *at = s->base + i * s->size, *big;

		if (child >= n)
			return;
		big = s->base + child * s->size;
		if (child + 1 < n && s->cmp(big, big + s->size) < 0) {
			child++;
			big += s->size;
		}
		if (s->cmp(at, big) >= 0)
			return;
		swap(at, big, s->size);
		i = child;
	}
}

void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	struct sort s = { base, size, cmp };
	size_t i;

	for (i = n / 2; i-- > 0;)
		sift_down(&s, i, n);
	for (i = n; i-- > 1;) {
		swap(s.base, s.base + i * size, size);
		sift_down(&s, 0, i);
	}
}

void *bsearch(const void *key, const void *base, size_t n, size_t size,
	      int (*cmp)(const void *, const void *))
{
	const char *low = base;

	while (n) {
		const char *mid = low + n / 2 * size;
		int c = cmp(key, mid);

		if (!c)
			return (void *)mid;
		if (c > 0) {
			low = mid + size;
			n--;
		}
		n /= 2;
	}
	return NULL;
}
