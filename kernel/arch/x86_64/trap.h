/*
 * Exceptions, and the gates of all vectors.
 */
#pragma once

#include "kernel/types.h"

#define VECTOR_PIC 0x20	  /* 16 lines of the 8259 pair */
#define VECTOR_TIMER 0x30 /* the local APIC's timer */
#define VECTOR_SYSCALL 0x80
#define VECTOR_SPURIOUS 0xff /* the local APIC's */

/* What trap_entry.S leaves on the stack at an exception, lowest address first. */
struct trap_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* Loads TSS and IDT. Boot. */
void traps_init(void);
/* Has line 0 of the 8259 call the clock's interrupt instead of irq_dispatch. Boot. */
void traps_timer_on_line0(void);
/* Called by trap_entry.S: panics, or ends the app that was running. */
void exception(struct trap_regs *regs) __noreturn;
/* The registers of the exception that is being reported, NULL outside one. */
const struct trap_regs *trap_current(void);

/* trap_entry.S: 32 stubs of 16 bytes each, 16 more; and the single ones. */
extern const u8 trap_exceptions[], trap_irqs[], trap_irqs_end[];
void trap_timer(void);
void trap_syscall(void);
void trap_spurious(void);
