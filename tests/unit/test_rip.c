/*
 * RIP on a clock that the test moves: bytes, authentication, what is believed, and the timers of
 * RFC 2453 §3.8 to the second, among routers on cables that are cut and mended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "apps/routed/md5.h"
#include "apps/routed/rip.h"

#define ROUTERS 3
#define MAX_ROUTES 100
#define SEC RIP_SEC
#define IP(a, b, c, d) __builtin_bswap32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define MASK(len) ((len) ? __builtin_bswap32((uint32_t)(0xffffffff00000000 >> (len))) : 0)
#define NETWORK(i, j) IP(10, (i) < (j) ? (i) : (j), (i) < (j) ? (j) : (i), 0)

/* ---- a world of routers, each joined to each ---- */

static struct router {
	struct rip rip;
	struct rip_route pool[MAX_ROUTES];
	int installed; /* routes that the kernel would have now */
} world[ROUTERS];
static bool cut[ROUTERS][ROUTERS];
static int64_t now;

/* What was sent last by a router that stands alone. */
static struct {
	uint8_t data[RIP_MAX_PACKET];
	size_t len;
	in_addr_t to;
	int port, count;
} sent;

static in_addr_t address(int i, int j)
{
	return NETWORK(i, j) | htonl((uint32_t)i + 1);
}

static int index_of(const struct rip *r)
{
	return (int)((const struct router *)r - world);
}

static void world_send(struct rip *r, const struct rip_link *l, in_addr_t to, int port,
		       const uint8_t *data, size_t len)
{
	int i = index_of(r);

	memcpy(sent.data, data, len);
	sent.len = len;
	sent.to = to;
	sent.port = port;
	sent.count++;
	for (int j = 0; j < ROUTERS; j++) {
		if (j == i || cut[i][j] || l->addr != address(i, j) || !world[j].rip.ops)
			continue;
		world[j].rip.now = now;
		rip_input(&world[j].rip, data, len, l->addr, RIP_PORT, i + 1);
	}
}

static void world_install(struct rip *r, const struct rip_route *rt, bool add)
{
	world[index_of(r)].installed += add ? 1 : -1;
}

static const struct rip_ops world_ops = { world_send, world_install };

static void add_link(struct rip *r, int ifindex, in_addr_t addr, int len, bool speaks)
{
	struct rip_link *l = &r->link[r->nr_links++];

	*l = (struct rip_link){ .ifindex = ifindex,
				.addr = addr,
				.mask = MASK(len),
				.broadcast = addr | ~MASK(len),
				.up = true,
				.speaks = speaks };
	snprintf(l->dev, sizeof(l->dev), "eth%d", ifindex);
}

/* Router @i with a link to each other one, and a LAN of its own: 192.168.i.0/24. */
static void make_router(int i)
{
	struct rip *r = &world[i].rip;

	rip_init(r, &world_ops, now, world[i].pool, MAX_ROUTES);
	world[i].installed = 0;
	for (int j = 0; j < ROUTERS; j++)
		if (j != i)
			add_link(r, j + 1, address(i, j), 24, true);
	add_link(r, 9, IP(192, 168, i, 1), 24, false);
	rip_links_changed(r);
}

static void advance(int64_t ns)
{
	for (int64_t end = now + ns; now < end; now += SEC / 4)
		for (int i = 0; i < ROUTERS; i++)
			if (world[i].rip.ops) {
				world[i].rip.now = now;
				rip_run(&world[i].rip);
			}
}

static int metric(int i, in_addr_t dst)
{
	const struct rip_route *rt = rip_find(&world[i].rip, dst, MASK(24));

	return rt ? rt->metric : -1;
}

static in_addr_t gateway(int i, in_addr_t dst)
{
	const struct rip_route *rt = rip_find(&world[i].rip, dst, MASK(24));

	return rt ? rt->gateway : 0;
}

static void set_cable(int i, int j, bool up)
{
	cut[i][j] = cut[j][i] = !up;
}

/* The cards see it. */
static void set_carrier(int i, int j, bool up)
{
	set_cable(i, j, up);
	world[i].rip.link[j < i ? j : j - 1].up = up;
	world[j].rip.link[i < j ? i : i - 1].up = up;
	for (int k = 0; k < ROUTERS; k++) {
		world[k].rip.now = now;
		rip_links_changed(&world[k].rip);
	}
}

