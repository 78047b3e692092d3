/*
 * A child: the full sock that a handshake ends in. It has its listener's options, and everything
 * else from the request; tcp_input.c takes it from SYN_RECV to ESTABLISHED with the very segment
 * that has made it.
 */
#include "net/core/byteorder.h"
#include "net/core/filter.h"
#include "net/core/sock_rare.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_txnote.h"

/* A sock like @listener, but with nothing of its own in it yet. */
static struct sock *tcp_clone_sock(struct sock *listener)
{
	struct sock *sk = kmem_cache_alloc(listener->prot->cache);

	if (!sk)
		return NULL;
	memcpy(sk, listener, listener->prot->obj_size);
	sk->refs = 1;
	sk->socket = NULL;
	sk->lock.owned = false;
	memset(&sk->node, 0, sizeof(sk->node));
	memset(&sk->bind_node, 0, sizeof(sk->bind_node));
	wait_queue_init(&sk->wq);
	skb_queue_head_init(&sk->receive_queue);
	sk->error_queue = sk->backlog = (struct skb_list){ NULL, NULL };
	sk->backlog_len = sk->rmem_alloc = sk->wmem_alloc = sk->drops = 0;
	sk->err = sk->err_soft = 0;
	sk->shutdown = 0;
	sk->dst_cache = NULL;
	sk->state = TCP_CLOSE;
	/* accept()'s result has no name of its own: its port goes when it ends. */
	sk->bound_addr = sk->bound_port = false;
	sock_set_flag(sk, SOCK_RARE, false);
	if (sk_filter_inherit(sk, listener)) {
		kmem_cache_free(sk->prot->cache, sk);
		return NULL;
	}
	sock_rare_inherit(sk, listener);
	return sk;
}

static void tcp_clone_tcp(struct tcp_sock *tp)
{
	struct sock *sk = &tp->sk;

	skb_queue_head_init(&tp->write_queue);
	skb_queue_head_init(&tp->rtx_queue);
	list_init(&tp->tsorted_sent);
	tp->accept_next = NULL;
	tp->accecn = NULL;
	tp->ooo = NULL;
	tp->wmem_queued = 0;
	tcp_init_xmit_timers(sk);
	tcp_init_state(sk);
	tp->ca_inited = false;
	if (!tp->ca_setsockopt)
		tcp_assign_congestion_control(sk);
}

static void tcp_child_flow(struct sock *sk, const struct tcp_request_sock *req)
{
	sk->daddr = req->raddr;
	sk->rcv_saddr = sk->saddr = req->laddr;
	sk->dport = req->rport;
	sk->sport = htons(req->lport);
}

static void tcp_child_sequences(struct tcp_sock *tp, const struct tcp_request_sock *req)
{
	tp->rcv_nxt = tp->rcv_wup = tp->copied_seq = req->rcv_isn + 1;
	tp->snd_wl1 = req->rcv_isn;
	tp->snd_una = tp->snd_nxt = tp->snd_sml = tp->snd_up = req->snt_isn + 1;
	tp->write_seq = tp->pushed_seq = req->snt_isn + 1;
	tp->snd_cwnd_stamp_ms = tp->lsndtime_ms = tcp_now_ms();
	tp->total_retrans = req->num_retrans;
	tp->segs_in = 1; /* the SYN */
	/* A SYN-ACK was repeated: perhaps for nothing (RFC 3522; tcp_undo.c). */
	if (req->num_timeout) {
		tp->undo_marker = req->snt_isn;
		tp->retrans_stamp_ms = tcp_ms(req->snt_synack_ns);
	}
}

static void tcp_child_options(struct tcp_sock *tp, const struct tcp_request_sock *req)
{
	tp->tstamp_ok = req->tstamp_ok;
	tp->sack_ok = req->sack_ok;
	tp->wscale_ok = req->wscale_ok;
	tp->window_clamp = req->window_clamp;
	tp->rcv_wnd = tp->rcv_ssthresh = req->rcv_wnd;
	if (tp->wscale_ok) {
		tp->snd_wscale = req->snd_wscale;
		tp->rcv_wscale = req->rcv_wscale;
	} else {
		tp->window_clamp = min(tp->window_clamp, TCP_MAX_WINDOW);
	}
	tp->mss_clamp = req->mss;
	tcp_ecn_child(tp, req);
	tp->tsoffset = req->tsoffset;
	tp->ts_recent = tp->ts_recent_stamp_s = 0;
	if (tp->tstamp_ok) {
		tp->ts_recent = req->ts_recent;
		tp->ts_recent_stamp_s = (u32)(ktime_ns() / NSEC_PER_SEC);
		tp->tcp_header_len = TCP_MIN_HEADER + 12;
	}
}

static void tcp_child_first_segment(struct tcp_sock *tp, const struct sk_buff *skb)
{
	tp->snd_wnd = TCP_SKB_CB(skb)->rx.window;
	if (!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		tp->snd_wnd <<= tp->snd_wscale;
	tp->max_window = tp->snd_wnd;
	if (skb->len >= TCP_MSS_DEFAULT + (u32)tp->tcp_header_len)
		tp->last_seg_size = (u16)(skb->len - tp->tcp_header_len);
}

static void tcp_child_mss(struct sock *sk, struct rtable *rt)
{
	struct tcp_sock *tp = tcp_sk(sk);

	sk->dst_cache = &rt->dst;
	tp->advmss = tcp_advertised_mss(sk, &rt->dst);
	tcp_sync_mss(sk, dst_mtu(&rt->dst));
	tcp_initialize_rcv_mss(sk);
}

static struct sock *tcp_child_new(struct sock *listener, const struct tcp_request_sock *req,
				  const struct sk_buff *skb, struct rtable *rt)
{
	struct sock *sk = tcp_clone_sock(listener);
	struct tcp_sock *tp;

	if (!sk)
		return NULL;
	tp = tcp_sk(sk);
	tcp_clone_tcp(tp);
	tcp_child_flow(sk, req);
	tcp_child_sequences(tp, req);
	tp->fastopen_own_key = false;
	tcp_txnote_inherit(listener, sk);
	tcp_child_options(tp, req);
	tcp_child_first_segment(tp, skb);
	tcp_child_mss(sk, rt);
	tcp_set_state(sk, TCP_SYN_RECV);
	tcp_inherit_port(listener, sk);
	tcp_hash(sk);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		tcp_set_keepalive(sk, true);
	TCP_INC(PassiveOpens);
	return sk;
}

struct sock *tcp_create_child(struct sock *listener, const struct tcp_request_sock *req,
			      struct sk_buff *skb)
{
	struct rtable *rt = NULL;
	struct sock *child = NULL;

	if (tcp_accept_queue_full(tcp_sk(listener)))
		TCPEXT_INC(ListenOverflows);
	else
		rt = tcp_request_route(req);
	if (rt)
		child = tcp_child_new(listener, req, skb, rt);
	if (!child) {
		if (rt)
			dst_release(&rt->dst);
		listener->drops++;
		TCPEXT_INC(ListenDrops);
	}
	return child;
}
