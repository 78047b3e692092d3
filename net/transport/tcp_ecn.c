/*
 * The receiver's half of ECN (RFC 3168): what the IP header says of congestion becomes ECE in our
 * ACKs, until the sender says CWR. Who does it at all: tcp_accecn_shake.c.
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_input_private.h"

/*
 * A sender whose window is small waits for every ACK: after a mark, or what looks like a
 * retransmission (RFC 3168 §6.1.5: these are not ECT), the next two leave at once.
 */
#define ECN_QUICKACKS 2

static void tcp_ecn_event(struct sock *sk, enum tcp_ca_event ev)
{
	if (tcp_sk(sk)->ca_ops->flags & TCP_CONG_NEEDS_ECN)
		tcp_ca_event(sk, ev);
}

void tcp_ecn_check_ce(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (likely(!(tp->ecn_flags & TCP_ECN_OK)))
		return;
	switch (TCP_SKB_CB(skb)->ip_dsfield & INET_ECN_MASK) {
	case INET_ECN_NOT_ECT:
		if (tp->ecn_flags & TCP_ECN_SEEN)
			tcp_enter_quickack_mode(sk, ECN_QUICKACKS);
		return;
	case INET_ECN_CE:
		tcp_ecn_event(sk, CA_EVENT_ECN_IS_CE);
		if (!(tp->ecn_flags & TCP_ECN_DEMAND_CWR))
			tcp_enter_quickack_mode(sk, ECN_QUICKACKS);
		tp->ecn_flags |= TCP_ECN_DEMAND_CWR | TCP_ECN_SEEN;
		return;
	default:
		tcp_ecn_event(sk, CA_EVENT_ECN_NO_CE);
		tp->ecn_flags |= TCP_ECN_SEEN;
	}
}

void tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	if (likely(!(cb->tcp_flags & TCPHDR_CWR)) || tcp_has_accecn(tp))
		return;
	tp->ecn_flags &= (u8)~TCP_ECN_DEMAND_CWR;
	/* It has just halved its window, perhaps to one segment. */
	if (cb->seq != cb->end_seq)
		tp->ack_pending |= TCP_ACK_NOW;
}
