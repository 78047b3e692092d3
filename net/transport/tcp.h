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
#define TCPHDR_DOFF_AE 0x01 /* of doff: accurate ECN's, RFC 9768 §3.1 */

#define TCP_MIN_HEADER 20
#define TCP_MAX_HEADER 60

/* Option kinds, and the length byte where it is fixed. */
#define TCPOPT_EOL 0
#define TCPOPT_NOP 1
#define TCPOPT_MSS 2 /* RFC 9293 §3.7.1 */
#define TCPOLEN_MSS 4
#define TCPOPT_WINDOW 3 /* RFC 7323 §2.2 */
#define TCPOLEN_WINDOW 3
#define TCPOPT_SACK_PERM 4 /* RFC 2018 §2 */
#define TCPOLEN_SACK_PERM 2
#define TCPOPT_SACK 5 /* RFC 2018 §3 */
#define TCPOLEN_SACK_BASE 2
#define TCPOLEN_SACK_PERBLOCK 8
#define TCPOPT_TIMESTAMP 8 /* RFC 7323 §3.2 */
#define TCPOLEN_TIMESTAMP 10
#define TCPOLEN_TSTAMP_ALIGNED 12 /* with two NOPs */
#define TCPOPT_MD5SIG 19	  /* RFC 2385 */
#define TCPOPT_USER_TIMEOUT 28	  /* RFC 5482 §3 */
#define TCPOLEN_USER_TIMEOUT 4
#define TCPOPT_FASTOPEN 34 /* RFC 7413 §4.1.1 */
#define TCPOLEN_FASTOPEN_BASE 2
#define TCPOPT_ACCECN0 172 /* RFC 9768 §3.2.3: ECT(0), CE, ECT(1) */
#define TCPOPT_ACCECN1 174 /* ECT(1), CE, ECT(0) */
#define TCPOLEN_ACCECN_BASE 2
#define TCPOLEN_ACCECN_PERFIELD 3
#define TCPOPT_EXP 254 /* RFC 6994, for experiments: an identifier of two bytes follows */
#define TCPOPT_FASTOPEN_MAGIC 0xF989
#define TCPOLEN_EXP_FASTOPEN_BASE 4

extern struct proto tcp_prot;

/* net_init.c's tables. Softirq. rcv consumes, err borrows. */
void tcp_v4_rcv(struct sk_buff *skb);
void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
/* Tables, caches, memory bounds by RAM, sysctls. Boot only. */
void tcp_init(void);

bool tcp_proc_walk(struct seq_file *s); /* /proc/net/tcp, Linux's columns */
/* /proc/net/tcp_diag: ss -tinpo's source, a line a connection */
bool tcp_diag_proc_walk(struct seq_file *s);
/* Writing to it: "LOCAL:PORT PEER:PORT" is ended. -EINVAL, -ENOENT. Task. tcp_diag_kill.c */
ssize_t tcp_diag_proc_write(char *text, size_t len);
void tcp_metrics_proc_show(
	struct seq_file *s); /* /proc/net/tcp_metrics: what is remembered of destinations */
