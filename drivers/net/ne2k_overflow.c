/*
 * What the DP8390's data sheet (§11.1, "Buffer Ring Overflow") asks of a driver when the receive
 * ring was full: the chip may hang unless it is stopped, looped back, emptied and let go again, in
 * that order. Stopping takes up to 1.6 ms, which no top half waits for: a timer goes on. A frame
 * whose sending was cut short is sent again.
 */
#include "drivers/net/ne2k.h"

#define STOP_TIME (2 * NSEC_PER_MSEC)

void ne2k_overflow(struct ne2k *n)
{
	bool sending = ne2k_in(n, DP_CR) & CR_TXP;

	n->dev->stats.rx_over_errors++;
	n->dev->stats.rx_errors++;
	n->recovering = true;
	n->resend = sending;
	netif_stop_queue(n->dev);
	ne2k_set_irqs(n, 0);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STP);
	timer_mod(&n->recover, ktime_ns() + STOP_TIME);
}

static void ne2k_recover(struct timer *t)
{
	struct ne2k *n = container_of(t, struct ne2k, recover);
	unsigned long flags = irq_save();

	if (!n->running) {
		irq_restore(flags);
		return;
	}
	ne2k_out(n, DP_RBCR0, 0);
	ne2k_out(n, DP_RBCR1, 0);
	if (ne2k_in(n, DP_ISR) & (ISR_PTX | ISR_TXE))
		n->resend = false; /* it was done after all */
	ne2k_out(n, DP_TCR, TCR_LOOP);
	ne2k_out(n, DP_CR, CR_NODMA | CR_STA);
	ne2k_rx(n);
	ne2k_out(n, DP_ISR, ISR_OVW);
	ne2k_out(n, DP_TCR, TCR_NORMAL);
	n->recovering = false;
	ne2k_set_irqs(n, n->imr | ISR_OVW | ISR_CNT | (n->throttled ? 0 : ISR_PRX | ISR_RXE));
	if (n->resend)
		ne2k_tx_resend(n);
	else
		ne2k_tx_reap(n);
	irq_restore(flags);
}

void ne2k_overflow_init(struct ne2k *n)
{
	timer_init(&n->recover, ne2k_recover);
}
