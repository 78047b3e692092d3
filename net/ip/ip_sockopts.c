/*
 * The options that a task puts into its packets' headers (IP_OPTIONS, and for one message
 * IP_RETOPTS), and those of packets that it has got (IP_RECVOPTS as they came, IP_RETOPTS as they
 * would go back). Datagram sockets only: a stream's segments bear none.
 */
#include "net/core/byteorder.h"
#include "net/ip/ip.h"

int ip_options_get(struct ip_options *o, const void *data, u32 len)
{
	enum drop_reason why;
	u32 bad;
	int srr;

	*o = (struct ip_options){ .len = 0 };
	if (len > IP_MAX_OPTIONS)
		return -EINVAL;
	if (len)
		memcpy(o->bytes, data, len);
	o->len = (u8)ALIGN_UP(len, 4u);
	why = ip_options_parse(o->bytes, o->len, &bad);
	if (why == DROP_IP_OPTIONS)
		return -EINVAL;
	srr = ip_options_srr(o->bytes, o->len);
	if (srr < 0)
		return 0;
	o->srr = (u8)(srr + 1);
	return ip_srr_take_first(o->bytes + srr, &o->first);
}

be32 ip_options_address(struct ip_options *o, be32 daddr)
{
	if (!o->srr)
		return daddr;
	ip_srr_put_last(o->bytes + o->srr - 1, daddr);
	return o->first;
}

int ip_options_set(struct sock *sk, const void *data, int len)
{
	struct ip_options o, **at = &datagram_sk(sk)->options;
	int err = len < 0 ? -EINVAL : ip_options_get(&o, data, (u32)len);

	if (err)
		return err;
	if (!o.len) {
		kfree(*at);
		*at = NULL;
		return 0;
	}
	if (!*at)
		*at = kmalloc(sizeof(**at));
	if (!*at)
		return -ENOMEM;
	**at = o;
	return 0;
}

int ip_options_give(const struct sock *sk, void *val, int *len)
{
	const struct ip_options *set = sk->type == SOCK_STREAM ? NULL : datagram_sk(sk)->options;
	struct ip_options o = { .len = 0 };

	if (set)
		o = *set;
	if (o.srr)
		ip_srr_give_first(o.bytes + o.srr - 1, o.first);
	*len = min(*len, (int)o.len);
	memcpy(val, o.bytes, (size_t)*len);
	return 0;
}

int ip_options_want(struct sock *sk, int name, int on)
{
	if (sk->type == SOCK_STREAM)
		return -ENOPROTOOPT;
	if (name == IP_RECVOPTS)
		datagram_sk(sk)->recv_opts = on;
	else
		datagram_sk(sk)->recv_retopts = on;
	return 0;
}

bool ip_options_wanted(const struct sock *sk, int name)
{
	if (sk->type == SOCK_STREAM)
		return false;
	return name == IP_RECVOPTS ? datagram_sk(sk)->recv_opts : datagram_sk(sk)->recv_retopts;
}

void ip_options_cmsg(const struct sock *sk, const struct sk_buff *skb, const struct ip_view *v,
		     struct msghdr *msg)
{
	const u8 *opt = skb_network_header(skb) + sizeof(struct iphdr);
	u32 len = v->hlen - (u32)sizeof(struct iphdr);
	u8 back[IP_MAX_OPTIONS];
	be32 first;
	int srr;

	if (ip_options_wanted(sk, IP_RECVOPTS))
		put_cmsg(msg, SOL_IP, IP_RECVOPTS, opt, len);
	if (!ip_options_wanted(sk, IP_RETOPTS))
		return;
	memcpy(back, opt, len);
	first = ip_options_for_reply(back, &len, v->saddr);
	srr = ip_options_srr(back, len);
	if (srr >= 0) /* as setsockopt would take it: the last is the sender */
		ip_srr_give_first(back + srr, first);
	if (len)
		put_cmsg(msg, SOL_IP, IP_RETOPTS, back, len);
}
