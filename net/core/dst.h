/*
 * Where a packet goes: what routing has found, in the form that every layer can use. net/ip/route.h
 * has the IP side.
 */
#pragma once

#include "net/os.h"

struct net_device;
struct neighbour;
struct sk_buff;

struct dst_entry {
	u32 refs;  /* softirq or bh-disabled */
	int error; /* not 0: what a sender gets, -ENETUNREACH … */
	struct net_device *dev;
	u32 mtu;   /* bytes; 0: the device's */
	u32 genid; /* routing generation it was made in; stale when routing has changed since */
	void (*input)(struct sk_buff *skb);  /* Consumes. ip_local_deliver, ip_forward, ip_error */
	void (*output)(struct sk_buff *skb); /* Consumes. ip_output, … */
	void (*release)(struct dst_entry *dst); /* the last reference is gone */
};

static inline void dst_hold(struct dst_entry *dst)
{
	dst->refs++;
}

static inline void dst_release(struct dst_entry *dst)
{
	if (dst && --dst->refs == 0)
		dst->release(dst);
}
