/*
 * The second serial port (COM2, a 16550A) as the file /dev/ttyS1: bytes as they are, 115200 8N1,
 * no line discipline. Both ways go through a ring that an interrupt fills or empties a FIFO's
 * length at a time; a full ring makes the writer wait, or by RTS the sender at the other end. The
 * last close waits for the output as long as the line takes it; what is left goes on by itself.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <abi/socket.h>

#include "drivers/drivers.h"
#include "drivers/uart_regs.h"
#include "io.h"
#include "kernel/devfs.h"
#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/printk.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

#define COM2 0x2f8
#define COM2_IRQ 3

#define RING_SIZE 16384u	 /* a power of two */
#define TX_LOW (RING_SIZE / 2)	 /* as little waits when a writer goes on */
#define RX_LOW (RING_SIZE / 2)	 /* and when the other end may */
#define RX_HIGH (RING_SIZE - 64) /* it is told to stop, and may have a FIFO's length under way */
#define CAUSES_MAX 64		 /* of one interrupt */
#define DRAIN_NS (30 * NSEC_PER_SEC) /* as long as a close waits, */
#define STALL_NS NSEC_PER_SEC	     /* and as long for the line to take a byte */

struct ring {
	u8 bytes[RING_SIZE];
	u32 head, tail; /* count bytes in and out, modulo 2^32 */
};

static struct {
	bool present;
	u32 opens; /* tasks only */
	/* guarded by irq_save: the top half has one end of each ring, tasks the other */
	struct ring tx, rx;
	u8 ier;
	struct wait_queue readers, writers;
} port;

static u32 ring_used(const struct ring *r)
{
	return READ_ONCE(r->head) - READ_ONCE(r->tail);
}

static u8 port_in(u16 reg)
{
	return inb(COM2 + reg);
}

static void port_out(u16 reg, u8 v)
{
	outb(COM2 + reg, v);
}

/* Turns causes of interrupts on and off. What is turned on and holds already raises one. */
static void port_listen(u8 on, u8 off)
{
	unsigned long flags = irq_save();

	port.ier = (port.ier | on) & (u8)~off;
	port_out(UART_IER, port.ier);
	irq_restore(flags);
}

/* ---- top half ---- */

/* The chip has room for a FIFO's length. */
static void port_transmit(void)
{
	struct ring *r = &port.tx;
	u32 n = min(ring_used(r), (u32)UART_FIFO);

	if (!n)
		port_listen(0, IER_TRANSMIT);
	for (; n; n--)
		port_out(UART_DATA, r->bytes[r->tail++ % RING_SIZE]);
	if (ring_used(r) <= TX_LOW)
		wake_up_poll(&port.writers, POLLOUT | POLLWRNORM);
}

/* What stays in the chip holds up the sender. */
static void port_receive(void)
{
	struct ring *r = &port.rx;
	u8 status;

	while (ring_used(r) < RX_HIGH && (status = port_in(UART_LSR)) & LSR_DATA) {
		u8 byte = port_in(UART_DATA);

		if (!(status & LSR_BAD_BYTE))
			r->bytes[r->head++ % RING_SIZE] = byte;
	}
	if (ring_used(r) >= RX_HIGH) {
		port_listen(0, IER_RECEIVE);
		port_out(UART_MCR, MCR_DTR_OUT2);
	}
	wake_up_poll(&port.readers, POLLIN | POLLRDNORM);
}

/* The line is an edge: it is served until the chip has no cause left, or raised anew. */
static bool port_interrupt(int irq, void *arg)
{
	for (int n = 0; n < CAUSES_MAX; n++) {
		u8 cause = port_in(UART_IIR);

		if (cause & IIR_NONE)
			return n > 0;
		if ((cause & IIR_WHAT) == IIR_TRANSMIT)
			port_transmit();
		else
			port_receive();
	}
	port_out(UART_IER, 0);
	port_out(UART_IER, port.ier);
	return true;
}

/* ---- the file ---- */

/* Bytes between @count and the ring's edge, @len at most. */
static size_t ring_span(u32 count, size_t len)
{
	return min(len, (size_t)(RING_SIZE - count % RING_SIZE));
}

static void serial_resume_input(void)
{
	if (port.ier & IER_RECEIVE || ring_used(&port.rx) > RX_LOW)
		return;
	port_out(UART_MCR, MCR_DTR_OUT2 | MCR_RTS);
	port_listen(IER_RECEIVE, 0);
}

static ssize_t serial_read(struct file *f, void *buf, size_t len)
{
	struct ring *r = &port.rx;
	size_t done = 0;
	int err;

	if (!access_ok(buf, len))
		return -EFAULT;
	if (len && !ring_used(r)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event(&port.readers, ring_used(r));
		if (err)
			return err;
	}
	len = min(len, (size_t)ring_used(r));
	while (done < len) {
		size_t n = ring_span(r->tail, len - done);

		err = copy_to_user((u8 *)buf + done, r->bytes + r->tail % RING_SIZE, n);
		if (err)
			return err;
		r->tail += (u32)n;
		done += n;
	}
	serial_resume_input();
	return (ssize_t)done;
}

