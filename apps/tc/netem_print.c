/* Printing netem's options, in the order and the form of iproute2. */
#include <stdio.h>

#include "netem.h"
#include "units.h"

static void print_percent(const char *name, uint32_t part)
{
	char text[UNITS_STRLEN];

	printf(" %s%s", name, units_percent_text(part, text));
}

static void print_chance(const char *name, const struct netem_chance *chance)
{
	if (!chance->probability)
		return;
	print_percent(name, chance->probability);
	if (chance->correlation)
		print_percent("", chance->correlation);
}

static void print_delay(const struct netem_params *p)
{
	char text[UNITS_STRLEN];

	if (!p->delay)
		return;
	printf(" delay %s", units_time_text(p->delay, text));
	if (!p->jitter)
		return;
	printf("  %s", units_time_text(p->jitter, text));
	if (p->delay_correlation)
		print_percent("", p->delay_correlation);
	if (p->distribution == NETEM_NORMAL)
		printf(" distribution normal");
}

static void print_loss(const struct netem_params *p)
{
	if (!p->bursts) {
		print_chance("loss ", &p->loss);
		return;
	}
	print_percent("loss gemodel p ", p->gemodel.p);
	print_percent("r ", p->gemodel.r);
	print_percent("1-h ", p->gemodel.loss_bad);
	print_percent("1-k ", p->gemodel.loss_good);
}

void netem_print(const struct netem_params *p)
{
	char text[UNITS_STRLEN];

	printf(" limit %u", p->limit);
	print_delay(p);
	print_loss(p);
	print_chance("duplicate ", &p->duplicate);
	print_chance("reorder ", &p->reorder);
	print_chance("corrupt ", &p->corrupt);
	if (p->rate)
		printf(" rate %s", units_rate_text(p->rate, text));
	if (p->overhead)
		printf(" packetoverhead %d", p->overhead);
	if (p->ecn)
		printf(" ecn ");
	if (p->gap)
		printf(" gap %u", p->gap);
	if (p->seed)
		printf(" seed %llu", (unsigned long long)p->seed);
}
