/*
 * Finds NE2000s: on PCI by their ids, on ISA at the port that `ne.io=` names (0x300 without it).
 * What a card does not tell is tried out: how much memory it has, how wide its data port is, and
 * on ISA which interrupt it raises (or `ne.irq=` says it).
 */
#include "drivers/drivers.h"
#include "drivers/net/ne2k.h"
#include "drivers/pci.h"
#include "io.h"
#include "pic.h"

#define PROM_BYTES 32
#define PROM_MARK 0x57 /* at bytes 28 and 30: the card is used 16 bits at a time */
#define FIRST_PAGE 0x40
#define STOP_16K 0x80 /* what the cards of old have */
#define STOP_32K 0xc0
#define ISA_PORT 0x300
#define IRQ_TIMEOUT NSEC_PER_MSEC

/* ---- what a card is ---- */

/* The station's address, each byte twice. False: no NE2000. */
static bool ne2k_read_prom(const struct ne2k *n, u8 *mac)
{
	u8 prom[PROM_BYTES];

	ne2k_read_mem(n, 0, prom, sizeof(prom));
	for (u32 i = 0; i < ETH_ALEN; i++)
		mac[i] = prom[2 * i];
	return prom[28] == PROM_MARK && prom[30] == PROM_MARK && is_valid_ether_addr(mac);
}

/* Memory at @page holds what is written there, and is not that at @twin under another name. */
static bool ne2k_has_memory(const struct ne2k *n, u8 page, u8 twin)
{
	const u32 here = 0x6b83c51d, there = 0x1e27d94a;
	u32 back = 0;

	if (!ne2k_write_mem(n, (u16)(page * NE2K_PAGE), &here, sizeof(here)) ||
	    !ne2k_write_mem(n, (u16)(twin * NE2K_PAGE), &there, sizeof(there)))
		return false;
	ne2k_read_mem(n, (u16)(page * NE2K_PAGE), &back, sizeof(back));
	return back == here;
}

/* True if 32 bits at a time give the same as 16 at a time, both ways. */
static bool ne2k_is_wide(struct ne2k *n)
{
	const u64 pattern = 0x8877665544332211, other = 0x1029384756abcdef;
	u64 back = 0, again = 0;
	u16 at = FIRST_PAGE * NE2K_PAGE;

	n->wide = false;
	ne2k_write_mem(n, at, &pattern, sizeof(pattern));
	n->wide = true;
	ne2k_read_mem(n, at, &back, sizeof(back));
	ne2k_write_mem(n, at, &other, sizeof(other));
	n->wide = false;
	ne2k_read_mem(n, at, &again, sizeof(again));
	return back == pattern && again == other;
}

static int ne2k_setup(struct ne2k *n)
{
	if (!ne2k_reset(n))
		return -ENODEV;
	ne2k_out(n, DP_CR, CR_NODMA | CR_STP);
	ne2k_out(n, DP_IMR, 0);
	ne2k_out(n, DP_DCR, DCR_WORDS);
	ne2k_out(n, DP_RCR, RCR_MON);
	ne2k_out(n, DP_TCR, TCR_LOOP);
	if (!ne2k_read_prom(n, n->dev->perm_addr) || !ne2k_has_memory(n, STOP_16K - 1, FIRST_PAGE))
		return -ENODEV;
	memcpy(n->dev->dev_addr, n->dev->perm_addr, ETH_ALEN);
	n->tx_start = FIRST_PAGE;
	n->rx_start = FIRST_PAGE + NE2K_TX_SLOTS * NE2K_TX_PAGES;
	n->rx_stop = ne2k_has_memory(n, STOP_32K - 1, STOP_16K - 1) ? STOP_32K : STOP_16K;
	n->wide = ne2k_is_wide(n);
	return 0;
}

/* ---- a card that was found ---- */

static struct ne2k *ne2k_alloc(u16 io, const char *chip)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct ne2k));
	struct ne2k *n;

	if (!dev)
		return NULL;
	n = dev->priv;
	n->dev = dev;
	n->io = io;
	n->chip = chip;
	ne2k_overflow_init(n);
	dev->ops = &ne2k_ops;
	dev->features = NETIF_F_GRO;
	dev->watchdog_timeo = NE2K_TX_WATCHDOG;
	return n;
}

static int ne2k_register(struct ne2k *n, int irq)
{
	int err;

	n->dev->irq = irq;
	err = register_netdev(n->dev);
	if (!err)
		printk(KERN_INFO "%s: %s at %#x, irq %d, %u KiB, " MAC_FMT "\n", n->dev->name,
		       n->chip, n->io, irq, (n->rx_stop - FIRST_PAGE) * NE2K_PAGE / 1024,
		       MAC_ARGS(n->dev->dev_addr));
	return err;
}

/* ---- PCI ---- */

static int ne2k_pci_probe(struct pci_dev *pci)
{
	struct ne2k *n;
	u16 io = pci_io_bar(pci, 0);
	int err;

	if (!io || pci->irq < 0)
		return -ENODEV;
	pci_enable(pci);
	n = ne2k_alloc(io, "NE2000 PCI");
	if (!n)
		return -ENOMEM;
	err = ne2k_setup(n);
	return err ? err : ne2k_register(n, pci->irq);
}

static const struct pci_id ne2k_ids[] = {
	{ 0x10ec, 0x8029 }, /* Realtek RTL8029: QEMU's ne2k_pci */
	{ 0x1050, 0x0940 }, /* Winbond 89C940 */
	{ 0x1050, 0x5a5a }, /* Winbond 89C940F */
	{ 0x11f6, 0x1401 }, /* Compex RL2000 */
	{ 0x8e2e, 0x3000 }, /* KTI ET32P2 */
	{ 0x4a14, 0x5000 }, /* NetVin NV5000SC */
	{ 0x1106, 0x0926 }, /* VIA 86C926 */
	{ 0x10bd, 0x0e34 }, /* SureCom NE34 */
	{ 0, 0 },
};

const struct pci_driver ne2k_pci_driver = {
	.name = "ne2k-pci",
	.ids = ne2k_ids,
	.probe = ne2k_pci_probe,
};

/* ---- ISA ---- */

/* Lets the card interrupt, and looks which line of the interrupt controllers goes up. -1: none. */
static int ne2k_isa_find_irq(struct ne2k *n)
{
	u16 before = pic_requests(), after = 0;
	u64 end = ktime_ns() + IRQ_TIMEOUT;

	ne2k_out(n, DP_ISR, 0xff);
	ne2k_raise(n);
	while (!after && ktime_ns() < end)
		after = pic_requests() & ~before;
	ne2k_set_irqs(n, 0);
	ne2k_out(n, DP_ISR, 0xff);
	return after ? __builtin_ctz(after) : -1;
}

static void ne2k_isa_probe_at(u16 io, int irq)
{
	struct ne2k *n;

	if (inb(io) == 0xff) /* a bus with nobody on it */
		return;
	n = ne2k_alloc(io, "NE2000 ISA");
	if (!n || ne2k_setup(n) < 0)
		return;
	if (irq < 0)
		irq = ne2k_isa_find_irq(n);
	if (irq < 0)
		printk(KERN_ERR
		       "ne2k: the card at %#x raises no interrupt: ne.irq= tells its line\n",
		       io);
	else
		ne2k_register(n, irq);
}

void ne2k_isa_probe(void)
{
	for (int i = 0; i == 0 || cmdline_get("ne.io", i); i++)
		ne2k_isa_probe_at((u16)cmdline_int_at("ne.io", i, ISA_PORT),
				  cmdline_int_at("ne.irq", i, -1));
}
