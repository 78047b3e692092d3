/*
 * A connection's state and what the files of TCP agree on: who writes which field, how the two
 * queues of sent data are kept, what a packet's cb says.
 *
 *   write_queue   queued, never sent           [snd_nxt,  write_seq)
 *   rtx_queue     sent, not yet acknowledged   [snd_una,  snd_nxt)    in order of sequence
 *   receive_queue in order, not yet read       [copied_seq, rcv_nxt)
 *   ooo           out of order, beyond rcv_nxt
 *
 * A packet in write_queue or rtx_queue has its payload in fragments only and no headers; to send
 * it, tcp_transmit_skb makes a fresh packet with headers around references to the same bytes. So
 * what waits in a card is never written to again, and a packet in a queue belongs to the queue.
 * SYN and FIN are flags of a packet in these queues and take one number of the sequence each.
 *
 * All fields: sock locked by a task, or softirq with the sock not owned; nothing else may touch
 * them. Time: `ns` of ktime_ns(), `us` and `ms` derived of it (u32, compared modulo 2^32).
 */
#pragma once

#include <abi/tcp.h>

#include "net/core/byteorder.h"
#include "net/core/snmp.h"
#include "net/core/sock.h"
#include "net/core/sock_rare.h"
#include "net/transport/tcp.h"

struct tcp_accecn;
struct tcp_congestion_ops;
struct tcp_listener;
struct tcp_request_sock;
struct rate_sample;

/* ---- comparisons of sequence numbers, RFC 9293 §3.4 ---- */

static inline bool before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}
static inline bool after(u32 a, u32 b)
{
	return before(b, a);
}
/* Is @a <= @seq <= @b? */
static inline bool between(u32 seq, u32 a, u32 b)
{
	return b - a >= seq - a;
}

/* ---- numbers of RFCs and of Linux ---- */

#define TCP_MSS_DEFAULT 536
#define TCP_MIN_MSS 88
#define TCP_MIN_SND_MSS 48
#define TCP_INIT_CWND 10 /* RFC 6928 */
#define TCP_MAX_WSCALE 14
#define TCP_MAX_WINDOW 65535u /* without scaling */
#define TCP_RTO_MIN_US 200000u
#define TCP_RTO_MAX_US 120000000u	 /* and net.ipv4.tcp_rto_max_ms */
#define TCP_TIMEOUT_INIT_US 1000000u	 /* RFC 6298 §2 */
#define TCP_TIMEOUT_FALLBACK_US 3000000u /* RFC 6298 §5.7 */
#define TCP_DELACK_MIN_US 40000u
#define TCP_DELACK_MAX_US 200000u
#define TCP_ATO_MIN_US 40000u
#define TCP_RESOURCE_PROBE_US 500000u /* a timer's job found no memory: again after this */
#define TCP_TIMEWAIT_LEN_NS (60 * NSEC_PER_SEC)
#define TCP_PAWS_24DAYS_S (60 * 60 * 24 * 24)
#define TCP_PAWS_MSL_S 60
#define TCP_PAWS_WINDOW 1
#define TCP_MAX_QUICKACKS 16
#define TCP_PINGPONG_THRESH 1 /* data answered with data so often: a conversation, ACKs wait */
#define TCP_INFINITE_SSTHRESH 0x7fffffffu
#define TCP_CWND_MAX 0xfffffu /* segments: a GiB and more, and sums of it fit */
#define TCP_NUM_SACKS 4
#define TCP_MAX_REORDERING_DEFAULT 300

/* ---- a packet's notes (skb->cb) while it is in TCP's hands ---- */

