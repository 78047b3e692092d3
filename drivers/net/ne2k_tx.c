/*
 * The NE2000's transmitter: two slots in the card's memory, one filled while the other is sent. An
 * emulated card has sent a frame before the command to do so is over, so the slot is looked at
 * right away; the interrupt is asked for only when the card takes its time.
 */
#include "drivers/net/ne2k.h"

static u8 ne2k_tx_page(const struct ne2k *n, u8 slot)
{
	return n->tx_start + slot * NE2K_TX_PAGES;
}

static void ne2k_tx_command(struct ne2k *n)
{
	u16 len = n->tx_len[n->tx_send];

	ne2k_out(n, DP_TPSR, ne2k_tx_page(n, n->tx_send));
	ne2k_out(n, DP_TBCR0, (u8)len);
	ne2k_out(n, DP_TBCR1, (u8)(len >> 8));
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA | CR_TXP);
	n->tx_busy = true;
}

static void ne2k_tx_count(struct ne2k *n)
{
	struct rtnl_link_stats *s = &n->dev->stats;
	u8 tsr = ne2k_in(n, DP_TSR);

	if (tsr & TSR_COL)
		s->collisions++;
	if (!(tsr & (TSR_ABT | TSR_CRS | TSR_FU | TSR_OWC)))
		return;
	s->tx_errors++;
	s->tx_aborted_errors += !!(tsr & TSR_ABT);
	s->tx_carrier_errors += !!(tsr & TSR_CRS);
	s->tx_fifo_errors += !!(tsr & TSR_FU);
	s->tx_window_errors += !!(tsr & TSR_OWC);
}

/* Its interrupts only while something is under way. */
static void ne2k_tx_irqs(struct ne2k *n)
{
	u8 tx = ISR_PTX | ISR_TXE, imr = n->tx_busy ? n->imr | tx : n->imr & ~tx;

	if (imr != n->imr)
		ne2k_set_irqs(n, imr);
}

void ne2k_tx_reap(struct ne2k *n)
{
	while (n->tx_busy && !(ne2k_in(n, DP_CR) & CR_TXP)) {
		ne2k_tx_count(n);
		ne2k_out(n, DP_ISR, ISR_PTX | ISR_TXE);
		n->tx_len[n->tx_send] = 0;
		n->tx_send ^= 1;
		n->tx_busy = false;
		if (n->tx_len[n->tx_send])
			ne2k_tx_command(n);
	}
	ne2k_tx_irqs(n);
	if (netif_queue_stopped(n->dev) && !n->tx_len[n->tx_fill] && !n->recovering)
		netif_wake_queue(n->dev);
}

void ne2k_tx_resend(struct ne2k *n)
{
	if (n->tx_len[n->tx_send])
		ne2k_tx_command(n);
	ne2k_tx_reap(n);
}

/* Irqs off; the slot is free. */
static void ne2k_tx_frame(struct ne2k *n, const struct sk_buff *skb)
{
	u16 at = (u16)(ne2k_tx_page(n, n->tx_fill) * NE2K_PAGE);

	if (unlikely(!ne2k_write_mem(n, at, skb->data, skb->len))) {
		n->dev->stats.tx_errors++;
		return;
	}
	n->tx_len[n->tx_fill] = (u16)skb->len;
	n->tx_fill ^= 1;
	if (!n->tx_busy)
		ne2k_tx_command(n);
	ne2k_tx_reap(n);
}

enum netdev_tx ne2k_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ne2k *n = dev->priv;
	unsigned long flags;

	if (unlikely(skb->len > NE2K_TX_PAGES * NE2K_PAGE)) {
		dev->stats.tx_errors++;
		kfree_skb(skb, DROP_TX_ERROR);
		return NETDEV_TX_OK;
	}
	flags = irq_save();
	if (n->recovering || n->tx_len[n->tx_fill]) {
		netif_stop_queue(dev);
		irq_restore(flags);
		return NETDEV_TX_BUSY;
	}
	ne2k_tx_frame(n, skb);
	irq_restore(flags);
	consume_skb(skb);
	return NETDEV_TX_OK;
}
