/*
 * The sender: what may go now, how it is cut, and how it leaves.
 *
 *   tcp_queue.c      write_queue: appended to, pushed; which size its packets should have
 *   tcp_output.c     tcp_write_xmit: the tests in their order
 *   tcp_xmit.c       headers, options, checksum, down to IP
 *   tcp_options.c    which options a segment carries: the only writer of their bytes
 *   tcp_segment.c    packets in the queues: cut, trim, merge; bursts (TSO)
 *   tcp_retransmit.c
 *   tcp_control.c    FIN, RST, ACK, probes
 *   tcp_connect.c    the SYN, fast open's data with it
 *   tcp_timer.c      the retransmission timer: arming, back-off, giving up; the others' dispatch
 *   tcp_persist.c    window probes; keepalive and what else its timer serves
 *   tcp_tlp.c        tail loss probes
 *   tcp_mtu.c        path MTU, by ICMP (RFC 1191) and by probes (RFC 4821)
 *   tcp_smallqueue.c how much may wait in the card
 *   tcp_pacing.c     when the next packet may go
 *   tcp_limits.c     what it is that one waits for
 *
 * All: sock locked by a task with bh off, or softirq with the sock not owned, unless said
 * otherwise.
 */
#pragma once

#include "net/transport/tcp_sock.h"

/* ---- tcp_output.c, tcp_queue.c ---- */

/*
 * Sends from write_queue what window, congestion window, Nagle, pacing and small queues allow; sets
 * tp->limit. @push_one: 0; 1: one segment whatever the rest; 2: a loss probe. True if nothing is on
 * its way but something waits: the caller arms the probe timer.
 */
bool tcp_write_xmit(struct sock *sk, u32 mss_now, int nonagle, int push_one);
void __tcp_push_pending_frames(struct sock *sk, u32 mss_now, int nonagle);
static inline void tcp_push_pending_frames(struct sock *sk);
void tcp_push_one(struct sock *sk, u32 mss_now);
/* @skb, the head of write_queue, has been sent: it moves to rtx_queue, timers are set. */
void tcp_event_new_data_sent(struct sock *sk, struct sk_buff *skb);
/* Is the window open for the first segment of @skb? */
static inline bool tcp_snd_wnd_test(const struct tcp_sock *tp, const struct sk_buff *skb,
				    u32 cur_mss)
{
	u32 end_seq = TCP_SKB_CB(skb)->end_seq;

	if (skb->len > cur_mss)
		end_seq = TCP_SKB_CB(skb)->seq + cur_mss;
	return !after(end_seq, tcp_wnd_end(tp));
}
/* What is queued must not wait for more: PSH at the end of @skb. */
static inline void tcp_mark_push(struct tcp_sock *tp, struct sk_buff *skb)
{
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
	tp->pushed_seq = tp->write_seq;
}
static inline bool tcp_urg_mode(const struct tcp_sock *tp)
{
	return tp->urg_mode && before(tp->snd_una, tp->snd_up);
}
/* The most payload of one packet to the device now: whole segments, by pacing's rate and the
 * round-trip time. */
u32 tcp_burst_max(const struct sock *sk, u32 mss_now);
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

/* The most payload of one packet to the device: what its fragments hold if sendmsg fills them. */
#define TCP_BURST_MAX (SKB_MAX_LINEAR + (SKB_BURST_FRAGS - 1) * SKB_BUF_SIZE)

/* A segment, or a burst of them, to be sent. */
struct tcp_xmit {
	const struct sk_buff *from; /* its bytes go along; NULL: none */
	u32 seq, end_seq;
	u16 pcount, mss;
	u8 flags;
	s8 fastopen_len; /* of a SYN: bytes of the cookie, 0: a request for one; -1: neither */
	bool fastopen_exp;
	const u8 *fastopen_cookie;
};
/* Sends it. Errors as tcp_transmit_skb. */
int tcp_xmit_segment(struct sock *sk, const struct tcp_xmit *x);
/* struct proto's tx_refused. */
void tcp_tx_refused(struct sock *sk, const struct sk_buff *skb);
/* A segment without data. */
int tcp_xmit_bare(struct sock *sk, u32 seq, u8 flags);
/* The way to the peer: sk->dst_cache, found anew where routing has changed. NULL: none (err_soft).
 */
