/*
 * The sender: what may go now, how it is cut, and how it leaves.
 *
 *   tcp_output.c     tcp_write_xmit: the tests in their order; tcp_push
 *   tcp_xmit.c       headers, options, checksum, down to IP
 *   tcp_options.c    which options a segment carries: the only writer of their bytes
 *   tcp_segment.c    packets in the queues: cut, trim, merge; bursts (TSO)
 *   tcp_retransmit.c
 *   tcp_control.c    SYN, FIN, RST, ACK, probes
 *   tcp_timer.c      all timers
 *   tcp_mtu.c        path MTU, by ICMP (RFC 1191) and by probes (RFC 4821)
 *   tcp_smallqueue.c how much may wait in the card
 *
 * All: sock locked by a task with bh off, or softirq with the sock not owned, unless said
 * otherwise.
 */
#pragma once

#include "net/transport/tcp_sock.h"

/* ---- tcp_output.c ---- */

/*
 * Sends from write_queue what window, congestion window, Nagle, pacing and small queues allow; sets
 * tp->limit. @push_one: 0; 1: one segment whatever the rest; 2: a loss probe. True if nothing is on
 * its way but something waits: the caller arms the probe timer.
 */
bool tcp_write_xmit(struct sock *sk, u32 mss_now, int nonagle, int push_one);
void __tcp_push_pending_frames(struct sock *sk, u32 mss_now, int nonagle);
static inline void tcp_push_pending_frames(struct sock *sk);
void tcp_push_one(struct sock *sk, u32 mss_now);
/* For sendmsg: marks PSH on the tail where due and sends. */
void tcp_push(struct sock *sk, int flags, u32 mss_now, int nonagle, u32 size_goal);
/* After an ACK: new data if it may go. Also checks SO_SNDBUF's growth and wakes writers. */
void tcp_data_snd_check(struct sock *sk);
/* The MSS now, after routing and options; *@size_goal: bytes a packet in the queue should have. */
u32 tcp_current_mss(struct sock *sk);
u32 tcp_send_mss(struct sock *sk, u32 *size_goal, int flags);
/* Appends @skb (empty, fresh: tcp_stream_alloc_skb) to write_queue. */
void tcp_queue_skb(struct sock *sk, struct sk_buff *skb);
/* A packet for write_queue: no bytes, cb set up. NULL: no memory (counted). */
struct sk_buff *tcp_stream_alloc_skb(struct sock *sk);
/* Forgets all that is queued and on its way. */
void tcp_write_queue_purge(struct sock *sk);

/* ---- tcp_xmit.c ---- */

/*
 * Sends a copy (references to its bytes) of @skb with headers; @skb stays the queue's. 0, -ENOBUFS
 * (no buffer; try again later), -EHOSTUNREACH …
 */
