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

void tcp_table_init(void); /* sized by RAM. Boot only */

/* Not LISTEN, not TIME-WAIT. Borrowed; NULL: none. */
struct sock *tcp_lookup_established(const struct tcp_flow *fl, u32 hash);
/* The best match: address, then device, then SO_REUSEPORT by flow. Borrowed; NULL: none. */
struct sock *tcp_lookup_listener(const struct tcp_flow *fl);
u32 tcp_flow_hash(const struct tcp_flow *fl);

/* Into the table that sk->state asks for; takes a reference. */
void tcp_hash(struct sock *sk);
/* struct proto's unhash: out of the flow or listener table, if in one. Keeps the port. */
void tcp_unhash(struct sock *sk);
/* struct proto's get_port: -EADDRINUSE. */
int tcp_get_port(struct sock *sk, u16 port);
/* The child of a listener has its listener's port. */
void tcp_inherit_port(const struct sock *listener, struct sock *child);
/* Gives the port back. */
void tcp_put_port(struct sock *sk);
/*
 * For connect: with no port yet, picks one at random (RFC 6056 §3.3.3: keyed by the destination)
 * that is free for this destination; hashes @sk. A TIME-WAIT entry of the same flow may be taken
 * over if tcp_tw_reuse and timestamps allow it (RFC 6191). -EADDRNOTAVAIL.
 */
int tcp_hash_connect(struct sock *sk);

/* Calls @fn for every sock of both tables, for /proc and the socket torture. */
void tcp_for_each_sock(void (*fn)(void *arg, struct sock *sk), void *arg);
u32 tcp_nr_established(void);
