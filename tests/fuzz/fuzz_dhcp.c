/*
 * DHCP: the parser, and the client's states on a clock that the input moves, with the input as the
 * server. The first byte says what the client knows at the beginning, the rest is records: a kind,
 * three more bytes, and for an answer the options behind them. What the parser lets pass must keep
 * its bounds; a lease that the client takes must be one that a host can have; it says that it has
 * one and that it has none in turns; and it never asks for time that has passed for ever.
 */
#include <stdlib.h>
#include <string.h>

#include "apps/dhcp/client.h"

#define check(ok) ((ok) ? (void)0 : __builtin_trap())
#define RECORD 4
#define FIXED 240
#define SEC 1000000000LL
#define END_OF_TIME (1LL << 61) /* 73 years; and a lease of 136 still fits */
#define IP(a, b, c, d) __builtin_bswap32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static struct dhcp_client client;
static int64_t now;
static bool held, taken;
static uint32_t dice;

/* ---- the client's world ---- */

static void check_option_list(const uint8_t *p, size_t len)
{
	size_t at = FIXED;

	while (at < len && p[at] != 255) {
		check(p[at] == 0 || (len - at >= 2 && p[at + 1] <= len - at - 2));
		at += p[at] ? 2u + p[at + 1] : 1;
	}
	check(at < len);
}

static void sent(struct dhcp_client *c, const struct dhcp_msg *m, in_addr_t server)
{
	uint8_t *buf = malloc(DHCP_MSG_MAX);
	size_t len = dhcp_build(buf, m);

	check(len > FIXED && len <= DHCP_MSG_MAX);
	check(m->type >= DHCPDISCOVER && m->type <= DHCPINFORM);
	check_option_list(buf, len);
	/* Who is written to directly is the server of a lease. */
	check(!server || held);
	free(buf);
}

static bool in_use(struct dhcp_client *c, in_addr_t addr)
{
	return taken;
}

static void bound(struct dhcp_client *c, bool fresh)
{
	uint32_t addr = ntohl(c->lease.yiaddr);

	check(dhcp_has_lease(c) && (fresh || held));
	check(addr >> 24 && addr >> 24 != 127 && addr >> 24 < 224);
	check(c->lease.lease && c->t1 <= c->t2 && c->t2 <= c->expiry && c->deadline > now);
	held = true;
}

static void lost(struct dhcp_client *c)
{
	check(held);
	held = false;
}

static void logged(struct dhcp_client *c, const char *text)
{
	check(*text && strlen(text) < 192);
	for (; *text; text++)
		check(*text >= ' ' && *text < 127);
}

static uint32_t random_number(struct dhcp_client *c)
{
	dice = dice * 1664525u + 1013904223u;
	return dice;
}

static const struct dhcp_ops ops = { sent, in_use, bound, lost, logged, random_number };

/* ---- what must hold ---- */

static void check_text(const char *text, size_t size)
{
	check(strnlen(text, size) < size);
	for (; *text; text++)
		check(*text >= ' ' && *text < 127);
}

static void check_view(const struct dhcp_view *v)
{
	check(v->type >= DHCPDISCOVER && v->type <= DHCPINFORM);
	check(v->nr_dns >= 0 && v->nr_dns <= DHCP_MAX_DNS);
	check(v->nr_routes >= 0 && v->nr_routes <= DHCP_MAX_ROUTES);
	check_text(v->domain, sizeof(v->domain));
	check_text(v->hostname, sizeof(v->hostname));
	check_text(v->message, sizeof(v->message));
	for (int i = 0; i < v->nr_routes; i++) {
		const struct dhcp_route *r = &v->routes[i];

		check(r->len >= 0 && r->len <= 32);
		check(r->len == 32 || !(ntohl(r->dst) & (0xffffffffu >> r->len)));
	}
}

static void check_client(void)
{
	check(held == dhcp_has_lease(&client));
	check(client.state <= DHCP_REBINDING && client.deadline > now);
}

