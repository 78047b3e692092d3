/*
 * The routing cache: hits and misses as its counters tell them, what makes entries go - age,
 * pressure, changes - its bounds under a scan of addresses, the news that it keeps, redirects out.
 * RT_SCAN=10000000 makes the scan as long as one likes.
 */
#include "iplab.h"

#include "kernel/softirq.h"
#include "net/ip/rt_cache.h"

char *getenv(const char *name);
int atoi(const char *s);

static u8 frame[2048];

static int setup(void **state)
{
	int err = lab_setup(state);

	skbox_sysctl("net.ipv4.route.flush", "1");
	skbox_advance(61000000000ULL); /* what was stale is gone */
	memset(&rt_stat, 0, sizeof(rt_stat));
	return err;
}
#define cache_test(f) cmocka_unit_test_setup_teardown(f, setup, lab_teardown)

static struct rtable *out(be32 daddr, be32 saddr, u8 tos)
{
	struct flowi fl = { .daddr = daddr, .saddr = saddr, .tos = tos };
	struct rtable *rt = NULL;

	local_bh_disable();
	assert_int_equal(ip_route_output(&rt, &fl), 0);
	dst_release(&rt->dst); /* the cache, if any, still has it */
	local_bh_enable();
	return rt;
}

static void sysctl(const char *name, const char *value)
{
	assert_int_equal(skbox_sysctl(name, value), 0);
}

static void default_route(void)
{
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
}

static void udp_in(be32 saddr, be32 daddr)
{
	lab_in(&(struct lab_packet){ .saddr = saddr,
				     .daddr = daddr,
				     .protocol = 17,
				     .data = "0123456789ab",
				     .len = 12 });
}

/* ---- hits ---- */

static void output_hits(void **state)
{
	struct rtable *a = out(PEER, 0, 0);

	assert_int_equal(rt_stat.out_slow_tot, 1);
	assert_ptr_equal(out(PEER, 0, 0), a);
	assert_int_equal(rt_stat.out_hit, 1);
	assert_int_equal(a->use, 1);
	assert_ptr_equal(out(PEER, 0, 3), a); /* ECN is no part of the question */
	assert_ptr_not_equal(out(PEER, OURS, 0), a);
	assert_ptr_not_equal(out(PEER, 0, 0x10), a);
	assert_int_equal(rt_stat.out_slow_tot, 3);
	assert_int_equal(rt_hash.entries, 3);
}

static void input_hits(void **state)
{
	for (u32 i = 0; i < 10; i++)
		udp_in(PEER, OURS);
	assert_int_equal(rt_stat.in_slow_tot, 1);
	assert_int_equal(rt_stat.in_hit, 9);
	udp_in(IP4(10, 0, 0, 7), OURS);
	assert_int_equal(rt_stat.in_slow_tot, 2);
	/* martians are looked at each time, and leave nothing */
	for (u32 i = 0; i < 3; i++)
		udp_in(IP4(127, 0, 0, 1), OURS);
	assert_int_equal(rt_stat.in_martian_src, 3);
	assert_int_equal(rt_stat.in_slow_tot, 5);
	while (lab_out(frame, sizeof(frame)))
		;
}

static void off(void **state)
{
	u32 before;

	sysctl("net.ipv4.rt_cache_rebuild_count", "-1");
	before = rt_hash.entries;
	for (u32 i = 0; i < 5; i++)
		udp_in(PEER, OURS);
	out(IP4(10, 0, 0, 4), 0, 0);
	assert_int_equal(rt_stat.in_slow_tot, 5);
	assert_int_equal(rt_hash.entries, before);
	sysctl("net.ipv4.rt_cache_rebuild_count", "4");
	while (lab_out(frame, sizeof(frame)))
		;
}

/* ---- ends ---- */

