/*
 * What panic prints of the machine: registers and the chain of frame pointers, with names. Through
 * an interrupt or a system call the chain goes on; the function that was interrupted is found in
 * the words that trap_entry.S pushed. Every address is checked before it is read.
 */
#include "kernel/arch.h"
#include "kernel/module_load.h"
#include "kernel/printk.h"

#include "cpu_x86.h"
#include "paging.h"
#include "start.h"
#include "symbols.h"
#include "trap.h"

#define LINES_MAX 32
#define IRQ_SAVED_WORDS 9 /* call_c's, between its return address and the interrupted rip */

static void print_symbol(const char *what, u64 addr, u64 inside)
{
	const char *module = NULL;
	char name[SYMBOL_MAX];
	u64 offset;

	if (symbol_find(inside, name, &offset) ||
	    (module = module_symbol_find(inside, name, &offset)))
		printk(KERN_EMERG "%s%016lx %s+0x%lx%s%s%s\n", what, addr, name,
		       offset + addr - inside, module ? " [" : "", module ? module : "",
		       module ? "]" : "");
	else
		printk(KERN_EMERG "%s%016lx\n", what, addr);
}

static void print_address(const char *what, u64 addr)
{
	print_symbol(what, addr, addr);
}

/* A call may be its function's last instruction, so the byte before the return address says whose
 * it is. */
static void print_return(u64 addr)
{
	print_symbol("  ", addr, addr - 1);
}

static void print_regs(const struct trap_regs *r)
{
	print_address("RIP ", r->rip);
	printk(KERN_EMERG "RSP %016lx RFLAGS %08lx error %lx vector %lu\n", r->rsp, r->rflags,
	       r->error, r->vector);
	printk(KERN_EMERG "RAX %016lx RBX %016lx RCX %016lx\n", r->rax, r->rbx, r->rcx);
	printk(KERN_EMERG "RDX %016lx RSI %016lx RDI %016lx\n", r->rdx, r->rsi, r->rdi);
	printk(KERN_EMERG "RBP %016lx R8  %016lx R9  %016lx\n", r->rbp, r->r8, r->r9);
	printk(KERN_EMERG "R10 %016lx R11 %016lx R12 %016lx\n", r->r10, r->r11, r->r12);
	printk(KERN_EMERG "R13 %016lx R14 %016lx R15 %016lx\n", r->r13, r->r14, r->r15);
	printk(KERN_EMERG "CR2 %016lx CR3 %016lx\n", read_cr2(), read_cr3());
}

static bool readable(u64 addr, size_t words)
{
	return addr % 8 == 0 && paging_mapped(addr) && paging_mapped(addr + words * 8 - 1);
}

static bool is_text(u64 addr)
{
	char name[SYMBOL_MAX];
	u64 offset;

	if (addr >= (u64)__image_start && addr < (u64)__text_end)
		return true;
	return module_symbol_find(addr, name, &offset);
}

static bool is_irq_stub(u64 addr)
{
	return addr >= (u64)trap_irqs && addr < (u64)trap_irqs_end;
}

/* A recursion prints one line. */
static void print_frames(u64 frame)
{
	u64 before = 0;

	for (int lines = 0; lines < LINES_MAX && readable(frame, 2);) {
		const u64 *words = (const u64 *)frame;
		u64 ret = words[1];

		if (!ret)
			return;
		if (ret != before) {
			print_return(ret);
			lines++;
		}
		if (is_irq_stub(ret) && readable(frame, 3 + IRQ_SAVED_WORDS))
			print_address("  interrupted ", words[2 + IRQ_SAVED_WORDS]);
		if (words[0] <= frame)
			return;
		frame = words[0];
		before = ret;
	}
}

void arch_backtrace(void)
{
	const struct trap_regs *regs = trap_current();
	u64 frame = regs ? regs->rbp : (u64)__builtin_frame_address(0);

	if (regs)
		print_regs(regs);
	printk(KERN_EMERG "Backtrace:\n");
	if (regs)
		print_address("  ", regs->rip);
	/* A call to where there is no code has made no frame yet. */
	if (regs && !is_text(regs->rip) && readable(regs->rsp, 1))
		print_return(*(const u64 *)regs->rsp);
	print_frames(frame);
}
