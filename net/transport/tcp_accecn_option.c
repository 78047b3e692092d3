/*
 * The option of accurate ECN (RFC 9768 §3.2.3): up to three counters of bytes, 24 bits each. It is
 * always sent in order 1 - ECT(1), CE, ECT(0) - with as many of them as fit, but no fewer than have
 * changed. Of SACK blocks two stay; a third and a fourth give way to it.
 */
#include "net/core/byteorder.h"
#include "net/transport/tcp_accecn.h"

#define OPTION_SPACE (TCP_MAX_HEADER - TCP_MIN_HEADER)
#define SACK_BASE 4 /* NOP NOP SACK length */
#define SACK_KEPT 2u
#define FIELDS 3

/* net.ipv4.tcp_ecn_option */
enum { OPTION_OFF, OPTION_MINIMUM, OPTION_FULL, OPTION_PERSIST };

/* ---- out: is it due? ---- */

/* net.ipv4.tcp_ecn_option_beacon: so many in a round trip, even if nothing has changed. */
static bool beacon_due(const struct tcp_sock *tp)
{
	u32 since = tcp_us(tp->mstamp_ns) - tp->accecn->opt_sent_us;

	return sysctl_tcp_ecn_option_beacon &&
	       (u64)since * (u32)sysctl_tcp_ecn_option_beacon >= tp->srtt_us >> 3;
}

static bool option_due(const struct tcp_sock *tp)
{
	const struct tcp_accecn *a = tp->accecn;

	if (sysctl_tcp_ecn_option == OPTION_OFF || !a->opt_seen)
		return false;
	if ((a->fail_mode & TCP_ACCECN_OPT_FAIL_SEND) && sysctl_tcp_ecn_option < OPTION_PERSIST)
		return false;
	return sysctl_tcp_ecn_option >= OPTION_FULL || a->opt_demand || beacon_due(tp);
}

/* ---- out: does it fit? ---- */

static u32 option_len(u32 fields)
{
	return TCPOLEN_ACCECN_BASE + fields * TCPOLEN_ACCECN_PERFIELD;
}

/* What its end has over a multiple of 4 takes the place of SACK's NOPs, if it is not more. */
static bool shares_word(u32 fields)
{
	return option_len(fields) % 4 && option_len(fields) % 4 <= 2;
}

/* Bytes of it with @fields counters and of @blocks SACK blocks behind it. */
static u32 joint_len(u32 fields, u32 blocks)
{
	u32 len = option_len(fields);

	if (!blocks)
		return ALIGN_UP(len, 4u);
	len = shares_word(fields) ? len & ~3u : ALIGN_UP(len, 4u);
	return len + SACK_BASE + blocks * TCPOLEN_SACK_PERBLOCK;
}

u32 tcp_accecn_fit(const struct tcp_sock *tp, struct tcp_out_options *opt, u32 size)
{
	u32 least = tp->accecn->opt_minlen, base = size, blocks = opt->num_sacks;

	if (!option_due(tp))
		return size;
	if (blocks)
		base -= SACK_BASE + blocks * TCPOLEN_SACK_PERBLOCK;
	for (;; blocks--) {
		for (u32 fields = FIELDS; fields + 1 > least; fields--) {
			if (joint_len(fields, blocks) > OPTION_SPACE - base)
				continue;
			opt->accecn = (u8)(1 + fields);
			opt->accecn_bytes = tp->accecn->received_bytes;
			opt->num_sacks = (u8)blocks;
			return base + joint_len(fields, blocks);
		}
		if (!least || blocks <= SACK_KEPT)
			return size;
	}
}

u32 tcp_accecn_fit_synack(struct tcp_out_options *opt, u32 size)
{
	static const u32 none[FIELDS];

	if (sysctl_tcp_ecn_option == OPTION_OFF)
		return size;
	for (u32 fields = FIELDS + 1; fields--;) {
		if (joint_len(fields, 0) > OPTION_SPACE - size)
			continue;
		opt->accecn = (u8)(1 + fields);
		opt->accecn_bytes = none;
		return size + joint_len(fields, 0);
	}
	return size;
}

/* ---- out: the bytes ---- */

u8 *tcp_accecn_put(u8 *p, const struct tcp_out_options *opt)
{
	static const u8 order[FIELDS] = { INET_ECN_ECT_1, INET_ECN_CE, INET_ECN_ECT_0 };
	u32 fields = opt->accecn - 1u, pad;

	*p++ = TCPOPT_ACCECN1;
	*p++ = (u8)option_len(fields);
	for (u32 i = 0; i < fields; i++, p += 3) {
		u32 v = opt->accecn_bytes[order[i] - 1] + ACCECN_BYTES_INIT(order[i]);

		p[0] = (u8)(v >> 16);
		put_be16(p + 1, (u16)v);
	}
	pad = tcp_accecn_shares_word(opt) ? 2 - option_len(fields) % 4 : -option_len(fields) % 4;
	while (pad--)
		*p++ = TCPOPT_NOP;
	return p;
}

bool tcp_accecn_shares_word(const struct tcp_out_options *opt)
{
	return opt->accecn && opt->num_sacks && shares_word(opt->accecn - 1u);
}

void tcp_accecn_options_sent(struct tcp_sock *tp, const struct tcp_out_options *opt)
{
	struct tcp_accecn *a = tp->accecn;

	a->sent_with_dsack = opt->accecn && opt->dsack;
	if (!opt->accecn || opt->mss)
		return;
	a->opt_minlen = 0;
	a->opt_sent_us = tcp_us(tp->mstamp_ns);
	if (a->opt_demand)
		a->opt_demand--;
}

/* ---- in ---- */

static bool is_zero(const struct tcp_options_received *opt, u8 ecn)
{
	return opt->accecn & 1u << (ecn - 1) && !opt->accecn_bytes[ecn - 1];
}

/* RFC 9768 §3.2.3.2.4: counters that begin with 1 and come as 0 have been overwritten. */
void tcp_accecn_option_first(struct tcp_accecn *a, const struct tcp_options_received *opt)
{
	if (opt->accecn == TCP_ACCECN_HAS) {
		a->opt_seen = TCP_ACCECN_OPT_EMPTY_SEEN;
	} else if (is_zero(opt, INET_ECN_ECT_0) || is_zero(opt, INET_ECN_ECT_1)) {
		a->opt_seen = TCP_ACCECN_OPT_FAIL_SEEN;
		a->fail_mode |= TCP_ACCECN_OPT_FAIL_RECV;
	} else {
		a->opt_seen = TCP_ACCECN_OPT_COUNTER_SEEN;
	}
}

void tcp_accecn_duplicate(struct tcp_sock *tp, u32 seq)
{
	if (tp->accecn->sent_with_dsack && seq == tp->duplicate_sack.start_seq)
		tp->accecn->fail_mode |= TCP_ACCECN_OPT_FAIL_SEND;
}
