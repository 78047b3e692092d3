/*
 * Between the files of IP's way down. Softirq or bh off.
 */
#pragma once

#include "net/ip/ip.h"
#include "net/ip/route.h"

/* Puts a header in front of @skb, which has the room. Borrows. */
void ip_push_header(struct sk_buff *skb, const struct ipcm_cookie *ipc, u8 ttl);
/* Sends a finished packet whose dst and dev are set. Consumes. */
void ip_local_out(struct sk_buff *skb);
/* What the socket (may be NULL) wants for packets that go @rt's way. */
u8 ip_choose_ttl(const struct sock *sk, const struct rtable *rt);
