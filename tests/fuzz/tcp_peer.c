/*
 * See tcp_peer.h.
 */
#include "tests/fuzz/tcp_peer.h"

#include <stdlib.h>

#include "net/core/checksum.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/transport/tcp_ack.h"

struct peer peer;

/* ---- the script ---- */

static const u8 *script, *script_end;

void script_begin(const u8 *data, size_t size)
{
	script = data;
	script_end = data + size;
}

bool script_more(void)
{
	return script < script_end;
}

u8 next8(void)
{
	return script < script_end ? *script++ : 0;
}

u16 next16(void)
{
	u8 high = next8();

	return (u16)(high << 8 | next8());
}

u32 next32(void)
{
	u32 high = next16();

	return high << 16 | next16();
}

/* ---- the connection ---- */

struct tcp_flow flow(void)
{
	return (struct tcp_flow){
		.laddr = OUR_IP, .raddr = PEER_IP, .rport = htons(PEER_PORT), .lport = peer.our_port
	};
}

struct tcp_sock *the_sock(void)
{
	struct tcp_flow fl = flow();
	struct sock *sk = tcp_lookup_established(&fl, tcp_flow_hash(&fl));

	return sk ? tcp_sk(sk) : NULL;
}

void take_output(void)
{
	u8 p[4096];
	size_t len;

	while ((len = skbox_ip_out(peer.dev, p, sizeof(p)))) {
		u8 *th = p + 20;
		u32 hlen = (th[12] >> 4) * 4u;

		if (p[9] != IPPROTO_TCP || len < 40)
			continue;
		peer.our_port = get_be16(th);
		peer.last_ack_seq = get_be32(th + 4) + !!(th[13] & TCPHDR_SYN);
		if (hlen >= 32 && get_be32(th + 20) == 0x0101080a)
			peer.tsecr = get_be32(th + 24);
		else if (hlen >= 40 && th[26] == TCPOPT_TIMESTAMP)
			peer.tsecr = get_be32(th + 28);
	}
}

/* ---- a segment ---- */

struct segment {
	u32 seq, ack, len;
	u8 flags, tos, optlen;
	bool ae; /* the flag of accurate ECN that stands before the others */
	u16 win, urg;
	u8 opt[40];
};

static void segment_in(const struct segment *s)
{
	u32 tcp_len = 20u + s->optlen + s->len, len = 20 + tcp_len;
	u8 *p = malloc(len), *th = p + 20;
	struct iphdr *ip = (struct iphdr *)p;
	be16 sum;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tos = s->tos,
			      .tot_len = htons(len),
			      .ttl = 64,
			      .protocol = IPPROTO_TCP,
			      .saddr = PEER_IP,
			      .daddr = OUR_IP };
	ip->check = ip_fast_csum(ip, 5);
	put_be16(th, PEER_PORT);
	put_be16(th + 2, peer.our_port);
	put_be32(th + 4, s->seq);
	put_be32(th + 8, s->ack);
	th[12] = (u8)((20u + s->optlen) << 2 | s->ae);
	th[13] = s->flags;
	put_be16(th + 14, s->win);
	put_be16(th + 16, 0);
	put_be16(th + 18, s->urg);
	memcpy(th + 20, s->opt, s->optlen);
	memset(th + 20 + s->optlen, 'x', s->len);
	sum = csum_fold(csum_partial(th, tcp_len,
				     csum_tcpudp_nofold(PEER_IP, OUR_IP, tcp_len, IPPROTO_TCP, 0)));
	memcpy(th + 16, &sum, 2);
	skbox_ip_in(peer.dev, p, len);
	free(p);
}

static void add_timestamps(struct segment *s)
{
	put_be32(s->opt + s->optlen, 0x0101080a);
	put_be32(s->opt + s->optlen + 4, peer.tsval);
	put_be32(s->opt + s->optlen + 8, peer.tsecr);
	s->optlen += 12;
}

/* A number near one that means something to the connection. */
static u32 near(const struct tcp_sock *tp, u8 what)
{
	switch (what % 8) {
	case 0:
		return tp->rcv_nxt;
	case 1:
		return tp->rcv_wup;
	case 2:
		return tp->rcv_nxt + tcp_receive_window(tp);
	case 3:
		return tp->snd_una;
	case 4:
		return tp->snd_nxt;
	case 5:
		return tp->ooo ? TCP_SKB_CB(tcp_queue_tail(&tp->ooo->queue))->end_seq : tp->rcv_nxt;
	case 6:
		return tp->high_seq;
	}
	return next32();
}

static void add_sacks(struct segment *s, const struct tcp_sock *tp, u32 n)
{
	u8 *p = s->opt + s->optlen;

	n = min(n, (38u - s->optlen) / 8);
	if (!n)
		return;
	p[0] = p[1] = TCPOPT_NOP;
	p[2] = TCPOPT_SACK;
	p[3] = (u8)(2 + 8 * n);
	for (u32 i = 0; i < n; i++) {
		u32 start = tp->snd_una + next8() * (tp->mss_cache / 4u);

		put_be32(p + 4 + 8 * i, start);
		put_be32(p + 8 + 8 * i, start + next8() * (tp->mss_cache / 4u));
	}
	s->optlen = (u8)(s->optlen + 4 + 8 * n);
}

