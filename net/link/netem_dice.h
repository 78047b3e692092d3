/*
 * What befalls a packet on a bad link: the decisions of netem, apart from queues and clocks. They
 * follow from a seed and the packet's number alone, so a run with the same seed and the same
 * packets is the same run, whatever the time between them. The tests' relay decides with the very
 * same functions: plain C, integers only.
 */
#pragma once

#include <abi/netem.h>
#include <stdbool.h>
#include <stddef.h>

struct netem_dice {
	uint64_t seed;
	uint64_t number;  /* of the next packet */
	bool bad;	  /* gemodel's state */
	uint32_t counter; /* packets since one was let ahead */
	int64_t deviate;  /* the last ones, for correlation */
	uint32_t loss, duplicate, reorder, corrupt;
};

struct netem_verdict {
	bool lost, duplicated, ahead, corrupted;
	uint64_t delay, twin_delay; /* ns; of the packet and of its duplicate */
	uint64_t where;		    /* at random, for what is to be corrupted */
};

void netem_dice_init(struct netem_dice *dice, uint64_t seed);
/*
 * Decides on the next packet. One that is both lost and duplicated arrives once. Pure but for
 * @dice.
 */
void netem_roll(const struct netem_params *p, struct netem_dice *dice, struct netem_verdict *v);
/*
 * When a packet of @len bytes that comes at @now has left a sender of the rate that @p says;
 * *@link_free is when the sender was, and will be, through with what came before.
 */
uint64_t netem_depart(const struct netem_params *p, uint64_t *link_free, uint64_t now,
		      uint32_t len);
/* Flips the bit of @byte that @v says. The byte to take is netem_corrupt_at(). */
static inline size_t netem_corrupt_at(const struct netem_verdict *v, size_t len)
{
	return (size_t)((v->where >> 8) % len);
}
static inline uint8_t netem_corrupt_byte(const struct netem_verdict *v, uint8_t byte)
{
	return (uint8_t)(byte ^ 1u << (v->where & 7));
}
/*
 * Marks the IP packet of @len bytes at @ip as having met congestion (RFC 3168 §5), checksum and
 * all. False: it is none that may be marked.
 */
bool netem_mark(uint8_t *ip, size_t len);
/* Whether @p makes sense as a whole: ranges, and what needs what. */
bool netem_params_valid(const struct netem_params *p);
