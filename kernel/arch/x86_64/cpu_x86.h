/*
 * The CPU's special registers and instructions, named as in the Intel SDM.
 */
#pragma once

#include "kernel/types.h"

#define MSR_APIC_BASE 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_EFER 0xc0000080
#define EFER_NXE (1UL << 11)

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid c;

	__asm__ volatile("cpuid"
			 : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
			 : "a"(leaf), "c"(subleaf));
	return c;
}

/* Leaf @leaf, all zero where the CPU does not have it. */
static inline struct cpuid cpuid_or_zero(u32 leaf)
{
	u32 highest = cpuid(leaf & 0xffff0000, 0).eax;

	return highest >= leaf && highest - leaf < 0x10000 ? cpuid(leaf, 0) : (struct cpuid){ 0 };
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline u64 read_cr2(void)
{
	u64 v;

	__asm__ volatile("movq %%cr2, %0" : "=r"(v));
	return v;
}

static inline u64 read_cr3(void)
{
	u64 v;

	__asm__ volatile("movq %%cr3, %0" : "=r"(v));
	return v;
}

static inline void write_cr3(u64 v)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(v) : "memory");
}

static inline void invlpg(u64 virt)
{
	__asm__ volatile("invlpg (%0)" : : "r"(virt) : "memory");
}

/* (@a * @b) >> 32 without losing the high half of the product. */
static inline u64 mul_shift32(u64 a, u64 b)
{
	return (u64)(((unsigned __int128)a * b) >> 32);
}
