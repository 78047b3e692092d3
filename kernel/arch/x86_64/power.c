/*
 * The ends: off, again, or never more. Each tries what the machine says of itself first, then what
 * PCs have always had.
 */
#include "acpi.h"
#include "clock.h"
#include "cpu_x86.h"
#include "io.h"
#include "kernel/arch.h"
#include "kernel/timer.h"

#define RESET_CONTROL 0xcf9 /* of the chip set */
#define KEYBOARD_STATUS 0x64
#define KEYBOARD_RESET 0xfe

/* Gives a port write time to take effect. */
static void power_wait(void)
{
	u64 end = arch_clock_ns() + 50 * NSEC_PER_MSEC;

	while (arch_clock_ns() < end)
		;
}

static void triple_fault(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed none = { 0 };

	__asm__ volatile("lidt %0; int3" : : "m"(none));
}

void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

void arch_poweroff(void)
{
	static const char message[] = "It is now safe to turn off the machine.\n";

	arch_irq_disable();
	acpi_poweroff();
	power_wait();
	arch_console_write(message, sizeof(message) - 1);
	arch_halt();
}

void arch_reset(void)
{
	arch_irq_disable();
	acpi_reset();
	power_wait();
	outb(RESET_CONTROL, 0x02); /* a hard reset, now */
	outb(RESET_CONTROL, 0x06);
	power_wait();
	outb(KEYBOARD_STATUS, KEYBOARD_RESET);
	power_wait();
	triple_fault();
	arch_halt();
}

void arch_idle(void)
{
	/* sti takes effect after the next instruction: nothing can come between it and hlt. */
	__asm__ volatile("sti; hlt" : : : "memory");
}
