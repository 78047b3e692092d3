/*
 * A connection's beginning and end: opening (active, passive, by cookie, fast), accepting,
 * closing, resetting, TIME-WAIT. tcp_rcv.c is the receiver's first step: it finds who a segment is
 * for.
 */
#pragma once

#include "net/transport/tcp_sock.h"
#include "net/transport/tcp_table.h"

/* ---- states: tcp_state.c ---- */

/* Moves @sk to @state, which must be a legal successor (RFC 9293 figure 5); counts. */
void tcp_set_state(struct sock *sk, u8 state);
const char *
tcp_state_name(u8 state); /* "ESTABLISHED", as ss and netstat say it: "ESTAB" is ss's own */
/*
 * The connection is over: CLOSE, timers stopped, out of the tables, sleepers told; an orphan is
 * destroyed. Softirq or bh off.
 */
void tcp_done(struct sock *sk);
/* The peer has reset it: the errno that the state asks for (RFC 9293 §3.10.7), then tcp_done. */
void tcp_reset(struct sock *sk);
/* Gives up: @err to the task, statistics, tcp_done. For timers. */
void tcp_write_err(struct sock *sk, int err);
/* Frees what a sock holds beside itself: queues, ooo, listener, congestion control, route. */
void tcp_destroy_sock(struct sock *sk);

/* struct proto: tcp_open.c, tcp_close.c. See sock.h for context. */
int tcp_init_sock(struct sock *sk);
int tcp_bind(struct sock *sk, const struct sockaddr *addr, int len);
int tcp_v4_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags);
int tcp_disconnect(struct sock *sk);
int tcp_shutdown(struct sock *sk, int how);
void tcp_close(struct sock *sk);
/* Orphans: over tcp_max_orphans or memory, one is reset instead of kept. */
extern u32 tcp_orphan_count;
bool tcp_too_many_orphans(void);
/* An abort by us: RST to the peer if the state wants it (RFC 9293 §3.10.5), @err to the task. */
void tcp_abort(struct sock *sk, int err);

/* The initial sequence number and the offset of the timestamps clock: RFC 6528, RFC 7323 §5.4. */
u32 tcp_secure_seq(be32 laddr, be32 raddr, be16 lport, be16 rport);
u32 tcp_secure_ts_offset(be32 laddr, be32 raddr);

/* ---- passive side: tcp_listen.c, tcp_request.c, tcp_syncookie.c, tcp_fastopen.c ---- */

/* A connection in SYN-RECEIVED, without a full socket. In its table it is found by flow. */
struct tcp_request_sock {
	struct hlist_node node; /* in the table of requests; guarded by bh-disable */
	struct sock *listener;	/* a reference */
	struct sock *child;	/* fast open: it exists already; a reference */
	struct timer timer;	/* SYN-ACK again */
	be32 laddr, raddr;
	be16 rport;
	u16 lport;
	u32 rcv_isn, snt_isn, rcv_nxt;
	u32 ts_recent, tsoffset, snt_synack_ms;
	u32 rcv_wnd, last_oow_ack_time_ms;
	u16 mss;
	u8 snd_wscale, rcv_wscale;
	u8 num_retrans, num_timeout;
	u8 tos;
	bool tstamp_ok, sack_ok, wscale_ok, ecn_ok, acked, fastopen;
	int iif;
};

/* What a listening sock has beside a tcp_sock. */
struct tcp_listener {
	struct list_head accept_queue; /* children, through tp->accept_node */
	u32 ack_backlog, max_ack_backlog;
	u32 syn_backlog;		    /* requests not acknowledged yet */
	u64 rskq_defer_accept, overflow_ns; /* when the SYN queue was last full, ns */
	u32 fastopen_max, fastopen_len;
	bool syn_flood_warned;
};

int tcp_listen(struct sock *sk, int backlog); /* struct proto. -EADDRINUSE, -ENOBUFS */
/* Ends all requests and the children that nobody has accepted (with RST). */
void tcp_listen_stop(struct sock *sk);
struct sock *tcp_accept(struct sock *sk, int flags, int *err); /* struct proto; never sleeps */
bool tcp_accept_queue_full(const struct tcp_sock *tp);
bool tcp_accept_queue_empty(const struct tcp_sock *tp);
u32 tcp_accept_queue_len(const struct tcp_sock *tp);

/* Borrowed; NULL: none. Softirq. */
struct tcp_request_sock *tcp_lookup_request(const struct tcp_flow *fl, u32 hash);
/* A SYN for a listener (RFC 9293 §3.10.7.2). Consumes. Softirq. */
void tcp_conn_request(struct sock *listener, struct sk_buff *skb);
/*
 * A segment for @req (RFC 9293 §3.10.7.4 in SYN-RECEIVED): the child that it completes, hashed and
 * in the accept queue, to which the segment then goes; NULL: the segment was dealt with
 * (*@consumed) or is to be dropped. Softirq.
 */
