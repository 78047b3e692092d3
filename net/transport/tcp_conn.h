/*
 * A connection's beginning and end: opening (active, passive, by cookie, fast), accepting,
 * closing, resetting, TIME-WAIT. tcp_rcv.c is the receiver's first step: it finds who a segment is
 * for.
 */
#pragma once

#include "net/transport/tcp_sock.h"
#include "net/transport/tcp_table.h"

struct ipcm_cookie;
struct rtable;

/* ---- states: tcp_state.c ---- */

bool tcp_state_may_follow(u8 from, u8 to);
/* In this state an ABORT sends RST (RFC 9293 §3.10.5). */
bool tcp_need_reset(u8 state);
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
/*
 * The end of an orphan, or of a child that nobody has accepted: @sk is TCP_CLOSE; frees what it
 * holds beside itself - queues, listener, congestion control, route, port - and drops the reference
 * that was its socket's. Softirq or bh off.
 */
void tcp_destroy_sock(struct sock *sk);

/* struct proto: tcp_open.c, tcp_close.c. See sock.h for context. */
int tcp_init_sock(struct sock *sk);
int tcp_bind(struct sock *sk, const struct sockaddr *addr, int len);
int tcp_v4_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags);
int tcp_disconnect(struct sock *sk);
int tcp_shutdown(struct sock *sk, int how);
void tcp_close(struct sock *sk);
/* As it was before it connected; what the task has set stays. Also a child's, before it is filled
 * in. */
void tcp_init_state(struct sock *sk);
/* Orphans: over tcp_max_orphans or memory, one is reset instead of kept. */
extern u32 tcp_orphan_count;
bool tcp_too_many_orphans(void);
/* How long an orphan stays in FIN_WAIT2: TCP_LINGER2, tcp_fin_timeout, at least 3.5 RTOs. ns. */
u64 tcp_fin_time(const struct sock *sk);
/* An abort by us: RST to the peer if the state wants it (RFC 9293 §3.10.5), @err to the task. */
void tcp_abort(struct sock *sk, int err);

/* Sets aside again what softirqs have used up of socks and TIME-WAIT entries. Task. */
void tcp_refill(void);
void tcp_secure_init(void);
void tcp_request_init(void);
void tcp_timewait_init(void);
void tcp_timewait_refill(void);
/* The initial sequence number and the offset of the timestamps clock: RFC 6528, RFC 7323 §5.4. */
u32 tcp_secure_seq(be32 laddr, be32 raddr, be16 lport, be16 rport);
u32 tcp_secure_ts_offset(be32 laddr, be32 raddr);

/*
 * ---- passive side ----
 *
 *   tcp_listen.c     listen, accept       tcp_syn.c        what a SYN makes
 *   tcp_request.c    the table of requests tcp_synack.c    what goes back
 *   tcp_check_req.c  what a segment does to a request
 *   tcp_child.c      the full sock in the end
 *   tcp_syncookie.c, tcp_fastopen.c       two shorter ways
 */

/*
 * A connection in SYN-RECEIVED, without a full socket. In its table it is found by flow. One of a
 * fast open is in no table, has its child already, and belongs to it (tp->fastopen_rsk).
 */
struct tcp_request_sock {
	struct hlist_node node;		 /* in the table of requests; guarded by bh-disable */
	struct list_head of_listener;	 /* in tcp_listener.requests */
	struct sock *listener;		 /* a reference */
	struct sock *child;		 /* fast open: borrowed, for it is the owner */
	struct saved_headers *saved_syn; /* TCP_SAVE_SYN; or NULL */
	struct timer timer;		 /* SYN-ACK again */
	be32 laddr, raddr;
	be16 rport;
	u16 lport;
	u32 rcv_isn, snt_isn, rcv_nxt;
	u32 ts_recent, tsoffset;
	u64 snt_synack_ns; /* when the first SYN-ACK left */
	u32 rcv_wnd, window_clamp, last_oow_ack_time_ms;
	u16 mss; /* what the peer takes */
	u8 snd_wscale, rcv_wscale;
	u8 num_retrans; /* SYN-ACKs sent again, for whatever reason */
	u8 num_timeout; /* because the timer fired */
	u8 tos;		/* of the SYN */
	bool tstamp_ok, sack_ok, wscale_ok;
	bool ecn_ok : 1, accecn_ok : 1; /* classic ECN, or accurate */
	bool synack_again : 1;		/* the SYN-ACK that goes now is a repeated one */
	bool syn_without_ace : 1;	/* a SYN of a peer that does accurate ECN did not say so */
	u8 syn_ect : 2;			/* the SYN's ECN field, the last one's */
	bool acked;			/* the last ACK came, but no child: deferred, or no room */
	bool fastopen;
	bool cookie; /* lives on the stack only */
	int iif;
};

