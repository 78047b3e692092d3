/*
 * ICMP (RFC 792, 1122 §3.2.2, 1812 §4.3): answers, errors out with rate limits, errors in to the
 * sockets that caused them.
 */
#pragma once

#include "net/core/sock.h"

#define ICMP_ECHOREPLY 0
#define ICMP_DEST_UNREACH 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMPREPLY 14

#define ICMP_NET_UNREACH 0
#define ICMP_HOST_UNREACH 1
#define ICMP_PROT_UNREACH 2
#define ICMP_PORT_UNREACH 3
#define ICMP_FRAG_NEEDED 4
#define ICMP_SR_FAILED 5
#define ICMP_NET_ANO 9
#define ICMP_HOST_ANO 10
#define ICMP_PKT_FILTERED 13
#define ICMP_EXC_TTL 0
#define ICMP_EXC_FRAGTIME 1

struct icmphdr {
	u8 type;
	u8 code;
	be16 checksum;
	union {
		struct {
			be16 id, sequence;
		} echo;
		be32 gateway;
		be32 info;
	} un;
} __packed;

/* A checked message: its length is at least 8 bytes; the checksum is checked apart. */
struct icmp_view {
	u8 type, code;
	u32 info; /* the second word, host order */
};
enum drop_reason icmp_parse(const u8 *data, u32 len, struct icmp_view *v);

void icmp_rcv(struct sk_buff *skb); /* Consumes. Softirq */
/*
 * Answers @skb (its IP header at network_header) with an error, if RFC 1122 §3.2.2 and the rate
 * limits allow. @info: host order second word. Borrows. Softirq or bh off.
 */
void icmp_send(struct sk_buff *skb, u8 type, u8 code, u32 info);
extern int sysctl_errors_use_inbound_ifaddr;
/*
 * Turns the echo request in @skb (data at its ICMP header, checksum right) into the reply, and
 * sends it. Consumes. Softirq
 */
void icmp_echo_reply(struct sk_buff *skb);
/* Answers a timestamp request whose 20 bytes are there. Borrows. Softirq */
void icmp_timestamp_reply(struct sk_buff *skb);

/* True if an error message of @type may go to @daddr now; counts it then. Softirq or bh off. */
bool icmp_may_send(const struct dst_entry *dst, be32 daddr, u8 type);
/* Counts a message of @type that is sent. */
void icmp_out_count(u8 type);
void icmp_limit_init(void);
void icmp_init(void);
