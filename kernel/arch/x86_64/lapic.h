/*
 * The local APIC: its timer, and passing the 8259's interrupts through. (SDM vol. 3, ch. 11)
 */
#pragma once

#include "kernel/types.h"

/* True if the CPU has one and it is now on. Boot. */
bool lapic_init(void);
/* True if its timer compares with the TSC. */
bool lapic_has_deadline(void);
/* Makes the timer's interrupt come on VECTOR_TIMER: in deadline mode, or counting down. Boot. */
void lapic_timer_setup(bool deadline);
/* Starts the countdown; 0 stops it. Any context. */
void lapic_timer_start(u32 count);
u32 lapic_timer_count(void);
/* Ends the timer's interrupt. Hardirq. */
void lapic_eoi(void);