static void unused_entries_go(void **state)
{
	out(PEER, 0, 0);
	out(IP4(10, 0, 0, 4), 0, 0);
	assert_int_equal(rt_hash.entries, 2);
	for (u32 i = 0; i < 5; i++) {
		skbox_advance(70000000000ULL);
		out(PEER, 0, 0);
	}
	skbox_advance(70000000000ULL);
	assert_int_equal(rt_hash.entries, 1); /* the one that was used */
	skbox_advance(500000000000ULL);
	assert_int_equal(rt_hash.entries, 0);
	assert_int_equal(skbox_next_timer() > skbox_now() + 59000000000ULL, 1);
}

/* In use: it does not go, however old. */
static void held_entries_stay(void **state)
{
	struct rtable *rt = out(PEER, 0, 0);

	dst_hold(&rt->dst);
	skbox_advance(1000000000000ULL);
	assert_true(dst_valid(&rt->dst));
	assert_int_equal(rt_hash.entries, 1);
	sysctl("net.ipv4.route.flush", "1");
	assert_false(dst_valid(&rt->dst));
	skbox_advance(61000000000ULL);
	assert_int_equal(rt_hash.entries, 0);
	dst_release(&rt->dst);
}

static void advice_drops_one(void **state)
{
	struct rtable *a = out(PEER, 0, 0), *b = out(IP4(10, 0, 0, 4), 0, 0);

	dst_hold(&a->dst);
	dst_negative_advice(&a->dst);
	assert_false(dst_valid(&a->dst));
	assert_true(dst_valid(&b->dst));
	assert_ptr_not_equal(out(PEER, 0, 0), a);
	dst_release(&a->dst);
}

/* ---- bounds ---- */

static u32 objects(const char *what)
{
	static char text[65536];
	const char *p;

	assert_true(skbox_proc_read("slabinfo", text, sizeof(text)) > 0);
	p = strstr(text, what);
	assert_non_null(p);
	return (u32)atoi(p + strlen(what));
}

/* A stranger asks his way to every address there is; a flow between two others goes on. */
static void scan(void **state)
{
	u32 n = getenv("RT_SCAN") ? (u32)atoi(getenv("RT_SCAN")) : 50000, passed = 0;
	be32 friend = IP4(10, 0, 0, 7), far = IP4(8, 8, 8, 8);
	struct mem_info before, after;
	struct lab_packet p = { .protocol = 17, .data = "0123456789ab", .len = 12, .ttl = 9 };
	u32 worst = 0;

	default_route();
	sysctl("net.ipv4.ip_forward", "1");
	sysctl("net.ipv4.conf.all.send_redirects", "0");
	sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	udp_in(friend, far);
	assert_true(lab_out(frame, sizeof(frame)));
	mem_info(&before);
	for (u32 i = 0; i < n; i++) {
		p.saddr = IP4(10, 0, 0, 66);
		p.daddr = htonl(0x0b000000 + i * 13);
		lab_in(&p);
		passed += lab_out(frame, sizeof(frame)) > 0;
		if (i % 1000)
			continue;
		skbox_advance(10000000);
		worst = max(worst, rt_hash.entries);
		p.saddr = friend;
		p.daddr = far;
		lab_in(&p);
		assert_true(lab_out(frame, sizeof(frame)));
		assert_int_equal(lab_ip(frame)->saddr, friend);
	}
	mem_info(&after);
	assert_int_equal(passed, n);
	assert_true(worst <= (u32)sysctl_rt_max_size);
	assert_true(objects("ip_dst_cache") <= (u32)sysctl_rt_max_size);
	assert_true(after.free + 65536 >= before.free);
	/* the flow's own entry has never been the victim */
	assert_true(rt_stat.in_slow_tot <= n + 2 + n / 100000);
	print_message("%u destinations, %u entries at most, %u of %u buckets\n", n, worst,
		      rt_hash.entries, rt_hash.mask + 1);
	sysctl("net.ipv4.conf.all.send_redirects", "1");
	sysctl("net.ipv4.conf.eth0.send_redirects", "1");
	sysctl("net.ipv4.ip_forward", "0");
}

