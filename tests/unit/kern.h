/*
 * For tests of the kernel's core: the kernel without network and init, on a clock that the test
 * moves.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/types.h"

/* Starts the kernel's own parts on @cmdline, once in a process. */
void kern_start(const char *cmdline);
/* Asserts that @fn panics. */
void assert_panics(void (*fn)(void));
/* Asserts that the address sanitizer ends @fn. */
void assert_sanitizer_stops(void (*fn)(void));
/* Numbers that repeat in every run. */
u32 test_random(void);
