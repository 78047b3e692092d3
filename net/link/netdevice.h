/*
 * net_device: what the stack knows of a network interface, what it asks of a driver, and the two
 * hand-overs between them: netif_rx (up, in the top half) and hard_start_xmit (down).
 */
#pragma once

#include <abi/net_if.h>

#include "net/core/skbuff.h"
#include "net/link/if_ether.h"

struct net_device;
struct packet_type;
struct Qdisc;

enum netdev_tx {
	NETDEV_TX_OK,	/* the driver has taken over @skb (sent it or dropped it, counted) */
	NETDEV_TX_BUSY, /* no room: not taken; the driver has called netif_stop_queue */
};

#define NETIF_F_SG (1u << 0)	  /* scatter-gather transmit */
#define NETIF_F_HW_CSUM (1u << 1) /* CHECKSUM_PARTIAL on transmit */
#define NETIF_F_RXCSUM (1u << 2)
#define NETIF_F_TSO (1u << 3)
/* Pads to ETH_ZLEN itself; for others dev_queue_xmit appends the zeros. */
#define NETIF_F_HW_PAD (1u << 4)
#define NETIF_F_GRO (1u << 5) /* segments that come in a burst are joined before IP */

/*
 * The stack counts packets, bytes, multicast and its own drops, both ways; a driver counts errors
 * and the frames that it drops itself.
 */
struct rtnl_link_stats {
	u64 rx_packets, tx_packets, rx_bytes, tx_bytes;
	u64 rx_errors, tx_errors, rx_dropped, tx_dropped, multicast, collisions;
	u64 rx_length_errors, rx_over_errors, rx_crc_errors, rx_frame_errors, rx_fifo_errors,
		rx_missed_errors;
	u64 tx_aborted_errors, tx_carrier_errors, tx_fifo_errors, tx_heartbeat_errors,
		tx_window_errors;
};

struct net_device_ops {
	int (*open)(struct net_device *dev);  /* task; 0 or -errno */
	void (*stop)(struct net_device *dev); /* task; returns all buffers to the pool */
	/*
	 * Queues @skb (without route) on the card; see enum netdev_tx. Softirq or bh off. May wait
	 * with telling the card until xmit_kick.
	 */
	enum netdev_tx (*hard_start_xmit)(struct sk_buff *skb, struct net_device *dev);
	void (*xmit_kick)(struct net_device *dev); /* end of a batch: tell the card. May be NULL */
	/* Flags or the multicast list have changed. May be NULL. */
	void (*set_rx_mode)(struct net_device *dev);
	int (*set_mac_address)(struct net_device *dev, const u8 *addr);
	int (*change_mtu)(struct net_device *dev, int mtu);
	/* The watchdog saw no progress: reset the card. Softirq. */
	void (*tx_timeout)(struct net_device *dev);
	/*
	 * Backlog full (true): stop taking frames from the card. Drained (false): go on. Any
	 * context. May be NULL.
	 */
	void (*rx_throttle)(struct net_device *dev, bool on);
	/* Folds the card's counters into dev->stats. May be NULL. */
	void (*get_stats)(struct net_device *dev);
};

#define MAX_MC_ADDRS 64

/* dev->state bits */
#define LINK_STATE_XOFF 1u /* the driver has no room */
#define LINK_STATE_NOCARRIER 2u
#define LINK_STATE_SCHED 4u /* on the NET_TX list */

struct net_device {
	char name[IFNAMSIZ];
	int ifindex;
	struct list_head node; /* in the list of devices; guarded by bh-disable */

	/* hot: transmit and receive */
	u32 state; /* guarded by irq_save */
	u32 flags; /* IFF_* ; task, bh off */
	u32 features;
	u32 mtu;
	const struct net_device_ops *ops;
	struct Qdisc *qdisc;
	u64 trans_start; /* ns, when the driver ran out of room: the watchdog counts from here */
	u8 dev_addr[ETH_ALEN];
	u8 broadcast[ETH_ALEN];
	u16 type; /* ARPHRD_* */
	u16 hard_header_len;
	struct rtnl_link_stats stats;

