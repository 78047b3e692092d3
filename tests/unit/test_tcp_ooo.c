/*
 * Data out of order: the queue against a model with segments at random, SACK and D-SACK as RFC 2018
 * and 2883 have them, memory with its bounds, tiny segments in masses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include "net/transport/tcp_ooo.h"

void *calloc(size_t n, size_t size); /* the host's */
void free(void *ptr);

static const struct offer sack = { .irs = 0xffffff00, .sack = true };

static void assert_sack(const struct segment *s, u32 irs, u32 i, u32 start, u32 end)
{
	assert_true(i < s->options.num_sacks);
	assert_int_equal(s->options.sacks[i].start_seq - irs, start);
	assert_int_equal(s->options.sacks[i].end_seq - irs, end);
}

/* ---- RFC 2018 ---- */

static void latest_block_first(void **state)
{
	struct conn c = conn_passive(&sack);
	struct segment s;

	seg(&c, ACK, 101, 1, 10);
	s = expect(&c, ACK, 1, 1, 0);
	assert_int_equal(s.options.num_sacks, 1);
	assert_sack(&s, c.irs, 0, 101, 111);
	seg(&c, ACK, 201, 1, 10);
	seg(&c, ACK, 301, 1, 10);
	expect(&c, ACK, 1, 1, 0);
	s = expect(&c, ACK, 1, 1, 0);
	assert_sack(&s, c.irs, 0, 301, 311);
	assert_sack(&s, c.irs, 1, 201, 211);
	assert_sack(&s, c.irs, 2, 101, 111);
	/* The oldest but one grows, and is the first then. */
	seg(&c, ACK, 211, 1, 10);
	s = expect(&c, ACK, 1, 1, 0);
	assert_sack(&s, c.irs, 0, 201, 221);
	assert_sack(&s, c.irs, 1, 301, 311);
	/* A segment that joins two. */
	seg(&c, ACK, 111, 1, 90);
	s = expect(&c, ACK, 1, 1, 0);
	assert_int_equal(s.options.num_sacks, 2);
	assert_sack(&s, c.irs, 0, 101, 221);
	assert_sack(&s, c.irs, 1, 301, 311);
	/* The hole before the first is filled. */
	seg(&c, ACK, 1, 1, 100);
	s = expect(&c, ACK, 1, 221, 0);
	assert_int_equal(s.options.num_sacks, 1);
	assert_sack(&s, c.irs, 0, 301, 311);
	seg(&c, ACK, 221, 1, 80);
	s = expect(&c, ACK, 1, 311, 0);
	assert_int_equal(s.options.num_sacks, 0);
	assert_null(conn_tp(&c)->ooo);
	assert_int_equal(read_stream(&c, 1, 1000), 310);
	conn_kill(&c);
}

static void at_most_four_blocks(void **state)
{
	struct conn c = conn_passive(&sack);
	struct segment s;

	for (u32 i = 1; i <= 6; i++) {
		seg(&c, ACK, 1 + i * 100, 1, 10);
		s = expect(&c, ACK, 1, 1, 0);
		assert_int_equal(s.options.num_sacks, min(i, 4u));
		assert_sack(&s, c.irs, 0, 1 + i * 100, 11 + i * 100);
	}
	conn_kill(&c);
}

static void no_blocks_unless_agreed(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .sack = false });
	struct segment s;

	seg(&c, ACK, 101, 1, 10);
	s = expect(&c, ACK, 1, 1, 0);
	assert_int_equal(s.options.num_sacks, 0);
	seg(&c, ACK, 1, 1, 100);
	expect(&c, ACK, 1, 111, 0);
	assert_int_equal(read_stream(&c, 1, 1000), 110);
	conn_kill(&c);
}

/* ---- RFC 2883 §4 ---- */

static void dsack_of_old_data(void **state)
{
	struct conn c = conn_passive(&sack);
	u64 count = MIB(TCPDSACKOldSent);
	struct segment s;

	seg(&c, ACK, 1, 1, 300);
	drain(&c);
	seg(&c, ACK, 101, 1, 100);
	s = expect(&c, ACK, 1, 301, 0);
	assert_int_equal(s.options.num_sacks, 1);
	assert_sack(&s, c.irs, 0, 101, 201);
	assert_int_equal(MIB(TCPDSACKOldSent), count + 1);
	/* Reported once. */
	seg(&c, ACK, 301, 1, 10);
	s = expect(&c, ACK, 1, 311, 0);
	assert_int_equal(s.options.num_sacks, 0);
	/* Partly old. */
	seg(&c, ACK, 291, 1, 100);
	s = expect(&c, ACK, 1, 391, 0);
	assert_sack(&s, c.irs, 0, 291, 311);
	assert_int_equal(read_stream(&c, 1, 1000), 390);
	conn_kill(&c);
}

