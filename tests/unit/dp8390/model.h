/*
 * An NE2000 as the DP8390's data sheet describes it, for tests of its driver: registers, memory,
 * the ring, and the ways in which it goes wrong that no emulator shows.
 */
#pragma once

#include <string.h>

#include "kernel/types.h"

#define DP_PORT 0x300
#define DP_IRQ 9
#define DP_FRAME_MAX 1600
#define DP_SENT_MAX 64

struct dp_card {
	/* what kind of card it is */
	u8 mac[6];
	u32 memory_end;	    /* 0x8000 or 0xc000 */
	bool only_16_bit;   /* of 32 bits at the data port it sees 16 */
	bool full_is_empty; /* QEMU's: a ring that is full to the end is written over */
	bool slow;	    /* sends when the test says so: dp_finish_tx() */
	bool absent;	    /* no card at all */

	/* what has happened */
	struct dp_sent {
		u32 len;
		u8 data[DP_FRAME_MAX];
	} sent[DP_SENT_MAX];
	u32 nr_sent, cut_short; /* frames; stopped by CR.STP while they were sent */
	u32 resets;
	bool hung; /* the ring has overflowed, and the procedure of the data sheet is not over */
};

extern struct dp_card dp;

void dp_power_on(void);
u32 dp_in(u16 port, u32 size);
void dp_out(u16 port, u32 value, u32 size);
bool dp_irq_up(void);
/* A frame from the wire. False: not taken. */
bool dp_receive(const u8 *frame, u32 len);
/* The frame that is being sent is out. */
void dp_finish_tx(void);
/* Bytes of the card's memory, to spoil them. */
u8 *dp_memory(u32 addr);
u8 dp_current(void);
