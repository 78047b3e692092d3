/*
 * The host build's card. Its "interrupt" is a readable descriptor; the top half reads what is
 * there, each frame straight into a pool buffer, and netif_rx'es it. Writing is at once, so there
 * is no transmit ring and nothing to kick.
 */
#include "drivers/net/hostnic.h"

#include "kernel/arch.h"

#define RX_OFFSET (NET_SKB_PAD + NET_IP_ALIGN)
#define RX_ROOM (SKB_MAX_LINEAR - RX_OFFSET)
#define RX_BATCH 64 /* frames a top half */

struct hostnic {
	struct net_device *dev;
	int fd;
	bool throttled;
	u8 *fresh; /* the buffer that the next frame goes to; NULL while the device is down */
};

/* Up with the frame of @len bytes in the buffer at hand. False: the backlog is full. */
static bool hostnic_rx_frame(struct hostnic *nic, u32 len)
{
	struct sk_buff *skb;
	u8 *next;

	if (len == RX_ROOM) { /* as long as the buffer: cut off, most likely */
		nic->dev->stats.rx_errors++;
		nic->dev->stats.rx_length_errors++;
		drop_count(DROP_RX_ERROR);
		return true;
	}
	next = skb_buf_alloc();
	if (!next) {
		nic->dev->stats.rx_dropped++;
		return true;
	}
	skb = build_skb(nic->fresh, RX_OFFSET, len);
	if (!skb) {
		skb_buf_put(next);
		nic->dev->stats.rx_dropped++;
		return true;
	}
	nic->fresh = next;
	skb->protocol = eth_type_trans(skb, nic->dev);
	return netif_rx(skb) == NET_RX_SUCCESS;
}

static bool hostnic_interrupt(int irq, void *arg)
{
	struct hostnic *nic = arg;
	bool some = false;

	for (u32 i = 0; i < RX_BATCH && !nic->throttled && nic->fresh; i++) {
		long len = host_read(nic->fd, nic->fresh + RX_OFFSET, RX_ROOM);

		if (len <= 0)
			break;
		some = true;
		if (!hostnic_rx_frame(nic, (u32)len))
			break;
	}
	return some;
}

static int hostnic_open(struct net_device *dev)
{
	struct hostnic *nic = dev->priv;
	int err;

	nic->fresh = skb_buf_alloc();
	if (!nic->fresh)
		return -ENOBUFS;
	nic->throttled = false;
	err = request_irq(dev->irq, hostnic_interrupt, dev->name, nic);
	if (err) {
		skb_buf_put(nic->fresh);
		nic->fresh = NULL;
	}
	return err;
}

static void hostnic_stop(struct net_device *dev)
{
	struct hostnic *nic = dev->priv;

	free_irq(dev->irq, nic);
	skb_buf_put(nic->fresh);
	nic->fresh = NULL;
}

/* The linear part and the fragments of @skb as one frame; bytes or -errno. */
static long hostnic_write(const struct hostnic *nic, const struct sk_buff *skb)
{
	const struct skb_shared_info *si = skb_shinfo(skb);
	struct host_iovec iov[1 + MAX_SKB_FRAGS];
	int n = 0;

	iov[n++] = (struct host_iovec){ skb->data, skb_headlen(skb) };
	for (u32 i = 0; skb->data_len && i < si->nr_frags; i++)
		iov[n++] = (struct host_iovec){ skb_frag_data(&si->frags[i]), si->frags[i].len };
	return n == 1 ? host_write(nic->fd, iov[0].base, iov[0].len) : host_writev(nic->fd, iov, n);
}

static enum netdev_tx hostnic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct hostnic *nic = dev->priv;
	long len = hostnic_write(nic, skb);

	if (len >= 0) {
		consume_skb(skb);
		return NETDEV_TX_OK;
	}
	/*
	 * A peer that is gone or too slow is to us what a cable is to a card: the frame is lost,
	 * and counted.
	 */
	dev->stats.tx_errors++;
	if (len == -ENOTCONN || len == -ECONNREFUSED)
		dev->stats.tx_carrier_errors++;
	else
		dev->stats.tx_fifo_errors++;
	kfree_skb(skb, DROP_TX_ERROR);
	return NETDEV_TX_OK;
}

static int hostnic_set_mac_address(struct net_device *dev, const u8 *addr)
{
	return 0; /* takes in all frames anyway; the stack looks at the address */
}

static void hostnic_rx_throttle(struct net_device *dev, bool on)
{
	struct hostnic *nic = dev->priv;

	nic->throttled = on;
	if (on)
		arch_irq_mask(dev->irq);
	else
		arch_irq_unmask(dev->irq);
}

static const struct net_device_ops hostnic_ops = {
	.open = hostnic_open,
	.stop = hostnic_stop,
	.hard_start_xmit = hostnic_xmit,
	.set_mac_address = hostnic_set_mac_address,
	.rx_throttle = hostnic_rx_throttle,
};

/* Locally administered (IEEE 802), as unlike as chance makes them. */
static void hostnic_random_mac(u8 *mac)
{
	get_random_bytes(mac, ETH_ALEN);
	mac[0] = (u8)((mac[0] & ~1u) | 2);
}

static int hostnic_setup(int fd, const char *driver, const char *what)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct hostnic));
	struct hostnic *nic;
	int err;

	if (!dev)
		return -ENOMEM;
	nic = dev->priv;
	nic->dev = dev;
	nic->fd = fd;
	dev->ops = &hostnic_ops;
	dev->features = NETIF_F_SG;
	dev->irq = host_irq_alloc(fd);
	if (dev->irq < 0)
		return dev->irq;
	hostnic_random_mac(dev->dev_addr);
	err = register_netdev(dev);
	if (!err)
		printk(KERN_INFO "%s: %s %s, " MAC_FMT "\n", dev->name, driver, what,
		       MAC_ARGS(dev->dev_addr));
	return err;
}

void hostnic_probe(const char *driver, hostnic_open_fn open)
{
	for (int n = 0;; n++) {
		const char *what = "";
		int fd = open(n, &what), err;

		if (fd == -ENODEV)
			return;
		err = fd < 0 ? fd : hostnic_setup(fd, driver, what);
		if (err)
			printk(KERN_ERR "%s %s: cannot be used (error %d)\n", driver, what, -err);
		if (err && fd >= 0)
			host_close(fd);
	}
}