struct tcp_skb_cb {
	u32 seq, end_seq; /* SYN and FIN count */
	u8 tcp_flags;
	u8 sacked;     /* TCPCB_* */
	u8 ip_dsfield; /* in: the IP header's TOS, for ECN */
	u8 eor;	       /* out: nothing may be appended (MSG_EOR, FIN) */
	u16 pcount;    /* out: segments that it counts as; 0 until tcp_init_tso_segs */
	u16 mss; /* out: bytes a segment; in: bytes a segment as the sender cut it, if known */
	union {
		struct {
			u32 ack_seq;
			u32 window; /* as on the wire, not scaled */
			u16 urg_ptr;
			u8 hlen; /* bytes of header with options, at the transport header */
			/* while out of order: its place in tp->ooo's tree */
			u32 prio;
			struct sk_buff *left, *right;
		} rx;
		struct {
			struct list_head
				tsorted; /* in tp->tsorted_sent: by time of the last sending */
			u64 xmit_ns;	 /* when sent last; never 0 */
			/* the state of delivery when it was sent: tcp_rate.c */
			u64 first_tx_ns, delivered_ns;
			u32 delivered, in_flight;
			bool app_limited;
		} tx;
	};
};
static inline struct tcp_skb_cb *TCP_SKB_CB(const struct sk_buff *skb)
{
	_Static_assert(sizeof(struct tcp_skb_cb) <= sizeof(skb->cb), "cb too small");
	return (struct tcp_skb_cb *)skb->cb;
}

#define TCPCB_SACKED_ACKED 0x01	  /* a SACK block covers it */
#define TCPCB_SACKED_RETRANS 0x02 /* retransmitted, and that is still on its way */
#define TCPCB_LOST 0x04
#define TCPCB_EVER_RETRANS 0x80
#define TCPCB_RETRANS (TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS)
#define TCPCB_TAGBITS (TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS | TCPCB_LOST)

static inline u32 tcp_skb_pcount(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->pcount;
}
static inline struct sk_buff *tcp_skb_of_tsorted(struct list_head *node)
{
	return (struct sk_buff *)((u8 *)node - offsetof(struct tcp_skb_cb, tx.tsorted) -
				  offsetof(struct sk_buff, cb));
}

/* ---- options of one segment, as parsed ---- */

struct tcp_sack_block {
	u32 start_seq, end_seq;
};

struct tcp_options_received {
	bool saw_tstamp, sack_ok, wscale_ok;
	u8 snd_wscale; /* what the peer will shift its window by; at most 14 */
	u16 mss;       /* 0: none */
	u32 rcv_tsval, rcv_tsecr;
	u8 num_sacks;
	struct tcp_sack_block sacks[TCP_NUM_SACKS]; /* host order; not checked against the window */
	s8 fastopen_len;			    /* -1: no option; 0: a request for a cookie */
	bool fastopen_exp;			    /* in the experimental option */
	u8 fastopen_cookie[16];
	u16 user_timeout;    /* RFC 5482, as on the wire; 0: none */
	u8 accecn;	     /* TCP_ACCECN_HAS, and for each counter that it has: 1 << index */
	u32 accecn_bytes[3]; /* RFC 9768 §3.2.3, by codepoint less one: ECT(1), ECT(0), CE; 24 bits
			      */
};

#define TCP_ACCECN_HAS 0x80

/* ---- reception out of order: allocated when the first hole appears, freed with the last ---- */

struct tcp_ooo {
	/*
	 * By sequence. Neighbours may overlap, but none holds all of another: both seq and end_seq
	 * grow along the queue. A packet of receive_queue may begin with bytes of the one before it
	 * likewise: a reader counts from copied_seq.
	 */
	struct sk_buff_head queue;
	struct sk_buff *root; /* the same packets as a tree (cb.rx), for places in between */
	struct sk_buff *last; /* where the latest segment went: the next is near it */
	struct tcp_sack_block sacks[TCP_NUM_SACKS]; /* latest first (RFC 2018 §4) */
	u8 num_sacks;
	u8 dup_acks; /* sent at once since rcv_nxt has become dup_acks_nxt */
	u32 dup_acks_nxt;
};