static int setup(void **state)
{
	now = 1000 * SEC;
	memset(world, 0, sizeof(world));
	memset(cut, 0, sizeof(cut));
	memset(&sent, 0, sizeof(sent));
	srandom(7);
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < ROUTERS; i++) {
		if (world[i].rip.ops)
			rip_free(&world[i].rip);
		assert_int_equal(world[i].installed, 0);
		assert_int_equal(world[i].rip.nr_routes, 0);
	}
	return 0;
}

static int setup_world(void **state)
{
	setup(state);
	for (int i = 0; i < ROUTERS; i++)
		make_router(i);
	return 0;
}

/* ---- many routers ---- */

static void test_triangle_converges(void **state)
{
	advance(10 * SEC);
	for (int i = 0; i < ROUTERS; i++)
		for (int j = 0; j < ROUTERS; j++) {
			assert_int_equal(metric(i, IP(192, 168, j, 0)), i == j ? 1 : 2);
			if (i != j)
				assert_int_equal(gateway(i, IP(192, 168, j, 0)), address(j, i));
		}
	assert_int_equal(world[0].installed, 3); /* two LANs, and the cable between the others */
}

static void test_cut_cable_goes_round(void **state)
{
	advance(10 * SEC);
	set_carrier(0, 1, false);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), RIP_INFINITY);
	advance(40 * SEC); /* one regular update */
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), 3);
	assert_int_equal(gateway(0, IP(192, 168, 1, 0)), address(2, 0));
	assert_int_equal(metric(1, IP(192, 168, 0, 0)), 3);
	set_carrier(0, 1, true);
	advance(40 * SEC);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), 2);
	assert_int_equal(gateway(0, IP(192, 168, 1, 0)), address(1, 0));
}

static void test_silent_neighbour_times_out(void **state)
{
	int64_t cut_at;

	advance(10 * SEC);
	set_cable(0, 1, false); /* nobody sees it; of each other they hear over 2 */
	set_cable(0, 2, false);
	cut_at = now;
	advance(140 * SEC);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), 2);
	advance(41 * SEC);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), RIP_INFINITY);
	assert_true(now - cut_at <= 182 * SEC);
	advance(80 * SEC);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), RIP_INFINITY);
	advance(121 * SEC);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), -1);
	assert_int_equal(world[0].installed, 0);
}

static void test_bad_news_travel_fast(void **state)
{
	advance(10 * SEC);
	world[1].rip.link[2].up = false; /* router 1 loses its LAN */
	world[1].rip.now = now;
	rip_links_changed(&world[1].rip);
	advance(6 * SEC);
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), RIP_INFINITY);
	assert_int_equal(metric(2, IP(192, 168, 1, 0)), RIP_INFINITY);
	advance(200 * SEC); /* and nobody counts to infinity with it */
	assert_int_equal(metric(0, IP(192, 168, 1, 0)), -1);
	assert_int_equal(metric(2, IP(192, 168, 1, 0)), -1);
}

/* ---- one router ---- */

static const in_addr_t peer = IP(10, 0, 0, 2);

static struct rip *alone(void)
{
	struct rip *r = &world[0].rip;

	rip_init(r, &world_ops, now, world[0].pool, MAX_ROUTES);
	add_link(r, 5, IP(10, 0, 0, 1), 24, true);
	rip_links_changed(r);
	return r;
}

static void response(struct rip *r, in_addr_t dst, in_addr_t mask, uint32_t cost, in_addr_t nexthop)
{
	struct rip_msg m = { .command = RIP_RESPONSE, .version = 2, .n = 1 };
	uint8_t buf[RIP_MAX_PACKET];

	m.entry[0] = (struct rip_entry){
		.family = AF_INET, .addr = dst, .mask = mask, .metric = cost, .nexthop = nexthop
	};
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 1), peer, RIP_PORT, 5);
}

