/*
 * e1000's receive ring. Each descriptor always holds a pool buffer: a filled one is swapped for a
 * fresh one before it goes up, so the ring can never run dry; with no fresh one the frame is
 * dropped and its buffer used again.
 */
#include "drivers/net/e1000.h"

/* Empty descriptors go back to the card so many at a time: a register access is dear. */
#define RX_GIVE (E1000_RX_RING / 8)

/* Cleared, for QEMU's card leaves the error bits of a descriptor as it finds them. */
int e1000_rx_alloc(struct e1000 *e)
{
	size_t size = E1000_RX_RING * sizeof(*e->rx.desc);

	e->rx.desc = alloc_boot(size);
	if (!e->rx.desc)
		return -ENOMEM;
	memset(e->rx.desc, 0, size);
	return 0;
}

static void e1000_rx_arm(struct e1000_rx_ring *rx, u32 i, u8 *buf)
{
	rx->buf[i] = buf;
	/* All of it: an emulated card writes back what it has read, with only its own bits changed.
	 */
	rx->desc[i] = (struct e1000_rx_desc){ .addr = virt_to_phys(buf) + E1000_RX_OFFSET };
}

int e1000_rx_fill(struct e1000 *e)
{
	for (u32 i = 0; i < E1000_RX_RING; i++) {
		u8 *buf = skb_buf_alloc();

		if (!buf) {
			e1000_rx_drain(e);
			return -ENOBUFS;
		}
		e1000_rx_arm(&e->rx, i, buf);
	}
	return 0;
}

void e1000_rx_rearm(struct e1000 *e)
{
	for (u32 i = 0; i < E1000_RX_RING; i++)
		e1000_rx_arm(&e->rx, i, e->rx.buf[i]);
}

void e1000_rx_drain(struct e1000 *e)
{
	for (u32 i = 0; i < E1000_RX_RING; i++) {
		if (e->rx.buf[i])
			skb_buf_put(e->rx.buf[i]);
		e->rx.buf[i] = NULL;
	}
}

/* §14.4. The last descriptor stays ours, for RDT == RDH means an empty ring. */
void e1000_rx_start(struct e1000 *e)
{
	u64 phys = virt_to_phys(e->rx.desc);

	e->rx.next = e->rx.given = 0;
	e->rx.discard = false;
	e1000_write(e, E1000_RDBAL, (u32)phys);
	e1000_write(e, E1000_RDBAH, (u32)(phys >> 32));
	e1000_write(e, E1000_RDLEN, E1000_RX_RING * sizeof(struct e1000_rx_desc));
	e1000_write(e, E1000_RDH, 0);
	e1000_write(e, E1000_RDT, E1000_RX_RING - 1);
	e1000_write(e, E1000_RDTR, 0);
	e1000_write(e, E1000_RADV, 0);
	e1000_write(e, E1000_RXCSUM, RXCSUM_IPOFL | RXCSUM_TUOFL);
	/* Long packets stay off: what the card writes then fits between E1000_RX_OFFSET and the
	 * buffer's shared part. */
	e1000_write(e, E1000_RCTL, RCTL_EN | RCTL_BAM | RCTL_BSIZE_2048 | RCTL_SECRC);
}

/* True for a whole good frame in one descriptor; all else is counted here. */
static bool e1000_rx_good(struct e1000 *e, const struct e1000_rx_desc *d, u32 len)
{
	struct rtnl_link_stats *s = &e->dev->stats;
	bool eop = d->status & RXD_STAT_EOP;
	bool part = e->rx.discard || !eop;

	e->rx.discard = !eop;
	if (part) {
		/* One count a frame, at its end. */
		if (eop) {
			s->rx_errors++;
			s->rx_length_errors++;
			drop_count(DROP_RX_ERROR);
		}
		return false;
	}
	if ((d->errors & RXD_ERR_FRAME) || len < ETH_HLEN) {
		s->rx_errors++;
		s->rx_frame_errors++;
		drop_count(len < ETH_HLEN ? DROP_ETH_TOO_SHORT : DROP_RX_ERROR);
		return false;
	}
	return true;
}

static bool e1000_rx_csum_good(const struct e1000_rx_desc *d)
{
	return (d->status & (RXD_STAT_IXSM | RXD_STAT_TCPCS)) == RXD_STAT_TCPCS &&
	       !(d->errors & (RXD_ERR_TCPE | RXD_ERR_IPE));
}

/* Up with the frame in descriptor @i. False: the backlog is full. */
static bool e1000_rx_frame(struct e1000 *e, u32 i)
{
	const struct e1000_rx_desc *d = &e->rx.desc[i];
	u32 len = d->length;
	struct sk_buff *skb;

	if (unlikely(!e1000_rx_good(e, d, len)))
		return true;
	skb = skb_from_ring(&e->rx.buf[i], E1000_RX_OFFSET, len);
	if (unlikely(!skb)) {
		e->dev->stats.rx_dropped++;
		return true;
	}
	if (e1000_rx_csum_good(d))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return netif_rx_eth(skb, e->dev) == NET_RX_SUCCESS;
}

/* All that is armed to the card, but for the last one. */
static void e1000_rx_give(struct e1000 *e)
{
	struct e1000_rx_ring *rx = &e->rx;

	rx->given = rx->next;
	barrier();
	e1000_write(e, E1000_RDT, (rx->next + E1000_RX_RING - 1) % E1000_RX_RING);
}

/*
 * At most one ring a call: a flood faster than we are must not keep us in the top half. What is
 * left raises the interrupt again, for the card has seen RDT move.
 */
u32 e1000_rx(struct e1000 *e)
{
	struct e1000_rx_ring *rx = &e->rx;
	u32 i = rx->next, done = 0;
	bool room = true;

	while (done < E1000_RX_RING && room && (READ_ONCE(rx->desc[i].status) & RXD_STAT_DD)) {
		barrier(); /* the other fields were written before DD */
		room = e1000_rx_frame(e, i);
		e1000_rx_arm(rx, i, rx->buf[i]);
		i = (i + 1) % E1000_RX_RING;
		done++;
	}
	rx->next = i;
	if ((i - rx->given) % E1000_RX_RING >= RX_GIVE)
		e1000_rx_give(e);
	if (done == E1000_RX_RING && !e->throttled)
		e1000_write(e, E1000_ICS, ICR_RXT0);
	return done;
}

bool e1000_rx_pending(void *arg)
{
	const struct e1000 *e = arg;

	return (READ_ONCE(e->rx.desc[e->rx.next].status) & RXD_STAT_DD) && !e->throttled;
}

void e1000_rx_throttle(struct net_device *dev, bool on)
{
	struct e1000 *e = dev->priv;
	unsigned long flags = irq_save();

	e->throttled = on;
	if (on) {
		e1000_write(e, E1000_IMC, ICR_RXT0 | ICR_RXDMT0 | ICR_RXO);
	} else if (e->running) {
		/* The causes may have been read away meanwhile: raise one, so that the ring is
		 * looked at. */
		e1000_write(e, E1000_IMS, ICR_RXT0 | ICR_RXDMT0 | ICR_RXO);
		e1000_write(e, E1000_ICS, ICR_RXT0);
	}
	irq_restore(flags);
}
