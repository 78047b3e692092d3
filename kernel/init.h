/*
 * Start-up: kernel_main brings the kernel's own parts up in order, then what the image is made of
 * (boot/image.c), then task 1.
 */
#pragma once

#include "kernel/types.h"

/* The first C function, on the boot stack, interrupts off. @cmdline is copied. */
void kernel_main(const char *cmdline);

/* All of the kernel's own parts, up to the point where tasks could run; kernel_main and libskbox
 * share it. */
void kernel_init(const char *cmdline);

/* Says which sysctl. words of the command line nothing has answered to. Boot, after the initcalls.
 */
void sysctl_check_cmdline(void);

struct initcall {
	const char *name;
	void (*fn)(void); /* task context (the boot task), interrupts on */
};

/* What the image is made of beyond the kernel: boot/image.c, or the library's own. */
extern const struct initcall initcalls[];
extern const size_t nr_initcalls;
