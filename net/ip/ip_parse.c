/*
 * The one reader of IPv4 headers (RFC 791 §3.1): bytes in, a checked struct ip_view out.
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/ip/ip.h"

/* What holds for every header, whole packet or not. */
static enum drop_reason ip_parse_header(const u8 *data, u32 len, struct ip_view *v)
{
	const struct iphdr *iph = (const struct iphdr *)data;

	if (len < sizeof(*iph))
		return DROP_IP_TOO_SHORT;
	if (iph->ihl_version >> 4 != 4)
		return DROP_IP_VERSION;
	v->hlen = (u8)((iph->ihl_version & 15) * 4);
	if (v->hlen < sizeof(*iph))
		return DROP_IP_HEADER_LEN;
	if (v->hlen > len)
		return DROP_IP_TOO_SHORT;
	v->tos = iph->tos;
	v->ttl = iph->ttl;
	v->protocol = iph->protocol;
	v->tot_len = get_be16(&iph->tot_len);
	v->id = get_be16(&iph->id);
	v->frag_off = get_be16(&iph->frag_off);
	memcpy(&v->saddr, &iph->saddr, sizeof(v->saddr));
	memcpy(&v->daddr, &iph->daddr, sizeof(v->daddr));
	return NR_DROP_REASONS;
}

enum drop_reason ip_parse(const u8 *data, u32 len, struct ip_view *v)
{
	enum drop_reason bad = ip_parse_header(data, len, v);

	if (bad != NR_DROP_REASONS)
		return bad;
	if (ip_fast_csum(data, v->hlen / 4))
		return DROP_IP_CSUM;
	if (v->tot_len < v->hlen)
		return DROP_IP_TOTAL_LEN;
	if (v->tot_len > len)
		return DROP_IP_TRUNCATED;
	return NR_DROP_REASONS;
}

enum drop_reason ip_parse_quoted(const u8 *data, u32 len, struct ip_view *v)
{
	enum drop_reason bad = ip_parse_header(data, len, v);

	if (bad == NR_DROP_REASONS && v->tot_len < v->hlen)
		bad = DROP_IP_TOTAL_LEN;
	return bad;
}
