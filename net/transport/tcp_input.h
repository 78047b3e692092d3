/*
 * The receiver: RFC 9293 §3.10.7 in order, a function a step, and what becomes of data.
 *
 *   tcp_parse.c    header and options: the only readers of their bytes
 *   tcp_input.c    tcp_rcv_established (header prediction), tcp_rcv_state_process
 *   tcp_synsent.c  the steps of SYN-SENT
 *   tcp_validate.c sequence, RST, SYN, PAWS, challenge ACKs
 *   tcp_data.c     in order, FIN
 *   tcp_ooo.c      out of order; tcp_ooo_set.c: the ordered set; tcp_ooo_sack.c: SACK, D-SACK
 *   tcp_collapse.c when memory is short
 *   tcp_window.c   what we announce; tcp_rcvbuf.c: auto-tuning
 *   tcp_delack.c   when we acknowledge
 *   tcp_urg.c      urgent data
 *   tcp_ecn.c      the receiver's half of classic ECN; accurate ECN: tcp_accecn.h
 *
 * Between these files: tcp_input_private.h. All: sock locked by a task with bh off, or softirq with
 * the sock not owned.
 */
#pragma once

#include "net/transport/tcp_sock.h"

void tcp_input_init(void); /* memory for holes. Boot only */

/* ---- tcp_parse.c ---- */

/*
 * Checks lengths, and fills @skb's cb. @skb: data at the header, IP's at the network header.
 * NR_DROP_REASONS: good (the checksum is not looked at). Softirq.
 */
enum drop_reason tcp_parse(struct sk_buff *skb);
/*
 * The options of @skb, whose header has been parsed. @estab: only what may come after the SYN. In a
 * SYN those that net.ipv4.tcp_{timestamps,window_scaling,sack} turn off are as if not there.
 */
void tcp_parse_options(const struct sk_buff *skb, struct tcp_options_received *opt, bool estab);
bool tcp_has_md5(const struct sk_buff *skb); /* it is signed, RFC 2385 */
/* The same for option bytes anywhere (ICMP quotes, tests); no sysctls. Pure. */
void tcp_options_parse(const u8 *opt, u32 len, struct tcp_options_received *res, bool estab);
static inline const struct tcphdr *tcp_hdr(const struct sk_buff *skb)
{
	return (const struct tcphdr *)skb_transport_header(skb);
}

/* ---- tcp_input.c ---- */

/*
 * A segment for a sock in any state but LISTEN and TIME-WAIT; data at the TCP header, checksum
 * seen to be right. The caller holds a reference to @sk, for it may end here. Consumes.
 */
void tcp_rcv_established(struct sock *sk, struct sk_buff *skb);
void tcp_rcv_state_process(struct sock *sk, struct sk_buff *skb);
/* The handshake is over: path MTU, metrics, congestion control, buffers begin. */
void tcp_init_transfer(struct sock *sk);

/* ---- tcp_validate.c ---- */

/* An ACK that says where we stand (RFC 5961 §7: limited for the sock and the host). */
void tcp_send_challenge_ack(struct sock *sk);
/* Keeps the peer's timestamp if the segment may say so (RFC 7323 §4.3). True: it is later. */
bool tcp_replace_ts_recent(struct tcp_sock *tp, u32 seq, const struct tcp_options_received *opt);
/* RFC 7323 §5.3, for segments without a sock. */
bool tcp_paws_reject(u32 ts_recent, u32 ts_recent_stamp_s, const struct tcp_options_received *opt,
		     bool rst);

/* ---- tcp_data.c, tcp_ooo.c ---- */

/* Frees the out-of-order queue: nothing more will come. */
void tcp_ooo_purge(struct tcp_sock *tp);
/* The data of a SYN or SYN-ACK (fast open) into the receive queue. @skb: header not pulled. Borrows
 * it. */
void tcp_fastopen_add_skb(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_window.c ---- */

/*
 * The window to announce now: bytes, never less than before (RFC 9293 §3.8.6.2.2), and as the wire
 * has it: 16 bits, >> rcv_wscale. Sets rcv_wnd, rcv_wup.
 */
u16 tcp_select_window(struct sock *sk);
u32 __tcp_select_window(struct sock *sk); /* what it would be */
/*
 * The first window, its scale and the clamp, from buffer space (tcp_full_space, for a connection
 * that is not yet a sock the listener's). *@window_clamp: 0: none. With @wscale_ok the scale is for
 * net.ipv4.tcp_rmem[2].
 */
void tcp_select_initial_window(const struct sock *sk, u32 space, u32 mss, u32 *rcv_wnd,
			       u32 *window_clamp, bool wscale_ok, u8 *rcv_wscale);
/* Payload bytes that @space bytes of buffer stand for, and what is free of them now. */
u32 tcp_win_from_space(const struct tcp_sock *tp, u32 space);
u32 tcp_space_from_win(const struct tcp_sock *tp, u32 win);
/* What is taken for it before the first segment has come: net.ipv4.tcp_adv_win_scale. */
u8 tcp_first_scaling_ratio(void);
/* @skb is of another size than those before: how much of its buffers is data? Bh off. */
void tcp_measure_scaling_ratio(struct sock *sk, const struct sk_buff *skb);
u32 tcp_space(const struct sock *sk);
u32 tcp_full_space(const struct sock *sk);

/* ---- tcp_rcvbuf.c ---- */

void tcp_init_buffer_space(struct sock *sk); /* once established */
/* Dynamic right-sizing: the task has read. Task, locked, bh off. */
void tcp_rcv_space_adjust(struct sock *sk);
/* The buffer for @copied bytes read in a round trip, and for what waits behind a hole. Locked. */
void tcp_rcvbuf_grow(struct sock *sk, u32 copied);

/* ---- tcp_delack.c ---- */

/* The next @max_quickacks segments at most are acknowledged at once. */
void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks);
/* The task has read @copied bytes: is a window update or a delayed ACK due? Task, locked, bh off.
 */
void tcp_cleanup_rbuf(struct sock *sk, u32 copied);
/* An ACK has left with a segment (tcp_transmit_skb). */
void tcp_event_ack_sent(struct sock *sk);
void tcp_delack_timeout(struct sock *sk); /* tcp_timer.c calls it */

/* ---- tcp_ecn.c ---- */

/* CWR: the sender has heard our ECE. */
void tcp_ecn_accept_cwr(struct sock *sk, const struct sk_buff *skb);
