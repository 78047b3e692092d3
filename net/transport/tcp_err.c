/*
 * What ICMP says of our segments, believed as far as RFC 5927 lets it: the quoted sequence number
 * must be one that is on its way; errors end nothing that is established; "fragmentation needed"
 * lowers the path MTU; source quench is dead (RFC 6633).
 */
#include "net/core/byteorder.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

/* What an error quotes of our segment. */
struct quoted_segment {
	struct tcp_flow fl;
	u32 seq;
};

static void tcp_quoted(const struct sk_buff *skb, struct quoted_segment *q)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	const u8 *th = skb->data + (ip->ihl_version & 15) * 4;

	q->fl.laddr = ip->saddr;
	q->fl.raddr = ip->daddr;
	q->fl.lport = get_be16(th);
	memcpy(&q->fl.rport, th + 2, sizeof(q->fl.rport));
	q->fl.dif = skb->dev->ifindex;
	q->seq = get_be32(th + 4);
}

/* "Not now" of a network: a request whose peer cannot be reached is given up. */
static bool ends_request(u8 type, u8 code)
{
	return type == ICMP_PARAMETERPROB || type == ICMP_TIME_EXCEEDED ||
	       (type == ICMP_DEST_UNREACH &&
		(code == ICMP_NET_UNREACH || code == ICMP_HOST_UNREACH));
}

static void tcp_req_err(struct tcp_request_sock *req, u32 seq, bool abort)
{
	if (seq != req->snt_isn) {
		TCPEXT_INC(OutOfWindowIcmps);
	} else if (abort) {
		req->listener->drops++;
		TCPEXT_INC(ListenDrops);
		tcp_request_drop(req);
	}
}

/*
 * The way was broken, not congested (RFC 6069): the RTO's last doubling is taken back. What is left
 * of the time, from when the segment was sent.
 */
static void tcp_revert_backoff(struct sock *sk, u32 seq)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct sk_buff *head = tcp_rtx_queue_head(tp);
	u64 gone_us;
	u32 rto;

	if (sock_owned_by_user(sk) || seq != tp->snd_una || !tp->retransmits || !tp->backoff ||
	    !head)
		return;
	tp->backoff--;
	rto = tcp_rto_backoff_us(tp);
	tcp_mstamp_refresh(tp);
	gone_us = (tp->mstamp_ns - TCP_SKB_CB(head)->tx.xmit_ns) / NSEC_PER_USEC;
	tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, gone_us < rto ? rto - (u32)gone_us : 0);
}

static void tcp_err_mtu(struct sock *sk, u32 mtu)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->mtu_info = (u16)mtu;
	if (sock_owned_by_user(sk))
		tp->deferred |= TCP_DEFER_MTU;
	else
		tcp_v4_mtu_reduced(sk, mtu);
}

/* The handshake is not over: the error is its end. */
static void tcp_err_opening(struct sock *sk, const struct sk_buff *skb,
			    const struct quoted_segment *q, int err, u8 type, u8 code, u32 info)
{
	if (sk->recverr)
		ip_icmp_error(sk, skb, err, q->fl.rport, type, code, info);
	if (sock_owned_by_user(sk)) {
		sk->err_soft = err;
		return;
	}
	sk->err = err;
	sk_error_report(sk);
	tcp_done(sk);
}

/* It goes on trying until it times out, unless the task wants to know (IP_RECVERR). */
static void tcp_err_connected(struct sock *sk, int err)
{
	if (!sock_owned_by_user(sk) && sk->recverr) {
		sk->err = err;
		sk_error_report(sk);
	} else {
		sk->err_soft = err;
	}
}

static void tcp_err_sock(struct sock *sk, const struct sk_buff *skb, const struct quoted_segment *q,
			 u8 type, u8 code, u32 info)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_request_sock *fastopen = tp->fastopen_rsk;
	bool fatal;
	int err;

	if (!between(q->seq, fastopen ? fastopen->snt_isn : tp->snd_una, tp->snd_nxt)) {
		TCPEXT_INC(OutOfWindowIcmps);
		return;
	}
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) {
		tcp_err_mtu(sk, info);
		return;
	}
	err = icmp_err_convert(type, code, &fatal);
	if (!err)
		return;
	if (!fastopen && type == ICMP_DEST_UNREACH &&
	    (code == ICMP_NET_UNREACH || code == ICMP_HOST_UNREACH))
		tcp_revert_backoff(sk, q->seq);
	/* A fast open that has been accepted counts as established. */
	if (sk->state == TCP_SYN_SENT || (sk->state == TCP_SYN_RECV && !(fastopen && sk->socket)))
		tcp_err_opening(sk, skb, q, err, type, code, info);
	else
		tcp_err_connected(sk, err);
}

void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	struct tcp_request_sock *req;
	struct quoted_segment q;
	struct sock *sk;
	u32 hash;

	tcp_quoted(skb, &q);
	hash = tcp_flow_hash(&q.fl);
	sk = tcp_lookup_established(&q.fl, hash);
	if (sk) {
		if (sock_owned_by_user(sk) &&
		    !(type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED))
			TCPEXT_INC(LockDroppedIcmps);
		if (sk->state != TCP_CLOSE) {
			sock_hold(sk);
			tcp_err_sock(sk, skb, &q, type, code, info);
			sock_put(sk);
		}
		return;
	}
	if (tcp_lookup_timewait(&q.fl, hash))
		return;
	req = tcp_lookup_request(&q.fl, hash);
	if (req)
		tcp_req_err(req, q.seq, ends_request(type, code));
	else
		ICMP_INC(InErrors);
}
