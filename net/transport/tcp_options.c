/*
 * The options of a segment that leaves (RFC 9293 §3.2, 7323, 2018, 7413): which they are, and their
 * bytes, in the order that Linux has made usual: peers and middleboxes have seen no other.
 *
 *   SYN      MSS, SACK-permitted with timestamps (or NOP NOP timestamps), NOP window scale, fast
 * open later    NOP NOP timestamps, accurate ECN, NOP NOP SACK
 */
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"

/* with the NOPs in front */
#define TCPOLEN_WSCALE_ALIGNED 4
#define TCPOLEN_SACK_PERM_ALIGNED 4
#define TCPOLEN_SACK_BASE_ALIGNED 4
#define TCP_OPTION_SPACE (TCP_MAX_HEADER - TCP_MIN_HEADER)

static u32 word(u32 a, u32 b, u32 c, u32 d)
{
	return a << 24 | b << 16 | c << 8 | d;
}

/* ---- the bytes ---- */

static u8 *put_word(u8 *p, u32 v)
{
	put_be32(p, v);
	return p + 4;
}

static u8 *put_timestamps(u8 *p, const struct tcp_out_options *opt, u32 lead)
{
	put_be32(p, lead << 16 | TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
	put_be32(p + 4, opt->tsval);
	put_be32(p + 8, opt->tsecr);
	return p + TCPOLEN_TSTAMP_ALIGNED;
}

static u8 *put_sack_block(u8 *p, const struct tcp_sack_block *b)
{
	return put_word(put_word(p, b->start_seq), b->end_seq);
}

static u8 *put_sacks(u8 *p, const struct tcp_out_options *opt)
{
	u32 n = opt->num_sacks, len = 2 + n * TCPOLEN_SACK_PERBLOCK;

	if (unlikely(tcp_accecn_shares_word(opt))) {
		*p++ = TCPOPT_SACK;
		*p++ = (u8)len;
	} else {
		p = put_word(p, word(TCPOPT_NOP, TCPOPT_NOP, TCPOPT_SACK, len));
	}
	if (opt->dsack) {
		p = put_sack_block(p, &opt->dsack_block);
		n--;
	}
	for (u32 i = 0; i < n; i++)
		p = put_sack_block(p, &opt->sacks[i]);
	return p;
}

static u8 *put_fastopen(u8 *p, const struct tcp_out_options *opt)
{
	u32 len = (u32)opt->fastopen_len;

	if (opt->fastopen_exp) {
		p = put_word(p, word(TCPOPT_EXP, TCPOLEN_EXP_FASTOPEN_BASE + len,
				     TCPOPT_FASTOPEN_MAGIC >> 8, TCPOPT_FASTOPEN_MAGIC & 0xff));
	} else {
		*p++ = TCPOPT_FASTOPEN;
		*p++ = (u8)(TCPOLEN_FASTOPEN_BASE + len);
	}
	memcpy(p, opt->fastopen_cookie, len);
	return p + len;
}

u32 tcp_options_write(u8 *p, const struct tcp_out_options *opt)
{
	u8 *start = p;

	if (opt->mss)
		p = put_word(p, (u32)TCPOPT_MSS << 24 | TCPOLEN_MSS << 16 | opt->mss);
	if (likely(opt->tstamp))
		p = put_timestamps(p, opt,
				   opt->sack_ok ? TCPOPT_SACK_PERM << 8 | TCPOLEN_SACK_PERM :
						  TCPOPT_NOP << 8 | TCPOPT_NOP);
	if (unlikely(opt->accecn))
		p = tcp_accecn_put(p, opt);
	if (unlikely(opt->sack_ok && !opt->tstamp))
		p = put_word(p, word(TCPOPT_NOP, TCPOPT_NOP, TCPOPT_SACK_PERM, TCPOLEN_SACK_PERM));
	if (opt->has_wscale)
		p = put_word(p, word(TCPOPT_NOP, TCPOPT_WINDOW, TCPOLEN_WINDOW, opt->wscale));
	if (unlikely(opt->num_sacks))
		p = put_sacks(p, opt);
	if (unlikely(opt->mss && opt->fastopen_len >= 0))
		p = put_fastopen(p, opt);
	while ((p - start) & 3)
		*p++ = TCPOPT_NOP;
	return (u32)(p - start);
}

/* ---- which they are ---- */

/* Bytes of the handshake's options but fast open. */
static u32 handshake_size(const struct tcp_out_options *opt)
{
	u32 size = TCPOLEN_MSS;

	if (opt->tstamp)
		size += TCPOLEN_TSTAMP_ALIGNED;
	else if (opt->sack_ok)
		size += TCPOLEN_SACK_PERM_ALIGNED;
	if (opt->has_wscale)
		size += TCPOLEN_WSCALE_ALIGNED;
	return size;
}

static u32 fit_fastopen(struct tcp_out_options *opt, u32 size)
{
	u32 need;

	if (opt->fastopen_len < 0)
		return size;
	need = opt->fastopen_exp ? TCPOLEN_EXP_FASTOPEN_BASE : TCPOLEN_FASTOPEN_BASE;
	need = ALIGN_UP(need + (u32)opt->fastopen_len, 4u);
	if (need <= TCP_OPTION_SPACE - size)
		return size + need;
	opt->fastopen_len = -1;
	return size;
}

/* What we announce: never more than the device takes now. */
static u16 tcp_advertise_mss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->dst_cache) {
		u32 mtu = dst_mtu(sk->dst_cache), room = max(mtu, 68u) - 40;

		tp->advmss = (u16)min((u32)tp->advmss, room);
	}
	return tp->advmss;
}

