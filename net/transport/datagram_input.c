/*
 * The way in that UDP, raw and ping sockets share: handing a packet to the task, ICMP errors about
 * what a socket has sent, and the sockets' lines in /proc.
 */
#include "net/ip/icmp.h"
#include "net/transport/datagram.h"

void datagram_recv_name(struct msghdr *msg, be32 addr, be16 port)
{
	struct sockaddr_in *sin = msg->msg_name;

	if (!sin)
		return;
	*sin = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = port,
				     .sin_addr.s_addr = addr };
	msg->msg_namelen = sizeof(*sin);
}

ssize_t datagram_recv_plain(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct sk_buff *skb;
	u32 full, copied;
	int err;

	skb = skb_recv_datagram(sk, flags, &err);
	if (!skb)
		return err;
	full = skb->len;
	copied = (u32)min(len, (size_t)full);
	if (copied < full)
		msg->msg_flags |= MSG_TRUNC;
	err = skb_copy_datagram_iovec(skb, 0, msg->msg_iov, copied);
	if (err) {
		skb_kill_datagram(skb, DROP_NOT_SPECIFIED);
		return err;
	}
	datagram_recv_name(msg, IPCB(skb)->view.saddr, 0);
	sock_recv_timestamp(sk, skb, msg);
	ip_cmsg_recv(sk, skb, msg);
	skb_free_datagram(skb);
	return flags & MSG_TRUNC ? full : copied;
}

int datagram_ioctl(struct sock *sk, u32 cmd, void *arg)
{
	struct sk_buff *skb;
	int v;

	if (cmd != SIOCOUTQ && cmd != FIONREAD)
		return -ENOTTY;
	local_bh_disable();
	skb = skb_peek(&sk->receive_queue);
	v = cmd == SIOCOUTQ ? (int)sk->wmem_alloc : skb ? (int)skb->len : 0;
	local_bh_enable();
	return copy_to_user(arg, &v, sizeof(v));
}

/* The errno for an ICMP error, 0: not the socket's business. *@hard: it will not go away by itself
 * (RFC 1122 §4.1.3.3, §4.2.3.9). */
static int datagram_icmp_errno(const struct sock *sk, u8 type, u8 code, bool *hard)
{
	*hard = false;
	switch (type) {
	case ICMP_DEST_UNREACH:
		if (code != ICMP_FRAG_NEEDED)
			return icmp_err_convert(type, code, hard);
		*hard = true;
		return sk->pmtudisc == IP_PMTUDISC_DONT ? 0 : EMSGSIZE;
	case ICMP_PARAMETERPROB:
		*hard = true;
		return EPROTO;
	case ICMP_TIME_EXCEEDED:
		return EHOSTUNREACH;
	default:
		return 0;
	}
}

void datagram_err(struct sock *sk, const struct sk_buff *skb, be16 port, u8 type, u8 code, u32 info)
{
	bool hard;
	int err = datagram_icmp_errno(sk, type, code, &hard);

	/* Believed only now that a socket is known to have sent the packet. */
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		ip_rt_update_pmtu(((const struct iphdr *)skb->data)->daddr, info);
	if (!err)
		return;
	if (sk->recverr)
		ip_icmp_error(sk, skb, err, port, type, code, info);
	else if (!hard || sk->state != TCP_ESTABLISHED)
		return;
	sk->err = err;
	sk_error_report(sk);
}

/* ---- /proc ---- */

void datagram_proc_title(struct seq_file *s, int indent, int pad)
{
	seq_printf(s, "%*s%-*s\n", indent, "", pad - indent,
		   "sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
		   "   uid  timeout inode ref pointer drops");
}

void datagram_proc_line(struct seq_file *s, const struct sock *sk, u32 bucket, int width, int pad)
{
	char line[192];

	snprintf(line, sizeof(line),
		 "%*u: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu %u %016lx %u",
		 width, bucket, sk->rcv_saddr, sk->num, sk->daddr, ntohs(sk->dport), sk->state,
		 sk->wmem_alloc, sk->rmem_alloc, 0U, 0UL, 0U, 0U, 0, 0UL, sk->refs, 0UL, sk->drops);
	seq_printf(s, "%-*s\n", pad, line);
}
