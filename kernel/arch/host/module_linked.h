/*
 * The modules that are linked into the program; the Makefile writes the table.
 */
#pragma once

#include "kernel/module.h"

extern const struct module_info *const modules_linked[];
extern const size_t nr_modules_linked;