static void dsack_of_what_is_out_of_order(void **state)
{
	struct conn c = conn_passive(&sack);
	u64 count = MIB(TCPDSACKOfoSent);
	struct segment s;

	seg(&c, ACK, 101, 1, 100);
	drain(&c);
	seg(&c, ACK, 101, 1, 100);
	s = expect(&c, ACK, 1, 1, 0);
	assert_int_equal(s.options.num_sacks, 2);
	assert_sack(&s, c.irs, 0, 101, 201);
	assert_sack(&s, c.irs, 1, 101, 201);
	assert_int_equal(MIB(TCPDSACKOfoSent), count + 1);
	/* A part of it. */
	seg(&c, ACK, 121, 1, 10);
	s = expect(&c, ACK, 1, 1, 0);
	assert_sack(&s, c.irs, 0, 121, 131);
	/* It and more, on both sides. */
	seg(&c, ACK, 51, 1, 300);
	s = expect(&c, ACK, 1, 1, 0);
	assert_sack(&s, c.irs, 0, 101, 201);
	assert_sack(&s, c.irs, 1, 51, 351);
	seg(&c, ACK, 1, 1, 50);
	drain(&c);
	assert_int_equal(read_stream(&c, 1, 1000), 350);
	conn_kill(&c);
}

static void no_dsack_if_it_is_off(void **state)
{
	struct conn c = conn_passive(&sack);
	struct segment s;

	assert_int_equal(skbox_sysctl("net.ipv4.tcp_dsack", "0"), 0);
	seg(&c, ACK, 1, 1, 300);
	drain(&c);
	seg(&c, ACK, 101, 1, 100);
	s = expect(&c, ACK, 1, 301, 0);
	assert_int_equal(s.options.num_sacks, 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_dsack", "1"), 0);
	conn_kill(&c);
}

/* ---- against a model ---- */

#define SPAN 40000 /* less than the first window */

struct model {
	struct conn c;
	u8 sent[SPAN + 2]; /* by number; 1: it was in a segment that came */
	u32 next;	   /* the first that did not come */
	u32 read;	   /* up to here */
	bool drops;	   /* memory is short: what came may not be there */
};

static void model_read(struct model *m, u32 len)
{
	long n = read_stream(&m->c, m->read, len);

	if (n > 0)
		m->read += (u32)n;
}

/* What is acknowledged and reported is there. */
static void model_check(struct model *m, u32 start, u32 end)
{
	struct segment s;

	while (m->next <= SPAN && m->sent[m->next])
		m->next++;
	while (seg_out(&m->c, &s)) {
		u32 dsack = 0;

		if (!m->drops)
			assert_true(s.ack <= m->next);
		for (u32 i = 0; i < s.options.num_sacks; i++) {
			u32 from = s.options.sacks[i].start_seq - m->c.irs;
			u32 to = s.options.sacks[i].end_seq - m->c.irs;

			assert_true(from < to && to <= SPAN + 1);
			for (u32 at = from; at < to; at++)
				assert_true(m->sent[at]);
			if (from > s.ack)
				continue;
			assert_true(to <= s.ack || i == 0);
			dsack++;
		}
		assert_true(dsack <= 1);
	}
	if (!m->drops)
		assert_int_equal(conn_tp(&m->c)->rcv_nxt - m->c.irs, m->next);
}

static void model_send(struct model *m, u32 seq, u32 len)
{
	seg(&m->c, ACK, seq, 1, len);
	memset(m->sent + seq, 1, len);
	model_check(m, seq, seq + len);
}

/* The tree and the list have the same packets, in order; no one holds all of another. */
static u32 check_subtree(const struct sk_buff *at, const struct sk_buff **prev)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(at);
	u32 n = 1;

	if (cb->rx.left) {
		assert_true(TCP_SKB_CB(cb->rx.left)->rx.prio <= cb->rx.prio);
		n += check_subtree(cb->rx.left, prev);
	}
	assert_ptr_equal((*prev)->next, at);
	if (*prev != (const struct sk_buff *)at->prev || (*prev)->next != at)
		fail();
	*prev = at;
	if (cb->rx.right) {
		assert_true(TCP_SKB_CB(cb->rx.right)->rx.prio <= cb->rx.prio);
		n += check_subtree(cb->rx.right, prev);
	}
	return n;
}

