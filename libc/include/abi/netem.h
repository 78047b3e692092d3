/*
 * The impairments of a link, in the vocabulary of Linux's netem: what `tc` gives to the discipline
 * of that name, and the tests' relay to its two directions. It needs nothing but <stdint.h>.
 */
#pragma once

#include <stdint.h>

/* A probability: 0 is never, this is always, and between them it is linear. */
#define NETEM_ALWAYS UINT32_MAX

#define NETEM_LIMIT 1000		      /* packets held, unless told otherwise */
#define NETEM_MAX_DELAY 3600000000000ULL      /* ns; of delay and of jitter */
#define NETEM_MAX_RATE (UINT64_MAX / 8 >> 10) /* bytes a second */
#define NETEM_MAX_OVERHEAD 65535

struct netem_chance {
	uint32_t probability;
	uint32_t correlation; /* the last decision's part in this one */
};

/*
 * Losses in bursts (Gilbert and Elliott): a link is good or bad, and each state has a probability
 * of loss; after each packet the state may change.
 */
struct netem_gemodel {
	uint32_t p, r;		      /* to become bad; to become good */
	uint32_t loss_bad, loss_good; /* 1-h, 1-k */
};

enum { NETEM_UNIFORM, NETEM_NORMAL };

struct netem_params {
	uint64_t delay, jitter; /* ns; half the width (uniform), standard deviation (normal) */
	uint64_t rate;		/* bytes a second; 0: no limit */
	uint64_t seed;		/* 0: of the discipline's own choice */
	uint32_t limit;		/* packets held */
	int32_t overhead;	/* bytes that each packet takes beside its own, for the rate */
	uint32_t distribution;	/* of the jitter */
	uint32_t delay_correlation;
	uint32_t gap;	 /* every so many packets one may overtake; 0: none does */
	uint32_t bursts; /* 1: losses after gemodel, not loss */
	uint32_t ecn;	 /* 1: of what would be lost, packets of ECN are marked instead */
	struct netem_chance loss, duplicate, reorder, corrupt;
	struct netem_gemodel gemodel;
};
