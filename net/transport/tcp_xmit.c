/*
 * One segment, or one burst of them, from the sock to IP: a fresh packet with the TCP header and
 * its options in front of the payload. The payload is not copied: the packet holds references to
 * the bytes of the one in the queue, which stays for a retransmission. Only what is short is copied
 * behind the header, for a card takes one piece faster than two.
 */
#include "net/core/checksum.h"
#include "net/core/gso.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_txnote.h"

#define TCP_COPY_MAX 200
/* Room for the link's header and IP's. */
#define TCP_HEADROOM (16 + sizeof(struct iphdr))

/* ---- the way ---- */

static struct dst_entry *tcp_reroute(struct sock *sk)
{
	struct flowi fl = {
		.daddr = sk->daddr, .saddr = sk->saddr, .oif = sk->bound_dev_if, .tos = sk->tos
	};
	struct rtable *rt;
	int err;

	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	err = ip_route_output(&rt, &fl);
	if (err) {
		sk->err_soft = -err;
		return NULL;
	}
	sk->dst_cache = &rt->dst;
	return sk->dst_cache;
}

struct dst_entry *tcp_route(struct sock *sk)
{
	if (likely(sk->dst_cache && dst_valid(sk->dst_cache)))
		return sk->dst_cache;
	return tcp_reroute(sk);
}

/* ---- the packet ---- */

/* With room in front for @hlen bytes of header, and the payload of @x. NULL: no memory. */
static struct sk_buff *tcp_xmit_alloc(const struct tcp_xmit *x, u32 len, u32 hlen)
{
	u32 copy = len <= TCP_COPY_MAX && x->pcount == 1 ? len : 0;
	struct sk_buff *skb = alloc_skb((u32)TCP_HEADROOM + hlen + copy);

	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, (u32)TCP_HEADROOM + hlen);
	if (copy) {
		skb_copy_bits(x->from, 0, skb_put(skb, copy), copy);
	} else if (len && unlikely(skb_share_bytes(skb, x->from, 0, len) != len)) {
		consume_skb(skb);
		return NULL;
	}
	return skb;
}

/* ---- the header ---- */

/*
 * RFC 3168 §6.1: new data says that it may be marked, and once CWR; what is repeated does not, nor
 * what carries no data. Returns the codepoint.
 */
static u8 tcp_ecn_classic(struct tcp_sock *tp, const struct tcp_xmit *x, struct sk_buff *skb)
{
	struct tcphdr *th = (struct tcphdr *)skb->data;
	u8 ect = 0;

	if (th->flags & TCPHDR_SYN)
		return 0;
	if (x->from && x->from->len && !before(x->seq, tp->snd_nxt)) {
		ect = INET_ECN_ECT_0;
		if (tp->ecn_flags & TCP_ECN_QUEUE_CWR) {
			tp->ecn_flags &= (u8)~TCP_ECN_QUEUE_CWR;
			th->flags |= TCPHDR_CWR;
			skb_shinfo(skb)->gso_type |= SKB_GSO_TCP_ECN;
		}
	}
	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		th->flags |= TCPHDR_ECE;
	return ect;
}

/* The flags of @skb's header; returns the codepoint. */
static u8 tcp_ecn_send(struct tcp_sock *tp, const struct tcp_xmit *x, struct sk_buff *skb,
		       const struct tcp_out_options *opt)
{
	if (!tcp_has_accecn(tp))
		return tcp_ecn_classic(tp, x, skb);
	tcp_accecn_options_sent(tp, opt);
	return tcp_accecn_mark(tp, (struct tcphdr *)skb->data);
}

/* RFC 9293 §3.8.5: the pointer, if it says something to who gets this segment; else 0. */
static u32 tcp_urgent_pointer(struct tcp_sock *tp, u32 seq)
{
	tp->urg_mode = before(tp->snd_una, tp->snd_up);
	if (!before(seq, tp->snd_up))
		return 0;
	if (before(tp->snd_up, seq + 0x10000))
		return tp->snd_up - seq;
	return after(seq + 0xffff, tp->snd_nxt) ? 0xffff : 0;
}

