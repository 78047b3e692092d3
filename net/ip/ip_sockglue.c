/*
 * SOL_IP: the options of any INET socket, and the control messages that it asked for. The error
 * queue is ip_errqueue.c's.
 */
#include "net/core/sock_rare.h"
#include "net/core/byteorder.h"
#include "net/ip/inet_addr.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"

int ip_opt_int(const void *val, int len, int *out)
{
	u8 byte;

	if (len >= (int)sizeof(int)) {
		memcpy(out, val, sizeof(int));
		return 0;
	}
	if (len < 1)
		return -EINVAL;
	memcpy(&byte, val, 1);
	*out = byte;
	return 0;
}

static int set_recverr(struct sock *sk, bool on)
{
	sk->recverr = on;
	if (on)
		return 0;
	local_bh_disable();
	skb_list_purge(&sk->error_queue, DROP_SOCKET_CLOSED);
	local_bh_enable();
	return 0;
}

static int set_ttl(struct sock *sk, int val)
{
	if (val != -1 && (val < 1 || val > 255))
		return -EINVAL;
	sk->ttl = (s16)val;
	return 0;
}

static int set_mtu_discover(struct sock *sk, int val)
{
	if (val < IP_PMTUDISC_DONT || val > IP_PMTUDISC_OMIT)
		return -EINVAL;
	sk->pmtudisc = (u8)val;
	return 0;
}

/* IP_LOCAL_PORT_RANGE: one end may be left to the machine's range. */
static int set_port_range(struct sock *sk, u32 val)
{
	u16 low = (u16)val, high = (u16)(val >> 16);
	struct sock_rare *r;

	if (low && high && low > high)
		return -EINVAL;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOMEM;
	r->port_low = low;
	r->port_high = high;
	return 0;
}

static int set_int(struct sock *sk, int name, int val)
{
	switch (name) {
	case IP_TOS:
		sk->tos = (u8)(sk->type == SOCK_STREAM ? (val & ~3) | (sk->tos & 3) : val);
		return 0;
	case IP_TTL:
		return set_ttl(sk, val);
	case IP_HDRINCL:
		if (sk->type != SOCK_RAW)
			return -ENOPROTOOPT;
		sk->hdrincl = val;
		return 0;
	case IP_MTU_DISCOVER:
		return set_mtu_discover(sk, val);
	case IP_RECVERR:
		return set_recverr(sk, val);
	case IP_PKTINFO:
		sk->recv_pktinfo = val;
		return 0;
	case IP_FREEBIND:
		sock_set_flag(sk, SOCK_FREEBIND, val);
		return 0;
	case IP_BIND_ADDRESS_NO_PORT:
		sock_set_flag(sk, SOCK_BIND_NO_PORT, val);
		return 0;
	case IP_LOCAL_PORT_RANGE:
		return set_port_range(sk, (u32)val);
	case IP_RECVTTL:
		sk->recv_ttl = val;
		return 0;
	case IP_RECVTOS:
		sk->recv_tos = val;
		return 0;
	case IP_RECVOPTS:
	case IP_RETOPTS:
		return ip_options_want(sk, name, val);
	default:
		return -ENOPROTOOPT;
	}
}

int ip_setsockopt(struct sock *sk, int name, const void *val, int len)
{
	bool done;
	int n, err = ip_mc_setsockopt(sk, name, val, len, &done);

	if (done)
		return err;
	if (name == IP_OPTIONS && sk->type == SOCK_STREAM) /* a segment has none */
		return len == 0 ? 0 : -ENOPROTOOPT;
	if (name == IP_OPTIONS)
		return ip_options_set(sk, val, len);
	err = ip_opt_int(val, len, &n);
	return err ? err : set_int(sk, name, n);
}

