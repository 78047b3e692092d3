/*
 * The few things we want from ACPI: the PM timer, the RTC's century, power-off and reset.
 */
#pragma once

#include "kernel/types.h"

/* The loader's RSDP, if it gave one; only its pointer is kept. Boot. */
void acpi_set_rsdp(const void *rsdp);
/* Finds and reads the tables. Without ACPI everything below says so. Boot; after paging_init. */
void acpi_init(void);

/* Port of the PM timer, 0: none. */
u16 acpi_pm_timer_port(void);
/* CMOS register of the century, 0: none. */
u8 acpi_century_register(void);

/* Enters S5; returns if that is not possible or had no effect. Any context. */
void acpi_poweroff(void);
/* Writes the reset register; returns if there is none or it had no effect. Any context. */
void acpi_reset(void);
