/*
 * TCP's first step upward: a segment from IP is checked - addresses, lengths, checksum - and finds
 * whom it is for: a connection, a TIME-WAIT entry, a request whose handshake is not over, a
 * listener, in this order; nobody's is answered with RST. A sock that a task has takes it later,
 * from its backlog. What the segment then does is tcp_input.c's.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/filter.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

#define BACKLOG_EXTRA (64 * 1024) /* ACKs are small, and their truesize is not */

u32 tcp_tw_isn;

/* ---- checks ---- */

static bool tcp_checksum_ok(struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);
	u32 pseudo;

	if (likely(skb->ip_summed == CHECKSUM_UNNECESSARY || skb->ip_summed == CHECKSUM_PARTIAL))
		return true;
	pseudo = csum_tcpudp_nofold(ip->saddr, ip->daddr, skb->len, IPPROTO_TCP, 0);
	if (skb->ip_summed == CHECKSUM_COMPLETE &&
	    !csum_fold(csum_block_add(pseudo, skb->csum, 0))) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		return true;
	}
	if (csum_fold(skb_checksum(skb, 0, skb->len, pseudo)))
		return false;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

/* NR_DROP_REASONS: good. */
static enum drop_reason tcp_rcv_check(struct sk_buff *skb)
{
	enum drop_reason why = tcp_parse(skb);

	if (unlikely(why != NR_DROP_REASONS)) {
		TCP_INC(InErrs);
	} else if (unlikely(!tcp_checksum_ok(skb))) {
		TCP_INC(InCsumErrors);
		TCP_INC(InErrs);
		why = DROP_TCP_CSUM;
	} else if (unlikely(tcp_has_md5(skb))) {
		/* Nobody here has a key. */
		TCPEXT_INC(TCPMD5Unexpected);
		why = DROP_TCP_MD5;
	}
	return why;
}

/* As they came from the card. */
static u32 tcp_segs(const struct sk_buff *skb)
{
	return max(skb_shinfo(skb)->gso_segs, (u16)1);
}

/* What a filter cuts off has not arrived. False: it wants nothing of it; consumed. */
static bool tcp_filter(struct sock *sk, struct sk_buff *skb)
{
	u32 len = skb->len;

	if (!sk_filter(sk, skb, TCP_SKB_CB(skb)->rx.hlen))
		return false;
	TCP_SKB_CB(skb)->end_seq -= len - skb->len;
	return true;
}

/* ---- to a connection ---- */

static void tcp_segs_in(struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 segs = tcp_segs(skb);

	tp->segs_in += segs;
	if (skb->len > TCP_SKB_CB(skb)->rx.hlen)
		tp->data_segs_in += segs;
	else
		TCPEXT_ADD(TCPAckCoalesced, segs - 1);
}

/* Nobody's: RST (RFC 9293 §3.10.7.1). */
static void tcp_rcv_nobody(struct sock *sk, struct sk_buff *skb)
{
	tcp_v4_send_reset(sk, skb);
	kfree_skb(skb, DROP_NO_SOCKET);
}

void tcp_v4_do_rcv(struct sock *sk, struct sk_buff *skb)
{
	if (likely(sk->state == TCP_ESTABLISHED))
		tcp_rcv_established(sk, skb);
	else if (unlikely(sk->defer_connect)) /* the peer has heard nothing of it yet */
		tcp_rcv_nobody(sk, skb);
	else
		tcp_rcv_state_process(sk, skb);
}

/* A task has @sk: the segment waits for release_sock. */
static void tcp_add_backlog(struct sock *sk, struct sk_buff *skb)
{
	if (sk->backlog_len + sk->rmem_alloc > sk->rcvbuf + sk->sndbuf + BACKLOG_EXTRA) {
		TCPEXT_INC(TCPBacklogDrop);
		sk->drops++;
		kfree_skb(skb, DROP_SOCKET_RCVBUF);
		return;
	}
	skb_dst_drop(skb);
	sk->backlog_len += skb->truesize;
	skb_list_add(&sk->backlog, skb);
}

static void tcp_rcv_sock(struct sock *sk, struct sk_buff *skb)
{
	sock_hold(sk); /* it may end by what the segment says */
	tcp_segs_in(tcp_sk(sk), skb);
	if (likely(!sock_owned_by_user(sk)))
		tcp_v4_do_rcv(sk, skb);
	else
		tcp_add_backlog(sk, skb);
	sock_put(sk);
}

