/*
 * The parts of the e1000 driver among themselves: e1000.c (probe, open, interrupt), e1000_hw.c
 * (registers), e1000_rx.c and e1000_tx.c (one ring each).
 */
#pragma once

#include "drivers/net/e1000_regs.h"
#include "drivers/pci.h"
#include "kernel/idle.h"
#include "net/link/netdevice.h"

#define E1000_RX_RING 256 /* descriptors; a multiple of 8 (§13.4.27) */
#define E1000_TX_RING 256
/* The most that one packet takes: a context, its linear part, its fragments; and one is always kept
 * free. */
#define E1000_TX_MAX_DESCS (1 + 1 + MAX_SKB_FRAGS + 1)
/* How long the card may send nothing that it has to send. */
#define E1000_TX_WATCHDOG (5 * NSEC_PER_SEC)
/* Where the card puts a frame in a pool buffer. */
#define E1000_RX_OFFSET (NET_SKB_PAD + NET_IP_ALIGN)

struct e1000_rx_ring {
	struct e1000_rx_desc *desc;
	u8 *buf[E1000_RX_RING]; /* pool buffers, ours while the card has them */
	u32 next;		/* the descriptor that the card fills next */
	u32 given;		/* what the card has been told: the one after RDT */
	bool discard;		/* inside a frame of several descriptors that we do not want */
};

struct e1000_tx_ring {
	struct e1000_tx_desc *desc;
	struct sk_buff *skb[E1000_TX_RING]; /* at the packet's last descriptor */
	u16 batch_end[E1000_TX_RING]; /* at a batch's first descriptor: the one that reports */
	u32 head;		      /* oldest descriptor that is not reaped */
	u32 tail;		      /* next free one */
	u32 kicked;		      /* what the card has been told: TDT */
	u32 context;		      /* checksum offsets that the card remembers; 0: none */
};

struct e1000 {
	struct net_device *dev;
	struct pci_dev *pci;
	volatile u8 *regs;
	bool is_82574;
	bool running;	/* rings are set up and interrupts taken */
	bool throttled; /* the backlog is full: leave frames in the ring; guarded by irq_save */
	bool tx_irq;	/* TXDW is unmasked; guarded by irq_save */
	u32 resets;
	struct timer tx_hang; /* armed while the card has something to send */
	u32 rx_irqs;
	struct idle_poll poll;
	struct e1000_rx_ring rx; /* hardirq, or the card stopped */
	struct e1000_tx_ring tx; /* guarded by irq_save */
};

static inline u32 e1000_read(const struct e1000 *e, u32 reg)
{
	return *(const volatile u32 *)(e->regs + reg);
}

static inline void e1000_write(struct e1000 *e, u32 reg, u32 value)
{
	*(volatile u32 *)(e->regs + reg) = value;
}

/* e1000_hw.c. Task, or softirq from tx_timeout. */
int e1000_hw_reset(struct e1000 *e); /* -EIO: the card does not come back */
int e1000_read_mac(struct e1000 *e, u8 *mac);
void e1000_set_mac(struct e1000 *e, const u8 *mac);
void e1000_set_rx_mode(struct net_device *dev);
void e1000_get_stats(struct net_device *dev);
void e1000_check_link(struct e1000 *e);

/* e1000_rx.c */
int e1000_rx_alloc(struct e1000 *e);  /* the ring's memory, once. -ENOMEM */
int e1000_rx_fill(struct e1000 *e);   /* a buffer for each descriptor. -ENOBUFS: pool empty */
void e1000_rx_rearm(struct e1000 *e); /* card stopped: all descriptors empty again, with the buffers
					 they have */
void e1000_rx_start(struct e1000 *e);
void e1000_rx_drain(struct e1000 *e); /* card stopped: all buffers back to the pool */
u32 e1000_rx(struct e1000 *e); /* hardirq: hands filled buffers to netif_rx; how many there were */
bool e1000_rx_pending(void *arg); /* for struct idle_poll: a frame is there */
void e1000_rx_throttle(struct net_device *dev, bool on);

/* e1000_tx.c */
int e1000_tx_alloc(struct e1000 *e);
void e1000_tx_start(struct e1000 *e);
void e1000_tx_drain(struct e1000 *e,
		    enum drop_reason reason); /* card stopped: drops what is in the ring */
void e1000_tx_reap(struct e1000 *e);	      /* any context: frees what has been sent */
enum netdev_tx e1000_start_xmit(struct sk_buff *skb, struct net_device *dev);
void e1000_xmit_kick(struct net_device *dev);
