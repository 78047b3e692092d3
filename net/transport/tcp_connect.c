/*
 * The active open's first segment (RFC 9293 §3.10.1): what the connection begins with, the SYN, and
 * with fast open (RFC 7413) as much of the first message as it takes. The SYN lies in rtx_queue
 * like all that is sent, and is sent again by the same timer.
 */
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_task.h"

#define TCPOLEN_TSTAMP_ALIGNED 12
#define TCP_OPTION_SPACE 40
#define FASTOPEN_CLIENT_NO_COOKIE 4 /* of net.ipv4.tcp_fastopen */

/* ---- what it begins with ---- */

static void tcp_connect_init_receiver(struct sock *sk, u32 mtu)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss = min(mtu - 40, 65495u), space = tcp_full_space(sk);
	u8 rcv_wscale = tp->rcv_wscale;

	tp->advmss = (u16)(tp->user_mss ? min(mss, (u32)tp->user_mss) : mss);
	tcp_initialize_rcv_mss(sk);
	if (sk->rcvbuf_locked && (!tp->window_clamp || tp->window_clamp > space))
		tp->window_clamp = space;
	tcp_select_initial_window(sk, space, tp->advmss, &tp->rcv_wnd, &tp->window_clamp,
				  sysctl_tcp_window_scaling, &rcv_wscale);
	tp->rcv_wscale = rcv_wscale & 15;
	tp->rcv_ssthresh = tp->rcv_wnd;
	tp->rcv_nxt = tp->rcv_wup = tp->copied_seq = 0;
}

static void tcp_connect_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mtu = dst_mtu(sk->dst_cache);

	tp->tcp_header_len = TCP_MIN_HEADER;
	if (sysctl_tcp_timestamps)
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
	tp->mss_clamp = tp->user_mss ? tp->user_mss : TCP_MSS_DEFAULT;
	tp->max_window = 0;
	tcp_mtup_init(sk);
	tcp_sync_mss(sk, mtu);
	tcp_connect_init_receiver(sk, mtu);
	tp->snd_wnd = tp->snd_wl1 = 0;
	tcp_write_queue_purge(sk);
	tp->snd_una = tp->snd_nxt = tp->snd_sml = tp->snd_up = tp->write_seq;
	tp->rto_us = TCP_TIMEOUT_INIT_US;
	tp->retransmits = tp->backoff = 0;
	tp->retrans_out = tp->lost_out = tp->sacked_out = 0;
	tp->undo_marker = 0;
	tp->undo_retrans = -1;
	tp->retrans_stamp_ms = 0;
}

/* ---- the SYN ---- */

/* Into rtx_queue, as sent. */
static void tcp_connect_queue(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	__skb_queue_tail(&tp->rtx_queue, skb);
	tcp_wmem_add(tp, (s32)skb->truesize);
	tp->packets_out += tcp_skb_pcount(skb);
}

static struct sk_buff *tcp_make_syn(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_stream_alloc_skb(sk);

	if (!skb)
		return NULL;
	TCP_SKB_CB(skb)->tcp_flags = TCPHDR_SYN;
	TCP_SKB_CB(skb)->seq = tp->write_seq++;
	TCP_SKB_CB(skb)->end_seq = tp->write_seq;
	TCP_SKB_CB(skb)->pcount = 1;
	tcp_ecn_send_syn(tp, skb);
	return skb;
}

/* ---- fast open ---- */

/* What is known of the server. */
struct fastopen_plan {
	u8 cookie[16];
	s8 len;	  /* 0: ask for a cookie */
	bool exp; /* in the experimental option */
	bool send_data;
	u16 mss;
};

static void tcp_fastopen_plan(struct sock *sk, struct fastopen_plan *plan)
{
	struct tcp_sock *tp = tcp_sk(sk);

	*plan = (struct fastopen_plan){ .mss = tp->advmss };
	if (!tcp_fastopen_cache_get(sk->daddr, &plan->mss, plan->cookie, &plan->len, &plan->exp) ||
	    plan->len < 0)
		plan->len = 0;
	plan->send_data = plan->len > 0;
	if (tp->fastopen_no_cookie || (sysctl_tcp_fastopen & FASTOPEN_CLIENT_NO_COOKIE)) {
		plan->len = -1;
		plan->send_data = true;
	}
}

/*
 * The message's first bytes in a packet of their own; NULL: nothing to send with the SYN. All of
 * the option space is left free, for middleboxes put theirs in.
 */
