/*
 * Chance from the CPU (RDSEED, else RDRAND), and the canary that needs it first.
 */
#include "kernel/arch.h"
#include "kernel/printk.h"

#include "clock.h"
#include "cpu_x86.h"
#include "stackguard.h"

#define TRIES 16 /* both instructions may run dry for a moment */

u64 __stack_chk_guard = 0x5bd1e995a7c3f100;

static bool have_rdseed, have_rdrand;

void __stack_chk_fail(void)
{
	panic("stack smashed, seen on the way to %p", __builtin_return_address(0));
}

__attribute__((no_stack_protector)) bool arch_random_seed(u64 *seed)
{
	u64 v = 0;
	u8 ok = 0;

	for (int i = 0; i < TRIES && have_rdseed && !ok; i++)
		__asm__ volatile("rdseed %0; setc %1" : "=r"(v), "=qm"(ok) : : "cc");
	for (int i = 0; i < TRIES && have_rdrand && !ok; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(v), "=qm"(ok) : : "cc");
	*seed = v;
	return ok;
}

/* The lowest byte stays 0: a string that overflows cannot write it. */
__attribute__((no_stack_protector)) void stack_guard_init(void)
{
	u64 seed;

	have_rdseed = cpuid_or_zero(7).ebx & 1 << 18;
	have_rdrand = cpuid_or_zero(1).ecx & 1 << 30;
	if (!arch_random_seed(&seed))
		seed = arch_cycles() * 0x9e3779b97f4a7c15UL;
	__stack_chk_guard ^= seed & ~0xffUL;
}

u64 arch_cycles(void)
{
	return cpu_has_tsc() ? rdtsc() : arch_clock_ns();
}