/* What a listening sock has beside a tcp_sock. */
struct tcp_listener {
	struct tcp_sock *accept_first, *accept_last; /* children, through tp->accept_next */
	struct list_head requests;		     /* in order of arrival */
	u32 ack_backlog, max_ack_backlog;
	u32 syn_backlog;  /* requests not acknowledged yet */
	u32 young;	  /* of these, whose SYN-ACK has not been repeated */
	u32 fastopen_len; /* fast opens not acknowledged yet, or reset within the last minute */
	u64 overflow_ns;  /* when a cookie was sent last; 0: never */
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
/* A segment for a listener (RFC 9293 §3.10.7.2): SYN, the ACK of a cookie, or neither. Consumes. */
void tcp_listen_rcv(struct sock *listener, struct sk_buff *skb);
/* A SYN for a listener (RFC 9293 §3.10.7.2). Consumes. Softirq. */
void tcp_conn_request(struct sock *listener, struct sk_buff *skb);
/*
 * A segment for @req (RFC 9293 §3.10.7.4 in SYN-RECEIVED): the child that it completes, hashed and
 * in the accept queue, to which the segment then goes; NULL: the segment was dealt with
 * (*@consumed) or is to be dropped. Softirq.
 */
struct sock *tcp_check_req(struct tcp_request_sock *req, struct sk_buff *skb, bool *consumed);
/* The way to its peer, a reference; NULL: none. */
struct rtable *tcp_request_route(const struct tcp_request_sock *req);
/* The SYN-ACK of @req's handshake, over @rt; once more. False: it could not be sent. */
bool tcp_request_synack(struct tcp_request_sock *req, struct rtable *rt, const u8 *cookie,
			s8 cookie_len, bool exp);
bool tcp_rtx_synack(struct tcp_request_sock *req);
/* Into the table, and the listener's queue. */
void tcp_request_hash(struct tcp_request_sock *req);
/* Its timer's next time: one second, doubled for each that has passed. ns. */
u64 tcp_request_timeout(const struct tcp_request_sock *req);
void tcp_request_timer(struct timer *t);
/* Out of the table, and its end. */
void tcp_request_drop(struct tcp_request_sock *req);
void tcp_request_free(struct tcp_request_sock *req);
/* TCP_SAVE_SYN: the SYN @skb's headers go to @req if its listener wants them. Softirq. */
void tcp_savesyn_record(struct tcp_request_sock *req, const struct sk_buff *skb);
/* From @req to its @child. Softirq. */
void tcp_savesyn_move(struct sock *child, struct tcp_request_sock *req);
/* TCP_SAVED_SYN: once. -EINVAL: *@len is what it takes. Task, locked. */
int tcp_savesyn_give(struct sock *sk, void *val, int *len);
/* Is there memory for one more, of all listeners together? If not, SYNs get cookies. */
bool tcp_request_room(void);
struct tcp_request_sock *tcp_request_alloc(void);
u32 tcp_nr_requests(void);

/*
 * A child of @listener from what the handshake has settled, in SYN_RECV and in the table of flows,
 * with one reference, which is for the accept queue. NULL: no memory, no route, or the accept queue
 * is full (counted). @skb: the ACK, or a fast open's SYN. tcp_child.c
 */
struct sock *tcp_create_child(struct sock *listener, const struct tcp_request_sock *req,
			      struct sk_buff *skb);
void tcp_accept_queue_add(struct sock *listener, struct sock *child);
/* @skb goes to @child, fresh from tcp_check_req or a cookie; the listener's task is told. Consumes.
 */
void tcp_child_process(struct sock *listener, struct sock *child, struct sk_buff *skb);
/* First window and its scale, for a request of @listener. */
void tcp_request_init_window(const struct sock *listener, struct tcp_request_sock *req, u32 advmss);
/* What we announce as MSS over @dst: RFC 6691, and TCP_MAXSEG. */
u16 tcp_advertised_mss(const struct sock *sk, const struct dst_entry *dst);

void tcp_syncookie_init(void);
/* SYN cookies (RFC 4987 §3.6); the options ride in the timestamp. */
u32 tcp_syncookie_make(const struct sk_buff *syn, u16 *mss);
bool tcp_syncookie_check(struct sock *listener, struct sk_buff *ack, struct tcp_request_sock *req);
u32 tcp_syncookie_timestamp(const struct tcp_request_sock *req, u32 now);
/* The ACK of a cookie sent by @listener: consumed, true. False: it is none. */
bool tcp_syncookie_rcv(struct sock *listener, struct sk_buff *skb);

/* Fast open, RFC 7413. */
struct sock *tcp_try_fastopen(struct sock *listener, struct sk_buff *skb,
			      struct tcp_request_sock *req, const struct tcp_options_received *opt,
			      u8 *cookie, s8 *cookie_len);
/*
 * The handshake of the fast-opened @sk is over: acknowledged, or (@reset) by a RST, which counts
 * against the listener's queue for a minute. tp->fastopen_rsk is gone.
 */
void tcp_fastopen_done(struct sock *sk, bool reset);

/* Its keys: tcp_fastopen_key.c. @sk: a listener that may have its own; NULL: the machine's. */
#define TCP_FASTOPEN_COOKIE_SIZE 8
#define TCP_FASTOPEN_KEY_LENGTH 16
void tcp_fastopen_init(void);
/* net.ipv4.tcp_fastopen_key, TCP_FASTOPEN_KEY: @n is 1 or 2. 0 or -ENOMEM. Task. */
int tcp_fastopen_set_keys(struct sock *sk, const u8 *keys, u32 n);
/* How many there are; @keys has room for two. */
u32 tcp_fastopen_get_keys(const struct sock *sk, u8 *keys);
/* @sk ends, or has never had keys. Bh off. */
void tcp_fastopen_drop_keys(struct sock *sk);
/* The cookie of @raddr, who speaks to @laddr, by the first key. */
void tcp_fastopen_cookie_gen(const struct sock *sk, be32 raddr, be32 laddr, u8 *cookie);
/* Which key has made @cookie: 1, 2, or 0: none of ours. */
u32 tcp_fastopen_cookie_key(const struct sock *sk, be32 raddr, be32 laddr, const u8 *cookie);
/* What is remembered of a server whose clients we are (tcp_metrics.c). */
/* *@exp: in the experimental option (RFC 7413 §4.1.1, Appendix B), which is tried once. */
bool tcp_fastopen_cache_get(be32 daddr, u16 *mss, u8 *cookie, s8 *len, bool *exp);
void tcp_fastopen_cache_set(be32 daddr, u16 mss, const u8 *cookie, s8 len, bool syn_drop, bool exp);
/* Metrics of destinations (RFC 2140bis): into a new connection; from an ending one. */
void tcp_metrics_init(void);
/* Forgets what is known of @daddr (0: of all). 0, -ESRCH. Bh off. */
int tcp_metrics_forget(be32 daddr);
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
	u32 last_oow_ack_time_ms, entry_ms; /* since when it waits */
	u8 substate;			    /* TCP_TIME_WAIT or TCP_FIN_WAIT2 */
	u8 rcv_wscale, tos;
	bool tstamp_ok;
	bool reuse, reuseport; /* of the sock that it was: bind() asks */
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
/* The SYN that it let through found no listener: acknowledges it, as anything else. */
void tcp_timewait_ack(struct tcp_timewait_sock *tw, const struct sk_buff *skb);
/* May @tw's flow be @sk's, which connects (RFC 6191)? Then @sk goes on where it ended. */
bool tcp_timewait_reuse(struct sock *sk, const struct tcp_timewait_sock *tw, bool by_task);
u32 tcp_nr_timewait(void);
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
	u8 ect; /* the ECN field; what tos has of it does not count */
};
/* Any segment without data in answer to @skb. */
void tcp_v4_send_reply(const struct sk_buff *skb, const struct tcp_reply *r);
/* A packet for a header and options only, over @dst; data where the header goes. NULL: no buffer.
 */
struct sk_buff *tcp_alloc_bare(const struct dst_entry *dst);
/* Completes its checksum and sends it. Consumes. */
void tcp_send_bare(struct sk_buff *skb, const struct ipcm_cookie *ipc);
/* RFC 9293 §3.10.7.4's first check, for a window [@win, @end_win). */
static inline bool tcp_in_window(u32 seq, u32 end_seq, u32 win, u32 end_win)
{
	if (seq == win || (after(end_seq, win) && before(seq, end_win)))
		return true;
	return seq == end_win && seq == end_seq;
}
/*
 * May no ACK be sent in answer to the segment @cb outside the window? tcp_invalid_ratelimit; data
 * is always answered, for it cannot be part of a storm of ACKs.
 */
bool tcp_oow_rate_limited(const struct tcp_skb_cb *cb, u32 *last_ms);

/* ---- the sock's receiver, softirq rules; both consume ---- */

/* For an unowned sock, and from its backlog (struct proto's backlog_rcv). */
void tcp_v4_do_rcv(struct sock *sk, struct sk_buff *skb);
/* Timers' and others' deferred work, as release_sock ends (struct proto's release_cb). */
void tcp_release_cb(struct sock *sk);
