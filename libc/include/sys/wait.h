/* Waiting for a task that this one spawned. */
#pragma once

#include <abi/system.h>

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
