/*
 * Extended errors (IP_RECVERR, MSG_ERRQUEUE): what ICMP, or this host, has said of a packet that a
 * socket sent, kept with the packet's own bytes until the task asks. Also what errno an ICMP
 * message stands for.
 */
#include "net/core/byteorder.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"

/* Notes in skb->cb of a packet on an error queue. */
struct err_cb {
	struct sock_extended_err ee;
	be32 daddr;    /* whom the packet was for */
	be32 offender; /* who has said so; 0: we */
	be16 port;
	bool cut;  /* the bytes have not been kept */
	u64 stamp; /* 0: none */
};

static struct err_cb *ERRCB(struct sk_buff *skb)
{
	_Static_assert(sizeof(struct err_cb) <= sizeof(skb->cb), "fits");
	return (struct err_cb *)skb->cb;
}

/* What the control message carries. */
struct err_cmsg {
	struct sock_extended_err ee;
	struct sockaddr_in offender;
};

int icmp_err_convert(u8 type, u8 code, bool *fatal)
{
	static const struct {
		u8 err;
		bool fatal;
	} unreach[] = {
		{ ENETUNREACH, false },	 /* net */
		{ EHOSTUNREACH, false }, /* host */
		{ ENOPROTOOPT, true },	 /* protocol */
		{ ECONNREFUSED, true },	 /* port */
		{ EMSGSIZE, false },	 /* fragmentation needed */
		{ EOPNOTSUPP, false },	 /* source route failed */
		{ ENETUNREACH, true },	 /* net unknown */
		{ EHOSTDOWN, true },	 /* host unknown */
		{ EHOSTUNREACH, true },	 /* source host isolated; Linux's ENONET */
		{ ENETUNREACH, true },	 /* net prohibited */
		{ EHOSTUNREACH, true },	 /* host prohibited */
		{ ENETUNREACH, false },	 /* net, for this TOS */
		{ EHOSTUNREACH, false }, /* host, for this TOS */
		{ EHOSTUNREACH, true },	 /* filtered */
		{ EHOSTUNREACH, true },	 /* precedence violation */
		{ EHOSTUNREACH, true },	 /* precedence cutoff */
	};

	*fatal = false;
	switch (type) {
	case ICMP_DEST_UNREACH:
		if (code >= ARRAY_SIZE(unreach))
			return EHOSTUNREACH;
		*fatal = unreach[code].fatal;
		return unreach[code].err;
	case ICMP_PARAMETERPROB:
		*fatal = true;
		return EPROTO;
	case ICMP_TIME_EXCEEDED:
		return EHOSTUNREACH;
	default:
		return 0;
	}
}

/* Bytes in front of what the error queue gives back: what the task had sent; a ping socket sends
 * its ICMP header itself. */
static u32 ip_err_payload(const struct sock *sk, const struct ip_view *v)
{
	if (sk->protocol == IPPROTO_UDP)
		return v->hlen + 8u;
	return sk->type == SOCK_RAW && sk->hdrincl ? 0 : v->hlen;
}

void ip_icmp_error(struct sock *sk, const struct sk_buff *skb, int err, be16 port, u8 type, u8 code,
		   u32 info)
{
	struct ip_view v;
	struct sk_buff *copy;

	if (ip_parse_quoted(skb->data, skb_headlen(skb), &v) != NR_DROP_REASONS)
		return;
	copy = skb_clone((struct sk_buff *)skb);
	if (!copy)
		return;
	*ERRCB(copy) = (struct err_cb){
		.ee =
			{
				.ee_errno = (u32)err,
				.ee_origin = SO_EE_ORIGIN_ICMP,
				.ee_type = type,
				.ee_code = code,
				.ee_info = info,
			},
		.daddr = v.daddr,
		.offender = ip_hdr(skb)->saddr,
		.port = port,
	};
	skb_pull(copy, min(ip_err_payload(sk, &v), copy->len));
	sock_queue_err_skb(sk, copy);
}

void ip_local_error(struct sock *sk, int err, be32 daddr, be16 port, u32 info)
{
	struct sk_buff *skb;

	if (!sk->recverr)
		return;
	skb = alloc_skb(0);
	if (!skb)
		return;
	*ERRCB(skb) = (struct err_cb){
		.ee = { .ee_errno = (u32)err, .ee_origin = SO_EE_ORIGIN_LOCAL, .ee_info = info },
		.daddr = daddr,
		.port = port,
	};
	sock_queue_err_skb(sk, skb);
}