	/*
	 * Writes the link header in front of @skb->data (daddr NULL: broadcast); 0 or -errno.
	 * Borrows. NULL: the link has no headers and no neighbours (IFF_POINTOPOINT).
	 */
	int (*hard_header)(struct sk_buff *skb, struct net_device *dev, u16 type, const u8 *daddr,
			   const u8 *saddr, u32 len);
	/*
	 * Classifies an incoming frame: sets pkt_type, mac_header, pulls the header; returns
	 * skb->protocol. Hardirq.
	 */
	be16 (*type_trans)(struct sk_buff *skb, struct net_device *dev);

	struct net_device *next_tx;   /* NET_TX list; guarded by irq_save */
	struct net_device *next_kick; /* to be kicked at the batch's end; guarded by bh-disable */
	bool kick_pending;
	bool throttled; /* the backlog has told the driver to stop; guarded by irq_save */
	u8 link_events; /* carrier changes not announced yet; guarded by irq_save */
	struct timer watchdog;
	u64 watchdog_timeo; /* ns; 0: none */
	int irq;
	u32 tx_queue_len;
	u32 promiscuity, allmulti; /* users of each mode */
	u32 gflags; /* of these, what IFF_PROMISC and IFF_ALLMULTI of a user stand for */
	u8 perm_addr[ETH_ALEN];
	u8 mc_addrs[MAX_MC_ADDRS][ETH_ALEN];
	u32 mc_refs[MAX_MC_ADDRS];    /* 0: slot free */
	bool mc_static[MAX_MC_ADDRS]; /* one of the users is the administrator */

	void *ip_ptr; /* struct in_device, net/ip */
	void *priv;   /* the driver's own */
};

/* ---- for drivers ---- */

/* An Ethernet device with @priv_size zeroed bytes at dev->priv; NULL: no memory. Task. */
struct net_device *alloc_etherdev(size_t priv_size);
/*
 * Gives it a name (where empty: eth%d) and an index, and shows it to the stack. 0 or -errno. Task.
 */
int register_netdev(struct net_device *dev);

/*
 * Top half's hand-over. Consumes @skb (data at the link header's end, dev and protocol set by
 * type_trans). NET_RX_DROP: the backlog was full, it is gone and counted; the device has been
 * throttled. Hardirq, or any context.
 */
enum { NET_RX_SUCCESS, NET_RX_DROP };
int netif_rx(struct sk_buff *skb);
/* With eth_type_trans in one, for who brings many frames (data at the link header). Irqs off. */
int netif_rx_eth(struct sk_buff *skb, struct net_device *dev);
/* type_trans of Ethernet; 0: shorter than a header, netif_rx drops it. */
be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev);
int eth_header(struct sk_buff *skb, struct net_device *dev, u16 type, const u8 *daddr,
	       const u8 *saddr, u32 len);
static inline bool is_multicast_ether_addr(const u8 *addr)
{
	return addr[0] & 1;
}
/* An address that a station can have: neither group nor all zero. */
bool is_valid_ether_addr(const u8 *addr);

/*
 * Transmit flow control, any context. wake raises NET_TX_SOFTIRQ, so that waiting packets go out.
 */
void netif_stop_queue(struct net_device *dev);
void netif_wake_queue(struct net_device *dev);
static inline bool netif_queue_stopped(const struct net_device *dev)
{
	return READ_ONCE(dev->state) & LINK_STATE_XOFF;
}
/* The link has come or gone. Any context. */
void netif_carrier_on(struct net_device *dev);
void netif_carrier_off(struct net_device *dev);
static inline bool netif_carrier_ok(const struct net_device *dev)
{
	return !(READ_ONCE(dev->state) & LINK_STATE_NOCARRIER);
}
static inline bool netif_running(const struct net_device *dev)
{
	return dev->flags & IFF_UP;
}

