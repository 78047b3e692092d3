/*
 * e1000: reset, MAC address, receive filter, link, statistics - all that goes through registers and
 * is not a ring.
 */
#include "drivers/net/e1000.h"

#define RESET_TIMEOUT (20 * NSEC_PER_MSEC)
#define EEPROM_TIMEOUT (2 * NSEC_PER_MSEC)
#define MTA_ENTRIES 128
#define ITR_MAX 0xffffu

/* Waits until (@reg & @mask) == @want; false after @timeout ns. */
static bool e1000_wait(struct e1000 *e, u32 reg, u32 mask, u32 want, u64 timeout)
{
	u64 deadline = ktime_ns() + timeout;

	while ((e1000_read(e, reg) & mask) != want) {
		if (ktime_ns() > deadline)
			return false;
	}
	return true;
}

/*
 * e1000.InterruptThrottleRate=<interrupts a second>, as units of 256 ns between two (§13.4.18).
 * None by default: batches come from the backlog, and latency is what an application feels.
 */
static u32 e1000_itr(void)
{
	int rate = cmdline_int("e1000.InterruptThrottleRate", 0);

	return rate > 0 ? min((u32)(NSEC_PER_SEC / 256) / (u32)rate, ITR_MAX) : 0;
}

/* Software reset (§14.3): all is as after power-up, then the link is asked for and flow control
 * left off. */
int e1000_hw_reset(struct e1000 *e)
{
	e1000_write(e, E1000_IMC, ~0u);
	e1000_write(e, E1000_RCTL, 0);
	e1000_write(e, E1000_TCTL, TCTL_PSP);
	e1000_write(e, E1000_CTRL, e1000_read(e, E1000_CTRL) | CTRL_RST);
	if (!e1000_wait(e, E1000_CTRL, CTRL_RST, 0, RESET_TIMEOUT))
		return -EIO;
	e1000_write(e, E1000_IMC, ~0u);
	e1000_read(e, E1000_ICR);
	e1000_write(
		e, E1000_CTRL,
		(e1000_read(e, E1000_CTRL) & ~(CTRL_LRST | CTRL_PHY_RST | CTRL_ILOS | CTRL_VME)) |
			CTRL_SLU | CTRL_ASDE | CTRL_FD);
	e1000_write(e, E1000_FCAL, 0);
	e1000_write(e, E1000_FCAH, 0);
	e1000_write(e, E1000_FCT, 0);
	e1000_write(e, E1000_FCTTV, 0);
	e1000_write(e, E1000_ITR, e1000_itr());
	return 0;
}

/* One 16-bit word of the EEPROM (§5.3.1), -EIO when the card does not answer. */
static int e1000_eeprom_read(struct e1000 *e, u32 word)
{
	u32 shift = e->is_82574 ? EERD_ADDR_SHIFT_82574 : EERD_ADDR_SHIFT_8254X;
	u32 done = e->is_82574 ? EERD_DONE_82574 : EERD_DONE_8254X;

	e1000_write(e, E1000_EERD, word << shift | EERD_START);
	if (!e1000_wait(e, E1000_EERD, done, done, EEPROM_TIMEOUT))
		return -EIO;
	return (int)(e1000_read(e, E1000_EERD) >> EERD_DATA_SHIFT);
}

static bool mac_is_valid(const u8 *mac)
{
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

/* From the EEPROM's first three words (§5.6.1), or from the receive address that the card loaded by
 * itself. */
int e1000_read_mac(struct e1000 *e, u8 *mac)
{
	u32 low = e1000_read(e, E1000_RAL0), high = e1000_read(e, E1000_RAH0);

	for (u32 i = 0; i < 3; i++) {
		int word = e1000_eeprom_read(e, i);

		if (word < 0)
			break;
		mac[2 * i] = (u8)word;
		mac[2 * i + 1] = (u8)(word >> 8);
		if (i == 2 && mac_is_valid(mac))
			return 0;
	}
	memcpy(mac, &low, 4);
	memcpy(mac + 4, &high, 2);
	return (high & RAH_AV) && mac_is_valid(mac) ? 0 : -EIO;
}

void e1000_set_mac(struct e1000 *e, const u8 *mac)
{
	u32 low, high = 0;

	memcpy(&low, mac, 4);
	memcpy(&high, mac + 4, 2);
	e1000_write(e, E1000_RAL0, low);
	e1000_write(e, E1000_RAH0, high | RAH_AV);
}

/* The multicast table is indexed by bits 47:36 of the address (§13.5.1, RCTL.MO = 0). */
static void e1000_write_mta(struct e1000 *e, const struct net_device *dev)
{
	u32 table[MTA_ENTRIES] = { 0 };

	for (u32 i = 0; i < MAX_MC_ADDRS; i++) {
		const u8 *a = dev->mc_addrs[i];
		u32 hash = (a[4] >> 4 | (u32)a[5] << 4) & 0xfff;

		if (dev->mc_refs[i])
			table[hash >> 5] |= 1u << (hash & 31);
	}
	for (u32 i = 0; i < MTA_ENTRIES; i++)
		e1000_write(e, E1000_MTA + 4 * i, table[i]);
}

void e1000_set_rx_mode(struct net_device *dev)
{
	struct e1000 *e = dev->priv;
	u32 was = e1000_read(e, E1000_RCTL), rctl = was & ~(RCTL_UPE | RCTL_MPE);

	if (dev->flags & IFF_PROMISC)
		rctl |= RCTL_UPE | RCTL_MPE;
	else if (dev->flags & IFF_ALLMULTI)
		rctl |= RCTL_MPE;
	e1000_write_mta(e, dev);
	/* QEMU's card receives nothing for a second after each write here. */
	if (rctl != was)
		e1000_write(e, E1000_RCTL, rctl);
}

void e1000_get_stats(struct net_device *dev)
{
	struct e1000 *e = dev->priv;
	struct rtnl_link_stats *s = &dev->stats;
	u64 crc = e1000_read(e, E1000_CRCERRS), length = e1000_read(e, E1000_RLEC);
	u64 missed = e1000_read(e, E1000_MPC), rxerr = e1000_read(e, E1000_RXERRC);
	u64 late = e1000_read(e, E1000_LATECOL), excess = e1000_read(e, E1000_ECOL);

	/*
	 * What is too short (RUC) or a fragment (RFC) stays out: QEMU's 82574 counts every frame
	 * there that its peer has not padded, and then delivers it.
	 */
	length += e1000_read(e, E1000_ROC) + e1000_read(e, E1000_RJC);
	s->rx_crc_errors += crc;
	s->rx_length_errors += length;
	s->rx_missed_errors += missed;
	s->rx_fifo_errors += missed;
	s->rx_errors += crc + length + rxerr;
	s->tx_aborted_errors += excess;
	s->tx_window_errors += late;
	s->tx_errors += excess + late;
	s->collisions += e1000_read(e, E1000_COLC);
}

void e1000_check_link(struct e1000 *e)
{
	bool up = e1000_read(e, E1000_STATUS) & STATUS_LU;

	if (up && !netif_carrier_ok(e->dev))
		netif_carrier_on(e->dev);
	else if (!up && netif_carrier_ok(e->dev))
		netif_carrier_off(e->dev);
}
