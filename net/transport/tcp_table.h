/*
 * Which sock has which TCP port and flow: tables for established connections, for requests whose
 * handshake is not over, for TIME-WAIT, for listeners, and for bound ports. Each look is O(1); the
 * three tables of flows share one keyed hash.
 *
 * All functions: softirq or bh off.
 */
#pragma once

#include "net/transport/tcp_sock.h"

/* A segment's flow as its receiver sees it; ports as on the wire, but @lport in host order. */
struct tcp_flow {
	be32 laddr, raddr;
	be16 rport;
	u16 lport;
	int dif; /* ifindex that it came in on */
};

struct tcp_timewait_sock;
struct tcp_request_sock;

/* Slots of the table of flows; the others are a fraction of it. Sized by RAM. Boot only */
void tcp_table_init(void);
struct hlist_head *tcp_alloc_table(u32 slots);
extern u32 tcp_flow_slots;

/* Not LISTEN, not TIME-WAIT. Borrowed; NULL: none. */
struct sock *tcp_lookup_established(const struct tcp_flow *fl, u32 hash);
/* The best match: address, then device, then SO_REUSEPORT by flow. Borrowed; NULL: none. */
struct sock *tcp_lookup_listener(const struct tcp_flow *fl);
u32 tcp_flow_hash(const struct tcp_flow *fl);
/* Of a segment (header parsed), and of a connection. */
void tcp_flow_of_skb(const struct sk_buff *skb, struct tcp_flow *fl);
void tcp_flow_of_sock(const struct sock *sk, struct tcp_flow *fl);

/* Into the table that sk->state asks for; takes a reference. */
void tcp_hash(struct sock *sk);
/* struct proto's unhash: out of the flow or listener table, if in one. Keeps the port. */
void tcp_unhash(struct sock *sk);
/* ---- ports: tcp_bind.c, tcp_port.c ---- */

void tcp_bind_init(void);
/*
 * struct proto's get_port: binds @sk to @port, 0: to one at random (odd ones first: connect takes
 * the even ones), by the rules of SO_REUSEADDR and SO_REUSEPORT. Again for a sock that has it: may
 * it listen now? -EADDRINUSE.
 */
int tcp_get_port(struct sock *sk, u16 port);
/* The child of a listener has its listener's port. */
void tcp_inherit_port(const struct sock *listener, struct sock *child);
/* Gives the port back. */
void tcp_put_port(struct sock *sk);
/* TIME-WAIT holds the port, too. */
void tcp_timewait_hold_port(struct tcp_timewait_sock *tw);
void tcp_timewait_put_port(struct tcp_timewait_sock *tw);
/* Is @port bound in a way that @sk, which picks one itself, must leave alone? */
bool tcp_port_taken(const struct sock *sk, u16 port);
/* Nobody has @port, or only socks that connect() has given it to (@sk itself not counted). */
bool tcp_port_connectable(const struct sock *sk, u16 port, bool *unused);
/* Puts @sk on @port, without asking. -ENOMEM. */
int tcp_take_port(struct sock *sk, u16 port, bool by_connect);
/* A port for @sk that nobody on its address has; -EADDRINUSE. */
int tcp_pick_port(struct sock *sk);
u32 tcp_nr_ports(void);
/*
 * For connect: with no port yet, picks one at random (RFC 6056 §3.3.3: keyed by the destination)
 * that is free for this destination; hashes @sk. A TIME-WAIT entry of the same flow may be taken
 * over if tcp_tw_reuse and timestamps allow it (RFC 6191). -EADDRNOTAVAIL.
 */
int tcp_hash_connect(struct sock *sk);

u32 tcp_nr_established(void);
u32 tcp_nr_socks(void); /* with listeners */

/* ---- for /proc: tcp_seq.c ---- */

/* Slots of listeners and of flows; and what stands in one of them, @fn called for each. */
u32 tcp_socks_slots(void);
void tcp_socks_in(u32 slot, void (*fn)(struct seq_file *s, struct sock *sk), struct seq_file *s);
/* The same of requests and of TIME-WAIT. */
u32 tcp_requests_slots(void);
void tcp_requests_in(u32 slot, void (*fn)(struct seq_file *s, const struct tcp_request_sock *req),
		     struct seq_file *s);
u32 tcp_timewaits_slots(void);
void tcp_timewaits_in(u32 slot, void (*fn)(struct seq_file *s, const struct tcp_timewait_sock *tw),
		      struct seq_file *s);

/* How a file shows one of each kind. */
struct tcp_seq_ops {
	void (*request)(struct seq_file *s, const struct tcp_request_sock *req);
	void (*sock)(struct seq_file *s, struct sock *sk);
	void (*timewait)(struct seq_file *s, const struct tcp_timewait_sock *tw);
};
/* A proc_entry's walk over all of them. Task, bh on. */
bool tcp_seq_walk(struct seq_file *s, const struct tcp_seq_ops *ops);
