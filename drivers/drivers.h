/*
 * What each driver shows to the table in drivers.c.
 */
#pragma once

struct pci_driver;

extern const struct pci_driver e1000_driver;

/* The host build's: each starts a device for every option of its kind on the command line. */
void tap_probe(void);
void dgram_probe(void);

/* Finds the hardware and starts a driver for each piece. An initcall. */
void drivers_init(void);
