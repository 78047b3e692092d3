/*
 * One direction of a cable, with its impairments. It knows no clock and no descriptor: frames go in
 * at a time and come out at a time, so a simulation on a virtual clock uses it as the relay does.
 *
 *   in -> lost? twice? corrupted? -> the sender's queue, at its rate -> the delay -> out
 *
 * Times are ns on the caller's clock, which never goes back.
 */
#pragma once

#include "net/link/due_heap.h"
#include "net/link/netem_dice.h"
#include "tests/relay/frame.h"

#define LINE_MAX 65536 /* frames on the way, whatever the delay */
#define LINE_NEVER UINT64_MAX

struct line_stats {
	uint64_t frames_in, bytes_in, frames_out, bytes_out;
	uint64_t lost, duplicated, reordered, corrupted; /* as decided */
	uint64_t marked;				 /* instead of lost: ecn */
	uint64_t queue_drops;				 /* no room in the sender's queue */
	uint64_t overflow;				 /* LINE_MAX reached */
	uint64_t out_of_order;				 /* came out after a later one */
};

struct line {
	struct netem_params params;
	uint64_t queue_bytes; /* the queue's other bound, beside params.limit; 0: none */
	struct netem_dice dice;
	struct due_heap way;
	struct line_stats stats;
	uint64_t link_free; /* when the sender is through with what it has */
	/* When the frames in the sender's queue leave it: a ring. */
	uint64_t *leaves;
	uint32_t leaves_head, leaves_count, leaves_size;
	uint32_t arrived, last_out;
};

/* Without impairments. Ends the program without memory. */
void line_init(struct line *l, uint64_t seed);
/* From now on these; what is on the way stays as it is. */
void line_set(struct line *l, const struct netem_params *p, uint64_t queue_bytes);
/* Lets go of all frames on the way. */
void line_clear(struct line *l);
/* @f goes in at @now. Takes it over. */
void line_put(struct line *l, uint64_t now, struct frame *f);
/* A frame that has come out by @now; NULL: none. The caller's. */
struct frame *line_get(struct line *l, uint64_t now);
/* When the next one comes out; LINE_NEVER. */
uint64_t line_next(const struct line *l);
