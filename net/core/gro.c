/*
 * Joining segments: the reverse of gso.c. A segment joins a run if its bytes follow and its headers
 * are those of the run's first one but for lengths, numbers and checksums; these two are seen to be
 * right before, for what is joined has none of its own. A run ends with PSH, with a shorter
 * segment, with anything else of its connection, when its packet is full, and with the burst it
 * came in: so nothing ever waits for more. What results can be cut again, should it be for another
 * host. ACKs without data make runs of their own kind (gro_ack.h).
 */
#include "net/core/gro_ack.h"

/* ---- reading a segment ---- */

/* False: not TCP in one plain, whole IPv4 packet. */
static bool segment_read(const struct sk_buff *skb, struct segment *s)
{
	const u8 *ip = skb->data, *th = ip + IP_HLEN_MIN;
	u32 doff, total;

	if (skb->data_len || skb->len < IP_HLEN_MIN + TCP_HLEN_MIN)
		return false;
	/* Differences are gathered here and below: one jump is cheaper than many. */
	if ((ip[0] ^ IP_PLAIN) | (ip[IP_AT_PROTOCOL] ^ PROTO_TCP) |
	    (get_be16(ip + IP_AT_FRAG) & ~IP_FRAG_DF))
		return false;
	doff = (th[TCP_AT_DOFF] >> 4) * 4u;
	total = get_be16(ip + IP_AT_TOT_LEN);
	if (doff < TCP_HLEN_MIN || total > skb->len || total < IP_HLEN_MIN + doff)
		return false;
	*s = (struct segment){ ip, th, IP_HLEN_MIN + doff, total - IP_HLEN_MIN - doff };
	return true;
}

/* Is it TCP after all, of whatever kind? */
static bool may_be_tcp(const struct sk_buff *skb)
{
	return skb_headlen(skb) > IP_AT_PROTOCOL && skb->data[IP_AT_PROTOCOL] == PROTO_TCP;
}

/* ---- runs ---- */

/* What two words differ in. */
static inline u32 word_diff(const u8 *a, const u8 *b)
{
	return gso_load_be32(a) ^ gso_load_be32(b);
}

/* Addresses and ports. */
static bool same_connection(const u8 *ip, const struct segment *s)
{
	return !(word_diff(ip + IP_AT_SADDR, s->ip + IP_AT_SADDR) |
		 word_diff(ip + IP_AT_DADDR, s->ip + IP_AT_DADDR) |
		 word_diff(ip + IP_HLEN_MIN, s->th));
}

static struct gro_run *find_run(struct gro *g, const struct segment *s)
{
	for (u32 i = 0; i < g->nr_runs; i++)
		if (same_connection(g->runs[i].skb->data, s))
			return &g->runs[i];
	return NULL;
}

/* Of two options' @len bytes, a multiple of 4; 0: none. */
static inline u32 options_differ(const u8 *a, const u8 *b, u32 len)
{
	u32 diff = 0;

	if (likely(len == 12)) /* timestamps */
		return word_diff(a, b) | word_diff(a + 4, b + 4) | word_diff(a + 8, b + 8);
	for (u32 i = 0; i < len; i += 4)
		diff |= word_diff(a + i, b + i);
	return diff;
}

static bool same_headers(const struct gro_run *run, const struct segment *s)
{
	const u8 *ip = run->skb->data, *th = ip + IP_HLEN_MIN;
	u32 diff;

	if (run->hlen != s->hlen)
		return false;
	diff = (u32)((ip[IP_AT_TOS] ^ s->ip[IP_AT_TOS]) | (ip[IP_AT_TTL] ^ s->ip[IP_AT_TTL]));
	diff |= word_diff(ip + IP_AT_ID, s->ip + IP_AT_ID) &
		htonl(0xffff); /* of it, the fragment */
	diff |= word_diff(th + TCP_AT_ACK_SEQ, s->th + TCP_AT_ACK_SEQ);
	diff |= word_diff(th + TCP_AT_DOFF, s->th + TCP_AT_DOFF) & ~htonl(TCP_FLAG_PSH << 16);
	diff |= options_differ(th + TCP_HLEN_MIN, s->th + TCP_HLEN_MIN,
			       s->hlen - IP_HLEN_MIN - TCP_HLEN_MIN);
	return !diff;
}

