/*
 * Packets cut, trimmed, joined and shared, against a model that has the bytes in one array: of the
 * buffers (skb_split.c), of TCP's queues (tcp_segment.c), and of bursts that become segments
 * (gso.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/core/gso.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_output.h"

#define MAX_PACKET (MAX_SKB_FRAGS * SKB_BUF_SIZE)

static u8 pattern[MAX_PACKET];

static void fill_pattern(void)
{
	for (u32 i = 0; i < sizeof(pattern); i++)
		pattern[i] = (u8)tcp_random();
}

/* @len bytes of the pattern, in fragments of random lengths; *@from: where in the pattern. */
static struct sk_buff *make_packet(u32 want, u32 *len)
{
	struct sk_buff *skb = alloc_skb(0);

	assert_non_null(skb);
	*len = 0;
	while (*len < want && skb_shinfo(skb)->nr_frags < MAX_SKB_FRAGS) {
		u32 n = min(tcp_random() % SKB_BUF_SIZE + 1, want - *len);
		u8 *buf = skb_buf_alloc();

		assert_non_null(buf);
		memcpy(buf, pattern + *len, n);
		assert_int_equal(skb_add_frag(skb, buf, n), 0);
		*len += n;
	}
	return skb;
}

static void check_bytes(const struct sk_buff *skb, u32 from, u32 len)
{
	static u8 got[MAX_PACKET];

	assert_int_equal(skb->len, len);
	assert_int_equal(skb_copy_bits(skb, 0, got, len), 0);
	assert_memory_equal(got, pattern + from, len);
}

/* ---- buffers ---- */

static void test_split(void **state)
{
	fill_pattern();
	for (int round = 0; round < 2000; round++) {
		u32 len, cut;
		struct sk_buff *skb = make_packet(tcp_random() % 20000 + 2, &len);
		struct sk_buff *rest = alloc_skb(0);

		cut = tcp_random() % (len + 1);
		skb_split(skb, rest, cut);
		check_bytes(skb, 0, cut);
		check_bytes(rest, cut, len - cut);
		assert_int_equal(skb->truesize, SKB_TRUESIZE + skb->data_len);
		if (round & 1)
			consume_skb(skb_give(&skb));
		check_bytes(rest, cut, len - cut);
		consume_skb(rest);
		if (skb)
			consume_skb(skb);
	}
}

static void test_pull(void **state)
{
	fill_pattern();
	for (int round = 0; round < 1000; round++) {
		u32 len, off = 0;
		struct sk_buff *skb = make_packet(tcp_random() % 20000 + 2, &len);

		while (off < len) {
			u32 n = min(tcp_random() % 4000, len - off);

			skb_pull_frags(skb, n);
			off += n;
			check_bytes(skb, off, len - off);
		}
		assert_int_equal(skb_shinfo(skb)->nr_frags, 0);
		consume_skb(skb);
	}
}

static void test_share(void **state)
{
	fill_pattern();
	for (int round = 0; round < 2000; round++) {
		u32 len, off, n, done;
		struct sk_buff *skb = make_packet(tcp_random() % 30000 + 2, &len);
		struct sk_buff *to = alloc_skb(0);

		off = tcp_random() % len;
		n = tcp_random() % (len - off + 1);
		done = skb_share_bytes(to, skb, off, n);
		assert_int_equal(done, n); /* never more slots than the source has */
		/* And on: joined where it fits, cut short where the slots end. */
		if (off + n < len)
			done += skb_share_bytes(to, skb, off + n, len - off - n);
		assert_int_equal(done, len - off);
		consume_skb(skb);
		check_bytes(to, off, done);
		consume_skb(to);
	}
}

static void test_share_runs_out_of_slots(void **state)
{
	struct sk_buff *a, *b;
	u32 len, la;

	fill_pattern();
	a = make_packet(MAX_PACKET, &la);
	assert_int_equal(skb_shinfo(a)->nr_frags, MAX_SKB_FRAGS);
	b = make_packet(1000, &len);
	assert_int_equal(skb_share_bytes(a, b, 0, len), 0);
	check_bytes(a, 0, la);
	consume_skb(a);
	consume_skb(b);
}

/* What lies behind the headers of a packet can be lent, too. */
static void test_share_linear(void **state)
{
	struct sk_buff *skb = alloc_skb(500), *to = alloc_skb(0);

	fill_pattern();
	memcpy(skb_put(skb, 500), pattern, 500);
	assert_int_equal(skb_share_bytes(to, skb, 100, 300), 300);
	consume_skb(skb);
	check_bytes(to, 100, 300);
	consume_skb(to);
}

/* ---- TCP's queues ---- */

static u8 data[200000];