/* The counters of accurate ECN: some of the three, a step ahead of the last ones, or anywhere. */
static void add_accecn(struct segment *s)
{
	u8 how = next8(), n = how & 3;
	u8 *p = s->opt + s->optlen;

	if (s->optlen + 4 + 3 * n > 40)
		return;
	memset(p, TCPOPT_NOP, 4 + 3 * n);
	p[0] = how & 4 ? TCPOPT_ACCECN0 : TCPOPT_ACCECN1;
	p[1] = 2 + 3 * n;
	for (u8 i = 0; i < n; i++) {
		peer.told[i] += how & 8 ? next16() << 8 : next8();
		p[2 + 3 * i] = (u8)(peer.told[i] >> 16);
		put_be16(p + 3 + 3 * i, (u16)peer.told[i]);
	}
	s->optlen = (u8)(s->optlen + 4 + 3 * n);
	while (s->optlen % 4)
		s->opt[s->optlen++] = TCPOPT_NOP;
}

static void add_options(struct segment *s, const struct tcp_sock *tp, u8 how)
{
	s->ae = how & 0x20;
	if (how & 4)
		s->tos = how & 3;
	if (peer.ts && !(how & 0x80)) {
		peer.tsval += how & 0x40 ? (u32)-50 : 1;
		add_timestamps(s);
	}
	if (how & 8)
		add_accecn(s);
	if (tp && (how & 3))
		add_sacks(s, tp, how & 3);
	else if (how & 0x10)
		while (s->optlen < 40)
			s->opt[s->optlen++] = next8();
}

void step_segment(void)
{
	static const u8 usual[8] = { TCPHDR_ACK,
				     TCPHDR_ACK | TCPHDR_PSH,
				     TCPHDR_ACK | TCPHDR_FIN,
				     TCPHDR_ACK | TCPHDR_URG,
				     TCPHDR_SYN,
				     TCPHDR_SYN | TCPHDR_ACK,
				     TCPHDR_RST,
				     TCPHDR_ACK | TCPHDR_CWR | TCPHDR_ECE };
	const struct tcp_sock *tp = the_sock();
	u8 kind = next8(), where = next8();
	struct segment s = { .flags = kind & 0x80 ? next8() : usual[kind & 7],
			     .win = kind & 0x40 ? next16() : 1000,
			     .tos = kind & 0x20 ? 3 : 0 };

	if (tp) {
		s.seq = near(tp, where);
		s.ack = near(tp, (u8)(where >> 3));
	} else {
		s.seq = peer.irs + 1;
		s.ack = peer.last_ack_seq;
	}
	if (where & 0x40)
		s.seq += (u32)(s16)next16();
	if (where & 0x80)
		s.ack += (u32)(s16)next16();
	if (kind & 0x10)
		s.len = next16() % 1400;
	if (kind & 8)
		s.len = 1;
	if (s.flags & TCPHDR_URG)
		s.urg = next16();
	add_options(&s, tp, next8());
	segment_in(&s);
}

/* ---- an error that quotes a segment of ours ---- */

void step_icmp(void)
{
	const struct tcp_sock *tp = the_sock();
	u8 kind = next8(), *p = malloc(56);
	struct iphdr outer = { .ihl_version = 0x45,
			       .tot_len = htons(56),
			       .ttl = 64,
			       .protocol = IPPROTO_ICMP,
			       .saddr = PEER_IP,
			       .daddr = OUR_IP };
	struct iphdr quoted = { .ihl_version = 0x45,
				.tot_len = htons(1500),
				.ttl = 1,
				.protocol = IPPROTO_TCP,
				.saddr = OUR_IP,
				.daddr = PEER_IP };
	be16 sum;

	outer.check = ip_fast_csum(&outer, 5);
	memset(p, 0, 56);
	memcpy(p, &outer, sizeof(outer));
	p[20] = kind & 0x80 ? ICMP_TIME_EXCEEDED : ICMP_DEST_UNREACH;
	p[21] = kind & 15;
	put_be16(p + 26, next16() % 2000);
	memcpy(p + 28, &quoted, sizeof(quoted));
	put_be16(p + 48, peer.our_port);
	put_be16(p + 50, PEER_PORT);
	put_be32(p + 52, tp ? near(tp, kind >> 4) : next32());
	sum = csum_fold(csum_partial(p + 20, 36, 0));
	memcpy(p + 22, &sum, 2);
	skbox_ip_in(peer.dev, p, 56);
	free(p);
	peer.told_mtu |= (kind & 0x8f) == ICMP_FRAG_NEEDED;
}

/* ---- what the beginning needs ---- */

void peer_syn(u8 agreed, u8 flags, u32 ack, u32 data)
{
	struct segment s = {
		.seq = peer.irs, .ack = ack, .flags = flags, .win = 65535, .len = data
	};

	put_be32(s.opt, 0x02040000u | (agreed & 8 ? 100u : 1460u));
	s.optlen = 4;
	if (agreed & 1) {
		put_be32(s.opt + s.optlen, 0x01010402);
		s.optlen += 4;
	}
	peer.ts = agreed & 2;
	if (peer.ts)
		add_timestamps(&s);
	if (agreed & 4) {
		put_be32(s.opt + s.optlen, 0x01030307);
		s.optlen += 4;
	}
	if (agreed & 16)
		s.flags |= TCPHDR_ECE | (flags & TCPHDR_ACK ? 0 : TCPHDR_CWR);
	s.ae = agreed & 64;
	if (s.ae)
		s.tos = agreed >> 6;
	segment_in(&s);
	take_output();
}

void plain_ack(u8 flags, u32 len)
{
	const struct tcp_sock *tp = the_sock();
	struct segment s = { .seq = tp ? tp->rcv_nxt : peer.irs + 1,
			     .ack = tp ? tp->snd_nxt : peer.last_ack_seq,
			     .flags = TCPHDR_ACK | flags,
			     .win = 1000,
			     .len = len };

	if (peer.ts)
		add_timestamps(&s);
	segment_in(&s);
	take_output();
}
