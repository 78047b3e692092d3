/*
 * Reassembly: pieces in every order, twice, across each other, too many, too late - and against an
 * oracle, cut at random.
 */
#include "fraglab.h"

#define IP_STAT(n) ip_mib[IP_MIB_##n]

static u64 drops_before;
static enum drop_reason drops_of;

static void watch(enum drop_reason why)
{
	drops_of = why;
	drops_before = lab_drops(why);
}

static void expect_drops(u64 n)
{
	assert_int_equal(lab_drops(drops_of) - drops_before, n);
}

/* The pattern's first @len bytes in pieces of @size, in order. */
static void row_in(u32 len, u32 size, u16 id)
{
	for (u32 off = 0; off < len; off += size)
		piece_in(&(struct piece){ .off = off,
					  .len = min(size, len - off),
					  .more = off + size < len,
					  .id = id });
}

/* ---- what becomes whole ---- */

static void permute(u32 *order, u32 n, u32 k, void (*fn)(const u32 *order))
{
	if (k == n) {
		fn(order);
		return;
	}
	for (u32 i = k; i < n; i++) {
		u32 t = order[k];

		order[k] = order[i];
		order[i] = t;
		permute(order, n, k + 1, fn);
		order[i] = order[k];
		order[k] = t;
	}
}

#define ROW 5
static void one_order(const u32 *order)
{
	static u16 id;
	u64 oks = IP_STAT(ReasmOKs);

	id++;
	for (u32 i = 0; i < ROW; i++) {
		u32 k = order[i];

		assert_int_equal(IP_STAT(ReasmOKs), oks);
		piece_in(&(struct piece){ .off = k * 16,
					  .len = k + 1 < ROW ? 16 : 3,
					  .more = k + 1 < ROW,
					  .id = id });
	}
	assert_int_equal(IP_STAT(ReasmOKs), oks + 1);
	expect_datagram(16 * (ROW - 1) + 3);
}

static void all_orders(void **state)
{
	u32 order[ROW] = { 0, 1, 2, 3, 4 };

	permute(order, ROW, 0, one_order);
	expect_no_datagram();
}

static void sizes(void **state)
{
	static const u32 lens[] = { 9, 1481, 4008, 20008, 40000, 65514, 65515 };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		row_in(lens[i], lens[i] > 1480 ? 1480 : 8, (u16)(100 + i));
		expect_datagram(lens[i]);
	}
}

/* More pieces than a packet has slots: copied into full buffers. */
static void small_pieces(void **state)
{
	row_in(2001, 8, 1);
	expect_datagram(2001);
	row_in(65515, 552, 2);
	expect_datagram(65515);
	row_in(12000, 48, 3);
	expect_datagram(12000);
	for (u32 off = 65512; off <= 65512; off -= 1000) /* backwards */
		piece_in(&(struct piece){
			.off = off, .len = min(1000u, 65515 - off), .more = off < 64515, .id = 4 });
	piece_in(&(struct piece){ .off = 0, .len = 512, .more = true, .id = 4 });
	expect_datagram(65515);
}

static void all_of_the_key_counts(void **state)
{
	piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = 5 });
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 6 });
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 5, .saddr = IP4(10, 0, 0, 9) });
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 5, .protocol = 251 });
	expect_no_datagram();
	piece_in(&(struct piece){ .off = 8, .len = 7, .id = 5 });
	expect_datagram(15);
}

static void duplicates_are_ignored(void **state)
{
	u64 oks = IP_STAT(ReasmOKs), fails = IP_STAT(ReasmFails);

	watch(DROP_IP_FRAG_DUPLICATE);
	for (u32 i = 0; i < 2; i++) {
		piece_in(&(struct piece){ .off = 16, .len = 5 });
		piece_in(&(struct piece){ .off = 0, .len = 8, .more = true });
	}
	expect_drops(2);
	piece_in(&(struct piece){ .off = 8, .len = 8, .more = true });
	expect_datagram(21);
	assert_int_equal(IP_STAT(ReasmOKs), oks + 1);
	assert_int_equal(IP_STAT(ReasmFails), fails);
}

static void truncated_reads(void **state)
{
	static u8 buf[3000];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	row_in(20000, 1480, 1);
	assert_int_equal(skbox_recvmsg(frag_raw, &msg, MSG_PEEK), 3000);
	assert_true(msg.msg_flags & MSG_TRUNC);
	assert_memory_equal(buf + 20, frag_pattern, 2980);
	iov = (struct iovec){ buf, sizeof(buf) };
	assert_int_equal(skbox_recvmsg(frag_raw, &msg, MSG_TRUNC), 20020);
}

