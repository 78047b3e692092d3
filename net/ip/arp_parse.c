/*
 * The only reader of ARP's wire bytes (RFC 826):
 *
 *   0 hardware type | 2 protocol type | 4 lengths 6, 4 | 6 operation | 8 sender MAC | 14 sender IP
 * | 18 target MAC | 24 target IP
 */
#include "net/core/byteorder.h"
#include "net/ip/arp_private.h"
#include "net/ip/inet_addr.h"

/* Addresses that no sender has; 0.0.0.0 is a probe's. */
static bool arp_sender_valid(const struct arp_view *v)
{
	return is_valid_ether_addr(v->sha) && !ipv4_is_multicast(v->sip) &&
	       !ipv4_is_badclass(v->sip) && !ipv4_is_loopback(v->sip) &&
	       (!v->sip || !ipv4_is_zeronet(v->sip));
}

enum drop_reason arp_parse(const u8 *data, u32 len, struct arp_view *v)
{
	if (len < ARP_LEN)
		return DROP_ARP_BAD;
	if (get_be16(data) != ARPHRD_ETHER || get_be16(data + 2) != ETH_P_IP ||
	    data[4] != ETH_ALEN || data[5] != 4)
		return DROP_ARP_BAD;
	v->op = get_be16(data + 6);
	if (v->op != ARPOP_REQUEST && v->op != ARPOP_REPLY)
		return DROP_ARP_IGNORED; /* RARP and others share the format */
	memcpy(v->sha, data + 8, ETH_ALEN);
	memcpy(&v->sip, data + 14, 4);
	memcpy(v->tha, data + 18, ETH_ALEN);
	memcpy(&v->tip, data + 24, 4);
	if (!arp_sender_valid(v) || ipv4_is_multicast(v->tip) || ipv4_is_loopback(v->tip))
		return DROP_ARP_BAD;
	return NR_DROP_REASONS;
}
