/* Waiting for descriptors. */
#pragma once

#include <abi/poll.h>

int poll(struct pollfd *fds, nfds_t n, int timeout_ms);
