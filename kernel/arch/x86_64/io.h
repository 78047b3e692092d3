/*
 * Ports and device memory: the instructions, with the order of accesses kept.
 */
#pragma once

#include "kernel/types.h"

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

static inline void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port) : "memory");
}

/* Ports in bulk: @count units between @port and memory. */
static inline void insw(u16 port, void *dst, size_t count)
{
	__asm__ volatile("rep insw" : "+D"(dst), "+c"(count) : "d"(port) : "memory");
}

static inline void outsw(u16 port, const void *src, size_t count)
{
	__asm__ volatile("rep outsw" : "+S"(src), "+c"(count) : "d"(port) : "memory");
}

static inline void insl(u16 port, void *dst, size_t count)
{
	__asm__ volatile("rep insl" : "+D"(dst), "+c"(count) : "d"(port) : "memory");
}

static inline void outsl(u16 port, const void *src, size_t count)
{
	__asm__ volatile("rep outsl" : "+S"(src), "+c"(count) : "d"(port) : "memory");
}

static inline void outsb(u16 port, const void *src, size_t count)
{
	__asm__ volatile("rep outsb" : "+S"(src), "+c"(count) : "d"(port) : "memory");
}

/* A device's registers in memory that arch_ioremap() mapped. */
static inline u32 mmio_read32(const volatile void *addr)
{
	u32 v;

	__asm__ volatile("movl %1, %0" : "=r"(v) : "m"(*(const volatile u32 *)addr) : "memory");
	return v;
}

static inline void mmio_write32(volatile void *addr, u32 v)
{
	__asm__ volatile("movl %1, %0" : "=m"(*(volatile u32 *)addr) : "r"(v) : "memory");
}

/*
 * Maps [@phys, @phys + @len) uncached, never executable, for ever. NULL when the area for it is
 * used up. Task. The x86 keeps stores to it in program order, and after those to ordinary memory.
 */
void *arch_ioremap(u64 phys, size_t len);
