/*
 * RIP: messages of both versions, with and without authentication, at routed's machine, on a clock
 * that the input moves. The first byte says how the router is set, the rest is records of 8 bytes:
 * the head of a message and its routes, or bytes as they are; time; cables. After each the table
 * must hold what RFC 2453 allows and what the kernel was told of, and what was sent must be a
 * message that its hearers can take.
 */
#include <stdlib.h>
#include <string.h>

#include "apps/routed/rip.h"

#define check(ok) ((ok) ? (void)0 : __builtin_trap())
#define RECORD 8
#define MAX_ROUTES 40
#define START (1000 * RIP_SEC)
#define STEP_MAX (1 << 12)
#define MAX_TIME (1200 * RIP_SEC) /* of an input: each half minute costs a dozen messages */
#define IP(a, b, c, d) __builtin_bswap32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define MASK(len) ((len) ? __builtin_bswap32((uint32_t)(0xffffffff00000000 >> (len))) : 0)

static struct rip rip;
static struct rip_route pool[MAX_ROUTES];

/* ---- the world ---- */

/* What the kernel's table holds. */
static struct {
	in_addr_t dst, mask, gateway;
} kernel[MAX_ROUTES];
static int nr_kernel;

static void install(struct rip *r, const struct rip_route *rt, bool add)
{
	int i = 0;

	while (i < nr_kernel && (kernel[i].dst != rt->dst || kernel[i].mask != rt->mask))
		i++;
	if (add) {
		check(i == nr_kernel && nr_kernel < MAX_ROUTES && rt->gateway);
		kernel[nr_kernel].dst = rt->dst;
		kernel[nr_kernel].mask = rt->mask;
		kernel[nr_kernel++].gateway = rt->gateway;
	} else {
		check(i < nr_kernel && kernel[i].gateway == rt->gateway);
		kernel[i] = kernel[--nr_kernel];
	}
}

/* Split horizon: what a link has taught us is unreachable over it, in all that we tell unasked. */
static void check_sent(const struct rip *r, const struct rip_link *l, const struct rip_msg *m)
{
	for (int i = 0; i < m->n; i++) {
		const struct rip_entry *e = &m->entry[i];
		const struct rip_route *rt = rip_find(r, e->addr, e->mask);

		check(e->metric >= 1 && e->metric <= RIP_INFINITY);
		if (m->version >= 2 && rt && rt->gateway && !strcmp(rt->dev, l->dev))
			check(e->metric == RIP_INFINITY);
	}
}

static void sent(struct rip *r, const struct rip_link *l, in_addr_t to, int port,
		 const uint8_t *data, size_t len)
{
	struct rip_auth plain = { .kind = RIP_AUTH_NONE };
	struct rip_msg m;
	uint32_t seq = 0;

	check(len >= RIP_HEADER && len <= RIP_MAX_PACKET);
	/* Version 1 has no authentication: an answer to one who speaks it goes without. */
	check(rip_parse(data, len, data[1] < 2 ? &plain : &r->auth, &m, &seq) == RIP_GOOD);
	check(m.command == RIP_RESPONSE && m.n > 0);
	if (!to)
		check_sent(r, l, &m);
}

static const struct rip_ops ops = { sent, install };

static void add_link(int ifindex, in_addr_t addr, int len, bool speaks)
{
	struct rip_link *l = &rip.link[rip.nr_links++];

	*l = (struct rip_link){ .ifindex = ifindex,
				.addr = addr,
				.mask = MASK(len),
				.broadcast = addr | ~MASK(len),
				.up = true,
				.speaks = speaks };
	memcpy(l->dev, "eth0", 5);
	l->dev[3] = (char)(l->dev[3] + ifindex);
}

static void begin(uint8_t how)
{
	static const struct rip_auth kinds[4] = { { RIP_AUTH_NONE, 0, "" },
						  { RIP_AUTH_PASSWORD, 0, "secret" },
						  { RIP_AUTH_MD5, 1, "secret" },
						  { RIP_AUTH_NONE, 0, "" } };

	memset(pool, 0, sizeof(pool));
	rip_init(&rip, &ops, START, pool, MAX_ROUTES);
	rip.auth = kinds[how & 3];
	rip.version = how & 4 ? 1 : 2;
	rip.supply = !(how & 8);
	rip.default_metric = how & 16 ? 5 : 0;
	add_link(1, IP(10, 0, 1, 1), 24, true);
	add_link(2, IP(10, 0, 2, 1), 24, true);
	add_link(3, IP(192, 168, 3, 1), 28, !(how & 32));
	rip_links_changed(&rip);
}

/* ---- what must hold ---- */

static void check_route(struct rip *r, struct rip_route *rt, void *arg)
{
	bool reachable = rt->metric < RIP_INFINITY;
	int *counts = arg;

	counts[0]++;
	counts[1] += rt->gateway && reachable;
	check(rt->metric >= 1 && rt->metric <= RIP_INFINITY);
	check(!(rt->dst & ~rt->mask) && (rt->dst || !rt->mask));
	check(ntohl(rt->dst) < 0xe0000000 && ntohl(rt->dst) >> 24 != 127);
	check(reachable ? !rt->garbage : rt->garbage && rt->garbage <= r->now + r->garbage_time);
	check(rip_find(r, rt->dst, rt->mask) == rt);
	if (rt->gateway && reachable) {
		check(rt->timeout > 0 && rt->timeout <= r->now + r->timeout_time);
		check(rip_link_to(r, rt->gateway) != NULL);
	}
}