int tcp_transmit_skb(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_options.c: a segment's options; each returns bytes, a multiple of 4 ---- */

struct tcp_out_options {
	u16 mss; /* 0: none */
	u8 wscale, num_sacks;
	bool has_wscale, sack_ok, tstamp, dsack;
	u32 tsval, tsecr;
	const struct tcp_sack_block *sacks;
	struct tcp_sack_block dsack_block;
	const u8 *fastopen_cookie;
	s8 fastopen_len; /* -1: none */
	bool fastopen_exp;
};
u32 tcp_syn_options(struct sock *sk, struct tcp_out_options *opt);
u32 tcp_synack_options(const struct sock *listener, const void *request_sock, u32 mss,
		       struct tcp_out_options *opt);
u32 tcp_established_options(struct sock *sk, struct tcp_out_options *opt);
/* Writes them at @p in Linux's order; returns their length. Pure. */
u32 tcp_options_write(u8 *p, const struct tcp_out_options *opt);

/* ---- tcp_segment.c ---- */

void tcp_set_skb_tso_segs(struct sk_buff *skb, u32 mss_now); /* pcount and mss */
/* Cuts @skb of @q after @len bytes, the rest becomes the next. -ENOMEM. */
int tcp_fragment(struct sock *sk, struct sk_buff_head *q, struct sk_buff *skb, u32 len,
		 u32 mss_now);
/* The first @len bytes of a packet of rtx_queue are acknowledged. -ENOMEM. */
int tcp_trim_head(struct sock *sk, struct sk_buff *skb, u32 len);
/* Off a queue, with its accounting and hints, and freed. */
void tcp_rtx_queue_unlink_and_free(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_retransmit.c ---- */

/* Sends up to @segs segments of @skb (rtx_queue) again. 0, -EAGAIN, -ENOBUFS … */
int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs);
/* All that is marked lost, as the congestion window allows (recovery.c decides when). */
void tcp_xmit_retransmit_queue(struct sock *sk);

/* ---- tcp_control.c ---- */

int tcp_connect(struct sock *sk); /* the SYN, with data if fast open. Task, locked, bh off */
void tcp_send_fin(struct sock *sk);
void tcp_send_ack(struct sock *sk);
/* RST of our own; the connection is about to end. */
void tcp_send_active_reset(struct sock *sk);
int tcp_send_synack(struct sock *sk); /* simultaneous open */
/* A segment that draws an answer: keepalive and window probes (@urgent: at snd_up). */
int tcp_xmit_probe_skb(struct sock *sk, bool urgent);
int tcp_write_wakeup(struct sock *sk);
void tcp_send_probe0(struct sock *sk);
void tcp_send_loss_probe(struct sock *sk); /* RFC 8985 §7.3 */

/* ---- tcp_timer.c ---- */

void tcp_init_xmit_timers(struct sock *sk);
void tcp_clear_xmit_timers(struct sock *sk);
/* @in_us from now, bounded by TCP_RTO_MAX_US. One purpose replaces the other. */
void tcp_reset_xmit_timer(struct sock *sk, enum tcp_xmit_timer what, u32 in_us);
void tcp_clear_xmit_timer(struct sock *sk);
/* The RTO, measured from the head of rtx_queue (RFC 6298 §5, RFC 8985): arm it anew. */
void tcp_rearm_rto(struct sock *sk);
/* Nothing is on its way, the window is shut: probe (RFC 9293 §3.8.6.1). */
void tcp_check_probe_timer(struct sock *sk);
bool tcp_schedule_loss_probe(struct sock *sk, bool advancing_rto);
void tcp_reset_keepalive_timer(struct sock *sk, u64 in_ns);
void tcp_set_keepalive(struct sock *sk, bool on); /* SO_KEEPALIVE */
void tcp_syn_ack_timeout(const struct tcp_sock *tp);
/* Deferred to release_cb when a task had the sock. */
void tcp_write_timer_handler(struct sock *sk);
void tcp_delack_timer_handler(struct sock *sk);

/* ---- tcp_mtu.c ---- */

/* The path takes @pmtu bytes: mss_cache. Returns it. */
u32 tcp_sync_mss(struct sock *sk, u32 pmtu);
u32 tcp_mtu_to_mss(struct sock *sk, u32 pmtu);
u32 tcp_mss_to_mtu(struct sock *sk, u32 mss);
void tcp_initialize_rcv_mss(struct sock *sk);
void tcp_mtup_init(struct sock *sk);
/* 0: no probe now; 1: sent; -1: wait. */
int tcp_mtu_probe(struct sock *sk);
void tcp_mtup_probe_success(struct sock *sk);
void tcp_mtup_probe_failed(struct sock *sk);
void tcp_mtu_probing_timeout(struct sock *sk); /* RFC 4821 §7.7: a black hole? */
/* ICMP "fragmentation needed" for @mtu, checked to be about something on its way. */
void tcp_v4_mtu_reduced(struct sock *sk, u32 mtu);

/* ---- pacing: the earliest time of the next packet, and the timer for it ---- */
bool tcp_pacing_check(struct sock *sk);
void tcp_update_pacing_rate(struct sock *sk);

/* ---- limits: tcp_limits.c ---- */
void tcp_chrono_start(struct sock *sk, enum tcp_chrono type);
void tcp_chrono_stop(struct sock *sk, enum tcp_chrono type);
const char *tcp_limit_name(enum tcp_limit limit); /* "cwnd" */

static inline void tcp_push_pending_frames(struct sock *sk)
{
	if (tcp_send_head(tcp_sk(sk)))
		__tcp_push_pending_frames(sk, tcp_current_mss(sk), tcp_sk(sk)->nonagle);
}
