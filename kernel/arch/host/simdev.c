/*
 * The library's network devices: cards whose wire is the caller of skbox.h, with Ethernet frames on
 * it or bare IP packets. What is received arrives as in an interrupt; what is sent waits in a
 * bounded ring until it is fetched.
 */
#include <string.h>

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/irq.h"
#include "net/link/netdevice.h"

#define MAX_SIMDEVS 8
#define TX_RING 256
#define TX_WAKE (TX_RING / 2)
#define VLAN_ROOM 4
#define SIMDEV_MTU_MAX 16384
#define PAGE_BYTES 4096u
#define FIRST_PAGE_ROOM 3712u /* beside the packet's own data */

struct simdev {
	struct sk_buff_head tx;
	bool raw; /* IP packets, no frames */
};

static struct net_device *simdevs[MAX_SIMDEVS];
static int nr_simdevs;

static struct net_device *simdev_find(int index, bool raw)
{
	struct net_device *dev = index >= 0 && index < nr_simdevs ? simdevs[index] : NULL;
	const struct simdev *s = dev ? dev->priv : NULL;

	return s && s->raw == raw ? dev : NULL;
}

bool simdev_has_output(void)
{
	for (int i = 0; i < nr_simdevs; i++) {
		const struct simdev *s = simdevs[i]->priv;

		if (s->tx.qlen)
			return true;
	}
	return false;
}

static int simdev_open(struct net_device *dev)
{
	netif_wake_queue(dev);
	return 0;
}

static void simdev_stop(struct net_device *dev)
{
	struct simdev *s = dev->priv;

	netif_stop_queue(dev);
	skb_queue_purge(&s->tx, DROP_DEV_DOWN);
}

static enum netdev_tx simdev_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct simdev *s = dev->priv;

	if (s->tx.qlen == TX_RING) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	/* As a tun device does: what its reader has not taken yet is no business of the sender. */
	if (s->raw)
		skb_orphan(skb);
	skb_queue_tail(&s->tx, skb);
	return NETDEV_TX_OK;
}

static int simdev_change_mtu(struct net_device *dev, int mtu)
{
	return mtu <= SIMDEV_MTU_MAX ? 0 : -EINVAL;
}

static const struct net_device_ops simdev_ops = {
	.open = simdev_open,
	.stop = simdev_stop,
	.hard_start_xmit = simdev_start_xmit,
	.change_mtu = simdev_change_mtu,
};

static struct net_device *simdev_alloc(bool raw)
{
	struct net_device *dev =
		nr_simdevs < MAX_SIMDEVS ? alloc_etherdev(sizeof(struct simdev)) : NULL;
	struct simdev *s;

	if (!dev)
		return NULL;
	s = dev->priv;
	skb_queue_head_init(&s->tx);
	s->raw = raw;
	dev->ops = &simdev_ops;
	dev->features = NETIF_F_SG; /* whoever fetches a packet copies it */
	return dev;
}

static int simdev_register(struct net_device *dev)
{
	int err = register_netdev(dev);

	if (err) {
		kfree(dev);
		return err;
	}
	simdevs[nr_simdevs] = dev;
	return nr_simdevs++;
}

int simdev_add(const u8 *mac)
{
	struct net_device *dev = simdev_alloc(false);

	if (!dev)
		return -ENOMEM;
	memcpy(dev->dev_addr, mac, ETH_ALEN);
	memcpy(dev->perm_addr, mac, ETH_ALEN);
	return simdev_register(dev);
}

/* ---- bare IP ---- */

/* What type_trans is for Ethernet: the version says what it is. 0: nothing at all. */
static be16 simdev_ip_type(struct sk_buff *skb, struct net_device *dev)
{
	skb->dev = dev;
	skb->pkt_type = PACKET_HOST;
	skb_reset_mac_header(skb);
	if (!skb_headlen(skb))
		return 0;
	return skb->data[0] >> 4 == 4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
}

static void simdev_name(struct net_device *dev)
{
	int n = 0;

	do
		snprintf(dev->name, sizeof(dev->name), "tun%d", n++);
	while (dev_get_by_name(dev->name));
}

int simdev_add_ip(u32 mtu)
{
	struct net_device *dev = mtu >= 68 && mtu <= SIMDEV_MTU_MAX ? simdev_alloc(true) : NULL;

	if (!dev)
		return mtu >= 68 && mtu <= SIMDEV_MTU_MAX ? -ENOMEM : -EINVAL;
	simdev_name(dev);
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
	dev->mtu = mtu;
	dev->hard_header_len = 0;
	dev->hard_header = NULL;
	dev->type_trans = simdev_ip_type;
	memset(dev->broadcast, 0, ETH_ALEN);
	return simdev_register(dev);
}

/* ---- in ---- */

