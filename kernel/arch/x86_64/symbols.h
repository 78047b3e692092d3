/*
 * Names for code addresses, from the table that the second link step adds (symbols.awk).
 */
#pragma once

#include "kernel/module_load.h"
#include "kernel/types.h"

#define SYMBOL_MAX MODULE_SYMBOL_MAX

/* The function that holds @addr, and how far into it; false if none does. Any context. */
bool symbol_find(u64 addr, char name[SYMBOL_MAX], u64 *offset);
