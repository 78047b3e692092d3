/*
 * Packet sockets (AF_PACKET): a task on the link itself. It sees frames as they come and go, beside
 * the protocols, and sends its own. Here is what packet*.c share; the rest of the socket layer
 * knows packet_create.
 */
#pragma once

#include "net/core/protocol.h"
#include "net/link/netdevice.h"
#include "net/socket/socket.h"

struct packet_member;

/* Guarded by lock_sock, but for what the bottom half looks at: that is guarded by bh-disable. */
struct packet_sock {
	struct datagram_sock dg;
	struct packet_type hook; /* bh-disable; its type is the socket's, 0: none yet */
	bool running;		 /* the hook is in the device layer's lists */
	int ifindex;		 /* bound to; 0: all devices */
	bool auxdata, origdev, ignore_outgoing;
	u32 nr_members;
	struct packet_member *members;
	u32 tp_packets, tp_drops; /* bh-disable; since PACKET_STATISTICS was read */
};

static inline struct packet_sock *packet_sk(struct sock *sk)
{
	return container_of(sk, struct packet_sock, dg.sk);
}

/* A received packet's notes in skb->cb: its name, and how much of it the filter wants. */
struct packet_skb_cb {
	struct sockaddr_ll sll;
	u32 snaplen;
};
static inline struct packet_skb_cb *PACKET_SKB_CB(struct sk_buff *skb)
{
	_Static_assert(sizeof(struct packet_skb_cb) <= sizeof(skb->cb), "cb too small");
	return (struct packet_skb_cb *)skb->cb;
}

/*
 * socket(AF_PACKET, SOCK_RAW or SOCK_DGRAM, htons(type)); as ever, @protocol is in network order.
 * -ESOCKTNOSUPPORT, -ENOBUFS. Task.
 */
int packet_create(struct socket *sock, int protocol);
void packet_init(void);						    /* boot */
void packet_event(struct net_device *dev, enum netdev_event event); /* a netdev_notifier */
void packet_proc_show(struct seq_file *s);			    /* /proc/net/packet */
void packet_diag_proc_show(struct seq_file *s);			    /* /proc/net/packet_diag */

/* packet_input.c: the hook's func (softirq), and struct proto's recvmsg (task). */
void packet_rcv(struct sk_buff *skb, struct packet_type *pt);
ssize_t packet_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);
/* packet_output.c: struct proto's sendmsg. */
ssize_t packet_sendmsg(struct sock *sk, struct msghdr *msg, size_t len);
/* packet_opt.c: struct proto's options; and the end of all memberships. Task. */
int packet_setsockopt(struct sock *sk, int level, int name, const void *val, int len);
int packet_getsockopt(struct sock *sk, int level, int name, void *val, int *len);
void packet_drop_members(struct packet_sock *po);
