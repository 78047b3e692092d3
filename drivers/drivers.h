/*
 * What each driver shows to the table in drivers.c.
 */
#pragma once

struct pci_driver;

extern const struct pci_driver e1000_driver;

/* Finds the hardware and starts a driver for each piece. An initcall. */
void drivers_init(void);
