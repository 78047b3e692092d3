/*
 * Registers of National's DP8390 (data sheet of 1993, §10) as the NE2000 wires them up: sixteen
 * ports, three pages of them switched by CR, then the port to the card's memory and the reset port.
 */
#pragma once

#include "kernel/types.h"

#define NE2K_DATA 0x10	/* the card's memory, through the remote DMA */
#define NE2K_RESET 0x1f /* reading and writing it resets the card */

#define DP_CR 0x00 /* command, in all pages */
#define CR_STP 0x01
#define CR_STA 0x02
#define CR_TXP 0x04 /* transmit; reads as 1 until it is done */
#define CR_RREAD 0x08
#define CR_RWRITE 0x10
#define CR_NODMA 0x20 /* ends the remote DMA */
#define CR_PAGE1 0x40

/* page 0, written */
#define DP_PSTART 0x01 /* the ring's first page */
#define DP_PSTOP 0x02  /* the page behind it */
#define DP_BNRY 0x03   /* the last page that is read: the card writes no further */
#define DP_TPSR 0x04   /* the page that is sent from */
#define DP_TBCR0 0x05
#define DP_TBCR1 0x06
#define DP_RSAR0 0x08 /* remote DMA: address and bytes */
#define DP_RSAR1 0x09
#define DP_RBCR0 0x0a
#define DP_RBCR1 0x0b
#define DP_RCR 0x0c
#define DP_TCR 0x0d
#define DP_DCR 0x0e
#define DP_IMR 0x0f

/* page 0, both ways */
#define DP_ISR 0x07 /* a bit that is written is cleared */
#define ISR_PRX 0x01
#define ISR_PTX 0x02
#define ISR_RXE 0x04
#define ISR_TXE 0x08
#define ISR_OVW 0x10
#define ISR_CNT 0x20 /* a counter is half full */
#define ISR_RDC 0x40
#define ISR_RST 0x80

/* page 0, read */
#define DP_TSR 0x04
#define TSR_COL 0x04
#define TSR_ABT 0x08 /* sixteen collisions */
#define TSR_CRS 0x10 /* no carrier */
#define TSR_FU 0x20
#define TSR_OWC 0x80  /* a late collision */
#define DP_CNTR0 0x0d /* frames off the byte; each is cleared by reading */
#define DP_CNTR1 0x0e /* wrong check sequences */
#define DP_CNTR2 0x0f /* frames missed */

/* page 1 */
#define DP_PAR0 0x01
#define DP_CURR 0x07 /* the page that the card writes next */
#define DP_MAR0 0x08

#define RCR_AB 0x04
#define RCR_AM 0x08
#define RCR_PRO 0x10
#define RCR_MON 0x20 /* looks at frames, and keeps none */
#define TCR_NORMAL 0x00
#define TCR_LOOP 0x02  /* inside the chip: nothing comes, nothing goes */
#define DCR_WORDS 0x49 /* 16 bits at a time, no loopback, FIFO threshold of four words */

/* What the card puts before a frame in the ring (§7.0). */
struct dp_header {
	u8 status;
	u8 next;      /* the page where the next frame begins */
	u8 low, high; /* bytes of the frame with its check sequence */
};
#define RSR_PRX 0x01
#define RSR_BAD 0x0e /* check sequence, alignment, FIFO overrun */
