/* Between poll.c and select.c: what select is made of. */
#pragma once

#include <abi/poll.h>

#include "kernel/types.h"

#define POLL_SMALL 64 /* so many fit on the stack */

/*
 * Sleeps until one of @fds has an event or @deadline (ns; 0: looks only). Their number, 0 at the
 * deadline, -EINTR, -ENOMEM. Task.
 */
int poll_until(struct pollfd *fds, size_t n, u64 deadline);
/* When a wait of @ns that begins now is over. */
u64 poll_deadline(u64 ns);
