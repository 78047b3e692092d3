/*
 * Host driver: a card on a datagram socket (--dgram LOCAL,REMOTE), a frame a datagram, as QEMU's
 * -netdev dgram speaks it.
 */
#include "drivers/drivers.h"
#include "drivers/net/hostnic.h"

static int dgram_open(int n, const char **what)
{
	const char *remote = NULL;

	*what = host_option_dgram(n, &remote);
	return *what ? host_dgram_open(*what, remote) : -ENODEV;
}

void dgram_probe(void)
{
	hostnic_probe("dgram", dgram_open);
}
