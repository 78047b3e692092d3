/* sk_buff: life, shape, bytes, queues, and the pool's end. */
#include "tests/unit/lan.h"

#include "net/core/checksum.h"
#include "net/core/snmp.h"

/* The sanitizer's word on whether a byte may be touched. */
int __asan_address_is_poisoned(void const volatile *addr);

static u32 baseline;

static int setup(void **state)
{
	baseline = lan_pool_free();
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(lan_pool_free(), baseline);
	return 0;
}

static void fill(u8 *p, u32 len, u32 seed)
{
	for (u32 i = 0; i < len; i++)
		p[i] = (u8)(seed + i * 7 + (i >> 8));
}

/* @linear bytes, then fragments of the lengths in @frags (0 ends), holding one running pattern. */
static struct sk_buff *make(u32 headroom, u32 linear, const u32 *frags, u32 tailroom)
{
	struct sk_buff *skb = alloc_skb(headroom + linear + tailroom);
	u8 pattern[40000];
	u32 at = linear;

	assert_non_null(skb);
	fill(pattern, sizeof(pattern), 0);
	skb_reserve(skb, headroom);
	memcpy(skb_put(skb, linear), pattern, linear);
	for (; frags && *frags; frags++) {
		u8 *buf = skb_buf_alloc();

		assert_non_null(buf);
		memcpy(buf + 100, pattern + at, *frags);
		assert_int_equal(skb_add_frag(skb, buf + 100, *frags), 0);
		at += *frags;
	}
	return skb;
}

static void expect_pattern(const struct sk_buff *skb, u32 skip, u32 len)
{
	u8 want[40000], got[40000];

	assert_int_equal(skb->len, len);
	fill(want, sizeof(want), 0);
	assert_int_equal(skb_copy_bits(skb, 0, got, len), 0);
	assert_memory_equal(got, want + skip, len);
}

static void test_alloc_fields(void **state)
{
	struct sk_buff *skb = alloc_skb(100);

	assert_non_null(skb);
	assert_ptr_equal(skb->data, skb->head);
	assert_ptr_equal(skb->tail, skb->head);
	assert_int_equal(skb->end - skb->head, 100);
	assert_int_equal(skb->len + skb->data_len, 0);
	assert_null(skb->dev);
	assert_null(skb->dst);
	assert_null(skb->destructor);
	assert_int_equal(skb->truesize, SKB_TRUESIZE);
	assert_int_equal((uintptr_t)skb->head % SKB_BUF_SIZE, 0);
	consume_skb(skb);
	assert_null(alloc_skb(SKB_MAX_LINEAR + 1));
	assert_null(alloc_skb(UINT32_MAX));
	assert_null(dev_alloc_skb(UINT32_MAX));
	skb = alloc_skb(SKB_MAX_LINEAR);
	assert_non_null(skb);
	skb_put(skb, SKB_MAX_LINEAR);
	consume_skb(skb);
}

static void test_exact_size_poison(void **state)
{
	for (u32 size = 1; size < 70; size++) {
		struct sk_buff *skb = alloc_skb(size);
		u8 *p = skb_put(skb, size), *head = skb->head;

		assert_false(__asan_address_is_poisoned(p + size - 1));
		assert_true(__asan_address_is_poisoned(p + size));
		assert_true(__asan_address_is_poisoned(head + SKB_MAX_LINEAR - 1));
		assert_false(__asan_address_is_poisoned(skb_shinfo(skb)));
		consume_skb(skb);
		assert_true(__asan_address_is_poisoned(head));
		assert_true(__asan_address_is_poisoned(head + SKB_BUF_SIZE - 1));
		assert_true(__asan_address_is_poisoned(&skb->len));
	}
}

static void test_build_skb(void **state)
{
	u8 *buf = skb_buf_alloc();
	struct sk_buff *skb;

	fill(buf + 66, 60, 0);
	assert_null(build_skb(buf, 66, SKB_MAX_LINEAR - 65));
	assert_null(build_skb(buf, UINT32_MAX, 2));
	skb = build_skb(buf, 66, 60);
	assert_non_null(skb);
	assert_int_equal(skb_headroom(skb), 66);
	assert_int_equal(skb_tailroom(skb), 0);
	expect_pattern(skb, 0, 60);
	assert_true(__asan_address_is_poisoned(skb->data + 60));
	consume_skb(skb);
}

