/*
 * Driver for Intel's 8254x Ethernet cards as QEMU emulates them (82540EM: `-device e1000`), the
 * 82543 to 82545 with the same registers, and the 82574 (`-device e1000e`) in its legacy mode. This
 * file: probing, up and down, the interrupt. Leaves out: VLANs, jumbo frames, MSI.
 */
#include "drivers/drivers.h"
#include "drivers/net/e1000.h"

#define DEV_82574L 0x10D3
#define IRQ_CAUSES (ICR_LSC | ICR_RXT0 | ICR_RXDMT0 | ICR_RXO)

/* An interrupt that brings so many frames comes in time. */
#define POLL_MAX_FRAMES 8
/* One of so many interrupts is left to show what the next one brings without polling. */
#define POLL_PROBE 64

/*
 * From the card's interrupts to polling when idle and back: QEMU's card leaves 128 us between two,
 * which is long for who waits for one frame, and right for who gets them by the dozen.
 */
static void e1000_rx_irq(struct e1000 *e)
{
	u32 frames = e1000_rx(e);

	if (frames >= POLL_MAX_FRAMES || ++e->rx_irqs % POLL_PROBE == 0)
		idle_poll_wanted = false;
	else if (frames)
		idle_poll_wanted = true;
}

static void e1000_poll(void *arg)
{
	e1000_rx(arg);
}

static bool e1000_interrupt(int irq, void *arg)
{
	struct e1000 *e = arg;
	u32 cause = e1000_read(e, E1000_ICR);

	if (!cause || !e->running)
		return cause != 0;
	if (cause & (ICR_RXT0 | ICR_RXDMT0 | ICR_RXO) && !e->throttled)
		e1000_rx_irq(e);
	if (cause & ICR_TXDW)
		e1000_tx_reap(e);
	if (cause & ICR_LSC)
		e1000_check_link(e);
	return true;
}

static void e1000_up(struct e1000 *e)
{
	e->throttled = false;
	e1000_set_mac(e, e->dev->dev_addr);
	e1000_rx_start(e);
	e1000_tx_start(e);
	e1000_set_rx_mode(e->dev);
	e1000_check_link(e);
	e->running = true;
	e1000_write(e, E1000_IMS, IRQ_CAUSES);
}

static int e1000_open(struct net_device *dev)
{
	struct e1000 *e = dev->priv;
	int err = e1000_hw_reset(e);

	if (err)
		return err;
	err = e1000_rx_fill(e);
	if (err)
		return err;
	err = request_irq(dev->irq, e1000_interrupt, dev->name, e);
	if (err)
		goto out_rx;
	e1000_up(e);
	e->poll = (struct idle_poll){ .pending = e1000_rx_pending, .take = e1000_poll, .arg = e };
	idle_poll_add(&e->poll);
	return 0;

out_rx:
	e1000_rx_drain(e);
	return err;
}

static void e1000_stop(struct net_device *dev)
{
	struct e1000 *e = dev->priv;

	e->running = false;
	idle_poll_del(&e->poll);
	e1000_hw_reset(e); /* no DMA and no interrupt from here on */
	free_irq(dev->irq, e);
	timer_del(&e->tx_hang);
	e1000_tx_drain(e, DROP_DEV_DOWN);
	e1000_rx_drain(e);
}

/* The card has not sent for a while: start it anew. The receive buffers stay in place. */
static void e1000_tx_timeout(struct net_device *dev)
{
	struct e1000 *e = dev->priv;
	unsigned long flags = irq_save();

	e->resets++;
	dev->stats.tx_errors++;
	if (e1000_hw_reset(e) < 0)
		printk(KERN_ERR "%s: the card does not come back from a reset\n", dev->name);
	timer_del(&e->tx_hang);
	e1000_tx_drain(e, DROP_TX_ERROR);
	e1000_rx_rearm(e);
	e1000_up(e);
	irq_restore(flags);
	netif_wake_queue(dev);
}

