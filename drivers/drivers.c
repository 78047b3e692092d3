/*
 * Every driver of the machine. A new one is a file beside these and a line here.
 */
#include "drivers/drivers.h"
#include "drivers/pci.h"
#include "kernel/proc.h"

static const struct pci_driver *const pci_drivers[] = {
	&e1000_driver,
	&ne2k_pci_driver,
};

static const struct proc_entry files[] = {
	{ "pci", pci_show },
};

void drivers_init(void)
{
	proc_register(files, ARRAY_SIZE(files));
	serial_init();
	pci_probe_all(pci_drivers, ARRAY_SIZE(pci_drivers));
	ne2k_isa_probe();
}