static void test_from_ring(void **state)
{
	u8 *slot = skb_buf_alloc(), *full = slot;
	struct sk_buff *skb;

	fill(slot + 66, 60, 0);
	assert_null(skb_from_ring(&slot, 66, SKB_MAX_LINEAR - 65));
	assert_ptr_equal(slot, full);
	skb = skb_from_ring(&slot, 66, 60);
	assert_non_null(skb);
	assert_ptr_equal(skb->head, full);
	assert_ptr_not_equal(slot, full);
	assert_int_equal(skb_tailroom(skb), 0);
	expect_pattern(skb, 0, 60);
	consume_skb(skb);
	skb_buf_put(slot);
}

/* Headers whose buffers have become fragments, and whole packets, end together. */
static void test_chain(void **state)
{
	struct sk_buff *to = make(0, 10, NULL, 0), *chain = NULL, *skb;
	struct skb_pool_stat before, after;

	skb_pool_stat(&before);
	for (u32 i = 0; i < 6; i++) {
		skb = make(0, 30, NULL, 0);
		if (i % 2)
			assert_true(skb_absorb_head(to, skb, 20));
		assert_int_equal(!skb->head, i % 2);
		skb->next = chain;
		chain = skb;
	}
	consume_skb_chain(chain);
	skb_pool_stat(&after);
	assert_int_equal(to->len, 10 + 3 * 10);
	assert_int_equal(after.heads_free, before.heads_free);
	assert_int_equal(after.bufs_free, before.bufs_free - 3);
	consume_skb(to);
}

static void test_borders(void **state)
{
	struct sk_buff *skb = make(64, 100, NULL, 20);

	assert_int_equal(skb_headroom(skb), 64);
	assert_int_equal(skb_tailroom(skb), 20);
	assert_ptr_equal(skb_push(skb, 14), skb->head + 50);
	assert_int_equal(skb->len, 114);
	assert_ptr_equal(skb_pull(skb, 14), skb->head + 64);
	assert_null(skb_pull(skb, 101));
	assert_non_null(skb_pull(skb, 40));
	expect_pattern(skb, 40, 60);
	skb_trim(skb, 200);
	expect_pattern(skb, 40, 60);
	skb_trim(skb, 10);
	expect_pattern(skb, 40, 10);
	assert_int_equal(skb_tailroom(skb), 70);
	assert_non_null(skb_pull(skb, 10));
	assert_int_equal(skb->len, 0);
	consume_skb(skb);
}

static void test_clone(void **state)
{
	const u32 frags[] = { 500, 0 };
	struct sk_buff *skb = make(32, 100, frags, 0), *c = skb_clone(skb), *cc = skb_clone(c);

	assert_true(skb_shared(skb) && skb_shared(c) && skb_shared(cc));
	assert_ptr_equal(c->head, skb->head);
	skb_pull(c, 50);
	expect_pattern(skb, 0, 600);
	expect_pattern(c, 50, 550);
	consume_skb(skb);
	expect_pattern(c, 50, 550);
	consume_skb(cc);
	assert_false(skb_shared(c));
	expect_pattern(c, 50, 550);
	consume_skb(c);
}

static int destroyed;
static void count_destroyed(struct sk_buff *skb)
{
	destroyed++;
}

static void test_destructor(void **state)
{
	struct sk_buff *skb = alloc_skb(10), *c;

	destroyed = 0;
	skb->destructor = count_destroyed;
	c = skb_clone(skb);
	assert_null(c->destructor);
	consume_skb(c);
	assert_int_equal(destroyed, 0);
	skb_orphan(skb);
	assert_int_equal(destroyed, 1);
	skb->destructor = count_destroyed;
	kfree_skb(skb, DROP_NOT_SPECIFIED);
	assert_int_equal(destroyed, 2);
}

/* In a top half the end of a packet with an owner waits for the bottom half. */
static void test_hardirq_free_is_deferred(void **state)
{
	struct sk_buff *skb = alloc_skb(10);

	destroyed = 0;
	skb->destructor = count_destroyed;
	arch_irq_disable();
	irq_enter();
	consume_skb(skb);
	assert_int_equal(destroyed, 0);
	irq_exit();
	arch_irq_enable();
	skbox_close(-1); /* any call lets bottom halves run */
	assert_int_equal(destroyed, 1);
}

