/*
 * Between the files that work on an ACK: what is known of it while tcp_ack goes through its steps,
 * and what each file does for the others. Context as in tcp_ack.h.
 */
#pragma once

#include "net/transport/tcp_ack.h"

/* What the ACK in hand was good for, beside the callers' flags in tcp_ack.h. */
#define FLAG_DATA 0x01
#define FLAG_WIN_UPDATE 0x02
#define FLAG_DATA_ACKED 0x04
#define FLAG_RETRANS_DATA_ACKED 0x08
#define FLAG_SYN_ACKED 0x10
#define FLAG_DATA_SACKED 0x20
#define FLAG_ECE 0x40
#define FLAG_LOST_RETRANS 0x80	   /* a retransmission was found to be lost */
#define FLAG_ORIG_SACK_ACKED 0x200 /* never-retransmitted data below high_seq (F-RTO) */
#define FLAG_SND_UNA_ADVANCED 0x400
#define FLAG_DSACKING_ACK 0x800
#define FLAG_SET_XMIT_TIMER 0x1000 /* the timer is to be armed anew */
#define FLAG_SACK_RENEGING 0x2000  /* the head is SACKed, but was not acknowledged */
#define FLAG_ACK_MAYBE_DELAYED 0x10000
#define FLAG_TS_PROGRESS 0x40000 /* it has a later timestamp than all before it */
#define FLAG_DSACK_TLP 0x20000	 /* the loss probe arrived twice */
#define FLAG_ACKED (FLAG_DATA_ACKED | FLAG_SYN_ACKED)
#define FLAG_NOT_DUP (FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED)
#define FLAG_CA_ALERT (FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK)
#define FLAG_FORWARD_PROGRESS (FLAG_ACKED | FLAG_DATA_SACKED)

/* What is to be sent at the end, once cwnd is known. */
enum tcp_rexmit { REXMIT_NONE, REXMIT_LOST, REXMIT_NEW /* F-RTO wants new data first */ };

struct tcp_ack_state {
	const struct sk_buff *skb;
	const struct tcp_options_received *opt;
	u32 seq, ack;
	u32 flag;
	u32 prior_snd_una, prior_fack;
	u32 num_dupack;
	enum tcp_rexmit rexmit;
	/* from the SACK blocks */
	u64 first_sack_ns, last_sack_ns;  /* sending times of what is newly SACKed; 0: none */
	u32 reord;			  /* lowest sequence found to be reordered; snd_nxt: none */
	u32 sack_delivered;		  /* segments */
	u32 sacked_bytes, unsacked_bytes; /* newly SACKed; SACKed before, and acknowledged now */
	struct rate_sample rs;
};

#define TCP_RACK_PERSIST 16 /* recoveries that a wider reordering window lasts (RFC 8985 §6.2) */

/* ---- sums ---- */

/* End of the highest segment known to have arrived. */
static inline u32 tcp_fack(const struct tcp_sock *tp)
{
	return tp->sack_ok && tp->sacked_out ? tp->highest_sack : tp->snd_una;
}
static inline bool tcp_is_rack(void)
{
	return sysctl_tcp_recovery & 1;
}
static inline void tcp_count_delivered(struct tcp_sock *tp, u32 segs, bool ece)
{
	tp->delivered += segs;
	/* Accurate ECN counts for itself. */
	if (ece && !(tp->ecn_flags & TCP_ECN_ACCECN))
		tp->delivered_ce += segs;
}
/* Did this ACK's sender have nothing newer than @when_ms (our timestamps) when it answered? */
static inline bool tcp_tsecr_before(const struct tcp_options_received *opt, u32 when_ms)
{
	return opt->saw_tstamp && opt->rcv_tsecr && before(opt->rcv_tsecr, when_ms);
}
static inline u32 tcp_age_us(const struct tcp_sock *tp, u64 xmit_ns)
{
	return tp->mstamp_ns > xmit_ns ? tcp_us(tp->mstamp_ns - xmit_ns) : 0;
}
static inline void tcp_ecn_queue_cwr(struct tcp_sock *tp)
{
	if (tp->ecn_flags & TCP_ECN_OK)
		tp->ecn_flags |= TCP_ECN_QUEUE_CWR;
}
static inline void tcp_clear_retrans_hints(struct tcp_sock *tp)
{
	tp->retransmit_skb_hint = NULL;
}
/* Panics if the counts cannot be: our bug. */
static inline void tcp_verify_left_out(const struct tcp_sock *tp)
{
	BUG_ON(tcp_left_out(tp) > tp->packets_out);
}

