/*
 * The table of zones against two oracles: few routes that change all the time against one that
 * looks at every route, and many routes against a binary trie. FIB_ROUTES and FIB_LOOKUPS make the
 * second as large as one likes: FIB_ROUTES=100000 FIB_LOOKUPS=10000000.
 */
#include "iplab.h"

#include "kernel/softirq.h"
#include "net/ip/fib.h"

char *getenv(const char *name);
int atoi(const char *s);

static struct fib_table table;

static void fib_test_init(void)
{
	if (!table.data)
		fib_hash_init(&table, RT_TABLE_MAIN);
}

static struct fib_info *info_for(const struct route_config *cfg)
{
	struct fib_info *fi;
	int err;

	local_bh_disable();
	fi = fib_info_get(cfg, &err);
	local_bh_enable();
	assert_int_equal(err, 0);
	return fi;
}

static int table_insert(const struct route_config *cfg)
{
	return table.ops->insert(&table, cfg, info_for(cfg));
}

static void count_one(const struct fib_entry *fe, void *arg)
{
	(*(u32 *)arg)++;
}

static u32 table_count(void)
{
	u32 n = 0;
	u64 at = 0;

	while (table.ops->dump(&table, &at, count_one, &n))
		;
	return n;
}

/* ---- few that change ---- */

#define NR 400

struct oracle_entry {
	struct route_config cfg;
	u32 order; /* newer is larger */
	bool present;
};
static struct oracle_entry oracle[NR];

static void random_route(struct route_config *cfg)
{
	static const u8 lens[] = { 0, 1, 7, 8, 12, 15, 16, 20, 23, 24, 25, 30, 31, 32 };
	static const u8 toss[] = { 0, 0, 0, 0x10, 0x08 };

	*cfg = (struct route_config){
		.len = lens[lab_random() % sizeof(lens)],
		.metric = lab_random() % 3,
		.tos = toss[lab_random() % sizeof(toss)],
		.type = RTN_UNICAST,
		.scope = RT_SCOPE_LINK,
		.dev = lab_random() % 2 ? eth0 : loopback_dev,
	};
	/* few distinct bits, so that prefixes nest and repeat */
	cfg->dst = htonl(0x0a000000 | (lab_random() & 0x00030303)) & inet_make_mask(cfg->len);
	if (lab_random() % 4 == 0)
		cfg->dst = lab_random() & inet_make_mask(cfg->len);
}

/* Whether @a is tried before @b, both of one destination. */
static bool goes_before(const struct oracle_entry *a, const struct oracle_entry *b)
{
	if (a->cfg.len != b->cfg.len)
		return a->cfg.len > b->cfg.len;
	if (a->cfg.tos != b->cfg.tos)
		return a->cfg.tos > b->cfg.tos;
	if (a->cfg.metric != b->cfg.metric)
		return a->cfg.metric < b->cfg.metric;
	return a->order > b->order;
}

static struct oracle_entry *oracle_lookup(const struct fib_flow *flow)
{
	struct oracle_entry *best = NULL;

	for (u32 i = 0; i < NR; i++) {
		struct oracle_entry *e = &oracle[i];

		if (!e->present || (flow->dst ^ e->cfg.dst) & inet_make_mask(e->cfg.len) ||
		    (e->cfg.tos && e->cfg.tos != flow->tos) ||
		    (flow->oif && e->cfg.dev->ifindex != flow->oif))
			continue;
		if (!best || goes_before(e, best))
			best = e;
	}
	return best;
}

static bool oracle_has(const struct route_config *n)
{
	for (u32 i = 0; i < NR; i++) {
		const struct route_config *c = &oracle[i].cfg;

		if (oracle[i].present && c->dst == n->dst && c->len == n->len && c->tos == n->tos &&
		    c->metric == n->metric && c->dev == n->dev)
			return true;
	}
	return false;
}

static void oracle_add(struct oracle_entry *e, u32 order)
{
	struct route_config cfg;

	random_route(&cfg);
	if (oracle_has(&cfg)) {
		assert_int_equal(table_insert(&cfg), -EEXIST);
		return;
	}
	assert_int_equal(table_insert(&cfg), 0);
	*e = (struct oracle_entry){ cfg, order, true };
}

static void oracle_del(struct oracle_entry *e)
{
	if (!e->cfg.metric)
		return; /* metric 0 matches any: another might go */
	assert_int_equal(table.ops->delete (&table, &e->cfg), 0);
	e->present = false;
}

