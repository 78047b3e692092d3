/* Command-line options; the variables are the task's own. */
#pragma once

struct __getopt {
	int ind, err, opt;
	char *arg;
	char *next;  /* rest of a group of short options */
	int skipped; /* operands between ind and the word in work */
};
struct __getopt *__getopt_state(void);
#define optind (__getopt_state()->ind)
#define opterr (__getopt_state()->err)
#define optopt (__getopt_state()->opt)
#define optarg (__getopt_state()->arg)

struct option {
	const char *name;
	int has_arg;
	int *flag;
	int val;
};
#define no_argument 0
#define required_argument 1
#define optional_argument 2

/*
 * Moves operands behind the options; with '+' first in @opts they end at the first operand. optind
 * = 1 starts again.
 */
int getopt(int argc, char *const argv[], const char *opts);
int getopt_long(int argc, char *const argv[], const char *opts, const struct option *longopts,
		int *index);