/* All that the cache may hold is held: more still find their way. */
static void full_of_held(void **state)
{
	static struct rtable *held[100000];
	u32 n = (u32)sysctl_rt_max_size + 1000, i;

	assert_true(n < ARRAY_SIZE(held));
	default_route();
	for (i = 0; i < n; i++) {
		struct flowi fl = { .daddr = htonl(0x0c000000 + i) };

		local_bh_disable();
		assert_int_equal(ip_route_output(&held[i], &fl), 0);
		local_bh_enable();
	}
	assert_true(rt_hash.entries <= (u32)sysctl_rt_max_size);
	for (i = 0; i < n; i++)
		dst_release(&held[i]->dst);
	sysctl("net.ipv4.route.flush", "1");
	skbox_advance(61000000000ULL);
	assert_int_equal(objects("ip_dst_cache"), 0);
}

static void pressure_shortens_life(void **state)
{
	default_route();
	sysctl("net.ipv4.route.gc_thresh", "100");
	sysctl("net.ipv4.route.gc_timeout", "300");
	for (u32 i = 0; i < 90; i++)
		out(htonl(0x0d000000 + i), 0, 0);
	skbox_advance(100000000000ULL); /* older than a shortened life, younger than gc_timeout */
	assert_int_equal(rt_hash.entries, 90);
	for (u32 i = 0; i < 60; i++) {
		out(htonl(0x0e000000 + i), 0, 0);
		skbox_advance(1000000000ULL);
	}
	assert_true(rt_stat.gc_total > 0);
	assert_true(rt_hash.entries < 100);
	sysctl("net.ipv4.route.gc_thresh", "256");
	sysctl("net.ipv4.route.gc_timeout", "300");
}

/* ---- news ---- */

static void mtu_drops_only_its_own(void **state)
{
	struct rtable *a, *b;

	default_route();
	a = out(IP4(1, 1, 1, 1), 0, 0);
	b = out(IP4(2, 2, 2, 2), 0, 0);
	dst_hold(&a->dst);
	local_bh_disable();
	ip_rt_update_pmtu(IP4(1, 1, 1, 1), 1200);
	local_bh_enable();
	assert_false(dst_valid(&a->dst));
	assert_true(dst_valid(&b->dst));
	dst_release(&a->dst);
	assert_int_equal(dst_mtu(&out(IP4(1, 1, 1, 1), 0, 0)->dst), 1200);
	assert_int_equal(dst_mtu(&out(IP4(1, 1, 1, 1), OURS, 0x10)->dst), 1200);
	sysctl("net.ipv4.route.flush", "1"); /* routes change; the path does not */
	assert_int_equal(dst_mtu(&out(IP4(1, 1, 1, 1), 0, 0)->dst), 1200);
	skbox_advance(601000000000ULL);
	assert_int_equal(dst_mtu(&out(IP4(1, 1, 1, 1), 0, 0)->dst), 1500);
}

/* A flood of news that are believed costs a look at a few entries each, however many there are. */
static void news_look_at_few(void **state)
{
	u32 flows = (u32)sysctl_rt_max_size * 3 / 4, news = 2000;
	u64 before;

	default_route();
	for (u32 i = 0; i < flows; i++)
		out(htonl(0x14000000 + i), 0, 0);
	assert_true(rt_hash.entries > flows / 2);
	before = rt_hash.dest_searched;
	local_bh_disable();
	for (u32 i = 0; i < news; i++)
		assert_true(
			ip_rt_redirect(htonl(0x14000000 + i * 3), PEER, IP4(10, 0, 0, 9), eth0));
	local_bh_enable();
	assert_true((rt_hash.dest_searched - before) / news < 24);
	assert_int_equal(out(htonl(0x14000000 + 3 * (news - 1)), 0, 0)->gateway, IP4(10, 0, 0, 9));
	assert_int_equal(out(htonl(0x14000001), 0, 0)->gateway, PEER);
	skbox_advance(601000000000ULL);
}

