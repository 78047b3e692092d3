/*
 * Driver for the NE2000 and what is made like it, with National's DP8390 inside: on PCI the
 * RTL8029 (`-device ne2k_pci`) and its kin, on ISA `-device ne2k_isa`. This file: up, down, and the
 * interrupt. Finding cards is ne2k_probe.c's.
 */
#include "drivers/net/ne2k.h"

#define IRQ_ROUNDS 4

static void ne2k_serve(struct ne2k *n, u8 isr)
{
	ne2k_out(n, DP_ISR, isr & ~ISR_OVW);
	n->imr &= ~ISR_RDC;
	if (isr & ISR_OVW) {
		ne2k_overflow(n);
		return;
	}
	if (isr & ISR_CNT)
		ne2k_get_stats(n->dev);
	if (isr & (ISR_PTX | ISR_TXE))
		ne2k_tx_reap(n);
	if (isr & (ISR_PRX | ISR_RXE | ISR_RDC))
		ne2k_rx(n);
}

/*
 * Masked while it is served: on ISA an interrupt is an edge, and one that comes meanwhile makes its
 * edge when the mask is taken off.
 */
static bool ne2k_interrupt(int irq, void *arg)
{
	struct ne2k *n = arg;
	u8 isr = ne2k_in(n, DP_ISR) & n->imr;

	if (!isr || !n->running)
		return false;
	ne2k_out(n, DP_IMR, 0);
	for (int round = 0; isr && round < IRQ_ROUNDS; round++) {
		ne2k_serve(n, isr);
		isr = ne2k_in(n, DP_ISR) & n->imr;
	}
	ne2k_out(n, DP_IMR, n->imr);
	return true;
}

static int ne2k_open(struct net_device *dev)
{
	struct ne2k *n = dev->priv;
	unsigned long flags;
	int err;

	if (!ne2k_reset(n))
		return -EIO;
	err = request_irq(dev->irq, ne2k_interrupt, dev->name, n);
	if (err)
		return err;
	flags = irq_save();
	ne2k_start(n);
	irq_restore(flags);
	return 0;
}

static void ne2k_stop(struct net_device *dev)
{
	struct ne2k *n = dev->priv;
	unsigned long flags = irq_save();

	ne2k_halt(n);
	irq_restore(flags);
	free_irq(dev->irq, n);
}

/* Nothing was sent for a while, or the chip says what cannot be: start it anew. */
static void ne2k_tx_timeout(struct net_device *dev)
{
	struct ne2k *n = dev->priv;
	unsigned long flags = irq_save();

	dev->stats.tx_errors++;
	ne2k_halt(n);
	if (!ne2k_reset(n))
		printk(KERN_ERR "%s: the card does not come back from a reset\n", dev->name);
	ne2k_start(n);
	irq_restore(flags);
	netif_wake_queue(dev);
}

static int ne2k_set_mac_address(struct net_device *dev, const u8 *addr)
{
	memcpy(dev->dev_addr, addr, ETH_ALEN);
	if (netif_running(dev))
		ne2k_set_rx_mode(dev);
	return 0;
}

static int ne2k_change_mtu(struct net_device *dev, int mtu)
{
	return mtu >= 68 && mtu <= ETH_DATA_LEN ? 0 : -EINVAL;
}

const struct net_device_ops ne2k_ops = {
	.open = ne2k_open,
	.stop = ne2k_stop,
	.hard_start_xmit = ne2k_start_xmit,
	.set_rx_mode = ne2k_set_rx_mode,
	.set_mac_address = ne2k_set_mac_address,
	.change_mtu = ne2k_change_mtu,
	.tx_timeout = ne2k_tx_timeout,
	.rx_throttle = ne2k_rx_throttle,
	.get_stats = ne2k_get_stats,
};
