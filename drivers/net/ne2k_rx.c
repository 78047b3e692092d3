/*
 * The NE2000's receive ring: pages of the card's memory in which frames lie one behind the other,
 * each with a header that says where the next one begins. The top half copies them out, for the
 * card has nobody else to do it. What a header says is believed only if it can be true.
 *
 * The page at BNRY, the last one that was read, is never the card's to write. QEMU's card forgets
 * that when a frame fills the ring to the very end: it takes the full ring for an empty one and
 * writes over all that is unread, beginning there. So a mark lies in that page. Frames are copied
 * out in small batches, and given up if the mark is gone when they are: they may be parts of two.
 */
#include "drivers/net/ne2k.h"

#define FCS_LEN 4
#define BATCH 8
#define BATCH_PAGES NE2K_TX_PAGES /* or so much of the ring: then it is to be freed */
#define MARK 0x5ba51c3eu

static u8 ne2k_page_add(const struct ne2k *n, u8 page, u32 pages)
{
	u32 sum = page + pages;

	return (u8)(sum >= n->rx_stop ? sum - n->rx_stop + n->rx_start : sum);
}

/* From the first unread page to @page. */
static u32 ne2k_pages(const struct ne2k *n, u8 page)
{
	return page >= n->next ? page - n->next : page + n->rx_stop - n->rx_start - n->next;
}

/* ---- what is free ---- */

static bool ne2k_mark_gone(const struct ne2k *n)
{
	u32 mark;

	ne2k_read_mem(n, (u16)(n->last * NE2K_PAGE), &mark, sizeof(mark));
	return mark != MARK;
}

/*
 * How many pages to leave unused so that full-sized frames, which come in bursts, do not fill the
 * ring to its very end: what is free is then five pages more than some of them take.
 */
static u32 ne2k_rx_slack(const struct ne2k *n, u8 end)
{
	u32 room = n->next > end ? n->next - 1 - end : n->rx_stop - n->rx_start + n->next - 1 - end;

	return room < NE2K_TX_PAGES ? 0 : (room + 1) % NE2K_TX_PAGES;
}

void ne2k_rx_free(struct ne2k *n, u8 next, u8 end)
{
	const u32 mark = MARK;
	u32 ring = n->rx_stop - n->rx_start;

	n->next = next;
	n->last = n->rx_start + (next - n->rx_start + ring - 1 - ne2k_rx_slack(n, end)) % ring;
	ne2k_write_mem(n, (u16)(n->last * NE2K_PAGE), &mark, sizeof(mark));
	ne2k_out(n, DP_BNRY, n->last);
}

/* ---- one frame ---- */

/* The ring goes on at its start behind its end; chips differ in whether their DMA does. */
static void ne2k_rx_copy(const struct ne2k *n, u16 from, void *to, u32 len)
{
	u32 room = (u32)n->rx_stop * NE2K_PAGE - from;

	if (len <= room) {
		ne2k_read_mem(n, from, to, len);
		return;
	}
	ne2k_read_mem(n, from, to, room);
	ne2k_read_mem(n, (u16)(n->rx_start * NE2K_PAGE), (u8 *)to + room, len - room);
}

/* The frame of @count bytes that begins at @page may end where @h says. */
static bool ne2k_header_sane(const struct ne2k *n, u8 page, const struct dp_header *h, u32 count)
{
	u32 pages = 1 + count / NE2K_PAGE;

	if (count < ETH_HLEN + FCS_LEN || count > ETH_FRAME_LEN + FCS_LEN)
		return false;
	return h->next == ne2k_page_add(n, page, pages) ||
	       h->next == ne2k_page_add(n, page, pages + 1); /* the header took one more */
}

static void ne2k_rx_error(struct ne2k *n)
{
	n->dev->stats.rx_errors++;
	n->dev->stats.rx_frame_errors++;
	drop_count(DROP_RX_ERROR);
}

static void ne2k_rx_frame(struct ne2k *n, u16 from, u32 len, struct sk_buff_head *batch)
{
	struct sk_buff *skb = dev_alloc_skb(len);

	if (!skb) {
		n->dev->stats.rx_dropped++;
		return;
	}
	ne2k_rx_copy(n, from, skb_put(skb, len), len);
	__skb_queue_tail(batch, skb);
}

/* Copies the frame at *@page, and goes on to the next one. False: the ring makes no sense. */
static bool ne2k_rx_take(struct ne2k *n, u8 *page, struct sk_buff_head *batch)
{
	u16 from = (u16)(*page * NE2K_PAGE);
	struct dp_header h;
	u32 count;

	ne2k_read_mem(n, from, &h, sizeof(h));
	count = h.low | (u32)h.high << 8;
	if (!ne2k_header_sane(n, *page, &h, count))
		return false;
	if ((h.status & (RSR_PRX | RSR_BAD)) == RSR_PRX)
		ne2k_rx_frame(n, from + sizeof(h), count - FCS_LEN, batch);
	else
		ne2k_rx_error(n);
	*page = h.next;
	return true;
}

/* ---- many ---- */

static void ne2k_rx_up(struct ne2k *n, struct sk_buff_head *batch)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(batch))) {
		skb->dev = n->dev;
		skb->protocol = eth_type_trans(skb, n->dev);
		netif_rx(skb);
	}
}

/* How many frames that are lost nobody can say; it is one error. */
static void ne2k_rx_give_up(struct ne2k *n, struct sk_buff_head *batch)
{
	u8 page;

	n->dev->stats.rx_errors++;
	n->dev->stats.rx_over_errors++;
	drop_count(DROP_RX_ERROR);
	skb_queue_purge(batch, DROP_RX_ERROR);
	page = ne2k_current(n);
	ne2k_rx_free(n, page, page);
}

/* Up with the frames before @end, BATCH at most. */
static void ne2k_rx_batch(struct ne2k *n, u8 end)
{
	struct sk_buff_head batch;
	u8 page = n->next;
	bool sane = true;

	skb_queue_head_init(&batch);
	for (u32 i = 0; i < BATCH && page != end && sane && ne2k_pages(n, page) < BATCH_PAGES; i++)
		sane = ne2k_rx_take(n, &page, &batch);
	if (!sane || ne2k_mark_gone(n)) {
		ne2k_rx_give_up(n, &batch);
		return;
	}
	ne2k_rx_free(n, page, end);
	ne2k_rx_up(n, &batch);
}

void ne2k_rx(struct ne2k *n)
{
	for (u32 left = NE2K_RX_BATCHES; !n->throttled; left--) {
		u8 end = ne2k_current(n);

		if (end == n->next)
			return;
		if (!left) {
			ne2k_raise(n);
			return;
		}
		if (end < n->rx_start || end >= n->rx_stop) {
			n->dev->ops->tx_timeout(n->dev); /* the chip is out of its mind: a reset */
			return;
		}
		ne2k_rx_batch(n, end);
	}
}

/* A card that is not read fills its ring, and drops what comes then. */
void ne2k_rx_throttle(struct net_device *dev, bool on)
{
	struct ne2k *n = dev->priv;
	unsigned long flags = irq_save();
	u8 rx = ISR_PRX | ISR_RXE;

	n->throttled = on;
	if (n->running && !n->recovering) {
		ne2k_set_irqs(n, on ? n->imr & ~rx : n->imr | rx);
		if (!on)
			ne2k_raise(n);
	}
	irq_restore(flags);
}