static void e1000_tx_hang(struct timer *t)
{
	struct e1000 *e = container_of(t, struct e1000, tx_hang);

	if (!e->running)
		return;
	printk(KERN_WARNING "%s: the card sends nothing, resetting it\n", e->dev->name);
	e1000_tx_timeout(e->dev);
}

static int e1000_set_mac_address(struct net_device *dev, const u8 *addr)
{
	memcpy(dev->dev_addr, addr, ETH_ALEN);
	e1000_set_mac(dev->priv, addr);
	return 0;
}

static int e1000_change_mtu(struct net_device *dev, int mtu)
{
	return mtu >= 68 && mtu <= ETH_DATA_LEN ? 0 : -EINVAL;
}

static const struct net_device_ops e1000_ops = {
	.open = e1000_open,
	.stop = e1000_stop,
	.hard_start_xmit = e1000_start_xmit,
	.xmit_kick = e1000_xmit_kick,
	.set_rx_mode = e1000_set_rx_mode,
	.set_mac_address = e1000_set_mac_address,
	.change_mtu = e1000_change_mtu,
	.tx_timeout = e1000_tx_timeout,
	.rx_throttle = e1000_rx_throttle,
	.get_stats = e1000_get_stats,
};

/* Registers and rings of a card that was found. */
static int e1000_setup(struct e1000 *e)
{
	int err;

	e->is_82574 = e->pci->device == DEV_82574L;
	e->regs = pci_map_bar(e->pci, 0, NULL);
	if (!e->regs)
		return -ENODEV;
	pci_enable(e->pci);
	err = e1000_hw_reset(e);
	if (err)
		return err;
	err = e1000_read_mac(e, e->dev->perm_addr);
	if (err)
		return err;
	memcpy(e->dev->dev_addr, e->dev->perm_addr, ETH_ALEN);
	err = e1000_rx_alloc(e);
	return err ? err : e1000_tx_alloc(e);
}

/*
 * e1000.TSO=0 or 1. Not on the 82574 unless asked for: QEMU before 8.1 makes IP fragments of its
 * bursts where the network behind is not a tap.
 */
static bool e1000_wants_tso(const struct pci_dev *pci)
{
	return cmdline_int("e1000.TSO", pci->device != DEV_82574L);
}

static int e1000_probe(struct pci_dev *pci)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct e1000));
	struct e1000 *e;
	int err;

	if (!dev)
		return -ENOMEM;
	e = dev->priv;
	e->dev = dev;
	e->pci = pci;
	timer_init(&e->tx_hang, e1000_tx_hang);
	dev->ops = &e1000_ops;
	dev->features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_GRO;
	if (e1000_wants_tso(pci))
		dev->features |= NETIF_F_TSO;
	dev->irq = pci->irq;
	dev->watchdog_timeo = E1000_TX_WATCHDOG;
	err = e1000_setup(e);
	if (!err)
		err = register_netdev(dev);
	if (err) {
		printk(KERN_ERR "e1000 %04x:%04x: not usable (error %d)\n", pci->vendor,
		       pci->device, -err);
		return err;
	}
	printk(KERN_INFO "%s: Intel %04x, irq %d, " MAC_FMT "\n", dev->name, pci->device, dev->irq,
	       MAC_ARGS(dev->dev_addr));
	return 0;
}

static const struct pci_id e1000_ids[] = {
	{ 0x8086, 0x1004 },	/* 82543GC copper */
	{ 0x8086, 0x1008 },	/* 82544EI copper */
	{ 0x8086, 0x100C },	/* 82544GC copper */
	{ 0x8086, 0x100E },	/* 82540EM: QEMU's e1000 */
	{ 0x8086, 0x100F },	/* 82545EM copper */
	{ 0x8086, 0x1026 },	/* 82545GM copper */
	{ 0x8086, DEV_82574L }, /* QEMU's e1000e */
	{ 0, 0 },
};

const struct pci_driver e1000_driver = {
	.name = "e1000",
	.ids = e1000_ids,
	.probe = e1000_probe,
};
