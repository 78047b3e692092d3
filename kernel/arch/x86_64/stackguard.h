/*
 * The stack protector's canary.
 */
#pragma once

#include "kernel/types.h"

/* What the compiler names them. */
extern u64 __stack_chk_guard;
void __stack_chk_fail(void) __noreturn;

/* Makes the canary one that nobody can know. Before any function that checks its own. Boot. */
void stack_guard_init(void);
