/*
 * Raw IP sockets: a task sees the datagrams of one protocol, IP header and all, beside the
 * protocol's own receiver, and sends its own under a header of ours, or (IP_HDRINCL) under one that
 * it has written itself. num is the protocol.
 */
#include "net/core/filter.h"
#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"

struct raw_sock {
	struct datagram_sock dg;
	u32 filter; /* ICMP types not wanted, bit per type */
	bool alert; /* IP_ROUTER_ALERT: wants what is forwarded and asks routers to look */
};

#define RAW_BUCKETS 64
static struct hlist_head raw_hash[RAW_BUCKETS]; /* by protocol; guarded by bh-disable */

static struct raw_sock *raw_sk(const struct sock *sk)
{
	return container_of(sk, struct raw_sock, dg.sk);
}

static struct hlist_head *raw_bucket(u32 protocol)
{
	return &raw_hash[protocol & (RAW_BUCKETS - 1)];
}

/* ---- in ---- */

static bool raw_match(const struct sock *sk, u8 protocol, be32 laddr, be32 raddr, int dif)
{
	return sk->num == protocol && (!sk->daddr || sk->daddr == raddr) &&
	       (!sk->rcv_saddr || sk->rcv_saddr == laddr) &&
	       (!sk->bound_dev_if || sk->bound_dev_if == dif);
}

static bool raw_icmp_filtered(const struct sock *sk, struct sk_buff *skb)
{
	u32 filter = raw_sk(sk)->filter;

	if (likely(!filter) || sk->num != IPPROTO_ICMP)
		return false;
	return !pskb_may_pull(skb, 1) || (skb->data[0] < 32 && filter >> skb->data[0] & 1);
}

static void raw_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	if (sk_filter(sk, skb, 1))
		sock_queue_rcv_skb(sk, skb);
}

bool raw_local_deliver(struct sk_buff *skb)
{
	const struct ip_view *ip = &IPCB(skb)->view;
	u32 hlen = (u32)(skb->data - skb_network_header(skb));
	bool delivered = false;
	struct sock *sk;

	hlist_for_each_entry(sk, raw_bucket(ip->protocol), node) {
		struct sk_buff *clone;

		if (!raw_match(sk, ip->protocol, ip->daddr, ip->saddr, skb->dev->ifindex) ||
		    !ip_mc_sf_allow(sk, ip->daddr, ip->saddr, skb->dev->ifindex))
			continue;
		delivered = true;
		clone = raw_icmp_filtered(sk, skb) ? NULL : skb_clone(skb);
		if (!clone)
			continue;
		skb_push(clone, hlen);
		if (sock_owned_by_user(sk))
			sk_add_backlog(sk, clone);
		else
			raw_backlog_rcv(sk, clone);
	}
	return delivered;
}

/* ---- for a router: what bears the router alert option (RFC 2113) ---- */

static bool raw_wants_alert(const struct sock *sk, const struct sk_buff *skb, u8 protocol)
{
	return raw_sk(sk)->alert && sk->num == protocol &&
	       (!sk->bound_dev_if || sk->bound_dev_if == skb->dev->ifindex);
}

bool raw_alert_wanted(const struct sk_buff *skb)
{
	u8 protocol = ip_hdr(skb)->protocol;
	const struct sock *sk;

	hlist_for_each_entry(sk, raw_bucket(protocol), node)
		if (raw_wants_alert(sk, skb, protocol))
			return true;
	return false;
}

void raw_alert_deliver(struct sk_buff *skb)
{
	u8 protocol = ip_hdr(skb)->protocol;
	struct sock *sk;

	hlist_for_each_entry(sk, raw_bucket(protocol), node) {
		struct sk_buff *clone;

		if (!raw_wants_alert(sk, skb, protocol))
			continue;
		clone = skb_clone(skb);
		if (!clone)
			continue;
		if (sock_owned_by_user(sk))
			sk_add_backlog(sk, clone);
		else
			raw_backlog_rcv(sk, clone);
	}
}

void raw_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	struct sock *sk;

	hlist_for_each_entry(sk, raw_bucket(iph->protocol), node)
		if (raw_match(sk, iph->protocol, iph->saddr, iph->daddr, skb->dev->ifindex))
			datagram_err(sk, skb, 0, type, code, info);
}

static ssize_t raw_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (flags & MSG_ERRQUEUE)
		return ip_recv_error(sk, msg, len);
	return datagram_recv_plain(sk, msg, len, flags);
}

/* ---- out ---- */

struct raw_builder {
	struct iovec *iov;
	bool hdrincl, begun;
	bool icmp;
	u8 icmp_type;
};

/* Is it ICMP, and what? The task has written its header here, or the protocol is the socket's. */
static void raw_look(struct raw_builder *b, const u8 *data, u32 len)
{
	u32 at = 0;

	if (b->hdrincl && len >= sizeof(struct iphdr)) {
		const struct iphdr *iph = (const struct iphdr *)data;

		b->icmp = iph->protocol == IPPROTO_ICMP;
		at = (iph->ihl_version & 15u) * 4;
	}
	b->icmp = b->icmp && at < len;
	if (b->icmp)
		b->icmp_type = data[at];
	b->begun = true;
}

