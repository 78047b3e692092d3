/*
 * UDP (RFC 768, 1122 §4.1), raw IP and ping sockets: their struct proto and their receivers, for
 * net_init.c's tables.
 */
#pragma once

#include "net/core/protocol.h"
#include "net/core/sock.h"

struct udphdr {
	be16 source, dest, len, check;
} __packed;

/* A checked UDP header in host order. */
struct udp_view {
	u16 source, dest, len;
	be16 check;
};
enum drop_reason udp_parse(const u8 *data, u32 len, struct udp_view *v);

extern struct proto udp_prot, raw_prot, ping_prot;

void udp_rcv(struct sk_buff *skb);
void udp_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
void udp_init(void);
bool udp_proc_walk(struct seq_file *s); /* /proc/net/udp */

/*
 * Gives a clone to each raw socket that wants it. Borrows. True if there was one. Set in net_init.c
 * as IP's raw tap.
 */
bool raw_local_deliver(struct sk_buff *skb);
bool raw_alert_wanted(const struct sk_buff *skb);
void raw_alert_deliver(struct sk_buff *skb);
void raw_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
bool raw_proc_walk(struct seq_file *s); /* /proc/net/raw */

/* Ping sockets (SOCK_DGRAM, IPPROTO_ICMP): echo replies by identifier. Borrows. */
bool ping_rcv(struct sk_buff *skb);
void ping_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
bool ping_proc_walk(struct seq_file *s); /* /proc/net/icmp */

/* For /proc: slots of either table, and @fn for what stands in one of them. Bh off. */
u32 raw_slots(void);
void raw_socks_in(u32 slot, void (*fn)(struct seq_file *s, const struct sock *sk, u32 slot),
		  struct seq_file *s);
u32 ping_slots(void);
void ping_socks_in(u32 slot, void (*fn)(struct seq_file *s, const struct sock *sk, u32 slot),
		   struct seq_file *s);
/* datagram_diag.c: what ss shows of them. */
bool udp_diag_proc_walk(struct seq_file *s); /* /proc/net/udp_diag */
bool raw_diag_proc_walk(struct seq_file *s); /* /proc/net/raw_diag: raw and ping sockets */
