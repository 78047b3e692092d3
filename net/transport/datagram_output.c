/*
 * The way out that UDP, raw and ping sockets share: whom a message is for, what its control
 * messages ask, and the route there.
 */
#include "net/ip/neighbour.h"
#include "net/transport/datagram.h"

static int datagram_dest(struct sock *sk, const struct msghdr *msg, bool need_port,
			 struct datagram_out *out)
{
	const struct sockaddr_in *sin = msg->msg_name;

	if (!sin) {
		if (sk->state != TCP_ESTABLISHED)
			return -EDESTADDRREQ;
		out->ipc.daddr = sk->daddr;
		out->dport = out->ipc.dport = sk->dport;
		out->connected = true;
		return 0;
	}
	if (msg->msg_namelen < sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET && sin->sin_family != AF_UNSPEC)
		return -EAFNOSUPPORT;
	if (need_port && !sin->sin_port)
		return -EINVAL;
	out->ipc.daddr = sin->sin_addr.s_addr;
	out->dport = out->ipc.dport = sin->sin_port;
	return 0;
}

/* ---- control messages ---- */

static int datagram_cmsg_ip(int type, const u8 *data, size_t len, struct datagram_out *out)
{
	struct in_pktinfo info;
	int v;

	if (type == IP_PKTINFO) {
		if (len != sizeof(info))
			return -EINVAL;
		memcpy(&info, data, sizeof(info));
		if (info.ipi_ifindex && !dev_get_by_index(info.ipi_ifindex))
			return -ENODEV;
		out->oif = info.ipi_ifindex ? info.ipi_ifindex : out->oif;
		out->ipc.saddr =
			info.ipi_spec_dst.s_addr ? info.ipi_spec_dst.s_addr : out->ipc.saddr;
		out->connected = false;
		return 0;
	}
	if (type == IP_RETOPTS)
		return ip_options_get(&out->options, data, (u32)len);
	if (type != IP_TTL && type != IP_TOS)
		return -EINVAL;
	v = data[0];
	if (len == sizeof(v))
		memcpy(&v, data, sizeof(v));
	else if (len != 1 || type == IP_TTL)
		return -EINVAL;
	if (v < (type == IP_TTL) || v > 255)
		return -EINVAL;
	if (type == IP_TTL)
		out->ipc.ttl = (u8)v;
	else
		out->ipc.tos = (u8)v;
	return 0;
}

/* The control buffer is the task's: it is copied once, and only the copy is looked at. */
static int datagram_cmsgs(const struct msghdr *msg, struct datagram_out *out)
{
	u8 buf[256] __aligned(8);
	struct msghdr copy = { .msg_control = buf, .msg_controllen = msg->msg_controllen };
	int err = 0;

	if (msg->msg_controllen > sizeof(buf))
		return -ENOBUFS;
	if (copy_from_user(buf, msg->msg_control, msg->msg_controllen))
		return -EFAULT;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c && !err; c = CMSG_NXTHDR(&copy, c)) {
		if (c->cmsg_len < sizeof(*c) ||
		    c->cmsg_len > (size_t)(buf + copy.msg_controllen - (u8 *)c))
			return -EINVAL;
		if (c->cmsg_level == SOL_IP)
			err = datagram_cmsg_ip(c->cmsg_type, CMSG_DATA(c), c->cmsg_len - sizeof(*c),
					       out);
	}
	return err;
}

/* ---- route ---- */

static bool datagram_is_multicast(be32 addr)
{
	return (addr & htonl(0xf0000000)) == htonl(0xe0000000);
}

/* A strict source route begins on our own link. */
static bool datagram_strict(const struct datagram_out *out)
{
	return out->options.srr && out->options.bytes[out->options.srr - 1] == IPOPT_SSRR;
}

static int datagram_lookup_route(struct sock *sk, struct datagram_out *out, bool dontroute)
{
	struct flowi fl = { .daddr = out->ipc.daddr,
			    .saddr = out->ipc.saddr,
			    .oif = out->oif,
			    .tos = out->ipc.tos,
			    .anysrc = sk->hdrincl };
	int err = ip_route_output(&out->rt, &fl);

	if (err)
		return err;
	if (out->rt->gateway && (dontroute || datagram_strict(out)))
		err = -ENETUNREACH;
	else if (out->rt->type == RTN_BROADCAST && !sock_flag(sk, SOCK_BROADCAST))
		err = -EACCES;
	if (err) {
		dst_release(&out->rt->dst);
		return err;
	}
	out->ipc.saddr = fl.saddr;
	if (out->connected) {
		dst_release(sk->dst_cache);
		sk->dst_cache = &out->rt->dst;
		dst_hold(sk->dst_cache);
	}
	return 0;
}

/* The socket's own route while it holds, else a new look. The reference is ours, for the sender may
 * sleep later. */
static int datagram_route(struct sock *sk, struct datagram_out *out, int flags)
{
	int err = 0;

	local_bh_disable();
	if (out->connected && sk->dst_cache && dst_valid(sk->dst_cache)) {
		out->rt = rt_of(sk->dst_cache);
		dst_hold(sk->dst_cache);
	} else {
		err = datagram_lookup_route(
			sk, out, (flags & MSG_DONTROUTE) || sock_flag(sk, SOCK_DONTROUTE));
	}
	if (!err && (flags & MSG_CONFIRM))
		neigh_confirm(out->rt->gateway ? out->rt->gateway : out->ipc.daddr,
			      out->rt->dst.dev);
	local_bh_enable();
	return err;
}

/* The message's options, or the socket's; a source route says where it goes first. */
static int datagram_options(struct sock *sk, struct datagram_out *out)
{
	if (!out->options.len && datagram_sk(sk)->options)
		out->options = *datagram_sk(sk)->options;
	out->peer = out->ipc.daddr;
	if (likely(!out->options.len))
		return 0;
	if (sk->hdrincl)
		return -EINVAL; /* the task writes the header */
	out->ipc.daddr = ip_options_address(&out->options, out->peer);
	if (out->options.srr)
		out->connected = false;
	return 0;
}

int datagram_prepare(struct sock *sk, const struct msghdr *msg, bool need_port,
		     struct datagram_out *out)
{
	int err;

	*out = (struct datagram_out){ .oif = sk->bound_dev_if };
	out->ipc.saddr = sk->saddr;
	out->ipc.protocol = sk->protocol;
	out->ipc.tos = sk->tos;
	err = datagram_dest(sk, msg, need_port, out);
	if (!err && msg->msg_controllen)
		err = datagram_cmsgs(msg, out);
	if (err)
		return err;
	if (!out->ipc.daddr)
		out->ipc.daddr = out->ipc.saddr ? out->ipc.saddr : htonl(INADDR_LOOPBACK);
	err = datagram_options(sk, out);
	if (err)
		return err;
	if (unlikely(datagram_is_multicast(out->ipc.daddr))) {
		out->oif = out->oif ? out->oif : datagram_sk(sk)->mc_index;
		out->ipc.saddr = out->ipc.saddr ? out->ipc.saddr : datagram_sk(sk)->mc_addr;
	}
	err = datagram_route(sk, out, msg->msg_flags);
	if (err)
		return err;
	if (unlikely(out->options.len)) {
		ip_options_record(out->options.bytes, out->options.len, out->ipc.saddr);
		out->ipc.options = out->options.bytes;
		out->ipc.optlen = out->options.len;
	}
	out->ipc.dst = &out->rt->dst;
	return 0;
}

void datagram_done(struct datagram_out *out)
{
	local_bh_disable();
	dst_release(&out->rt->dst);
	local_bh_enable();
}
