/*
 * The DP8390's registers: starting and stopping the chip, its filters and counters, and the remote
 * DMA, by which the machine reads and writes the card's memory.
 */
#include "drivers/net/ne2k.h"

#include "io.h"

#define RESET_TIMEOUT (20 * NSEC_PER_MSEC)
#define DMA_TIMEOUT NSEC_PER_MSEC
#define CRC32_POLY 0x04c11db7u

u8 ne2k_in(const struct ne2k *n, u16 reg)
{
	return inb(n->io + reg);
}

void ne2k_out(const struct ne2k *n, u16 reg, u8 value)
{
	outb(n->io + reg, value);
}

static bool ne2k_wait_isr(const struct ne2k *n, u8 bit, u64 timeout)
{
	u64 end = ktime_ns() + timeout;

	while (!(ne2k_in(n, DP_ISR) & bit)) {
		if (ktime_ns() > end)
			return false;
	}
	return true;
}

bool ne2k_reset(const struct ne2k *n)
{
	ne2k_out(n, NE2K_RESET, ne2k_in(n, NE2K_RESET));
	if (!ne2k_wait_isr(n, ISR_RST, RESET_TIMEOUT) || ne2k_in(n, DP_ISR) == 0xff)
		return false;
	ne2k_out(n, DP_ISR, 0xff);
	return true;
}

/* ---- the card's memory ---- */

static void ne2k_dma(const struct ne2k *n, u16 addr, u32 len, u8 direction)
{
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
	ne2k_out(n, DP_RBCR0, (u8)len);
	ne2k_out(n, DP_RBCR1, (u8)(len >> 8));
	ne2k_out(n, DP_RSAR0, (u8)addr);
	ne2k_out(n, DP_RSAR1, (u8)(addr >> 8));
	ne2k_out(n, DP_CR, direction | CR_STA);
}

/* What the data port moves at a time. */
static u32 ne2k_unit(const struct ne2k *n)
{
	return n->wide ? 4 : 2;
}

void ne2k_read_mem(const struct ne2k *n, u16 from, void *to, u32 len)
{
	u32 unit = ne2k_unit(n), bulk = len & ~(unit - 1), word;
	u16 port = n->io + NE2K_DATA;

	ne2k_dma(n, from, (len + unit - 1) & ~(unit - 1), CR_RREAD);
	if (n->wide)
		insl(port, to, bulk / 4);
	else
		insw(port, to, bulk / 2);
	if (bulk != len) {
		word = n->wide ? inl(port) : inw(port);
		memcpy((u8 *)to + bulk, &word, len - bulk);
	}
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
}

bool ne2k_write_mem(const struct ne2k *n, u16 to, const void *from, u32 len)
{
	u32 unit = ne2k_unit(n), bulk = len & ~(unit - 1), word = 0;
	u16 port = n->io + NE2K_DATA;
	bool done;

	ne2k_out(n, DP_ISR, ISR_RDC);
	ne2k_dma(n, to, (len + unit - 1) & ~(unit - 1), CR_RWRITE);
	if (n->wide)
		outsl(port, from, bulk / 4);
	else
		outsw(port, from, bulk / 2);
	if (bulk != len) {
		memcpy(&word, (const u8 *)from + bulk, len - bulk);
		if (n->wide)
			outl(port, word);
		else
			outw(port, (u16)word);
	}
	done = ne2k_wait_isr(n, ISR_RDC, DMA_TIMEOUT);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
	ne2k_out(n, DP_ISR, ISR_RDC);
	return done;
}

/* ---- filters ---- */

/* The upper six bits of the Ethernet CRC of @addr pick one of the 64 (§10.3, MAR). */
static u32 ne2k_multicast_bit(const u8 *addr)
{
	u32 crc = UINT32_MAX;

	for (u32 i = 0; i < ETH_ALEN * 8; i++) {
		u32 bit = crc >> 31 ^ (addr[i / 8] >> i % 8 & 1);

		crc = crc << 1 ^ (bit ? CRC32_POLY : 0);
	}
	return crc >> 26;
}

