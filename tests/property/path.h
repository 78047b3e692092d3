/*
 * What lies between the two stacks: a line of the relay for each direction, a router with an MTU of
 * its own in the middle, and the weather - the impairments, which change while a run lasts, with
 * blackouts of some seconds. It clears up for good after a while, so that every run can end.
 */
#pragma once

#include "tests/property/stack.h"
#include "tests/relay/line.h"

#include <stdio.h>

#define MS 1000000UL
#define SECOND (1000 * MS)

struct path {
	struct stack *side[2];
	struct line line[2]; /* towards side[1], towards side[0] */
	struct dice dice;
	unsigned int mtu; /* the router's */
	bool tells;	  /* by ICMP, when something does not fit */
	bool rough;	  /* losses at all */
	uint64_t clear_at, weather_at;
	bool clear;
	uint64_t packets; /* that entered */
	FILE *pcap;
};

void path_init(struct path *p, struct stack side[2], uint64_t seed, unsigned int mtu, bool tells);
void path_clear(struct path *p);
/* Takes what the stacks send, and gives them what has arrived by @now: whether there was any. */
bool path_move(struct path *p, uint64_t now);
/* When it has something to do next. */
uint64_t path_next(const struct path *p);
/* Nothing is under way. */
bool path_is_quiet(const struct path *p);
/* A pcap file for the packets as they enter; its times are those of the virtual clock. */
void path_record(struct path *p, const char *file);
