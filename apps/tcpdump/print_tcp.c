/*
 * TCP (RFC 9293). Sequence numbers count from the first one that was seen of a connection, unless
 * -S; the first ones are kept in a small table where a newer connection may push out an older one.
 */
#include "dump.h"

enum {
	TCP_SPORT = 0,
	TCP_DPORT = 2,
	TCP_SEQ = 4,
	TCP_ACK = 8,
	TCP_OFFSET = 12,
	TCP_FLAGS = 13,
	TCP_WINDOW = 14,
	TCP_CHECKSUM = 16,
	TCP_URGENT = 18,
	TCP_HEADER = 20,
};
enum { FIN = 1, SYN = 2, RST = 4, PUSH = 8, ACK = 16, URG = 32 };

struct tcp_view {
	uint32_t seq, ack, window, urgent, hlen, data;
	uint32_t sack_base; /* what SACK blocks count from */
	uint16_t flags;	    /* with AE, RFC 9768 */
};

static void tcp_parse(struct span s, struct tcp_view *v)
{
	v->seq = get32(s, TCP_SEQ);
	v->ack = get32(s, TCP_ACK);
	v->flags = (uint16_t)((s.p[TCP_OFFSET] & 1) << 8 | s.p[TCP_FLAGS]);
	v->window = get16(s, TCP_WINDOW);
	v->urgent = get16(s, TCP_URGENT);
	v->hlen = (s.p[TCP_OFFSET] >> 4) * 4u;
	v->data = s.len > v->hlen ? s.len - v->hlen : 0;
}

/* ---- relative numbers ---- */

/* An end's address; of IPv6 a number that is another for almost every other. */
static uint32_t end_key(struct span ip, bool dst)
{
	uint32_t key = 0;

	if (ip.p[0] >> 4 != 6)
		return get32(ip, dst ? 16 : 12);
	for (uint32_t at = dst ? 24 : 8, end = at + 16; at < end; at += 4)
		key = key * 0x9e3779b1u + get32(ip, at);
	return key;
}

static struct dump_flow *flow_of(struct dump *d, struct span s, struct span ip, bool *reverse)
{
	uint32_t src = end_key(ip, false), dst = end_key(ip, true);
	uint16_t sport = get16(s, TCP_SPORT), dport = get16(s, TCP_DPORT);
	struct dump_flow key = { .src = src, .dst = dst, .sport = sport, .dport = dport };
	struct dump_flow *f;
	uint32_t hash;

	*reverse = src > dst || (src == dst && sport > dport);
	if (*reverse)
		key = (struct dump_flow){ .src = dst, .dst = src, .sport = dport, .dport = sport };
	hash = (key.src * 31 + key.dst) * 31 + key.sport * 7u + key.dport;
	hash ^= hash >> 16;
	f = &d->flows[(hash ^ hash >> 8) % DUMP_FLOWS];
	if (f->used && (f->src != key.src || f->dst != key.dst || f->sport != key.sport ||
			f->dport != key.dport))
		f->used = false;
	if (!f->used) {
		key.used = false;
		*f = key;
	}
	return f;
}

/* Makes the numbers of @v relative. In a flow, seq counts the lower address's bytes, ack the
 * other's. */
static void make_relative(struct dump *d, struct span s, struct span ip, struct tcp_view *v)
{
	bool reverse;
	struct dump_flow *f;

	if (!(v->flags & ACK))
		return;
	f = flow_of(d, s, ip, &reverse);
	if (!f->used || v->flags & SYN) {
		f->used = true;
		f->seq = reverse ? v->ack - 1 : v->seq;
		f->ack = reverse ? v->seq : v->ack - 1;
		return;
	}
	v->sack_base = reverse ? f->seq : f->ack;
	v->seq -= reverse ? f->ack : f->seq;
	v->ack -= reverse ? f->seq : f->ack;
}

/* ---- the line ---- */

static void print_flags(struct dump *d, uint16_t flags)
{
	static const char letters[] = "FSRP.UEWe";

	out(d, "Flags [");
	if (!flags)
		out(d, "none");
	for (int i = 0; i < 9; i++)
		if (flags >> i & 1)
			out(d, "%c", letters[i]);
	out(d, "]");
}

static void print_checksum(struct dump *d, struct span s, struct span ip)
{
	uint32_t was = get16(s, TCP_CHECKSUM), right;

	if (s.cap < s.len)
		return;
	right = pseudo_checksum(ip, s, 6);
	out(d, ", cksum 0x%04x", was);
	if (!right) {
		out(d, " (correct)");
		return;
	}
	right += was;
	right = (right & 0xffff) + (right >> 16);
	out(d, " (incorrect -> 0x%04x)", right);
}

static void print_numbers(struct dump *d, const struct tcp_view *v)
{
	if (d->o->verbose > 1 || v->data || v->flags & (SYN | FIN | RST)) {
		out(d, ", seq %u", v->seq);
		if (v->data)
			out(d, ":%u", v->seq + v->data);
	}
	if (v->flags & ACK)
		out(d, ", ack %u", v->ack);
	out(d, ", win %u", v->window);
	if (v->flags & URG)
		out(d, ", urg %u", v->urgent);
}

static void print_segment(struct dump *d, struct span s, struct span ip, bool fragment)
{
	struct tcp_view v = { 0 };

	tcp_parse(s, &v);
	if (v.hlen < TCP_HEADER) {
		out(d, " tcp %u [bad hdr length %u - too short, < %u]", s.len - v.hlen, v.hlen,
		    TCP_HEADER);
		return;
	}
	if (d->o->quick) {
		out(d, "tcp %u", v.data);
		return;
	}
	print_flags(d, v.flags);
	if (d->o->verbose && !d->o->no_cksum && !fragment)
		print_checksum(d, s, ip);
	if (!d->o->absolute)
		make_relative(d, s, ip, &v);
	print_numbers(d, &v);
	if (v.hlen > TCP_HEADER && v.hlen <= s.len)
		if (!print_tcp_options(d, span_first(span_from(s, TCP_HEADER), v.hlen - TCP_HEADER),
				       v.sack_base))
			return;
	out(d, ", length %u", v.data);
}

void print_tcp(struct dump *d, struct span s, struct span ip, bool fragment)
{
	uint32_t hlen;

	if (!span_has(s, 0, 4)) {
		dump_addresses(d, ip);
		out(d, ":");
		out_truncated(d, "tcp");
		return;
	}
	dump_ends(d, ip, get16(s, TCP_SPORT), get16(s, TCP_DPORT), "tcp");
	if (!span_has(s, 0, TCP_HEADER)) {
		out_truncated(d, "tcp");
		return;
	}
	hlen = (s.p[TCP_OFFSET] >> 4) * 4u;
	if (hlen <= s.len) {
		print_segment(d, s, ip, fragment);
		return;
	}
	print_flags(d, s.p[TCP_FLAGS]);
	out(d, " [bad hdr length %u - too long, > %u]", hlen, s.len);
}
