/*
 * A 16550A UART (National PC16550D data sheet). Output is polled and goes out a FIFO's length at a
 * time, so that it works from the first instruction on and in a panic; input comes by interrupt.
 * What the bytes mean is the terminal's business (kernel/console).
 */
#include "uart.h"

#include "drivers/uart_regs.h"
#include "io.h"
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/irq.h"
#include "kernel/printk.h"
#include "kernel/timer.h"

#define COM1 0x3f8
#define COM1_IRQ 4

#define INPUT_BATCH 256 /* of one interrupt */

/* A bound only, far above the 1.4 ms of a full FIFO: a port read takes a good part of a microsecond
 * at least. */
#define TX_TRIES 200000

#define RETRY_NS (5 * NSEC_PER_MSEC)

static bool present;
static struct timer retry_timer;

static u8 uart_in(u16 reg)
{
	return inb(COM1 + reg);
}

static void uart_out(u16 reg, u8 v)
{
	outb(COM1 + reg, v);
}

static bool uart_tx_wait(void)
{
	for (int i = 0; i < TX_TRIES; i++)
		if (uart_in(UART_LSR) & LSR_THR_EMPTY)
			return true;
	return false;
}

void uart_init(void)
{
	uart_out(UART_SCRATCH, 0x5a);
	present = uart_in(UART_SCRATCH) == 0x5a;
	if (!present)
		return;
	uart_out(UART_IER, 0);
	uart_out(UART_LCR, LCR_DIVISOR);
	uart_out(UART_DATA, 1);
	uart_out(UART_IER, 0);
	uart_out(UART_LCR, LCR_8N1);
	uart_out(UART_FCR, FCR_ENABLE_AND_CLEAR);
	uart_out(UART_MCR, MCR_DTR_OUT2 | MCR_RTS);
}

/* Up to a FIFO's length of bytes from *@s, ready for the wire; their number. */
static size_t uart_fill(char fifo[UART_FIFO], const char **s, const char *end)
{
	size_t n = 0;

	while (*s < end && n < UART_FIFO - 1) {
		if (**s == '\n')
			fifo[n++] = '\r';
		fifo[n++] = *(*s)++;
	}
	return n;
}

void arch_console_write(const char *s, size_t len)
{
	const char *end = s + len;
	char fifo[UART_FIFO];

	while (present && s < end) {
		size_t n = uart_fill(fifo, &s, end);

		if (!uart_tx_wait())
			return;
		outsb(COM1 + UART_DATA, fifo, n);
	}
}

/* The terminal is full: what stays in the chip holds up the sender. */
static void uart_hold(void)
{
	uart_out(UART_IER, 0);
	uart_out(UART_MCR, MCR_DTR_OUT2);
	timer_mod(&retry_timer, ktime_ns() + RETRY_NS);
}

/* Bytes that are there already raise the line anew. */
static void uart_listen(void)
{
	uart_out(UART_MCR, MCR_DTR_OUT2 | MCR_RTS);
	uart_out(UART_IER, IER_RECEIVE);
}

static void uart_retry(struct timer *t)
{
	uart_listen();
}

static void uart_receive(void)
{
	u8 status = uart_in(UART_LSR);
	u8 byte;

	if (!(status & LSR_DATA))
		return;
	byte = uart_in(UART_DATA);
	if (!(status & LSR_BAD_BYTE))
		tty_input(byte);
}

/* The line is an edge: it is served until the chip has no reason left to raise it. */
static bool uart_interrupt(int irq, void *arg)
{
	int n = 0;

	for (; !(uart_in(UART_IIR) & IIR_NONE); n++) {
		if (tty_full()) {
			uart_hold();
			return true;
		}
		if (n == INPUT_BATCH) {
			uart_out(UART_IER, 0);
			uart_listen();
			return true;
		}
		uart_receive();
	}
	return n > 0;
}

void arch_console_init(void)
{
	if (!present)
		return;
	timer_init(&retry_timer, uart_retry);
	if (request_irq(COM1_IRQ, uart_interrupt, "uart", NULL) < 0) {
		printk(KERN_ERR "uart: no interrupt, so no input\n");
		return;
	}
	uart_listen();
}
