/*
 * e1000's transmit ring. A packet is at most one context descriptor (checksum offsets, when they
 * differ from the ones that the card remembers), its linear part and its fragments. The card hears
 * of packets once a batch, and reports once a batch: RS is set on the batch's last descriptor, and
 * that one's DD frees them all. Its interrupt is asked for only while something is on its way. A
 * burst of TCP goes out in one piece, with a context of its own; the card makes segments of it
 * (§3.5).
 */
#include "drivers/net/e1000.h"
#include "net/core/gso.h"

int e1000_tx_alloc(struct e1000 *e)
{
	e->tx.desc = alloc_boot(E1000_TX_RING * sizeof(*e->tx.desc));
	return e->tx.desc ? 0 : -ENOMEM;
}

static u32 e1000_tx_next(u32 i)
{
	return (i + 1) % E1000_TX_RING;
}

static u32 e1000_tx_room(const struct e1000_tx_ring *tx)
{
	return (tx->head + E1000_TX_RING - tx->tail - 1) % E1000_TX_RING;
}

/* §14.5 */
void e1000_tx_start(struct e1000 *e)
{
	u64 phys = virt_to_phys(e->tx.desc);

	e->tx.head = e->tx.tail = e->tx.kicked = 0;
	e->tx.context = 0;
	e->tx_irq = false;
	e1000_write(e, E1000_TDBAL, (u32)phys);
	e1000_write(e, E1000_TDBAH, (u32)(phys >> 32));
	e1000_write(e, E1000_TDLEN, E1000_TX_RING * sizeof(struct e1000_tx_desc));
	e1000_write(e, E1000_TDH, 0);
	e1000_write(e, E1000_TDT, 0);
	e1000_write(e, E1000_TIDV, 0);
	e1000_write(e, E1000_TADV, 0);
	e1000_write(e, E1000_TIPG, TIPG_COPPER);
	e1000_write(e, E1000_TCTL,
		    TCTL_EN | TCTL_PSP | 15u << TCTL_CT_SHIFT | 64u << TCTL_COLD_SHIFT);
}

void e1000_tx_drain(struct e1000 *e, enum drop_reason reason)
{
	for (u32 i = 0; i < E1000_TX_RING; i++) {
		if (e->tx.skb[i])
			kfree_skb(e->tx.skb[i], reason);
		e->tx.skb[i] = NULL;
	}
	e->tx.head = e->tx.tail = e->tx.kicked = 0;
}

/* Irqs off. Frees the batch that begins at head if its last descriptor is done. */
static bool e1000_tx_reap_batch(struct e1000_tx_ring *tx)
{
	u32 end;

	if (tx->head == tx->kicked)
		return false;
	end = tx->batch_end[tx->head];
	if (!(READ_ONCE(tx->desc[end].status) & TXD_STAT_DD))
		return false;
	for (u32 i = tx->head;; i = e1000_tx_next(i)) {
		if (tx->skb[i]) {
			consume_skb(tx->skb[i]);
			tx->skb[i] = NULL;
		}
		if (i == end)
			break;
	}
	tx->head = e1000_tx_next(end);
	return true;
}

/*
 * While something is on its way the card's report is asked for, and a timer runs from its last sign
 * of life: a card that sends nothing more would keep its senders' memory for ever. Irqs off.
 */
static void e1000_tx_watch(struct e1000 *e, bool waiting, bool progress)
{
	bool began = waiting && !e->tx_irq;

	if (waiting != e->tx_irq) {
		e->tx_irq = waiting;
		e1000_write(e, waiting ? E1000_IMS : E1000_IMC, ICR_TXDW);
	}
	if (began || (waiting && progress))
		timer_mod(&e->tx_hang, ktime_ns() + E1000_TX_WATCHDOG);
	else if (!waiting && timer_pending(&e->tx_hang))
		timer_del(&e->tx_hang);
}

void e1000_tx_reap(struct e1000 *e)
{
	struct e1000_tx_ring *tx = &e->tx;
	unsigned long flags = irq_save();
	u32 head = tx->head;
	bool waiting;

	while (e1000_tx_reap_batch(tx))
		;
	waiting = tx->head != tx->kicked;
	e1000_tx_watch(e, waiting, tx->head != head);
	if (netif_queue_stopped(e->dev) && e1000_tx_room(tx) >= E1000_TX_RING / 4)
		netif_wake_queue(e->dev);
	irq_restore(flags);
}

static void e1000_tx_put(struct e1000_tx_ring *tx, u64 addr, u32 cmd, u8 popts)
{
	struct e1000_tx_desc *d = &tx->desc[tx->tail];

	d->addr = addr;
	d->cmd = cmd;
	d->status = 0;
	d->popts = popts;
	d->special = 0;
	tx->tail = e1000_tx_next(tx->tail);
}