static void check_queue(const struct tcp_sock *tp)
{
	const struct tcp_ooo *ooo = tp->ooo;
	const struct sk_buff *prev, *next;

	if (!ooo)
		return;
	prev = (const struct sk_buff *)&ooo->queue;
	assert_int_equal(check_subtree(ooo->root, &prev), ooo->queue.qlen);
	for (const struct sk_buff *skb = skb_peek(&ooo->queue); skb; skb = next) {
		next = tcp_queue_next(&ooo->queue, skb);
		assert_true(before(tp->rcv_nxt, TCP_SKB_CB(skb)->seq));
		if (!next)
			break;
		assert_true(before(TCP_SKB_CB(skb)->seq, TCP_SKB_CB(next)->seq));
		assert_true(before(TCP_SKB_CB(skb)->end_seq, TCP_SKB_CB(next)->end_seq));
	}
}

static void model_run(u32 most_len, u32 reads, u32 rcvbuf)
{
	struct model m = { .next = 1, .read = 1, .drops = rcvbuf != 0 };
	struct offer o = { .irs = tcp_random() | 0xffff0000, .sack = tcp_random() % 4 != 0 };

	o.rcvbuf = (int)rcvbuf;
	m.c = conn_passive(&o);
	for (u32 i = 0; i < 400 && m.next < SPAN; i++) {
		u32 ahead = min(tcp_receive_window(conn_tp(&m.c)), SPAN - m.next);
		u32 seq = m.next + tcp_random() % (ahead + 1), len = 1 + tcp_random() % most_len;

		if (tcp_random() % 8 == 0)
			seq = m.next - min(m.next - 1, tcp_random() % 3000);
		model_send(&m, seq, min(len, SPAN + 1 - seq));
		check_queue(conn_tp(&m.c));
		if (reads && tcp_random() % reads == 0)
			model_read(&m, tcp_random() % 5000);
		assert_true(conn_tp(&m.c)->sk.rmem_alloc <= conn_tp(&m.c)->sk.rcvbuf + 2 * 2304);
	}
	/* As a sender does at last: everything again, in order. */
	for (u32 turns = 0; m.read <= SPAN && turns < 1000; turns++) {
		u32 at = conn_tp(&m.c)->rcv_nxt - m.c.irs;

		if (at <= SPAN)
			model_send(&m, at, min(1000u, SPAN + 1 - at));
		model_read(&m, SPAN);
	}
	assert_int_equal(m.read, SPAN + 1);
	conn_kill(&m.c);
}

static void any_order_is_put_right(void **state)
{
	for (u32 i = 0; i < 30; i++)
		model_run(1400, 10, 0);
	for (u32 i = 0; i < 30; i++)
		model_run(60, 3, 0);
	for (u32 i = 0; i < 10; i++)
		model_run(1, 0, 0);
}

static void any_order_in_little_memory(void **state)
{
	for (u32 i = 0; i < 20; i++)
		model_run(1400, 4, 16384);
	for (u32 i = 0; i < 20; i++)
		model_run(30, 4, 16384);
}

/* ---- memory ---- */

static void tiny_segments_share_a_buffer(void **state)
{
	struct conn c = conn_passive(&sack);
	u64 count = MIB(TCPRcvCoalesce);

	for (u32 i = 0; i < 4000; i++)
		seg(&c, ACK, 1 + i, 1, 1);
	drain(&c);
	assert_true(conn_tp(&c)->sk.rmem_alloc <= 4 * SKB_TRUESIZE);
	assert_true(MIB(TCPRcvCoalesce) >= count + 3990);
	assert_int_equal(read_stream(&c, 1, 10000), 4000);
	conn_kill(&c);
}

static void tiny_segments_out_of_order_share_buffers(void **state)
{
	struct conn c = conn_passive(&sack);

	for (u32 i = 0; i < 4000; i++)
		seg(&c, ACK, 100 + i, 1, 1);
	drain(&c);
	assert_true(conn_tp(&c)->sk.rmem_alloc <= 4 * SKB_TRUESIZE);
	seg(&c, ACK, 1, 1, 99);
	assert_int_equal(read_stream(&c, 1, 10000), 4099);
	conn_kill(&c);
}

