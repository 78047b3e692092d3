/*
 * Ping sockets (SOCK_DGRAM, IPPROTO_ICMP): echo requests out and their replies in, without the
 * rights of a raw socket. num is the echo identifier, which the kernel writes and by which it finds
 * the socket again; the task has its own say over sequence and payload only.
 */
#include "net/core/checksum.h"
#include "net/core/filter.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"

#define PING_BUCKETS 64
static struct hlist_head ping_hash[PING_BUCKETS]; /* by identifier; guarded by bh-disable */

static struct hlist_head *ping_bucket(u16 ident)
{
	return &ping_hash[ident & (PING_BUCKETS - 1)];
}

/* ---- identifiers ---- */

static bool ping_ident_taken(struct sock *sk, u16 ident, bool may_share)
{
	struct sock *other;

	hlist_for_each_entry(other, ping_bucket(ident), node)
		if (other != sk && other->num == ident && !(may_share && sk->reuse && other->reuse))
			return true;
	return false;
}

static bool ping_ident_busy(struct sock *sk, u16 ident)
{
	return ping_ident_taken(sk, ident, false);
}

static int ping_get_port(struct sock *sk, u16 ident)
{
	int picked = ident;

	if (!ident)
		picked = inet_pick_port(sk, ping_ident_busy);
	else if (ping_ident_taken(sk, ident, true))
		picked = -EADDRINUSE;
	if (picked < 0)
		return picked;
	sk->num = (u16)picked;
	sk->sport = htons(picked);
	sock_hold(sk);
	hlist_add_head(&sk->node, ping_bucket(sk->num));
	return 0;
}

static void ping_unhash(struct sock *sk)
{
	if (hlist_unhashed(&sk->node))
		return;
	hlist_del(&sk->node);
	sk->num = 0;
	sk->sport = 0;
	sock_put(sk);
}

static struct sock *ping_lookup(u16 ident, be32 laddr, be32 raddr, int dif)
{
	struct sock *sk;

	hlist_for_each_entry(sk, ping_bucket(ident), node)
		if (sk->num == ident && (!sk->rcv_saddr || sk->rcv_saddr == laddr) &&
		    (!sk->daddr || sk->daddr == raddr) &&
		    (!sk->bound_dev_if || sk->bound_dev_if == dif))
			return sk;
	return NULL;
}

/* ---- in ---- */

static void ping_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	if (sk_filter(sk, skb, 1))
		sock_queue_rcv_skb(sk, skb);
}

bool ping_rcv(struct sk_buff *skb)
{
	const struct ip_view *ip = &IPCB(skb)->view;
	struct sk_buff *clone;
	struct sock *sk;

	if (!pskb_may_pull(skb, sizeof(struct icmphdr)))
		return false;
	sk = ping_lookup(get_be16(skb->data + offsetof(struct icmphdr, un.echo.id)), ip->daddr,
			 ip->saddr, skb->dev->ifindex);
	if (!sk)
		return false;
	clone = skb_clone(skb);
	if (!clone)
		return true;
	if (sock_owned_by_user(sk))
		sk_add_backlog(sk, clone);
	else
		ping_backlog_rcv(sk, clone);
	return true;
}

/* About an echo request of ours: the embedded header's identifier names the socket. */
void ping_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const u8 *icmp = skb->data + (iph->ihl_version & 15) * 4;
	struct sock *sk;

	if (icmp[0] != ICMP_ECHO)
		return;
	sk = ping_lookup(get_be16(icmp + offsetof(struct icmphdr, un.echo.id)), iph->saddr,
			 iph->daddr, skb->dev->ifindex);
	if (sk)
		datagram_err(sk, skb, 0, type, code, info);
}

static ssize_t ping_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (flags & MSG_ERRQUEUE)
		return ip_recv_error(sk, msg, len);
	return datagram_recv_plain(sk, msg, len, flags);
}

/* ---- out ---- */