u32 tcp_syn_options(struct sock *sk, bool synack, struct tcp_out_options *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 size;

	opt->mss = tcp_advertise_mss(sk);
	opt->tstamp = sysctl_tcp_timestamps;
	opt->tsval = tcp_time_stamp(tp) + tp->tsoffset;
	opt->tsecr = tp->ts_recent;
	opt->has_wscale = sysctl_tcp_window_scaling;
	opt->wscale = tp->rcv_wscale;
	opt->sack_ok = sysctl_tcp_sack;
	opt->num_sacks = opt->accecn = 0;
	opt->dsack = false;
	size = fit_fastopen(opt, handshake_size(opt));
	if (synack && tcp_has_accecn(tp) && tp->retransmits < 2)
		size = tcp_accecn_fit_synack(opt, size);
	return size;
}

u32 tcp_synack_options(const struct sock *listener, const void *request_sock, u32 mss,
		       struct tcp_out_options *opt)
{
	const struct tcp_request_sock *req = request_sock;
	u32 size;

	opt->mss = (u16)mss;
	opt->tstamp = req->tstamp_ok;
	opt->tsval = tcp_now_ms() + req->tsoffset;
	opt->tsecr = req->ts_recent;
	opt->has_wscale = req->wscale_ok;
	opt->wscale = req->rcv_wscale;
	opt->sack_ok = req->sack_ok;
	opt->num_sacks = opt->accecn = 0;
	opt->dsack = false;
	size = fit_fastopen(opt, handshake_size(opt));
	if (req->accecn_ok && !req->synack_again)
		size = tcp_accecn_fit_synack(opt, size);
	return size;
}

/* The blocks that there are and that fit, the duplicate's first (RFC 2883 §4). */
static u32 fit_sacks(const struct tcp_sock *tp, struct tcp_out_options *opt, u32 size)
{
	bool dsack = tp->duplicate_sack.start_seq != tp->duplicate_sack.end_seq;
	u32 n = dsack + (tp->ooo ? tp->ooo->num_sacks : 0u);

	n = min(n, (TCP_OPTION_SPACE - size - TCPOLEN_SACK_BASE_ALIGNED) / TCPOLEN_SACK_PERBLOCK);
	opt->num_sacks = (u8)n;
	opt->dsack = dsack;
	if (dsack)
		opt->dsack_block = tp->duplicate_sack;
	opt->sacks = tp->ooo ? tp->ooo->sacks : NULL;
	return size + TCPOLEN_SACK_BASE_ALIGNED + n * TCPOLEN_SACK_PERBLOCK;
}

u32 tcp_established_options(const struct sock *sk, struct tcp_out_options *opt)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 size = 0;

	opt->mss = 0;
	opt->has_wscale = opt->sack_ok = opt->dsack = false;
	opt->num_sacks = opt->accecn = 0;
	opt->tstamp = tp->tstamp_ok;
	if (likely(tp->tstamp_ok)) {
		opt->tsval = tcp_time_stamp(tp) + tp->tsoffset;
		opt->tsecr = tp->ts_recent;
		size = TCPOLEN_TSTAMP_ALIGNED;
	}
	if (unlikely((tp->ooo && tp->ooo->num_sacks) ||
		     tp->duplicate_sack.start_seq != tp->duplicate_sack.end_seq))
		size = fit_sacks(tp, opt, size);
	if (unlikely(tcp_has_accecn(tp)))
		size = tcp_accecn_fit(tp, opt, size);
	return size;
}
