/* Routes: what the two questions answer, and what ioctls and /proc say. The tables are
 * test_fib.c's, the cache test_rt_cache.c's. */
#include "iplab.h"

#include "kernel/softirq.h"
#include "net/ip/rt_cache.h"

/* ---- ip_route_output ---- */

static int output(be32 daddr, be32 saddr, int oif, struct flowi *out, struct rtable **rt)
{
	struct flowi fl = { .daddr = daddr, .saddr = saddr, .oif = oif };
	int err;

	local_bh_disable();
	err = ip_route_output(rt, &fl);
	local_bh_enable();
	*out = fl;
	return err;
}

static void put(struct rtable *rt)
{
	local_bh_disable();
	dst_release(&rt->dst);
	local_bh_enable();
}

static void connected_default_and_host(void **state)
{
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(output(PEER, 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_UNICAST);
	assert_int_equal(rt->gateway, 0);
	assert_int_equal(fl.saddr, OURS);
	assert_ptr_equal(rt->dst.dev, eth0);
	put(rt);
	assert_int_equal(output(IP4(8, 8, 8, 8), 0, 0, &fl, &rt), -ENETUNREACH);
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_int_equal(output(IP4(8, 8, 8, 8), 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->gateway, PEER);
	assert_int_equal(fl.saddr, OURS);
	put(rt);
	assert_int_equal(lab_route(SIOCADDRT, IP4(8, 8, 8, 8), 32, IP4(10, 0, 0, 7), NULL,
				   RTF_UP | RTF_GATEWAY | RTF_HOST, 0),
			 0);
	assert_int_equal(output(IP4(8, 8, 8, 8), 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->gateway, IP4(10, 0, 0, 7));
	put(rt);
	assert_int_equal(lab_route(SIOCDELRT, IP4(8, 8, 8, 8), 32, 0, NULL, RTF_UP | RTF_HOST, 0),
			 0);
	assert_int_equal(lab_route(SIOCDELRT, 0, 0, 0, NULL, RTF_UP, 0), 0);
	assert_int_equal(lab_route(SIOCDELRT, 0, 0, 0, NULL, RTF_UP, 0), -ESRCH);
}

static void metrics_decide(void **state)
{
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 5), NULL, RTF_UP | RTF_GATEWAY, 20), 0);
	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 4), NULL, RTF_UP | RTF_GATEWAY, 10), 0);
	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 4), NULL, RTF_UP | RTF_GATEWAY, 10),
		-EEXIST);
	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 6), NULL, RTF_UP | RTF_GATEWAY, 30), 0);
	assert_int_equal(output(IP4(1, 2, 3, 4), 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->gateway, IP4(10, 0, 0, 4));
	put(rt);
}

