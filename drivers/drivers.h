/*
 * What each driver shows to the table in drivers.c.
 */
#pragma once

struct pci_driver;

extern const struct pci_driver e1000_driver;
extern const struct pci_driver ne2k_pci_driver;

/* Not on a bus that lists its devices: looks at the ports where such cards are. Boot. */
void ne2k_isa_probe(void);

/* The second serial port, /dev/ttyS1. Boot. */
void serial_init(void);

/* The host build's: each starts a device for every option of its kind on the command line. */
void tap_probe(void);
void dgram_probe(void);

/* Finds the hardware and starts a driver for each piece. An initcall. */
void drivers_init(void);
