/*
 * A SYN for a listener (RFC 9293 §3.10.7.2): may it have one more request, or only send a cookie
 * (the queue is full; tcp_syncookie.c), or open fast (tcp_fastopen.c)? What the peer offers, and
 * what we take of it, is settled here and goes out with the SYN-ACK.
 */
#include "net/core/byteorder.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"

/* May the listener take one more? *@cookie: only as a cookie. */
static enum drop_reason tcp_request_admit(struct sock *sk, bool *cookie)
{
	struct tcp_listener *l = tcp_sk(sk)->listener;
	bool full = l->syn_backlog >= l->max_ack_backlog || !tcp_request_room();

	*cookie = false;
	/* Who comes from TIME-WAIT is there for sure. */
	if ((sysctl_tcp_syncookies == 2 || full) && !tcp_tw_isn) {
		if (full && !l->syn_flood_warned && sysctl_tcp_syncookies != 2) {
			l->syn_flood_warned = true;
			printk(KERN_INFO "TCP: Possible SYN flooding on port %u. %s\n", sk->num,
			       sysctl_tcp_syncookies ? "Sending cookies." : "Dropping request.");
		}
		if (!sysctl_tcp_syncookies) {
			TCPEXT_INC(TCPReqQFullDrop);
			return DROP_TCP_REQ_QUEUE_FULL;
		}
		TCPEXT_INC(TCPReqQFullDoCookies);
		*cookie = true;
	}
	if (tcp_accept_queue_full(tcp_sk(sk))) {
		TCPEXT_INC(ListenOverflows);
		return DROP_TCP_LISTEN_OVERFLOW;
	}
	/* Without cookies the last quarter is for peers that we know. */
	if (!sysctl_tcp_syncookies && !tcp_tw_isn &&
	    (u32)sysctl_tcp_max_syn_backlog - min(l->syn_backlog, (u32)sysctl_tcp_max_syn_backlog) <
		    (u32)sysctl_tcp_max_syn_backlog >> 2)
		return DROP_TCP_REQ_QUEUE_FULL;
	return NR_DROP_REASONS;
}

/* RFC 9293 §3.7.1: without the option 536; TCP_MAXSEG bounds it. */
static u16 tcp_request_mss(const struct sock *sk, const struct tcp_options_received *opt)
{
	u16 mss = opt->mss ? opt->mss : TCP_MSS_DEFAULT, user = tcp_sk(sk)->user_mss;

	return user && user < mss ? user : mss;
}

static void tcp_request_fill(struct tcp_request_sock *req, struct sock *sk,
			     const struct sk_buff *skb, const struct tcp_options_received *opt)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	*req = (struct tcp_request_sock){
		.listener = sk,
		.laddr = ip_hdr(skb)->daddr,
		.raddr = ip_hdr(skb)->saddr,
		.rport = tcp_hdr(skb)->source,
		.lport = sk->num,
		.rcv_isn = cb->seq,
		.rcv_nxt = cb->seq + 1,
		.ts_recent = opt->saw_tstamp ? opt->rcv_tsval : 0,
		.mss = tcp_request_mss(sk, opt),
		.snd_wscale = opt->snd_wscale,
		.tos = cb->ip_dsfield,
		.tstamp_ok = opt->saw_tstamp,
		.sack_ok = opt->sack_ok,
		.wscale_ok = opt->wscale_ok,
		.iif = skb->dev->ifindex,
	};
	list_init(&req->of_listener);
	timer_init(&req->timer, tcp_request_timer);
	sock_hold(sk);
	if (opt->saw_tstamp)
		req->tsoffset = tcp_secure_ts_offset(req->laddr, req->raddr);
}

static void tcp_request_isn(struct tcp_request_sock *req, const struct sk_buff *skb)
{
	if (req->cookie) {
		req->snt_isn = tcp_syncookie_make(skb, &req->mss);
		tcp_sk(req->listener)->listener->overflow_ns = max(ktime_ns(), 1ull);
	} else if (tcp_tw_isn) {
		req->snt_isn = tcp_tw_isn;
	} else {
		req->snt_isn =
			tcp_secure_seq(req->laddr, req->raddr, tcp_hdr(skb)->dest, req->rport);
	}
}

