/* Starting an app as a new task: skbox has this instead of fork and exec. */
#pragma once

#include <abi/syscall.h>
#include <abi/types.h>

/* Runs app @name with a NULL-terminated @argv; @flags: SPAWN_*. Returns its pid, or -1 (ENOENT,
 * EAGAIN, ENOMEM). */
pid_t spawn(const char *name, char *const argv[], int flags);
