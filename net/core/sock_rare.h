/*
 * What few sockets ever set, kept beside struct sock so that the many others stay small: found by
 * hash, if SOCK_RARE says that there is something.
 */
#pragma once

#include "net/core/sock.h"

#define SAVED_HEADERS_MAX (14 + 60 + 60) /* Ethernet, IP, TCP */

/* The headers of a connection's SYN (TCP_SAVE_SYN). */
struct saved_headers {
	u32 len;
	u8 bytes[SAVED_HEADERS_MAX];
};

struct sock_rare {
	struct sock_rare *next;
	const struct sock *sk;
	int incoming_cpu, peek_off; /* SO_INCOMING_CPU, SO_PEEK_OFF; -1: none */
	int busy_poll;		    /* SO_BUSY_POLL */
	struct sock_txtime txtime;  /* SO_TXTIME */
	u32 rto_max_ms;		    /* TCP_RTO_MAX_MS; 0: the sysctl's value */
	int tx_delay_us;	    /* TCP_TX_DELAY */
	u8 save_syn;		    /* TCP_SAVE_SYN */
	u16 port_low, port_high;    /* IP_LOCAL_PORT_RANGE; 0: the machine's */
	struct saved_headers *saved_syn;
};

void sock_rare_init(void); /* boot */
/* Sets aside again what softirqs have used up. Task. */
void sock_rare_refill(void);
/* What @sk has set, or all defaults. Never NULL. Any context but hardirq. */
const struct sock_rare *sock_rare(const struct sock *sk);
/* The same, to be changed; NULL: no memory. Task or softirq. */
struct sock_rare *sock_rare_get(struct sock *sk);
/* @sk, a copy of @from, gets its own; not the SYN. Without memory it has the defaults. Softirq. */
void sock_rare_inherit(struct sock *sk, const struct sock *from);
/* @sk ends. Softirq or bh off. */
void sock_rare_forget(struct sock *sk);

/* NULL: no memory. Softirq. */
struct saved_headers *saved_headers_alloc(void);
void saved_headers_free(struct saved_headers *h);
