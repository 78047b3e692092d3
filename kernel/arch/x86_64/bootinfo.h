/*
 * What the loader told us, in one form for both protocols. The readers run on the boot tables,
 * which map the first 4 GiB; what they keep is copied, since the loader's own structures lie in
 * memory that becomes free.
 */
#pragma once

#include "kernel/types.h"

#define PVH_MAGIC 0x336ec578
#define MULTIBOOT2_MAGIC 0x36d76289

/* Reads the loader's structure at @info according to @magic. One-line death if it is of neither
 * kind. Boot. */
void bootinfo_read(u32 magic, u64 info);
/* The command line, "" if there is none. */
const char *bootinfo_cmdline(void);

/* The readers of the two protocols, and what they report to. @info is physical. */
void pvh_read(u64 info);
void multiboot2_read(u64 info);
void bootinfo_set_cmdline(const char *text);
void bootinfo_add_module(u64 start, u64 len);