static void udp_checks_the_sum_of_all_pieces(void **state)
{
	static u8 dgram[65515], back[65515];
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(7000) };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	u16 sum;

	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), 0);
	memcpy(dgram, frag_pattern, sizeof(dgram));
	put_be16(dgram, 9);
	put_be16(dgram + 2, 7000);
	put_be16(dgram + 4, sizeof(dgram));
	memset(dgram + 6, 0, 2);
	sum = csum_fold(csum_partial(dgram, sizeof(dgram),
				     csum_tcpudp_nofold(PEER, OURS, sizeof(dgram), 17, 0)));
	memcpy(dgram + 6, &sum, 2);
	watch(DROP_UDP_CSUM);
	for (u32 bad = 0; bad < 2; bad++) {
		dgram[50001] ^= (u8)bad;
		for (u32 off = 0; off < sizeof(dgram); off += 1480)
			piece_in(&(struct piece){ .off = off,
						  .len = min(1480u, (u32)sizeof(dgram) - off),
						  .more = off + 1480 < sizeof(dgram),
						  .protocol = 17,
						  .data = dgram + off });
		if (bad) {
			assert_int_equal(skbox_recvfrom(fd, back, sizeof(back), 0, NULL, NULL),
					 -EAGAIN);
			continue;
		}
		assert_int_equal(skbox_recvfrom(fd, back, sizeof(back), 0, NULL, NULL), 65507);
		assert_memory_equal(back, dgram + 8, 65507);
	}
	expect_drops(1);
	skbox_close(fd);
}

/* ---- what does not ---- */

static void overlaps_end_the_datagram(void **state)
{
	static const struct piece second[] = {
		{ .off = 16, .len = 16, .more = true }, /* reaches back */
		{ .off = 24, .len = 8 },		/* lies within (teardrop) */
		{ .off = 32, .len = 16, .more = true }, /* the same place, longer */
		{ .off = 24, .len = 8, .more = true },	/* ... shorter */
		{ .off = 0, .len = 64, .more = true },	/* over it */
		{ .off = 8, .len = 64 },
	};
	u64 overlaps = ipext_mib[IPEXT_MIB_ReasmOverlaps];

	for (u16 i = 0; i < ARRAY_SIZE(second); i++) {
		struct piece p = second[i];

		p.id = (u16)(i + 10);
		watch(DROP_IP_FRAG_OVERLAP);
		piece_in(&(struct piece){ .off = 24, .len = 16, .more = true, .id = p.id });
		piece_in(&p);
		expect_drops(2);
	}
	assert_int_equal(ipext_mib[IPEXT_MIB_ReasmOverlaps], overlaps + ARRAY_SIZE(second));
	lab_quiet();
}

static void one_end_and_nothing_behind_it(void **state)
{
	watch(DROP_IP_FRAG_CONFLICT);
	piece_in(&(struct piece){ .off = 64, .len = 8 });
	piece_in(&(struct piece){ .off = 80, .len = 8, .more = true });
	expect_drops(2);
	piece_in(&(struct piece){ .off = 64, .len = 8 });
	piece_in(&(struct piece){ .off = 32, .len = 8 }); /* a second end, before */
	expect_drops(4);
	piece_in(&(struct piece){ .off = 64, .len = 8, .more = true });
	piece_in(&(struct piece){ .off = 32, .len = 8 });
	expect_drops(6);
	piece_in(&(struct piece){ .off = 64, .len = 8 });
	piece_in(&(struct piece){ .off = 80, .len = 8 });
	expect_drops(8);
}

static void malformed(void **state)
{
	u64 fails = IP_STAT(ReasmFails);

	watch(DROP_IP_FRAG_LENGTH);
	piece_in(&(struct piece){ .off = 0, .len = 0, .more = true });
	piece_in(&(struct piece){ .off = 8, .len = 0 });
	piece_in(&(struct piece){ .off = 8, .len = 9, .more = true });
	piece_in(&(struct piece){ .off = 8, .len = 7, .more = true });
	expect_drops(4);
	watch(DROP_IP_FRAG_TOO_LONG); /* the ping of death */
	piece_in(&(struct piece){ .off = 65528, .len = 8, .more = true, .data = frag_pattern });
	piece_in(&(struct piece){ .off = 65512, .len = 4, .data = frag_pattern });
	piece_in(&(struct piece){ .off = 65120, .len = 1400, .data = frag_pattern });
	expect_drops(3);
	watch(DROP_IP_FRAG_TINY);
	piece_in(&(struct piece){ .off = 8, .len = 16, .protocol = 6 });
	expect_drops(1);
	assert_int_equal(IP_STAT(ReasmFails), fails + 8);
	lab_quiet();
}

