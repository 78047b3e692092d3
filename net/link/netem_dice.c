/*
 * The decisions of netem.h's impairments. Each one about packet n is a hash of the seed, n and what
 * it is about; correlation and bursts alone look back at the packet before.
 */
#include "net/link/netem_dice.h"

enum about {
	ABOUT_DELAY,	/* three of them: a normal deviate is made of twelve small numbers */
	ABOUT_TWIN = 3, /* and three more */
	ABOUT_LOSS = 6,
	ABOUT_STATE,
	ABOUT_DUPLICATE,
	ABOUT_REORDER,
	ABOUT_CORRUPT,
	ABOUT_WHERE,
	ABOUT_MEMORY, /* four of them: before the first packet */
	ABOUT_MAX = 16
};

#define ECN_MASK 3 /* of the IP header's second byte */
#define ECN_CE 3

#define DEVIATE_ONE 65536 /* a deviate of 1, as a number with 16 bits behind the point */

/* Every bit of the answer hangs on every bit of @z: the finaliser of SplitMix64. */
static uint64_t hash(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint64_t roll(const struct netem_dice *dice, unsigned int about)
{
	return hash(dice->seed + (dice->number * ABOUT_MAX + about) * 0x9e3779b97f4a7c15ULL);
}

void netem_dice_init(struct netem_dice *dice, uint64_t seed)
{
	*dice = (struct netem_dice){ .seed = hash(seed + 0x6a09e667f3bcc909ULL) };
	/* A memory of something: of all zeros, whatever is correlated would begin by happening. */
	dice->loss = (uint32_t)roll(dice, ABOUT_MEMORY);
	dice->duplicate = (uint32_t)roll(dice, ABOUT_MEMORY + 1);
	dice->reorder = (uint32_t)roll(dice, ABOUT_MEMORY + 2);
	dice->corrupt = (uint32_t)roll(dice, ABOUT_MEMORY + 3);
}

/* @fresh and @last, mixed by @correlation's measure. */
static uint32_t correlate(uint32_t fresh, uint32_t last, uint32_t correlation)
{
	uint64_t part = correlation;

	if (!correlation)
		return fresh;
	return (uint32_t)((fresh * (NETEM_ALWAYS - part) + last * part) / NETEM_ALWAYS);
}

/* @last is the memory of this kind of decision. */
static bool happens(const struct netem_dice *dice, unsigned int about, struct netem_chance chance,
		    uint32_t *last)
{
	if (!chance.probability)
		return false;
	*last = correlate((uint32_t)roll(dice, about), *last, chance.correlation);
	return *last <= chance.probability;
}

/* The state decides on this packet, and then may change for the next one. */
static bool burst_loss(const struct netem_gemodel *m, struct netem_dice *dice)
{
	uint32_t loss = dice->bad ? m->loss_bad : m->loss_good;
	uint32_t change = dice->bad ? m->r : m->p;

	if (change && (uint32_t)roll(dice, ABOUT_STATE) <= change)
		dice->bad = !dice->bad;
	return loss && (uint32_t)roll(dice, ABOUT_LOSS) <= loss;
}

static bool is_lost(const struct netem_params *p, struct netem_dice *dice)
{
	if (p->bursts)
		return burst_loss(&p->gemodel, dice);
	return happens(dice, ABOUT_LOSS, p->loss, &dice->loss);
}

/* Even over [-1, 1). */
static int64_t deviate_uniform(uint64_t random)
{
	return (int64_t)(random >> 47) - DEVIATE_ONE;
}

/*
 * The sum of twelve even numbers in [0, 1) has mean 6 and variance 1, and lies as good as normally
 * around it.
 */
static int64_t deviate_normal(const struct netem_dice *dice, unsigned int about)
{
	int64_t sum = 0;

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t random = roll(dice, about + i);

		for (; random; random >>= 16)
			sum += (uint16_t)random;
	}
	return sum - 6 * DEVIATE_ONE;
}

static int64_t deviate(const struct netem_params *p, struct netem_dice *dice, unsigned int about)
{
	int64_t d = p->distribution == NETEM_NORMAL ? deviate_normal(dice, about) :
						      deviate_uniform(roll(dice, about));
	int64_t part = p->delay_correlation >> 16;

	if (part)
		d = (d * (DEVIATE_ONE - part) + dice->deviate * part) / DEVIATE_ONE;
	dice->deviate = d;
	return d;
}

static uint64_t delay(const struct netem_params *p, struct netem_dice *dice, unsigned int about)
{
	int64_t ns;

	if (!p->jitter)
		return p->delay;
	ns = (int64_t)p->delay + (int64_t)p->jitter * deviate(p, dice, about) / DEVIATE_ONE;
	return ns > 0 ? (uint64_t)ns : 0;
}

/* One packet in @gap may leave without delay, and so overtake those before it. */
static bool goes_ahead(const struct netem_params *p, struct netem_dice *dice)
{
	if (p->gap == 0)
		return false;
	if (dice->counter + 1 >= p->gap &&
	    happens(dice, ABOUT_REORDER, p->reorder, &dice->reorder)) {
		dice->counter = 0;
		return true;
	}
	dice->counter++;
	return false;
}

void netem_roll(const struct netem_params *p, struct netem_dice *dice, struct netem_verdict *v)
{
	v->duplicated = happens(dice, ABOUT_DUPLICATE, p->duplicate, &dice->duplicate);
	v->lost = is_lost(p, dice);
	v->corrupted = happens(dice, ABOUT_CORRUPT, p->corrupt, &dice->corrupt);
	v->where = v->corrupted ? roll(dice, ABOUT_WHERE) : 0;
	v->delay = delay(p, dice, ABOUT_DELAY);
	v->twin_delay = v->duplicated ? delay(p, dice, ABOUT_TWIN) : 0;
	v->ahead = goes_ahead(p, dice);
	if (v->ahead)
		v->delay = 0;
	dice->number++;
}

uint64_t netem_depart(const struct netem_params *p, uint64_t *link_free, uint64_t now, uint32_t len)
{
	int64_t bytes = (int64_t)len + p->overhead;

	if (!p->rate)
		return now;
	if (*link_free < now)
		*link_free = now;
	if (bytes > 0)
		*link_free += (uint64_t)bytes * 1000000000ULL / p->rate;
	return *link_free;
}

bool netem_mark(uint8_t *ip, size_t len)
{
	uint32_t sum;

	if (len < 20 || ip[0] >> 4 != 4 || !(ip[1] & ECN_MASK))
		return false;
	/* RFC 1624: what the one word has more the sum has less. */
	sum = (uint32_t)(ip[10] << 8 | ip[11]) + 0xffff - (ECN_CE - (ip[1] & ECN_MASK));
	sum = (sum & 0xffff) + (sum >> 16);
	ip[1] |= ECN_CE;
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	return true;
}

bool netem_params_valid(const struct netem_params *p)
{
	if (p->delay > NETEM_MAX_DELAY || p->jitter > NETEM_MAX_DELAY || p->rate > NETEM_MAX_RATE)
		return false;
	if (p->overhead < -NETEM_MAX_OVERHEAD || p->overhead > NETEM_MAX_OVERHEAD)
		return false;
	return p->distribution <= NETEM_NORMAL && p->bursts <= 1 && p->ecn <= 1;
}
