/*
 * What an ACK tells the sender, and what it does when segments are lost.
 *
 *   tcp_ack.c       tcp_ack: the steps of RFC 9293 §3.10.7.4's fifth, in order
 *   tcp_clean.c     what is acknowledged leaves rtx_queue
 *   tcp_rtt.c       RFC 6298, windowed minimum
 *   tcp_sack.c      the scoreboard: RFC 2018, 2883, 6675
 *   tcp_sack_join.c SACKed packets that follow each other become one
 *   tcp_rack.c      RFC 8985: what is lost, by time; reordering window
 *   tcp_recovery.c  CA states: fast retransmit, partial ACKs (RFC 6582), CWR
 *   tcp_prr.c       cwnd while it goes down (RFC 6937), after a pause, when it is not used
 *   tcp_undo.c      spurious recovery: Eifel (RFC 3522/4015), D-SACK
 *   tcp_loss.c      RTO: everything lost; F-RTO (RFC 5682); leaving TCP_CA_Loss
 *   tcp_dupack.c    without SACK: duplicate ACKs, NewReno (RFC 6582)
 *
 * tcp_rate.c makes the delivery rate samples. Between these files: tcp_ack_private.h.
 *
 * All: sock locked by a task with bh off, or softirq with the sock not owned.
 */
#pragma once

#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_sock.h"

/* What a caller of tcp_ack may say beforehand. */
#define FLAG_SLOWPATH 0x100	     /* header prediction failed: look at window, SACK, ECE */
#define FLAG_UPDATE_TS_RECENT 0x4000 /* its timestamp is to be kept if it is in the window */
#define FLAG_NO_CHALLENGE_ACK 0x8000 /* the caller answers what is not acceptable */

/*
 * The ACK of @skb (RFC 9293 §3.10.7.4 fifth, RFC 5961 §5); @opt: its options, with rcv_tsecr on our
 * clock (without tp->tsoffset; 0: none). 1: acceptable. 0: old, but may come with new data. -1: too
 * old (a challenge ACK is sent unless the caller does it) or for what was never sent: the caller
 * drops the segment. tp->mstamp_ns is now. What may be sent then is sent by the caller's
 * tcp_data_snd_check; retransmissions are on their way already. Borrows.
 */
int tcp_ack(struct sock *sk, const struct sk_buff *skb, const struct tcp_options_received *opt,
	    u32 flag);

void tcp_ack_init(void); /* memory for scoreboards. Boot only */

/* What a connection's sender begins with: empty queues, RTO, windows, hints. */
void tcp_init_sender(struct sock *sk);

/* ---- tcp_rtt.c ---- */

void tcp_rtt_estimator(struct sock *sk, u32 mrtt_us);
void tcp_set_rto(struct tcp_sock *tp);
void tcp_update_rtt_min(struct tcp_sock *tp, u32 rtt_us);
/* The handshake's round trip as the first sample, unless its segment was sent twice. */
void tcp_synack_rtt_meas(struct sock *sk, u32 rtt_us);
/* The same by the timestamp that its answer echoes, as it is on the wire. */
void tcp_synack_rtt_echoed(struct sock *sk, u32 tsecr);
/* The RTO as it is now, doubled by tp->backoff (RFC 6298 §5.5), at most TCP_RTO_MAX_US. */
u32 tcp_rto_backoff_us(const struct tcp_sock *tp);

/* ---- what the sending side tells and asks ---- */

/*
 * @skb of rtx_queue, all of its @segs segments, has been sent again, or it was tried (not @sent):
 * TCPCB_RETRANS, retrans_out, retrans_stamp_ms, undo_retrans. For tcp_retransmit_skb, which sets
 * none of these itself.
 */
void tcp_retrans_started(struct tcp_sock *tp, struct sk_buff *skb, u32 segs, bool sent);
/*
 * @skb is lost: flags, lost_out, retrans_out, hint; counts. It leaves tsorted_sent (its node is an
 * empty list then) until it is sent again.
 */
void tcp_mark_skb_lost(struct sock *sk, struct sk_buff *skb);
void tcp_rack_reo_timeout(struct sock *sk); /* TCP_TIME_REO_TIMEOUT has fired */
void tcp_enter_loss(struct sock *sk);	    /* TCP_TIME_RETRANS has fired; before retransmits++ */
void tcp_enter_cwr(struct sock *sk); /* local congestion or ECN: cwnd goes down over a round */
void tcp_simple_retransmit(struct sock *sk); /* the MTU has shrunk, mss_cache with it */
/* SACK's memory of a connection that ends or forgets its queues. */
void tcp_sack_forget(struct tcp_sock *tp);

static inline bool tcp_is_sack(const struct tcp_sock *tp)
{
	return tp->sack_ok;
}
/* Does PRR set cwnd now? Then what is sent counts in prr_out. */
static inline bool tcp_in_cwnd_reduction(const struct tcp_sock *tp)
{
	return tp->ca_state == TCP_CA_CWR || tp->ca_state == TCP_CA_Recovery;
}
/* ssthresh as it would be without a pause or a loss now (RFC 7661 §4.3). */
u32 tcp_current_ssthresh(const struct tcp_sock *tp);
void tcp_set_ca_state(struct sock *sk, u8 state);

/* Idle restart (RFC 2861): @idle_us since the last data. */
void tcp_cwnd_restart(struct sock *sk, u32 idle_us);
/* The same, if tcp_slow_start_after_idle and the pause so will it: before new data is queued. */
void tcp_slow_start_after_idle_check(struct sock *sk);
/* After an attempt to send (RFC 7661 §4.2): was cwnd the limit? */
void tcp_cwnd_validate(struct sock *sk, bool is_cwnd_limited);

/*
 * For tests: counts the flags in rtx_queue and looks at hints and lists. NULL: all as it must be;
 * else what is wrong. Walks the queue.
 */
const char *tcp_rtx_check(const struct tcp_sock *tp);
