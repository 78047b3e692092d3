/* One run of the property test: all that happens follows from the seed. */
#pragma once

#include "tests/property/app.h"
#include "tests/property/path.h"

#define MAX_CONNS 10

struct run {
	uint64_t seed, now;
	struct stack *stack; /* two */
	struct path path;
	struct conn conn[MAX_CONNS];
	int conns;
	bool shortage; /* of memory */
	int listener[2];
	uint64_t fired[2], fired_before[2], packets_before; /* timers, in the second that counts */
	uint64_t second_end;
	char what[2000]; /* what was drawn, for people */
};

/* Draws everything: both stacks are booted with it and listen. @pcap: a file, or NULL. */
void scenario(struct run *r, struct stack stack[2], uint64_t seed, const char *pcap);
/* Runs until nothing is left of all connections; what went wrong is app_failure. */
void run(struct run *r);
