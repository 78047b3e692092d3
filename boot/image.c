/*
 * What the image is made of beyond the kernel: the one place that names the network and the drivers
 * to start. The order is the order of start-up.
 */
#include "kernel/init.h"

void net_init(void);
void drivers_init(void);

const struct initcall initcalls[] = {
	{ "net", net_init },
	{ "drivers", drivers_init },
};
const size_t nr_initcalls = sizeof(initcalls) / sizeof(initcalls[0]);
