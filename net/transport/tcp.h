/*
 * TCP (RFC 9293): what the rest of the stack sees of it - the protocol's tables and entry points -
 * and the header as it lies on the wire. Inside, the parts meet in tcp_sock.h.
 */
#pragma once

#include "net/core/protocol.h"
#include "net/core/sock.h"

struct tcphdr {
	be16 source, dest;
	be32 seq, ack_seq;
	u8 doff; /* high four bits: 32-bit words of header; low: reserved and AE */
	u8 flags;
	be16 window, check, urg_ptr;
} __packed;

#define TCPHDR_FIN 0x01
#define TCPHDR_SYN 0x02
#define TCPHDR_RST 0x04
#define TCPHDR_PSH 0x08
#define TCPHDR_ACK 0x10
#define TCPHDR_URG 0x20
#define TCPHDR_ECE 0x40
#define TCPHDR_CWR 0x80

#define TCP_MIN_HEADER 20
#define TCP_MAX_HEADER 60

extern struct proto tcp_prot;

/* net_init.c's tables. Softirq. rcv consumes, err borrows. */
void tcp_v4_rcv(struct sk_buff *skb);
void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
/* Tables, caches, memory bounds by RAM, sysctls. Boot only. */
void tcp_init(void);

void tcp_proc_show(struct seq_file *s); /* /proc/net/tcp, Linux's columns */
void tcp_diag_proc_show(
	struct seq_file *s); /* /proc/net/tcp_diag: ss -tinpo's source, a line a connection */
void tcp_metrics_proc_show(
	struct seq_file *s); /* /proc/net/tcp_metrics: what is remembered of destinations */
