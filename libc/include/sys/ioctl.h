/* Device control; the requests are those of <net/if.h> and <sys/socket.h>. */
#pragma once

#include <abi/net_if.h>
#include <abi/socket.h>

int ioctl(int fd, unsigned long request, ...);
