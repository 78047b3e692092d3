/* Unpredictable bytes from the kernel. */
#pragma once

#include <abi/types.h>

#define GRND_NONBLOCK 1
#define GRND_RANDOM 2

ssize_t getrandom(void *buf, size_t len, unsigned int flags);
