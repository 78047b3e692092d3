/*
 * Reading netem's options. Each has a function that takes its values from the words; a value that
 * may be left out is there if the next word begins like a number.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/util.h"
#include "netem.h"
#include "units.h"

/* What is being read. */
struct reader {
	char **words; /* the next one */
	struct netem_params *p;
	bool distribution; /* one was named */
};

static bool bad(const char *what)
{
	fprintf(stderr, "Illegal \"%s\"\n", what);
	return false;
}

static bool said(const char *text)
{
	fprintf(stderr, "%s\n", text);
	return false;
}

/* The next word, NULL: there is none, and that has been said. */
static const char *take(struct reader *r)
{
	if (*r->words)
		return *r->words++;
	said("Command line is not complete. Try option \"help\"");
	return NULL;
}

static bool more_numbers(const struct reader *r)
{
	return *r->words && units_is_number(*r->words);
}

static bool take_percent(struct reader *r, const char *what, uint32_t *part)
{
	const char *word = take(r);

	return word && (units_percent(word, part) || bad(what));
}

static bool take_time(struct reader *r, const char *what, uint64_t *ns)
{
	const char *word = take(r);

	return word && ((units_time(word, ns) && *ns <= NETEM_MAX_DELAY) || bad(what));
}

static bool take_chance(struct reader *r, const char *what, struct netem_chance *chance)
{
	chance->correlation = 0;
	if (!take_percent(r, what, &chance->probability))
		return false;
	return !more_numbers(r) || take_percent(r, what, &chance->correlation);
}

static bool parse_limit(struct reader *r)
{
	const char *word = take(r);

	return word && (units_count(word, &r->p->limit) || bad("limit"));
}

static bool parse_delay(struct reader *r)
{
	if (!take_time(r, "latency", &r->p->delay))
		return false;
	if (!more_numbers(r))
		return true;
	if (!take_time(r, "latency", &r->p->jitter))
		return false;
	return !more_numbers(r) || take_percent(r, "latency", &r->p->delay_correlation);
}

/* p [ r [ 1-h [ 1-k ]]] */
static bool parse_gemodel(struct reader *r)
{
	struct netem_gemodel *m = &r->p->gemodel;
	struct {
		uint32_t *part;
		const char *what;
	} rest[] = { { &m->r, "loss gemodel r" },
		     { &m->loss_bad, "loss gemodel h" },
		     { &m->loss_good, "loss gemodel k" } };

	if (!take_percent(r, "loss gemodel p", &m->p))
		return false;
	*m = (struct netem_gemodel){ .p = m->p,
				     .r = NETEM_ALWAYS - m->p,
				     .loss_bad = NETEM_ALWAYS };
	for (size_t i = 0; i < ARRAY_LEN(rest) && more_numbers(r); i++)
		if (!take_percent(r, rest[i].what, rest[i].part))
			return false;
	r->p->bursts = 1;
	return true;
}

static bool parse_loss(struct reader *r)
{
	const char *word = *r->words;

	if (word && !strcmp(word, "gemodel")) {
		r->words++;
		return parse_gemodel(r);
	}
	if (word && !strcmp(word, "state"))
		return said("loss state is not supported; gemodel has two states");
	if (word && !strcmp(word, "random"))
		r->words++;
	r->p->bursts = 0;
	return take_chance(r, "loss percent", &r->p->loss);
}

static bool parse_reorder(struct reader *r)
{
	return take_chance(r, "reorder", &r->p->reorder);
}

static bool parse_duplicate(struct reader *r)
{
	return take_chance(r, "duplicate", &r->p->duplicate);
}

static bool parse_corrupt(struct reader *r)
{
	return take_chance(r, "corrupt", &r->p->corrupt);
}

static bool parse_gap(struct reader *r)
{
	const char *word = take(r);

	return word && (units_count(word, &r->p->gap) || bad("gap"));
}

static bool parse_distribution(struct reader *r)
{
	const char *word = take(r);

	if (!word)
		return false;
	r->distribution = true;
	if (!strcmp(word, "uniform"))
		r->p->distribution = NETEM_UNIFORM;
	else if (!strcmp(word, "normal"))
		r->p->distribution = NETEM_NORMAL;
	else
		return said("the distribution is either uniform or normal");
	return true;
}

static bool parse_ecn(struct reader *r)
{
	r->p->ecn = 1;
	return true;
}

static bool parse_rate(struct reader *r)
{
	const char *word = take(r);
	long overhead;

	if (!word)
		return false;
	if (!units_rate(word, &r->p->rate) || !r->p->rate || r->p->rate > NETEM_MAX_RATE)
		return bad("rate");
	if (!*r->words || !(units_is_number(*r->words) || units_is_number(*r->words + 1)) ||
	    !app_number(*r->words, -NETEM_MAX_OVERHEAD, NETEM_MAX_OVERHEAD, &overhead))
		return true;
	r->words++;
	r->p->overhead = (int32_t)overhead;
	return true;
}

static bool parse_seed(struct reader *r)
{
	const char *word = take(r);
	uint64_t seed = 0;

	if (!word)
		return false;
	for (; *word >= '0' && *word <= '9'; word++)
		seed = seed * 10 + (uint64_t)(*word - '0');
	if (*word || !seed)
		return bad("seed");
	r->p->seed = seed;
	return true;
}

/* A front part of a name will do; the first that fits is meant. */
static const struct option {
	const char *name;
	bool (*parse)(struct reader *r);
} options[] = {
	{ "limit", parse_limit },
	{ "latency", parse_delay },
	{ "delay", parse_delay },
	{ "loss", parse_loss },
	{ "drop", parse_loss },
	{ "reorder", parse_reorder },
	{ "corrupt", parse_corrupt },
	{ "gap", parse_gap },
	{ "duplicate", parse_duplicate },
	{ "distribution", parse_distribution },
	{ "rate", parse_rate },
	{ "seed", parse_seed },
	{ "ecn", parse_ecn },
};

static bool parse_option(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; len && i < ARRAY_LEN(options); i++)
		if (!strncmp(word, options[i].name, len))
			return options[i].parse(r);
	fprintf(stderr, "What is \"%s\"?\n", word);
	return false;
}

/* What needs what. */
static bool complete(struct reader *r)
{
	struct netem_params *p = r->p;

	if (p->reorder.probability && !p->delay)
		return said("reordering not possible without specifying some delay");
	if (p->gap && !p->reorder.probability)
		return said("gap specified without reorder probability");
	if (p->ecn && !p->loss.probability && !p->bursts)
		return said("ecn requested without loss model");
	if (r->distribution && !(p->delay && p->jitter))
		return said("distribution specified but no latency and jitter values");
	if (p->reorder.probability && !p->gap)
		p->gap = 1;
	return true;
}

bool netem_parse(char **words, struct netem_params *p)
{
	struct reader r = { words, p };

	*p = (struct netem_params){ .limit = NETEM_LIMIT };
	while (*r.words)
		if (!parse_option(&r, *r.words++))
			return false;
	return complete(&r);
}
