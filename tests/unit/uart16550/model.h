/*
 * A 16550A as its data sheet describes it, at COM2, for tests of its driver: FIFOs, causes of
 * interrupts and their order, and a line that is as fast as the test wants.
 */
#pragma once

#include <string.h>

#include "kernel/types.h"

#define UM_PORT 0x2f8
#define UM_IRQ 3
#define UM_FIFO 16

struct um_chip {
	bool absent; /* no chip at all */

	/* what has happened */
	u8 out[65536]; /* what has gone out, and how much of it */
	u32 nr_out;
	u32 overwritten; /* bytes written to a full FIFO */
};

extern struct um_chip um;

void um_power_on(void);
u8 um_in(u16 port);
void um_out(u16 port, u8 value);
bool um_irq_up(void);
/* Up to @n bytes of the transmitter's FIFO go out; their number. */
u32 um_transmit(u32 n);
/* A byte from the line; @bad: its parity is wrong. False: the FIFO is full. */
bool um_receive(u8 byte, bool bad);
/* RTS: may the other end send? */
bool um_ready(void);