struct dst_entry *tcp_route(struct sock *sk);

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
	u8 accecn;		 /* RFC 9768 §3.2.3: 1 and the counters that it has; 0: none */
	const u32 *accecn_bytes; /* as in struct tcp_accecn */
};
/* @opt's fastopen fields are the caller's, and are taken out if there is no room. */
/* @synack: of a simultaneous open. */
u32 tcp_syn_options(struct sock *sk, bool synack, struct tcp_out_options *opt);
u32 tcp_synack_options(const struct sock *listener, const void *request_sock, u32 mss,
		       struct tcp_out_options *opt);
u32 tcp_established_options(const struct sock *sk, struct tcp_out_options *opt);
/* Writes them at @p in Linux's order; returns their length. Pure. */
u32 tcp_options_write(u8 *p, const struct tcp_out_options *opt);

/* ---- tcp_segment.c ---- */

/* A packet of rtx_queue counts for @decr segments less: so do all sums that it is in. */
void tcp_adjust_pcount(struct sock *sk, const struct sk_buff *skb, int decr);
void tcp_set_skb_tso_segs(struct sk_buff *skb, u32 mss_now); /* pcount and mss */
/* Cuts @skb of @q after @len bytes, the rest becomes the next. -ENOMEM. */
int tcp_fragment(struct sock *sk, struct sk_buff_head *q, struct sk_buff *skb, u32 len,
		 u32 mss_now);
/* The first @len bytes of a packet of rtx_queue are acknowledged. -ENOMEM. */
int tcp_trim_head(struct sock *sk, struct sk_buff *skb, u32 len);
/*
 * Takes in what follows @skb in rtx_queue, as long as the whole stays within @space bytes: so that
 * many small segments are sent again as one.
 */
void tcp_retrans_try_collapse(struct sock *sk, struct sk_buff *skb, u32 space);
/* Off rtx_queue, with its accounting and hints, and freed. */
void tcp_rtx_queue_unlink_and_free(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_retransmit.c ---- */

/* Sends up to @segs segments of @skb (rtx_queue) again. 0, -EAGAIN, -ENOBUFS … */
int tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs);
/* The same for a loss probe: not counted among what is on its way again. */
int __tcp_retransmit_skb(struct sock *sk, struct sk_buff *skb, u32 segs);
/* All that is marked lost, as the congestion window allows (recovery.c decides when). */
void tcp_xmit_retransmit_queue(struct sock *sk);

/* ---- tcp_control.c ---- */

void tcp_send_fin(struct sock *sk);
void tcp_send_ack(struct sock *sk);
/* RST of our own; the connection is about to end. */
void tcp_send_active_reset(struct sock *sk);
int tcp_send_synack(struct sock *sk); /* simultaneous open */

/* ---- tcp_connect.c ---- */

int tcp_connect(struct sock *sk); /* the SYN, with data if fast open. Task, locked, bh off */

/* ---- tcp_persist.c, tcp_tlp.c ---- */

/*
 * What fits into a window that is too small for Nagle and silly-window avoidance, or a segment that
 * draws an answer. 0, or why nothing was sent.
 */
int tcp_write_wakeup(struct sock *sk, bool keepalive);
void tcp_send_probe0(struct sock *sk);
void tcp_probe_timer(struct sock *sk);
u32 tcp_probe0_base_us(const struct tcp_sock *tp);
/* Until the next probe, us: with back-off and TCP_USER_TIMEOUT. */
u32 tcp_probe0_when_us(const struct tcp_sock *tp);
/* SO_KEEPALIVE's timer; it also ends FIN_WAIT2 of orphans. */
void tcp_keepalive_timer(struct sock *sk);
void tcp_send_loss_probe(struct sock *sk); /* RFC 8985 §7.3 */
/* The PTO in place of the RTO, where RFC 8985 §7.2 wants one. False: no. */
bool tcp_schedule_loss_probe(struct sock *sk, bool advancing_rto);

