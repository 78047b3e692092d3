/*
 * What UDP, raw and ping sockets have in common besides the way out (datagram_output.c): bind,
 * connect, options, ICMP errors, /proc lines.
 */
#include "net/transport/datagram.h"

#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"

int sysctl_ip_local_port_range[2] = { 32768, 60999 };
int sysctl_ip_nonlocal_bind;

/* ---- local address and port ---- */

int inet_pick_port(struct sock *sk, bool (*busy)(struct sock *sk, u16 port))
{
	u32 low = (u32)sysctl_ip_local_port_range[0], high = (u32)sysctl_ip_local_port_range[1];
	u32 range = high < low ? 1 : high - low + 1;
	u32 off = random_below(range);

	for (u32 tries = 0; tries < range; tries++) {
		if (!busy(sk, (u16)(low + off)))
			return (int)(low + off);
		if (++off == range)
			off = 0;
	}
	return -EADDRINUSE;
}

static int datagram_check_bind(const struct sockaddr_in *sin, int len, enum rtn_type *type)
{
	if (len < (int)sizeof(*sin))
		return -EINVAL;
	/* AF_UNSPEC with any address is taken for AF_INET: old programs leave the family out. */
	if (sin->sin_family != AF_INET && (sin->sin_family != AF_UNSPEC || sin->sin_addr.s_addr))
		return -EAFNOSUPPORT;
	*type = sin->sin_addr.s_addr ? inet_addr_type(sin->sin_addr.s_addr) : RTN_LOCAL;
	if (*type != RTN_LOCAL && *type != RTN_MULTICAST && *type != RTN_BROADCAST &&
	    !sysctl_ip_nonlocal_bind)
		return -EADDRNOTAVAIL;
	return 0;
}

int datagram_bind(struct sock *sk, const struct sockaddr *addr, int len)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	enum rtn_type type;
	int err;

	local_bh_disable();
	err = datagram_check_bind(sin, len, &type);
	if (!err && (sk->state != TCP_CLOSE || (sk->prot->get_port && sk->num)))
		err = -EINVAL;
	if (err)
		goto out;
	sk->rcv_saddr = sk->saddr = sin->sin_addr.s_addr;
	if (type == RTN_MULTICAST || type == RTN_BROADCAST)
		sk->saddr = 0;
	if (sk->prot->get_port) {
		err = sk->prot->get_port(sk, ntohs(sin->sin_port));
		if (err)
			sk->rcv_saddr = sk->saddr = 0;
		else
			sk->bound_port = sin->sin_port != 0;
	}
	sk->bound_addr = sk->rcv_saddr != 0;
out:
	local_bh_enable();
	return err;
}

/* ---- peer ---- */

int datagram_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	struct flowi fl = { .oif = sk->bound_dev_if, .saddr = sk->saddr, .tos = sk->tos };
	struct rtable *rt;
	int err;

	if (len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	fl.daddr = sin->sin_addr.s_addr ? sin->sin_addr.s_addr : htonl(INADDR_LOOPBACK);
	if (inet_addr_type(fl.daddr) == RTN_MULTICAST) {
		fl.oif = fl.oif ? fl.oif : sk->mc_index;
		fl.saddr = fl.saddr ? fl.saddr : sk->mc_addr;
	}
	local_bh_disable();
	err = ip_route_output(&rt, &fl);
	if (!err && rt->type == RTN_BROADCAST && !sock_flag(sk, SOCK_BROADCAST)) {
		dst_release(&rt->dst);
		err = -EACCES;
	}
	if (!err) {
		dst_release(sk->dst_cache);
		sk->dst_cache = &rt->dst;
		sk->saddr = sk->saddr ? sk->saddr : fl.saddr;
		sk->rcv_saddr = sk->rcv_saddr ? sk->rcv_saddr : fl.saddr;
		sk->daddr = fl.daddr;
		sk->dport = sin->sin_port;
		sk->state = TCP_ESTABLISHED;
	}
	local_bh_enable();
	return err;
}

int datagram_disconnect(struct sock *sk)
{
	local_bh_disable();
	sk->state = TCP_CLOSE;
	sk->daddr = 0;
	sk->dport = 0;
	sk->bound_dev_if = 0;
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	if (!sk->bound_addr)
		sk->rcv_saddr = sk->saddr = 0;
	if (!sk->bound_port)
		sk->prot->unhash(sk);
	local_bh_enable();
	return 0;
}

/* What the task has not read goes back to the pool now; what is on its way out holds the sock until
 * it is sent. */
void datagram_close(struct sock *sk)
{
	ip_mc_drop_socket(sk);
	local_bh_disable();
	if (sk->prot->unhash)
		sk->prot->unhash(sk);
	sk->socket = NULL;
	sock_set_flag(sk, SOCK_DEAD, true);
	skb_queue_purge(&sk->receive_queue, DROP_SOCKET_CLOSED);
	skb_queue_purge(&sk->error_queue, DROP_SOCKET_CLOSED);
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	local_bh_enable();
	sock_put(sk);
}

/* ---- options ---- */

static int datagram_bind_device(struct sock *sk, const void *val, int len)
{
	char name[IFNAMSIZ] = "";
	struct net_device *dev = NULL;

	if (len < 0)
		return -EINVAL;
	memcpy(name, val, (size_t)min(len, IFNAMSIZ - 1));
	if (name[0]) {
		dev = dev_get_by_name(name);
		if (!dev)
			return -ENODEV;
	}
	local_bh_disable();
	sk->bound_dev_if = dev ? dev->ifindex : 0;
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	local_bh_enable();
	return 0;
}

static int datagram_bound_device(struct sock *sk, void *val, int *len)
{
	struct net_device *dev = sk->bound_dev_if ? dev_get_by_index(sk->bound_dev_if) : NULL;

	if (!dev) {
		*len = 0;
		return 0;
	}
	if (*len < IFNAMSIZ)
		return -EINVAL;
	return sock_opt_give(val, len, dev->name, (int)strlen(dev->name) + 1);
}

int datagram_setsockopt(struct sock *sk, int level, int name, const void *val, int len)
{
	if (level == SOL_IP)
		return ip_setsockopt(sk, name, val, len);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return datagram_bind_device(sk, val, len);
	return -ENOPROTOOPT;
}

int datagram_getsockopt(struct sock *sk, int level, int name, void *val, int *len)
{
	if (level == SOL_IP)
		return ip_getsockopt(sk, name, val, len);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return datagram_bound_device(sk, val, len);
	return -ENOPROTOOPT;
}

/* ---- in ---- */

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
	sk->error_report(sk);
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

	snprintf(
		line, sizeof(line),
		"%*u: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu %u %016lx %lu",
		width, bucket, sk->rcv_saddr, sk->num, sk->daddr, ntohs(sk->dport), sk->state,
		sk->wmem_alloc, sk->rmem_alloc, 0, 0UL, 0, 0, 0, 0UL, sk->refs, 0UL,
		(unsigned long)sk->drops);
	seq_printf(s, "%-*s\n", pad, line);
}
