/*
 * TCP's header and options: the only readers of their bytes. tcp_parse checks the lengths and puts
 * what every later step asks for into the packet's cb, in host order; the options are read when a
 * step needs them, through one bounded iterator. A malformed option ends the reading (its length
 * cannot be trusted), a known one of the wrong length is passed over; neither costs the segment.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_input.h"

enum drop_reason tcp_parse(struct sk_buff *skb)
{
	u8 tos = ip_hdr(skb)->tos;
	const struct tcphdr *th;
	struct tcp_skb_cb *cb;
	u32 hlen;

	if (!pskb_may_pull(skb, TCP_MIN_HEADER))
		return DROP_TCP_BAD;
	hlen = (skb->data[offsetof(struct tcphdr, doff)] >> 4) * 4u;
	if (hlen < TCP_MIN_HEADER || !pskb_may_pull(skb, hlen))
		return DROP_TCP_BAD;
	skb_set_transport_header(skb, 0);
	th = (const struct tcphdr *)skb->data;
	cb = TCP_SKB_CB(skb);
	cb->seq = get_be32(&th->seq);
	cb->tcp_flags = th->flags;
	cb->end_seq = cb->seq + (skb->len - hlen) + !!(th->flags & TCPHDR_SYN) +
		      !!(th->flags & TCPHDR_FIN);
	cb->sacked = 0;
	cb->ip_dsfield = tos;
	cb->eor = 0;
	cb->pcount = 0;
	cb->mss = skb_shinfo(skb)->gso_size;
	cb->rx.ack_seq = get_be32(&th->ack_seq);
	cb->rx.window = get_be16(&th->window);
	cb->rx.urg_ptr = get_be16(&th->urg_ptr);
	cb->rx.hlen = (u8)hlen;
	return NR_DROP_REASONS;
}

/* ---- options ---- */

struct tcp_option_iter {
	const u8 *at, *end;
};

struct tcp_option {
	const u8 *data; /* behind kind and length */
	u8 kind, len;	/* of data */
};

/* The next option with a length; false: the end, or nothing that can be read. */
static bool tcp_option_next(struct tcp_option_iter *it, struct tcp_option *o)
{
	size_t left;

	while (it->at < it->end && *it->at == TCPOPT_NOP)
		it->at++;
	left = (size_t)(it->end - it->at);
	if (left < 2 || it->at[0] == TCPOPT_EOL || it->at[1] < 2 || it->at[1] > left)
		return false;
	*o = (struct tcp_option){ it->at + 2, it->at[0], (u8)(it->at[1] - 2) };
	it->at += it->at[1];
	return true;
}

static void tcp_option_timestamp(const u8 *data, struct tcp_options_received *res)
{
	res->saw_tstamp = true;
	res->rcv_tsval = get_be32(data);
	res->rcv_tsecr = get_be32(data + 4);
}

static void tcp_option_sack(const struct tcp_option *o, struct tcp_options_received *res)
{
	if (!o->len || o->len % TCPOLEN_SACK_PERBLOCK)
		return;
	res->num_sacks = (u8)min(o->len / TCPOLEN_SACK_PERBLOCK, TCP_NUM_SACKS);
	for (u32 i = 0; i < res->num_sacks; i++) {
		res->sacks[i].start_seq = get_be32(o->data + 8 * i);
		res->sacks[i].end_seq = get_be32(o->data + 8 * i + 4);
	}
}

/* RFC 9768 §3.2.3: as many counters as it has, but three at most; what is left over is no counter.
 */
static void tcp_option_accecn(const struct tcp_option *o, struct tcp_options_received *res)
{
	static const u8 order[2][3] = { { 1, 2, 0 }, { 0, 2, 1 } }; /* by kind */
	const u8 *index = order[o->kind == TCPOPT_ACCECN1];

	res->accecn = TCP_ACCECN_HAS;
	for (u32 i = 0; i < 3 && o->len / TCPOLEN_ACCECN_PERFIELD > i; i++) {
		const u8 *p = o->data + TCPOLEN_ACCECN_PERFIELD * i;

		res->accecn |= (u8)(1u << index[i]);
		res->accecn_bytes[index[i]] = (u32)p[0] << 16 | get_be16(p + 1);
	}
}

/* RFC 7413 §4.1.1: no cookie asks for one; an odd length or one out of bounds is no option. */
static void tcp_option_fastopen(const u8 *cookie, u8 len, bool exp,
				struct tcp_options_received *res)
{
	if (len % 2 || (len && len < 4) || len > sizeof(res->fastopen_cookie))
		return;
	memcpy(res->fastopen_cookie, cookie, len);
	res->fastopen_len = (s8)len;
	res->fastopen_exp = exp;
}