static void check_table(void)
{
	int counts[2] = { 0, 0 };

	rip_each(&rip, check_route, counts);
	check(counts[0] == rip.nr_routes && rip.nr_routes <= MAX_ROUTES);
	check(counts[1] == nr_kernel);
	for (int i = 0; i < 2; i++) {
		const struct rip_link *l = &rip.link[i];
		const struct rip_route *rt = rip_find(&rip, l->addr & l->mask, l->mask);

		/* Nobody takes from us the networks that we are on. */
		if (l->up && rt)
			check(!rt->gateway && rt->metric == 1);
	}
}

/* ---- records ---- */

static in_addr_t some_address(uint8_t which, uint8_t low)
{
	static const in_addr_t addrs[16] = {
		IP(10, 0, 1, 0),     IP(10, 0, 2, 0),	IP(192, 168, 3, 0), IP(172, 16, 0, 0),
		IP(172, 16, 1, 0),   IP(172, 17, 0, 0), IP(10, 0, 0, 0),    IP(10, 0, 5, 0),
		IP(0, 0, 0, 0),	     IP(127, 0, 0, 0),	IP(224, 0, 0, 0),   IP(240, 0, 0, 0),
		IP(192, 168, 3, 16), IP(128, 1, 0, 0),	IP(1, 0, 0, 0),	    IP(255, 255, 255, 0),
	};

	return addrs[which & 15] | htonl(low);
}

/* Byte 0: family; 1-2: address; 3: mask; 4-5: next hop; 6: metric; 7: tag. */
static struct rip_entry some_entry(const uint8_t *r)
{
	struct rip_entry e = { .family = r[0] & 15 ? AF_INET : r[0] >> 4,
			       .tag = r[7],
			       .addr = some_address(r[1], r[2]),
			       .mask = MASK(r[3] % 33),
			       .nexthop = r[4] ? some_address(r[4], r[5]) : 0,
			       .metric = r[6] };

	if (r[3] & 0x80)
		e.mask = htonl((uint32_t)r[2] << 24 | r[3]);
	if (r[6] & 0x80)
		e.metric = (uint32_t)r[6] << 24 | 1;
	return e;
}

static void hear(const uint8_t *data, size_t len, const uint8_t *r)
{
	struct rip_counts before = rip.count;
	uint8_t *exact = malloc(len + !len);
	in_addr_t from = some_address(r[3] & 3, r[4]);

	memcpy(exact, data, len);
	rip_input(&rip, exact, len, from, r[5] & 3 ? RIP_PORT : 1024 + r[5], r[3] >> 2 & 3);
	free(exact);
	check(rip.count.responses + rip.count.requests + rip.count.bad_packets - before.responses -
		      before.requests - before.bad_packets <=
	      1);
}

/*
 * Byte 0: kind; 1: command and version; 2: routes that follow; 3-4: sender and interface; 5: port;
 * 6-7: a byte of it that is changed, or the sequence number's distance.
 */
static size_t message(const uint8_t *r, size_t room)
{
	struct rip_msg m = { .command = r[1] & 3, .version = r[1] >> 2 & 3 };
	struct rip_auth auth = rip.auth;
	uint8_t buf[RIP_MAX_PACKET + RIP_ENTRY + RIP_HEADER];
	size_t n = r[2] % (RIP_MAX_ENTRIES + 1), len;

	if (n > room / RECORD)
		n = room / RECORD;
	if (n > (size_t)rip_room(&auth))
		n = (size_t)rip_room(&auth);
	for (size_t i = 0; i < n; i++)
		m.entry[m.n++] = some_entry(r + RECORD * (i + 1));
	if (r[1] & 0x80) /* of somebody with another secret */
		auth.secret[0] ^= 1;
	len = rip_build(buf, &m, &auth, 1000 + r[7]);
	if (r[1] & 0x40)
		buf[(size_t)r[6] * 2 % len] ^= r[7];
	if (r[1] & 0x20)
		len -= r[6] % len;
	hear(buf, len, r);
	return n * RECORD;
}

/* Bytes as they are. */
static size_t raw(const uint8_t *r, size_t room)
{
	size_t len = r[2] * 3u;

	if (len > room)
		len = room;
	hear(r + RECORD, len, r);
	return len / RECORD * RECORD;
}

static void time_passes(const uint8_t *r)
{
	int64_t end = rip.now + (r[1] << 8 | r[2]) * (RIP_SEC / 100), next;

	if (end > START + MAX_TIME)
		end = START + MAX_TIME;
	for (int i = 0; i < STEP_MAX; i++) {
		next = rip_run(&rip);
		check(next > rip.now);
		if (next > end)
			break;
		rip.now = next;
	}
	if (rip.now < end)
		rip.now = end;
}

static void cable(const uint8_t *r)
{
	rip.link[r[1] % 3].up = r[2] & 1;
	rip_links_changed(&rip);
}

static size_t one_record(const uint8_t *r, size_t room)
{
	switch (r[0] & 7) {
	case 4:
		return raw(r, room);
	case 5:
	case 6:
		time_passes(r);
		return 0;
	case 7:
		cable(r);
		return 0;
	default:
		return message(r, room);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	begin(data[0]);
	for (data++, size--; size >= RECORD;) {
		size_t used = RECORD + one_record(data, size - RECORD);

		data += used;
		size -= used;
		check_table();
	}
	if (rip.supply)
		rip_farewell(&rip);
	rip_free(&rip);
	check(!rip.nr_routes && !nr_kernel);
	return 0;
}
