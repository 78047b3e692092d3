/* The task's error number. */
#pragma once

#include <abi/errno.h>

int *__errno_location(void);
#define errno (*__errno_location())
