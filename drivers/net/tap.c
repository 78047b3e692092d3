/*
 * Host driver: a card on a tap device of Linux (--tap NAME), so that Linux's own stack is the peer.
 */
#include "drivers/drivers.h"
#include "drivers/net/hostnic.h"

static int tap_open(int n, const char **what)
{
	*what = host_option_tap(n);
	return *what ? host_tap_open(*what) : -ENODEV;
}

void tap_probe(void)
{
	hostnic_probe("tap", tap_open);
}