/* ---- for the protocols ---- */

/*
 * Queues @skb (link header in front) on its device's discipline and sends what it can. Consumes.
 * Softirq or bh off.
 */
void dev_queue_xmit(struct sk_buff *skb);
/*
 * Between these the card is told of packets once, at the end (net_rx_action does it; so may who
 * sends many at a time). Nests. Softirq or bh off.
 */
void dev_batch_begin(void);
void dev_batch_end(void);
/*
 * Instead of dev_batch_end, for who has sent @bytes of a stream and goes on at once: the card is
 * told together with what follows. Not later than when DEV_LATE_BYTES wait, or at the end of any
 * other batch, or when the task gives up the CPU, or after DEV_LATE_NS (see timer_mod for how
 * exactly). Softirq or bh off.
 */
#define DEV_LATE_BYTES (160 * 1024)
#define DEV_LATE_NS (200 * NSEC_PER_USEC)
void dev_batch_end_late(u32 bytes);

/*
 * Who listens beside the protocols (net/core/protocol.h): ptype_all, all frames, in and out;
 * ptype_base, what comes in of one EtherType. Costs nothing while nobody does. Task.
 */
void dev_add_pack(struct packet_type *pt);
void dev_remove_pack(struct packet_type *pt);
/* Its index and its ARPHRD_*. Any context. */
void dev_numbers(const struct net_device *dev, u32 *ifindex, u32 *type);

/* NULL: none. Task or softirq; devices never go away. */
struct net_device *dev_get_by_name(const char *name);
struct net_device *dev_get_by_index(int ifindex);
struct net_device *dev_next(struct net_device *dev); /* NULL: first */
extern struct net_device *loopback_dev;

/* Task. */
int dev_open(struct net_device *dev);
int dev_close(struct net_device *dev);
int dev_change_flags(struct net_device *dev, u32 flags);
int dev_set_mtu(struct net_device *dev, int mtu);
int dev_set_mac_address(struct net_device *dev, const u8 *addr);
int dev_mc_add(struct net_device *dev, const u8 *addr);
int dev_mc_del(struct net_device *dev, const u8 *addr);
/* The administrator as a user, who counts once: -ENOENT. Task. */
int dev_mc_add_static(struct net_device *dev, const u8 *addr);
int dev_mc_del_static(struct net_device *dev, const u8 *addr);
void dev_set_promiscuity(struct net_device *dev, int inc);
void dev_set_allmulti(struct net_device *dev, int inc);
int dev_ioctl(u32 cmd, void *arg);

/* Who wants to hear of devices: net_init.c's table. Task; LINK events also softirq. */
enum netdev_event {
	NETDEV_REGISTER,
	NETDEV_UP,
	NETDEV_DOWN,
	NETDEV_CHANGEADDR,
	NETDEV_CHANGEMTU,
	NETDEV_CARRIER_ON,
	NETDEV_CARRIER_OFF
};
typedef void (*netdev_notifier)(struct net_device *dev, enum netdev_event event);
extern const netdev_notifier netdev_notifiers[];
extern const size_t nr_netdev_notifiers;

/* Empties a device's discipline and what the backlog holds of it (DEV_DOWN). Task. */
void dev_flush(struct net_device *dev);

void dev_proc_show(struct seq_file *s);	      /* /proc/net/dev */
void dev_mcast_proc_show(struct seq_file *s); /* /proc/net/dev_mcast */
void softnet_proc_show(struct seq_file *s);   /* /proc/net/softnet_stat */
void ptype_proc_show(struct seq_file *s);     /* /proc/net/ptype */
void drops_proc_show(struct seq_file *s);     /* /proc/net/drops */

void dev_init(void); /* backlog, softirqs. Boot only */
void loopback_init(void);

/* Tunables, /proc/sys/net/core. */
extern int netdev_max_backlog, netdev_budget, netdev_gro, netdev_gro_acks;
/* Packets go through this machine to others: what comes must not be thinned out. */
extern bool netdev_forwarding;