static void ne2k_write_filters(const struct ne2k *n, const struct net_device *dev)
{
	u8 table[8] = { 0 };

	for (u32 i = 0; i < MAX_MC_ADDRS; i++) {
		u32 bit = dev->mc_refs[i] ? ne2k_multicast_bit(dev->mc_addrs[i]) : 0;

		if (dev->mc_refs[i])
			table[bit / 8] |= (u8)(1 << bit % 8);
	}
	if (dev->flags & (IFF_PROMISC | IFF_ALLMULTI))
		memset(table, 0xff, sizeof(table));
	for (u32 i = 0; i < sizeof(table); i++)
		ne2k_out(n, DP_MAR0 + i, table[i]);
	for (u32 i = 0; i < ETH_ALEN; i++)
		ne2k_out(n, DP_PAR0 + i, dev->dev_addr[i]);
}

void ne2k_set_rx_mode(struct net_device *dev)
{
	struct ne2k *n = dev->priv;
	unsigned long flags = irq_save();

	ne2k_out(n, DP_CR, CR_NODMA | CR_STA | CR_PAGE1);
	ne2k_write_filters(n, dev);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
	ne2k_out(n, DP_RCR, RCR_AB | RCR_AM | (dev->flags & IFF_PROMISC ? RCR_PRO : 0));
	irq_restore(flags);
}

/* ---- the chip ---- */

void ne2k_set_irqs(struct ne2k *n, u8 imr)
{
	n->imr = imr;
	ne2k_out(n, DP_IMR, imr);
}

/* Every copy ends with RDC, too: unmasked only here. */
void ne2k_raise(struct ne2k *n)
{
	ne2k_set_irqs(n, n->imr | ISR_RDC);
	ne2k_out(n, DP_RBCR0, 0);
	ne2k_out(n, DP_RBCR1, 0);
	ne2k_out(n, DP_CR, CR_RREAD | CR_STA);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
}

u8 ne2k_current(const struct ne2k *n)
{
	u8 page;

	ne2k_out(n, DP_CR, CR_NODMA | CR_STA | CR_PAGE1);
	page = ne2k_in(n, DP_CURR);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
	return page;
}

void ne2k_start(struct ne2k *n)
{
	ne2k_out(n, DP_CR, CR_NODMA | CR_STP);
	ne2k_out(n, DP_DCR, DCR_WORDS);
	ne2k_out(n, DP_RBCR0, 0);
	ne2k_out(n, DP_RBCR1, 0);
	ne2k_out(n, DP_RCR, RCR_MON);
	ne2k_out(n, DP_TCR, TCR_LOOP);
	ne2k_out(n, DP_PSTART, n->rx_start);
	ne2k_out(n, DP_PSTOP, n->rx_stop);
	ne2k_out(n, DP_ISR, 0xff);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STP | CR_PAGE1);
	ne2k_write_filters(n, n->dev);
	ne2k_out(n, DP_CURR, n->rx_start);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
	ne2k_rx_free(n, n->rx_start, n->rx_start);
	ne2k_out(n, DP_TCR, TCR_NORMAL);
	n->tx_len[0] = n->tx_len[1] = 0;
	n->tx_fill = n->tx_send = 0;
	n->tx_busy = n->recovering = n->throttled = false;
	ne2k_set_rx_mode(n->dev);
	n->running = true;
	ne2k_set_irqs(n, ISR_PRX | ISR_RXE | ISR_OVW | ISR_CNT);
}

void ne2k_halt(struct ne2k *n)
{
	n->running = false;
	timer_del(&n->recover);
	ne2k_set_irqs(n, 0);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STP);
	ne2k_wait_isr(n, ISR_RST, 2 * NSEC_PER_MSEC);
	ne2k_out(n, DP_ISR, 0xff);
}

void ne2k_get_stats(struct net_device *dev)
{
	struct ne2k *n = dev->priv;
	struct rtnl_link_stats *s = &dev->stats;
	unsigned long flags = irq_save();
	u8 frame = ne2k_in(n, DP_CNTR0), crc = ne2k_in(n, DP_CNTR1), missed = ne2k_in(n, DP_CNTR2);

	irq_restore(flags);
	s->rx_frame_errors += frame;
	s->rx_crc_errors += crc;
	s->rx_missed_errors += missed;
	s->rx_errors += (u64)frame + crc + missed;
}