static void tcp_option_experimental(const struct tcp_option *o, struct tcp_options_received *res)
{
	if (o->len >= 2 && get_be16(o->data) == TCPOPT_FASTOPEN_MAGIC)
		tcp_option_fastopen(o->data + 2, (u8)(o->len - 2), true, res);
}

/* What only a SYN may carry. */
static void tcp_option_syn(const struct tcp_option *o, struct tcp_options_received *res)
{
	switch (o->kind) {
	case TCPOPT_MSS:
		if (o->len == TCPOLEN_MSS - 2)
			res->mss = get_be16(o->data);
		break;
	case TCPOPT_WINDOW:
		if (o->len != TCPOLEN_WINDOW - 2)
			break;
		res->wscale_ok = true;
		res->snd_wscale = min(o->data[0], (u8)TCP_MAX_WSCALE); /* RFC 7323 §2.3 */
		break;
	case TCPOPT_SACK_PERM:
		res->sack_ok |= o->len == TCPOLEN_SACK_PERM - 2;
		break;
	case TCPOPT_FASTOPEN:
		tcp_option_fastopen(o->data, o->len, false, res);
		break;
	case TCPOPT_EXP:
		tcp_option_experimental(o, res);
		break;
	}
}

static void tcp_options_clear(struct tcp_options_received *res)
{
	res->saw_tstamp = res->sack_ok = res->wscale_ok = res->fastopen_exp = false;
	res->snd_wscale = res->num_sacks = 0;
	res->mss = res->user_timeout = 0;
	res->rcv_tsval = res->rcv_tsecr = 0;
	res->fastopen_len = -1;
	res->accecn = 0;
}

/* As almost every segment has it: NOP, NOP, timestamps and no more. */
static bool tcp_options_only_timestamp(const u8 *opt, u32 len)
{
	return len == TCPOLEN_TSTAMP_ALIGNED &&
	       get_be32(opt) == (TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_TIMESTAMP << 8 |
				 TCPOLEN_TIMESTAMP);
}

void tcp_options_parse(const u8 *opt, u32 len, struct tcp_options_received *res, bool estab)
{
	struct tcp_option_iter it = { opt, opt + len };
	struct tcp_option o;

	tcp_options_clear(res);
	if (likely(tcp_options_only_timestamp(opt, len))) {
		tcp_option_timestamp(opt + 4, res);
		return;
	}
	while (tcp_option_next(&it, &o)) {
		if (o.kind == TCPOPT_TIMESTAMP && o.len == TCPOLEN_TIMESTAMP - 2)
			tcp_option_timestamp(o.data, res);
		else if (o.kind == TCPOPT_USER_TIMEOUT && o.len == TCPOLEN_USER_TIMEOUT - 2)
			res->user_timeout = get_be16(o.data);
		else if (o.kind == TCPOPT_SACK)
			tcp_option_sack(&o, res);
		else if (o.kind == TCPOPT_ACCECN0 || o.kind == TCPOPT_ACCECN1)
			tcp_option_accecn(&o, res);
		else if (!estab)
			tcp_option_syn(&o, res);
	}
}

void tcp_parse_options(const struct sk_buff *skb, struct tcp_options_received *opt, bool estab)
{
	const u8 *th = skb_transport_header(skb);

	tcp_options_parse(th + TCP_MIN_HEADER, TCP_SKB_CB(skb)->rx.hlen - TCP_MIN_HEADER, opt,
			  estab);
	if (estab)
		return;
	opt->saw_tstamp &= sysctl_tcp_timestamps != 0;
	opt->wscale_ok &= sysctl_tcp_window_scaling != 0;
	opt->sack_ok &= sysctl_tcp_sack != 0;
	if (!opt->wscale_ok)
		opt->snd_wscale = 0;
}

bool tcp_has_md5(const struct sk_buff *skb)
{
	const u8 *opt = skb_transport_header(skb) + TCP_MIN_HEADER;
	u32 len = TCP_SKB_CB(skb)->rx.hlen - TCP_MIN_HEADER;
	struct tcp_option_iter it = { opt, opt + len };
	struct tcp_option o;

	if (likely(!len || tcp_options_only_timestamp(opt, len)))
		return false;
	while (tcp_option_next(&it, &o)) {
		if (o.kind == TCPOPT_MD5SIG)
			return true;
	}
	return false;
}