/* A router goes by the link's MTU, unless it is told to believe what ICMP says. */
static void forwarding_believes_if_told(void **state)
{
	static u8 big[1400];
	struct lab_packet p = { .protocol = 17,
				.saddr = IP4(10, 0, 0, 7),
				.daddr = IP4(1, 1, 1, 1),
				.frag_off = IP_DF,
				.data = big,
				.len = sizeof(big) };
	const char *const use[] = { "0", "1" };

	default_route();
	sysctl("net.ipv4.ip_forward", "1");
	sysctl("net.ipv4.conf.all.send_redirects", "0");
	sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	for (u32 i = 0; i < 2; i++) {
		u32 len;

		sysctl("net.ipv4.ip_forward_use_pmtu", use[i]);
		lab_in(&p);
		assert_int_equal(lab_out(frame, sizeof(frame)), LAB_PAYLOAD + sizeof(big));
		local_bh_disable();
		ip_rt_update_pmtu(p.daddr, 1200); /* the flow is in the cache already */
		local_bh_enable();
		lab_in(&p);
		len = lab_out(frame, sizeof(frame));
		assert_int_equal(len == LAB_PAYLOAD + sizeof(big), !i);
		if (i)
			assert_int_equal(ntohl(lab_icmp(frame, len, OURS, p.saddr)->un.info), 1200);
		skbox_advance(601000000000ULL); /* forgotten */
	}
	sysctl("net.ipv4.ip_forward_use_pmtu", "0");
	sysctl("net.ipv4.conf.all.send_redirects", "1");
	sysctl("net.ipv4.conf.eth0.send_redirects", "1");
	sysctl("net.ipv4.ip_forward", "0");
}

static u32 redirects_out(be32 saddr, be32 daddr, u32 packets, u64 gap_ns)
{
	u32 n = 0, len;

	for (u32 i = 0; i < packets; i++) {
		udp_in(saddr, daddr);
		while ((len = lab_out(frame, sizeof(frame)))) {
			const struct icmphdr *icmp;

			if (lab_ip(frame)->protocol != IPPROTO_ICMP)
				continue;
			icmp = lab_icmp(frame, len, OURS, saddr);
			assert_int_equal(icmp->type, ICMP_REDIRECT);
			assert_int_equal(icmp->code, 1);
			assert_int_equal(icmp->un.info, PEER);
			n++;
		}
		skbox_advance(gap_ns);
	}
	return n;
}

static void redirects_are_sent_and_end(void **state)
{
	be32 from = IP4(10, 0, 0, 7), far = IP4(8, 8, 8, 8);

	default_route();
	sysctl("net.ipv4.ip_forward", "1");
	sysctl("net.ipv4.icmp_ratelimit", "0");
	assert_int_equal(redirects_out(from, far, 1, 0), 1);
	/* 20 ms << n apart, 9 at most */
	assert_int_equal(redirects_out(from, far, 2000, 10000000), 8);
	assert_int_equal(redirects_out(from, far, 10, 100000000), 0);
	skbox_advance(21000000000ULL); /* he has been silent */
	assert_int_equal(redirects_out(from, far, 1, 0), 1);
	/* one behind a router is not told: he could not listen */
	assert_int_equal(redirects_out(IP4(77, 1, 1, 1), far, 3, 1000000000), 0);
	sysctl("net.ipv4.conf.all.send_redirects", "0");
	sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	assert_int_equal(redirects_out(IP4(10, 0, 0, 8), far, 3, 1000000000), 0);
	sysctl("net.ipv4.conf.all.send_redirects", "1");
	sysctl("net.ipv4.conf.eth0.send_redirects", "1");
	sysctl("net.ipv4.icmp_ratelimit", "1000");
	sysctl("net.ipv4.ip_forward", "0");
}

/* ---- a gateway that does not answer ---- */

