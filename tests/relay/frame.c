/* The store of frames. */
#include "tests/relay/frame.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static struct frame *spare;

struct frame *frame_alloc(void)
{
	struct frame *f = spare;

	if (f) {
		spare = f->next;
		return f;
	}
	f = malloc(sizeof(*f));
	if (!f)
		err(1, "frames");
	return f;
}

void frame_free(struct frame *f)
{
	f->next = spare;
	spare = f;
}

struct frame *frame_copy(const struct frame *f)
{
	struct frame *copy = frame_alloc();

	copy->len = f->len;
	memcpy(copy->data, f->data, f->len);
	return copy;
}
