/*
 * Options of an IPv4 header (RFC 791 §3.1, RFC 1122 §3.2.1.8, RFC 1812 §4.2.2): checked, all of
 * them, before anybody acts on any. Record route and timestamp are checked for room and alignment
 * and filled in here; source routes are ip_srr.c's to follow or to refuse.
 */
#include "net/core/byteorder.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/neighbour.h"

#define IPOPT_COPY 0x80 /* in all fragments */
#define IPOPT_RR 7
#define IPOPT_TS 68
#define IPOPT_LSRR 131
#define IPOPT_RA 148

/* The place of the next option, walked over by opt_next alone. */
struct opt_iter {
	const u8 *base;
	u32 len;    /* of all */
	u32 off;    /* of the present option */
	u32 optlen; /* of it, type and length bytes included; at least 1 */
	u32 bad;    /* where it is wrong */
};

/* 1: an option at it->off; 0: the end; -1: malformed, it->bad says where. */
static int opt_next(struct opt_iter *it)
{
	u32 room;

	it->off += it->optlen;
	room = it->len - it->off;
	if (!room || it->base[it->off] == IPOPT_END)
		return 0;
	if (it->base[it->off] == IPOPT_NOP) {
		it->optlen = 1;
		return 1;
	}
	if (room < 2) {
		it->bad = it->off;
		return -1;
	}
	it->optlen = it->base[it->off + 1];
	if (it->optlen < 2 || it->optlen > room) {
		it->bad = it->off + 1;
		return -1;
	}
	return 1;
}

/* A list of addresses with a pointer into it: record route and both source routes. -1: fine, else
 * the offset in the option. */
static int opt_check_route(const u8 *opt, u32 len)
{
	if (len < 3)
		return 1;
	if (opt[2] < IPOPT_MINOFF)
		return 2;
	if (opt[2] <= len && len - opt[2] < 3) /* a slot begins, and is cut off */
		return 2;
	return -1;
}

static int opt_check_timestamp(const u8 *opt, u32 len)
{
	u32 flags, slot;

	if (len < 4)
		return 1;
	if (opt[2] < IPOPT_MINOFF + 1)
		return 2;
	flags = opt[3] & 15;
	if (flags != 0 && flags != 1 && flags != 3)
		return 3;
	slot = flags ? 8 : 4;
	if (opt[2] <= len && len - opt[2] < slot - 1)
		return 2;
	if (opt[2] > len && opt[3] >> 4 == 15) /* RFC 791: full, and the overflow counter is too */
		return 3;
	return -1;
}

enum drop_reason ip_options_parse(const u8 *opt, u32 len, u32 *bad_offset)
{
	struct opt_iter it = { .base = opt, .len = len };
	bool source_route = false;
	int more, bad;

	while ((more = opt_next(&it)) > 0) {
		const u8 *o = it.base + it.off;

		bad = -1;
		switch (o[0]) {
		case IPOPT_LSRR:
		case IPOPT_SSRR:
			if (source_route) /* at most one (RFC 1122 §3.2.1.8) */
				bad = 0;
			else
				bad = opt_check_route(o, it.optlen);
			source_route = true;
			break;
		case IPOPT_RR:
			bad = opt_check_route(o, it.optlen);
			break;
		case IPOPT_TS:
			bad = opt_check_timestamp(o, it.optlen);
			break;
		case IPOPT_RA:
			bad = it.optlen < 4 ? 1 : -1;
			break;
		default: /* unknown: ignored (RFC 1122 §3.2.1.8) */
			break;
		}
		if (bad >= 0) {
			*bad_offset = it.off + (u32)bad;
			return DROP_IP_OPTIONS;
		}
	}
	if (more < 0) {
		*bad_offset = it.bad;
		return DROP_IP_OPTIONS;
	}
	return source_route ? DROP_IP_SOURCE_ROUTE : NR_DROP_REASONS;
}

int ip_options_srr(const u8 *opt, u32 len)
{
	struct opt_iter it = { .base = opt, .len = len };

	while (opt_next(&it) > 0) {
		if (opt[it.off] == IPOPT_LSRR || opt[it.off] == IPOPT_SSRR)
			return (int)it.off;
	}
	return -1;
}

/* ---- filled in ---- */

u32 ip_timestamp(void)
{
	return (u32)(realtime_ns() / NSEC_PER_MSEC % (86400u * 1000u));
}

static void opt_record_route(u8 *opt, u32 len, be32 addr)
{
	if (opt[2] > len)
		return; /* full */
	memcpy(opt + opt[2] - 1, &addr, 4);
	opt[2] += 4;
}

static void opt_record_timestamp(u8 *opt, u32 len, be32 addr)
{
	u32 flags = opt[3] & 15;
	u8 *slot = opt + opt[2] - 1;

	if (opt[2] > len) { /* one more whose time has no room */
		opt[3] += 0x10;
		return;
	}
	if (flags == 3) {
		be32 wanted;

		memcpy(&wanted, slot, 4);
		if (!inet_is_local(NULL, wanted))
			return;
	} else if (flags == 1) {
		memcpy(slot, &addr, 4);
	}
	put_be32(slot + (flags ? 4 : 0), ip_timestamp());
	opt[2] += flags ? 8 : 4;
}

void ip_options_record(u8 *opt, u32 len, be32 addr)
{
	struct opt_iter it = { .base = opt, .len = len };

	while (opt_next(&it) > 0) {
		u8 *o = opt + it.off;

		if (o[0] == IPOPT_RR)
			opt_record_route(o, it.optlen, addr);
		else if (o[0] == IPOPT_TS)
			opt_record_timestamp(o, it.optlen, addr);
	}
}

bool ip_options_router_alert(const u8 *opt, u32 len)
{
	struct opt_iter it = { .base = opt, .len = len };

	while (opt_next(&it) > 0) {
		if (opt[it.off] == IPOPT_RA && !get_be16(opt + it.off + 2))
			return true;
	}
	return false;
}

u32 ip_options_copied(u8 *to, const u8 *opt, u32 len)
{
	struct opt_iter it = { .base = opt, .len = len };
	u32 used = 0;

	while (opt_next(&it) > 0) {
		if (!(opt[it.off] & IPOPT_COPY))
			continue;
		memcpy(to + used, opt + it.off, it.optlen);
		used += it.optlen;
	}
	while (used % 4)
		to[used++] = IPOPT_END;
	return used;
}

be32 ip_options_for_reply(u8 *opt, u32 *len, be32 to)
{
	struct opt_iter it = { .base = opt, .len = *len };
	be32 first = to;
	u32 used = 0;

	while (opt_next(&it) > 0) {
		u8 *o = opt + it.off;

		if (o[0] == IPOPT_LSRR || o[0] == IPOPT_SSRR)
			first = ip_srr_reverse(o, to);
		else if (o[0] != IPOPT_RR && o[0] != IPOPT_TS)
			continue;
		if (o[0] == IPOPT_NOP)
			continue;
		memmove(opt + used, o, o[1]); /* behind: what follows stays where it is */
		used += opt[used + 1];
	}
	*len = ALIGN_UP(used, 4u);
	memset(opt + used, IPOPT_END, *len - used);
	return first;
}
