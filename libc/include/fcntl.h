/* Opening files and controlling descriptors. */
#pragma once

#include <abi/fcntl.h>

int open(const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int cmd, ...);