struct sock *tcp_check_req(struct tcp_request_sock *req, struct sk_buff *skb, bool *consumed);
/* The SYN-ACK of @child's or @req's handshake, once more. */
void tcp_rtx_synack(struct tcp_request_sock *req);
void tcp_request_free(struct tcp_request_sock *req);
u32 tcp_nr_requests(void);
void tcp_for_each_request(void (*fn)(void *arg, const struct tcp_request_sock *req), void *arg);

/* A child of @listener from what the handshake has settled. NULL: no memory. */
struct sock *tcp_create_child(struct sock *listener, const struct tcp_request_sock *req,
			      struct sk_buff *skb);

/* SYN cookies (RFC 4987 §3.6); the options ride in the timestamp. */
u32 tcp_syncookie_make(const struct sk_buff *syn, u16 *mss);
bool tcp_syncookie_check(struct sock *listener, struct sk_buff *ack, struct tcp_request_sock *req);
u32 tcp_syncookie_timestamp(const struct tcp_request_sock *req, u32 now);

/* Fast open, RFC 7413. */
bool tcp_fastopen_cookie_gen(be32 raddr, be32 laddr, u8 cookie[8]);
struct sock *tcp_try_fastopen(struct sock *listener, struct sk_buff *skb,
			      struct tcp_request_sock *req, const struct tcp_options_received *opt,
			      u8 *cookie, s8 *cookie_len);
/* Client: what is remembered of a server (tcp_metrics.c). */
bool tcp_fastopen_cache_get(be32 daddr, u16 *mss, u8 *cookie, s8 *len);
void tcp_fastopen_cache_set(be32 daddr, u16 mss, const u8 *cookie, s8 len, bool syn_drop, bool exp);
/* Metrics of destinations (RFC 2140bis): into a new connection; from an ending one. */
void tcp_metrics_init(void);
void tcp_init_metrics(struct sock *sk);
void tcp_update_metrics(struct sock *sk);

/* ---- TIME-WAIT and orphaned FIN-WAIT-2: tcp_timewait.c ---- */

struct tcp_timewait_sock {
	struct hlist_node node, bind_node;
	struct timer timer;
	be32 laddr, raddr;
	be16 rport;
	u16 lport;
	u32 rcv_nxt, snd_nxt, rcv_wnd;
	u32 ts_recent, ts_recent_stamp_s, tsoffset;
	u32 last_oow_ack_time_ms;
	u8 substate; /* TCP_TIME_WAIT or TCP_FIN_WAIT2 */
	u8 rcv_wscale, tos;
	bool tstamp_ok;
	int bound_dev_if;
};
_Static_assert(sizeof(struct tcp_timewait_sock) <= 128, "TIME-WAIT entries are many");

struct tcp_timewait_sock *tcp_lookup_timewait(const struct tcp_flow *fl, u32 hash);
/*
 * @sk, closed by its task, goes on as an entry of the table (or ends, when tcp_max_tw_buckets is
 * reached); tcp_done. Softirq or bh off.
 */
void tcp_time_wait(struct sock *sk, u8 substate, u64 timeout_ns);
/*
 * A segment for @tw (RFC 9293 §3.10.7.4, RFC 6191, RFC 1337). Consumes; true: it is a SYN that may
 * open a new incarnation above @isn: not consumed, goes to the listener.
 */
bool tcp_timewait_rcv(struct tcp_timewait_sock *tw, struct sk_buff *skb, u32 *isn);
void tcp_timewait_kill(struct tcp_timewait_sock *tw);
u32 tcp_nr_timewait(void);
void tcp_for_each_timewait(void (*fn)(void *arg, const struct tcp_timewait_sock *tw), void *arg);
/* The listener is to use this ISN for the SYN in its hands (a reused TIME-WAIT entry); 0: its own.
 */
extern u32 tcp_tw_isn;

/* ---- segments without a sock: tcp_reply.c ---- */

/* RST in answer to @skb (RFC 9293 §3.10.7.1), never to a RST. @sk may be NULL. Borrows. Softirq. */
void tcp_v4_send_reset(struct sock *sk, const struct sk_buff *skb);
struct tcp_reply {
	u32 seq, ack, win; /* win: as on the wire */
	u32 tsval, tsecr;
	bool tstamp;
	u8 flags, tos;
};
/* Any segment without data in answer to @skb. */
void tcp_v4_send_reply(const struct sk_buff *skb, const struct tcp_reply *r);
/* May an ACK be sent in answer to a segment outside the window? tcp_invalid_ratelimit. */
bool tcp_oow_rate_limited(u32 *last_ms);

/* ---- the sock's receiver, softirq rules; both consume ---- */

/* For an unowned sock, and from its backlog (struct proto's backlog_rcv). */
void tcp_v4_do_rcv(struct sock *sk, struct sk_buff *skb);
/* Timers' and others' deferred work, as release_sock ends (struct proto's release_cb). */
void tcp_release_cb(struct sock *sk);
