/*
 * Congestion control: what an algorithm is asked (struct tcp_congestion_ops), who there is, and
 * the sums that several share.
 */
#pragma once

#include "net/transport/tcp_sock.h"

enum tcp_ca_event {
	CA_EVENT_TX_START,     /* first packet when none was in flight */
	CA_EVENT_CWND_RESTART, /* after idle */
	CA_EVENT_COMPLETE_CWR,
	CA_EVENT_LOSS,
	CA_EVENT_ECN_NO_CE,
	CA_EVENT_ECN_IS_CE,
};

struct ack_sample {
	u32 pkts_acked;
	s32 rtt_us; /* -1: none */
	u32 in_flight;
};

/* One delivery-rate sample, an ACK's. */
struct rate_sample {
	u64 prior_ns;	     /* when the packet's sending began; 0: no sample */
	u32 prior_delivered; /* tp->delivered then */
	s32 delivered;	     /* segments delivered over the interval; -1: invalid */
	s32 interval_us;     /* -1: invalid */
	u32 snd_interval_us, rcv_interval_us;
	s32 rtt_us; /* -1: none */
	u32 losses; /* newly marked lost by this ACK */
	u32 acked_sacked, prior_in_flight, last_end_seq;
	bool is_app_limited, is_retrans, is_ack_delayed;
};

#define TCP_CONG_NON_RESTRICTED 1
#define TCP_CONG_NEEDS_ECN 2

struct tcp_congestion_ops {
	const char *name;
	u32 flags;
	/* All but ssthresh, undo_cwnd and one of cong_avoid and cong_control may be NULL. */
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	u32 (*ssthresh)(struct sock *sk); /* what it falls to on loss; segments */
	void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
	void (*set_state)(struct sock *sk, u8 new_state);
	void (*cwnd_event)(struct sock *sk, enum tcp_ca_event ev);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	u32 (*undo_cwnd)(struct sock *sk);
	/* In place of cong_avoid and PRR: sets cwnd and pacing rate itself. */
	void (*cong_control)(struct sock *sk, const struct rate_sample *rs);
	u32 (*min_tso_segs)(struct sock *sk);
	u32 (*sndbuf_expand)(struct sock *sk); /* times cwnd; default 2 */
	/* TCP_CC_INFO: fills Linux's union, returns bytes. */
	u32 (*get_info)(struct sock *sk, void *info, u32 size);
};

extern const struct tcp_congestion_ops tcp_reno, tcp_cubic, tcp_bbr;
/* Every algorithm there is. */
extern const struct tcp_congestion_ops *const tcp_cong_list[];
extern const size_t nr_tcp_cong;
extern const struct tcp_congestion_ops *tcp_cong_default; /* net.ipv4.tcp_congestion_control */
void tcp_cong_init(void);				  /* Boot only */
void tcp_cong_refill(void); /* what softirqs have taken of the algorithms' memory. Task */
void tcp_cubic_setup(void), tcp_bbr_setup(void);
void tcp_cubic_refill(void), tcp_bbr_refill(void);
void tcp_bbr_reserve(void); /* it may be asked for in softirq from now on. Task */

void tcp_assign_congestion_control(struct sock *sk); /* a new sock's: the default */
void tcp_init_congestion_control(struct sock *sk);   /* the connection stands: ops->init */
void tcp_cleanup_congestion_control(struct sock *sk);
/* TCP_CONGESTION. -ENOENT. Task, locked. */
int tcp_set_congestion_control(struct sock *sk, const char *name);
const struct tcp_congestion_ops *tcp_ca_find(const char *name);

/* Shared sums (RFC 5681 §3.1). @acked segments; returns what slow start left over. */
u32 tcp_slow_start(struct tcp_sock *tp, u32 acked);
void tcp_cong_avoid_ai(struct tcp_sock *tp, u32 w, u32 acked);
void tcp_reno_cong_avoid(struct sock *sk, u32 ack, u32 acked);
u32 tcp_reno_ssthresh(struct sock *sk);
u32 tcp_reno_undo_cwnd(struct sock *sk);
static inline bool tcp_is_cwnd_limited(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tp->is_cwnd_limited)
		return true;
	return tcp_in_slow_start(tp) && tp->snd_cwnd < 2 * tp->max_packets_out;
}
/* The algorithm at work: until the connection stands it has no state, and Reno, which needs none,
 * serves. */
static inline const struct tcp_congestion_ops *tcp_ca(const struct tcp_sock *tp)
{
	return likely(tp->ca_inited) ? tp->ca_ops : &tcp_reno;
}
static inline void tcp_ca_event(struct sock *sk, enum tcp_ca_event ev)
{
	if (tcp_ca(tcp_sk(sk))->cwnd_event)
		tcp_ca(tcp_sk(sk))->cwnd_event(sk, ev);
}

/* The largest integer whose cube is at most @a. Pure. */
u32 tcp_cubic_root(u64 a);

/* ---- tcp_rate.c ---- */
void tcp_rate_skb_sent(struct sock *sk, struct sk_buff *skb);
void tcp_rate_skb_delivered(struct sock *sk, struct sk_buff *skb, struct rate_sample *rs);
void tcp_rate_gen(struct sock *sk, u32 delivered, u32 lost, bool is_sack_reneg,
		  struct rate_sample *rs);
void tcp_rate_check_app_limited(struct sock *sk);
