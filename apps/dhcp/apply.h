/*
 * What a lease means for the system: addresses, routes, /etc/resolv.conf, and the lease file that
 * `dhclient -s` shows.
 */
#pragma once

#include "packet.h"

/* Configures @dev from @lease. 0, or -1 after saying what failed. */
int dhcp_apply(const char *dev, const struct dhcp_view *lease);
/* Takes the lease's routes and address away again. */
void dhcp_unapply(const char *dev, const struct dhcp_view *lease);

/* Seconds from now on until the lease's three times; all DHCP_INFINITE if it never ends. */
struct dhcp_times {
	uint32_t renew, rebind, expire;
};
void dhcp_lease_write(const char *dev, const struct dhcp_view *lease, const struct dhcp_times *t);
void dhcp_lease_remove(const char *dev);
/* The address that the last lease file names, 0: none. */
in_addr_t dhcp_lease_address(const char *dev);
/* Prints the lease file of @dev. 0, or 1 after saying that there is none. */
int dhcp_lease_show(const char *dev);
int dhcp_prefixlen(const struct dhcp_view *lease);
