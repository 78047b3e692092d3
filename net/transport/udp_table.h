/*
 * Which sockets have which UDP port: three hash tables of socks.
 *
 *   bound   every sock with a port, by port: conflicts, broadcast and multicast, /proc
 *   open    of these those without a full peer, by port: whom an unexpected packet is for
 *   conn    those with a full peer, by the four-tuple: a thousand connected sockets on a server's
 *           port cost one look
 *
 * All functions: softirq or bh off.
 */
#pragma once

#include "net/core/sock.h"

struct udp_sock {
	struct datagram_sock dg;
	bool connected; /* its node is in conn; bh-disable */
	u64 serial;	/* of its binding: later ones stand before earlier ones in bound */
};

/* Sets the tables aside, sized by RAM. Boot only. */
void udp_table_init(void);

/* struct proto's get_port and unhash. */
int udp_get_port(struct sock *sk, u16 port);
void udp_unhash(struct sock *sk);
/* The peer has changed: puts @sk where it now belongs. */
void udp_rehash(struct sock *sk);

/* A packet's addresses as the receiver sees them. */
struct udp_flow {
	be32 laddr, raddr;
	be16 rport;
	u16 lport; /* host order */
	int dif;
};

/*
 * The best match for @fl - most specific, then the latest bound, or by flow among SO_REUSEPORT's.
 * Borrowed. NULL: nobody.
 */
struct sock *udp_lookup(const struct udp_flow *fl);
/* The next after @sk (NULL: the first) of all that want a broadcast or multicast with @fl. */
struct sock *udp_next_match(const struct udp_flow *fl, struct sock *sk);
/*
 * A proc_entry's walk: @fn for every sock, with its bucket. A server's port may have thousands of
 * them, so that one bucket may be many pieces. Task, bh on.
 */
bool udp_seq_walk(struct seq_file *s,
		  void (*fn)(struct seq_file *s, const struct sock *sk, u32 bucket));
u32 udp_nr_socks(void);
