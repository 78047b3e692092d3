/*
 * What the outer side's files know of each other.
 */
#pragma once

#include "kernel/arch/host/hostio.h"

/* Removes the sockets that we have made in the file system. Safe in a signal handler. */
void host_net_cleanup(void);

/* The command line's options, noted for host_option_*. False: too many. */
bool host_add_tap(const char *name);
bool host_add_dgram(char *pair); /* "LOCAL,REMOTE", cut in place */
void host_set_initrd(const char *path);