static int raw_getfrag(void *arg, u8 *to, u32 len, struct sk_buff *skb)
{
	struct raw_builder *b = arg;
	int err = memcpy_fromiovec(to, b->iov, len);

	if (!err && !b->begun)
		raw_look(b, to, len);
	return err;
}

static ssize_t raw_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	struct raw_builder b = { .iov = msg->msg_iov,
				 .hdrincl = sk->hdrincl,
				 .icmp = !sk->hdrincl && sk->num == IPPROTO_ICMP };
	struct datagram_out out;
	int err;

	if (len > 0xffff)
		return -EMSGSIZE;
	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = datagram_prepare(sk, msg, false, &out);
	if (err)
		return err;
	/* With IP_HDRINCL the header is among these bytes, and IP completes it. */
	err = ip_build_xmit(sk, raw_getfrag, &b, (u32)len, &out.ipc, msg->msg_flags);
	datagram_done(&out);
	if (err)
		return err;
	local_bh_disable();
	if (b.icmp)
		icmp_out_count(b.icmp_type);
	local_bh_enable();
	return (ssize_t)len;
}

/* ---- life, options ---- */

/* IPPROTO_RAW can only send, and what it sends has its header. */
static int raw_init_sock(struct sock *sk)
{
	sk->num = sk->protocol;
	sk->sport = htons(sk->num);
	sk->hdrincl = sk->protocol == IPPROTO_RAW;
	sk->bound_port = true;
	local_bh_disable();
	sock_hold(sk);
	hlist_add_head(&sk->node, raw_bucket(sk->num));
	local_bh_enable();
	return 0;
}

static void raw_unhash(struct sock *sk)
{
	if (hlist_unhashed(&sk->node))
		return;
	hlist_del(&sk->node);
	sock_put(sk);
}

static int raw_set_alert(struct sock *sk, const void *val, int len)
{
	int on;

	if (len < (int)sizeof(on) || sk->num == IPPROTO_RAW)
		return -EINVAL;
	memcpy(&on, val, sizeof(on));
	raw_sk(sk)->alert = on;
	return 0;
}

static int raw_setsockopt(struct sock *sk, int level, int name, const void *val, int len)
{
	if (level == SOL_IP && name == IP_ROUTER_ALERT)
		return raw_set_alert(sk, val, len);
	if (level != SOL_RAW)
		return datagram_setsockopt(sk, level, name, val, len);
	if (name != ICMP_FILTER)
		return -ENOPROTOOPT;
	if (sk->num != IPPROTO_ICMP)
		return -EOPNOTSUPP;
	if (len < 0)
		return -EINVAL;
	memcpy(&raw_sk(sk)->filter, val, (size_t)min(len, (int)sizeof(u32)));
	return 0;
}

static int raw_getsockopt(struct sock *sk, int level, int name, void *val, int *len)
{
	int alert = raw_sk(sk)->alert;

	if (level == SOL_IP && name == IP_ROUTER_ALERT)
		return sock_opt_give(val, len, &alert, sizeof(alert));
	if (level != SOL_RAW)
		return datagram_getsockopt(sk, level, name, val, len);
	if (name != ICMP_FILTER)
		return -ENOPROTOOPT;
	if (sk->num != IPPROTO_ICMP)
		return -EOPNOTSUPP;
	return sock_opt_give(val, len, &raw_sk(sk)->filter, sizeof(u32));
}

/* Linux says no more of them. */
static void raw_sockstat(struct seq_file *s)
{
	seq_printf(s, "RAW: inuse %u\n", kmem_cache_in_use(raw_prot.cache));
}

struct proto raw_prot = {
	.name = "RAW",
	.obj_size = sizeof(struct raw_sock),
	.init = raw_init_sock,
	.close = datagram_close,
	.bind = datagram_bind,
	.connect = datagram_connect,
	.disconnect = datagram_disconnect,
	.ioctl = datagram_ioctl,
	.setsockopt = raw_setsockopt,
	.getsockopt = raw_getsockopt,
	.sendmsg = raw_sendmsg,
	.recvmsg = raw_recvmsg,
	.unhash = raw_unhash,
	.backlog_rcv = raw_backlog_rcv,
	.sockstat = raw_sockstat,
};

/* ---- /proc ---- */

u32 raw_slots(void)
{
	return RAW_BUCKETS;
}

void raw_socks_in(u32 slot, void (*fn)(struct seq_file *s, const struct sock *sk, u32 slot),
		  struct seq_file *s)
{
	const struct sock *sk;

	hlist_for_each_entry(sk, &raw_hash[slot], node)
		fn(s, sk, slot);
}

static void raw_line(struct seq_file *s, const struct sock *sk, u32 slot)
{
	datagram_proc_line(s, sk, slot, 4, 0);
}

static void raw_slot_show(struct seq_file *s, u32 slot, const void *arg)
{
	raw_socks_in(slot, raw_line, s);
}

bool raw_proc_walk(struct seq_file *s)
{
	static const struct seq_table table = { raw_slots, raw_slot_show };

	if (!s->at)
		datagram_proc_title(s, 2, 2);
	return seq_walk(s, &table, 1, NULL);
}