/* ---- what is told of bytes that were sent ---- */

static bool is_icmp_err(struct sk_buff *skb)
{
	return skb && ERRCB(skb)->ee.ee_origin == SO_EE_ORIGIN_ICMP;
}

static void ip_tell(struct sock *sk, struct err_cb cb)
{
	struct sk_buff *skb = alloc_skb(0);

	if (!skb)
		return;
	*ERRCB(skb) = cb;
	sock_queue_err_skb(sk, skb);
}

/* One notification tells of all sends in a row that have ended and nobody has asked about. */
void ip_zerocopy_done(struct sock *sk, u32 id)
{
	struct sk_buff *tail = sk->error_queue.last;
	struct sock_extended_err *ee = tail ? &ERRCB(tail)->ee : NULL;

	if (sk->error_queue.first && ee->ee_origin == SO_EE_ORIGIN_ZEROCOPY &&
	    ee->ee_data + 1 == id) {
		ee->ee_data = id;
		sk_error_report(sk);
		return;
	}
	ip_tell(sk, (struct err_cb){ .ee = { .ee_origin = SO_EE_ORIGIN_ZEROCOPY,
					     .ee_code = SO_EE_CODE_ZEROCOPY_COPIED,
					     .ee_info = id,
					     .ee_data = id } });
}

void ip_tx_stamp(struct sock *sk, u32 what, u32 id, bool stamp, bool payload)
{
	ip_tell(sk, (struct err_cb){ .ee = { .ee_errno = ENOMSG,
					     .ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
					     .ee_info = what,
					     .ee_data = id },
				     .stamp = stamp ? ktime_ns() : 0,
				     .cut = payload });
}

/* ---- recvmsg ---- */

static void put_err(struct sk_buff *skb, struct msghdr *msg)
{
	const struct err_cb *cb = ERRCB(skb);
	struct err_cmsg cmsg = { .ee = cb->ee };

	if (cb->offender) {
		cmsg.offender.sin_family = AF_INET;
		cmsg.offender.sin_addr.s_addr = cb->offender;
	}
	if (msg->msg_name) {
		struct sockaddr_in sin = {
			.sin_family = AF_INET,
			.sin_port = cb->port,
			.sin_addr.s_addr = cb->daddr,
		};

		memcpy(msg->msg_name, &sin, sizeof(sin));
		msg->msg_namelen = sizeof(sin);
	}
	if (cb->stamp)
		put_cmsg_timestamping(msg, cb->stamp);
	put_cmsg(msg, SOL_IP, IP_RECVERR, &cmsg, sizeof(cmsg));
	if (cb->cut)
		msg->msg_flags |= MSG_TRUNC;
}

/* The error that is pending on @sk follows from what is still queued; what is only told
 * (@was_told) is none. */
static void renew_sk_err(struct sock *sk, bool was_told)
{
	struct sk_buff *next;

	local_bh_disable();
	next = sk->error_queue.first;
	if (is_icmp_err(next))
		sk->err = (s16)ERRCB(next)->ee.ee_errno;
	else if (!was_told)
		sk->err = 0;
	if (next)
		sk_error_report(sk);
	local_bh_enable();
}

ssize_t ip_recv_error(struct sock *sk, struct msghdr *msg, size_t len)
{
	struct sk_buff *skb;
	u32 copied;
	int err;

	local_bh_disable();
	skb = skb_list_take(&sk->error_queue);
	local_bh_enable();
	if (!skb)
		return -EAGAIN;
	copied = skb->len;
	if (copied > len) {
		msg->msg_flags |= MSG_TRUNC;
		copied = (u32)len;
	}
	err = skb_copy_datagram_iovec(skb, 0, msg->msg_iov, copied);
	if (!err) {
		put_err(skb, msg);
		msg->msg_flags |= MSG_ERRQUEUE;
	}
	renew_sk_err(sk, ERRCB(skb)->ee.ee_origin >= SO_EE_ORIGIN_TIMESTAMPING);
	skb_free_datagram(skb);
	return err ? err : (ssize_t)copied;
}