static void test_what_is_believed(void **state)
{
	static const struct {
		in_addr_t dst, mask;
		uint32_t metric;
		int want; /* -1: no route */
	} rows[] = {
		{ IP(172, 16, 0, 0), MASK(16), 1, 2 },
		{ IP(172, 17, 0, 0), MASK(16), 15, -1 },
		{ IP(172, 18, 0, 0), MASK(16), 16, -1 },
		{ IP(172, 19, 0, 0), MASK(16), 17, -1 },
		{ IP(172, 20, 0, 0), MASK(16), 0, -1 },
		{ IP(172, 21, 0, 1), MASK(16), 1, -1 }, /* bits of a host */
		{ IP(172, 22, 0, 0), IP(255, 0, 255, 0), 1, -1 },
		{ IP(127, 0, 0, 0), MASK(8), 1, -1 },
		{ IP(224, 0, 0, 0), MASK(4), 1, -1 },
		{ IP(240, 0, 0, 0), MASK(4), 1, -1 },
		{ IP(0, 1, 0, 0), MASK(16), 1, -1 },
		{ 0, 0, 3, 4 },
		{ IP(10, 0, 0, 0), MASK(24), 1, 1 }, /* we are on it */
		{ IP(192, 0, 2, 77), MASK(32), 2, 3 },
	};
	struct rip *r = alone();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rip_route *rt;

		response(r, rows[i].dst, rows[i].mask, rows[i].metric, 0);
		rt = rip_find(r, rows[i].dst, rows[i].mask);
		assert_int_equal(rt ? rt->metric : -1, rows[i].want);
	}
	assert_int_equal(r->count.bad_routes, 8);
}

static void test_strangers_are_not_heard(void **state)
{
	struct rip *r = alone();
	struct rip_msg m = { .command = RIP_RESPONSE, .version = 2, .n = 1 };
	uint8_t buf[RIP_MAX_PACKET];
	size_t len;

	m.entry[0] = (struct rip_entry){ AF_INET, 0, IP(172, 16, 0, 0), MASK(16), 0, 1 };
	len = rip_build(buf, &m, &r->auth, 1);
	rip_input(r, buf, len, IP(10, 0, 1, 2), RIP_PORT, 5); /* from another network */
	rip_input(r, buf, len, peer, RIP_PORT, 6);	      /* over another interface */
	rip_input(r, buf, len, peer, 5555, 5);		      /* from another port */
	rip_input(r, buf, len, IP(10, 0, 0, 1), RIP_PORT, 5); /* our own */
	assert_null(rip_find(r, IP(172, 16, 0, 0), MASK(16)));
	assert_int_equal(r->count.bad_packets, 3);
}

/* What was under way when a cable was cut must not bring the route back that is lost with it. */
static void test_link_that_is_down(void **state)
{
	struct rip *r = alone();

	response(r, IP(172, 16, 0, 0), MASK(16), 1, 0);
	assert_int_equal(rip_find(r, IP(172, 16, 0, 0), MASK(16))->metric, 2);
	r->link[0].up = false;
	rip_links_changed(r);
	response(r, IP(172, 16, 0, 0), MASK(16), 1, 0);
	response(r, IP(172, 17, 0, 0), MASK(16), 1, 0);
	assert_int_equal(rip_find(r, IP(172, 16, 0, 0), MASK(16))->metric, RIP_INFINITY);
	assert_null(rip_find(r, IP(172, 17, 0, 0), MASK(16)));
}

static void test_next_hop(void **state)
{
	struct rip *r = alone();

	response(r, IP(172, 16, 0, 0), MASK(16), 1, IP(10, 0, 0, 9));
	assert_int_equal(rip_find(r, IP(172, 16, 0, 0), MASK(16))->gateway, IP(10, 0, 0, 9));
	response(r, IP(172, 17, 0, 0), MASK(16), 1, IP(10, 9, 9, 9));
	assert_int_equal(rip_find(r, IP(172, 17, 0, 0), MASK(16))->gateway, peer);
	response(r, IP(172, 18, 0, 0), MASK(16), 1, IP(10, 0, 0, 1));
	assert_int_equal(rip_find(r, IP(172, 18, 0, 0), MASK(16))->gateway, peer);
}

static void test_table_is_bounded(void **state)
{
	struct rip *r = alone();

	for (uint32_t i = 0; i < 300; i++)
		response(r, htonl(0xac000000 + (i << 8)), MASK(24), 1, 0);
	assert_int_equal(r->nr_routes, MAX_ROUTES);
	assert_int_equal(r->count.dropped, 201);
	assert_int_equal(world[0].installed, MAX_ROUTES - 1);
}

/* The entry for @dst in what was sent last. */
static int sent_metric(const struct rip *r, in_addr_t dst)
{
	struct rip_msg m;
	uint32_t seq;

	assert_int_equal(rip_parse(sent.data, sent.len, &r->auth, &m, &seq), RIP_GOOD);
	for (int i = 0; i < m.n; i++)
		if (m.entry[i].addr == dst)
			return (int)m.entry[i].metric;
	return -1;
}