static struct sk_buff *tcp_fastopen_data(struct sock *sk, const struct fastopen_plan *plan)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_fastopen_request *req = tcp_fastopen_request(sk);
	u32 mss = tp->user_mss ? min(plan->mss, tp->user_mss) : plan->mss, space;
	struct sk_buff *skb;
	ssize_t n;

	if (!req || !plan->send_data)
		return NULL;
	space = min(mss, tp->pmtu_cookie - 40u) - TCP_OPTION_SPACE;
	space = (u32)min((size_t)space, req->size);
	if (!space)
		return NULL;
	skb = tcp_stream_alloc_skb(sk);
	if (!skb)
		return NULL;
	n = tcp_copy_from_task(skb, req->msg, space);
	if (n <= 0) {
		consume_skb(skb);
		return NULL;
	}
	req->copied = (size_t)n;
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
	TCP_SKB_CB(skb)->seq = tp->write_seq;
	tp->write_seq += (u32)n;
	TCP_SKB_CB(skb)->end_seq = tp->write_seq;
	TCP_SKB_CB(skb)->pcount = 1;
	return skb;
}

/* The SYN and @data (NULL: none) in one segment; in the queue they stay two. */
static int tcp_send_syn(struct sock *sk, struct sk_buff *syn, const struct sk_buff *data,
			const struct fastopen_plan *plan)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_xmit x = {
		.from = data,
		.seq = TCP_SKB_CB(syn)->seq,
		.end_seq = data ? TCP_SKB_CB(data)->end_seq : TCP_SKB_CB(syn)->end_seq,
		.pcount = 1,
		.flags = TCP_SKB_CB(syn)->tcp_flags,
		.fastopen_len = plan ? plan->len : -1,
		.fastopen_exp = plan && plan->exp,
		.fastopen_cookie = plan ? plan->cookie : NULL,
	};
	int err = tcp_xmit_segment(sk, &x);

	if (err)
		return err;
	TCP_SKB_CB(syn)->tx.xmit_ns = max(tp->mstamp_ns, (u64)1);
	list_add_tail(&TCP_SKB_CB(syn)->tx.tsorted, &tp->tsorted_sent);
	tcp_rate_skb_sent(sk, syn);
	return 0;
}

/* @data has been sent with the SYN. */
static void tcp_fastopen_data_sent(struct sock *sk, struct sk_buff *data)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->syn_data = true;
	tcp_connect_queue(sk, data);
	tcp_chrono_start(sk, TCP_CHRONO_BUSY);
	TCP_SKB_CB(data)->tx.xmit_ns = max(tp->mstamp_ns, (u64)1);
	list_add_tail(&TCP_SKB_CB(data)->tx.tsorted, &tp->tsorted_sent);
	tcp_rate_skb_sent(sk, data);
	TCPEXT_INC(TCPOrigDataSent);
}

static int tcp_send_syn_data(struct sock *sk, struct sk_buff *syn)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_fastopen_request *req = tcp_fastopen_request(sk);
	struct fastopen_plan plan;
	struct sk_buff *data;
	int err = -ENOBUFS;

	tcp_fastopen_plan(sk, &plan);
	tp->syn_fastopen = plan.len >= 0;
	if (!plan.len)
		tp->fastopen_client_fail = TFO_COOKIE_UNAVAILABLE;
	data = tcp_fastopen_data(sk, &plan);
	if (data)
		err = tcp_send_syn(sk, syn, data, &plan);
	if (data && !err) {
		tcp_fastopen_data_sent(sk, data);
		return 0;
	}
	if (data) { /* goes when the handshake is over */
		__skb_queue_tail(&tp->write_queue, data);
		tcp_wmem_add(tp, (s32)data->truesize);
	}
	/* There were bytes to send, and they could not be: ask for a cookie, as one who has none.
	 */
	if (!req || req->size)
		plan.len = min(plan.len, (s8)0);
	err = tcp_send_syn(sk, syn, NULL, &plan);
	if (err)
		tp->syn_fastopen = false;
	return err;
}

/* ---- together ---- */

int tcp_connect(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *syn, *queued;
	int err;

	if (!tcp_route(sk))
		return -EHOSTUNREACH;
	tcp_connect_init(sk);
	syn = tcp_make_syn(sk);
	if (!syn)
		return -ENOBUFS;
	tcp_mstamp_refresh(tp);
	tp->retrans_stamp_ms = tcp_time_stamp(tp);
	tcp_connect_queue(sk, syn);
	/* A connect() that would have put its SYN off lacks the cookie, and asks for one. */
	if (tcp_fastopen_request(sk) || tp->fastopen_connect)
		err = tcp_send_syn_data(sk, syn);
	else
		err = tcp_send_syn(sk, syn, NULL, NULL);
	(void)err; /* what could not be sent now, the timer sends */
	queued = tcp_send_head(tp);
	tp->snd_nxt = queued ? TCP_SKB_CB(queued)->seq : tp->write_seq;
	tp->pushed_seq = tp->snd_nxt;
	TCP_INC(ActiveOpens);
	tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, tp->rto_us);
	return 0;
}
