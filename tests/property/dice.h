/* Random numbers that follow from a seed (splitmix64), and what the property test asks of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t mix64(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static inline uint64_t dice_next(struct dice *d)
{
	d->state += 0x9e3779b97f4a7c15ULL;
	return mix64(d->state);
}

/* @low to @high, both included. */
static inline uint64_t dice_range(struct dice *d, uint64_t low, uint64_t high)
{
	return low + dice_next(d) % (high - low + 1);
}

/* The same, but as many small numbers as large ones: each power of two is as likely. @low >= 1. */
static inline uint64_t dice_scale(struct dice *d, uint64_t low, uint64_t high)
{
	int bits = 0;

	while (low << bits <= high / 2)
		bits++;
	low <<= dice_range(d, 0, (uint64_t)bits);
	return dice_range(d, low, low <= high / 2 ? 2 * low - 1 : high);
}

static inline bool dice_percent(struct dice *d, unsigned int percent)
{
	return dice_range(d, 0, 99) < percent;
}