static void test_poisoned_reverse(void **state)
{
	struct rip *r = alone();

	add_link(r, 6, IP(10, 0, 6, 1), 24, true);
	rip_links_changed(r);
	response(r, IP(172, 16, 0, 0), MASK(16), 4, 0);
	r->link[1].speaks = false;
	rip_update(r, false);
	assert_int_equal(sent_metric(r, IP(172, 16, 0, 0)), 16);
	assert_int_equal(sent_metric(r, IP(10, 0, 6, 0)), 1);
	assert_int_equal(sent_metric(r, IP(10, 0, 0, 0)), -1);
	r->link[1].speaks = true;
	r->link[0].speaks = false;
	rip_update(r, false);
	assert_int_equal(sent_metric(r, IP(172, 16, 0, 0)), 5);
	rip_farewell(r);
	assert_int_equal(sent_metric(r, IP(172, 16, 0, 0)), 16);
}

static void test_requests(void **state)
{
	struct rip *r = alone();
	struct rip_msg m = { .command = RIP_REQUEST, .version = 2, .n = 1 };
	uint8_t buf[RIP_MAX_PACKET];

	response(r, IP(172, 16, 0, 0), MASK(16), 4, 0);
	m.entry[0] = (struct rip_entry){ .metric = RIP_INFINITY };
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 1), peer, 4711, 5);
	assert_int_equal(sent.to, peer);
	assert_int_equal(sent.port, 4711);
	assert_int_equal(sent_metric(r, IP(172, 16, 0, 0)), 16);
	m.n = 2;
	m.entry[0] = (struct rip_entry){ AF_INET, 0, IP(172, 16, 0, 0), MASK(16), 0, 0 };
	m.entry[1] = (struct rip_entry){ AF_INET, 0, IP(172, 99, 0, 0), MASK(16), 0, 0 };
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 2), peer, 4711, 5);
	assert_int_equal(sent_metric(r, IP(172, 16, 0, 0)), 5);
	assert_int_equal(sent_metric(r, IP(172, 99, 0, 0)), 16);
	sent.count = 0;
	m.n = 0;
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 3), peer, 4711, 5);
	assert_int_equal(sent.count, 0);
	r->supply = false;
	m.n = 1;
	m.entry[0] = (struct rip_entry){ .metric = RIP_INFINITY };
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 4), peer, RIP_PORT, 5);
	assert_int_equal(sent.count, 0);
}

static void test_version_1(void **state)
{
	struct rip *r = alone();
	uint8_t buf[RIP_MAX_PACKET];
	struct rip_msg m = { .command = RIP_RESPONSE, .version = 1, .n = 4 };

	m.entry[0] =
		(struct rip_entry){ .family = AF_INET, .addr = IP(172, 16, 0, 0), .metric = 1 };
	m.entry[1] = (struct rip_entry){ .family = AF_INET, .addr = IP(10, 0, 5, 0), .metric = 1 };
	m.entry[2] = (struct rip_entry){ .family = AF_INET, .addr = IP(192, 0, 2, 9), .metric = 1 };
	m.entry[3] = (struct rip_entry){ .family = AF_INET, .metric = 1 };
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 0), peer, RIP_PORT, 5);
	assert_non_null(rip_find(r, IP(172, 16, 0, 0), MASK(16)));
	assert_non_null(rip_find(r, IP(10, 0, 5, 0), MASK(24)));
	assert_non_null(rip_find(r, IP(192, 0, 2, 9), MASK(32)));
	assert_non_null(rip_find(r, 0, 0));
	response(r, IP(172, 20, 64, 0), MASK(20), 1, 0); /* no version 1 packet can say that */
	r->version = 1;
	add_link(r, 6, IP(10, 0, 6, 1), 24, true);
	r->link[0].speaks = false;
	rip_update(r, false);
	assert_int_equal(sent_metric(r, IP(172, 16, 0, 0)), 2);
	assert_int_equal(sent_metric(r, IP(172, 20, 64, 0)), -1);
}

/* ---- bytes ---- */

