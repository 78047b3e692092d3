/* Waiting for descriptors, the old way. */
#pragma once

#include <abi/poll.h>

#define FD_SET(fd, set) ((void)((set)->fds_bits[(fd) / 64] |= 1UL << ((fd) % 64)))
#define FD_CLR(fd, set) ((void)((set)->fds_bits[(fd) / 64] &= ~(1UL << ((fd) % 64))))
#define FD_ISSET(fd, set) ((int)((set)->fds_bits[(fd) / 64] >> ((fd) % 64) & 1))
#define FD_ZERO(set) ((void)(*(set) = (fd_set){ { 0 } }))

int select(int n, fd_set *rd, fd_set *wr, fd_set *ex, struct timeval *timeout);
