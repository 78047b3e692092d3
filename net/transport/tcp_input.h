/*
 * The receiver: RFC 9293 §3.10.7 in order, a function a step, and what becomes of data.
 *
 *   tcp_parse.c    header and options: the only readers of their bytes
 *   tcp_input.c    tcp_rcv_established (header prediction), tcp_rcv_state_process
 *   tcp_validate.c sequence, RST, SYN, PAWS, challenge ACKs
 *   tcp_data.c     in order, out of order, FIN
 *   tcp_window.c   what we announce; auto-tuning
 *   tcp_delack.c   when we acknowledge
 *   tcp_urg.c      urgent data
 *   tcp_ecn.c      the receiver's half of ECN
 */
#pragma once

#include "net/transport/tcp_sock.h"

/*
 * Checks lengths, and fills @skb's cb. @skb: data at the header, IP's at the network header.
 * NR_DROP_REASONS: good (the checksum is not looked at). Softirq.
 */
enum drop_reason tcp_parse(struct sk_buff *skb);
/* The options of @skb, whose header has been parsed. @estab: only what may come after the SYN. */
void tcp_parse_options(const struct sk_buff *skb, struct tcp_options_received *opt, bool estab);
/* The same for option bytes anywhere (ICMP quotes, tests). Pure. */
void tcp_options_parse(const u8 *opt, u32 len, struct tcp_options_received *res, bool estab);
static inline const struct tcphdr *tcp_hdr(const struct sk_buff *skb)
{
	return (const struct tcphdr *)skb_transport_header(skb);
}

/*
 * A segment for a sock in any state but LISTEN and TIME-WAIT; data at the TCP header, checksum
 * seen to be right. Consumes. Softirq rules.
 */
void tcp_rcv_established(struct sock *sk, struct sk_buff *skb);
void tcp_rcv_state_process(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_validate.c ---- */

/*
 * RFC 9293 §3.10.7.4's first four steps with RFC 5961 and 7323: false: @skb is gone, answered as
 * the RFCs say. tcp_rcv_established and state_process call it. Softirq.
 */
bool tcp_validate_incoming(struct sock *sk, struct sk_buff *skb, struct tcp_options_received *opt);
void tcp_send_challenge_ack(struct sock *sk);
/* Keeps the peer's timestamp if the segment may say so (RFC 7323 §4.3). */
void tcp_replace_ts_recent(struct tcp_sock *tp, u32 seq, const struct tcp_options_received *opt);
bool tcp_paws_reject(u32 ts_recent, u32 ts_recent_stamp_s, const struct tcp_options_received *opt,
		     bool rst);

/* ---- tcp_data.c ---- */

/* @skb's payload (header pulled) into the receive queue or @tp->ooo. Consumes. */
void tcp_data_queue(struct sock *sk, struct sk_buff *skb);
void tcp_fin(struct sock *sk);
/* Sender's FIN or RST, or SHUT_RD: nothing more will come. Frees the out-of-order queue. */
void tcp_ooo_purge(struct tcp_sock *tp);
/* Memory is short: drops what was never acknowledged (out of order), merges small segments. */
bool tcp_prune_queue(struct sock *sk);
/* The data of a SYN (fast open) into the receive queue. */
void tcp_fastopen_add_skb(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_window.c ---- */

/* The window to announce now, bytes, no longer shrinking (RFC 9293 §3.8.6.2.2). Sets rcv_wnd,
 * rcv_wup. The wire's 16 bits: >> rcv_wscale. */
u16 tcp_select_window(struct sock *sk);
u32 __tcp_select_window(struct sock *sk); /* what it would be */
/* The first window, its scale and the clamp, from buffer space (net.ipv4.tcp_rmem[2], SO_RCVBUF).
 */
void tcp_select_initial_window(const struct sock *sk, u32 space, u32 mss, u32 *rcv_wnd,
			       u32 *window_clamp, bool wscale_ok, u8 *rcv_wscale);
/* Payload bytes that @space bytes of buffer stand for, and what is free of them now. */
u32 tcp_win_from_space(u32 space);
u32 tcp_space(const struct sock *sk);
u32 tcp_full_space(const struct sock *sk);
void tcp_init_buffer_space(struct sock *sk); /* once established */
/* Dynamic right-sizing: the task has read (task, locked); data has come (softirq). */
void tcp_rcv_space_adjust(struct sock *sk);
void tcp_grow_window(struct sock *sk, const struct sk_buff *skb);
void tcp_rcv_rtt_measure(struct tcp_sock *tp, const struct sk_buff *skb,
			 const struct tcp_options_received *opt);

/* ---- tcp_delack.c ---- */

void tcp_event_data_recv(struct sock *sk, const struct sk_buff *skb);
/* A segment has been taken: ACK now, later, or not. */
void tcp_ack_snd_check(struct sock *sk);
void tcp_send_delayed_ack(struct sock *sk);
void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks);
void tcp_incr_quickack(struct sock *sk, u32 max_quickacks);
bool tcp_in_quickack_mode(const struct sock *sk);
void tcp_measure_rcv_mss(struct sock *sk, const struct sk_buff *skb);
/* The task has read @copied bytes: is a window update or a delayed ACK due? Task, locked. */
void tcp_cleanup_rbuf(struct sock *sk, u32 copied);
/* An ACK has left with a segment (tcp_transmit_skb). */
void tcp_event_ack_sent(struct sock *sk);
void tcp_delack_timeout(struct sock *sk); /* tcp_timer.c calls it */

/* ---- tcp_urg.c, tcp_ecn.c ---- */

void tcp_urg(struct sock *sk, const struct sk_buff *skb);
void tcp_ecn_check_ce(struct sock *sk, const struct sk_buff *skb);
void tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb);