static void test_frags(void **state)
{
	const u32 frags[] = { 1000, 1, 999, 0 };
	struct sk_buff *skb = make(0, 30, frags, 0);
	u8 b[4] = { 1, 2, 3, 4 }, got[4];

	expect_pattern(skb, 0, 2030);
	assert_int_equal(skb->data_len, 2000);
	assert_int_equal(skb_headlen(skb), 30);
	assert_int_equal(skb_tailroom(skb), 0);
	assert_int_equal(skb_copy_bits(skb, 2029, got, 2), -EFAULT);
	assert_int_equal(skb_copy_bits(skb, UINT32_MAX, got, 2), -EFAULT);
	assert_int_equal(skb_store_bits(skb, 1029, b, 4), 0);
	assert_int_equal(skb_copy_bits(skb, 1029, got, 4), 0);
	assert_memory_equal(got, b, 4);
	consume_skb(skb);
}

static void test_frag_slots(void **state)
{
	struct sk_buff *skb = alloc_skb(1);
	u8 *buf = skb_buf_alloc();

	for (u32 i = 0; i < MAX_SKB_FRAGS; i++) {
		skb_buf_get(buf);
		assert_int_equal(skb_add_frag(skb, buf + i, 1), 0);
	}
	assert_int_equal(skb_add_frag(skb, buf, 1), -EMSGSIZE);
	skb_buf_put(buf);
	assert_int_equal(skb->len, MAX_SKB_FRAGS);
	consume_skb(skb);
}

static void test_trim_frags(void **state)
{
	const u32 frags[] = { 100, 100, 100, 0 };

	for (u32 len = 0; len <= 350; len += 25) {
		struct sk_buff *skb = make(0, 50, frags, 0);

		skb_trim(skb, len);
		expect_pattern(skb, 0, len);
		assert_int_equal(skb->data_len, len > 50 ? len - 50 : 0);
		assert_int_equal(skb_shinfo(skb)->nr_frags, len > 50 ? (len - 50 + 99) / 100 : 0);
		consume_skb(skb);
	}
}

static void test_trim_of_clone_leaves_original(void **state)
{
	const u32 frags[] = { 100, 100, 0 };
	struct sk_buff *skb = make(16, 50, frags, 0), *c = skb_clone(skb);

	skb_trim(c, 60);
	expect_pattern(skb, 0, 250);
	expect_pattern(c, 0, 60);
	consume_skb(skb);
	expect_pattern(c, 0, 60);
	consume_skb(c);
}

static void test_may_pull(void **state)
{
	const u32 frags[] = { 10, 500, 300, 0 };

	for (u32 shared = 0; shared < 2; shared++) {
		for (u32 tailroom = 0; tailroom <= 400; tailroom += 200) {
			struct sk_buff *skb = make(8, 20, frags, tailroom), *c = NULL;

			if (shared)
				c = skb_clone(skb);
			skb->mac_header = 3;
			skb_set_network_header(skb, 5);
			assert_true(pskb_may_pull(skb, 20));
			assert_int_equal(skb_headlen(skb), 20);
			assert_true(pskb_may_pull(skb, 60));
			assert_true(skb_headlen(skb) >= 60);
			expect_pattern(skb, 0, 830);
			assert_ptr_equal(skb_network_header(skb), skb->data + 5);
			assert_ptr_equal(skb_mac_header(skb), skb->data - 5);
			assert_true(pskb_may_pull(skb, 830));
			assert_int_equal(skb->data_len, 0);
			assert_int_equal(skb_shinfo(skb)->nr_frags, 0);
			expect_pattern(skb, 0, 830);
			assert_false(pskb_may_pull(skb, 831));
			assert_false(pskb_may_pull(skb, UINT32_MAX));
			if (c) {
				expect_pattern(c, 0, 830);
				consume_skb(c);
			}
			consume_skb(skb);
		}
	}
}

