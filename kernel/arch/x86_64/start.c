/*
 * Bring-up of the machine, in the only order that works: console, loader's words, memory, page
 * tables, traps, clock; then the kernel.
 */
#include "start.h"

#include <string.h>

#include "acpi.h"
#include "bootinfo.h"
#include "clock.h"
#include "cpu_x86.h"
#include "drivers/uart.h"
#include "kernel/arch.h"
#include "kernel/init.h"
#include "memory.h"
#include "paging.h"
#include "pic.h"
#include "stackguard.h"
#include "timer_x86.h"
#include "trap.h"

void boot_fail(const char *why)
{
	arch_console_write("skbox: ", 7);
	arch_console_write(why, strlen(why));
	arch_console_write("\n", 1);
	arch_halt();
}

/* The guard changes here, so this function must not be one that checks it. */
__attribute__((no_stack_protector)) void arch_start(u32 magic, u64 info)
{
	stack_guard_init();
	uart_init();
	bootinfo_read(magic, info);
	memory_init();
	paging_init();
	traps_init();
	acpi_init();
	pic_init();
	clock_init();
	timer_init_hw();
	kernel_main(bootinfo_cmdline());
	arch_halt();
}
