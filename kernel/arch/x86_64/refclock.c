/*
 * The PM timer (ACPI 6.5, §4.8.3.3) and the 8254 PIT (Intel 8254 data sheet). Channel 2 of the PIT
 * is gated by port 0x61 and interrupts nobody; channel 0 is the clock interrupt of machines without
 * a local APIC.
 */
#include "refclock.h"

#include "acpi.h"
#include "io.h"

#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define GATE_CHANNEL2 0x01
#define GATE_SPEAKER 0x02
#define CHANNEL0_ONE_SHOT 0x30
#define CHANNEL2_RATE 0xb4
#define CHANNEL2_LATCH 0x80
#define STARTS_WITHIN 10000 /* reads; each takes a good part of a microsecond or more */

static u32 pm_read(void)
{
	return inl(acpi_pm_timer_port());
}

static u32 pit_read(void)
{
	u32 count;

	outb(PIT_COMMAND, CHANNEL2_LATCH);
	count = inb(PIT_CHANNEL2);
	count |= inb(PIT_CHANNEL2) << 8;
	return -count; /* it counts down */
}

static const struct refclock pm_timer = { "acpi_pm", pm_read, 3579545, 0xffffff };
static const struct refclock pit = { "pit", pit_read, PIT_HZ, 0xffff };

static void pit_start_channel2(void)
{
	outb(PIT_GATE, (inb(PIT_GATE) & ~GATE_SPEAKER) | GATE_CHANNEL2);
	outb(PIT_COMMAND, CHANNEL2_RATE);
	outb(PIT_CHANNEL2, 0);
	outb(PIT_CHANNEL2, 0);
}

static bool pm_timer_runs(void)
{
	u32 first;

	if (!acpi_pm_timer_port())
		return false;
	first = pm_read();
	for (int i = 0; i < STARTS_WITHIN; i++)
		if ((pm_read() ^ first) & pm_timer.mask)
			return true;
	return false;
}

const struct refclock *refclock_init(void)
{
	if (pm_timer_runs())
		return &pm_timer;
	pit_start_channel2();
	return &pit;
}

void pit_start(u16 count)
{
	outb(PIT_COMMAND, CHANNEL0_ONE_SHOT);
	outb(PIT_CHANNEL0, count & 0xff);
	outb(PIT_CHANNEL0, count >> 8);
}