static void test_may_pull_too_much(void **state)
{
	const u32 frags[] = { 1900, 1900, 0 };
	struct sk_buff *skb = make(0, 20, frags, 0);

	assert_false(pskb_may_pull(skb, SKB_MAX_LINEAR + 1));
	assert_false(skb_linearize(skb));
	expect_pattern(skb, 0, 3820);
	assert_non_null(skb_pull(skb, 1000));
	expect_pattern(skb, 1000, 2820);
	consume_skb(skb);
}

static void test_cow(void **state)
{
	const u32 frags[] = { 600, 0 };
	struct sk_buff *skb = make(20, 100, frags, 0), *c;

	assert_ptr_equal(skb_cow(skb, 20), skb);
	c = skb_clone(skb);
	skb_set_transport_header(skb, 30);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = 20 + 30;
	skb = skb_cow(skb, 64);
	assert_non_null(skb);
	assert_false(skb_shared(skb) || skb_shared(c));
	assert_true(skb_headroom(skb) >= 64);
	assert_ptr_equal(skb_transport_header(skb), skb->data + 30);
	assert_int_equal(skb->csum_start, skb_headroom(skb) + 30);
	skb->data[0] ^= 0xff;
	expect_pattern(c, 0, 700);
	skb->data[0] ^= 0xff;
	consume_skb(c);
	expect_pattern(skb, 0, 700);
	consume_skb(skb);
}

static void test_copy(void **state)
{
	const u32 frags[] = { 600, 30, 0 };
	struct sk_buff *skb = make(20, 100, frags, 0), *n;

	skb->protocol = htons(0x0800);
	skb->priority = 7;
	skb_set_network_header(skb, 0);
	skb->cb[3] = 42;
	n = skb_copy(skb, 40);
	assert_non_null(n);
	expect_pattern(n, 0, 730);
	assert_int_equal(n->data_len, 0);
	assert_int_equal(skb_headroom(n), 40);
	assert_int_equal(n->priority, 7);
	assert_int_equal(n->cb[3], 42);
	assert_ptr_equal(skb_network_header(n), n->data);
	consume_skb(n);
	assert_null(skb_copy(skb, SKB_MAX_LINEAR - 729));
	consume_skb(skb);
}

static void test_padto(void **state)
{
	struct sk_buff *skb = make(16, 42, NULL, 18), *c;
	static const u8 zero[18];

	skb = skb_padto(skb, 60);
	assert_int_equal(skb->len, 60);
	assert_memory_equal(skb->data + 42, zero, 18);
	assert_ptr_equal(skb_padto(skb, 60), skb);
	consume_skb(skb);
	skb = make(16, 42, NULL, 0);
	c = skb_clone(skb);
	skb = skb_padto(skb, 60);
	assert_int_equal(skb->len, 60);
	assert_memory_equal(skb->data + 42, zero, 18);
	expect_pattern(c, 0, 42);
	consume_skb(c);
	consume_skb(skb);
}

static void test_checksum_over_frags(void **state)
{
	const u32 frags[] = { 101, 1, 77, 3, 0 };
	struct sk_buff *skb = make(2, 33, frags, 0);
	u8 flat[215];

	skb_copy_bits(skb, 0, flat, sizeof(flat));
	for (u32 off = 0; off < 215; off += 3) {
		for (u32 len = 0; len <= 215 - off; len += 5)
			assert_int_equal(csum_fold(skb_checksum(skb, off, len, 5)),
					 csum_fold(csum_partial(flat + off, len, 5)));
	}
	consume_skb(skb);
}

static void test_checksum_help(void **state)
{
	const u32 frags[] = { 99, 0 };
	struct sk_buff *skb = make(10, 40, frags, 0);
	be16 zero = 0;

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = 10 + 20;
	skb->csum_offset = 6;
	skb_store_bits(skb, 26, &zero, 2);
	assert_int_equal(skb_checksum_help(skb), 0);
	assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
	assert_int_equal(csum_fold(skb_checksum(skb, 20, 119, 0)), 0);
	skb->csum_start = 10 + 139;
	assert_int_equal(skb_checksum_help(skb), -EINVAL);
	skb->csum_start = 0;
	assert_int_equal(skb_checksum_help(skb), -EINVAL);
	consume_skb(skb);
}

