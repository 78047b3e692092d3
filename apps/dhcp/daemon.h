/*
 * The DHCP client as a task in the background, and how others start and stop it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How long to wait for a first lease: many servers ping an address for three seconds before they
 * offer it. */
#define DHCP_FIRST_WAIT (7 * NSEC_PER_SEC / 2)

/* Serves @dev until it is told to stop; its exit status. @ready_fd (-1: none) gets one byte when
 * the first lease is configured. */
int dhcp_daemon(const char *dev, int ready_fd);

/* Starts a client for @dev in the background. Returns a descriptor that becomes readable at the
 * first lease, -1: said why not. */
int dhcp_spawn(const char *dev);
/* Waits for @n clients of dhcp_spawn() to get their leases, @ns at most in all; closes the
 * descriptors. How many have none. */
int dhcp_wait(int *fds, int n, int64_t ns);
/* The client that serves @dev, 0: none. */
pid_t dhcp_pid(const char *dev);
/* Ends it with @sig (SIGTERM: the address stays, SIGUSR1: the lease is given back); false: there
 * was none. */
bool dhcp_stop(const char *dev, int sig);
