/*
 * The arithmetic of ping's summary, in integers.
 */
#include <stdio.h>
#include <string.h>

#include "ping.h"

void ping_stats_add(struct ping_stats *st, int64_t rtt)
{
	int64_t us = rtt / 1000;

	if (!st->timed || rtt < st->min)
		st->min = rtt;
	if (rtt > st->max)
		st->max = rtt;
	st->sum += rtt;
	st->sum2 += (uint64_t)us * us;
	st->ewma += st->timed ? us - st->ewma / 8 : us * 8;
	st->timed++;
}

static uint64_t square_root(uint64_t v)
{
	uint64_t root = 0;

	for (uint64_t bit = 1ULL << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= v)
			root |= bit;
	return root;
}

int64_t ping_stats_mdev_us(const struct ping_stats *st)
{
	uint64_t mean = st->sum / 1000 / st->timed, mean2 = st->sum2 / st->timed;

	return mean2 > mean * mean ? square_root(mean2 - mean * mean) : 0;
}

/* Six digits count, as for %g: 3 before the point leave 3 behind it. */
static int loss_decimals(uint64_t lost, uint64_t sent)
{
	if (lost >= sent)
		return 3;
	return lost * 10 >= sent ? 4 : lost * 100 >= sent ? 5 : 6;
}

const char *ping_stats_loss(const struct ping_stats *st, char buf[16])
{
	uint64_t lost = st->sent > st->received ? st->sent - st->received : 0;
	int decimals = loss_decimals(lost, st->sent), len;
	uint64_t unit = 1, value;

	if (!lost)
		return strcpy(buf, "0");
	for (int i = 0; i < decimals; i++)
		unit *= 10;
	value = (lost * 100 * unit + st->sent / 2) / st->sent;
	len = snprintf(buf, 16, "%llu.%0*llu", (unsigned long long)(value / unit), decimals,
		       (unsigned long long)(value % unit));
	while (buf[len - 1] == '0')
		buf[--len] = '\0';
	if (buf[len - 1] == '.')
		buf[--len] = '\0';
	return buf;
}