/* Every second byte: nothing to merge. The bound holds, the lowest are kept, and it goes on. */
static void holes_everywhere(void **state)
{
	struct conn c = conn_passive(&sack);
	u64 pruned = MIB(OfoPruned), refused = MIB(TCPOFODrop);
	struct tcp_sock *tp = conn_tp(&c);

	for (u32 i = 0; i < 5000; i++)
		seg(&c, ACK, 10001 - 2 * i, 1, 1);
	assert_true(tp->sk.rmem_alloc <= tp->sk.rcvbuf + SKB_TRUESIZE);
	assert_true(MIB(OfoPruned) > pruned);
	for (u32 i = 0; i < 5000; i++)
		seg(&c, ACK, 10003 + 2 * i, 1, 1);
	assert_true(MIB(TCPOFODrop) > refused);
	assert_true(tp->sk.rmem_alloc <= tp->sk.rcvbuf + SKB_TRUESIZE);
	for (u32 at = 1; at < 20000; at += 500) {
		seg(&c, ACK, at, 1, 500);
		assert_int_equal(tp->rcv_nxt - c.irs >= at + 500, 1);
		while (read_stream(&c, tp->copied_seq - c.irs, 1000) > 0)
			;
	}
	conn_kill(&c);
}

/* A window full of segments that waste their buffers: copied together rather than dropped. */
static void wasteful_segments_are_collapsed(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .sack = true, .rcvbuf = 65536 });
	u64 collapsed = MIB(TCPRcvCollapsed), dropped = MIB(TCPRcvQDrop);

	for (u32 i = 0; i < 100; i++)
		seg(&c, ACK, 1 + i * 520, 1, 520);
	drain(&c);
	assert_true(MIB(TCPRcvCollapsed) > collapsed);
	assert_int_equal(MIB(TCPRcvQDrop), dropped);
	assert_int_equal(read_stream(&c, 1, 100000), 52000);
	conn_kill(&c);
}

/* The next in order is taken however full the buffer is of what is out of order. */
static void the_hole_can_always_be_filled(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .sack = true, .rcvbuf = 8192 });
	struct tcp_sock *tp = conn_tp(&c);
	u32 window = tcp_receive_window(tp);

	for (u32 i = 0; i < 300; i++)
		seg(&c, ACK, 3 + tcp_random() % (window - 4), 1, 1);
	for (u32 at = 1; at < 3 * window; at += 100) {
		seg(&c, ACK, at, 1, 100);
		assert_true(tp->rcv_nxt - c.irs >= at + 100);
		while (read_stream(&c, tp->copied_seq - c.irs, 1000) > 0)
			;
	}
	conn_kill(&c);
}

/* ---- the set ---- */

static u32 depth(const struct sk_buff *at)
{
	if (!at)
		return 0;
	return 1 + max(depth(TCP_SKB_CB(at)->rx.left), depth(TCP_SKB_CB(at)->rx.right));
}

static void the_tree_stays_shallow(void **state)
{
	struct tcp_sock *tp = calloc(1, sizeof(*tp));
	struct tcp_ooo *ooo = tcp_ooo_get(tp);
	struct sk_buff *skb;

	for (u32 i = 0; i < 4000; i++) {
		u32 seq = 0xfffff000 + (i % 2 ? 8000 - i : i);

		skb = alloc_skb(0);
		TCP_SKB_CB(skb)->seq = seq;
		tcp_ooo_insert(ooo, tcp_ooo_find(ooo, seq), skb);
		assert_ptr_equal(tcp_ooo_find(ooo, seq), skb);
	}
	assert_true(depth(ooo->root) < 60);
	while ((skb = skb_peek(&ooo->queue))) {
		if (ooo->queue.qlen % 3)
			skb = tcp_queue_tail(&ooo->queue);
		tcp_ooo_remove(ooo, skb);
		consume_skb(skb);
	}
	assert_null(ooo->root);
	tcp_ooo_put_if_empty(tp);
	assert_null(tp->ooo);
	free(tp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(latest_block_first),
		tcp_test(at_most_four_blocks),
		tcp_test(no_blocks_unless_agreed),
		tcp_test(dsack_of_old_data),
		tcp_test(dsack_of_what_is_out_of_order),
		tcp_test(no_dsack_if_it_is_off),
		tcp_test(any_order_is_put_right),
		tcp_test(any_order_in_little_memory),
		tcp_test(tiny_segments_share_a_buffer),
		tcp_test(tiny_segments_out_of_order_share_buffers),
		tcp_test(holes_everywhere),
		tcp_test(wasteful_segments_are_collapsed),
		tcp_test(the_hole_can_always_be_filled),
		tcp_test(the_tree_stays_shallow),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
