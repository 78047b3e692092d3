/*
 * Accurate ECN (RFC 9768): the receiver counts the packets and bytes that came with each codepoint,
 * and says so in every segment - the packets marked CE modulo eight in three flags of the header
 * (ACE: AE, CWR, ECE), the bytes in an option, where there is room.
 *
 *   tcp_accecn.c         its memory; the receiver's counters; what a segment that leaves says
 *   tcp_accecn_shake.c   the handshake: who does what, what the ends tell of each other's SYN
 *   tcp_accecn_option.c  which counters go along, their bytes
 *   tcp_accecn_ack.c     the sender: how many marks an ACK tells of
 *
 * Context as in tcp_sock.h. tp->accecn is there exactly if TCP_ECN_ACCECN is set.
 */
#pragma once

#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

#define INET_ECN_MASK 3
#define INET_ECN_NOT_ECT 0
#define INET_ECN_ECT_1 1
#define INET_ECN_ECT_0 2
#define INET_ECN_CE 3

/* Where the counters begin, so that one that was zeroed on its way is seen (RFC 9768 §3.2.1). */
#define ACCECN_CEP_INIT 5u
#define ACCECN_BYTES_INIT(ecn) ((ecn) == INET_ECN_CE ? 0u : 1u)
#define ACE_MASK 7u

struct tcp_accecn {
	/* ---- receiver ---- */
	u32 received_ce;       /* packets, of whatever kind; the wire has ACCECN_CEP_INIT more */
	u32 received_bytes[3]; /* payload; by codepoint less one, as in tcp_options_received */
	u32 opt_sent_us;       /* when the option was sent last */
	/* ---- sender ---- */
	u32 delivered_bytes[3]; /* what the peer's options have told, or what is likely since */
	u16 acked_ewma;		/* segments that an ACK is for, smoothed, << ACKED_EWMA_PREC */

	u8 ce_pending : 4;	  /* marks that no segment of ours has told of yet; 15: or more */
	u8 opt_demand : 2;	  /* the next so many segments are to have the option */
	u8 opt_minlen : 2;	  /* counters that it must have, for these have changed */
	u8 likely_ecn : 2;	  /* the codepoint that our bytes seem to arrive with; 0: unclear */
	u8 prev_ecn : 2;	  /* of the last segment that came */
	u8 syn_ect : 2;		  /* of the peer's last SYN */
	u8 opt_seen : 2;	  /* TCP_ACCECN_OPT_*_SEEN */
	u8 fail_mode : 4;	  /* TCP_ACCECN_*_FAIL_* */
	bool sent_with_dsack : 1; /* the last segment had the option and a D-SACK */
	bool reflect : 1;	  /* the next segment tells of the peer's SYN */
};

/* The flags of @th as one number. */
static inline u8 tcp_ace(const struct tcphdr *th)
{
	return (u8)((th->doff & TCPHDR_DOFF_AE) << 2 | th->flags >> 6);
}
static inline bool tcp_has_accecn(const struct tcp_sock *tp)
{
	return tp->ecn_flags & TCP_ECN_ACCECN;
}

/* ---- tcp_accecn.c ---- */

void tcp_accecn_init(void);   /* Boot only */
void tcp_accecn_refill(void); /* Task */
/* All counters at their beginning, TCP_ECN_ACCECN set. False: no memory. */
bool tcp_accecn_start(struct tcp_sock *tp);
void tcp_accecn_stop(struct tcp_sock *tp);
/* @skb, data at the TCP header, has passed the checks: counts it, and demands what it changes. */
void tcp_accecn_received(struct sock *sk, const struct sk_buff *skb);
/*
 * The segment with the header @th is about to leave: sets its ACE flags. Returns the codepoint
 * that it goes with.
 */
u8 tcp_accecn_mark(struct tcp_sock *tp, struct tcphdr *th);

/* ---- tcp_accecn_shake.c: both kinds of ECN ---- */