/* Everything in both queues, in order, is what was written from snd_una on. */
static void check_queues(const struct tcp_sock *tp, u32 iss)
{
	const struct sk_buff_head *queues[] = { &tp->rtx_queue, &tp->write_queue };
	const struct sk_buff *head = tcp_rtx_queue_head(tp);
	u32 seq = tp->snd_una, truesize = 0;
	static u8 got[MAX_PACKET];

	/* A single segment of which a part is acknowledged stays whole. */
	if (head && before(TCP_SKB_CB(head)->seq, seq))
		seq = TCP_SKB_CB(head)->seq;

	for (int i = 0; i < 2; i++) {
		const struct sk_buff *skb = skb_peek(queues[i]);

		for (; skb; skb = tcp_queue_next(queues[i], skb)) {
			const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

			assert_int_equal(cb->seq, seq);
			assert_int_equal(cb->end_seq - cb->seq, skb->len);
			assert_int_equal(skb_copy_bits(skb, 0, got, skb->len), 0);
			assert_memory_equal(got, data + (seq - iss - 1), skb->len);
			seq = cb->end_seq;
			truesize += skb->truesize;
		}
	}
	assert_int_equal(seq, tp->write_seq);
	assert_int_equal(truesize, tp->wmem_queued);
	assert_null(tcp_rtx_check(tp));
}

static struct sk_buff *random_packet(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek(q);

	if (!skb)
		return NULL;
	for (u32 n = tcp_random() % q->qlen; n; n--)
		skb = skb->next;
	return skb;
}

static void test_fragment_at_random(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000, .sack = true, .wscale = 8 });
	struct tcp_sock *tp = conn_tp(&c);
	u32 written = 0, acked = 1;

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)tcp_random();
	for (int round = 0; round < 3000; round++) {
		struct sk_buff_head *q = tcp_random() & 1 ? &tp->rtx_queue : &tp->write_queue;
		struct sk_buff *skb = random_packet(q);
		long n;

		if (skb && skb->len > 1 && !before(TCP_SKB_CB(skb)->seq, tp->snd_una)) {
			local_bh_disable();
			tcp_fragment(&tp->sk, q, skb, tcp_random() % (skb->len - 1) + 1,
				     tcp_random() % 3 ? tp->mss_cache : 300);
			local_bh_enable();
		}
		check_queues(tp, c.iss);
		if (written < sizeof(data)) {
			n = skbox_sendto(c.fd, data + written,
					 min(tcp_random() % 3000 + 1, (u32)sizeof(data) - written),
					 MSG_DONTWAIT, NULL, 0);
			written += n > 0 ? (u32)n : 0;
		}
		check_queues(tp, c.iss);
		/* Acknowledged to the byte: packets are trimmed. */
		if (tcp_random() % 4 == 0) {
			acked += tcp_random() % (tp->snd_nxt - c.iss - acked + 1);
			seg_in(&c, &(struct segment){
					   .flags = ACK, .seq = 1, .ack = acked, .win = 60000 });
		}
		drain(&c);
		check_queues(tp, c.iss);
	}
	conn_kill(&c);
}

/* Small segments that are lost are sent again as one. */
static void test_collapse(void **state)
{
	struct conn c = conn_active(&(struct offer){ .mss = 1000 });
	struct segment s;
	int one = 1;

	fill_pattern();
	skbox_setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (u32 i = 0; i < 8; i++) {
		assert_int_equal(skbox_write(c.fd, pattern + i * 150, 150), 150);
		expect(&c, PSH | ACK, 1 + i * 150, 1, 150);
	}
	advance(205 * MSEC);
	s = expect(&c, PSH | ACK, 1, 1, 900);
	assert_memory_equal(s.payload, pattern, 900);
	assert_int_equal(conn_tp(&c)->packets_out, 3);
	assert_null(tcp_rtx_check(conn_tp(&c)));
	seg(&c, ACK, 1, 901, 0);
	drain(&c);
	conn_kill(&c);

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_retrans_collapse", "0"), 0);
	c = conn_active(&(struct offer){ .mss = 1000 });
	skbox_setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(skbox_write(c.fd, pattern + i * 150, 150), 150);
		expect(&c, PSH | ACK, 1 + i * 150, 1, 150);
	}
	advance(205 * MSEC);
	expect(&c, PSH | ACK, 1, 1, 150);
	conn_kill(&c);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_retrans_collapse", "1"), 0);
}

/* ---- bursts that become segments ---- */

#define LINK 14
#define HLEN (LINK + 20 + 32)

/* A burst as it comes to dev_queue_xmit: @len bytes of the pattern in segments of @mss. */
static struct sk_buff *make_burst(u32 len, u32 mss, u8 flags)
{
	u32 got;
	struct sk_buff *body = make_packet(len, &got), *skb = alloc_skb(NET_SKB_PAD + HLEN);
	u8 *p, *ip, *th;