static u16 tcp_xmit_window(struct sock *sk, u8 flags)
{
	if (unlikely(flags & TCPHDR_SYN)) /* never scaled: RFC 7323 §2.2 */
		return (u16)min(tcp_sk(sk)->rcv_wnd, 65535u);
	return tcp_select_window(sk);
}

static void tcp_put_header(struct sock *sk, struct sk_buff *skb, const struct tcp_xmit *x, u8 flags,
			   u32 hlen)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcphdr *th = (struct tcphdr *)skb_push(skb, hlen);
	u32 urg = 0;

	if (unlikely(tp->urg_mode))
		urg = tcp_urgent_pointer(tp, x->seq);
	th->source = sk->sport;
	th->dest = sk->dport;
	th->seq = htonl(x->seq);
	th->ack_seq = htonl(tp->rcv_nxt);
	th->doff = (u8)(hlen / 4 << 4);
	th->flags = urg ? flags | TCPHDR_URG : flags;
	th->window = htons(tcp_xmit_window(sk, flags));
	th->urg_ptr = htons(urg);
	/* The pseudo header's sum: the card goes on from there. */
	th->check = (be16)~csum_fold(
		csum_tcpudp_nofold(sk->saddr, sk->daddr, skb->len, IPPROTO_TCP, 0));
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u16)(skb->data - skb->head);
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/* ---- what is counted ---- */

static void tcp_event_data_sent(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now = tcp_time_stamp(tp);

	if (!tcp_packets_in_flight(tp))
		tcp_ca_event(sk, CA_EVENT_TX_START);
	tp->lsndtime_ms = now;
	/* An answer, soon after what was received: ACKs may wait for the next one (pingpong). */
	if (now - tp->lrcvtime_ms < tp->ato_us / 1000)
		tp->pingpong = 1;
}

static void tcp_xmit_count(struct sock *sk, const struct tcp_xmit *x, u32 len, u8 flags)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (likely(flags & TCPHDR_ACK))
		tcp_event_ack_sent(sk);
	if (len) {
		tcp_event_data_sent(sk);
		tp->data_segs_out += x->pcount;
		tp->bytes_sent += len;
	}
	if (after(x->end_seq, tp->snd_nxt) || x->seq == x->end_seq)
		TCP_ADD(OutSegs, x->pcount);
	tp->segs_out += x->pcount;
}

/* ---- together ---- */

/* Does the MTU take what @x was cut to, with @size bytes of options? */
static bool tcp_xmit_fits(const struct sock *sk, const struct tcp_xmit *x, u32 size)
{
	u32 len = x->pcount > 1 ? x->mss : x->from ? x->from->len : 0;

	return len + size + TCP_MIN_HEADER + sizeof(struct iphdr) <= tcp_sk(sk)->pmtu_cookie;
}

/* It was cut before accurate ECN's option became due: that waits for the next. */
static u32 tcp_xmit_without_accecn(struct tcp_out_options *opt)
{
	opt->accecn = 0;
	return (opt->tstamp ? TCPOLEN_TSTAMP_ALIGNED : 0u) +
	       (opt->num_sacks ? 4u + opt->num_sacks * TCPOLEN_SACK_PERBLOCK : 0u);
}

static u32 tcp_xmit_options(struct sock *sk, const struct tcp_xmit *x, struct tcp_out_options *opt)
{
	u32 size;

	if (likely(!(x->flags & TCPHDR_SYN))) {
		size = tcp_established_options(sk, opt);
		if (unlikely(opt->accecn) && !tcp_xmit_fits(sk, x, size))
			size = tcp_xmit_without_accecn(opt);
		return size;
	}
	opt->fastopen_len = x->fastopen_len;
	opt->fastopen_cookie = x->fastopen_cookie;
	opt->fastopen_exp = x->fastopen_exp;
	return tcp_syn_options(sk, x->flags & TCPHDR_ACK, opt);
}

/*
 * The packet is charged to the sock until the card has sent it. Not so what has no data: it is
 * small, and its loss is not waited for.
 */
static void tcp_xmit_charge(struct sock *sk, struct sk_buff *skb)
{
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = tcp_wfree;
	sk->wmem_alloc += skb->truesize;
}

