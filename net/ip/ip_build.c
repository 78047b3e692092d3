/*
 * ip_build_xmit: from a task's bytes to a packet, copied once. The packet lies in one pool buffer,
 * or goes on in others; whether it may be larger than the MTU is the socket's IP_MTU_DISCOVER.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/ip.h"
#include "net/ip/ip_output.h"

/* A socket that writes its own IP headers (raw, IP_HDRINCL). */
static bool builds_header(const struct sock *sk)
{
	return sk->hdrincl && sk->type == SOCK_RAW;
}

static u32 ip_build_mtu(const struct sock *sk, const struct dst_entry *dst)
{
	u32 mtu = sk->pmtudisc >= IP_PMTUDISC_PROBE || builds_header(sk) ? dst->dev->mtu :
									   dst_mtu(dst);

	return min(mtu, 65535u);
}

/* May a datagram that is larger than the MTU go in pieces? */
static bool ip_build_may_cut(const struct sock *sk)
{
	return !builds_header(sk) &&
	       (sk->pmtudisc < IP_PMTUDISC_DO || sk->pmtudisc == IP_PMTUDISC_OMIT);
}

/* Shall routers not cut it? What we have to cut ourselves, they may, too. */
static bool ip_build_df(const struct sock *sk, const struct dst_entry *dst, u32 len)
{
	if (sk->pmtudisc == IP_PMTUDISC_WANT)
		return len <= dst_mtu(dst);
	return sk->pmtudisc == IP_PMTUDISC_DO || sk->pmtudisc == IP_PMTUDISC_PROBE;
}

/* Appends pool buffers and has them filled, until @length more bytes are there. */
static int ip_build_frags(struct sk_buff *skb, u32 length,
			  int (*getfrag)(void *arg, u8 *to, u32 len, struct sk_buff *skb),
			  void *arg)
{
	while (length) {
		u32 len = min(length, (u32)SKB_BUF_SIZE);
		u8 *buf = skb_buf_alloc();
		int err;

		if (!buf)
			return -ENOBUFS;
		err = getfrag(arg, buf, len, skb);
		if (!err)
			err = skb_add_frag(skb, buf, len);
		if (err) {
			skb_buf_put(buf);
			return err;
		}
		length -= len;
	}
	return 0;
}

/* Allocates for @length bytes behind @headroom and has them filled. -errno: *@skbp is NULL. */
static int ip_build_skb(struct sk_buff **skbp, struct net_device *dev, u32 headroom, u32 length,
			int (*getfrag)(void *arg, u8 *to, u32 len, struct sk_buff *skb), void *arg)
{
	u32 linear = min(length, (u32)SKB_MAX_LINEAR - headroom);
	struct sk_buff *skb = alloc_skb(headroom + linear);
	int err;

	if (!skb)
		return -ENOBUFS;
	skb_reserve(skb, headroom);
	skb->dev = dev;
	skb_set_transport_header(skb, 0);
	skb_put(skb, linear);
	err = getfrag(arg, skb->data, linear, skb);
	if (!err && length > linear)
		err = ip_build_frags(skb, length - linear, getfrag, arg);
	if (err) {
		consume_skb(skb);
		skb = NULL;
	}
	*skbp = skb;
	return err;
}

/* Completes and checks the header that the task has written. */
static int ip_finish_hdrincl(struct sk_buff *skb, const struct ipcm_cookie *ipc)
{
	struct iphdr *iph = (struct iphdr *)skb->data;
	u32 hlen;

	if (skb_headlen(skb) < sizeof(*iph))
		return -EINVAL;
	hlen = (iph->ihl_version & 15u) * 4;
	if (hlen < sizeof(*iph) || hlen > skb_headlen(skb))
		return -EINVAL;
	if (!iph->saddr)
		iph->saddr = ipc->saddr;
	if (!iph->id)
		iph->id = htons(ip_select_ident());
	iph->tot_len = htons(skb->len);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, hlen / 4);
	skb_set_network_header(skb, 0);
	skb_set_transport_header(skb, (int)hlen);
	skb->protocol = htons(ETH_P_IP);
	return 0;
}

/* Header, charge, route, and off. Bh off. */
static int ip_build_send(struct sock *sk, struct sk_buff *skb, const struct ipcm_cookie *ipc)
{
	struct ipcm_cookie c = *ipc;
	int err;

	skb->priority = (u8)sk->priority;
	skb->mark = sk->mark;
	if (builds_header(sk)) {
		err = ip_finish_hdrincl(skb, ipc);
		if (err) {
			consume_skb(skb);
			return err;
		}
	} else {
		c.df = ipc->df ||
		       ip_build_df(sk, ipc->dst, skb->len + sizeof(struct iphdr) + ipc->optlen);
		ip_push_header(skb, &c, ipc->ttl ? ipc->ttl : ip_choose_ttl(sk, rt_of(ipc->dst)));
	}
	skb_set_owner_w(skb, sk);
	dst_hold(ipc->dst);
	skb->dst = ipc->dst;
	ip_local_out(skb);
	return 0;
}

static int ip_build_too_big(struct sock *sk, const struct ipcm_cookie *ipc, u32 mtu)
{
	local_bh_disable();
	IP_INC(FragFails);
	ip_local_error(sk, EMSGSIZE, ipc->daddr, ipc->dport, mtu);
	local_bh_enable();
	return -EMSGSIZE;
}

int ip_build_xmit(struct sock *sk, int (*getfrag)(void *arg, u8 *to, u32 len, struct sk_buff *skb),
		  void *arg, u32 length, const struct ipcm_cookie *ipc, int flags)
{
	struct net_device *dev = ipc->dst->dev;
	u32 hlen = builds_header(sk) ? 0 : sizeof(struct iphdr) + ipc->optlen;
	u32 mtu = ip_build_mtu(sk, ipc->dst);
	struct sk_buff *skb;
	int err;

	if (unlikely(length > (ip_build_may_cut(sk) ? 65535u : mtu) - hlen))
		return ip_build_too_big(sk, ipc, mtu);
	err = sock_wait_for_wmem(sk, flags & MSG_DONTWAIT);
	if (err)
		return err;
	err = ip_build_skb(&skb, dev, ALIGN_UP((u32)dev->hard_header_len, 16u) + hlen, length,
			   getfrag, arg);
	if (err)
		return err;
	local_bh_disable();
	err = ip_build_send(sk, skb, ipc);
	local_bh_enable();
	return err;
}
