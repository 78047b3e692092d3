/*
 * IGMP messages, read (RFC 2236 §2, RFC 3376 §4). What a router alone has to know - others' v3
 * reports and leaves - is recognised and not looked into.
 */
#include "net/ip/igmp.h"

#define IGMP_MINLEN 8
#define IGMPV3_QUERY_LEN 12
#define TENTH 100 /* ms */

/* RFC 3376 §4.1.1, §4.1.7: above 127 a number is mantissa and exponent. */
static u32 igmp_code(u8 code)
{
	return code < 128 ? code : (16u | (code & 15)) << ((code >> 4 & 7) + 3);
}

static enum drop_reason igmp_parse_query(const u8 *data, u32 len, struct igmp_view *v)
{
	v->max_resp = data[1] * TENTH;
	if (v->group && !ipv4_is_multicast(v->group))
		return DROP_IGMP_BAD;
	if (len == IGMP_MINLEN) {
		v->version = data[1] ? 2 : 1;
		if (!data[1])
			v->max_resp = 100 * TENTH;
		return NR_DROP_REASONS;
	}
	if (len < IGMPV3_QUERY_LEN)
		return DROP_IGMP_BAD;
	v->version = 3;
	v->max_resp = igmp_code(data[1]) * TENTH;
	v->qrv = data[8] & 7;
	v->interval = igmp_code(data[9]);
	v->nsrcs = get_be16(data + 10);
	v->srcs = data + IGMPV3_QUERY_LEN;
	if (v->nsrcs > (len - IGMPV3_QUERY_LEN) / 4 || (v->nsrcs && !v->group))
		return DROP_IGMP_BAD;
	return NR_DROP_REASONS;
}

enum drop_reason igmp_parse(const u8 *data, u32 len, struct igmp_view *v)
{
	*v = (struct igmp_view){ .version = 0 };
	if (len < IGMP_MINLEN)
		return DROP_IGMP_BAD;
	v->type = data[0];
	switch (v->type) {
	case IGMP_HOST_MEMBERSHIP_QUERY:
		v->group = htonl(get_be32(data + 4));
		return igmp_parse_query(data, len, v);
	case IGMP_HOST_MEMBERSHIP_REPORT:
	case IGMPV2_HOST_MEMBERSHIP_REPORT:
		v->group = htonl(get_be32(data + 4));
		return ipv4_is_multicast(v->group) ? NR_DROP_REASONS : DROP_IGMP_BAD;
	case IGMP_HOST_LEAVE_MESSAGE:
	case IGMPV3_HOST_MEMBERSHIP_REPORT:
		return NR_DROP_REASONS;
	default:
		return DROP_IGMP_IGNORED;
	}
}
