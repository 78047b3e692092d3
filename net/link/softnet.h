/*
 * What the link layer keeps for a CPU: the backlog between top and bottom half, and the lists of
 * devices with something left to send. For net/link/ only.
 */
#pragma once

#include "net/core/gro.h"
#include "net/link/netdevice.h"
#include "net/link/qdisc.h"

struct softnet_data {
	/* guarded by irq_save */
	struct sk_buff_head input_pkt_queue; /* filled by netif_rx */
	bool rx_scheduled;		     /* NET_RX_SOFTIRQ is on its way */
	u32 throttled;			     /* devices told to stop */
	struct net_device *tx_list;	     /* devices whose discipline wants to run */
	u32 dropped;			     /* backlog was full */

	/* guarded by bh-disable */
	struct sk_buff_head process_queue; /* what net_rx_action has taken over and works on */
	struct gro gro;
	struct net_device *kick_list;
	u32 batch;	   /* > 0: kicks wait for the end */
	u32 late_bytes;	   /* that wait in kick_list's cards outside of a batch */
	struct timer late; /* bounds how long */
	u32 processed;
	u32 time_squeeze; /* budget used up with work left */
};

extern struct softnet_data softnet0;

static inline struct softnet_data *this_softnet(void)
{
	return &softnet0;
}

extern u32 net_taps; /* listeners beside the protocols; guarded by bh-disable */

/*
 * Shows a frame to the listeners: one that has come, data at the network header; true: some wanted
 * just its EtherType. And one that goes, data at the link header, the first time that it is given
 * to the driver. Borrow. Softirq or bh off.
 */
bool dev_tap_incoming(struct sk_buff *skb);
void dev_tap_outgoing(struct sk_buff *skb, struct net_device *dev);
void dev_tap_init(void);
void dev_input_init(void);
void dev_output_init(void);
void dev_input_flush(struct net_device *dev);
void net_tx_action(void);
const struct Qdisc_ops *qdisc_kind(const char *name); /* NULL: there is none */
struct Qdisc *qdisc_create(struct net_device *dev, const struct Qdisc_ops *ops);
/*
 * Gives @dev the discipline @q (NULL: none), and drops and frees what it had. Task.
 */
void qdisc_graft(struct net_device *dev, struct Qdisc *q);
/* Drops what @dev's discipline holds. Softirq or bh off. */
void qdisc_reset(struct net_device *dev, enum drop_reason reason);
/* Has net_tx_action run @dev's discipline. Any context. */
void netif_schedule(struct net_device *dev);
/* Hands @skb to the driver, counted. NETDEV_TX_BUSY: still the caller's. Softirq or bh off. */
enum netdev_tx dev_hard_xmit(struct sk_buff *skb, struct net_device *dev);
/* Tells the card of what it was given, now or at the end of the batch. Softirq or bh off. */
void dev_kick(struct net_device *dev);
/* Sets up carrier events and the watchdog of a new device. */
void dev_link_init(void);
void dev_link_setup(struct net_device *dev);
void dev_notify(struct net_device *dev, enum netdev_event event);
extern struct list_head net_devices; /* guarded by bh-disable */
