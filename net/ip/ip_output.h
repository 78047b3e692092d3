/*
 * Between the files of IP's way down. Softirq or bh off.
 */
#pragma once

#include "net/core/gso.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"

/* Puts a header in front of @skb, which has the room. Borrows. */
void ip_push_header(struct sk_buff *skb, const struct ipcm_cookie *ipc, u8 ttl);
/* Sends a finished packet whose dst and dev are set. Consumes. */
void ip_local_out(struct sk_buff *skb);
/* The same as ip_fragment, for a burst of TCP whose segments are too large. Consumes. */
void ip_fragment_burst(struct sk_buff *skb, void (*output)(struct sk_buff *));
/* The largest packet that may go @skb's way, in its sender's opinion. */
u32 ip_skb_mtu(const struct sk_buff *skb);
/* The longest packet that @skb (data at the IP header) is on the wire: bursts leave in pieces. */
static inline u32 ip_wire_len(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? gso_hlen(skb) + skb_shinfo(skb)->gso_size : skb->len;
}
/* What the socket (may be NULL) wants for packets that go @rt's way. */
u8 ip_choose_ttl(const struct sock *sk, const struct rtable *rt);
