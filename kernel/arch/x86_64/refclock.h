/*
 * Counters of known frequency, by which the TSC and the local APIC's timer are measured: ACPI's PM
 * timer, else channel 2 of the PIT.
 */
#pragma once

#include "kernel/types.h"

struct refclock {
	const char *name;
	u32 (*read)(void); /* counts up, modulo mask + 1 */
	u32 hz;
	u32 mask;
};

/* The best counter that runs. Boot. */
const struct refclock *refclock_init(void);

/* Has the PIT's channel 0 interrupt once after @count (1 to 65535) of its ticks. Any context. */
void pit_start(u16 count);

#define PIT_HZ 1193182
