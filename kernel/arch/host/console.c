/*
 * The console of the host build: standard input and output.
 */
#include "kernel/console.h"

#include "kernel/arch.h"
#include "kernel/arch/host/library.h"
#include "kernel/irq.h"
#include "kernel/timer.h"

#define CTRL_D 4
#define RETRY_NS (5 * NSEC_PER_MSEC)

static int console_fd, console_irq;
static struct timer unmask_timer;

void arch_console_write(const char *s, size_t len)
{
	if (!library.on)
		host_console_write(s, len);
	else if (library.console)
		library.console(s, len);
}

static void console_unmask(struct timer *t)
{
	arch_irq_unmask(console_irq);
}

/* What is not read holds up the sender. The end of a file or a pipe is one Ctrl-D. */
static bool console_interrupt(int irq, void *arg)
{
	char buf[TTY_CHUNK];
	long n;

	if (tty_full()) {
		arch_irq_mask(irq);
		timer_mod(&unmask_timer, ktime_ns() + RETRY_NS);
		return true;
	}
	n = host_read(console_fd, buf, sizeof(buf));
	if (n <= 0) {
		arch_irq_mask(irq);
		tty_input(CTRL_D);
		return true;
	}
	for (long i = 0; i < n; i++)
		tty_input(buf[i]);
	return true;
}

void arch_console_init(void)
{
	timer_init(&unmask_timer, console_unmask);
	console_fd = host_console_open();
	console_irq = host_irq_alloc(console_fd);
	if (console_irq >= 0)
		request_irq(console_irq, console_interrupt, "console", NULL);
}
