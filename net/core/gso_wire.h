/*
 * What cutting bursts (gso.c) and joining segments (gro.c) write and compare: TCP over IPv4. Those
 * headers are net/ip's and net/transport's; here, below both, their fields are offsets (RFC 791
 * §3.1, RFC 9293 §3.1).
 */
#pragma once

#include "net/core/checksum.h"

#define IP_HLEN_MIN 20
#define IP_PLAIN 0x45 /* version 4, no options */
#define IP_AT_TOS 1
#define IP_AT_TOT_LEN 2
#define IP_AT_ID 4
#define IP_AT_FRAG 6
#define IP_FRAG_DF 0x4000
#define IP_AT_TTL 8
#define IP_AT_PROTOCOL 9
#define IP_AT_CHECK 10
#define IP_AT_SADDR 12
#define IP_AT_DADDR 16
#define PROTO_TCP 6

#define TCP_HLEN_MIN 20
#define TCP_AT_SEQ 4
#define TCP_AT_ACK_SEQ 8
#define TCP_AT_DOFF 12
#define TCP_AT_FLAGS 13
#define TCP_AT_WINDOW 14
#define TCP_AT_CHECK 16
#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_ACK 0x10
#define TCP_FLAG_ECE 0x40
#define TCP_FLAG_CWR 0x80
#define TCP_DOFF_AE 0x01 /* of the byte at TCP_AT_DOFF, RFC 9768 */

/* As it lies there. */
static inline be32 gso_load_be32(const u8 *p)
{
	be32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Of the pseudo header, as a card that completes the sum wants it. */
static inline be16 gso_pseudo_sum(const u8 *ip, u32 tcp_len)
{
	return (be16)~csum_fold(csum_tcpudp_nofold(gso_load_be32(ip + IP_AT_SADDR),
						   gso_load_be32(ip + IP_AT_DADDR), tcp_len,
						   PROTO_TCP, 0));
}
