/*
 * PCI by configuration mechanism 1 (PCI Local Bus 3.0, §3.2.2.3.2; bridges: PCI-to-PCI Bridge 1.2).
 * BARs are sized only for the devices that a driver wants: sizing switches the device off for a
 * moment, and under a hypervisor each such switch is slow.
 */
#include "pci.h"

#include "io.h"
#include "kernel/arch.h"
#include "kernel/printk.h"
#include "kernel/proc.h"
#include "pic.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define CONFIG_ENABLE 0x80000000U

#define PCI_VENDOR 0x00
#define PCI_COMMAND 0x04
#define PCI_STATUS 0x06
#define PCI_CLASS_REVISION 0x08
#define PCI_HEADER_TYPE 0x0e
#define PCI_BAR0 0x10
#define PCI_SECONDARY_BUS 0x19
#define PCI_SUBSYSTEM 0x2c
#define PCI_CAPABILITIES 0x34
#define PCI_INTERRUPT_LINE 0x3c
#define PCI_INTERRUPT_PIN 0x3d

#define COMMAND_IO 0x0001
#define COMMAND_MEMORY 0x0002
#define COMMAND_MASTER 0x0004
#define COMMAND_INTX_OFF 0x0400
#define STATUS_CAPABILITIES 0x0010
#define HEADER_MULTI 0x80
#define HEADER_DEVICE 0
#define HEADER_BRIDGE 1
#define BAR_IO 0x1
#define BAR_TYPE 0x6
#define BAR_TYPE_64 0x4
#define BAR_IO_MASK (~0x3U)
#define BAR_MEMORY_MASK (~0xfU)

#define PIC_LINES 16
#define CAPABILITIES_MAX 48 /* as many as fit: a list that is longer goes in circles */

static struct pci_dev devices[PCI_MAX_DEVS];
static size_t nr_devices;
static u64 buses_seen[256 / 64];

/* ---- configuration space ---- */

static void pci_select(const struct pci_dev *d, u8 reg)
{
	outl(CONFIG_ADDRESS,
	     CONFIG_ENABLE | d->bus << 16 | d->dev << 11 | d->fn << 8 | (reg & ~3U));
}

u32 pci_read32(const struct pci_dev *d, u8 reg)
{
	unsigned long flags = arch_irq_save();
	u32 v;

	pci_select(d, reg);
	v = inl(CONFIG_DATA);
	arch_irq_restore(flags);
	return v;
}

u16 pci_read16(const struct pci_dev *d, u8 reg)
{
	return pci_read32(d, reg) >> (reg & 2) * 8;
}

u8 pci_read8(const struct pci_dev *d, u8 reg)
{
	return pci_read32(d, reg) >> (reg & 3) * 8;
}

void pci_write32(const struct pci_dev *d, u8 reg, u32 value)
{
	unsigned long flags = arch_irq_save();

	pci_select(d, reg);
	outl(CONFIG_DATA, value);
	arch_irq_restore(flags);
}

void pci_write16(const struct pci_dev *d, u8 reg, u16 value)
{
	unsigned long flags = arch_irq_save();

	pci_select(d, reg);
	outw(CONFIG_DATA + (reg & 2), value);
	arch_irq_restore(flags);
}

void pci_write8(const struct pci_dev *d, u8 reg, u8 value)
{
	unsigned long flags = arch_irq_save();

	pci_select(d, reg);
	outb(CONFIG_DATA + (reg & 3), value);
	arch_irq_restore(flags);
}

u8 pci_find_capability(const struct pci_dev *d, u8 id)
{
	u8 at = 0;

	if (pci_read16(d, PCI_STATUS) & STATUS_CAPABILITIES)
		at = pci_read8(d, PCI_CAPABILITIES) & ~3;
	for (int i = 0; at && i < CAPABILITIES_MAX; i++) {
		u16 head = pci_read16(d, at);

		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & ~3;
	}
	return 0;
}

/* ---- finding devices ---- */

static void pci_scan_bus(u8 bus);

static void pci_add(const struct pci_dev *found, u32 id)
{
	struct pci_dev *d = &devices[nr_devices];
	u32 class;
	u8 pin;

	if (nr_devices == PCI_MAX_DEVS)
		return;
	nr_devices++;
	*d = *found;
	d->vendor = id;
	d->device = id >> 16;
	class = pci_read32(d, PCI_CLASS_REVISION);
	d->class = class >> 8;
	d->revision = class;
	pin = pci_read8(d, PCI_INTERRUPT_PIN);
	d->irq = pci_read8(d, PCI_INTERRUPT_LINE);
	if (!pin || !d->irq || d->irq >= PIC_LINES)
		d->irq = -1;
}

/* One function: a device for the list, or a bridge to follow. Its header type, 0 if there is
 * nothing. */
static u8 pci_scan_function(u8 bus, u8 dev, u8 fn)
{
	struct pci_dev d = { .bus = bus, .dev = dev, .fn = fn };
	u32 id = pci_read32(&d, PCI_VENDOR);
	u8 type;

	if ((id & 0xffff) == 0xffff || (id & 0xffff) == 0)
		return 0;
	pci_add(&d, id);
	type = pci_read8(&d, PCI_HEADER_TYPE);
	if ((type & ~HEADER_MULTI) == HEADER_BRIDGE)
		pci_scan_bus(pci_read8(&d, PCI_SECONDARY_BUS));
	return type;
}