static void another_gateway_is_taken(void **state)
{
	struct route_config cfg = { .type = RTN_UNICAST,
				    .gateway = IP4(10, 0, 0, 200),
				    .how = RT_APPEND };

	assert_int_equal(ip_route_add(&cfg), 0);
	cfg.gateway = PEER;
	assert_int_equal(ip_route_add(&cfg), 0);
	sysctl("net.ipv4.ip_forward", "1");
	sysctl("net.ipv4.conf.all.send_redirects", "0");
	sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	udp_in(IP4(10, 0, 0, 7), IP4(8, 8, 8, 8));
	for (u32 i = 0; i < 5; i++) { /* ARP asks for 10.0.0.200, in vain */
		while (skbox_frame_out(lab_eth0, frame, sizeof(frame)))
			assert_int_not_equal(get_be16(frame + 12), ETH_P_IP);
		skbox_advance(1000000000ULL);
	}
	while (lab_out(frame, sizeof(frame))) /* the sender is told that it did not arrive */
		assert_int_equal(lab_ip(frame)->protocol, IPPROTO_ICMP);
	udp_in(IP4(10, 0, 0, 7), IP4(8, 8, 8, 8));
	assert_true(lab_out(frame, sizeof(frame)));
	assert_memory_equal(frame + 2, "\x0a\x00\x00\x01", 4);
	sysctl("net.ipv4.conf.all.send_redirects", "1");
	sysctl("net.ipv4.conf.eth0.send_redirects", "1");
	sysctl("net.ipv4.ip_forward", "0");
}

/* ---- requests ---- */

/* Whatever a task writes into a request is an error or a route, and never harm. */
static void requests_of_rubbish(void **state)
{
	int fd = skbox_socket(AF_INET, 2, 0);
	struct rt_request req, flush = { .cmd = RT_REQ_FLUSH_CACHE };
	struct rt_get get;

	for (u32 i = 0; i < 20000; i++) {
		u8 *p = i & 1 ? (u8 *)&req : (u8 *)&get;
		u32 size = i & 1 ? sizeof(req) : sizeof(get);

		for (u32 k = 0; k < size; k++)
			p[k] = lab_random() % 3 ? 0 : (u8)lab_random();
		req.cmd %= 4;
		if (i % 5 == 0) {
			strncpy(req.nh[0].dev, "eth0", IFNAMSIZ);
			strncpy(get.iif, i % 2 ? "" : "eth0", IFNAMSIZ);
			strncpy(get.oif, i % 3 ? "" : "eth0", IFNAMSIZ);
			req.dst &= inet_make_mask(req.len % 33);
			req.len %= 33;
			req.type %= 12;
			req.nr_nh %= 10;
		}
		skbox_ioctl(fd, i & 1 ? SIOCRTREQ : SIOCRTGET, p);
	}
	assert_int_equal(skbox_ioctl(fd, SIOCRTREQ, &flush), 0);
	skbox_close(fd);
}

/* ---- sources ---- */

static u64 dropped(enum drop_reason why, be32 saddr)
{
	u64 before = lab_drops(why);

	udp_in(saddr, OURS);
	while (lab_out(frame, sizeof(frame)))
		;
	return lab_drops(why) - before;
}

static void rp_filter_strict_and_loose(void **state)
{
	u64 mib = tcpext_mib[TCPEXT_MIB_IPReversePathFilter];

	assert_int_equal(lab_route(SIOCADDRT, IP4(44, 0, 0, 0), 8, 0, "lo", RTF_UP, 0), 0);
	assert_int_equal(dropped(DROP_IP_RPFILTER, IP4(44, 1, 1, 1)), 0);
	sysctl("net.ipv4.conf.eth0.rp_filter", "2");
	assert_int_equal(dropped(DROP_IP_RPFILTER, IP4(44, 1, 1, 1)), 0);
	assert_int_equal(dropped(DROP_IP_RPFILTER, IP4(45, 1, 1, 1)), 1);
	sysctl("net.ipv4.conf.eth0.rp_filter", "1");
	assert_int_equal(dropped(DROP_IP_RPFILTER, IP4(44, 1, 1, 1)), 1);
	sysctl("net.ipv4.conf.all.rp_filter", "2"); /* the larger one holds */
	assert_int_equal(dropped(DROP_IP_RPFILTER, IP4(44, 1, 1, 1)), 0);
	assert_int_equal(tcpext_mib[TCPEXT_MIB_IPReversePathFilter], mib + 2);
	sysctl("net.ipv4.conf.all.rp_filter", "0");
	sysctl("net.ipv4.conf.eth0.rp_filter", "0");
	lab_route(SIOCDELRT, IP4(44, 0, 0, 0), 8, 0, "lo", RTF_UP, 0);
}