static void congestion(void **state)
{
	/* Of two pieces' codepoints: what the whole says; 4: nothing, it is dropped. */
	static const u8 result[4][4] = {
		{ 0, 4, 4, 4 }, { 4, 1, 1, 3 }, { 4, 2, 2, 3 }, { 4, 3, 3, 3 }
	};
	static u8 got[100];
	u16 id = 1;

	for (u8 a = 0; a < 4; a++) {
		for (u8 b = 0; b < 4; b++) {
			watch(DROP_IP_FRAG_ECN);
			id++;
			piece_in(&(struct piece){
				.off = 0, .len = 8, .more = true, .tos = a, .id = id });
			piece_in(&(struct piece){ .off = 8, .len = 8, .tos = b, .id = id });
			if (result[a][b] == 4) {
				expect_drops(2);
				expect_no_datagram();
				continue;
			}
			assert_int_equal(skbox_recvfrom(frag_raw, got, 100, 0, NULL, NULL), 36);
			assert_int_equal(got[1], result[a][b]);
		}
	}
}

/* ---- time ---- */

static void timeout_is_told_if_the_first_came(void **state)
{
	const struct icmphdr *icmp;
	u64 timeouts = IP_STAT(ReasmTimeout);
	u8 frame[2048];
	u32 len;

	piece_in(&(struct piece){ .off = 0, .len = 40, .more = true, .id = 8 });
	piece_in(&(struct piece){ .off = 80, .len = 40, .more = true, .id = 8 });
	piece_in(&(struct piece){ .off = 80, .len = 40, .more = true, .id = 9 });
	skbox_advance(29900000000ULL);
	assert_int_equal(IP_STAT(ReasmTimeout), timeouts);
	lab_quiet();
	skbox_advance(200000000ULL);
	assert_int_equal(IP_STAT(ReasmTimeout), timeouts + 2);
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_TIME_EXCEEDED);
	assert_int_equal(icmp->code, ICMP_EXC_FRAGTIME);
	assert_int_equal(get_be16(frame + LAB_PAYLOAD + 8 + 4), 8);
	assert_memory_equal(frame + LAB_PAYLOAD + 8 + 20, frag_pattern, 40);
	lab_quiet();
	/* What comes later is the beginning of another. */
	piece_in(&(struct piece){ .off = 40, .len = 40, .more = true, .id = 8 });
	expect_no_datagram();
}

static void time_is_a_tunable(void **state)
{
	u64 timeouts = IP_STAT(ReasmTimeout);

	assert_int_equal(skbox_sysctl("net.ipv4.ipfrag_time", "3"), 0);
	piece_in(&(struct piece){ .off = 8, .len = 8, .more = true });
	skbox_advance(3100000000ULL);
	assert_int_equal(IP_STAT(ReasmTimeout), timeouts + 1);
	assert_int_equal(skbox_sysctl("net.ipv4.ipfrag_time", "30"), 0);
}

static void a_link_that_goes_down_takes_its_pieces(void **state)
{
	struct skb_pool_stat before, after;

	skb_pool_stat(&before);
	watch(DROP_DEV_DOWN);
	for (u16 id = 1; id < 20; id++)
		piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = id });
	assert_int_equal(lab_flags("eth0", 0), 0);
	assert_true(lab_drops(DROP_DEV_DOWN) - drops_before >= 19);
	skb_pool_stat(&after);
	assert_true(after.bufs_free >= before.bufs_free);
	assert_int_equal(lab_flags("eth0", IFF_UP), 0);
}

/* ---- bounds ---- */

