/* Impairments in words: netem's, read by skbox's own tc, and one of the relay's. */
#pragma once

#include <abi/netem.h>
#include <stdbool.h>

/*
 * Reads @text, which it cuts into words. *@bytes: the value of "bytes N", a bound for the queue.
 * False: has said what is wrong.
 */
bool command_impairments(char *text, struct netem_params *p, uint64_t *bytes);