static u32 tx_room(void)
{
	return RING_SIZE - ring_used(&port.tx);
}

static int serial_wait_room(const struct file *f)
{
	if (tx_room())
		return 0;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event(&port.writers, tx_room() >= RING_SIZE - TX_LOW);
}

static ssize_t serial_write(struct file *f, const void *buf, size_t len)
{
	struct ring *r = &port.tx;
	size_t done = 0;
	int err;

	if (!access_ok(buf, len))
		return -EFAULT;
	while (done < len) {
		size_t n;

		err = serial_wait_room(f);
		if (err)
			return done ? (ssize_t)done : err;
		n = ring_span(r->head, min(len - done, (size_t)tx_room()));
		err = copy_from_user(r->bytes + r->head % RING_SIZE, (const u8 *)buf + done, n);
		if (err)
			return err;
		barrier();
		r->head += (u32)n;
		done += n;
		port_listen(IER_TRANSMIT, 0);
	}
	return (ssize_t)done;
}

static u32 serial_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(&port.readers, pt);
	poll_wait(&port.writers, pt);
	return (ring_used(&port.rx) ? POLLIN | POLLRDNORM : 0) |
	       (ring_used(&port.tx) <= TX_LOW ? POLLOUT | POLLWRNORM : 0);
}

static int serial_ioctl(struct file *f, unsigned long cmd, void *arg)
{
	int n = (int)ring_used(cmd == FIONREAD ? &port.rx : &port.tx);

	return cmd == FIONREAD || cmd == SIOCOUTQ ? copy_to_user(arg, &n, sizeof(n)) : -ENOTTY;
}

static int serial_stat(struct file *f, struct stat *st)
{
	st->st_ino = 4;
	st->st_mode = S_IFCHR | 0660;
	return 0;
}

/* Waits until the output has gone, as long as some of it goes. */
static void serial_drain(void)
{
	u64 end = ktime_ns() + DRAIN_NS;
	u32 tail;
	int err;

	do {
		tail = port.tx.tail;
		err = wait_event_deadline(&port.writers, !ring_used(&port.tx),
					  min(end, ktime_ns() + STALL_NS));
	} while (err == -ETIMEDOUT && port.tx.tail != tail && ktime_ns() < end);
}

static void serial_release(struct file *f)
{
	if (port.opens == 1 && !(f->flags & O_NONBLOCK))
		serial_drain();
	if (--port.opens)
		return;
	port_listen(0, IER_RECEIVE);
	port_out(UART_MCR, MCR_OUT2);
}

static const struct file_operations serial_ops = {
	.read = serial_read,
	.write = serial_write,
	.poll = serial_poll,
	.ioctl = serial_ioctl,
	.stat = serial_stat,
	.release = serial_release,
};

/* What came while nobody had the port open is nobody's. */
static void serial_start(void)
{
	port_out(UART_FCR, FCR_ENABLE_AND_CLEAR_INPUT | FCR_TRIGGER_8);
	port.rx.tail = port.rx.head;
	port_out(UART_MCR, MCR_DTR_OUT2 | MCR_RTS);
	port_listen(IER_RECEIVE, 0);
}

static int serial_open(u32 flags, struct file **out)
{
	if (!port.present)
		return -ENXIO;
	*out = file_alloc(&serial_ops, flags, NULL);
	if (!*out)
		return -ENOMEM;
	if (!port.opens++)
		serial_start();
	return 0;
}

/* ---- boot ---- */

static const struct char_device serial_device = { "ttyS1", &serial_ops, serial_open };

static bool port_found(void)
{
	port_out(UART_SCRATCH, 0x5a);
	return port_in(UART_SCRATCH) == 0x5a;
}

static void port_setup(void)
{
	port_out(UART_IER, 0);
	port_out(UART_LCR, LCR_DIVISOR);
	port_out(UART_DATA, 1);
	port_out(UART_IER, 0);
	port_out(UART_LCR, LCR_8N1);
	port_out(UART_FCR, FCR_ENABLE_AND_CLEAR | FCR_TRIGGER_8);
	port_out(UART_MCR, MCR_OUT2);
}

void serial_init(void)
{
	wait_queue_init(&port.readers);
	wait_queue_init(&port.writers);
	if (port_found()) {
		port_setup();
		port.present = request_irq(COM2_IRQ, port_interrupt, "ttyS1", NULL) == 0;
	}
	if (dev_register(&serial_device) < 0)
		printk(KERN_ERR "serial: no name left in /dev\n");
}