static void the_oldest_give_way(void **state)
{
	struct skb_pool_stat before, after;

	assert_int_equal(skbox_sysctl("net.ipv4.ipfrag_high_thresh", "100000"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.ipfrag_low_thresh", "50000"), 0);
	skb_pool_stat(&before);
	watch(DROP_IP_FRAG_LIMIT);
	for (u16 id = 1; id <= 1000; id++)
		piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = id });
	skb_pool_stat(&after);
	assert_in_range(before.bufs_free - after.bufs_free, 15, 60);
	assert_in_range(lab_drops(DROP_IP_FRAG_LIMIT) - drops_before, 940, 985);
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 1000 });
	expect_datagram(16);
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 1 });
	expect_no_datagram();
	assert_int_equal(skbox_sysctl("net.ipv4.ipfrag_high_thresh", "4194304"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.ipfrag_low_thresh", "3145728"), 0);
}

/* With defaults: many datagrams begun are a share of the pool, no more. */
static void exhaustion(void **state)
{
	struct skb_pool_stat before, after;

	skb_pool_stat(&before);
	for (u32 i = 0; i < 20000; i++)
		piece_in(&(struct piece){ .off = 8 * (i % 3),
					  .len = 8,
					  .more = true,
					  .id = (u16)i,
					  .saddr = IP4(10, 0, 0, 3 + i % 200) });
	skb_pool_stat(&after);
	assert_true(before.bufs_free - after.bufs_free <= before.bufs_total / 4 + 1);
	row_in(30000, 1480, 7);
	expect_datagram(30000);
}

static void identifiers_that_come_round(void **state)
{
	watch(DROP_IP_FRAG_TOO_FAR);
	piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = 1 });
	for (u16 id = 2; id < 2 + 63; id++)
		piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = id });
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 1 });
	expect_datagram(16);
	piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = 1 });
	for (u16 id = 100; id < 100 + 65; id++)
		piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = id });
	piece_in(&(struct piece){ .off = 8, .len = 8, .id = 1 });
	expect_drops(1);
	expect_no_datagram();
	piece_in(&(struct piece){ .off = 0, .len = 8, .more = true, .id = 1 });
	expect_datagram(16);
}

/* ---- against an oracle ---- */

#define CUTS 100
struct cut {
	u32 off, len;
};

static u32 cut_up(struct cut *cut, u32 len)
{
	u32 n = 0, most = 8 * (1 + lab_random() % 180);

	for (u32 off = 0; off < len; n++) {
		u32 l = 8 * (1 + lab_random() % (most / 8));

		if (n == CUTS - 1)
			return 0;
		cut[n] = (struct cut){ off, min(l, len - off) };
		off += cut[n].len;
	}
	return n;
}

static void random_cuts(void **state)
{
	struct cut cut[CUTS];

	for (u32 round = 0; round < 1500; round++) {
		u32 len = 9 + lab_random() % (round % 8 ? 3000 : 60000), n = cut_up(cut, len);

		if (n < 2)
			continue;
		for (u32 i = n; i-- > 1;) { /* shuffled, sometimes a little */
			u32 k = round % 3 ? lab_random() % (i + 1) : i - lab_random() % 2;
			struct cut t = cut[i];

			cut[i] = cut[k];
			cut[k] = t;
		}
		for (u32 i = 0; i < n; i++) {
			u32 again = lab_random() % (i + 1);
			struct piece p = { .off = cut[i].off,
					   .len = cut[i].len,
					   .more = cut[i].off + cut[i].len < len,
					   .id = (u16)(round + 1) };

			piece_in(&p);
			if (i + 1 == n || lab_random() % 8)
				continue;
			p.off = cut[again].off;
			p.len = cut[again].len;
			p.more = p.off + p.len < len;
			piece_in(&p);
		}
		expect_datagram(len);
	}
}

/* Whatever comes, what is delivered lies where it was sent: never other bytes, never a hole. */
static void random_rubbish(void **state)
{
	static u8 got[65536];
	long n;

	for (u32 round = 0; round < 20000; round++) {
		u32 off = 8 * (lab_random() % 12), len = lab_random() % 40;

		piece_in(&(struct piece){ .off = off,
					  .len = lab_random() % 4 ? len & ~7u : len,
					  .more = lab_random() % 3,
					  .id = (u16)(1 + lab_random() % 4) });
		while ((n = skbox_recvfrom(frag_raw, got, sizeof(got), 0, NULL, NULL)) >= 0)
			assert_memory_equal(got + 20, frag_pattern, (size_t)n - 20);
	}
	while (lab_out(got, sizeof(got)))
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		frag_test(all_orders),
		frag_test(sizes),
		frag_test(small_pieces),
		frag_test(all_of_the_key_counts),
		frag_test(duplicates_are_ignored),
		frag_test(truncated_reads),
		frag_test(udp_checks_the_sum_of_all_pieces),
		frag_test(overlaps_end_the_datagram),
		frag_test(one_end_and_nothing_behind_it),
		frag_test(malformed),
		frag_test(congestion),
		frag_test(timeout_is_told_if_the_first_came),
		frag_test(time_is_a_tunable),
		frag_test(a_link_that_goes_down_takes_its_pieces),
		frag_test(the_oldest_give_way),
		frag_test(exhaustion),
		frag_test(identifiers_that_come_round),
		frag_test(random_cuts),
		frag_test(random_rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
