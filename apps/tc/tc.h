/* The parts of tc. */
#pragma once

#include <abi/qdisc.h>
#include <stdbool.h>

struct tc_options {
	bool stats;
};

bool tc_matches(const char *word, const char *name);
/* @words: what follows "qdisc". An exit status: 1 for what we do not understand, 2 for what the
 * kernel does not. */
int tc_qdisc(const struct tc_options *o, char **words);
/* Shows the discipline of @dev, or all (NULL). An exit status. */
int tc_qdisc_show(const struct tc_options *o, const char *dev);
int tc_no_device(const char *dev); /* says so; 1 */
