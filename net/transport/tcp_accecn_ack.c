/*
 * Accurate ECN, the sender (RFC 9768 §3.2.2.5 and appendix A): how many marks an ACK tells of.
 * Three bits wrap after eight; where one ACK is for more segments than that, ACKs may have been
 * lost, and the bytes of the option, or else what ACKs here are usually for, say whether they did.
 */
#include "net/transport/tcp_accecn.h"

#define ACKED_EWMA_WEIGHT 6
#define ACKED_EWMA_PREC 6
#define ACKS_THINNED 4 /* segments that an ACK is for on a way that drops or joins ACKs */
#define BYTES_MASK 0xffffffu
#define SAFETY_SHIFT 1		     /* of what segments, if they were full, would have of bytes */
#define LATE_OPTION ((1u << 23) - 1) /* bytes sent: a counter that begins now may have wrapped */

/* ---- bytes ---- */

/* 24 bits as seen, against the 32 that we keep: the nearest value. Returns the change. */
static s32 update_bytes(u32 *count, u32 seen, u8 ecn)
{
	u32 delta = (seen - ACCECN_BYTES_INIT(ecn) - *count) & BYTES_MASK;
	s32 change = (s32)(delta << 8) >> 8;

	*count += (u32)change;
	return change;
}

/* Without an option: what arrives goes on with the codepoint that it came with until now. */
static bool guess_bytes(struct tcp_sock *tp, u32 delivered)
{
	struct tcp_accecn *a = tp->accecn;

	if (!a->opt_seen) {
		if (tp->bytes_sent >= LATE_OPTION) {
			a->opt_seen = TCP_ACCECN_OPT_FAIL_SEEN;
			a->fail_mode |= TCP_ACCECN_OPT_FAIL_RECV;
		}
		return false;
	}
	if (!a->likely_ecn)
		return false;
	a->delivered_bytes[a->likely_ecn - 1] += delivered;
	return true;
}

/* True: the change of delivered_bytes can be relied on. */
static bool read_option(struct tcp_accecn *a, const struct tcp_options_received *opt)
{
	u8 likely = a->likely_ecn, found = 0;
	bool sure = likely != 0, ambiguous = false;

	if (a->opt_seen < TCP_ACCECN_OPT_COUNTER_SEEN) {
		tcp_accecn_option_first(a, opt);
		if (a->opt_seen == TCP_ACCECN_OPT_FAIL_SEEN)
			return false;
	}
	for (u8 ecn = INET_ECN_ECT_1; ecn <= INET_ECN_CE; ecn++) {
		s32 change;

		if (!(opt->accecn & 1u << (ecn - 1)))
			continue;
		change =
			update_bytes(&a->delivered_bytes[ecn - 1], opt->accecn_bytes[ecn - 1], ecn);
		if (change < 0 || (change && ecn != likely && found))
			ambiguous = true;
		if (change && ecn != likely)
			found = ecn;
	}
	if (found)
		a->likely_ecn = found & 3;
	if (ambiguous)
		a->likely_ecn = 0;
	return sure && !ambiguous;
}

static bool process_bytes(struct tcp_sock *tp, const struct tcp_ack_state *st, u32 delivered)
{
	if (tp->accecn->fail_mode & TCP_ACCECN_OPT_FAIL_RECV)
		return false;
	return st->opt->accecn ? read_option(tp->accecn, st->opt) : guess_bytes(tp, delivered);
}

/* ---- marks ---- */

/* How many segments ACKs here are for: more than a few, and ACKs are thinned out by the way. */
static void note_acked(struct tcp_accecn *a, u32 pkts)
{
	u32 ewma = a->acked_ewma;

	if (!pkts)
		return;
	if (!ewma)
		ewma = pkts << ACKED_EWMA_PREC;
	else
		ewma = ((ewma << ACKED_EWMA_WEIGHT) - ewma + (pkts << ACKED_EWMA_PREC)) >>
		       ACKED_EWMA_WEIGHT;
	a->acked_ewma = (u16)min(ewma, 0xffffu);
}

/*
 * RFC 9768 appendix A.2: @delta marks, or eight more for each time that the field has wrapped,
 * @safe at most. @ceb: bytes that were marked, if the option is to be believed; -1: it is not.
 */
static u32 choose_delta(const struct tcp_sock *tp, u32 delta, u32 safe, s64 ceb)
{
	if (ceb < 0)
		return tp->accecn->acked_ewma > ACKS_THINNED << ACKED_EWMA_PREC ? delta : safe;
	if (!ceb)
		return delta;
	if (ceb > (s64)delta * tp->mss_cache)
		return safe;
	return ceb < (s64)safe * tp->mss_cache >> SAFETY_SHIFT ? delta : safe;
}

/* The first ACK of data with 0 in the field: it is being cleared (RFC 9768 §3.2.2.4). */
static bool ace_is_cleared(struct tcp_sock *tp, const struct tcp_ack_state *st, u8 ace)
{
	u64 before_it = tp->bytes_acked - (tp->snd_una - st->prior_snd_una);

	if (ace || !(st->flag & FLAG_DATA_ACKED) || before_it > tp->mss_cache)
		return false;
	tp->accecn->fail_mode |= TCP_ACCECN_ACE_FAIL_RECV | TCP_ACCECN_OPT_FAIL_RECV;
	return true;
}

/* Appendix A.1. */
static u32 new_marks(struct sock *sk, const struct tcp_ack_state *st, u32 pkts)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_accecn *a = tp->accecn;
	u32 ceb = a->delivered_bytes[INET_ECN_CE - 1], delta, delivered;
	u8 ace = tcp_ace(tcp_hdr(st->skb));
	bool sure;

	delivered = tp->snd_una - st->prior_snd_una + st->sacked_bytes - st->unsacked_bytes;
	sure = process_bytes(tp, st, delivered);
	note_acked(a, pkts);
	/* In the handshake the field means something else. */
	if ((st->flag & FLAG_SYN_ACKED) || sk->state == TCP_SYN_RECV || ace_is_cleared(tp, st, ace))
		return 0;
	delta = (ace - ACCECN_CEP_INIT - tp->delivered_ce) & ACE_MASK;
	if (pkts <= ACE_MASK)
		return delta;
	ceb = a->delivered_bytes[INET_ECN_CE - 1] - ceb;
	return choose_delta(tp, delta, pkts - ((pkts - delta) & ACE_MASK), sure ? (s64)ceb : -1);
}

void tcp_accecn_process(struct sock *sk, struct tcp_ack_state *st, u32 pkts)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 marks;

	/* It may be older than what has come, and nothing tells. */
	if (!(st->flag & (FLAG_FORWARD_PROGRESS | FLAG_TS_PROGRESS)))
		return;
	marks = new_marks(sk, st, pkts);
	if (!marks)
		return;
	tp->delivered_ce += marks;
	TCPEXT_ADD(TCPDeliveredCE, marks);
	st->flag |= FLAG_ECE;
}
