/*
 * Stacks (arch_stack_alloc, arch_stack_free of kernel/arch.h), for the trap handlers.
 */
#pragma once

#include "kernel/types.h"

/* True if @addr lies where a stack that overflows ends up. Any context. */
bool stack_is_guard(u64 addr);