/* A packet that is larger than one buffer goes on in others. */
static struct sk_buff *simdev_packet(const u8 *buf, u32 len)
{
	u32 linear = min(len, (u32)SKB_MAX_LINEAR - NET_SKB_PAD - NET_IP_ALIGN);
	struct sk_buff *skb = dev_alloc_skb(linear);

	if (!skb)
		return NULL;
	memcpy(skb_put(skb, linear), buf, linear);
	for (u32 done = linear, n; done < len; done += n) {
		u8 *frag = skb_buf_alloc();

		n = min(len - done, (u32)SKB_BUF_SIZE);
		if (!frag || skb_add_frag(skb, frag, n)) {
			if (frag)
				skb_buf_put(frag);
			consume_skb(skb);
			return NULL;
		}
		memcpy(frag, buf + done, n);
	}
	return skb;
}

/* The length of the headers of @packet, TCP over IPv4; 0: it is something else. */
static u32 simdev_tcp_headers(const u8 *packet, size_t len)
{
	u32 ip = len >= 40 && packet[0] >> 4 == 4 && packet[9] == IPPROTO_TCP ?
			 (packet[0] & 15u) * 4 :
			 0;

	return ip && ip + 20 <= len ? ip + (packet[ip + 12] >> 4) * 4u : 0;
}

/*
 * A burst that has been joined on the way: how many it was. Charged as what a tun device does with
 * it: the first page and a header, then whole pages.
 */
static void simdev_joined(struct sk_buff *skb, const u8 *packet, size_t len, u32 mss)
{
	u32 headers = simdev_tcp_headers(packet, len);

	if (!headers || len <= headers + mss)
		return;
	skb_shinfo(skb)->gso_size = (u16)mss;
	skb_shinfo(skb)->gso_segs = (u16)((len - headers + mss - 1) / mss);
	skb->truesize = PAGE_BYTES + SKB_TRUESIZE - SKB_BUF_SIZE;
	if (len > FIRST_PAGE_ROOM)
		skb->truesize += ALIGN_UP((u32)len - FIRST_PAGE_ROOM, PAGE_BYTES);
}

/* The top half. */
static int simdev_rx(struct net_device *dev, const void *buf, size_t len, u32 mss)
{
	struct sk_buff *skb = simdev_packet(buf, (u32)len);

	if (!skb) {
		dev->stats.rx_missed_errors++;
		return -ENOBUFS;
	}
	if (mss)
		simdev_joined(skb, buf, len, mss);
	skb->dev = dev;
	skb->protocol = dev->type_trans(skb, dev);
	netif_rx(skb_give(&skb));
	return 0;
}

/* A packet without a frame may be as long as IP can say, whatever we send ourselves. */
static size_t simdev_max_len(const struct net_device *dev)
{
	const struct simdev *s = dev->priv;

	return s->raw ? UINT16_MAX : dev->mtu + ETH_HLEN + VLAN_ROOM;
}

int simdev_in(int index, bool raw, const void *buf, size_t len, u32 mss)
{
	struct net_device *dev = simdev_find(index, raw);
	int err;

	if (!dev)
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;
	if (mss > UINT16_MAX)
		return -EINVAL;
	if (len > simdev_max_len(dev)) {
		dev->stats.rx_errors++;
		dev->stats.rx_length_errors++;
		return -EMSGSIZE;
	}
	irq_save();
	irq_enter();
	err = simdev_rx(dev, buf, len, mss);
	irq_exit();
	irq_restore(true);
	return err;
}

/* ---- out ---- */

size_t simdev_out(int index, bool raw, void *buf, size_t size)
{
	struct net_device *dev = simdev_find(index, raw);
	struct simdev *s;
	struct sk_buff *skb;
	size_t len;

	if (!dev)
		return 0;
	s = dev->priv;
	skb = skb_dequeue(&s->tx);
	if (!skb)
		return 0;
	len = skb->len;
	skb_copy_bits(skb, 0, buf, (u32)min(len, size));
	consume_skb(skb_give(&skb));
	if (netif_queue_stopped(dev) && s->tx.qlen <= TX_WAKE)
		netif_wake_queue(dev);
	return len;
}

int simdev_set_offload(int index, u32 what)
{
	struct net_device *dev = index >= 0 && index < nr_simdevs ? simdevs[index] : NULL;
	u32 features = NETIF_F_SG;

	if (!dev || what & ~(u32)(SKBOX_OFFLOAD_CSUM | SKBOX_OFFLOAD_TSO))
		return -EINVAL;
	if (what & SKBOX_OFFLOAD_CSUM)
		features |= NETIF_F_HW_CSUM;
	if (what & SKBOX_OFFLOAD_TSO)
		features |= NETIF_F_HW_CSUM | NETIF_F_TSO;
	dev->features = features;
	return 0;
}
