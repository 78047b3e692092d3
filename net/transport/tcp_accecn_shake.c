/*
 * ECN in the handshake, classic (RFC 3168 §6.1.1) and accurate (RFC 9768 §3.1): who asks, who
 * agrees, and what each end hears of how its SYN or SYN-ACK has come, so that a way that bleaches
 * or garbles the bits is known before data goes over it marked.
 */
#include "net/transport/tcp_accecn.h"

#define ACE_NONCE 5 /* reserved: as if all had come unchanged (RFC 9768 §3.1.3) */

/* net.ipv4.tcp_ecn */
static bool ask_accurate(void)
{
	return sysctl_tcp_ecn == 3;
}
static bool ask_classic(void)
{
	return sysctl_tcp_ecn == 1 || sysctl_tcp_ecn == 4;
}
static bool accept_accurate(void)
{
	return sysctl_tcp_ecn >= 3;
}

/* RFC 9768 §3.1.2: anything but nothing, and classic ECN. */
static bool asks_accurate(u8 ace)
{
	return ace && ace != 3;
}

/* The codepoint that a SYN (or SYN-ACK) has come with, if the other end says @ace of it. */
static u8 ecn_of_ace(u8 ace)
{
	static const u8 ecn[8] = { [2] = INET_ECN_NOT_ECT,
				   [3] = INET_ECN_ECT_1,
				   [4] = INET_ECN_ECT_0,
				   [6] = INET_ECN_CE };

	return ecn[ace & ACE_MASK];
}

/* RFC 9768 §3.2.2.3: ours went as Not-ECT, and no honest way changes that. */
static bool came_unchanged(struct tcp_accecn *a, u8 ace)
{
	if (!sysctl_tcp_ecn_fallback || ecn_of_ace(ace) == INET_ECN_NOT_ECT)
		return true;
	a->fail_mode |= TCP_ACCECN_ACE_FAIL_RECV;
	return false;
}

/* ---- client ---- */

void tcp_ecn_send_syn(struct tcp_sock *tp, struct sk_buff *syn)
{
	tcp_accecn_stop(tp);
	tp->ecn_flags = 0;
	if (!ask_accurate() && !ask_classic())
		return;
	TCP_SKB_CB(syn)->tcp_flags |= TCPHDR_ECE | TCPHDR_CWR;
	if (!ask_accurate() || !tcp_accecn_start(tp))
		tp->ecn_flags = TCP_ECN_OK;
}

/* RFC 3168 §6.1.1.1, RFC 9768 §3.1.4.1: it may be for the flags that no answer has come. */
void tcp_ecn_repeat_syn(struct tcp_sock *tp, struct sk_buff *syn)
{
	if (!sysctl_tcp_ecn_fallback || (tcp_has_accecn(tp) && tp->retransmits <= 1))
		return;
	TCP_SKB_CB(syn)->tcp_flags &= (u8) ~(TCPHDR_ECE | TCPHDR_CWR);
	tp->ecn_flags &= (u8)~TCP_ECN_OK;
}

static void rcv_synack_accurate(struct tcp_sock *tp, const struct sk_buff *skb, u8 ace,
				const struct tcp_options_received *opt)
{
	struct tcp_accecn *a = tp->accecn;

	a->syn_ect = TCP_SKB_CB(skb)->ip_dsfield & INET_ECN_MASK;
	if (opt->accecn) {
		tcp_accecn_option_first(a, opt);
		a->opt_demand = 2;
	}
	if (ace != ACE_NONCE)
		came_unchanged(a, ace);
	if (a->syn_ect == INET_ECN_CE)
		a->received_ce = a->ce_pending = 1;
}

/* RFC 9768 table 2. */
void tcp_ecn_rcv_synack(struct sock *sk, const struct sk_buff *skb,
			const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 ace = tcp_ace(tcp_hdr(skb));

	if (!tcp_has_accecn(tp)) {
		/* ECE without CWR says yes; both: a peer that reflects anything. */
		if ((ace & 3) != 1)
			tp->ecn_flags &= (u8)~TCP_ECN_OK;
		return;
	}
	switch (ace) {
	case 0: /* no ECN */
	case 7: /* broken: reflects what it got */
		tcp_accecn_stop(tp);
		return;
	case 1: /* classic */
		tcp_accecn_stop(tp);
		tp->ecn_flags |= TCP_ECN_OK;
		return;
	}
	rcv_synack_accurate(tp, skb, ace, opt);
}

