/*
 * The options that ping can put into the IP header - record route (-R), timestamps (-T), a loose
 * source route (hosts before the target) - and those that answers come back with (RFC 791 §3.1).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ping.h"

#define OPT_END 0
#define OPT_NOP 1
#define OPT_RR 7
#define OPT_TS 68
#define OPT_LSRR 131
#define OPT_SSRR 137
#define FIRST_SLOT 4 /* where a pointer begins */

/* ---- out ---- */

bool ping_option_ts(struct ping *p, const char *name)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = { { "tsonly", 0 }, { "tsandaddr", 1 }, { "tsprespec", 3 } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!strcmp(name, kinds[i].name)) {
			p->timestamps = kinds[i].flag;
			return true;
		}
	}
	app_error("ping", "invalid timestamp type: %s", name);
	return false;
}

static int build_timestamps(const struct ping *p, uint8_t *o)
{
	int len = p->timestamps == 0 ? 40 : 36;

	if (p->timestamps == 3) {
		len = 4 + p->nr_hops * 8;
		for (int i = 0; i < p->nr_hops; i++)
			memcpy(o + 4 + i * 8, &p->hops[i], 4);
	}
	o[0] = OPT_TS;
	o[1] = (uint8_t)len;
	o[2] = FIRST_SLOT + 1;
	o[3] = (uint8_t)p->timestamps;
	return len;
}

static int build_source_route(const struct ping *p, uint8_t *o)
{
	o[0] = OPT_NOP;
	o[1] = p->dont_route ? OPT_SSRR : OPT_LSRR;
	o[2] = (uint8_t)(3 + p->nr_hops * 4);
	o[3] = FIRST_SLOT;
	memcpy(o + 4, p->hops, (size_t)p->nr_hops * 4);
	return 4 + p->nr_hops * 4;
}

bool ping_set_options(struct ping *p)
{
	uint8_t o[40] = { OPT_NOP, OPT_RR, 39, FIRST_SLOT };
	int len = 0, one = 1;

	if (p->record_route)
		len = sizeof(o);
	else if (p->timestamps >= 0)
		len = build_timestamps(p, memset(o, 0, sizeof(o)));
	else if (p->nr_hops)
		len = build_source_route(p, o);
	if (!len)
		return true;
	p->option_len = sizeof(o); /* as it is announced */
	setsockopt(p->fd, SOL_IP, IP_RECVOPTS, &one, sizeof(one));
	if (!setsockopt(p->fd, SOL_IP, IP_OPTIONS, o, (socklen_t)len))
		return true;
	app_perror("ping", p->record_route ? "record route" : "IP_OPTIONS");
	return false;
}

/* ---- in ---- */

static void print_address(const uint8_t *at)
{
	char text[INET_ADDRSTRLEN];
	in_addr_t addr;

	memcpy(&addr, at, 4);
	printf("\t%s", inaddr_str(addr, text));
}

/* @n addresses, a line each. */
static void print_route(const char *title, const uint8_t *list, int n)
{
	printf("\n%s: ", title);
	for (int i = 0; i < n; i++) {
		print_address(list + i * 4);
		putchar('\n');
	}
}

/* Absolute first, then the difference to the one before. */
static void print_time(uint32_t value, bool *known, uint32_t *last)
{
	if (value >> 31) {
		printf("\t%u not-standard", value & 0x7fffffff);
	} else if (!*known) {
		printf("\t%u absolute", value);
		*known = true;
		*last = value;
	} else {
		printf("\t%d", (int)(value - *last));
		*last = value;
	}
	putchar('\n');
}

static void print_timestamps(const uint8_t *o, int len)
{
	bool with_address = (o[3] & 15) != 0, known = false;
	int slot = with_address ? 8 : 4, end = o[2] - 1 < len ? o[2] - 1 : len;
	uint32_t last = 0;

	if (end < 4 + slot)
		return;
	printf("\nTS: ");
	for (int at = 4; at + slot <= end; at += slot) {
		const uint8_t *t = o + at + slot - 4;

		if (with_address)
			print_address(o + at);
		print_time((uint32_t)t[0] << 24 | t[1] << 16 | t[2] << 8 | t[3], &known, &last);
	}
	if (o[3] >> 4)
		printf("Unrecorded hops: %d\n", o[3] >> 4);
}

static void print_recorded(struct ping *p, const uint8_t *o, int len)
{
	int used = (o[2] - FIRST_SLOT) / 4, room = (len - 3) / 4;

	used = used < room ? used : room;
	if (used <= 0)
		return;
	if (used == p->nr_last_route && !p->flood &&
	    !memcmp(p->last_route, o + 3, (size_t)used * 4)) {
		printf("\t(same route)");
		return;
	}
	p->nr_last_route = used;
	memcpy(p->last_route, o + 3, (size_t)used * 4);
	print_route("RR", o + 3, used);
}

static void print_option(struct ping *p, const uint8_t *o, int len)
{
	switch (o[0]) {
	case OPT_RR:
		if (len >= 3)
			print_recorded(p, o, len);
		break;
	case OPT_TS:
		if (len >= 4)
			print_timestamps(o, len);
		break;
	case OPT_LSRR:
	case OPT_SSRR:
		print_route(o[0] == OPT_LSRR ? "LSRR" : "SSRR", o + 3, (len - 3) / 4);
		break;
	default:
		printf("\nunknown option %x", o[0]);
	}
}

void ping_print_options(struct ping *p, const struct ping_event *e)
{
	const uint8_t *o = e->options;
	int left = (int)e->options_len;

	while (left > 0 && *o != OPT_END) {
		int len = *o == OPT_NOP ? 1 : left > 1 ? o[1] : 0;

		if (len < 1 || len > left || (len < 2 && *o != OPT_NOP))
			return;
		if (*o == OPT_NOP)
			printf("\nNOP");
		else
			print_option(p, o, len);
		o += len;
		left -= len;
	}
}