static void test_copy_datagram(void **state)
{
	const u32 frags[] = { 100, 200, 0 };
	struct sk_buff *skb = make(0, 50, frags, 0);
	u8 out[350], want[350];
	struct iovec iov[4] = { { out, 7 }, { NULL, 0 }, { out + 7, 200 }, { out + 207, 143 } };
	u64 copied = net_bytes_copied;

	fill(want, sizeof(want), 0);
	assert_int_equal(skb_copy_datagram_iovec(skb, 10, iov, 341), -EFAULT);
	assert_int_equal(skb_copy_datagram_iovec(skb, 10, iov, 340), 0);
	assert_memory_equal(out, want + 10, 340);
	assert_true(net_bytes_copied - copied >= 340);
	assert_int_equal(iov[3].iov_len, 10);
	consume_skb(skb);
}

static void test_copy_and_csum(void **state)
{
	const u32 frags[] = { 101, 33, 1, 200, 0 };
	struct sk_buff *skb = make(0, 51, frags, 0);
	u8 out[400], want[400];

	fill(want, sizeof(want), 0);
	for (u32 split = 0; split < 300; split += 13) {
		struct iovec iov[3] = { { out, split },
					{ out + split, 3 },
					{ out + split + 3, 400 - split - 3 } };
		u32 sum = skb_checksum(skb, 8, skb->len - 8, 0);

		skb->csum = ~sum; /* what makes the whole ones */
		memset(out, 0, sizeof(out));
		assert_int_equal(skb_copy_and_csum_datagram_iovec(skb, 8, iov), 0);
		assert_memory_equal(out, want + 8, skb->len - 8);
		assert_ptr_equal((u8 *)iov[2].iov_base, out + skb->len - 8);

		iov[0] = (struct iovec){ out, 400 };
		skb->csum ^= 0x100;
		assert_int_equal(skb_copy_and_csum_datagram_iovec(skb, 8, iov), -EINVAL);
		assert_int_equal(iov[0].iov_len, 400);
	}
	consume_skb(skb);
}

static void test_queue(void **state)
{
	struct sk_buff_head q, r;
	struct sk_buff *s[5];

	skb_queue_head_init(&q);
	skb_queue_head_init(&r);
	assert_null(skb_peek(&q));
	assert_null(skb_dequeue(&q));
	for (u32 i = 0; i < 5; i++)
		s[i] = alloc_skb(8);
	skb_queue_tail(&q, s[1]);
	skb_queue_tail(&q, s[2]);
	skb_queue_head(&q, s[0]);
	assert_int_equal(q.qlen, 3);
	assert_ptr_equal(skb_peek(&q), s[0]);
	skb_unlink(&q, s[1]);
	skb_queue_tail(&r, s[3]);
	skb_queue_splice(&q, &r);
	assert_int_equal(q.qlen, 0);
	assert_int_equal(r.qlen, 3);
	assert_ptr_equal(skb_dequeue(&r), s[3]);
	assert_ptr_equal(skb_dequeue(&r), s[0]);
	skb_queue_tail(&r, s[1]);
	skb_queue_purge(&r, DROP_NOT_SPECIFIED);
	assert_int_equal(r.qlen, 0);
	consume_skb(s[3]);
	consume_skb(s[0]);
	consume_skb(s[4]);
}

static void test_pool_empty(void **state)
{
	struct sk_buff_head q;
	struct sk_buff *skb, *first;
	struct skb_pool_stat before, st;
	u64 drops = lan_drops(DROP_NO_BUFFER);
	u8 *bufs[2], *full;

	skb_pool_stat(&before);
	skb_queue_head_init(&q);
	while ((skb = alloc_skb(100)))
		skb_queue_tail(&q, skb);
	skb_pool_stat(&st);
	assert_int_equal(st.bufs_free, 0);
	assert_int_equal(st.bufs_low, 0);
	assert_int_equal(st.empty, before.empty + 1);
	assert_int_equal(lan_drops(DROP_NO_BUFFER), drops + 1);
	assert_null(skb_buf_alloc());
	assert_int_equal(skb_buf_alloc_many(bufs, 2), 0);
	/* With one, one of two; and a ring keeps what it has, if nothing is left to put there. */
	consume_skb(skb_dequeue(&q));
	assert_int_equal(skb_buf_alloc_many(bufs, 2), 1);
	full = bufs[0];
	assert_null(skb_from_ring(&bufs[0], 0, 60));
	assert_ptr_equal(bufs[0], full);
	skb_buf_put(bufs[0]);
	skb_queue_tail(&q, alloc_skb(100));
	/* Without buffers nothing is made of what there is, and nothing is lost. */
	first = skb_dequeue(&q);
	skb = skb_clone(first);
	assert_non_null(skb);
	assert_null(skb_copy(first, 0));
	assert_null(skb_cow(skb, 0));
	consume_skb(first);
	skb_queue_purge(&q, DROP_NOT_SPECIFIED);
	skb_pool_stat(&st);
	assert_int_equal(st.bufs_free, before.bufs_free);
	assert_int_equal(st.heads_free, before.heads_free);
}