void tcp_child_process(struct sock *listener, struct sock *child, struct sk_buff *skb)
{
	sock_hold(listener);
	tcp_rcv_sock(child, skb);
	if (listener->state == TCP_LISTEN)
		sk_data_ready(listener);
	sock_put(listener);
}

/* What a task had the sock for while it came: most of the time, nothing. */
void tcp_release_cb(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 deferred = tp->deferred;

	if (likely(!deferred))
		return;
	tp->deferred = 0;
	if (sk->state == TCP_CLOSE)
		return;
	if (deferred & TCP_DEFER_WRITE)
		tcp_write_resume(sk);
	if ((deferred & TCP_DEFER_RTX) && sk->state != TCP_CLOSE)
		tcp_write_timer_handler(sk);
	if ((deferred & TCP_DEFER_DELACK) && sk->state != TCP_CLOSE)
		tcp_delack_timer_handler(sk);
	if ((deferred & TCP_DEFER_MTU) && sk->state != TCP_CLOSE)
		tcp_v4_mtu_reduced(sk, tp->mtu_info);
}

/* ---- to what is no connection yet, or none any more ---- */

/* False: it is not for @req after all, but may be a cookie for the listener. */
static bool tcp_rcv_request(struct tcp_request_sock *req, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sock *listener = req->listener, *child;
	bool consumed = false;

	if ((cb->tcp_flags & TCPHDR_ACK) && cb->rx.ack_seq != req->snt_isn + 1)
		return false;
	sock_hold(listener);
	child = tcp_check_req(req, skb, &consumed);
	if (child)
		tcp_child_process(listener, child, skb);
	else if (!consumed)
		kfree_skb(skb, DROP_TCP_FLAGS);
	sock_put(listener);
	return true;
}

static void tcp_rcv_listener(struct sock *listener, struct sk_buff *skb)
{
	sock_hold(listener);
	tcp_listen_rcv(listener, skb);
	sock_put(listener);
}

/* True: a SYN, which goes to @listener. */
static bool tcp_rcv_timewait(struct tcp_timewait_sock *tw, struct sk_buff *skb,
			     const struct sock *listener)
{
	u32 isn = 0;

	if (!tcp_timewait_rcv(tw, skb, &isn))
		return false;
	if (!listener) {
		tcp_timewait_ack(tw, skb);
		kfree_skb(skb, DROP_TCP_TIMEWAIT);
		return false;
	}
	tcp_timewait_kill(tw);
	tcp_tw_isn = isn;
	return true;
}

static void tcp_rcv_unconnected(struct sk_buff *skb, const struct tcp_flow *fl, u32 hash)
{
	struct tcp_timewait_sock *tw = tcp_lookup_timewait(fl, hash);
	struct tcp_request_sock *req = tw ? NULL : tcp_lookup_request(fl, hash);
	struct sock *listener;

	if (req && !tcp_filter(req->listener, skb))
		return;
	if (req && tcp_rcv_request(req, skb))
		return;
	listener = tcp_lookup_listener(fl);
	if (tw && !tcp_rcv_timewait(tw, skb, listener))
		return;
	if (!listener)
		tcp_rcv_nobody(NULL, skb);
	else if (tcp_filter(listener, skb))
		tcp_rcv_listener(listener, skb);
	tcp_tw_isn = 0;
}

void tcp_v4_rcv(struct sk_buff *skb)
{
	enum drop_reason why;
	struct tcp_flow fl;
	struct sock *sk;
	u32 hash;

	if (unlikely(skb->pkt_type != PACKET_HOST)) {
		kfree_skb(skb, DROP_OTHERHOST);
		return;
	}
	TCP_ADD(InSegs, tcp_segs(skb));
	why = tcp_rcv_check(skb);
	if (unlikely(why != NR_DROP_REASONS)) {
		kfree_skb(skb, why);
		return;
	}
	tcp_flow_of_skb(skb, &fl);
	hash = tcp_flow_hash(&fl);
	sk = tcp_lookup_established(&fl, hash);
	if (unlikely(!sk))
		tcp_rcv_unconnected(skb, &fl, hash);
	else if (likely(tcp_filter(sk, skb)))
		tcp_rcv_sock(sk, skb);
}