/* Tells the card where to sum and where to store (§3.3.6); the segmentation fields stay zero. */
static void e1000_tx_context(struct e1000_tx_ring *tx, const struct sk_buff *skb)
{
	u32 start = (u32)(skb->head + skb->csum_start - skb->data);
	u32 store = start + skb->csum_offset;
	u32 context = start << 8 | store;

	if (context == tx->context)
		return;
	tx->context = context;
	e1000_tx_put(tx, (u64)start << TXC_TUCSS_SHIFT | (u64)store << TXC_TUCSO_SHIFT,
		     TXD_CMD_DEXT | TXD_DTYP_CONTEXT, 0);
}

/*
 * For a burst, whose headers are ours alone (§3.3.6, §3.5). The context for checksums is not to be
 * counted on afterwards.
 */
static void e1000_tso_context(struct e1000_tx_ring *tx, struct sk_buff *skb)
{
	struct e1000_tx_desc *d = &tx->desc[tx->tail];
	struct gso_layout at;

	gso_for_card(skb, &at);
	e1000_tx_put(tx,
		     (u64)at.ip << TXC_IPCSS_SHIFT | (u64)at.ip_check << TXC_IPCSO_SHIFT |
			     (u64)(at.tcp - 1) << TXC_IPCSE_SHIFT | (u64)at.tcp << TXC_TUCSS_SHIFT |
			     (u64)at.tcp_check << TXC_TUCSO_SHIFT,
		     TXD_CMD_DEXT | TXD_DTYP_CONTEXT | TXD_CMD_TSE | TXC_CMD_TCP | TXC_CMD_IPV4 |
			     (skb->len - at.hlen),
		     at.hlen);
	d->special = skb_shinfo(skb)->gso_size;
	tx->context = 0;
}

/* Irqs off, room checked. */
static void e1000_tx_packet(struct e1000_tx_ring *tx, struct sk_buff *skb)
{
	const struct skb_shared_info *si = skb_shinfo(skb);
	u32 cmd = TXD_CMD_DEXT | TXD_DTYP_DATA | TXD_CMD_IFCS, last;
	u8 popts = 0;

	if (skb->data_len && si->gso_size) {
		e1000_tso_context(tx, skb);
		cmd |= TXD_CMD_TSE;
		popts = TXD_POPTS_TXSM | TXD_POPTS_IXSM;
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		e1000_tx_context(tx, skb);
		popts = TXD_POPTS_TXSM;
	}
	last = tx->tail;
	e1000_tx_put(tx, virt_to_phys(skb->data), cmd | skb_headlen(skb), popts);
	for (u32 i = 0; skb->data_len && i < si->nr_frags; i++) {
		last = tx->tail;
		e1000_tx_put(tx, virt_to_phys(skb_frag_data(&si->frags[i])), cmd | si->frags[i].len,
			     popts);
	}
	tx->desc[last].cmd |= TXD_CMD_EOP;
	tx->skb[last] = skb;
}

enum netdev_tx e1000_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct e1000 *e = dev->priv;
	unsigned long flags;

	if (unlikely(e1000_tx_room(&e->tx) < E1000_TX_MAX_DESCS)) {
		e1000_xmit_kick(dev);
		if (e1000_tx_room(&e->tx) < E1000_TX_MAX_DESCS) {
			netif_stop_queue(dev);
			e1000_tx_reap(e); /* it may have finished just before we stopped */
			return NETDEV_TX_BUSY;
		}
	}
	if (skb->data_len && skb_is_gso(skb)) {
		skb = skb_cow(skb, 0); /* a tap may look at the headers, too */
		if (unlikely(!skb)) {
			dev->stats.tx_dropped++;
			return NETDEV_TX_OK;
		}
	}
	flags = irq_save();
	e1000_tx_packet(&e->tx, skb);
	irq_restore(flags);
	return NETDEV_TX_OK;
}

/* Hands the batch [kicked, tail) to the card, then frees what it has sent (an emulated card has
 * sent all by then). */
void e1000_xmit_kick(struct net_device *dev)
{
	struct e1000 *e = dev->priv;
	struct e1000_tx_ring *tx = &e->tx;
	unsigned long flags = irq_save();

	if (tx->tail != tx->kicked) {
		u32 end = (tx->tail + E1000_TX_RING - 1) % E1000_TX_RING;

		tx->desc[end].cmd |= TXD_CMD_RS;
		tx->batch_end[tx->kicked] = (u16)end;
		tx->kicked = tx->tail;
		barrier();
		e1000_write(e, E1000_TDT, tx->tail);
	}
	e1000_tx_reap(e);
	irq_restore(flags);
}
