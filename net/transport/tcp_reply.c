/*
 * Segments that belong to no sock: RST in answer to what nobody expects (RFC 9293 §3.10.7.1), and
 * ACKs on behalf of requests and of TIME-WAIT. They go back where the segment came from, routed
 * anew.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

#define INET_ECN_MASK 3
#define REPLY_OPTIONS 12 /* the timestamps */

struct sk_buff *tcp_alloc_bare(const struct dst_entry *dst)
{
	u32 headroom = ALIGN_UP((u32)dst->dev->hard_header_len, 16u) + sizeof(struct iphdr);
	struct sk_buff *skb = alloc_skb(headroom + TCP_MAX_HEADER);

	if (skb)
		skb_reserve(skb, headroom);
	return skb;
}

void tcp_send_bare(struct sk_buff *skb, const struct ipcm_cookie *ipc)
{
	struct tcphdr *th = (struct tcphdr *)skb->data;

	th->check = 0;
	th->check = csum_fold(
		csum_partial(th, skb->len,
			     csum_tcpudp_nofold(ipc->saddr, ipc->daddr, skb->len, IPPROTO_TCP, 0)));
	TCP_INC(OutSegs);
	ip_queue_xmit(skb, ipc);
}

/* The header of @r in answer to @th, at @skb's data. */
static void tcp_reply_header(struct sk_buff *skb, const struct tcphdr *th,
			     const struct tcp_reply *r)
{
	u32 hlen = TCP_MIN_HEADER + (r->tstamp ? REPLY_OPTIONS : 0);
	struct tcphdr *rep = (struct tcphdr *)skb_put(skb, hlen);

	memset(rep, 0, TCP_MIN_HEADER);
	rep->source = th->dest;
	rep->dest = th->source;
	rep->seq = htonl(r->seq);
	rep->ack_seq = htonl(r->ack);
	rep->doff = (u8)(hlen / 4 << 4);
	rep->flags = r->flags;
	rep->window = htons(r->win);
	if (r->tstamp) {
		const struct tcp_out_options opt = {
			.tstamp = true, .tsval = r->tsval, .tsecr = r->tsecr, .fastopen_len = -1
		};

		tcp_options_write((u8 *)(rep + 1), &opt);
	}
}

static void tcp_reply_over(const struct sk_buff *skb, const struct tcp_reply *r, int oif, s16 ttl)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct flowi fl = { .daddr = ip->saddr, .saddr = ip->daddr, .tos = r->tos, .oif = oif };
	struct sk_buff *out;
	struct rtable *rt;

	if (ip_route_output(&rt, &fl))
		return;
	out = tcp_alloc_bare(&rt->dst);
	if (out) {
		const struct ipcm_cookie ipc = {
			.saddr = ip->daddr,
			.daddr = ip->saddr,
			.protocol = IPPROTO_TCP,
			.tos = (u8)((r->tos & ~INET_ECN_MASK) | r->ect),
			.ttl = ttl > 0 ? (u8)ttl : 0,
			.df = true,
			.dst = &rt->dst,
		};

		tcp_reply_header(out, tcp_hdr(skb), r);
		if (r->flags & TCPHDR_RST)
			TCP_INC(OutRsts);
		tcp_send_bare(out, &ipc);
	}
	dst_release(&rt->dst);
}

void tcp_v4_send_reply(const struct sk_buff *skb, const struct tcp_reply *r)
{
	tcp_reply_over(skb, r, 0, 0);
}

void tcp_v4_send_reset(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_reply r = { .flags = TCPHDR_RST, .tos = ip_hdr(skb)->tos };

	if (cb->tcp_flags & TCPHDR_RST)
		return;
	/* A sock knows that it talks to this peer; else only what was sent to us alone counts. A
	 * segment from a backlog has no route any more. */
	if (!sk && (!skb->dst || rt_of(skb->dst)->type != RTN_LOCAL))
		return;
	if (cb->tcp_flags & TCPHDR_ACK) {
		r.seq = cb->rx.ack_seq;
	} else {
		r.ack = cb->end_seq;
		r.flags |= TCPHDR_ACK;
	}
	tcp_reply_over(skb, &r, sk ? sk->bound_dev_if : 0, sk ? sk->ttl : -1);
}

bool tcp_oow_rate_limited(const struct tcp_skb_cb *cb, u32 *last_ms)
{
	u32 now = tcp_now_ms();

	if (cb->seq != cb->end_seq && !(cb->tcp_flags & TCPHDR_SYN))
		return false;
	if (*last_ms && now - *last_ms < (u32)sysctl_tcp_invalid_ratelimit)
		return true;
	*last_ms = now ? now : 1;
	return false;
}