u16 tcp_advertised_mss(const struct sock *sk, const struct dst_entry *dst)
{
	u32 mss = max(dst_mtu(dst), (u32)TCP_MIN_MSS + 40) - 40, user = tcp_sk(sk)->user_mss;

	return (u16)(user && user < mss ? user : min(mss, 65535u - 40));
}

void tcp_request_init_window(const struct sock *sk, struct tcp_request_sock *req, u32 mss)
{
	u32 space = tcp_full_space(sk), clamp = tcp_sk(sk)->window_clamp;

	if (sk->rcvbuf_locked && (clamp > space || !clamp))
		clamp = space;
	req->window_clamp = clamp;
	tcp_select_initial_window(sk, space, mss - (req->tstamp_ok ? 12u : 0), &req->rcv_wnd,
				  &req->window_clamp, req->wscale_ok, &req->rcv_wscale);
}

/* @req answers for itself from here on. */
static void tcp_request_start(struct sock *sk, struct tcp_request_sock *req)
{
	tcp_request_hash(req);
	req->snt_synack_ns = ktime_ns();
	timer_mod(&req->timer, req->snt_synack_ns + tcp_request_timeout(req));
}

/* The parsed SYN becomes @req, which is memory of the cache, or of the stack for a cookie. */
static enum drop_reason tcp_request_open(struct sock *sk, struct tcp_request_sock *req,
					 struct sk_buff *skb, struct tcp_options_received *opt,
					 bool cookie)
{
	u8 fo_cookie[16];
	s8 fo_len = -1;
	struct sock *child = NULL;
	struct rtable *rt;

	/* What no timestamp can carry back to us is lost with a cookie. */
	if (cookie && !opt->saw_tstamp) {
		opt->sack_ok = opt->wscale_ok = false;
		opt->snd_wscale = 0;
	}
	tcp_request_fill(req, sk, skb, opt);
	req->cookie = cookie;
	tcp_ecn_request(req, skb, opt, cookie);
	rt = tcp_request_route(req);
	if (!rt)
		return DROP_IP_NO_ROUTE;
	tcp_request_init_window(sk, req, tcp_advertised_mss(sk, &rt->dst));
	tcp_request_isn(req, skb);
	if (!cookie) {
		tcp_savesyn_record(req, skb);
		child = tcp_try_fastopen(sk, skb, req, opt, fo_cookie, &fo_len);
	}
	if (!cookie && !child)
		tcp_request_start(sk, req);
	tcp_request_synack(req, rt, fo_cookie, fo_len, opt->fastopen_exp);
	dst_release(&rt->dst);
	if (child) {
		tcp_accept_queue_add(sk, child);
		sk_data_ready(sk);
	}
	return NR_DROP_REASONS;
}

static enum drop_reason tcp_request_cookie(struct sock *sk, struct sk_buff *skb,
					   struct tcp_options_received *opt)
{
	struct tcp_request_sock req;
	enum drop_reason why = tcp_request_open(sk, &req, skb, opt, true);

	sock_put(req.listener);
	return why;
}

static enum drop_reason tcp_request_new(struct sock *sk, struct sk_buff *skb,
					struct tcp_options_received *opt)
{
	struct tcp_request_sock *req = tcp_request_alloc();
	enum drop_reason why;

	if (!req)
		return DROP_TCP_NO_MEMORY;
	why = tcp_request_open(sk, req, skb, opt, false);
	if (why != NR_DROP_REASONS)
		tcp_request_free(req);
	return why;
}

void tcp_conn_request(struct sock *sk, struct sk_buff *skb)
{
	enum drop_reason why = DROP_TCP_FLAGS;
	struct tcp_options_received opt;
	bool cookie = false;

	/* Never in answer to a broadcast (RFC 9293 §3.9.2.3). */
	if (likely(rt_of(skb->dst)->type == RTN_LOCAL))
		why = tcp_request_admit(sk, &cookie);
	if (likely(why == NR_DROP_REASONS)) {
		tcp_parse_options(skb, &opt, false);
		why = cookie ? tcp_request_cookie(sk, skb, &opt) : tcp_request_new(sk, skb, &opt);
	}
	if (likely(why == NR_DROP_REASONS)) {
		consume_skb(skb);
		return;
	}
	sk->drops++;
	TCPEXT_INC(ListenDrops);
	kfree_skb(skb, why);
}
