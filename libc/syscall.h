/* sys(nr, …): a syscall with as many arguments as given; the raw result, -errno for errors. */
#pragma once

#include <abi/syscall.h>
#include <syscall_arch.h>

#define SYS_ARGS_(nr, a, b, c, d, e, f, ...)                                                       \
	__syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(...) SYS_ARGS_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