static void local_goes_over_lo(void **state)
{
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(output(OURS, 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_LOCAL);
	assert_ptr_equal(rt->dst.dev, loopback_dev);
	assert_int_equal(fl.saddr, OURS);
	put(rt);
	assert_int_equal(output(htonl(0x7f000005), 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_LOCAL);
	put(rt);
	assert_int_equal(output(0, 0, 0, &fl, &rt), 0);
	assert_int_equal(fl.daddr, htonl(INADDR_LOOPBACK));
	assert_int_equal(fl.saddr, htonl(INADDR_LOOPBACK));
	put(rt);
}

static void broadcasts_and_groups(void **state)
{
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(output(IP4(10, 0, 0, 255), 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_BROADCAST);
	assert_int_equal(fl.saddr, OURS);
	put(rt);
	assert_int_equal(output(htonl(INADDR_BROADCAST), 0, 0, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_BROADCAST);
	assert_ptr_equal(rt->dst.dev, eth0);
	put(rt);
	assert_int_equal(output(IP4(224, 0, 0, 5), 0, 0, &fl, &rt), -ENETUNREACH);
	assert_int_equal(output(IP4(224, 0, 0, 5), 0, eth0->ifindex, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_MULTICAST);
	assert_int_equal(fl.saddr, OURS);
	put(rt);
	assert_int_equal(output(IP4(224, 0, 0, 5), OURS, 0, &fl, &rt), 0);
	put(rt);
	assert_int_equal(output(IP4(0, 0, 0, 9), 0, 0, &fl, &rt), -EINVAL);
}

/* DHCP's first message: no address at all. */
static void broadcast_without_an_address(void **state)
{
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(inet_del_addr(eth0, OURS), 0);
	assert_int_equal(output(htonl(INADDR_BROADCAST), 0, eth0->ifindex, &fl, &rt), 0);
	assert_int_equal(rt->type, RTN_BROADCAST);
	assert_int_equal(fl.saddr, 0);
	put(rt);
	/* a named device needs no route */
	assert_int_equal(output(IP4(9, 9, 9, 9), 0, eth0->ifindex, &fl, &rt), 0);
	assert_int_equal(rt->gateway, 0);
	put(rt);
}

static void sources_must_be_ours(void **state)
{
	struct flowi fl = { .daddr = PEER, .saddr = IP4(9, 9, 9, 9), .anysrc = true };
	struct rtable *rt;

	assert_int_equal(output(PEER, IP4(9, 9, 9, 9), 0, &fl, &rt), -EINVAL);
	assert_int_equal(output(PEER, htonl(INADDR_LOOPBACK), 0, &fl, &rt), -EINVAL);
	fl = (struct flowi){ .daddr = PEER, .saddr = IP4(9, 9, 9, 9), .anysrc = true };
	local_bh_disable();
	assert_int_equal(ip_route_output(&rt, &fl), 0);
	dst_release(&rt->dst);
	local_bh_enable();
	assert_int_equal(output(PEER, 0, 4711, &fl, &rt), -ENODEV);
}

static void reject_routes(void **state)
{
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(
		lab_route(SIOCADDRT, IP4(10, 9, 0, 0), 16, 0, NULL, RTF_UP | RTF_REJECT, 0), 0);
	assert_int_equal(output(IP4(10, 9, 1, 1), 0, 0, &fl, &rt), -EHOSTUNREACH);
	assert_int_equal(
		lab_route(SIOCDELRT, IP4(10, 9, 0, 0), 16, 0, NULL, RTF_UP | RTF_REJECT, 0), 0);
	assert_int_equal(output(IP4(10, 9, 1, 1), 0, 0, &fl, &rt), -ENETUNREACH);
}

static void bad_routes(void **state)
{
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, IP4(9, 9, 9, 9), NULL, RTF_UP | RTF_GATEWAY, 0),
			 -ENETUNREACH);
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, OURS, NULL, RTF_UP | RTF_GATEWAY, 0), -EINVAL);
	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 255), NULL, RTF_UP | RTF_GATEWAY, 0),
		-EINVAL);
	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(224, 0, 0, 1), NULL, RTF_UP | RTF_GATEWAY, 0),
		-EINVAL);
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, 0, NULL, RTF_UP | RTF_GATEWAY, 0), -EINVAL);
	assert_int_equal(lab_route(SIOCADDRT, IP4(10, 1, 0, 1), 24, 0, "eth0", RTF_UP, 0), -EINVAL);
	assert_int_equal(lab_route(SIOCADDRT, IP4(10, 1, 0, 0), 24, 0, "eth7", RTF_UP, 0), -ENODEV);
	assert_int_equal(lab_route(SIOCADDRT, IP4(10, 1, 0, 0), 24, 0, NULL, RTF_UP, 0), -ENODEV);
	lab_flags("eth0", 0);
	assert_int_equal(lab_route(SIOCADDRT, IP4(10, 1, 0, 0), 24, 0, "eth0", RTF_UP, 0),
			 -ENETDOWN);
}

/* ---- validity ---- */

