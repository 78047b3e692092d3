/* Syscalls by number: syscall(nr, …) with up to six arguments. */
#pragma once

#include <abi/syscall.h>

long __syscall(long nr, long a1, long a2, long a3, long a4, long a5, long a6);

#define __SYSCALL_ARGS(nr, a, b, c, d, e, f, ...)                                                  \
	__syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define syscall(...) __SYSCALL_ARGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
