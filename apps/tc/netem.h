/*
 * netem's options between people and struct netem_params, as tc writes and reads them. The tests'
 * relay takes its impairments in the same words.
 */
#pragma once

#include <abi/netem.h>
#include <stdbool.h>

/*
 * Reads @words (NULL at the end), the options behind "netem", over the defaults. False: has said on
 * standard error, in one line, what is wrong.
 */
bool netem_parse(char **words, struct netem_params *p);
/* " delay 50ms 10ms loss 1%": with a space in front of each. */
void netem_print(const struct netem_params *p);
