/*
 * UDP out: one datagram from a task's bytes. The payload is copied once, with the checksum in the
 * same pass unless the device will do it. No corking: MSG_MORE is refused.
 */
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"
#include "net/transport/udp_private.h"

#define UDP_MAX_PAYLOAD (65535 - sizeof(struct iphdr) - sizeof(struct udphdr))

/* A datagram in the making; ip_build_xmit asks for its bytes in one or more pieces. */
struct udp_builder {
	struct udphdr head;
	struct iovec *iov;
	be32 saddr, daddr;
	bool nocheck;
	bool hw;	 /* the device sums */
	u32 done, total; /* bytes, header included */
	u32 csum;
	u8 *where; /* of the header in the packet */
};

static be16 udp_pseudo(const struct udp_builder *b, u32 sum)
{
	return csum_fold(csum_tcpudp_nofold(b->saddr, b->daddr, b->total, IPPROTO_UDP, sum));
}

static void udp_put_header(struct udp_builder *b, u8 *to, struct sk_buff *skb)
{
	b->where = to;
	if (b->hw) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = (u16)(to - skb->head);
		skb->csum_offset = offsetof(struct udphdr, check);
		b->head.check = (be16)~udp_pseudo(b, 0);
	}
	memcpy(to, &b->head, sizeof(b->head));
	b->csum = csum_partial(&b->head, sizeof(b->head), 0);
	b->done = sizeof(b->head);
}

/* The last byte is in: the sum is known. 0 would mean "none", so it is sent as its other form (RFC
 * 768). */
static void udp_put_check(struct udp_builder *b)
{
	be16 check = udp_pseudo(b, b->csum);

	if (!check)
		check = 0xffff;
	memcpy(b->where + offsetof(struct udphdr, check), &check, sizeof(check));
}

static int udp_getfrag(void *arg, u8 *to, u32 len, struct sk_buff *skb)
{
	struct udp_builder *b = arg;
	u32 sum = 0;
	int err;

	if (!b->done) {
		udp_put_header(b, to, skb);
		to += sizeof(b->head);
		len -= sizeof(b->head);
	}
	if (b->hw || b->nocheck)
		return memcpy_fromiovec(to, b->iov, len);
	err = csum_copy_fromiovec(to, b->iov, len, &sum);
	b->csum = csum_block_add(b->csum, sum, b->done);
	b->done += len;
	if (!err && b->done == b->total)
		udp_put_check(b);
	return err;
}

static int udp_xmit(struct sock *sk, struct msghdr *msg, u32 len, const struct datagram_out *out)
{
	const struct dst_entry *dst = &out->rt->dst;
	struct udp_builder b = { .iov = msg->msg_iov,
				 .saddr = out->ipc.saddr,
				 .daddr = out->peer,
				 .total = len + sizeof(struct udphdr) };

	b.head = (struct udphdr){ .source = sk->sport, .dest = out->dport, .len = htons(b.total) };
	b.nocheck = sock_flag(sk, SOCK_NOCHECK);
	/* Only a packet that stays whole can be left to the device. */
	b.hw = !b.nocheck && (dst->dev->features & NETIF_F_HW_CSUM) &&
	       b.total + sizeof(struct iphdr) + out->ipc.optlen <= dst_mtu(dst);
	return ip_build_xmit(sk, udp_getfrag, &b, b.total, &out->ipc, msg->msg_flags);
}

ssize_t udp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	struct datagram_out out;
	int err;

	if (len > UDP_MAX_PAYLOAD)
		return -EMSGSIZE;
	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->msg_flags & MSG_MORE)
		return -EINVAL;
	err = datagram_prepare(sk, msg, true, &out);
	if (err)
		return err;
	err = udp_xmit(sk, msg, (u32)len, &out);
	datagram_done(&out);
	local_bh_disable();
	if (!err)
		UDP_INC(OutDatagrams);
	else if (err == -ENOBUFS)
		UDP_INC(SndbufErrors);
	local_bh_enable();
	return err ? err : (ssize_t)len;
}
