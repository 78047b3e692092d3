/* Syscalls by number. */
#pragma once

#include <abi/syscall.h>

long syscall(long nr, ...);