static void test_md5(void **state)
{
	static const struct {
		const char *text, *digest;
	} rows[] = {
		/* RFC 1321, A.5 */
		{ "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
		{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		  "57edf4a22be3c955ac49da2e2107b67a" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t digest[MD5_LEN];
		char text[2 * MD5_LEN + 1];
		struct md5 m;

		md5_init(&m);
		md5_update(&m, rows[i].text, strlen(rows[i].text));
		md5_final(&m, digest);
		for (int k = 0; k < MD5_LEN; k++)
			snprintf(text + 2 * k, 3, "%02x", digest[k]);
		assert_string_equal(text, rows[i].digest);
	}
}

static void test_authentication(void **state)
{
	static const struct rip_auth kinds[] = {
		{ RIP_AUTH_NONE, 0, "" },	   { RIP_AUTH_PASSWORD, 0, "secret" },
		{ RIP_AUTH_PASSWORD, 0, "other" }, { RIP_AUTH_MD5, 1, "secret" },
		{ RIP_AUTH_MD5, 2, "secret" },	   { RIP_AUTH_MD5, 1, "0123456789abcdef" },
	};
	struct rip_msg m = { .command = RIP_RESPONSE, .version = 2, .n = 3 }, got;
	uint8_t buf[RIP_MAX_PACKET];
	uint32_t seq;

	for (int i = 0; i < 3; i++)
		m.entry[i] =
			(struct rip_entry){ AF_INET, 7, IP(172, 16 + i, 0, 0), MASK(16), 0, 1 };
	for (int i = 0; i < 6; i++) {
		size_t len = rip_build(buf, &m, &kinds[i], 99);

		for (int k = 0; k < 6; k++) {
			enum rip_bad bad = rip_parse(buf, len, &kinds[k], &got, &seq);

			assert_int_equal(bad, i == k ? RIP_GOOD : RIP_BAD_AUTH);
			if (!bad)
				assert_int_equal(got.n, 3);
		}
		if (kinds[i].kind != RIP_AUTH_MD5)
			continue;
		assert_int_equal(rip_parse(buf, len, &kinds[i], &got, &seq), RIP_GOOD);
		assert_int_equal(seq, 99);
		for (size_t at = 0; at < len; at++) { /* not a bit may be other */
			buf[at] ^= 1;
			assert_int_not_equal(rip_parse(buf, len, &kinds[i], &got, &seq), RIP_GOOD);
			buf[at] ^= 1;
		}
	}
}

static void test_replayed_packet(void **state)
{
	struct rip *r = alone();
	uint8_t buf[RIP_MAX_PACKET];
	struct rip_msg m = { .command = RIP_RESPONSE, .version = 2, .n = 1 };

	r->auth = (struct rip_auth){ RIP_AUTH_MD5, 1, "secret" };
	m.entry[0] = (struct rip_entry){ AF_INET, 0, IP(172, 16, 0, 0), MASK(16), 0, 1 };
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 100), peer, RIP_PORT, 5);
	m.entry[0].metric = 9;
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 99), peer, RIP_PORT, 5);
	assert_int_equal(rip_find(r, IP(172, 16, 0, 0), MASK(16))->metric, 2);
	assert_int_equal(r->count.bad_packets, 1);
	r->now += 181 * SEC; /* a router that was started anew is heard again */
	rip_input(r, buf, rip_build(buf, &m, &r->auth, 1), peer, RIP_PORT, 5);
	assert_int_equal(rip_find(r, IP(172, 16, 0, 0), MASK(16))->metric, 10);
}

static void test_garbage(void **state)
{
	struct rip *r = alone();

	for (int round = 0; round < 3; round++) {
		r->auth.kind = round;
		for (int i = 0; i < 20000; i++) {
			size_t len = (size_t)(random() % (RIP_MAX_PACKET + 1));
			uint8_t *buf =
				malloc(len ? len : 1); /* so that the sanitizer sees one too far */

			for (size_t at = 0; at < len; at++)
				buf[at] = (uint8_t)random();
			if (len > 2 && i % 2) {
				buf[0] = 1 + i / 2 % 2;
				buf[1] = 1 + i / 4 % 2;
			}
			if (len >= 24 && i % 8 == 7)
				memset(buf + 4, 0xff, 2);
			rip_input(r, buf, len, peer, RIP_PORT, 5);
			free(buf);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define W(fn) cmocka_unit_test_setup_teardown(fn, setup_world, teardown)
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		W(test_triangle_converges),
		W(test_cut_cable_goes_round),
		W(test_silent_neighbour_times_out),
		W(test_bad_news_travel_fast),
		T(test_what_is_believed),
		T(test_strangers_are_not_heard),
		T(test_link_that_is_down),
		T(test_next_hop),
		T(test_table_is_bounded),
		T(test_poisoned_reverse),
		T(test_requests),
		T(test_version_1),
		T(test_md5),
		T(test_authentication),
		T(test_replayed_packet),
		T(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
