/* What UDP's own files share: udp.c (the task's side), udp_input.c, udp_output.c. */
#pragma once

#include "net/core/sock.h"

/*
 * True if the checksum is right or need not be looked at; sums over the packet at most once. Any
 * context.
 */
bool udp_csum_ok(struct sk_buff *skb);
/* Drops and counts a packet whose checksum is wrong. Consumes. Softirq or bh off. */
void udp_drop_csum(struct sk_buff *skb);
/* struct proto's: the end of the way up. Consumes. Softirq or bh off. */
void udp_backlog_rcv(struct sock *sk, struct sk_buff *skb);
ssize_t udp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len);
