/*
 * The end, for bugs of our own: say what is broken and where, then do as panic= says.
 */
#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/cpu.h"
#include "kernel/printk.h"
#include "kernel/task.h"
#include "kernel/timer.h"

/* panic= asks for seconds until the reset; 0: stay, negative: at once. */
static void __noreturn stop(void)
{
	int seconds = cmdline_int("panic", 0);
	u64 until;

	if (seconds == 0)
		arch_halt();
	if (seconds > 0) {
		until = ktime_ns() + (u64)seconds * NSEC_PER_SEC;
		printk(KERN_EMERG "Rebooting in %d seconds\n", seconds);
		while (ktime_ns() < until)
			barrier();
	}
	arch_reset();
}

static void print_context(void)
{
	const char *where = "";

	if (in_irq())
		where = ", in a hardirq";
	else if (in_softirq())
		where = ", in a softirq";
	printk(KERN_EMERG "Task %d (%s)%s\n", current->pid, current->name, where);
}

void panic(const char *fmt, ...)
{
	static bool panicking;
	char text[256];
	va_list ap;

	arch_irq_disable();
	if (panicking)
		arch_halt();
	panicking = true;
	console_loglevel = 8;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk(KERN_EMERG "Kernel panic: %s\n", text);
	if (current) /* not in early boot */
		print_context();
	arch_backtrace();
	stop();
}
