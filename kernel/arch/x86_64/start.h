/*
 * From boot/entry.S to kernel_main, and the names that linker.ld gives.
 */
#pragma once

#include "kernel/types.h"

/* Up to __boot_tables_end the memory is free once paging_init has left the boot tables. */
extern const u8 __image_start[], __image_end[], __boot_tables_end[];
extern const u8 __text_end[], __rodata_start[], __rodata_end[], __data_start[];
extern const u8 __symbols[], __symbols_end[];
/* boot/entry.S: the page below boot_stack is never mapped. */
extern u8 boot_stack_guard[], boot_stack[], boot_stack_top[];

/* The first C function: on the boot tables, with the loader's @magic and @info. */
void arch_start(u32 magic, u64 info) __noreturn;
/* Says on the console in one line why we cannot run, and stops; trusts nothing but the console. */
void boot_fail(const char *why) __noreturn;
