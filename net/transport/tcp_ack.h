/*
 * What an ACK tells the sender, and what it does when segments are lost.
 *
 *   tcp_ack.c       tcp_ack: the steps of RFC 9293 §3.10.7.4's fifth, in order; rtx_queue cleaned
 *   tcp_rtt.c       RFC 6298, windowed minimum
 *   tcp_sack.c      the scoreboard: RFC 2018, 2883, 6675
 *   tcp_rack.c      RFC 8985: what is lost, by time; reordering window
 *   tcp_recovery.c  CA states: fast retransmit, PRR (RFC 6937), partial ACKs (RFC 6582), CWR
 *   tcp_undo.c      spurious recovery: Eifel (RFC 3522/4015), DSACK, F-RTO (RFC 5682)
 *   tcp_loss.c      RTO: everything lost; entering and leaving TCP_CA_Loss
 *   tcp_rate.c      delivery rate samples (draft-cheng-iccrg-delivery-rate-estimation)
 *
 * All: sock locked by a task with bh off, or softirq with the sock not owned.
 */
#pragma once

#include "net/transport/tcp_sock.h"

/* Flags of what one ACK was good for. */
#define FLAG_DATA 0x01
#define FLAG_WIN_UPDATE 0x02
#define FLAG_DATA_ACKED 0x04
#define FLAG_RETRANS_DATA_ACKED 0x08
#define FLAG_SYN_ACKED 0x10
#define FLAG_DATA_SACKED 0x20
#define FLAG_ECE 0x40
#define FLAG_LOST_RETRANS 0x80
#define FLAG_SLOWPATH 0x100
#define FLAG_ORIG_SACK_ACKED 0x200
#define FLAG_SND_UNA_ADVANCED 0x400
#define FLAG_DSACKING_ACK 0x800
#define FLAG_SET_XMIT_TIMER 0x1000
#define FLAG_SACK_RENEGING 0x2000
#define FLAG_UPDATE_TS_RECENT 0x4000
#define FLAG_NO_CHALLENGE_ACK 0x8000
#define FLAG_ACK_MAYBE_DELAYED 0x10000
#define FLAG_DSACK_TLP 0x20000
#define FLAG_ACKED (FLAG_DATA_ACKED | FLAG_SYN_ACKED)
#define FLAG_NOT_DUP (FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED)
#define FLAG_CA_ALERT (FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK)
#define FLAG_FORWARD_PROGRESS (FLAG_ACKED | FLAG_DATA_SACKED)

/*
 * The ACK of @skb (RFC 9293 §3.10.7.4 fifth, RFC 5961 §5). > 0: acceptable; 0: not (old, too new:
 * the caller drops the segment; a challenge ACK has been sent where due); @opt: its options.
 * Borrows.
 */
int tcp_ack(struct sock *sk, const struct sk_buff *skb, const struct tcp_options_received *opt,
	    u32 flag);

/* What a connection's sender begins with: RTO, windows, queues' hints. */
void tcp_init_sender(struct sock *sk);

/* ---- tcp_rtt.c ---- */
void tcp_rtt_estimator(struct sock *sk, u32 mrtt_us);
void tcp_set_rto(struct tcp_sock *tp);
void tcp_update_rtt_min(struct tcp_sock *tp, u32 rtt_us);
/* The handshake's round trip as the first sample. */
void tcp_synack_rtt_meas(struct sock *sk, u32 rtt_us);
/* One sample of an ACK; -1: none. False: nothing learnt. */
bool tcp_ack_update_rtt(struct sock *sk, u32 flag, s64 seq_rtt_us, s64 sack_rtt_us,
			const struct tcp_options_received *opt, struct rate_sample *rs);

/* ---- tcp_sack.c ---- */
struct tcp_sacktag_state {
	u64 first_sack_ns, last_sack_ns; /* sending times of what is newly SACKed; 0: none */
	u32 reord;			 /* lowest sequence found to be reordered; snd_nxt: none */
	u32 flag;
	u32 sack_delivered; /* segments */
	struct rate_sample *rate;
};
/* The blocks of @opt onto rtx_queue: flags of what was found. Lying blocks are counted, ignored. */
u32 tcp_sacktag_write_queue(struct sock *sk, const struct sk_buff *ack_skb,
			    const struct tcp_options_received *opt, u32 prior_snd_una,
			    struct tcp_sacktag_state *state);
void tcp_clear_sack(struct sock *sk); /* reneging: believes nothing any more */
void tcp_check_sack_reordering(struct sock *sk, u32 low_seq, int ts);

/* ---- tcp_rack.c ---- */
/* A packet sent at @xmit_ns, up to @end_seq, was delivered. */
void tcp_rack_advance(struct tcp_sock *tp, u8 sacked, u32 end_seq, u64 xmit_ns);
/* Marks what RACK holds lost; arms the reordering timer. True: the timer is armed. */
bool tcp_rack_mark_lost(struct sock *sk);
void tcp_rack_reo_timeout(struct sock *sk); /* tcp_timer.c calls it */
void tcp_rack_update_reo_wnd(struct sock *sk, const struct rate_sample *rs);
void tcp_newreno_mark_lost(struct sock *sk, bool snd_una_advanced);
/* @skb is lost: flags, lost_out, hint; counts. */
void tcp_mark_skb_lost(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_recovery.c, tcp_undo.c, tcp_loss.c ---- */
void tcp_set_ca_state(struct sock *sk, u8 state);
void tcp_enter_recovery(struct sock *sk, bool ece_ack);
void tcp_enter_cwr(struct sock *sk);  /* local congestion or ECN */
void tcp_enter_loss(struct sock *sk); /* the RTO has fired; tcp_timer.c calls it */
void tcp_fastretrans_alert(struct sock *sk, u32 prior_snd_una, int num_dupack, u32 *ack_flag,
			   int *rexmit);
void tcp_process_tlp_ack(struct sock *sk, u32 ack, u32 flag);
void tcp_simple_retransmit(struct sock *sk); /* the MTU has shrunk */
void tcp_try_keep_open(struct sock *sk);
bool tcp_try_undo_recovery(struct sock *sk);
/* RTO: what it would be now, doubled by back-off. us. */
u32 tcp_rto_backoff_us(const struct tcp_sock *tp);
void tcp_retrans_started(struct tcp_sock *tp, struct sk_buff *skb,
			 u32 segs); /* retransmit.c tells */
/* Idle restart (RFC 2861/7661): before new data after a pause. */
void tcp_cwnd_restart(struct sock *sk, u32 idle_us);
void tcp_cwnd_validate(struct sock *sk, bool is_cwnd_limited);
