/*
 * SYN cookies (RFC 4987 §3.6): when the SYN queue is full, the SYN-ACK's sequence number says all
 * that we would have to remember, and only we can have made it. The ACK brings it back.
 *
 *   cookie = H1(flow, ISN) + (minute << 24) + ((H2(flow, ISN, minute) + MSS's index) & 0xffffff)
 *
 * The peer's ISN is hashed, not added: when its first bytes are lost, those that follow must not
 * pass for the first ones of a cookie with another index.
 *
 * Window scale, SACK and ECN ride in the low bits of our timestamp, if the peer has timestamps.
 */
#include "net/core/byteorder.h"
#include "net/core/siphash.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"

#define COOKIE_BITS 24
#define COOKIE_MASK ((1u << COOKIE_BITS) - 1)
#define COOKIE_PERIOD_NS (60 * NSEC_PER_SEC)
#define COOKIE_MAX_AGE 2 /* periods */

/* of the timestamp */
#define TS_BITS 6
#define TS_MASK ((1u << TS_BITS) - 1)
#define TS_WSCALE_MASK 0xfu
#define TS_NO_WSCALE 0xfu
#define TS_SACK 0x10u
#define TS_ECN 0x20u

/* What most peers announce; a cookie rounds down. */
static const u16 mss_table[] = { 536, 1300, 1440, 1460 };

static struct siphash_key cookie_key[2];

void tcp_syncookie_init(void)
{
	siphash_new_key(&cookie_key[0]);
	siphash_new_key(&cookie_key[1]);
}

static u32 cookie_hash(const struct sk_buff *skb, u32 isn, u32 count, u32 which)
{
	const struct iphdr *ip = ip_hdr(skb);
	const struct tcphdr *th = tcp_hdr(skb);
	const u64 words[3] = { (u64)ip->saddr << 32 | ip->daddr,
			       (u64)count << 32 | (u32)th->source << 16 | th->dest, isn };

	return (u32)siphash_words(words, 3, &cookie_key[which]);
}

static u32 cookie_minute(void)
{
	return (u32)(ktime_ns() / COOKIE_PERIOD_NS);
}

/* ---- out ---- */

u32 tcp_syncookie_make(const struct sk_buff *syn, u16 *mss)
{
	u32 isn = TCP_SKB_CB(syn)->seq, minute = cookie_minute();
	u32 index = ARRAY_SIZE(mss_table) - 1;

	while (index && *mss < mss_table[index])
		index--;
	*mss = mss_table[index];
	TCPEXT_INC(SyncookiesSent);
	return cookie_hash(syn, isn, 0, 0) + (minute << COOKIE_BITS) +
	       ((cookie_hash(syn, isn, minute, 1) + index) & COOKIE_MASK);
}

u32 tcp_syncookie_timestamp(const struct tcp_request_sock *req, u32 now)
{
	u32 options = req->wscale_ok ? req->snd_wscale : TS_NO_WSCALE, ts;

	options |= (req->sack_ok ? TS_SACK : 0) | (req->ecn_ok || req->accecn_ok ? TS_ECN : 0);
	ts = (now & ~TS_MASK) | options;
	return ts > now ? ts - (1u << TS_BITS) : ts; /* never in the future */
}

/* ---- in ---- */

/* The MSS that the cookie stands for; 0: it is none of ours, or too old. */
static u16 cookie_mss(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 cookie = cb->rx.ack_seq - 1, isn = cb->seq - 1;
	u32 minute = cookie_minute(), age, index;

	cookie -= cookie_hash(skb, isn, 0, 0);
	age = (minute - (cookie >> COOKIE_BITS)) & (~0u >> COOKIE_BITS);
	if (age >= COOKIE_MAX_AGE)
		return 0;
	index = (cookie - cookie_hash(skb, isn, minute - age, 1)) & COOKIE_MASK;
	return index < ARRAY_SIZE(mss_table) ? mss_table[index] : 0;
}