static void oracle_check(void)
{
	for (u32 i = 0; i < 60; i++) {
		struct fib_flow flow = {
			.dst = i % 3 ? htonl(0x0a000000 | (lab_random() & 0x03030303)) :
				       lab_random(),
			.oif = i % 4 == 0 ? 0 :
			       i % 2	  ? eth0->ifindex :
					    loopback_dev->ifindex,
			.tos = i % 5 == 0 ? 0x10 : 0,
		};
		struct oracle_entry *want = oracle_lookup(&flow);
		struct fib_result res;
		int err = table.ops->lookup(&table, &flow, &res);

		assert_int_equal(err, want ? 0 : -ESRCH);
		if (!want)
			continue;
		assert_int_equal(res.prefixlen, want->cfg.len);
		assert_int_equal(res.fi->priority, want->cfg.metric);
		assert_ptr_equal(FIB_RES_NH(&res).dev, want->cfg.dev);
		assert_true(res.tried >> res.prefixlen & 1);
	}
}

static void table_agrees_with_oracle(void **state)
{
	u32 left = 0, infos = fib_info_count();

	fib_test_init();
	for (u32 step = 1; step < 6000; step++) {
		struct oracle_entry *e = &oracle[lab_random() % NR];

		if (e->present)
			oracle_del(e);
		else
			oracle_add(e, step);
		if (step % 10 == 0)
			oracle_check();
	}
	for (u32 i = 0; i < NR; i++)
		left += oracle[i].present;
	assert_int_equal(table_count(), left);
	/* 3 metrics over 2 devices: the routes share them */
	assert_true(fib_info_count() <= infos + 6);
	for (u32 i = 0; i < NR; i++) {
		oracle[i].cfg.scope = RT_SCOPE_NOWHERE;
		if (oracle[i].present)
			assert_int_equal(table.ops->delete (&table, &oracle[i].cfg), 0);
		oracle[i].present = false;
	}
	assert_int_equal(table_count(), 0);
	assert_int_equal(fib_info_count(), infos);
}

/* ---- many ---- */

struct trie {
	u32 child[2];
	u32 metric; /* 0: no route ends here */
};
static struct trie *trie;
static u32 nr_trie;

/* The place of a prefix, made if need be. */
static struct trie *trie_at(u32 prefix, u32 len)
{
	u32 at = 0;

	for (u32 i = 0; i < len; i++) {
		u32 bit = prefix >> (31 - i) & 1;

		if (!trie[at].child[bit])
			trie[at].child[bit] = nr_trie++;
		at = trie[at].child[bit];
	}
	return &trie[at];
}

static u32 trie_lookup(u32 addr)
{
	u32 at = 0, metric = trie[0].metric;

	for (u32 i = 0; i < 32; i++) {
		at = trie[at].child[addr >> (31 - i) & 1];
		if (!at)
			break;
		if (trie[at].metric)
			metric = trie[at].metric;
	}
	return metric;
}

/* Lengths as the Internet's table has them: mostly /24, then /16 to /23, few others. */
static u8 random_len(void)
{
	u32 dice = lab_random() % 100;

	if (dice < 55)
		return 24;
	return dice < 90 ? 16 + lab_random() % 8 : 1 + lab_random() % 32;
}

static u32 from_env(const char *name, u32 otherwise)
{
	return getenv(name) ? (u32)atoi(getenv(name)) : otherwise;
}

static be32 *many_dst;
static u8 *many_len;

static u32 load_many(u32 n)
{
	u32 loaded = 0;

	while (loaded < n) {
		struct route_config cfg = { .len = random_len(),
					    .metric = 1 + lab_random() % 1000,
					    .type = RTN_UNICAST,
					    .scope = RT_SCOPE_LINK,
					    .dev = eth0 };
		struct trie *t;

		cfg.dst = lab_random() & inet_make_mask(cfg.len);
		t = trie_at(ntohl(cfg.dst), cfg.len);
		if (t->metric)
			continue;
		assert_int_equal(table_insert(&cfg), 0);
		t->metric = cfg.metric;
		many_dst[loaded] = cfg.dst;
		many_len[loaded++] = cfg.len;
	}
	return loaded;
}

/* Near a route, where prefixes of several lengths meet, or anywhere. */
static u32 many_address(u32 n)
{
	u32 i = lab_random() % n;

	if (lab_random() % 3 == 0)
		return lab_random();
	return ntohl(many_dst[i]) | (lab_random() & ~ntohl(inet_make_mask(many_len[i])));
}