/* Both have asked at the same time. */
void tcp_ecn_rcv_syn(struct tcp_sock *tp, const struct sk_buff *skb)
{
	u8 ace = tcp_ace(tcp_hdr(skb));

	if (tcp_has_accecn(tp)) {
		if (asks_accurate(ace)) {
			tp->accecn->syn_ect = tp->accecn->prev_ecn =
				TCP_SKB_CB(skb)->ip_dsfield & INET_ECN_MASK;
			return;
		}
		tcp_accecn_stop(tp);
		tp->ecn_flags |= TCP_ECN_OK;
	}
	if ((ace & 3) != 3)
		tp->ecn_flags &= (u8)~TCP_ECN_OK;
}

void tcp_ecn_send_synack(const struct tcp_sock *tp, struct sk_buff *syn)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(syn);

	cb->tcp_flags &= (u8)~TCPHDR_CWR;
	if (!(tp->ecn_flags & TCP_ECN_OK))
		cb->tcp_flags &= (u8)~TCPHDR_ECE;
}

/* ---- server ---- */

void tcp_ecn_request(struct tcp_request_sock *req, const struct sk_buff *syn,
		     const struct tcp_options_received *opt, bool cookie)
{
	u8 ace = tcp_ace(tcp_hdr(syn)), ect = TCP_SKB_CB(syn)->ip_dsfield & INET_ECN_MASK;

	if (asks_accurate(ace) && accept_accurate()) {
		req->accecn_ok = true;
		req->syn_ect = ect;
		return;
	}
	/* RFC 3168 §6.1.1: on a packet that is not itself marked; a newer kind of SYN may be. */
	if ((ace & 3) == 3 && sysctl_tcp_ecn && (!ect || ace == 7))
		req->ecn_ok = !cookie || opt->saw_tstamp;
}

void tcp_ecn_request_again(struct tcp_request_sock *req, const struct sk_buff *syn)
{
	if (!req->accecn_ok)
		return;
	req->syn_ect = TCP_SKB_CB(syn)->ip_dsfield & INET_ECN_MASK;
	/* §3.1.5: it will not look at what we say; our packets are not to be marked. */
	if (!tcp_ace(tcp_hdr(syn)))
		req->syn_without_ace = true;
}

/* RFC 9768 §5.1: only who has got our accurate SYN-ACK answers with 2 or more. */
void tcp_ecn_cookie(struct tcp_request_sock *req, const struct sk_buff *ack, bool tstamp, bool ecn)
{
	if (tstamp && !ecn)
		return;
	req->accecn_ok = accept_accurate() && tcp_ace(tcp_hdr(ack)) > 1;
	req->ecn_ok = !req->accecn_ok && tstamp && sysctl_tcp_ecn;
}

void tcp_ecn_child(struct tcp_sock *tp, const struct tcp_request_sock *req)
{
	tp->ecn_flags = req->ecn_ok ? TCP_ECN_OK : 0;
	if (!req->accecn_ok || !tcp_accecn_start(tp))
		return;
	tp->accecn->syn_ect = tp->accecn->prev_ecn = req->syn_ect;
	tp->accecn->opt_demand = 1;
	if (req->syn_without_ace)
		tp->accecn->fail_mode = TCP_ACCECN_ACE_FAIL_RECV;
}

void tcp_accecn_third_ack(struct sock *sk, const struct sk_buff *skb,
			  const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_accecn *a = tp->accecn;
	u8 ace = tcp_ace(tcp_hdr(skb));

	if (opt->accecn && a->opt_seen < TCP_ACCECN_OPT_COUNTER_SEEN)
		tcp_accecn_option_first(a, opt);
	if (!ace) {
		a->fail_mode |= TCP_ACCECN_ACE_FAIL_RECV;
		return;
	}
	/* The ACK itself was lost, and this counts already; or it has a meaning yet to come. */
	if (cb->seq != cb->end_seq || opt->num_sacks || ace == 1 || ace == 5 || ace == 7)
		return;
	if (came_unchanged(a, ace) && ecn_of_ace(ace) == INET_ECN_CE && !tp->delivered_ce)
		tp->delivered_ce = 1;
}

/* ---- a SYN that comes late ---- */

void tcp_accecn_syn_again(struct tcp_sock *tp, const struct sk_buff *skb,
			  const struct tcp_options_received *opt)
{
	struct tcp_accecn *a = tp->accecn;

	a->syn_ect = TCP_SKB_CB(skb)->ip_dsfield & INET_ECN_MASK;
	if (opt->accecn && a->opt_seen < TCP_ACCECN_OPT_COUNTER_SEEN) {
		tcp_accecn_option_first(a, opt);
		a->opt_demand = max((u8)a->opt_demand, (u8)1) & 3;
	}
}
