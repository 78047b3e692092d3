/*
 * The SYN-ACK of a request: no sock sends it, so everything in it is from the request and from the
 * listener's options.
 */
#include "net/core/byteorder.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"

static void tcp_synack_header(struct sk_buff *skb, const struct tcp_request_sock *req, u32 hlen)
{
	struct tcphdr *th = (struct tcphdr *)skb->data;
	u8 ace = tcp_ecn_synack_ace(req);

	th->source = htons(req->lport);
	th->dest = req->rport;
	th->seq = htonl(req->snt_isn);
	th->ack_seq = htonl(req->rcv_nxt);
	th->doff = (u8)(hlen / 4 << 4 | ace >> 2);
	th->flags = TCPHDR_SYN | TCPHDR_ACK | (u8)(ace << 6);
	th->window = htons(min(req->rcv_wnd, TCP_MAX_WINDOW)); /* never scaled in a SYN */
	th->check = th->urg_ptr = 0;
}

static struct sk_buff *tcp_make_synack(const struct tcp_request_sock *req,
				       const struct dst_entry *dst, struct tcp_out_options *opt)
{
	struct sk_buff *skb = tcp_alloc_bare(dst);
	u32 hlen;

	if (!skb)
		return NULL;
	tcp_synack_options(req->listener, req, tcp_advertised_mss(req->listener, dst), opt);
	if (req->cookie && opt->tstamp)
		opt->tsval = tcp_syncookie_timestamp(req, tcp_now_ms()) + req->tsoffset;
	hlen = TCP_MIN_HEADER + tcp_options_write(skb->data + TCP_MIN_HEADER, opt);
	skb_put(skb, hlen);
	tcp_synack_header(skb, req, hlen);
	return skb;
}

struct rtable *tcp_request_route(const struct tcp_request_sock *req)
{
	const struct sock *sk = req->listener;
	struct flowi fl = {
		.daddr = req->raddr, .saddr = req->laddr, .oif = sk->bound_dev_if, .tos = sk->tos
	};
	struct rtable *rt;

	return ip_route_output(&rt, &fl) ? NULL : rt;
}

bool tcp_request_synack(struct tcp_request_sock *req, struct rtable *rt, const u8 *cookie,
			s8 cookie_len, bool exp)
{
	const struct sock *sk = req->listener;
	struct tcp_out_options opt = { .fastopen_cookie = cookie,
				       .fastopen_len = cookie_len,
				       .fastopen_exp = exp };
	const struct ipcm_cookie ipc = {
		.saddr = req->laddr,
		.daddr = req->raddr,
		.protocol = IPPROTO_TCP,
		.tos = sk->tos,
		.ttl = sk->ttl > 0 ? (u8)sk->ttl : 0,
		.df = sk->pmtudisc != IP_PMTUDISC_DONT,
		.dst = &rt->dst,
	};
	struct sk_buff *skb = tcp_make_synack(req, &rt->dst, &opt);

	if (skb)
		tcp_send_bare(skb, &ipc);
	return skb != NULL;
}

bool tcp_rtx_synack(struct tcp_request_sock *req)
{
	struct rtable *rt = tcp_request_route(req);
	bool sent;

	req->synack_again = true;
	sent = rt && tcp_request_synack(req, rt, NULL, -1, false);
	if (rt)
		dst_release(&rt->dst);
	if (!sent)
		return false;
	req->num_retrans++;
	TCP_INC(RetransSegs);
	TCPEXT_INC(TCPSynRetrans);
	return true;
}