/* What the retransmit timer is armed for: one timer, one purpose at a time. */
enum tcp_xmit_timer {
	TCP_TIME_NONE,
	TCP_TIME_RETRANS,
	TCP_TIME_PROBE0,
	TCP_TIME_LOSS_PROBE,
	TCP_TIME_REO_TIMEOUT
};

/*
 * A connection's four timers, which are one struct timer: it fires for the earliest. Moving one
 * later costs a store, for it then fires too early, sees that nothing is due, and is set anew.
 */
enum tcp_alarm {
	TCP_ALARM_RTX, /* enum tcp_xmit_timer says what for */
	TCP_ALARM_DELACK,
	TCP_ALARM_KEEPALIVE, /* and an orphan's FIN_WAIT2 */
	TCP_ALARM_PACING,
	TCP_NR_ALARM
};

/* ack_pending bits */
#define TCP_ACK_SCHED 1	 /* an ACK is due */
#define TCP_ACK_TIMER 2	 /* the delayed-ACK timer runs */
#define TCP_ACK_PUSHED 4 /* a full segment came: reading it lets the ACK go */
#define TCP_ACK_PUSHED2 8
#define TCP_ACK_NOW 16 /* with the next chance, whatever the policy */

/* ecn_flags */
#define TCP_ECN_OK 1
#define TCP_ECN_QUEUE_CWR 2  /* say CWR with the next new data */
#define TCP_ECN_DEMAND_CWR 4 /* say ECE until CWR comes */
#define TCP_ECN_SEEN 8
#define TCP_ECN_ACCECN 16 /* accurate ECN in place of TCP_ECN_OK; in SYN_SENT: asked for */
#define TCP_ECN_AGREED (TCP_ECN_OK | TCP_ECN_ACCECN)

/* nonagle */
#define TCP_NAGLE_OFF 1 /* TCP_NODELAY */
#define TCP_NAGLE_CORK 2
#define TCP_NAGLE_PUSH 4 /* what is queued now goes, once */

/* What holds the sender up, for TCP_INFO and ss: time is counted for each (tcp_limits.c). */
enum tcp_chrono {
	TCP_CHRONO_UNSPEC,
	TCP_CHRONO_BUSY,
	TCP_CHRONO_RWND_LIMITED,
	TCP_CHRONO_SNDBUF_LIMITED,
	TCP_NR_CHRONO
};

/*
 * And in detail, why the last attempt to send stopped: set by tcp_write_xmit, shown as text by ss
 * -i and explain.
 */
enum tcp_limit {
	TCP_LIMIT_APP,	    /* everything queued is sent */
	TCP_LIMIT_RWND,	    /* the receiver's window is full */
	TCP_LIMIT_CWND,	    /* the congestion window is full */
	TCP_LIMIT_NAGLE,    /* a small segment waits for an ACK (RFC 896) */
	TCP_LIMIT_CORK,	    /* TCP_CORK, MSG_MORE */
	TCP_LIMIT_SWS,	    /* silly-window avoidance: the window is open by less than a segment */
	TCP_LIMIT_PERSIST,  /* the window is closed; probing */
	TCP_LIMIT_PACING,   /* the pacing timer */
	TCP_LIMIT_QUEUE,    /* enough of it waits in the card's queue (small queues) */
	TCP_LIMIT_TSO,	    /* waits for more, to make a larger burst */
	TCP_LIMIT_MEMORY,   /* no buffer */
	TCP_LIMIT_RECOVERY, /* retransmissions go first */
	TCP_NR_LIMIT,
};

/*
 * Fifty thousand idle ones are to fit into a small machine: a new field asks whether it is needed
 * while nothing happens, and small ones go to the others at the end.
 */
struct tcp_sock {
	struct sock sk; /* sk.node: in the established or the listening table */