/* True: @skb has become a part of @run. */
static bool run_join(struct gro *g, struct gro_run *run, struct sk_buff *skb,
		     const struct segment *s)
{
	u8 push = s->th[TCP_AT_FLAGS] & TCP_FLAG_PSH;

	if (!s->payload || s->payload > run->size ||
	    get_be32(s->th + TCP_AT_SEQ) != run->next_seq || !same_headers(run, s) ||
	    !gro_sums_right(skb, s))
		return false;
	skb_trim(skb, s->hlen + s->payload);
	if (!skb_absorb_head(run->skb, skb, s->hlen))
		return false;
	gro_ended(g, skb);
	run->skb->data[IP_HLEN_MIN + TCP_AT_FLAGS] |= push;
	run->next_seq += s->payload;
	return true;
}

/* Nothing can follow: what came last was short, or told to be delivered, or took the last slot. */
static bool run_complete(const struct gro_run *run, const struct segment *last)
{
	return last->payload < run->size ||
	       (run->skb->data[IP_HLEN_MIN + TCP_AT_FLAGS] & TCP_FLAG_PSH) ||
	       skb_shinfo(run->skb)->nr_frags == SKB_BURST_FRAGS;
}

/* Headers for all of it, and what is needed to cut it again. */
static void run_fix_headers(const struct gro_run *run)
{
	struct skb_shared_info *si = skb_shinfo(run->skb);
	u8 *ip = run->skb->data, *th = ip + IP_HLEN_MIN;
	be16 sum;

	put_be16(ip + IP_AT_TOT_LEN, (u16)run->skb->len);
	put_be16(ip + IP_AT_CHECK, 0);
	sum = ip_fast_csum(ip, IP_HLEN_MIN / 4);
	memcpy(ip + IP_AT_CHECK, &sum, sizeof(sum));
	sum = gso_pseudo_sum(ip, run->skb->len - IP_HLEN_MIN);
	memcpy(th + TCP_AT_CHECK, &sum, sizeof(sum));
	skb_set_transport_header(run->skb, IP_HLEN_MIN);
	run->skb->ip_summed = CHECKSUM_PARTIAL;
	run->skb->csum_start = run->skb->transport_header;
	run->skb->csum_offset = TCP_AT_CHECK;
	si->gso_size = run->size;
	si->gso_segs = (u16)(si->nr_frags + 1);
	si->gso_type = SKB_GSO_TCPV4;
}

static void run_end(struct gro *g, struct gro_run *run, void (*up)(struct sk_buff *skb))
{
	struct sk_buff *skb = run->skb;

	if (skb->data_len)
		run_fix_headers(run);
	g->nr_runs--;
	for (; run < g->runs + g->nr_runs; run++)
		run[0] = run[1];
	up(skb);
}

/* PSH says that nothing follows for now. */
static bool run_may_begin(const struct gro *g, const struct sk_buff *skb, const struct segment *s)
{
	if (!s->payload)
		return g->acks && gro_ack_may_begin(skb, s);
	return (s->th[TCP_AT_FLAGS] & ~(TCP_FLAG_CWR | TCP_FLAG_ECE)) == TCP_FLAG_ACK &&
	       !skb_shared(skb) && gro_sums_right(skb, s);
}

static void run_begin(struct gro *g, struct sk_buff *skb, const struct segment *s,
		      void (*up)(struct sk_buff *skb))
{
	if (g->nr_runs == GRO_RUNS)
		run_end(g, &g->runs[0], up);
	skb_trim(skb, s->hlen + s->payload);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	g->runs[g->nr_runs++] = (struct gro_run){ skb, get_be32(s->th + TCP_AT_SEQ) + s->payload,
						  (u16)s->hlen, (u16)s->payload };
}

void gro_receive(struct gro *g, struct sk_buff *skb, void (*up)(struct sk_buff *skb))
{
	struct gro_run *run;
	struct segment s;

	if (!segment_read(skb, &s)) {
		if (may_be_tcp(skb))
			gro_flush(g, up);
		up(skb);
		return;
	}
	run = find_run(g, &s);
	if (run && (s.payload ? run_join(g, run, skb, &s) : gro_ack_join(g, run, skb, &s))) {
		if (run_complete(run, &s))
			run_end(g, run, up);
		return;
	}
	if (run)
		run_end(g, run, up);
	if (run_may_begin(g, skb, &s))
		run_begin(g, skb, &s, up);
	else
		up(skb);
}

void gro_flush(struct gro *g, void (*up)(struct sk_buff *skb))
{
	while (g->nr_runs)
		run_end(g, &g->runs[0], up);
	if (g->ended)
		consume_skb_chain(g->ended);
	g->ended = NULL;
}
