/* The lines, the router and the weather; see path.h. */
#include "tests/property/path.h"

#include <arpa/inet.h>
#include <err.h>
#include <string.h>

#define ICMP_ROOM 28 /* of the packet that did not fit */

/* ---- weather ---- */

static uint32_t percent(uint64_t tenths)
{
	return (uint32_t)(NETEM_ALWAYS / 1000 * tenths);
}

static void losses(struct dice *d, struct netem_params *n)
{
	if (dice_percent(d, 40)) {
		n->loss.probability = percent(dice_scale(d, 1, 200));
		n->loss.correlation = dice_percent(d, 30) ? percent(250) : 0;
	} else if (dice_percent(d, 30)) {
		n->bursts = 1;
		n->gemodel.p = percent(dice_range(d, 2, 30));
		n->gemodel.r = percent(dice_range(d, 100, 500));
		n->gemodel.loss_bad = percent(dice_range(d, 300, 1000));
	}
	n->ecn = dice_percent(d, 30);
	if (dice_percent(d, 30))
		n->duplicate.probability = percent(dice_scale(d, 1, 200));
	if (dice_percent(d, 30))
		n->corrupt.probability = percent(dice_scale(d, 1, 50));
	if (dice_percent(d, 30) && n->delay) {
		n->reorder.probability = percent(dice_scale(d, 5, 500));
		n->gap = (uint32_t)dice_range(d, 1, 8);
	}
	if (dice_percent(d, 30))
		n->jitter = dice_range(d, 0, n->delay);
}

static void new_weather(struct path *p, struct line *l)
{
	struct dice *d = &p->dice;
	struct netem_params n = { .limit = 1000 };
	uint64_t queue = 0;

	if (dice_percent(d, 85))
		n.delay = dice_scale(d, MS / 10, 300 * MS);
	if (dice_percent(d, 50)) {
		n.rate = dice_scale(d, 16000, 12500000);
		n.limit = (uint32_t)dice_scale(d, 4, 1000);
		queue = dice_percent(d, 50) ? dice_scale(d, 8192, 262144) : 0;
	}
	if (p->rough)
		losses(d, &n);
	line_set(l, &n, queue);
}

static void clear_up(struct path *p)
{
	const struct netem_params fair = { .delay = 20 * MS, .limit = 1000 };

	p->clear = true;
	p->weather_at = STACK_NEVER;
	line_set(&p->line[0], &fair, 0);
	line_set(&p->line[1], &fair, 0);
}

static void blackout(struct path *p, uint64_t now)
{
	const struct netem_params dark = { .limit = 1000, .loss.probability = NETEM_ALWAYS };
	uint64_t which = dice_range(&p->dice, 0, 2);

	p->weather_at = now + dice_range(&p->dice, 100 * MS, 8 * SECOND);
	if (which != 1)
		line_set(&p->line[0], &dark, 0);
	if (which != 0)
		line_set(&p->line[1], &dark, 0);
}

static void change_weather(struct path *p, uint64_t now)
{
	if (now >= p->clear_at) {
		clear_up(p);
		return;
	}
	new_weather(p, &p->line[0]);
	new_weather(p, &p->line[1]);
	p->weather_at = now + dice_scale(&p->dice, 100 * MS, 60 * SECOND);
	if (p->rough && dice_percent(&p->dice, 15))
		blackout(p, now);
	if (p->weather_at > p->clear_at)
		p->weather_at = p->clear_at;
}

/* ---- the router ---- */

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* "Fragmentation needed" (RFC 1191 §4) about @f, in @icmp. */
static void icmp_too_big(struct frame *icmp, const struct frame *f, unsigned int mtu)
{
	uint8_t *p = icmp->data;

	memset(p, 0, 28);
	p[0] = 0x45;
	put16(p + 2, 28 + ICMP_ROOM);
	p[8] = 64;
	p[9] = 1;
	memcpy(p + 12, f->data + 16, 4); /* as if from the far end */
	memcpy(p + 16, f->data + 12, 4);
	put16(p + 10, checksum(p, 20));
	p[20] = 3;
	p[21] = 4;
	put16(p + 26, (uint16_t)mtu);
	memcpy(p + 28, f->data, ICMP_ROOM);
	put16(p + 22, checksum(p + 20, 8 + ICMP_ROOM));
	icmp->len = 28 + ICMP_ROOM;
}

/* Whether @f may pass the router; what is not marked DF is taken to be small enough. */
static bool fits(struct path *p, int way, const struct frame *f, uint64_t now)
{
	struct frame *icmp;

	if (f->len <= p->mtu || !(f->data[6] & 0x40))
		return true;
	if (p->tells) {
		icmp = frame_alloc();
		icmp_too_big(icmp, f, p->mtu);
		line_put(&p->line[!way], now, icmp);
	}
	return false;
}

/* ---- moving ---- */

static void record(struct path *p, uint64_t now, const struct frame *f)
{
	const uint32_t head[4] = { (uint32_t)(now / SECOND), (uint32_t)(now % SECOND), f->len,
				   f->len };

	if (!p->pcap)
		return;
	fwrite(head, sizeof(head), 1, p->pcap);
	fwrite(f->data, f->len, 1, p->pcap);
}

static bool move(struct path *p, int way, uint64_t now)
{
	struct stack *from = p->side[way], *to = p->side[!way];
	struct line *l = &p->line[way];
	struct frame *f = frame_alloc();
	bool any = false;

	while ((f->len = (uint32_t)from->ip_out(from->dev, f->data, FRAME_MAX)) > 0) {
		any = true;
		p->packets++;
		record(p, now, f);
		if (fits(p, way, f, now)) {
			line_put(l, now, f);
			f = frame_alloc();
		}
	}
	frame_free(f);
	while ((f = line_get(l, now))) {
		any = true;
		to->ip_in(to->dev, f->data, f->len);
		frame_free(f);
	}
	return any;
}

bool path_move(struct path *p, uint64_t now)
{
	bool any;

	if (now >= p->weather_at)
		change_weather(p, now);
	any = move(p, 0, now);
	return move(p, 1, now) || any;
}

uint64_t path_next(const struct path *p)
{
	uint64_t next = p->weather_at;

	for (int i = 0; i < 2; i++) {
		if (line_next(&p->line[i]) < next)
			next = line_next(&p->line[i]);
	}
	return next;
}

bool path_is_quiet(const struct path *p)
{
	return line_next(&p->line[0]) == LINE_NEVER && line_next(&p->line[1]) == LINE_NEVER;
}

/* ---- set up ---- */

void path_init(struct path *p, struct stack side[2], uint64_t seed, unsigned int mtu, bool tells)
{
	*p = (struct path){ .side = { &side[0], &side[1] }, .dice.state = seed };
	p->mtu = mtu;
	p->tells = tells;
	p->rough = dice_percent(&p->dice, 85);
	p->clear_at = dice_range(&p->dice, 30, 300) * SECOND;
	line_init(&p->line[0], dice_next(&p->dice));
	line_init(&p->line[1], dice_next(&p->dice));
}

void path_clear(struct path *p)
{
	line_clear(&p->line[0]);
	line_clear(&p->line[1]);
	if (p->pcap)
		fclose(p->pcap);
}

void path_record(struct path *p, const char *file)
{
	const uint32_t head[6] = { 0xa1b23c4d, 2 | 4 << 16, 0, 0, FRAME_MAX, 101 /* raw IP */ };

	p->pcap = fopen(file, "w");
	if (!p->pcap || fwrite(head, sizeof(head), 1, p->pcap) != 1)
		err(2, "%s", file);
}