	skb_reserve(skb, NET_SKB_PAD);
	p = skb_put(skb, HLEN);
	ip = p + LINK;
	th = ip + 20;
	memset(p, 0x77, HLEN);
	ip[0] = 0x45;
	put_be16(ip + 2, (u16)(HLEN - LINK + got));
	put_be16(ip + 4, 0xfffe); /* wraps */
	ip[9] = IPPROTO_TCP;
	put_be32(th + 4, 0xfffffff0);
	th[12] = 0x80;
	th[13] = flags;
	skb_set_network_header(skb, LINK);
	skb_set_transport_header(skb, LINK + 20);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = 16;
	assert_int_equal(skb_share_bytes(skb, body, 0, got), got);
	consume_skb(body);
	skb_shinfo(skb)->gso_size = (u16)mss;
	skb_shinfo(skb)->gso_segs = (u16)((got + mss - 1) / mss);
	return skb;
}

static void check_segment(struct sk_buff *seg, u32 i, u32 off, u32 len, u8 flags)
{
	u8 p[4096], *ip = p + LINK, *th = ip + 20;
	be32 saddr, daddr;

	assert_int_equal(seg->len, HLEN + len);
	assert_int_equal(skb_checksum_help(seg), 0);
	assert_int_equal(skb_copy_bits(seg, 0, p, seg->len), 0);
	assert_memory_equal(p + HLEN, pattern + off, len);
	assert_int_equal(get_be16(ip + 2), HLEN - LINK + len);
	assert_int_equal(get_be16(ip + 4), (u16)(0xfffe + i));
	assert_int_equal(ip_fast_csum(ip, 5), 0);
	assert_int_equal(get_be32(th + 4), 0xfffffff0 + off);
	assert_int_equal(th[13], flags);
	memcpy(&saddr, ip + 12, 4);
	memcpy(&daddr, ip + 16, 4);
	assert_int_equal(
		csum_fold(csum_partial(th, 32 + len,
				       csum_tcpudp_nofold(saddr, daddr, 32 + len, IPPROTO_TCP, 0))),
		0);
}

static void test_gso(void **state)
{
	fill_pattern();
	for (int round = 0; round < 500; round++) {
		u32 mss = tcp_random() % 1400 + 60, off = 0, i = 0;
		u8 all = FIN | PSH | ACK | CWR | ECE;
		struct sk_buff *skb = make_burst(tcp_random() % 15000 + 2, mss, all), *seg;
		u32 total = skb->len - HLEN;
		bool classic = round & 2; /* else CWR is accurate ECN's: every segment has it */
		struct gso g;

		skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4 | (classic ? SKB_GSO_TCP_ECN : 0);
		assert_true(gso_begin(&g, skb));
		while ((seg = gso_next(&g, round & 1))) {
			u32 len = min(mss, total - off);
			u8 flags = all;

			if (i && classic)
				flags &= (u8)~CWR;
			if (off + len < total)
				flags &= (u8) ~(FIN | PSH);
			check_segment(seg, i, off, len, flags);
			assert_int_equal(seg->data_len, round & 1 ? 0 : len);
			consume_skb(seg);
			off += len;
			i++;
		}
		assert_int_equal(off, total);
		gso_end(&g);
	}
}

static void test_gso_refuses_others(void **state)
{
	struct sk_buff *skb = make_burst(3000, 1000, ACK);
	struct gso g;

	skb->ip_summed = CHECKSUM_NONE;
	assert_false(gso_begin(&g, skb));
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb_network_header(skb)[9] = IPPROTO_UDP;
	assert_false(gso_begin(&g, skb));
	skb_network_header(skb)[9] = IPPROTO_TCP;
	skb_network_header(skb)[0] = 0x65;
	assert_false(gso_begin(&g, skb));
	skb_network_header(skb)[0] = 0x45;
	skb_transport_header(skb)[12] = 0xf0; /* reaches into the payload */
	assert_false(gso_begin(&g, skb));
	consume_skb(skb);
}

/* The last segment carries the charge of the whole. */
static int released;
static void note_release(struct sk_buff *skb)
{
	released++;
}

static void test_gso_owner(void **state)
{
	struct sk_buff *skb = make_burst(3000, 1000, ACK), *seg[4];
	struct gso g;
	int n = 0;

	fill_pattern();
	skb->destructor = note_release;
	released = 0;
	assert_true(gso_begin(&g, skb));
	while ((seg[n] = gso_next(&g, false)))
		n++;
	gso_end(&g);
	assert_int_equal(n, 3);
	consume_skb(seg[0]);
	consume_skb(seg[1]);
	assert_int_equal(released, 0);
	consume_skb(seg[2]);
	assert_int_equal(released, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(test_split),
		tcp_test(test_pull),
		tcp_test(test_share),
		tcp_test(test_share_runs_out_of_slots),
		tcp_test(test_share_linear),
		tcp_test(test_fragment_at_random),
		tcp_test(test_collapse),
		tcp_test(test_gso),
		tcp_test(test_gso_refuses_others),
		tcp_test(test_gso_owner),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