/* Our SYN @syn, in rtx_queue: what net.ipv4.tcp_ecn has us ask for. */
void tcp_ecn_send_syn(struct tcp_sock *tp, struct sk_buff *syn);
/* It goes again, perhaps without. */
void tcp_ecn_repeat_syn(struct tcp_sock *tp, struct sk_buff *syn);
/* What a SYN for a listener makes of @req. @opt: of the SYN; @cookie: nothing will be remembered.
 */
void tcp_ecn_request(struct tcp_request_sock *req, const struct sk_buff *syn,
		     const struct tcp_options_received *opt, bool cookie);
/* The SYN has come again. */
void tcp_ecn_request_again(struct tcp_request_sock *req, const struct sk_buff *syn);
/* What the ACK of a cookie says; @ecn: what our timestamp has brought back, if there was one. */
void tcp_ecn_cookie(struct tcp_request_sock *req, const struct sk_buff *ack, bool tstamp, bool ecn);
/* ACE of @req's SYN-ACK, as it goes now. */
u8 tcp_ecn_synack_ace(const struct tcp_request_sock *req);
/* @tp, a child, goes on with what @req has settled. */
void tcp_ecn_child(struct tcp_sock *tp, const struct tcp_request_sock *req);
/* SYN_SENT: a SYN-ACK, or a SYN. */
void tcp_ecn_rcv_synack(struct sock *sk, const struct sk_buff *skb,
			const struct tcp_options_received *opt);
void tcp_ecn_rcv_syn(struct tcp_sock *tp, const struct sk_buff *skb);
/* The SYN-ACK of a simultaneous open, from the SYN in rtx_queue. */
void tcp_ecn_send_synack(const struct tcp_sock *tp, struct sk_buff *syn);
/* SYN_RECV: what completes the handshake, or comes in its place (RFC 9768 §3.2.2.1, table 4). */
void tcp_accecn_third_ack(struct sock *sk, const struct sk_buff *skb,
			  const struct tcp_options_received *opt);
/* A SYN in a connection that stands: the challenge ACK will tell of it. */
void tcp_accecn_syn_again(struct tcp_sock *tp, const struct sk_buff *skb,
			  const struct tcp_options_received *opt);
/* An ACK that tells how the peer's SYN has come. */
void tcp_send_ack_reflecting(struct sock *sk);

/* ---- tcp_accecn_option.c ---- */

/*
 * Puts the option to @opt, which has @size bytes of others, if it is due and fits, be it in place
 * of a SACK block. Returns the new size.
 */
u32 tcp_accecn_fit(const struct tcp_sock *tp, struct tcp_out_options *opt, u32 size);
/* The same for a SYN-ACK: counters as they begin. */
u32 tcp_accecn_fit_synack(struct tcp_out_options *opt, u32 size);
/* Its bytes at @p, and the NOPs behind it: if SACK follows, as many as that wants in front. */
u8 *tcp_accecn_put(u8 *p, const struct tcp_out_options *opt);
/* Do its last bytes stand where SACK's two NOPs would? */
bool tcp_accecn_shares_word(const struct tcp_out_options *opt);
/* A segment with @opt leaves. */
void tcp_accecn_options_sent(struct tcp_sock *tp, const struct tcp_out_options *opt);
/* The first option of the peer: are its counters as they must be? */
void tcp_accecn_option_first(struct tcp_accecn *a, const struct tcp_options_received *opt);
/* @seq has come twice: were it our options that the first answer got lost for? §3.2.3.2.2 */
void tcp_accecn_duplicate(struct tcp_sock *tp, u32 seq);

/* ---- tcp_accecn_ack.c ---- */

/*
 * What the ACK of @st, for @pkts segments newly delivered, tells of marks: delivered_ce,
 * FLAG_ECE. Behind tcp_clean_rtx_queue.
 */
void tcp_accecn_process(struct sock *sk, struct tcp_ack_state *st, u32 pkts);
