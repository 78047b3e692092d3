/*
 * The clock interrupt (arch_timer_arm of kernel/arch.h).
 */
#pragma once

#include "kernel/types.h"

/* Chooses the device: TSC deadline, else the local APIC's countdown, else the PIT. Boot; after
 * clock_init. */
void timer_init_hw(void);
/* The interrupt itself, called by trap_entry.S. */
void timer_irq(void);