	/* ---- receiver: tcp_data.c, tcp_window.c ---- */
	u32 rcv_nxt, copied_seq;
	u32 rcv_wup;	  /* rcv_nxt when the last window was sent */
	u32 rcv_wnd;	  /* what was announced then, bytes */
	u32 window_clamp; /* never announce more */
	u32 rcv_ssthresh; /* announce at most, for now: grows with what truesize allows */
	union {
		struct tcp_ooo *ooo;
		struct tcp_listener *listener; /* in LISTEN: its queues */
	};
	struct tcp_sack_block duplicate_sack;	      /* to be reported next; start == end: none */
	u32 rcvq_space, rcvq_seq, rcvq_time_us;	      /* how fast the task reads */
	u32 rcv_rtt_us, rcv_rtt_seq, rcv_rtt_time_us; /* the receiver's idea of RTT, << 3 */
	u32 rcv_rtt_last_tsecr;

	/* ---- urgent data: tcp_urg.c ---- */
	u32 urg_seq;

	/* ---- sender: tcp_output.c ---- */
	struct sk_buff_head write_queue, rtx_queue;
	struct list_head tsorted_sent; /* of rtx_queue what is not SACKed, oldest sending first */
	u32 snd_una, snd_nxt, write_seq;
	u32 snd_sml;	/* end of the last small segment sent (Minshall) */
	u32 pushed_seq; /* end of what was pushed last */
	u32 snd_wnd, max_window, snd_wl1;
	u32 snd_up;	 /* urgent pointer to send: end of the urgent data */
	u32 wmem_queued; /* truesize of both queues: of the pool */
	u16 mss_cache;	 /* payload bytes a segment now, without options */
	u16 advmss;	 /* what we announce */
	u16 mss_clamp;	 /* what the peer announced, or TCP_MAXSEG */
	u16 user_mss;
	u16 tcp_header_len;	      /* with the options that every segment carries */
	u16 size_goal, size_goal_mss; /* bytes a queued packet should have, at which MSS */
	u16 urg_data;		      /* tcp_urg.c: TCP_URG_* | the byte */

	/* ---- acknowledgements we send: tcp_delack.c ---- */
	u32 ato_us;
	u32 lrcvtime_ms, lsndtime_ms; /* last data received, sent */
	u32 rcv_tstamp_ms;	      /* last segment received */
	u16 rcv_mss, last_seg_size;

	/* ---- round-trip time: tcp_rtt.c. srtt is << 3, mdev and rttvar << 2 ---- */
	u32 srtt_us, mdev_us, mdev_max_us, rttvar_us, rtt_seq;
	u32 rto_us; /* without back-off */
	struct {
		u32 value_us, at_ms;
	} rtt_min[3]; /* windowed minimum, net.ipv4.tcp_min_rtt_wlen: the best, second, third */

	/* ---- what is on its way, in segments: tcp_ack.c, tcp_sack.c, tcp_rack.c ---- */
	u32 packets_out, retrans_out, lost_out, sacked_out;
	u32 highest_sack;		     /* end of the highest SACKed segment, if sacked_out */
	struct sk_buff *retransmit_skb_hint; /* where to look for the next lost segment */
	struct sk_buff
		*sack_hint; /* any of rtx_queue, near the highest SACK; NULL: begin at the head */
	struct tcp_sack_block
		*sack_cache; /* the last ACK's blocks, all of TCP_NUM_SACKS; or NULL */
	u64 rack_ns;	     /* sending time of the most recently sent segment delivered */
	u32 rack_rtt_us, rack_end_seq;
	u32 rack_last_delivered;
	u32 tlp_high_seq; /* snd_nxt when the loss probe was sent; 0: none is on its way */
	u32 reordering;	  /* segments, at least net.ipv4.tcp_reordering */

	/* ---- recovery: tcp_recovery.c ---- */
	u32 high_seq; /* snd_nxt when the present state began */
	u32 prior_ssthresh, prior_cwnd;
	u32 prr_delivered, prr_out;
	u32 undo_marker; /* snd_una when it began; 0: no undo */
	s32 undo_retrans;
	u32 retrans_stamp_ms; /* first retransmission of the present trouble, TS clock; 0: none */
	u32 reord_seen, dsack_dups;

