/*
 * UDP (RFC 768, 1122 §4.1), the task's side: recvmsg, poll, ioctl, connect, and the table of
 * operations. udp_input.c and udp_output.c are the two ways of a packet, udp_table.c knows who has
 * which port.
 */
#include "net/transport/udp.h"

#include "net/core/snmp.h"
#include "net/transport/datagram.h"
#include "net/transport/udp_private.h"
#include "net/transport/udp_table.h"

/* The first datagram that is worth a wake-up: what fails its checksum on the way there is dropped.
 * Borrowed; bh off. */
static struct sk_buff *udp_first_packet(struct sock *sk)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->receive_queue)) != NULL && !udp_csum_ok(skb)) {
		skb_unlink(&sk->receive_queue, skb);
		sk->drops++;
		udp_drop_csum(skb);
	}
	return skb;
}

/* ---- recvmsg ---- */

/*
 * Copies @len bytes of payload to the task and checks the sum over all of it: in the same pass, if
 * all is wanted. -EINVAL: the checksum is wrong, *@msg is as before.
 */
static int udp_copy_to_task(struct sk_buff *skb, struct msghdr *msg, u32 len)
{
	const u32 hlen = sizeof(struct udphdr);

	if (skb->ip_summed != CHECKSUM_UNNECESSARY && len == skb->len - hlen)
		return skb_copy_and_csum_datagram_iovec(skb, hlen, msg->msg_iov);
	if (!udp_csum_ok(skb))
		return -EINVAL;
	return skb_copy_datagram_iovec(skb, hlen, msg->msg_iov, len);
}

/* A datagram that could not be handed over. A peeked one is a clone; the original is still in the
 * queue. */
static void udp_recv_failed(struct sock *sk, struct sk_buff *skb, int err, bool peek)
{
	local_bh_disable();
	if (peek) {
		consume_skb(skb);
		udp_first_packet(sk);
	} else {
		sk->drops++;
		if (err == -EINVAL) {
			udp_drop_csum(skb);
		} else {
			UDP_INC(InErrors);
			kfree_skb(skb, DROP_NOT_SPECIFIED);
		}
	}
	local_bh_enable();
}

static void udp_recv_done(struct sk_buff *skb, u32 len, bool peek)
{
	local_bh_disable();
	if (!peek) {
		UDP_INC(InDatagrams);
		net_bytes_delivered += len;
	}
	consume_skb(skb);
	local_bh_enable();
}

static ssize_t udp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	bool peek = flags & MSG_PEEK;
	struct sk_buff *skb;
	u32 ulen, copied;
	int err;

	if (flags & MSG_ERRQUEUE)
		return ip_recv_error(sk, msg, len);
	do {
		skb = skb_recv_datagram(sk, flags, &err);
		if (!skb)
			return err;
		ulen = skb->len - (u32)sizeof(struct udphdr);
		copied = (u32)min(len, (size_t)ulen);
		err = udp_copy_to_task(skb, msg, copied);
		if (err)
			udp_recv_failed(sk, skb, err, peek);
	} while (err == -EINVAL);
	if (err)
		return err;
	if (copied < ulen)
		msg->msg_flags |= MSG_TRUNC;
	datagram_recv_name(msg, IPCB(skb)->view.saddr, DATAGRAM_CB(skb)->sport);
	sock_recv_timestamp(sk, skb, msg);
	ip_cmsg_recv(sk, skb, msg);
	udp_recv_done(skb, copied, peek);
	return flags & MSG_TRUNC ? ulen : copied;
}

/* ---- poll, ioctl ---- */

/* Readable means that a recv would not block: what the queue holds must be worth it. */
static u32 udp_poll(struct sock *sk, struct poll_table *pt)
{
	u32 mask = datagram_poll(sk, pt);

	if (!(mask & POLLRDNORM) || (sk->shutdown & RCV_SHUTDOWN))
		return mask;
	local_bh_disable();
	if (!udp_first_packet(sk))
		mask &= ~(u32)(POLLIN | POLLRDNORM);
	local_bh_enable();
	return mask;
}

static int udp_ioctl(struct sock *sk, u32 cmd, void *arg)
{
	struct sk_buff *skb;
	int v;

	if (cmd != FIONREAD)
		return datagram_ioctl(sk, cmd, arg);
	local_bh_disable();
	skb = udp_first_packet(sk);
	v = skb ? (int)(skb->len - sizeof(struct udphdr)) : 0;
	local_bh_enable();
	return copy_to_user(arg, &v, sizeof(v));
}

/* ---- connect ---- */

static int udp_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags)
{
	int err = datagram_connect(sk, addr, len, flags);

	local_bh_disable();
	udp_rehash(sk);
	local_bh_enable();
	return err;
}

static int udp_disconnect(struct sock *sk)
{
	local_bh_disable();
	datagram_disconnect(sk);
	udp_rehash(sk);
	local_bh_enable();
	return 0;
}

static void udp_sockstat(struct seq_file *s)
{
	seq_printf(s, "UDP: inuse %u mem %lu\n", udp_nr_socks(),
		   (unsigned long)(udp_prot.rmem_alloc + PAGE_SIZE - 1) / PAGE_SIZE);
}

struct proto udp_prot = {
	.name = "UDP",
	.obj_size = sizeof(struct udp_sock),
	.close = datagram_close,
	.bind = datagram_bind,
	.connect = udp_connect,
	.disconnect = udp_disconnect,
	.ioctl = udp_ioctl,
	.setsockopt = datagram_setsockopt,
	.getsockopt = datagram_getsockopt,
	.sendmsg = udp_sendmsg,
	.recvmsg = udp_recvmsg,
	.poll = udp_poll,
	.get_port = udp_get_port,
	.unhash = udp_unhash,
	.backlog_rcv = udp_backlog_rcv,
	.sockstat = udp_sockstat,
};

/* ---- /proc ---- */

static void udp_show_sock(struct seq_file *s, const struct sock *sk, u32 bucket)
{
	datagram_proc_line(s, sk, bucket, 5, 127);
}

bool udp_proc_walk(struct seq_file *s)
{
	if (!s->at && !s->mark)
		datagram_proc_title(s, 3, 127);
	return udp_seq_walk(s, udp_show_sock);
}

/* UDP may fill half of the pool, raw and ping sockets an eighth each: no crowd of slow readers
 * takes all buffers. */
void udp_init(void)
{
	struct skb_pool_stat pool;

	skb_pool_stat(&pool);
	udp_prot.rmem_max = (u64)pool.bufs_total * SKB_BUF_SIZE / 2;
	raw_prot.rmem_max = ping_prot.rmem_max = (u64)pool.bufs_total * SKB_BUF_SIZE / 8;
	udp_table_init();
	proto_register(&udp_prot);
	proto_register(&raw_prot);
	proto_register(&ping_prot);
}