struct ping_builder {
	struct icmphdr head;
	struct iovec *iov;
	u32 done, total; /* bytes, header included */
	u32 csum;
	u8 *where; /* of the header in the packet */
};

static int ping_getfrag(void *arg, u8 *to, u32 len, struct sk_buff *skb)
{
	struct ping_builder *b = arg;
	be16 check;
	u32 sum = 0;

	if (!b->done) {
		b->where = to;
		memcpy(to, &b->head, sizeof(b->head));
		b->csum = csum_partial(&b->head, sizeof(b->head), 0);
		b->done = sizeof(b->head);
		to += sizeof(b->head);
		len -= sizeof(b->head);
	}
	if (csum_copy_fromiovec(to, b->iov, len, &sum))
		return -EFAULT;
	b->csum = csum_block_add(b->csum, sum, b->done);
	b->done += len;
	if (b->done < b->total)
		return 0;
	check = csum_fold(b->csum);
	memcpy(b->where + offsetof(struct icmphdr, checksum), &check, sizeof(check));
	return 0;
}

/* The header that the task gives: an echo request, of which we write identifier and checksum. */
static int ping_take_header(struct sock *sk, struct ping_builder *b)
{
	if (memcpy_fromiovec(&b->head, b->iov, sizeof(b->head)))
		return -EFAULT;
	if (b->head.type != ICMP_ECHO || b->head.code)
		return -EINVAL;
	b->head.checksum = 0;
	b->head.un.echo.id = sk->sport;
	return 0;
}

static ssize_t ping_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	struct ping_builder b = { .iov = msg->msg_iov, .total = (u32)len };
	struct datagram_out out;
	int err;

	if (len > 0xffff)
		return -EMSGSIZE;
	if (len < sizeof(struct icmphdr))
		return -EINVAL;
	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = ping_take_header(sk, &b);
	if (!err)
		err = datagram_prepare(sk, msg, false, &out);
	if (err)
		return err;
	err = ip_build_xmit(sk, ping_getfrag, &b, b.total, &out.ipc, msg->msg_flags);
	datagram_done(&out);
	if (err)
		return err;
	local_bh_disable();
	ICMP_INC(OutMsgs);
	ICMP_INC(OutEchos);
	icmpmsg_out[ICMP_ECHO]++;
	local_bh_enable();
	return (ssize_t)len;
}

struct proto ping_prot = {
	.name = "PING",
	.obj_size = sizeof(struct datagram_sock),
	.close = datagram_close,
	.bind = datagram_bind,
	.connect = datagram_connect,
	.disconnect = datagram_disconnect,
	.ioctl = datagram_ioctl,
	.setsockopt = datagram_setsockopt,
	.getsockopt = datagram_getsockopt,
	.sendmsg = ping_sendmsg,
	.recvmsg = ping_recvmsg,
	.get_port = ping_get_port,
	.unhash = ping_unhash,
	.backlog_rcv = ping_backlog_rcv,
};

/* ---- /proc ---- */

u32 ping_slots(void)
{
	return PING_BUCKETS;
}

void ping_socks_in(u32 slot, void (*fn)(struct seq_file *s, const struct sock *sk, u32 slot),
		   struct seq_file *s)
{
	const struct sock *sk;

	hlist_for_each_entry(sk, &ping_hash[slot], node)
		fn(s, sk, slot);
}

static void ping_line(struct seq_file *s, const struct sock *sk, u32 slot)
{
	datagram_proc_line(s, sk, slot, 5, 127);
}

static void ping_slot_show(struct seq_file *s, u32 slot, const void *arg)
{
	ping_socks_in(slot, ping_line, s);
}

bool ping_proc_walk(struct seq_file *s)
{
	static const struct seq_table table = { ping_slots, ping_slot_show };

	if (!s->at)
		datagram_proc_title(s, 2, 127);
	return seq_walk(s, &table, 1, NULL);
}
