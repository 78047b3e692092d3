/*
 * The load averages over 1, 5 and 15 minutes: how many tasks wanted to run.
 */
#pragma once

#include "kernel/types.h"

#define LOAD_SHIFT 11 /* fixed point: 1.0 is 1 << LOAD_SHIFT */

/* Average @n: 0 to 2. Task. */
u32 load_average(int n);
/* Tasks that are runnable now, ours included. Task. */
int tasks_runnable(void);