static void accept_local(void **state)
{
	assert_int_equal(dropped(DROP_IP_MARTIAN_SOURCE, OURS), 1);
	sysctl("net.ipv4.conf.eth0.accept_local", "1");
	assert_int_equal(dropped(DROP_IP_MARTIAN_SOURCE, OURS), 0);
	sysctl("net.ipv4.conf.eth0.accept_local", "0");
	assert_int_equal(dropped(DROP_IP_MARTIAN_SOURCE, OURS), 1);
}

/* ---- files ---- */

static void files(void **state)
{
	static char text[65536];
	u32 acct[4 * 256 + 1];
	long len;

	udp_in(PEER, OURS);
	out(PEER, 0, 0);
	len = skbox_proc_read("net/rt_cache", text, sizeof(text));
	assert_int_equal(len % 128, 0);
	assert_non_null(strstr(text, "lo\t0200000A\t0200000A\t84000000\t0\t"));
	assert_non_null(strstr(text, "eth0\t0100000A\t0100000A\t       0\t0\t"));
	skbox_proc_read("net/stat/rt_cache", text, sizeof(text));
	assert_non_null(strstr(text, "entries  in_hit   in_slow_tot"));
	assert_int_equal(skbox_proc_read("net/rt_acct", (char *)acct, sizeof(acct)), 4096);
	while (lab_out(frame, sizeof(frame)))
		;
}

static void realms_are_counted(void **state)
{
	struct route_config cfg = { .dst = IP4(61, 0, 0, 0),
				    .len = 8,
				    .type = RTN_UNICAST,
				    .gateway = PEER,
				    .realm = 5 << 16 | 7 };
	u32 acct[4 * 256 + 1];

	assert_int_equal(ip_route_add(&cfg), 0);
	sysctl("net.ipv4.ip_forward", "1");
	for (u32 i = 0; i < 3; i++)
		udp_in(IP4(10, 0, 0, 7), IP4(61, 1, 1, 1));
	while (lab_out(frame, sizeof(frame)))
		;
	skbox_proc_read("net/rt_acct", (char *)acct, sizeof(acct));
	assert_int_equal(acct[7 * 4], 3 * 32);
	assert_int_equal(acct[7 * 4 + 1], 3);
	assert_int_equal(acct[5 * 4 + 3], 3);
	sysctl("net.ipv4.ip_forward", "0");
	cfg.scope = RT_SCOPE_NOWHERE;
	assert_int_equal(ip_route_del(&cfg), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cache_test(output_hits),
		cache_test(input_hits),
		cache_test(off),
		cache_test(unused_entries_go),
		cache_test(held_entries_stay),
		cache_test(advice_drops_one),
		cache_test(scan),
		cache_test(full_of_held),
		cache_test(pressure_shortens_life),
		cache_test(mtu_drops_only_its_own),
		cache_test(news_look_at_few),
		cache_test(forwarding_believes_if_told),
		cache_test(redirects_are_sent_and_end),
		cache_test(another_gateway_is_taken),
		cache_test(rp_filter_strict_and_loose),
		cache_test(accept_local),
		cache_test(files),
		cache_test(realms_are_counted),
		cache_test(requests_of_rubbish), /* last: it leaves routes behind */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
