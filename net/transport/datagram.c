/*
 * What UDP, raw and ping sockets have in common as ends of a conversation: bind, connect, options,
 * close. Their way in is datagram_input.c, the way out datagram_output.c.
 */
#include "net/transport/datagram.h"

#include "net/core/sock_rare.h"
#include "net/ip/inetdevice.h"

int sysctl_ip_local_port_range[2] = { 32768, 60999 };
int sysctl_ip_nonlocal_bind;

/* ---- local address and port ---- */

u32 local_port_range(const struct sock *sk, u32 *low)
{
	const struct sock_rare *r = sock_rare(sk);
	u32 high = (u32)sysctl_ip_local_port_range[1];

	*low = (u32)sysctl_ip_local_port_range[0];
	/* What of its own range is not in the machine's does not count. */
	if (r->port_low >= *low && r->port_low <= high)
		*low = r->port_low;
	if (r->port_high >= *low && r->port_high <= high)
		high = r->port_high;
	return high < *low ? 1 : high - *low + 1;
}

int inet_pick_port(struct sock *sk, bool (*busy)(struct sock *sk, u16 port))
{
	u32 low, range = local_port_range(sk, &low);
	u32 off = random_below(range);

	for (u32 tries = 0; tries < range; tries++) {
		if (!inet_port_reserved((u16)(low + off)) && !busy(sk, (u16)(low + off)))
			return (int)(low + off);
		if (++off == range)
			off = 0;
	}
	return -EADDRINUSE;
}

static int datagram_check_bind(const struct sock *sk, const struct sockaddr_in *sin, int len,
			       enum rtn_type *type)
{
	if (len < (int)sizeof(*sin))
		return -EINVAL;
	/* AF_UNSPEC with any address is taken for AF_INET: old programs leave the family out. */
	if (sin->sin_family != AF_INET && (sin->sin_family != AF_UNSPEC || sin->sin_addr.s_addr))
		return -EAFNOSUPPORT;
	*type = sin->sin_addr.s_addr ? inet_addr_type(sin->sin_addr.s_addr) : RTN_LOCAL;
	if (*type != RTN_LOCAL && *type != RTN_MULTICAST && *type != RTN_BROADCAST &&
	    !sysctl_ip_nonlocal_bind && !sock_flag(sk, SOCK_FREEBIND))
		return -EADDRNOTAVAIL;
	return 0;
}

int datagram_bind(struct sock *sk, const struct sockaddr *addr, int len)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	enum rtn_type type;
	int err;

	local_bh_disable();
	err = datagram_check_bind(sk, sin, len, &type);
	if (!err && (sk->state != TCP_CLOSE || (sk->prot->get_port && sk->num)))
		err = -EINVAL;
	if (err)
		goto out;
	sk->rcv_saddr = sk->saddr = sin->sin_addr.s_addr;
	if (type == RTN_MULTICAST || type == RTN_BROADCAST)
		sk->saddr = 0;
	if (sk->prot->get_port && (sin->sin_port || !sock_flag(sk, SOCK_BIND_NO_PORT))) {
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
		fl.oif = fl.oif ? fl.oif : datagram_sk(sk)->mc_index;
		fl.saddr = fl.saddr ? fl.saddr : datagram_sk(sk)->mc_addr;
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
	skb_list_purge(&sk->error_queue, DROP_SOCKET_CLOSED);
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	local_bh_enable();
	ip_options_set(sk, NULL, 0);
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
