/*
 * A network card of the host build: an Ethernet device over a descriptor of Linux that reads and
 * writes one frame at a time. What kind of descriptor - a tap device (tap.c), a datagram socket
 * (dgram.c) - makes no difference once it is open.
 */
#pragma once

#include "net/link/netdevice.h"

/* How to get the descriptor for card @n; -ENODEV: there is no such card. */
typedef int (*hostnic_open_fn)(int n, const char **what);

/* Registers a device for each card that @open finds. Task. */
void hostnic_probe(const char *driver, hostnic_open_fn open);
