/*
 * PCI: finds the devices behind configuration mechanism 1, sizes their BARs, and hands each to the
 * driver whose table names it. Devices keep the addresses and interrupt lines that the firmware
 * gave them; MSI is not used.
 */
#pragma once

#include "kernel/types.h"

struct seq_file;

#define PCI_BARS 6
#define PCI_MAX_DEVS 64

struct pci_id {
	u16 vendor, device;
};

struct pci_bar {
	u64 base; /* bus address: a port for I/O, physical for memory */
	u64 size; /* 0: no such BAR, or the upper half of a 64-bit one */
	bool io;
};

struct pci_dev {
	u8 bus, dev, fn;
	u8 revision;
	u16 vendor, device;
	u16 subsys_vendor, subsys_device;
	u32 class; /* class << 16 | subclass << 8 | programming interface */
	int irq;   /* for request_irq; -1: no line */
	struct pci_bar bar[PCI_BARS];
	const char *driver; /* whose probe took it; NULL: nobody's */
	void *priv;	    /* the driver's own */
};

struct pci_driver {
	const char *name;
	const struct pci_id *ids;	   /* ends with vendor 0 */
	int (*probe)(struct pci_dev *dev); /* 0: taken; -errno: not. Task */
};

/* Finds all devices, then offers each to the first of the @n @drivers that knows its id. Boot,
 * task. */
void pci_probe_all(const struct pci_driver *const *drivers, size_t n);
/* The @n'th device that was found, NULL past the end. */
struct pci_dev *pci_device(size_t n);

/* Lets @dev answer to memory and I/O accesses and read memory by itself (bus master). Task. */
void pci_enable(struct pci_dev *dev);
/* The reverse: stops DMA and decoding. Any context. */
void pci_disable(struct pci_dev *dev);
/* Maps memory BAR @n uncached for ever; its length goes to @len unless that is NULL. NULL if there
 * is none. Task. */
void *pci_map_bar(struct pci_dev *dev, int n, size_t *len);
/* First port of I/O BAR @n, 0 if there is none. */
u16 pci_io_bar(const struct pci_dev *dev, int n);
/* Offset of capability @id in @dev's configuration space, 0 if it has none. */
u8 pci_find_capability(const struct pci_dev *dev, u8 id);

/* Configuration space; @reg is a byte offset, naturally aligned. Any context. */
u8 pci_read8(const struct pci_dev *dev, u8 reg);
u16 pci_read16(const struct pci_dev *dev, u8 reg);
u32 pci_read32(const struct pci_dev *dev, u8 reg);
void pci_write8(const struct pci_dev *dev, u8 reg, u8 value);
void pci_write16(const struct pci_dev *dev, u8 reg, u16 value);
void pci_write32(const struct pci_dev *dev, u8 reg, u32 value);

/* One line per device in the manner of `lspci -n`, with IRQ, BARs and driver, for /proc. */
void pci_show(struct seq_file *s);