/* What our own timestamp brings back; false: these cannot be options that we have agreed on. */
static bool cookie_options(struct tcp_request_sock *req, const struct sk_buff *ack,
			   const struct tcp_options_received *opt)
{
	u32 options;

	if (!opt->saw_tstamp) {
		tcp_ecn_cookie(req, ack, false, false);
		return true;
	}
	if (!sysctl_tcp_timestamps)
		return false;
	req->tstamp_ok = true;
	req->ts_recent = opt->rcv_tsval;
	req->tsoffset = tcp_secure_ts_offset(req->laddr, req->raddr);
	options = opt->rcv_tsecr - req->tsoffset;
	req->sack_ok = options & TS_SACK;
	tcp_ecn_cookie(req, ack, true, options & TS_ECN);
	if ((options & TS_WSCALE_MASK) != TS_NO_WSCALE) {
		req->wscale_ok = true;
		req->snd_wscale = min((u8)(options & TS_WSCALE_MASK), (u8)TCP_MAX_WSCALE);
	}
	return (!req->sack_ok || sysctl_tcp_sack) && (!req->wscale_ok || sysctl_tcp_window_scaling);
}

bool tcp_syncookie_check(struct sock *listener, struct sk_buff *ack, struct tcp_request_sock *req)
{
	const struct tcp_listener *l = tcp_sk(listener)->listener;
	const struct tcp_skb_cb *cb = TCP_SKB_CB(ack);
	u16 mss;

	if (!sysctl_tcp_syncookies || !(cb->tcp_flags & TCPHDR_ACK) || (cb->tcp_flags & TCPHDR_RST))
		return false;
	if (!l->overflow_ns || ktime_ns() - l->overflow_ns > COOKIE_MAX_AGE * COOKIE_PERIOD_NS)
		return false;
	mss = cookie_mss(ack);
	if (!mss) {
		TCPEXT_INC(SyncookiesFailed);
		return false;
	}
	TCPEXT_INC(SyncookiesRecv);
	*req = (struct tcp_request_sock){
		.listener = listener,
		.laddr = ip_hdr(ack)->daddr,
		.raddr = ip_hdr(ack)->saddr,
		.rport = tcp_hdr(ack)->source,
		.lport = listener->num,
		.rcv_isn = cb->seq - 1,
		.rcv_nxt = cb->seq,
		.snt_isn = cb->rx.ack_seq - 1,
		.mss = mss,
		.tos = cb->ip_dsfield,
		.cookie = true,
		.iif = ack->dev->ifindex,
	};
	return true;
}

/* The child of a good cookie; NULL: dropped. */
static struct sock *cookie_child(struct sock *listener, const struct tcp_request_sock *req,
				 const struct tcp_options_received *opt, struct sk_buff *skb)
{
	struct sock *child = tcp_create_child(listener, req, skb);

	if (!child)
		return NULL;
	if (opt->saw_tstamp)
		tcp_synack_rtt_echoed(child, opt->rcv_tsecr);
	tcp_accept_queue_add(listener, child);
	return child;
}

/* The same window as in the SYN-ACK, which nobody has noted. */
static bool cookie_window(struct sock *listener, struct tcp_request_sock *req)
{
	struct rtable *rt = tcp_request_route(req);

	if (!rt)
		return false;
	tcp_request_init_window(listener, req, tcp_advertised_mss(listener, &rt->dst));
	dst_release(&rt->dst);
	return true;
}

bool tcp_syncookie_rcv(struct sock *listener, struct sk_buff *skb)
{
	struct tcp_options_received opt;
	struct tcp_request_sock req;
	struct sock *child = NULL;

	if (!tcp_syncookie_check(listener, skb, &req))
		return false;
	tcp_parse_options(skb, &opt, true);
	if (cookie_options(&req, skb, &opt) && cookie_window(listener, &req))
		child = cookie_child(listener, &req, &opt, skb);
	if (child)
		tcp_child_process(listener, child, skb);
	else
		kfree_skb(skb, DROP_TCP_LISTEN_OVERFLOW);
	return true;
}
