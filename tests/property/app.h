/*
 * The programs at the two ends of a connection. What each sends follows from a number of the
 * connection's, so the other can tell every byte; when and how it calls is at random: sizes, pauses
 * of virtual time, options, half-closing, closing at once.
 */
#pragma once

#include "tests/property/stack.h"

#define APP_PORT 80
#define APP_LOCAL_PORT 10000 /* connection i comes from here + i */

struct conn;

enum app_state { APP_IDLE, APP_CONNECTING, APP_OPEN, APP_DONE };

struct app {
	struct stack *stack;
	struct conn *conn;
	enum app_state state;
	int fd;
	struct dice dice;
	uint64_t key_out, key_in;
	uint64_t total_out, total_in, sent, got;
	uint64_t start_at, write_at, read_at; /* not before */
	uint64_t abort_after;		      /* bytes sent and got; UINT64_MAX: never */
	uint32_t write_max, read_max;
	uint32_t write_pause, read_pause; /* percent of the calls that one follows */
	uint64_t pause_max;
	bool shuts;   /* its sending side as soon as all is sent */
	bool fidgets; /* with options */
	bool fast_open;
	bool write_blocked, read_blocked; /* until poll says so */
	bool fin_sent, eof;
};

struct conn {
	int number;
	struct app end[2]; /* who connects, who accepts */
	bool may_break;	   /* one end closes early */
	bool cookies;	   /* of SYN: what comes before the first segment may be answered by RST */
	bool accepted;
	bool given_up; /* half open: nobody will ever tell the end that is left */
	uint64_t progress_at;
	int tries;
};

/* What is wrong, from the first time on; NULL: nothing. */
extern const char *app_failure;
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Lets both ends do all that they want to do at @now: whether anything came of it. */
bool app_run(struct conn *c, struct app *a, uint64_t now);
/* A connection that has been accepted at @fd. */
void app_accepted(struct conn *c, int fd, uint64_t now);
/* When it has something to do of its own; STACK_NEVER. */
uint64_t app_next(const struct app *a);
/* What it waits for, for poll; 0: nothing. */
short app_events(const struct app *a);
