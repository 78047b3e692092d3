/*
 * Memory of the shell: arenas for what lives as long as one command, and texts that grow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	char bytes[];
};

#define BLOCK_SIZE 2000

static void *must(void *p)
{
	if (!p) {
		fputs("sh: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (!b || size > b->size - b->used) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = must(calloc(1, sizeof(*b) + room));
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
}

void str_add(struct str *s, const char *text, size_t n)
{
	if (n + 1 > s->size - s->len) {
		s->size = (s->len + n + 1) * 2;
		s->s = must(realloc(s->s, s->size));
	}
	memcpy(s->s + s->len, text, n);
	s->len += n;
	s->s[s->len] = '\0';
}

void str_puts(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_putc(struct str *s, char c)
{
	str_add(s, &c, 1);
}

void str_free(struct str *s)
{
	free(s->s);
	*s = (struct str){ 0 };
}
