/*
 * Every driver of the machine. A new one is a file beside these and a line here.
 */
#include "drivers/drivers.h"
#include "drivers/pci.h"

static const struct pci_driver *const pci_drivers[] = {
	&e1000_driver,
};

void drivers_init(void)
{
	pci_probe_all(pci_drivers, ARRAY_SIZE(pci_drivers));
}
