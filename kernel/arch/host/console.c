/*
 * The console of the host build: standard input and output.
 */
#include "kernel/console.h"

#include "kernel/arch.h"
#include "kernel/arch/host/library.h"
#include "kernel/irq.h"

#define CTRL_D 4
#define CHUNK 64

static int console_fd;

void arch_console_write(const char *s, size_t len)
{
	if (!library.on)
		host_console_write(s, len);
	else if (library.console)
		library.console(s, len);
}

/* The end of the input is one Ctrl-D. */
static bool console_interrupt(int irq, void *arg)
{
	char buf[CHUNK];
	long n = host_read(console_fd, buf, sizeof(buf));

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
	int irq;

	console_fd = host_console_open();
	irq = host_irq_alloc(console_fd);
	if (irq >= 0)
		request_irq(irq, console_interrupt, "console", NULL);
}
