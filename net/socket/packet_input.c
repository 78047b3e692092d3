/*
 * A packet socket's way in. packet_rcv runs in the bottom half on every frame that the socket's
 * hook catches: the filter looks at the packet where it lies, and only what it wants is cloned -
 * headers, for the bytes are shared with whoever the packet is for. The task copies them in
 * packet_recvmsg.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/filter.h"
#include "net/socket/packet.h"

/* ---- softirq ---- */

static void packet_drop(struct packet_sock *po)
{
	po->dg.sk.drops++;
	po->tp_drops++;
	drop_count(DROP_SOCKET_RCVBUF);
}

static bool packet_has_room(const struct sock *sk)
{
	return sk->rmem_alloc < sk->rcvbuf && sk->prot->rmem_alloc < sk->prot->rmem_max;
}

static void packet_fill_name(struct sockaddr_ll *sll, const struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;

	*sll = (struct sockaddr_ll){ .sll_family = AF_PACKET,
				     .sll_protocol = skb->protocol,
				     .sll_ifindex = dev->ifindex,
				     .sll_hatype = dev->type,
				     .sll_pkttype = skb->pkt_type };
	if (dev->hard_header) {
		sll->sll_halen = ETH_ALEN;
		memcpy(sll->sll_addr, skb_mac_header(skb) + ETH_ALEN, ETH_ALEN);
	}
}

/* A clone of @skb into the queue, of which @snaplen bytes are wanted. */
static void packet_queue(struct packet_sock *po, struct sk_buff *skb, u32 snaplen)
{
	struct sock *sk = &po->dg.sk;
	struct sk_buff *clone;

	po->tp_packets++;
	clone = packet_has_room(sk) ? skb_clone(skb) : NULL;
	if (!clone) {
		packet_drop(po);
		return;
	}
	packet_fill_name(&PACKET_SKB_CB(clone)->sll, clone);
	PACKET_SKB_CB(clone)->snaplen = snaplen;
	if (clone->pkt_type == PACKET_OUTGOING || !clone->tstamp)
		clone->tstamp = ktime_ns();
	skb_set_owner_r(clone, sk);
	skb_queue_tail(&sk->receive_queue, clone);
	sk_data_ready(sk);
}

/*
 * How far data has to move to where the socket's view begins: the link header for SOCK_RAW, the
 * network header for SOCK_DGRAM.
 */
static s32 packet_view(const struct sock *sk, const struct sk_buff *skb)
{
	const u8 *from = sk->type == SOCK_RAW ? skb_mac_header(skb) : skb_network_header(skb);

	return (s32)(from - skb->data);
}

static void packet_move(struct sk_buff *skb, s32 by)
{
	skb->data += by;
	skb->len -= (u32)by;
}

void packet_rcv(struct sk_buff *skb, struct packet_type *pt)
{
	struct sock *sk = pt->private;
	struct packet_sock *po = packet_sk(sk);
	u32 snaplen;
	s32 by;

	/* Our own broadcast on its way back was seen when it went out. */
	if (skb->pkt_type == PACKET_LOOPBACK ||
	    (skb->pkt_type == PACKET_OUTGOING && po->ignore_outgoing))
		return;
	by = packet_view(sk, skb);
	packet_move(skb, by);
	snaplen = sk_filter_run(sk, skb);
	if (snaplen)
		packet_queue(po, skb, snaplen);
	packet_move(skb, -by);
}

/* ---- task ---- */

/*
 * Copies @len bytes. A checksum that a card is to fill in, or that joined segments have no more, is
 * filled in for the reader: it sees what is, or could be, on the wire.
 */
static int packet_copy(const struct sk_buff *skb, struct iovec *iov, u32 len)
{
	u32 start, at;
	be16 sum;
	int err;

	start = (u32)(skb->head + skb->csum_start - skb->data);
	at = start + skb->csum_offset;
	if (skb->ip_summed != CHECKSUM_PARTIAL || len < sizeof(sum) || at > len - sizeof(sum))
		return skb_copy_datagram_iovec(skb, 0, iov, len);
	sum = csum_fold(skb_checksum(skb, start, skb->len - start, 0));
	sum = sum ? sum : 0xffff; /* 0 would mean that there is none (RFC 768) */
	err = skb_copy_datagram_iovec(skb, 0, iov, at);
	if (!err)
		err = memcpy_toiovec(iov, &sum, sizeof(sum));
	at += sizeof(sum);
	return err ? err : skb_copy_datagram_iovec(skb, at, iov, len - at);
}

static void packet_put_auxdata(struct sk_buff *skb, struct msghdr *msg)
{
	struct tpacket_auxdata aux = {
		.tp_status = TP_STATUS_USER,
		.tp_len = skb->len,
		.tp_snaplen = PACKET_SKB_CB(skb)->snaplen,
		.tp_net = (u16)(skb_network_header(skb) - skb->data),
	};

	if (skb->pkt_type != PACKET_OUTGOING && skb->ip_summed != CHECKSUM_NONE)
		aux.tp_status |= TP_STATUS_CSUM_VALID;
	if (skb->data_len && skb_shinfo(skb)->gso_size)
		aux.tp_status |= TP_STATUS_GSO_TCP;
	put_cmsg(msg, SOL_PACKET, PACKET_AUXDATA, &aux, sizeof(aux));
}

static void packet_put_name(struct sk_buff *skb, struct msghdr *msg)
{
	if (!msg->msg_name)
		return;
	memcpy(msg->msg_name, &PACKET_SKB_CB(skb)->sll, sizeof(struct sockaddr_ll));
	msg->msg_namelen = sizeof(struct sockaddr_ll);
}

ssize_t packet_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct sk_buff *skb;
	u32 full, copied;
	int err;

	if (flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC | MSG_ERRQUEUE | MSG_NOSIGNAL))
		return -EINVAL;
	if (flags & MSG_ERRQUEUE)
		return -EAGAIN;
	skb = skb_recv_datagram(sk, flags, &err);
	if (!skb)
		return err;
	full = PACKET_SKB_CB(skb)->snaplen;
	copied = (u32)min(len, (size_t)full);
	if (copied < full)
		msg->msg_flags |= MSG_TRUNC;
	err = packet_copy(skb, msg->msg_iov, copied);
	if (err) {
		skb_kill_datagram(skb, DROP_NOT_SPECIFIED);
		return err;
	}
	packet_put_name(skb, msg);
	sock_recv_timestamp(sk, skb, msg);
	if (packet_sk(sk)->auxdata)
		packet_put_auxdata(skb, msg);
	skb_free_datagram(skb);
	return flags & MSG_TRUNC ? full : copied;
}