	/* ---- congestion window, segments: tcp_cong.c ---- */
	u32 snd_cwnd, snd_ssthresh, snd_cwnd_cnt, snd_cwnd_used, snd_cwnd_stamp_ms;
	u32 max_packets_out, cwnd_usage_seq;
	const struct tcp_congestion_ops *ca_ops;
	void *ca_priv; /* the algorithm's own, from a cache of its own; NULL: nothing yet */

	/* ---- delivery rate and pacing: tcp_rate.c ---- */
	u32 delivered, delivered_ce, lost;
	u32 app_limited; /* delivered count until which samples are the application's fault; 0: none
			  */
	u32 rate_delivered, rate_interval_us;
	u64 first_tx_ns, delivered_ns;
	u64 pacing_rate, max_pacing_rate; /* bytes/s; ~0: no bound */
	u64 next_send_ns;		  /* pacing: not before */
	u64 mstamp_ns;			  /* now, as of tcp_mstamp_refresh() */

	/* ---- timers: tcp_alarm.c, tcp_timer.c ---- */
	struct timer timer;	  /* for the earliest of the four */
	u32 alarms[TCP_NR_ALARM]; /* tcp_alarm_ns: when each is due */
	u32 probes_tstamp_ms;

	/* ---- options of the connection ---- */
	u32 ts_recent, ts_recent_stamp_s, tsoffset;

	/* ---- what the task asked for: tcp_sockopt.c; 0: the sysctl's value ---- */
	u32 user_timeout_ms, notsent_lowat;

	struct tcp_accecn *accecn; /* tcp_accecn.h; there if TCP_ECN_ACCECN is set */

	/* ---- fast open ---- */
	struct tcp_request_sock *fastopen_rsk; /* server: not yet acknowledged */

	/* ---- tcp_validate.c ---- */
	u32 oow_ack_time_ms; /* the last answer to what was out of the window; 0: none yet */

	/* ---- path MTU: tcp_mtu.c ---- */
	u32 mtu_probe_seq_end, mtu_probe_time_s;
	u16 mtu_search_low, mtu_search_high, mtu_probe_size;
	u16 pmtu_cookie; /* the route's MTU that mss_cache goes by */
	u16 mtu_info;	 /* what ICMP said while a task had the sock (TCP_DEFER_MTU) */

