/*
 * A packet socket's way out: the task's bytes become a frame, copied once, and the frame goes to
 * the device as it is. SOCK_RAW brings its link header, SOCK_DGRAM names whom it is for and gets
 * one.
 */
#include "net/core/byteorder.h"
#include "net/socket/packet.h"

#define PACKET_HEADROOM 16 /* for a link header that is not the task's own */
#define VLAN_HLEN 4

struct packet_out {
	struct net_device *dev;
	be16 type;
	const u8 *daddr; /* NULL: not named */
};

/* From the message's name, or what the socket is bound to. */
static int packet_dest(struct sock *sk, const struct msghdr *msg, struct packet_out *out)
{
	const struct sockaddr_ll *sll = msg->msg_name;
	const size_t head = offsetof(struct sockaddr_ll, sll_addr);

	if (!sll) {
		out->dev = packet_sk(sk)->hook.dev;
		out->type = packet_sk(sk)->hook.type;
		out->daddr = NULL;
	} else {
		if (msg->msg_namelen < sizeof(*sll) || msg->msg_namelen < head + sll->sll_halen)
			return -EINVAL;
		out->dev = dev_get_by_index(sll->sll_ifindex);
		out->type = sll->sll_protocol;
		out->daddr = sll->sll_addr;
	}
	if (!out->dev)
		return -ENXIO;
	return netif_running(out->dev) ? 0 : -ENETDOWN;
}

/* Appends pool buffers with the task's next @len bytes. */
static int packet_add_frags(struct sk_buff *skb, struct iovec *iov, u32 len)
{
	while (len) {
		u32 n = min(len, (u32)SKB_BUF_SIZE);
		u8 *buf = skb_buf_alloc();
		int err;

		if (!buf)
			return -ENOBUFS;
		err = memcpy_fromiovec(buf, iov, n);
		if (!err)
			err = skb_add_frag(skb, buf, n);
		if (err) {
			skb_buf_put(buf);
			return err;
		}
		len -= n;
	}
	return 0;
}

/* A packet of the task's bytes, charged to nobody yet. -errno: there is none. */
static int packet_build(struct sk_buff **skbp, struct iovec *iov, u32 len)
{
	u32 linear = min(len, (u32)SKB_MAX_LINEAR - PACKET_HEADROOM);
	struct sk_buff *skb = alloc_skb(PACKET_HEADROOM + linear);
	int err;

	if (!skb)
		return -ENOBUFS;
	skb_reserve(skb, PACKET_HEADROOM);
	err = memcpy_fromiovec(skb_put(skb, linear), iov, linear);
	if (!err)
		err = packet_add_frags(skb, iov, len - linear);
	if (err)
		consume_skb(skb);
	*skbp = skb;
	return err;
}

/* SOCK_RAW: the task's link header says what it is, if the socket does not. */
static int packet_read_header(struct sk_buff *skb, const struct packet_out *out)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	u32 hlen = out->dev->hard_header_len, room = out->dev->mtu + hlen;

	if (skb->len < hlen)
		return -EINVAL;
	skb_set_network_header(skb, (int)hlen);
	if (!hlen)
		return 0;
	if (skb->len > room && eth->h_proto != htons(ETH_P_8021Q))
		return -EMSGSIZE;
	if (!skb->protocol || skb->protocol == htons(ETH_P_ALL))
		skb->protocol = eth->h_proto;
	return 0;
}

/* SOCK_DGRAM: a link header for whom it is for. */
static int packet_write_header(struct sk_buff *skb, const struct packet_out *out)
{
	static const u8 nobody[ETH_ALEN];
	const struct net_device *dev = out->dev;
	const u8 *daddr = out->daddr;

	skb_set_network_header(skb, 0);
	if (!dev->hard_header)
		return 0;
	if (!daddr && !(dev->flags & (IFF_LOOPBACK | IFF_NOARP)))
		return -EINVAL;
	return dev->hard_header(skb, out->dev, ntohs(out->type), daddr ? daddr : nobody, NULL,
				skb->len);
}

static int packet_xmit(struct sock *sk, struct sk_buff *skb, const struct packet_out *out)
{
	int err;

	skb->dev = out->dev;
	skb->protocol = out->type;
	skb->priority = (u8)sk->priority;
	skb->mark = sk->mark;
	err = sk->type == SOCK_RAW ? packet_read_header(skb, out) : packet_write_header(skb, out);
	if (err) {
		consume_skb(skb);
		return err;
	}
	skb_reset_mac_header(skb);
	local_bh_disable();
	skb_set_owner_w(skb, sk);
	dev_queue_xmit(skb);
	local_bh_enable();
	return 0;
}

/* The most that a message may have. */
static size_t packet_max(const struct sock *sk, const struct net_device *dev)
{
	if (sk->type == SOCK_DGRAM)
		return dev->mtu;
	return dev->mtu + dev->hard_header_len + (dev->hard_header_len ? VLAN_HLEN : 0);
}

ssize_t packet_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	struct packet_out out;
	struct sk_buff *skb;
	int err = packet_dest(sk, msg, &out);

	if (err)
		return err;
	if (len > packet_max(sk, out.dev))
		return -EMSGSIZE;
	err = sock_wait_for_wmem(sk, msg->msg_flags & MSG_DONTWAIT);
	if (!err)
		err = packet_build(&skb, msg->msg_iov, (u32)len);
	if (!err)
		err = packet_xmit(sk, skb, &out);
	return err ? err : (ssize_t)len;
}
