/*
 * The clock (arch_clock_ns of kernel/arch.h): the TSC, scaled to nanoseconds.
 */
#pragma once

#include "kernel/types.h"

/* Finds out how fast the TSC and the local APIC's timer are; takes about 2 ms unless the CPU says
 * it. Boot. */
void clock_init(void);
bool cpu_has_tsc(void);

/* What is known of the local APIC's timer: its ticks per second, 0: no such timer. */
u64 clock_lapic_hz(void);
/* The TSC's value when arch_clock_ns() will be @ns. Any context. */
u64 clock_tsc_at(u64 ns);
/* The clock must be read at least this often. */
u64 clock_max_sleep(void);
/*
 * Measures the TSC again over the time since boot, once, when a second or more has passed: the
 * first 2 ms are good for three digits, this for six. True if the frequencies changed. Hardirq.
 */
bool clock_refine(u64 now);