/* ---- tcp_clean.c ---- */

/* What @st acknowledges leaves rtx_queue; RTT is taken, tcp_congestion_ops told. */
void tcp_clean_rtx_queue(struct sock *sk, struct tcp_ack_state *st);

/* ---- tcp_rtt.c ---- */

/* One ACK's samples, us; -1: none. False: nothing was learnt. */
bool tcp_ack_update_rtt(struct sock *sk, struct tcp_ack_state *st, s64 seq_rtt_us, s64 sack_rtt_us,
			s64 ca_rtt_us);

/* ---- tcp_sack.c ---- */

/* The blocks of @st onto rtx_queue. What lies is counted and ignored. */
void tcp_sacktag_write_queue(struct sock *sk, struct tcp_ack_state *st);
void tcp_sack_arrived(struct tcp_sock *tp, struct tcp_ack_state *st, const struct tcp_skb_cb *run);
/* Data from @low_seq came late: is reordering larger than was thought? @ts: timestamps tell. */
void tcp_check_sack_reordering(struct sock *sk, u32 low_seq, bool ts);

/* ---- tcp_sack_join.c ---- */

/* If only the first segments of @skb are in @b, and go over to its neighbour: true, all is done. */
bool tcp_sack_shift(struct sock *sk, struct tcp_ack_state *st, struct sk_buff *skb,
		    const struct tcp_sack_block *b);
/* @skb is SACKed: joins it with its neighbours. Returns the packet that it is now (part of). */
struct sk_buff *tcp_sack_join(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_dupack.c ---- */

void tcp_add_reno_sack(struct sock *sk, const struct tcp_ack_state *st);
void tcp_remove_reno_sacks(struct sock *sk, u32 acked, bool ece);
bool tcp_limit_reno_sacked(struct tcp_sock *tp);
void tcp_newreno_mark_lost(struct sock *sk, bool snd_una_advanced);

/* ---- tcp_rack.c ---- */

/* A packet sent at @xmit_ns, up to @end_seq, was delivered. */
void tcp_rack_advance(struct tcp_sock *tp, u8 sacked, u32 end_seq, u64 xmit_ns);
/* us until @skb is to be held lost; <= 0: now. */
s32 tcp_rack_skb_timeout(const struct tcp_sock *tp, const struct sk_buff *skb, u32 reo_wnd_us);
/* Marks what is lost; arms the reordering timer for what may be. True: the timer is armed. */
bool tcp_rack_mark_lost(struct sock *sk);
void tcp_rack_update_reo_wnd(struct tcp_sock *tp, const struct rate_sample *rs);

/* ---- tcp_recovery.c ---- */

void tcp_fastretrans_alert(struct sock *sk, struct tcp_ack_state *st);
void tcp_enter_recovery(struct sock *sk, bool ece_ack);
void tcp_init_undo(struct tcp_sock *tp);
/* Open or Disorder, as the scoreboard says. */
void tcp_try_keep_open(struct sock *sk);
bool tcp_any_retrans_done(const struct tcp_sock *tp);
/* An ACK to the loss probe: was it needed? RFC 8985 §7.4. */
void tcp_process_tlp_ack(struct sock *sk, const struct tcp_ack_state *st);

/* ---- tcp_prr.c ---- */

void tcp_init_cwnd_reduction(struct sock *sk);
void tcp_cwnd_reduction(struct sock *sk, u32 newly_delivered, u32 newly_lost, u32 flag);
void tcp_end_cwnd_reduction(struct sock *sk);

/* ---- tcp_undo.c ---- */

/* True: stay in the present state although high_seq is reached (RFC 6582 §4, no SACK). */
bool tcp_try_undo_recovery(struct sock *sk, const struct tcp_ack_state *st);
bool tcp_try_undo_dsack(struct sock *sk);
bool tcp_try_undo_loss(struct sock *sk, const struct tcp_ack_state *st, bool frto_undo);
/* A partial ACK, *@delayed: for an original that came late. True: do nothing but wait. */
bool tcp_try_undo_partial(struct sock *sk, const struct tcp_ack_state *st, bool *delayed);

/* ---- tcp_loss.c ---- */

/* An ACK in TCP_CA_Loss: F-RTO, leaving the state, or going on. */
void tcp_process_loss(struct sock *sk, struct tcp_ack_state *st);
/* Arms a short timer if the head is SACKed: the receiver may have reneged. */
bool tcp_check_sack_reneging(struct sock *sk, struct tcp_ack_state *st);
