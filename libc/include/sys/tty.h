/* The console's line discipline. */
#pragma once

#include <abi/syscall.h>

/* Sets TTY_RAW, TTY_NOSIG or 0 (lines, echo, signals). */
int ttymode(int flags);