static void test_headers_empty(void **state)
{
	struct sk_buff_head q;
	struct sk_buff *skb = alloc_skb(10), *c;
	u8 *buf = skb_buf_alloc();

	skb_queue_head_init(&q);
	while ((c = skb_clone(skb)))
		skb_queue_tail(&q, c);
	assert_null(alloc_skb(10));
	assert_null(build_skb(buf, 0, 10));
	skb_buf_put(buf);
	skb_queue_purge(&q, DROP_NOT_SPECIFIED);
	consume_skb(skb);
}

static void test_drop_log(void **state)
{
	struct sk_buff *skb = make(0, 30, NULL, 0);
	u64 n = lan_drops(DROP_IP_CSUM);
	struct drop_note note, last = { 0 };

	skb->protocol = htons(0x0800);
	kfree_skb(skb, DROP_IP_CSUM);
	assert_int_equal(lan_drops(DROP_IP_CSUM), n + 1);
	for (u32 i = 0; drop_log_get(i, &note); i++)
		last = note;
	assert_int_equal(last.reason, DROP_IP_CSUM);
	assert_int_equal(last.protocol, 0x0800);
	assert_int_equal(last.len, 30);
	assert_string_equal(drop_reason_name(DROP_IP_CSUM), "IP_CSUM");
}

/* Whatever is done to packets at random, no byte is lost, and the pool is whole at the end. */
static void test_random_shapes(void **state)
{
	for (u32 round = 0; round < 3000; round++) {
		u32 frags[4] = { 1 + random_below(700), 1 + random_below(700), random_below(2) };
		u32 linear = random_below(300), skip = 0, len;
		struct sk_buff *skb = make(random_below(60), linear, frags, random_below(60)),
			       *c = NULL;

		len = skb->len;
		for (u32 step = 0; step < 6 && skb; step++) {
			u32 n = random_below(len + 1);

			switch (random_below(6)) {
			case 0:
				if (!c)
					c = skb_clone(skb);
				break;
			case 1:
				if (skb_pull(skb, n)) {
					skip += n;
					len -= n;
				}
				break;
			case 2:
				skb_trim(skb, n);
				len = n;
				break;
			case 3:
				pskb_may_pull(skb, n);
				break;
			case 4:
				skb = skb_cow(skb, random_below(100));
				break;
			case 5:
				skb_linearize(skb);
				break;
			}
			if (skb)
				expect_pattern(skb, skip, len);
		}
		if (skb)
			consume_skb(skb);
		if (c)
			consume_skb(c);
		assert_int_equal(lan_pool_free(), baseline);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		T(test_alloc_fields),
		T(test_exact_size_poison),
		T(test_build_skb),
		T(test_from_ring),
		T(test_chain),
		T(test_borders),
		T(test_clone),
		T(test_destructor),
		T(test_hardirq_free_is_deferred),
		T(test_frags),
		T(test_frag_slots),
		T(test_trim_frags),
		T(test_trim_of_clone_leaves_original),
		T(test_may_pull),
		T(test_may_pull_too_much),
		T(test_cow),
		T(test_copy),
		T(test_padto),
		T(test_checksum_over_frags),
		T(test_checksum_help),
		T(test_copy_datagram),
		T(test_copy_and_csum),
		T(test_queue),
		T(test_pool_empty),
		T(test_headers_empty),
		T(test_drop_log),
		T(test_random_shapes),
	};

	lan_start("quiet mem=16M skb.pool=256");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