/* @id: of the first segment; a burst's others follow. */
static void tcp_xmit_ip(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst, u8 ect, u32 id)
{
	struct ipcm_cookie ipc = {
		.saddr = sk->saddr,
		.daddr = sk->daddr,
		.protocol = IPPROTO_TCP,
		.tos = ect ? (sk->tos & ~3) | ect : sk->tos,
		.ttl = sk->ttl >= 0 ? (u8)sk->ttl : 0,
		.df = sk->pmtudisc != IP_PMTUDISC_DONT,
		.id = (u16)(id & 0xffff ? id : 1),
		.dst = dst,
	};

	skb->priority = (u8)sk->priority;
	skb->mark = sk->mark;
	ip_queue_xmit(skb, &ipc);
}

void tcp_tx_refused(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->tx_refused = true;
	tp->tx_refused_burst |= skb_is_gso(skb);
}

/*
 * The queue to the card is full: congestion as any other, but known at once. -ENOBUFS: nothing of
 * @x went.
 */
static int tcp_xmit_refused(struct sock *sk, const struct tcp_xmit *x)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool all = x->pcount == 1 || tp->tx_refused_burst;

	tp->tx_refused = tp->tx_refused_burst = false;
	tcp_enter_cwr(sk);
	return all ? -ENOBUFS : 0;
}

int tcp_xmit_segment(struct sock *sk, const struct tcp_xmit *x)
{
	u32 len = x->from ? x->from->len : 0, optlen, id;
	struct tcp_sock *tp = tcp_sk(sk);
	struct dst_entry *dst = tcp_route(sk);
	u8 ect = 0;
	struct tcp_out_options opt;
	struct sk_buff *skb;

	if (unlikely(!dst))
		return -EHOSTUNREACH;
	optlen = tcp_xmit_options(sk, x, &opt);
	skb = tcp_xmit_alloc(x, len, TCP_MIN_HEADER + optlen);
	if (unlikely(!skb))
		return -ENOBUFS;
	tcp_put_header(sk, skb, x, x->flags, TCP_MIN_HEADER + optlen);
	tcp_options_write(skb->data + TCP_MIN_HEADER, &opt);
	if (unlikely(opt.num_sacks))
		tp->duplicate_sack.end_seq = tp->duplicate_sack.start_seq;
	if (x->pcount > 1) {
		struct skb_shared_info *si = skb_shinfo(skb);

		si->gso_size = x->mss;
		si->gso_segs = x->pcount;
		si->gso_type = SKB_GSO_TCPV4;
	}
	if (unlikely(tp->ecn_flags & TCP_ECN_AGREED))
		ect = tcp_ecn_send(tp, x, skb, &opt);
	if (len)
		tcp_xmit_charge(sk, skb);
	id = tp->segs_out + tp->tsoffset + sk->dport;
	tcp_xmit_count(sk, x, len, x->flags);
	tp->tx_refused = tp->tx_refused_burst = false;
	tcp_xmit_ip(sk, skb, dst, ect, id);
	return unlikely(tp->tx_refused) ? tcp_xmit_refused(sk, x) : 0;
}

int tcp_xmit_bare(struct sock *sk, u32 seq, u8 flags)
{
	struct tcp_xmit x = {
		.seq = seq, .end_seq = seq, .pcount = 1, .flags = flags, .fastopen_len = -1
	};

	return tcp_xmit_segment(sk, &x);
}

int tcp_transmit_skb(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_xmit x = {
		.from = skb,
		.seq = cb->seq,
		.end_seq = cb->end_seq,
		.pcount = cb->pcount,
		.mss = cb->mss,
		.flags = cb->tcp_flags,
		.fastopen_len = -1,
	};
	int err;

	/* The end of a burst is pushed, so that a receiver that gathers segments delivers it. */
	if (cb->pcount > 1)
		x.flags |= TCPHDR_PSH;
	err = tcp_xmit_segment(sk, &x);
	if (unlikely(err))
		return err;
	cb->tx.xmit_ns = max(tp->mstamp_ns, (u64)1);
	tcp_pacing_sent(tp, skb->len);
	list_del(&cb->tx.tsorted);
	list_add_tail(&cb->tx.tsorted, &tp->tsorted_sent);
	tcp_rate_skb_sent(sk, skb);
	if (unlikely(tp->tx_notes))
		tcp_txnote_sent(sk, cb->end_seq);
	return 0;
}
