/* Ethernet frames in memory of their own, which is kept for the next ones. */
#pragma once

#include <stdint.h>

#define FRAME_MAX 2032 /* bytes; a frame that is longer does not pass the relay */

struct frame {
	struct frame *next; /* in the list of free ones */
	uint32_t len;
	uint32_t number; /* in the order of arrival, see line.c */
	uint8_t data[FRAME_MAX];
};

struct frame *frame_alloc(void); /* ends the program without memory */
void frame_free(struct frame *f);
struct frame *frame_copy(const struct frame *f);
