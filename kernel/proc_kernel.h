/*
 * The kernel's own /proc files (proc_kernel.c).
 */
#pragma once

/* Boot only. */
void proc_kernel_init(void);