static void pci_scan_bus(u8 bus)
{
	if (buses_seen[bus / 64] & 1UL << bus % 64)
		return;
	buses_seen[bus / 64] |= 1UL << bus % 64;
	for (u8 dev = 0; dev < 32; dev++) {
		if (!(pci_scan_function(bus, dev, 0) & HEADER_MULTI))
			continue;
		for (u8 fn = 1; fn < 8; fn++)
			pci_scan_function(bus, dev, fn);
	}
}

/* ---- BARs ---- */

/* Reads what sticks of all ones at @reg, and puts the old value back. */
static u32 pci_probe_bar(struct pci_dev *d, u8 reg, u32 old)
{
	u32 mask;

	pci_write32(d, reg, UINT32_MAX);
	mask = pci_read32(d, reg);
	pci_write32(d, reg, old);
	return mask;
}

/* Sizes BAR @n; the number of BARs that it takes up. */
static int pci_size_bar(struct pci_dev *d, int n)
{
	struct pci_bar *bar = &d->bar[n];
	u8 reg = PCI_BAR0 + 4 * n;
	u32 low = pci_read32(d, reg);
	u64 mask = pci_probe_bar(d, reg, low);

	if (low & BAR_IO) {
		mask &= BAR_IO_MASK & 0xffff; /* the upper half may be wired to 0 */
		*bar = (struct pci_bar){ low & BAR_IO_MASK & 0xffff, mask & -mask, true };
		return 1;
	}
	bar->base = low & BAR_MEMORY_MASK;
	mask &= BAR_MEMORY_MASK;
	if ((low & BAR_TYPE) == BAR_TYPE_64 && n + 1 < PCI_BARS) {
		u32 high = pci_read32(d, reg + 4);

		bar->base |= (u64)high << 32;
		mask |= (u64)pci_probe_bar(d, reg + 4, high) << 32;
	}
	bar->size = mask & -mask;
	return (low & BAR_TYPE) == BAR_TYPE_64 ? 2 : 1;
}

static void pci_size_bars(struct pci_dev *d)
{
	u16 command = pci_read16(d, PCI_COMMAND);

	pci_write16(d, PCI_COMMAND, command & ~(COMMAND_IO | COMMAND_MEMORY));
	for (int n = 0; n < PCI_BARS;)
		n += pci_size_bar(d, n);
	pci_write16(d, PCI_COMMAND, command);
}

void *pci_map_bar(struct pci_dev *d, int n, size_t *len)
{
	const struct pci_bar *bar = &d->bar[n];

	if (bar->io || !bar->size || !bar->base)
		return NULL;
	if (len)
		*len = bar->size;
	return arch_ioremap(bar->base, bar->size);
}

u16 pci_io_bar(const struct pci_dev *d, int n)
{
	return d->bar[n].io && d->bar[n].size ? d->bar[n].base : 0;
}

/* ---- drivers ---- */

void pci_enable(struct pci_dev *d)
{
	u16 command = pci_read16(d, PCI_COMMAND) & ~COMMAND_INTX_OFF;

	pci_write16(d, PCI_COMMAND, command | COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER);
	if (d->irq >= 0)
		pic_set_level(d->irq);
}

void pci_disable(struct pci_dev *d)
{
	u16 on = COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER;

	pci_write16(d, PCI_COMMAND, pci_read16(d, PCI_COMMAND) & ~on);
}

static bool pci_match(const struct pci_driver *driver, const struct pci_dev *d)
{
	for (const struct pci_id *id = driver->ids; id->vendor; id++)
		if (id->vendor == d->vendor && id->device == d->device)
			return true;
	return false;
}

static void pci_attach(struct pci_dev *d, const struct pci_driver *driver)
{
	u32 subsystem = pci_read32(d, PCI_SUBSYSTEM);
	int err;

	d->subsys_vendor = subsystem;
	d->subsys_device = subsystem >> 16;
	pci_size_bars(d);
	err = driver->probe(d);
	if (!err)
		d->driver = driver->name;
	else
		printk(KERN_ERR "pci %02x:%02x.%x: %s cannot drive it: error %d\n", d->bus, d->dev,
		       d->fn, driver->name, -err);
}

void pci_probe_all(const struct pci_driver *const *drivers, size_t n)
{
	if (!nr_devices)
		pci_scan_bus(0);
	for (size_t i = 0; i < nr_devices; i++)
		for (size_t k = 0; k < n && !devices[i].driver; k++)
			if (pci_match(drivers[k], &devices[i]))
				pci_attach(&devices[i], drivers[k]);
}

struct pci_dev *pci_device(size_t n)
{
	return n < nr_devices ? &devices[n] : NULL;
}

void pci_show(struct seq_file *s)
{
	for (size_t i = 0; i < nr_devices; i++) {
		const struct pci_dev *d = &devices[i];

		seq_printf(s, "%02x:%02x.%x %04x: %04x:%04x (rev %02x)", d->bus, d->dev, d->fn,
			   d->class >> 8, d->vendor, d->device, d->revision);
		if (d->irq >= 0)
			seq_printf(s, " irq %d", d->irq);
		for (int n = 0; n < PCI_BARS; n++)
			if (d->bar[n].size)
				seq_printf(s, " %s %llx+%llx", d->bar[n].io ? "io" : "mem",
					   (unsigned long long)d->bar[n].base,
					   (unsigned long long)d->bar[n].size);
		seq_printf(s, "%s%s\n", d->driver ? " driver " : "", d->driver ? d->driver : "");
	}
}