static void many_routes(void **state)
{
	u32 n = from_env("FIB_ROUTES", 5000), lookups = from_env("FIB_LOOKUPS", 100000);

	fib_test_init();
	trie = malloc((n * 33ULL + 1) * sizeof(*trie));
	many_dst = malloc(n * sizeof(*many_dst));
	many_len = malloc(n);
	memset(trie, 0, (n * 33ULL + 1) * sizeof(*trie));
	nr_trie = 1;
	load_many(n);
	assert_int_equal(table_count(), n);
	for (u32 i = 0; i < lookups; i++) {
		u32 addr = many_address(n), want = trie_lookup(addr);
		struct fib_flow flow = { .dst = htonl(addr) };
		struct fib_result res;
		int err = table.ops->lookup(&table, &flow, &res);

		if (err != (want ? 0 : -ESRCH) || (want && res.fi->priority != want))
			fail_msg("%08x: %d, metric %u, want %u", addr, err,
				 err ? 0 : res.fi->priority, want);
	}
	for (u32 i = 0; i < n; i++)
		assert_int_equal(
			table.ops->delete (&table,
					   &(struct route_config){ .dst = many_dst[i],
								   .len = many_len[i],
								   .scope = RT_SCOPE_NOWHERE }),
			0);
	assert_int_equal(table_count(), 0);
	free(trie);
	free(many_dst);
	free(many_len);
}

/* ---- kinds of routes ---- */

static int lookup(be32 dst, struct fib_result *res)
{
	struct fib_flow flow = { .dst = dst };
	int err;

	local_bh_disable();
	err = fib_lookup(&flow, res);
	local_bh_enable();
	return err;
}

static int add(const char *what, struct route_config cfg)
{
	int err = ip_route_add(&cfg);

	if (err)
		print_message("%s: %d\n", what, err);
	return err;
}

#define NET(a, b, n) .dst = IP4(a, b, 0, 0), .len = n

static int del(be32 dst, u8 len)
{
	return ip_route_del(
		&(struct route_config){ .dst = dst, .len = len, .scope = RT_SCOPE_NOWHERE });
}

static void routes_that_say_no(void **state)
{
	struct fib_result res;

	add("unreachable", (struct route_config){ NET(20, 1, 16), .type = RTN_UNREACHABLE });
	add("prohibit", (struct route_config){ NET(20, 2, 16), .type = RTN_PROHIBIT });
	add("blackhole", (struct route_config){ NET(20, 3, 16), .type = RTN_BLACKHOLE });
	add("throw", (struct route_config){ NET(20, 4, 16), .type = RTN_THROW });
	add("around", (struct route_config){ NET(20, 0, 8), .type = RTN_UNICAST, .gateway = PEER });
	assert_int_equal(lookup(IP4(20, 1, 0, 1), &res), -EHOSTUNREACH);
	assert_int_equal(lookup(IP4(20, 2, 0, 1), &res), -EACCES);
	assert_int_equal(lookup(IP4(20, 3, 0, 1), &res), -EINVAL);
	assert_int_equal(lookup(IP4(20, 4, 0, 1), &res), -ENETUNREACH);
	assert_int_equal(lookup(IP4(20, 5, 0, 1), &res), 0);
	assert_int_equal(
		add("with gateway", (struct route_config){ NET(20, 6, 16), .type = RTN_BLACKHOLE,
							   .gateway = PEER }),
		-EINVAL);
	for (u8 i = 1; i < 5; i++)
		assert_int_equal(del(IP4(20, i, 0, 0), 16), 0);
	assert_int_equal(del(IP4(20, 0, 0, 0), 8), 0);
}

/* What add, append, replace and change make of a route that is there. */
static void how_to_insert(void **state)
{
	struct route_config cfg = { NET(30, 0, 8), .type = RTN_UNICAST, .gateway = PEER,
				    .how = RT_REPLACE | RT_NOCREATE };
	struct fib_result res;

	assert_int_equal(ip_route_add(&cfg), -ENOENT);
	cfg.how = RT_EXCL;
	assert_int_equal(ip_route_add(&cfg), 0);
	cfg.gateway = IP4(10, 0, 0, 9);
	assert_int_equal(ip_route_add(&cfg), -EEXIST);
	cfg.how = RT_APPEND;
	assert_int_equal(ip_route_add(&cfg), 0);
	assert_int_equal(lookup(IP4(30, 1, 1, 1), &res), 0);
	assert_int_equal(FIB_RES_NH(&res).gateway, PEER);
	cfg.gateway = IP4(10, 0, 0, 8);
	cfg.how = RT_REPLACE;
	assert_int_equal(ip_route_add(&cfg), 0);
	assert_int_equal(lookup(IP4(30, 1, 1, 1), &res), 0);
	assert_int_equal(FIB_RES_NH(&res).gateway, IP4(10, 0, 0, 8));
	assert_int_equal(ip_route_add(&cfg), 0); /* to what it is */
	assert_int_equal(del(cfg.dst, 8), 0);
	assert_int_equal(lookup(IP4(30, 1, 1, 1), &res), 0);
	assert_int_equal(FIB_RES_NH(&res).gateway, IP4(10, 0, 0, 9));
	assert_int_equal(del(cfg.dst, 8), 0);
	assert_int_equal(del(cfg.dst, 8), -ESRCH);
}