	/* ---- small things ---- */
	u16 keepalive_time_s, keepalive_intvl_s;	/* tcp_sockopt.c, as above */
	u16 fastopen_max;				/* a listener's TCP_FASTOPEN; 0: off */
	s8 linger2_s;					/* -1: none */
	u8 syn_retries, keepalive_probes, defer_accept; /* tcp_sockopt.c */
	u8 scaling_ratio; /* tcp_window.c: of 256 bytes of buffer so many are data */
	/* tcp_delack.c: TCP_ACK_*; a task waits to send more when the handshake is over. */
	u8 ack_pending : 5, pingpong : 1;
	bool write_pending : 1;
	u8 quick : 5;			     /* quick ACKs left */
	u8 ca_state : 3;		     /* tcp_recovery.c */
	u8 compressed_acks;		     /* tcp_delack.c: held back, around holes */
	u8 rack_reo_wnd_steps;		     /* tcp_rack.c */
	u8 rack_reo_wnd_persist : 5;	     /* tcp_rack.c */
	u8 rtx_purpose : 3;		     /* tcp_timer.c: enum tcp_xmit_timer */
	u8 retransmits, backoff, probes_out; /* tcp_timer.c */
	u8 nonagle : 3, ecn_flags : 5;	     /* TCP_NAGLE_*; TCP_ECN_* */
	/* Softirq changes these even while a task has the sock: no others in their byte. */
	u8 deferred : 4;     /* TCP_DEFER_*: what came meanwhile */
	bool throttled : 1;  /* tells when a packet of its has left the card */
	bool tsq_queued : 1; /* is in tcp_smallqueue.c's list */
	bool tx_refused : 1, tx_refused_burst : 1; /* tcp_xmit.c: the queue was full */
	u8 : 0;
	u8 fastopen_client_fail : 2;   /* enum tcp_fastopen_client_fail */
	u8 chrono_type : 2, limit : 4; /* enum tcp_chrono, enum tcp_limit */
	u8 snd_wscale : 4, rcv_wscale : 4;
	bool tstamp_ok : 1, sack_ok : 1, wscale_ok : 1;
	bool urg_mode : 1; /* snd_up is ahead of snd_una */
	bool is_cwnd_limited : 1, frto : 1, is_sack_reneg : 1;
	bool rack_dsack_seen : 1, rack_advanced : 1;
	bool tlp_retrans : 1;	/* the loss probe was old data, sent again: its sender says so */
	bool ca_setsockopt : 1; /* chosen by the task */
	bool ca_inited : 1;	/* ca_ops->init has been called, ca_ops->release is due */
	bool pacing : 1;	/* the congestion control, or SO_MAX_PACING_RATE, wants it */
	bool rate_app_limited : 1;
	bool mtu_probing : 1;
	bool thin : 1, recvmsg_inq : 1; /* TCP_THIN_LINEAR_TIMEOUTS, TCP_INQ */
	bool syn_fastopen : 1, syn_data : 1, syn_data_acked : 1;
	bool fastopen_connect : 1, fastopen_no_cookie : 1;
	bool fastopen_own_key : 1; /* TCP_FASTOPEN_KEY */
	bool tx_notes : 1;	   /* tcp_txnote.c keeps something for it */

	union {
		/* tcp_listen.c: who comes behind this child in its listener's queue */
		struct tcp_sock *accept_next;
		/* tcp_smallqueue.c: of those whose card has room again; a reference in it */
		struct sock *tsq_next;
	};

	/* ---- counted for TCP_INFO ---- */
	u64 bytes_acked, bytes_received, bytes_sent, bytes_retrans;
	u32 segs_in, segs_out, data_segs_in, data_segs_out, total_retrans, rcv_ooopack;
	u32 chrono_ms[TCP_NR_CHRONO - 1], chrono_start_ms;
};

_Static_assert(sizeof(struct tcp_sock) <= 928, "35 of them fit into a slab of 32 KiB");

static inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

/* urg_data */
#define TCP_URG_VALID 0x0100
#define TCP_URG_NOTYET 0x0200
#define TCP_URG_READ 0x0400

/* deferred */
#define TCP_DEFER_WRITE 1 /* the card has room again, or pacing's time has come */
#define TCP_DEFER_RTX 2	  /* the retransmit timer */
#define TCP_DEFER_DELACK 4
#define TCP_DEFER_MTU 8 /* ICMP: fragmentation needed; tp->mtu_info */

/* ---- time ---- */

static inline u32 tcp_ms(u64 ns)
{
	return (u32)(ns / NSEC_PER_MSEC);
}
static inline u32 tcp_us(u64 ns)
{
	return (u32)(ns / NSEC_PER_USEC);
}
static inline u32 tcp_now_ms(void)
{
	return tcp_ms(ktime_ns());
}
/* Takes the time, once for all that follows of one packet, call or timer. */
static inline void tcp_mstamp_refresh(struct tcp_sock *tp)
{
	tp->mstamp_ns = ktime_ns();
}
/* The clock of the timestamps option, without the connection's offset: ms. */
static inline u32 tcp_time_stamp(const struct tcp_sock *tp)
{
	return tcp_ms(tp->mstamp_ns);
}

/* ---- small sums ---- */