/* All that is due. */
static void run(void)
{
	for (int i = 0; client.deadline <= now; i++) {
		check(i < 4);
		dhcp_timeout(&client, now);
	}
}

/* ---- the server ---- */

static void hear(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len + !len);
	struct dhcp_view v;

	memcpy(exact, data, len);
	if (dhcp_parse(exact, len, &v)) {
		check_view(&v);
		dhcp_answer(&client, &v, now);
	}
	free(exact);
}

static size_t put(uint8_t *p, size_t at, uint8_t code, uint32_t value, uint8_t len)
{
	p[at] = code;
	p[at + 1] = len;
	for (uint8_t i = 0; i < len; i++)
		p[at + 2 + i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return at + 2 + len;
}

/*
 * A message with what every server says, as far as the bits of byte 1 do not leave it out, and the
 * record's own options: behind it, or (bits of byte 2) in the fields of the names. Byte 0, high
 * bits: the type; byte 3: how many bytes of options.
 */
static size_t answer(const uint8_t *r, size_t room)
{
	size_t own = r[3] < room ? r[3] : room, at = FIXED;
	uint8_t p[FIXED + 32 + 256] = { 2, 1, 6 };

	memcpy(p + 4,
	       (uint8_t[]){ client.xid >> 24, client.xid >> 16, client.xid >> 8, client.xid }, 4);
	memcpy(p + 16, (uint8_t[]){ r[2] & 1 ? 10 : r[2], 0, 0, 50 + (r[2] >> 7) }, 4);
	memcpy(p + 28, client.hwaddr, 6);
	memcpy(p + 236, (uint8_t[]){ 99, 130, 83, 99 }, 4);
	at = put(p, at, 53, r[0] >> 4, 1);
	if (!(r[1] & 1))
		at = put(p, at, 54, 0x0a000001u + (r[1] >> 7), 4);
	if (!(r[1] & 2))
		at = put(p, at, 51, r[1] & 4 ? 1u << (r[2] >> 3) : 3600, 4);
	if (r[2] & 6)
		at = put(p, at, 52, r[2] >> 1 & 3, 1);
	if (r[1] & 8)
		memcpy(p + 108, r + RECORD, own < 128 ? own : 128);
	else if (r[1] & 16)
		memcpy(p + 44, r + RECORD, own < 64 ? own : 64);
	else
		memcpy(p + at, r + RECORD, own);
	at += r[1] & 24 ? 0 : own;
	if (r[1] & 32) /* to somebody else */
		p[4 + (r[2] & 31)] ^= 1;
	hear(p, r[1] & 64 ? at - r[2] % at : at);
	return own;
}

static void time_passes(const uint8_t *r)
{
	int64_t then = now + (r[1] << 8 | r[2]) * (r[3] & 1 ? SEC : SEC / 100);

	if (r[3] & 2 && client.deadline < END_OF_TIME)
		then = client.deadline;
	if (then < END_OF_TIME)
		now = then;
	run();
}

static size_t one_record(const uint8_t *r, size_t room)
{
	size_t raw = r[3] < room ? r[3] : room;

	switch (r[0] & 7) {
	case 0:
		hear(r + RECORD, raw);
		return raw;
	case 1:
	case 2:
		time_passes(r);
		return 0;
	case 3:
		taken = r[1] & 1;
		return 0;
	case 4:
		if (r[1])
			return 0;
		dhcp_release(&client);
		dhcp_start(&client, now);
		return 0;
	default:
		return answer(r, room);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	client = (struct dhcp_client){ .ops = &ops, .hwaddr = { 0x52, 0x54, 0, 0, 0, 1 } };
	client.hostname = data[0] & 1 ? "box" : NULL;
	client.wanted = data[0] & 2 ? IP(10, 0, 0, 50) : 0;
	held = taken = false;
	dice = data[0];
	now = SEC;
	dhcp_start(&client, now);
	for (data++, size--; size >= RECORD;) {
		size_t used = RECORD + one_record(data, size - RECORD);

		run();
		check_client();
		data += used;
		size -= used;
	}
	dhcp_release(&client);
	check(!held);
	return 0;
}
