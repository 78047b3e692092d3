/*
 * Accurate ECN, the receiver (RFC 9768 §3.2): counts what comes by codepoint, sees to it that the
 * sender hears of a change soon, and says in each segment that leaves how many were marked.
 */
#include "net/transport/tcp_accecn.h"

#define RESERVE 512
#define CE_PENDING_MAX 15u
#define MARKS_ON_DATA 2
#define MARKS_ON_ACKS 3
/* The option goes at least once in so many bytes of a counter: half of what 24 bits tell apart. */
#define OPTION_EVERY_SHIFT 22

static struct kmem_cache *accecn_cache;

/* ---- memory ---- */

void tcp_accecn_init(void)
{
	accecn_cache = kmem_cache_create("tcp_accecn", sizeof(struct tcp_accecn), 0);
	kmem_cache_reserve(accecn_cache, RESERVE);
}

void tcp_accecn_refill(void)
{
	kmem_cache_refill(accecn_cache);
}

bool tcp_accecn_start(struct tcp_sock *tp)
{
	if (!tp->accecn)
		tp->accecn = kmem_cache_alloc(accecn_cache);
	if (!tp->accecn)
		return false;
	*tp->accecn = (struct tcp_accecn){ .opt_sent_us = tcp_us(tp->mstamp_ns) };
	tp->ecn_flags |= TCP_ECN_ACCECN;
	return true;
}

void tcp_accecn_stop(struct tcp_sock *tp)
{
	if (tp->accecn)
		kmem_cache_free(accecn_cache, tp->accecn);
	tp->accecn = NULL;
	tp->ecn_flags &= (u8)~TCP_ECN_ACCECN;
}

/* ---- in ---- */

/* The place of @ecn's counter in the option, the first being 1: ECT(1), CE, ECT(0). */
static u8 option_place(u8 ecn)
{
	return ecn == INET_ECN_ECT_1 ? 1 : ecn == INET_ECN_CE ? 2 : 3;
}

static void count_bytes(struct tcp_accecn *a, u8 ecn, u32 len)
{
	u32 old = a->received_bytes[ecn - 1];

	a->received_bytes[ecn - 1] += len;
	a->opt_minlen = max((u8)a->opt_minlen, option_place(ecn)) & 3;
	if ((old ^ a->received_bytes[ecn - 1]) >> OPTION_EVERY_SHIFT)
		a->opt_demand = max((u8)a->opt_demand, (u8)1) & 3;
}

/*
 * RFC 9768 §3.2.2.5.1, increment-triggered ACKs: the sender hears of every second mark on data; of
 * marks on ACKs alone, too, but of so many together that the answers die out.
 */
static void demand_ack(struct tcp_sock *tp, u32 len)
{
	u32 most = len || (tp->ack_pending & TCP_ACK_SCHED) ? MARKS_ON_DATA : MARKS_ON_ACKS;

	if (tp->accecn->ce_pending >= most)
		tp->ack_pending |= TCP_ACK_SCHED | TCP_ACK_NOW;
}

void tcp_accecn_received(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u8 ecn = cb->ip_dsfield & INET_ECN_MASK;
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_accecn *a = tp->accecn;
	bool edge = a->prev_ecn != ecn;
	u32 segs, len = skb->len - cb->rx.hlen;

	if (ecn != INET_ECN_NOT_ECT) {
		tp->ecn_flags |= TCP_ECN_SEEN;
		if (len)
			count_bytes(a, ecn, len);
	}
	if (ecn == INET_ECN_CE) {
		segs = max((u32)skb_shinfo(skb)->gso_segs, 1u);
		a->received_ce += segs;
		a->ce_pending = min(a->ce_pending + segs, CE_PENDING_MAX) & 15;
		demand_ack(tp, len);
	}
	if (edge || ecn == INET_ECN_CE)
		a->opt_demand = 2;
	/* Change-triggered ACKs: the first of another kind is acknowledged at once. */
	if (edge)
		tp->ack_pending |= TCP_ACK_NOW;
	a->prev_ecn = ecn & 3;
}

/* ---- out ---- */

/* RFC 9768 table 3: how a SYN or SYN-ACK has come. */
static u8 ace_of_syn(u8 ecn)
{
	static const u8 ace[] = { [INET_ECN_NOT_ECT] = 2,
				  [INET_ECN_ECT_1] = 3,
				  [INET_ECN_ECT_0] = 4,
				  [INET_ECN_CE] = 6 };

	return ace[ecn & INET_ECN_MASK];
}

u8 tcp_ecn_synack_ace(const struct tcp_request_sock *req)
{
	if (!req->accecn_ok)
		return req->ecn_ok ? 1 : 0;
	/* §3.1.4.2: it may be the flags for which the first two were lost. */
	return req->num_retrans ? 0 : ace_of_syn(req->syn_ect);
}

/* The flags that @th is to have. */
static u8 ace_to_send(struct tcp_accecn *a, const struct tcphdr *th)
{
	if (unlikely(th->flags & TCPHDR_SYN)) {
		if (th->flags & TCPHDR_ACK)
			return ace_of_syn(a->syn_ect);
		return th->flags & TCPHDR_CWR ? 7 : 0;
	}
	if (unlikely(a->reflect))
		return ace_of_syn(a->syn_ect);
	a->ce_pending = 0;
	return (a->received_ce + ACCECN_CEP_INIT) & ACE_MASK;
}

u8 tcp_accecn_mark(struct tcp_sock *tp, struct tcphdr *th)
{
	struct tcp_accecn *a = tp->accecn;
	u8 ace = ace_to_send(a, th);

	th->flags = (u8)((th->flags & ~(TCPHDR_CWR | TCPHDR_ECE)) | ace << 6);
	th->doff |= ace >> 2;
	if (th->flags & TCPHDR_SYN || a->fail_mode & TCP_ACCECN_ACE_FAIL_RECV)
		return INET_ECN_NOT_ECT;
	return INET_ECN_ECT_0;
}

void tcp_send_ack_reflecting(struct sock *sk)
{
	struct tcp_accecn *a = tcp_sk(sk)->accecn;

	if (a)
		a->reflect = true;
	tcp_send_ack(sk);
	if (a)
		a->reflect = false;
}
