/*
 * The out-of-order queue as a set ordered by sequence: a list for walking, a tree for finding. For
 * tcp_ooo.c and tcp_collapse.c alone. The head of a queue is freed with its last packet, so that
 * tp->ooo says whether there is a hole.
 */
#pragma once

#include "net/transport/tcp_sock.h"

/* The head; NULL: no memory. */
struct tcp_ooo *tcp_ooo_get(struct tcp_sock *tp);
/* Frees the head if the queue is empty; with it go the SACK blocks. */
void tcp_ooo_put_if_empty(struct tcp_sock *tp);
/* The last packet that begins at or before @seq; NULL: none. O(log n), mostly O(1). */
struct sk_buff *tcp_ooo_find(const struct tcp_ooo *ooo, u32 seq);
/* Behind @prev (NULL: first), which tcp_ooo_find has found. Takes over @skb. */
void tcp_ooo_insert(struct tcp_ooo *ooo, struct sk_buff *prev, struct sk_buff *skb);
/* Out of the set: @skb is the caller's. */
void tcp_ooo_remove(struct tcp_ooo *ooo, struct sk_buff *skb);

/* What RFC 2018 lets us say of it: tcp_ooo_sack.c. */
void tcp_sack_add(struct sock *sk, u32 start, u32 end);
/* rcv_nxt has moved: blocks below it go. */
void tcp_sack_forget_old(struct tcp_sock *tp);