static int get_mtu(struct sock *sk, int *val)
{
	int err = -ENOTCONN;

	local_bh_disable();
	if (sk->dst_cache) {
		struct flowi fl = { .daddr = sk->daddr,
				    .saddr = sk->saddr,
				    .oif = sk->bound_dev_if };
		struct rtable *rt;

		err = ip_route_output(&rt, &fl);
		if (!err) {
			*val = (int)dst_mtu(&rt->dst);
			dst_release(&rt->dst);
		}
	}
	local_bh_enable();
	return err;
}

static int get_int(struct sock *sk, int name, int *val)
{
	switch (name) {
	case IP_TOS:
		*val = sk->tos;
		return 0;
	case IP_TTL:
		*val = sk->ttl < 0 ? sysctl_ip_default_ttl : sk->ttl;
		return 0;
	case IP_HDRINCL:
		*val = sk->hdrincl;
		return 0;
	case IP_MTU_DISCOVER:
		*val = sk->pmtudisc;
		return 0;
	case IP_MTU:
		return get_mtu(sk, val);
	case IP_RECVERR:
		*val = sk->recverr;
		return 0;
	case IP_PKTINFO:
		*val = sk->recv_pktinfo;
		return 0;
	case IP_FREEBIND:
		*val = sock_flag(sk, SOCK_FREEBIND);
		return 0;
	case IP_BIND_ADDRESS_NO_PORT:
		*val = sock_flag(sk, SOCK_BIND_NO_PORT);
		return 0;
	case IP_LOCAL_PORT_RANGE:
		*val = (int)((u32)sock_rare(sk)->port_high << 16 | sock_rare(sk)->port_low);
		return 0;
	case IP_RECVTTL:
		*val = sk->recv_ttl;
		return 0;
	case IP_RECVTOS:
		*val = sk->recv_tos;
		return 0;
	case IP_RECVOPTS:
	case IP_RETOPTS:
		*val = ip_options_wanted(sk, name);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int ip_opt_give_int(void *val, int *len, int n)
{
	if (*len > 0 && *len < (int)sizeof(n) && n >= 0 && n <= 255)
		*len = 1; /* the low byte is first, and all there is */
	else
		*len = min(*len, (int)sizeof(n));
	memcpy(val, &n, (size_t)*len);
	return 0;
}

int ip_getsockopt(struct sock *sk, int name, void *val, int *len)
{
	bool done;
	int n, err;

	if (*len < 0)
		return -EINVAL;
	if (name == IP_OPTIONS)
		return ip_options_give(sk, val, len);
	err = ip_mc_getsockopt(sk, name, val, len, &done);
	if (done)
		return err;
	err = get_int(sk, name, &n);
	return err ? err : ip_opt_give_int(val, len, n);
}

static void cmsg_pktinfo(struct sk_buff *skb, struct msghdr *msg)
{
	const struct ip_skb_cb *cb = IPCB(skb);
	struct in_pktinfo info = { .ipi_ifindex = cb->iif, .ipi_addr.s_addr = cb->view.daddr };

	local_bh_disable();
	if (inet_addr_type(cb->view.daddr) == RTN_LOCAL)
		info.ipi_spec_dst.s_addr = cb->view.daddr;
	else
		info.ipi_spec_dst.s_addr =
			inet_select_addr(dev_get_by_index(cb->iif), cb->view.saddr, RT_SCOPE_LINK);
	local_bh_enable();
	put_cmsg(msg, SOL_IP, IP_PKTINFO, &info, sizeof(info));
}

void ip_cmsg_recv(struct sock *sk, struct sk_buff *skb, struct msghdr *msg)
{
	const struct ip_view *v = &IPCB(skb)->view;

	if (sk->recv_pktinfo)
		cmsg_pktinfo(skb, msg);
	if (sk->recv_ttl) {
		int ttl = v->ttl;

		put_cmsg(msg, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	}
	if (sk->recv_tos)
		put_cmsg(msg, SOL_IP, IP_TOS, &v->tos, sizeof(v->tos));
	if (unlikely(v->hlen > sizeof(struct iphdr)) && sk->type != SOCK_STREAM)
		ip_options_cmsg(sk, skb, v, msg);
}