static inline u32 tcp_wnd_end(const struct tcp_sock *tp)
{
	return tp->snd_una + tp->snd_wnd;
}
static inline u32 tcp_left_out(const struct tcp_sock *tp)
{
	return tp->sacked_out + tp->lost_out;
}
/* RFC 6675's pipe, in segments. */
static inline u32 tcp_packets_in_flight(const struct tcp_sock *tp)
{
	return tp->packets_out - tcp_left_out(tp) + tp->retrans_out;
}
static inline bool tcp_in_slow_start(const struct tcp_sock *tp)
{
	return tp->snd_cwnd < tp->snd_ssthresh;
}
static inline bool tcp_in_initial_slowstart(const struct tcp_sock *tp)
{
	return tp->snd_ssthresh >= TCP_INFINITE_SSTHRESH;
}
/* Bytes of the last announced window that are left; RFC 9293's RCV.WND now. */
static inline u32 tcp_receive_window(const struct tcp_sock *tp)
{
	s32 win = (s32)(tp->rcv_wup + tp->rcv_wnd - tp->rcv_nxt);

	return win < 0 ? 0 : (u32)win;
}
static inline u32 tcp_min_rtt_us(const struct tcp_sock *tp)
{
	return tp->rtt_min[0].value_us; /* ~0: none yet */
}
static inline struct sk_buff *tcp_rtx_queue_head(const struct tcp_sock *tp)
{
	return skb_peek(&tp->rtx_queue);
}
static inline struct sk_buff *tcp_send_head(const struct tcp_sock *tp)
{
	return skb_peek(&tp->write_queue);
}
/* The neighbour of @skb in @q; NULL at the end. */
static inline struct sk_buff *tcp_queue_next(const struct sk_buff_head *q,
					     const struct sk_buff *skb)
{
	return skb->next == (const struct sk_buff *)q ? NULL : skb->next;
}
static inline struct sk_buff *tcp_queue_prev(const struct sk_buff_head *q,
					     const struct sk_buff *skb)
{
	return skb->prev == (const struct sk_buff *)q ? NULL : skb->prev;
}
static inline struct sk_buff *tcp_queue_tail(const struct sk_buff_head *q)
{
	return q->prev == (const struct sk_buff *)q ? NULL : q->prev;
}

/* ---- memory: tcp_mem.c ---- */

/*
 * Bytes of pool memory in TCP's queues, both ways. The limits are net.ipv4.tcp_mem's, in pages, by
 * the pool's size at boot: above [1] windows shrink and buffers stop growing until below [0]; above
 * [2] new data is refused.
 */
extern u64 tcp_memory_allocated;
extern bool tcp_memory_pressure;
void tcp_mem_charge(s64 bytes); /* also uncharges. Softirq or bh off */
bool tcp_mem_exhausted(void);
/* Over tcp_mem[2], but by no more than its @part-th part: kept for who holds nothing, or little. */
bool tcp_mem_reserve_left(u32 part);
bool tcp_mem_below_low(void);
void tcp_mem_init(void); /* the limits. Boot only */
static inline bool tcp_under_pressure(void)
{
	return tcp_memory_pressure;
}
/*
 * Received data: charges @skb to @sk (rmem_alloc) and to TCP; released by its destructor. Softirq
 * or bh off.
 */
void tcp_skb_set_owner_r(struct sk_buff *skb, struct sock *sk);
/* Data to send: queued bytes by truesize. */
void tcp_wmem_add(struct tcp_sock *tp, s32 truesize);
/* May the task queue more? Not over SO_SNDBUF, nor over TCP_NOTSENT_LOWAT of what is not sent. */
/*
 * What the task's bound (sk.sndbuf) is measured against: its bytes, and something for each packet
 * that they lie in. Not wmem_queued: as ACKs cut packets, their buffers come to a half more than
 * the bytes. And not what is SACKed, as far as that is not more than half: a task that could not
 * write while a hole is mended would have nothing ready then, and send a whole window at once.
 */
u32 tcp_wmem_used(const struct tcp_sock *tp);
bool tcp_stream_memory_free(const struct tcp_sock *tp);
/* Ends a packet of one of the send queues, which it has left. Consumes. */
void tcp_wmem_free_skb(struct tcp_sock *tp, struct sk_buff *skb);

