/*
 * The parts of the NE2000 driver among themselves: ne2k_probe.c (finds cards), ne2k.c (open, stop,
 * interrupt), ne2k_hw.c (registers and the card's memory), ne2k_rx.c, ne2k_tx.c and
 * ne2k_overflow.c.
 *
 * The card has no DMA of its own into the machine: each byte of a frame passes through a port
 * (PIO), in the top half. All but probing runs with interrupts off, for page and remote DMA are one
 * for all; page 0 is selected between any two functions.
 */
#pragma once

#include "drivers/net/ne2k_regs.h"
#include "net/link/netdevice.h"

#define NE2K_PAGE 256
#define NE2K_TX_PAGES 6 /* one frame */
#define NE2K_TX_SLOTS 2
#define NE2K_TX_WATCHDOG (2 * NSEC_PER_SEC)
#define NE2K_RX_BATCHES 16 /* in one top half; see ne2k_rx.c */

struct ne2k {
	struct net_device *dev;
	const char *chip;
	u16 io;
	bool wide;   /* the data port takes 32 bits at a time */
	u8 tx_start; /* pages: two slots for transmit, then the ring */
	u8 rx_start, rx_stop;

	/* guarded by irq_save */
	bool running, throttled;
	u8 imr;			   /* what is unmasked outside of the interrupt */
	u8 next;		   /* the page of the frame to be read next */
	u8 last;		   /* BNRY: one before it, or a few */
	u16 tx_len[NE2K_TX_SLOTS]; /* bytes in each slot; 0: free */
	u8 tx_fill, tx_send;	   /* slot to be filled, slot to be sent */
	bool tx_busy;		   /* the card is at tx_send */
	bool recovering;	   /* the ring has overflowed: ne2k_overflow.c */
	bool resend;		   /* and stopped the transmitter at work */
	struct timer recover;
};

/* ---- ne2k_hw.c ---- */

u8 ne2k_in(const struct ne2k *n, u16 reg);
void ne2k_out(const struct ne2k *n, u16 reg, u8 value);
/* A reset; false: there is no such chip, or it does not come back. Any context. */
bool ne2k_reset(const struct ne2k *n);
/* Both directions on, all that was in the card forgotten (§11.0). Irqs off. */
void ne2k_start(struct ne2k *n);
/* Neither; no interrupt from here on. Irqs off. */
void ne2k_halt(struct ne2k *n);
void ne2k_set_rx_mode(struct net_device *dev);
void ne2k_get_stats(struct net_device *dev);
/* The page after the last frame that has come. Irqs off. */
u8 ne2k_current(const struct ne2k *n);
void ne2k_set_irqs(struct ne2k *n, u8 imr);
/* Asks for an interrupt (RDC), by a remote DMA of no bytes. Irqs off. */
void ne2k_raise(struct ne2k *n);
/* Copies between the card's memory at @from or @to and the machine's. Irqs off. */
void ne2k_read_mem(const struct ne2k *n, u16 from, void *to, u32 len);
/* False: the card does not say that it is done. */
bool ne2k_write_mem(const struct ne2k *n, u16 to, const void *from, u32 len);

/* ---- ne2k_rx.c: hardirq, or irqs off ---- */

/* Hands frames to netif_rx, and asks for another interrupt if it leaves some. */
void ne2k_rx(struct ne2k *n);
/* All before page @next is the card's again, which was about to write page @end. */
void ne2k_rx_free(struct ne2k *n, u8 next, u8 end);
void ne2k_rx_throttle(struct net_device *dev, bool on);

/* ---- ne2k_tx.c ---- */

enum netdev_tx ne2k_start_xmit(struct sk_buff *skb, struct net_device *dev);
void ne2k_tx_reap(struct ne2k *n);   /* irqs off: what is sent makes room */
void ne2k_tx_resend(struct ne2k *n); /* irqs off: the frame that was cut short, once more */

/* ---- ne2k_overflow.c ---- */

void ne2k_overflow(struct ne2k *n); /* hardirq: the ring was full */
void ne2k_overflow_init(struct ne2k *n);

/* ---- ne2k.c ---- */

extern const struct net_device_ops ne2k_ops;
