/*
 * SO_ZEROCOPY and SO_TIMESTAMPING of what is sent (tcp_txnote.c). All but the options are asked for
 * only if tp->tx_notes; bh off unless said otherwise.
 */
#pragma once

#include "net/transport/tcp_sock.h"

#define TCP_ZEROCOPY_FRAGS 17 /* of a packet of Linux's, whose pieces are pages */

void tcp_txnote_init(void);
/* @name is SO_ZEROCOPY or SO_TIMESTAMPING. 0, -EINVAL, -ENOMEM; the value. Task, locked. */
int tcp_txnote_setsockopt(struct sock *sk, int name, int val);
int tcp_txnote_getsockopt(const struct sock *sk, int name);
/* @sk is fresh, a copy of @listener: it gets its options. */
void tcp_txnote_inherit(const struct sock *listener, struct sock *sk);
void tcp_txnote_forget(struct sock *sk); /* @sk ends */

/* A send with @flags is MSG_ZEROCOPY, and SO_ZEROCOPY is on. Any sock. Task, locked. */
bool tcp_txnote_zerocopy(const struct sock *sk, int flags);
/* Its bytes, up to write_seq, have been queued, and not pushed yet. Any sock. Task, locked. */
void tcp_txnote_send(struct sock *sk, int flags);
/* All up to @end_seq has gone to the card; all up to @una is acknowledged. */
void tcp_txnote_sent(struct sock *sk, u32 end_seq);
void tcp_txnote_acked(struct sock *sk, u32 una);
/* The queues are emptied. */
void tcp_txnote_purge(struct sock *sk);
