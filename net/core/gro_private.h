/* Between gro.c and gro_ack.c: a segment as it was read, and what both ask of it. */
#pragma once

#include "net/core/gro.h"

struct segment {
	const u8 *ip, *th;
	u32 hlen, payload;
};

/* Are the sums of both headers, and over the payload, right? Softirq. */
bool gro_sums_right(const struct sk_buff *skb, const struct segment *s);

/* ---- gro_ack.c ---- */

/* May @skb be the first of a run of ACKs? Softirq. */
bool gro_ack_may_begin(const struct sk_buff *skb, const struct segment *s);
/* True: @skb, which says more, stands for @run now; what stood there is gone. Softirq. */
bool gro_ack_join(struct gro_run *run, struct sk_buff *skb, const struct segment *s);