static void a_cached_way_ends_with_any_change(void **state)
{
	struct rtable *old, *new, *third;
	struct flowi fl;

	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_int_equal(output(IP4(1, 2, 3, 4), 0, 0, &fl, &old), 0);
	assert_true(dst_valid(&old->dst));
	assert_int_equal(lab_route(SIOCADDRT, IP4(1, 2, 3, 0), 24, IP4(10, 0, 0, 9), NULL,
				   RTF_UP | RTF_GATEWAY, 0),
			 0);
	assert_false(dst_valid(&old->dst));
	/* others use the same route now: ours stays invalid */
	assert_int_equal(output(IP4(1, 2, 4, 4), 0, 0, &fl, &new), 0);
	assert_true(dst_valid(&new->dst));
	assert_false(dst_valid(&old->dst));
	assert_ptr_not_equal(old, new);
	assert_int_equal(output(IP4(1, 2, 3, 4), 0, 0, &fl, &third), 0);
	assert_int_equal(third->gateway, IP4(10, 0, 0, 9));
	put(old);
	put(third);
	/* the route itself goes while somebody holds it */
	assert_int_equal(lab_route(SIOCDELRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_false(dst_valid(&new->dst));
	assert_int_equal(new->gateway, PEER);
	put(new);
}

/* Many holders of many generations: the pool of rtables runs dry, lookups still answer. */
static void more_holders_than_rtables(void **state)
{
	struct rtable *held[400];
	struct flowi fl;

	for (u32 i = 0; i < 400; i++) {
		assert_int_equal(output(PEER, 0, 0, &fl, &held[i]), 0);
		assert_int_equal(held[i]->type, RTN_UNICAST);
		assert_int_equal(fl.saddr, OURS);
		rt_changed();
	}
	for (u32 i = 0; i < 400; i++) {
		assert_false(dst_valid(&held[i]->dst));
		put(held[i]);
	}
	assert_int_equal(output(PEER, 0, 0, &fl, &held[0]), 0);
	assert_true(dst_valid(&held[0]->dst));
	put(held[0]);
}

/* ---- news ---- */

static u32 path_mtu(be32 daddr)
{
	struct rtable *rt;
	struct flowi fl;
	u32 mtu;

	assert_int_equal(output(daddr, 0, 0, &fl, &rt), 0);
	mtu = dst_mtu(&rt->dst);
	put(rt);
	return mtu;
}

static void learn(be32 daddr, u32 mtu)
{
	local_bh_disable();
	ip_rt_update_pmtu(daddr, mtu);
	local_bh_enable();
}

static void path_mtu_is_learnt_and_forgotten(void **state)
{
	be32 far = IP4(1, 2, 3, 4);

	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_int_equal(path_mtu(far), 1500);
	learn(far, 1400);
	assert_int_equal(path_mtu(far), 1400);
	assert_int_equal(path_mtu(IP4(1, 2, 3, 5)), 1500);
	learn(far, 1450); /* only time makes it wider */
	assert_int_equal(path_mtu(far), 1400);
	learn(far, 68);
	assert_int_equal(path_mtu(far), 552); /* min_pmtu */
	learn(far, 9000);
	assert_int_equal(path_mtu(far), 552);
	skbox_advance(599000000000ULL);
	assert_int_equal(path_mtu(far), 552);
	skbox_advance(2000000000ULL);
	assert_int_equal(path_mtu(far), 1500);
	assert_int_equal(rt_nr_news, 0);
}

static void path_mtus_are_bounded(void **state)
{
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	for (u32 i = 1; i <= 9000; i++) {
		learn(htonl(0x01000000 + i), 1000);
		skbox_advance(1000);
	}
	assert_int_equal(rt_nr_news, sysctl_rt_max_size / 8);
	assert_int_equal(path_mtu(htonl(0x01000000 + 9000)), 1000);
	assert_int_equal(path_mtu(htonl(0x01000000 + 1)), 1500);
	/* the route below goes: so does what hangs on it */
	assert_int_equal(lab_route(SIOCDELRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_int_equal(
		lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 9), NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_int_equal(path_mtu(htonl(0x01000000 + 9000)), 1000);
	skbox_advance(601000000000ULL);
	assert_int_equal(rt_nr_news, 0);
}

/* ---- MTUs of routes ---- */

static int mtu_route(u32 mtu)
{
	return ip_route_add(&(struct route_config){ .dst = IP4(10, 9, 0, 0),
						    .len = 16,
						    .type = RTN_UNICAST,
						    .how = RT_REPLACE,
						    .scope = RT_SCOPE_LINK,
						    .dev = eth0,
						    .mtu = mtu });
}

/* No headers would fit below 68, and none is larger than a datagram. */
static void impossible_mtus_are_refused(void **state)
{
	static const u32 bad[] = { 1, 20, 27, 67, 65536, UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(mtu_route(bad[i]), -EINVAL);
	assert_int_equal(mtu_route(68), 0);
	assert_int_equal(path_mtu(IP4(10, 9, 0, 1)), 68);
}

static void no_route_is_wider_than_its_link(void **state)
{
	be32 far = IP4(10, 9, 0, 1);
	struct rtable *rt;
	struct flowi fl;

	assert_int_equal(mtu_route(9000), 0);
	assert_int_equal(path_mtu(far), 1500);
	assert_int_equal(mtu_route(1400), 0);
	assert_int_equal(output(far, 0, 0, &fl, &rt), 0);
	assert_int_equal(dst_mtu(&rt->dst), 1400);
	assert_int_equal(dev_set_mtu(eth0, 1000), 0);
	assert_false(dst_valid(&rt->dst)); /* who holds it asks again */
	put(rt);
	assert_int_equal(path_mtu(far), 1000);
	assert_int_equal(dev_set_mtu(eth0, 1500), 0);
	assert_int_equal(path_mtu(far), 1400);
}

/* ---- /proc/net/route ---- */

static void proc_format(void **state)
{
	char text[2048];
	long len;

	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 5), 0);
	len = skbox_proc_read("net/route", text, sizeof(text));
	assert_int_equal(len % 128, 0);
	for (long i = 127; i < len; i += 128)
		assert_int_equal(text[i], '\n');
	assert_non_null(strstr(
		text,
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"));
	assert_non_null(strstr(text, "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"));
	assert_non_null(strstr(text, "eth0\t00000000\t0100000A\t0003\t0\t0\t5\t00000000\t0\t0\t0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(connected_default_and_host),
		lab_test(metrics_decide),
		lab_test(local_goes_over_lo),
		lab_test(broadcasts_and_groups),
		lab_test(broadcast_without_an_address),
		lab_test(sources_must_be_ours),
		lab_test(reject_routes),
		lab_test(bad_routes),
		lab_test(a_cached_way_ends_with_any_change),
		lab_test(more_holders_than_rtables),
		lab_test(path_mtu_is_learnt_and_forgotten),
		lab_test(path_mtus_are_bounded),
		lab_test(impossible_mtus_are_refused),
		lab_test(no_route_is_wider_than_its_link),
		lab_test(proc_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