/* ---- sysctls, net.ipv4.tcp_*, in the units of Linux: tcp_sysctl.c ---- */
extern int sysctl_tcp_timestamps, sysctl_tcp_window_scaling, sysctl_tcp_sack, sysctl_tcp_dsack,
	sysctl_tcp_ecn, sysctl_tcp_ecn_fallback, sysctl_tcp_ecn_option,
	sysctl_tcp_ecn_option_beacon, sysctl_tcp_syncookies, sysctl_tcp_max_syn_backlog,
	sysctl_tcp_syn_retries, sysctl_tcp_synack_retries, sysctl_tcp_syn_linear_timeouts,
	sysctl_tcp_abort_on_overflow, sysctl_tcp_fin_timeout, sysctl_tcp_max_tw_buckets,
	sysctl_tcp_tw_reuse, sysctl_tcp_tw_reuse_delay, sysctl_tcp_rfc1337, sysctl_tcp_max_orphans,
	sysctl_tcp_orphan_retries, sysctl_tcp_retries1, sysctl_tcp_retries2,
	sysctl_tcp_keepalive_time, sysctl_tcp_keepalive_intvl, sysctl_tcp_keepalive_probes,
	sysctl_tcp_reordering, sysctl_tcp_max_reordering, sysctl_tcp_recovery,
	sysctl_tcp_early_retrans, sysctl_tcp_frto, sysctl_tcp_limited_transmit,
	sysctl_tcp_slow_start_after_idle, sysctl_tcp_no_metrics_save, sysctl_tcp_moderate_rcvbuf,
	sysctl_tcp_adv_win_scale, sysctl_tcp_app_win, sysctl_tcp_autocorking,
	sysctl_tcp_limit_output_bytes, sysctl_tcp_min_tso_segs, sysctl_tcp_tso_win_divisor,
	sysctl_tcp_pacing_ss_ratio, sysctl_tcp_pacing_ca_ratio, sysctl_tcp_min_rtt_wlen,
	sysctl_tcp_mtu_probing, sysctl_tcp_base_mss, sysctl_tcp_min_snd_mss,
	sysctl_tcp_probe_threshold, sysctl_tcp_probe_interval, sysctl_tcp_challenge_ack_limit,
	sysctl_tcp_invalid_ratelimit, sysctl_tcp_stdurg, sysctl_tcp_workaround_signed_windows,
	sysctl_tcp_thin_linear_timeouts, sysctl_tcp_fastopen,
	sysctl_tcp_fastopen_blackhole_timeout_sec, sysctl_tcp_comp_sack_nr,
	sysctl_tcp_retrans_collapse, sysctl_tcp_migrate_req, sysctl_tcp_init_cwnd,
	sysctl_tcp_rto_min_us, sysctl_tcp_rto_max_ms, sysctl_tcp_delack_min_us, sysctl_tcp_tso;
extern u32 sysctl_tcp_notsent_lowat;
extern int sysctl_tcp_rmem[3], sysctl_tcp_wmem[3], sysctl_tcp_mem[3];
void tcp_sysctl_init(void);

static inline u32 tcp_rto_max_us(const struct sock *sk)
{
	u32 own = unlikely(sock_flag(sk, SOCK_RARE)) ? sock_rare(sk)->rto_max_ms : 0;

	return (own ? own : (u32)sysctl_tcp_rto_max_ms) * 1000;
}

/* ---- /proc/net/snmp and netstat ---- */
#define TCP_INC(n) (tcp_mib[TCP_MIB_##n]++)
#define TCP_ADD(n, v) (tcp_mib[TCP_MIB_##n] += (v))
#define TCP_DEC(n) (tcp_mib[TCP_MIB_##n]--)
#define TCPEXT_INC(n) (tcpext_mib[TCPEXT_MIB_##n]++)
#define TCPEXT_ADD(n, v) (tcpext_mib[TCPEXT_MIB_##n] += (v))
