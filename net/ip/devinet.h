/*
 * Between devinet.c, which knows what an address entails, and devinet_ioctl.c, which knows what
 * ifconfig says. Task context.
 */
#pragma once

#include "net/ip/inetdevice.h"

/* An address with its class's or @prefixlen's mask, not yet inserted; NULL: no memory. */
struct in_ifaddr *inet_alloc_ifa(struct in_device *in_dev, const char *label, be32 local,
				 u8 prefixlen);
/* Gives @ifa its place and its routes, and announces it. It stays the caller's on error: -EEXIST,
 * -EINVAL (scopes clash). */
int inet_insert_ifa(struct in_ifaddr *ifa);
/* Takes it away with its routes (and, a primary, its secondaries), and frees it. */
void inet_remove_ifa(struct in_ifaddr *ifa);
