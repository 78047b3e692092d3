/*
 * The descriptor tables, and what becomes of an exception: each is named in one line, with
 * registers and backtrace. In the kernel that is the end (panic); in an app's own code it is the
 * end of the app, and the kernel trusts that nothing else was hurt (there is one address space).
 * Double fault, NMI and machine check have stacks of their own: a stack overflow arrives as a
 * double fault with the guard page's address.
 */
#include "trap.h"

#include "cpu_x86.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "stack.h"
#include "start.h"

#define CODE_SELECTOR 0x08
#define TSS_SELECTOR 0x18
#define GATE_INTERRUPT 0x8e /* turns interrupts off */
#define GATE_TRAP 0x8f	    /* leaves them as they are */
#define IST_STACK_SIZE 8192

enum { EXC_NMI = 2, EXC_DOUBLE_FAULT = 8, EXC_PAGE_FAULT = 14, EXC_MACHINE_CHECK = 18 };

struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
};

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_map;
} __packed;

struct table_pointer {
	u16 limit;
	u64 base;
} __packed;

extern u64 gdt[];

static struct gate idt[256] __aligned(16);
static struct tss tss;
static const struct trap_regs *current_regs;

static const char *const exception_names[32] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range exceeded",
	"invalid opcode",
	"floating-point instruction",
	"double fault",
	"coprocessor segment overrun",
	"invalid TSS",
	"segment not present",
	"stack segment fault",
	"general protection fault",
	"page fault",
	"reserved exception",
	"floating-point error",
	"alignment check",
	"machine check",
	"SIMD error",
	"virtualization exception",
	"control protection exception",
};

static void set_gate(int vector, const void *stub, u8 type, u8 ist)
{
	u64 addr = (u64)stub;

	idt[vector] = (struct gate){
		.offset_low = addr & 0xffff,
		.selector = CODE_SELECTOR,
		.ist = ist,
		.type = type,
		.offset_mid = addr >> 16 & 0xffff,
		.offset_high = addr >> 32,
	};
}

/* The top of a stack for traps that must not trust the one they interrupt. */
static u64 trap_stack(void)
{
	u64 stack = (u64)arch_stack_alloc(IST_STACK_SIZE);

	if (!stack)
		boot_fail("too little memory for stacks");
	return stack + IST_STACK_SIZE;
}

static void load_tss(void)
{
	u64 base = (u64)&tss;
	u64 limit = sizeof(tss) - 1;

	tss.ist[0] = trap_stack();
	tss.ist[1] = trap_stack();
	tss.io_map = sizeof(tss);
	gdt[3] = limit | (base & 0xffffff) << 16 | 0x89UL << 40 | (base >> 24 & 0xff) << 56;
	gdt[4] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR));
}

void traps_init(void)
{
	struct table_pointer pointer = { sizeof(idt) - 1, (u64)idt };

	for (int i = 0; i < 32; i++)
		set_gate(i, trap_exceptions + 16 * i, GATE_INTERRUPT, 0);
	idt[EXC_DOUBLE_FAULT].ist = 1;
	idt[EXC_NMI].ist = 2;
	idt[EXC_MACHINE_CHECK].ist = 2;
	for (int i = 0; i < 16; i++)
		set_gate(VECTOR_PIC + i, trap_irqs + 64 * i, GATE_INTERRUPT, 0);
	set_gate(VECTOR_TIMER, trap_timer, GATE_INTERRUPT, 0);
	set_gate(VECTOR_SPURIOUS, trap_spurious, GATE_INTERRUPT, 0);
	set_gate(VECTOR_SYSCALL, trap_syscall, GATE_TRAP, 0);
	load_tss();
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void traps_timer_on_line0(void)
{
	set_gate(VECTOR_PIC, trap_timer, GATE_INTERRUPT, 0);
}

const struct trap_regs *trap_current(void)
{
	return current_regs;
}

static const char *task_name(void)
{
	return current ? current->name : "boot";
}

static const char *access_name(u64 error)
{
	if (error & 0x10)
		return "execution";
	return error & 0x2 ? "write" : "read";
}

static void describe(char *text, size_t size, const struct trap_regs *regs)
{
	u64 cr2 = read_cr2();
	bool memory = regs->vector == EXC_PAGE_FAULT || regs->vector == EXC_DOUBLE_FAULT;
	const char *name = exception_names[regs->vector];

	if (memory && stack_is_guard(cr2))
		snprintf(text, size, "stack overflow in task %s", task_name());
	else if (regs->vector == EXC_PAGE_FAULT)
		snprintf(text, size, "page fault: %s of %016lx (%s) in task %s",
			 access_name(regs->error), cr2,
			 regs->error & 0x1 ? "protected" : "not mapped", task_name());
	else
		snprintf(text, size, "%s (error code %lx) in task %s",
			 name ? name : "unknown exception", regs->error, task_name());
}

/* The kernel runs apps with interrupts on, and nothing of its own at this depth. */
static bool in_app(const struct trap_regs *regs)
{
	return current && !current->kthread_fn && current->pid != INIT_PID &&
	       !current->syscall_depth && !in_irq() && !in_softirq() &&
	       regs->rflags & X86_EFLAGS_IF && regs->vector != EXC_NMI &&
	       regs->vector != EXC_MACHINE_CHECK;
}

static void __noreturn end_app(void)
{
	task_exit(SIGSEGV);
}

/* Leaves the trap for good, onto the task's emptied stack. */
static void __noreturn leave_to(void (*fn)(void), u64 stack)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "sti\n\t"
			 "call *%1\n\t"
			 "ud2"
			 :
			 : "r"(stack), "r"(fn)
			 : "memory");
	__builtin_unreachable();
}

void exception(struct trap_regs *regs)
{
	char text[128];

	arch_irq_disable();
	if (current_regs)
		boot_fail("a fault within the report of a fault");
	current_regs = regs;
	describe(text, sizeof(text), regs);
	if (!in_app(regs))
		panic("%s", text);
	printk(KERN_EMERG "%s\n", text);
	arch_backtrace();
	current_regs = NULL;
	current->syscall_depth++;
	leave_to(end_app, (u64)current->stack + TASK_STACK_SIZE);
}