/* ---- tcp_alarm.c: the timers' timer ---- */

/* @at_ns on ktime_ns()'s clock. Replaces an earlier setting. */
void tcp_alarm_set(struct tcp_sock *tp, enum tcp_alarm which, u64 at_ns);
static inline void tcp_alarm_clear(struct tcp_sock *tp, enum tcp_alarm which)
{
	tp->alarms[which] = 0;
}
static inline bool tcp_alarm_is_set(const struct tcp_sock *tp, enum tcp_alarm which)
{
	return tp->alarms[which];
}
u64 tcp_alarm_ns(const struct tcp_sock *tp, enum tcp_alarm which); /* 0: not set */
void tcp_alarms_init(struct tcp_sock *tp);
void tcp_alarms_stop(struct tcp_sock *tp);

/* ---- tcp_timer.c ---- */

/* What the alarms call. Softirq; a task may have the sock. */
void tcp_write_timer(struct sock *sk);
void tcp_delack_timer(struct sock *sk);

void tcp_init_xmit_timers(struct sock *sk);
void tcp_clear_xmit_timers(struct sock *sk);
/*
 * @in_us after tp->mstamp_ns (which is to be fresh), bounded by TCP_RTO_MAX_US. One purpose
 * replaces the other. Cheap: the timer itself moves only when it would come too late.
 */
void tcp_reset_xmit_timer(struct sock *sk, enum tcp_xmit_timer what, u32 in_us);
void tcp_clear_xmit_timer(struct sock *sk);
/* The RTO, measured from the head of rtx_queue (RFC 6298 §5, RFC 8985): arm it anew. */
void tcp_rearm_rto(struct sock *sk);
/* Until the RTO of what was sent first, us; <= 0: it is over. */
s64 tcp_rto_delta_us(const struct sock *sk);
/* Nothing is on its way, the window is shut: probe (RFC 9293 §3.8.6.1). */
void tcp_check_probe_timer(struct sock *sk);
void tcp_reset_keepalive_timer(struct sock *sk, u64 in_ns);
void tcp_set_keepalive(struct sock *sk, bool on); /* SO_KEEPALIVE */
/* An orphan's retries when @alive (its RTO is not at the limit yet). */
u32 tcp_orphan_retries(const struct sock *sk, bool alive);
/* An orphan under memory pressure, or one of too many: ends it (RST if @do_reset). True: it did. */
bool tcp_out_of_resources(struct sock *sk, bool do_reset);
/* Deferred to release_cb when a task had the sock. */
void tcp_write_timer_handler(struct sock *sk);
void tcp_delack_timer_handler(struct sock *sk);

/* ---- tcp_smallqueue.c ---- */

/* True: enough of @sk's waits in the card. @factor: 1 allows twice as much (retransmissions). */
bool tcp_small_queue_check(struct sock *sk, const struct sk_buff *skb, u32 factor);
/* destructor of what tcp_xmit.c sends. */
void tcp_wfree(struct sk_buff *skb);
/* The card has room again or pacing's time has come: goes on sending. Softirq rules. */
void tcp_write_resume(struct sock *sk);
void tcp_smallqueue_init(void); /* the softirq. Boot only */

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

/* ---- tcp_pacing.c ---- */

static inline bool tcp_needs_pacing(const struct tcp_sock *tp)
{
	return tp->pacing || tp->max_pacing_rate != ~0ULL;
}
/* True: the next packet must not go yet; the timer is set. */
bool tcp_pacing_check(struct sock *sk);
/* @len bytes have left: when may the next go? */
void tcp_pacing_sent(struct tcp_sock *tp, u32 len);
void tcp_pacing_timer(struct sock *sk);
/* After an ACK: what the congestion window and the round-trip time come to, for who has no model of
 * his own. */
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
