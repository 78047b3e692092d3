/*
 * What the receiver's files (tcp_input.h) share and nobody else needs.
 */
#pragma once

#include "net/transport/tcp_input.h"
#include "net/transport/tcp_ooo.h"

/* ---- tcp_synsent.c ---- */

void tcp_rcv_synsent(struct sock *sk, struct sk_buff *skb); /* Consumes. */
/* The SYN was repeated for nothing: its first copy is what is acknowledged (RFC 3522). */
void tcp_try_undo_spurious_syn(struct tcp_sock *tp, const struct tcp_options_received *opt);

/* ---- tcp_validate.c ---- */

/*
 * RFC 9293 §3.10.7.4's first four steps with RFC 5961 and 7323. False: @skb is gone, answered as
 * the RFCs say.
 */
bool tcp_validate_incoming(struct sock *sk, struct sk_buff *skb,
			   const struct tcp_options_received *opt);
void tcp_store_ts_recent(struct tcp_sock *tp, u32 tsval);

/* ---- tcp_data.c ---- */

/* Text and FIN of @skb, whose header is not yet pulled, to where they belong. Consumes. */
void tcp_data_queue(struct sock *sk, struct sk_buff *skb);
/*
 * @skb (header pulled) is next: rcv_nxt, receive queue. True: its bytes have been copied to the one
 * before it, the caller ends it.
 */
bool tcp_queue_rcv(struct sock *sk, struct sk_buff *skb);
void tcp_fin(struct sock *sk);	      /* rcv_nxt is behind it */
void tcp_data_ready(struct sock *sk); /* tells the task, once for a segment */

/* ---- tcp_ooo.c, tcp_ooo_sack.c ---- */

/* @skb (header pulled) begins behind rcv_nxt, in the window. Consumes. */
void tcp_data_queue_ofo(struct sock *sk, struct sk_buff *skb);
/* rcv_nxt has moved: what is next now goes to the receive queue. */
void tcp_ooo_to_receive(struct sock *sk);
/* These bytes came twice (RFC 2883); more of them. */
void tcp_dsack_set(struct sock *sk, u32 start, u32 end);
void tcp_dsack_extend(struct sock *sk, u32 start, u32 end);

/* ---- tcp_collapse.c ---- */

/* Copies @from, small and right behind @to, to the end of @to. False: not done. */
bool tcp_try_coalesce(struct sk_buff *to, const struct sk_buff *from);
/* Is there memory for @skb, or can it be made? */
bool tcp_rmem_make_room(struct sock *sk, const struct sk_buff *skb);

/* ---- tcp_window.c, tcp_rcvbuf.c ---- */

void tcp_adjust_rcv_ssthresh(struct tcp_sock *tp); /* memory is short for all */
void tcp_clamp_window(struct sock *sk);		   /* and for this sock */
/* @skb has come: may the window grow? */
void tcp_grow_window(struct sock *sk, const struct sk_buff *skb);
void tcp_rcv_rtt_measure_window(struct tcp_sock *tp);
void tcp_rcv_rtt_measure_ts(struct tcp_sock *tp, const struct sk_buff *skb,
			    const struct tcp_options_received *opt);

/* ---- tcp_delack.c ---- */

/* @skb (header pulled) has brought data: an ACK is due; what is learnt of the sender. */
/* What @skb, without its header, tells of the sender's segments. Bh off. */
void tcp_measure_rcv_mss(struct sock *sk, const struct sk_buff *skb);
void tcp_event_data_recv(struct sock *sk, const struct sk_buff *skb);
/* A segment has been taken: ACK now, later, or not. */
void tcp_ack_snd_check(struct sock *sk);
/* The ACK that is held back for more segments out of order, if there is one. */
void tcp_flush_compressed_acks(struct sock *sk);
/* The handshake's ACK: with the first data, 200 ms at most. */
void tcp_delay_ack_longest(struct tcp_sock *tp);

static inline bool tcp_in_pingpong(const struct tcp_sock *tp)
{
	return tp->pingpong >= TCP_PINGPONG_THRESH;
}
static inline void tcp_enter_pingpong(struct tcp_sock *tp)
{
	tp->pingpong = TCP_PINGPONG_THRESH;
}
static inline void tcp_exit_pingpong(struct tcp_sock *tp)
{
	tp->pingpong = 0;
}

/* ---- tcp_urg.c, tcp_ecn.c ---- */

void tcp_urg(struct sock *sk, const struct sk_buff *skb); /* header not yet pulled */
void tcp_ecn_check_ce(struct sock *sk, const struct sk_buff *skb);
