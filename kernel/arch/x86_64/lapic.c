/*
 * The local APIC. x2APIC mode (registers in MSRs) is used where the CPU has it: under a hypervisor
 * an MSR is cheaper than emulated memory.
 */
#include "lapic.h"

#include "cpu_x86.h"
#include "io.h"
#include "kernel/mm.h"
#include "trap.h"

#define APIC_BASE_ENABLE (1 << 11)
#define APIC_BASE_X2APIC (1 << 10)
#define MSR_X2APIC 0x800

#define LAPIC_TPR 0x080
#define LAPIC_EOI 0x0b0
#define LAPIC_SVR 0x0f0
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_LINT1 0x360
#define LAPIC_LVT_ERROR 0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

#define SVR_ENABLE 0x100
#define LVT_MASKED (1 << 16)
#define LVT_NMI 0x400
#define LVT_EXTINT 0x700
#define LVT_TIMER_DEADLINE (2 << 17)
#define DIVIDE_BY_16 0x3

static void *regs; /* NULL: x2APIC */
static bool have_deadline;

static void lapic_write(u32 reg, u32 v)
{
	if (regs)
		mmio_write32(regs + reg, v);
	else
		wrmsr(MSR_X2APIC + (reg >> 4), v);
}

static u32 lapic_read(u32 reg)
{
	return regs ? mmio_read32(regs + reg) : (u32)rdmsr(MSR_X2APIC + (reg >> 4));
}

static bool lapic_enable(u32 features)
{
	u64 base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	if (features & 1 << 21) {
		wrmsr(MSR_APIC_BASE, base); /* off to x2APIC in one step is not allowed */
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
		return true;
	}
	wrmsr(MSR_APIC_BASE, base);
	regs = arch_ioremap(base & 0x000ffffffffff000, PAGE_SIZE);
	return regs;
}

bool lapic_init(void)
{
	struct cpuid features = cpuid_or_zero(1);

	if (!(features.edx & 1 << 9) || !lapic_enable(features.ecx))
		return false;
	have_deadline = features.ecx & 1 << 24;
	lapic_write(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
	lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
	return true;
}

bool lapic_has_deadline(void)
{
	return have_deadline;
}

void lapic_timer_setup(bool deadline)
{
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | (deadline ? LVT_TIMER_DEADLINE : 0));
	__asm__ volatile("mfence" : : : "memory"); /* before the first write of the deadline */
}

void lapic_timer_start(u32 count)
{
	lapic_write(LAPIC_TIMER_INITIAL, count);
}

u32 lapic_timer_count(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}
