/*
 * Every driver of the host build. A new one is a file beside these and a line here.
 */
#include "drivers/drivers.h"

static void (*const host_drivers[])(void) = {
	tap_probe,
	dgram_probe,
};

void drivers_init(void)
{
	for (unsigned int i = 0; i < sizeof(host_drivers) / sizeof(host_drivers[0]); i++)
		host_drivers[i]();
}