/* ---- several next hops ---- */

static void spread(u32 *a, u32 *b)
{
	*a = *b = 0;
	for (u32 i = 0; i < 8000; i++) {
		struct fib_flow flow = { .dst = IP4(40, 0, 0, 1),
					 .src = htonl(0x05000000 + i * 7) };
		struct fib_result res, again;

		local_bh_disable();
		assert_int_equal(fib_lookup(&flow, &res), 0);
		assert_int_equal(fib_lookup(&flow, &again), 0);
		local_bh_enable();
		assert_int_equal(res.nh_sel, again.nh_sel);
		*(FIB_RES_NH(&res).gateway == PEER ? a : b) += 1;
	}
}

static void multipath(void **state)
{
	struct route_nexthop nh[] = { { .gateway = PEER, .weight = 1 },
				      { .gateway = IP4(10, 1, 0, 7), .weight = 3 } };
	struct route_config cfg = { NET(40, 0, 8), .type = RTN_UNICAST, .nr_nh = 2, .nh = nh };
	struct net_device *eth1 = dev_get_by_name("eth1");
	u32 a, b;

	if (!eth1) {
		assert_true(skbox_add_device((u8[]){ 2, 0xaa, 0, 0, 0, 9 }) >= 0);
		eth1 = dev_get_by_name("eth1");
	}
	assert_int_equal(lab_flags("eth1", IFF_UP), 0);
	assert_int_equal(inet_add_addr(eth1, NULL, IP4(10, 1, 0, 2), 24, 0), 0);
	assert_int_equal(ip_route_add(&cfg), 0);
	spread(&a, &b);
	assert_in_range(a, 1700, 2300); /* a quarter of 8000 */
	lab_flags("eth1", 0);		/* the second dies with its device, and lives again */
	spread(&a, &b);
	assert_int_equal(b, 0);
	lab_flags("eth1", IFF_UP);
	spread(&a, &b);
	assert_in_range(b, 5700, 6300);
	lab_flags("eth0", 0);
	lab_flags("eth1", 0); /* both: the route goes */
	assert_int_equal(del(cfg.dst, 8), -ESRCH);
	assert_int_equal(inet_del_addr(eth1, IP4(10, 1, 0, 2)), 0);
}

static void bad_nexthops(void **state)
{
	struct route_nexthop nh[] = { { .gateway = PEER }, { .gateway = IP4(77, 1, 0, 7) } };
	struct route_config cfg = { NET(40, 0, 8), .type = RTN_UNICAST, .nr_nh = 2, .nh = nh };
	u32 infos = fib_info_count();

	assert_int_equal(ip_route_add(&cfg), -ENETUNREACH);
	nh[1] = (struct route_nexthop){ .gateway = IP4(77, 1, 0, 7), .dev = eth0 };
	assert_int_equal(ip_route_add(&cfg), -ENETUNREACH);
	nh[1].flags = RTNH_F_ONLINK;
	assert_int_equal(ip_route_add(&cfg), 0);
	assert_int_equal(fib_info_count(), infos + 1);
	assert_int_equal(del(cfg.dst, 8), 0);
	assert_int_equal(fib_info_count(), infos);
	cfg.nr_nh = FIB_MAX_NH + 1;
	assert_int_equal(ip_route_add(&cfg), -EINVAL);
	cfg.nr_nh = 0;
	cfg.table = 99;
	cfg.gateway = PEER;
	assert_int_equal(ip_route_add(&cfg), -EINVAL);
}

/* A route from an address goes with it. */
static void source_gone(void **state)
{
	struct route_config cfg = { NET(50, 0, 8), .type = RTN_UNICAST, .gateway = PEER,
				    .prefsrc = IP4(10, 0, 0, 77) };

	assert_int_equal(ip_route_add(&cfg), -EINVAL);
	assert_int_equal(inet_add_addr(eth0, NULL, IP4(10, 0, 0, 77), 24, 0), 0);
	assert_int_equal(ip_route_add(&cfg), 0);
	assert_int_equal(inet_del_addr(eth0, IP4(10, 0, 0, 77)), 0);
	assert_int_equal(del(cfg.dst, 8), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(table_agrees_with_oracle),
		lab_test(many_routes),
		lab_test(routes_that_say_no),
		lab_test(how_to_insert),
		lab_test(multipath),
		lab_test(bad_nexthops),
		lab_test(source_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
