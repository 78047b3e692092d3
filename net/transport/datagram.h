/*
 * What UDP, raw and ping sockets have in common: addresses, the way out, ICMP errors, the name and
 * the ends of a message.
 */
#pragma once

#include "net/core/sock.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"

/* The transport's notes in skb->cb of a received datagram, behind ip's. */
struct datagram_skb_cb {
	be16 sport;
};
static inline struct datagram_skb_cb *DATAGRAM_CB(struct sk_buff *skb)
{
	return (struct datagram_skb_cb *)(skb->cb + 40);
}

/*
 * Where one message goes, and with what: from its name, its control messages, the socket, and
 * routing.
 */
struct datagram_out {
	struct ipcm_cookie ipc;
	be16 dport;
	bool connected; /* to the socket's peer: its cached route serves */
	int oif;
	be32 peer;		   /* ipc.daddr, or what a source route ends at */
	struct rtable *rt;	   /* a reference; ipc.dst is the same */
	struct ip_options options; /* ipc.options points to their bytes */
};

/*
 * Fills @out for @msg and finds the route; @need_port: a destination port of 0 is wrong.
 * -EDESTADDRREQ, -EAFNOSUPPORT, -EINVAL, -EACCES (broadcast without SO_BROADCAST), or routing's
 * error. On 0 end it with datagram_done. Task, not locked.
 */
int datagram_prepare(struct sock *sk, const struct msghdr *msg, bool need_port,
		     struct datagram_out *out);
void datagram_done(struct datagram_out *out);

/* struct proto operations, or parts of them. */
int datagram_bind(struct sock *sk, const struct sockaddr *addr, int len);
int datagram_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags);
int datagram_disconnect(struct sock *sk);
void datagram_close(struct sock *sk);
int datagram_setsockopt(struct sock *sk, int level, int name, const void *val, int len);
int datagram_getsockopt(struct sock *sk, int level, int name, void *val, int *len);

/*
 * recvmsg of a protocol without ports, whose packets come checked: all of the packet from data on.
 * Task, not locked.
 */
ssize_t datagram_recv_plain(struct sock *sk, struct msghdr *msg, size_t len, int flags);
/* SIOCOUTQ and FIONREAD (length of the next packet). */
int datagram_ioctl(struct sock *sk, u32 cmd, void *arg);
/* Tells @msg who sent it. Task. */
void datagram_recv_name(struct msghdr *msg, be32 addr, be16 port);

/*
 * An ICMP error about a packet that @sk sent to @port (its embedded IP header at @skb's data)
 * becomes the socket's error: always queued with IP_RECVERR; else only where it is hard and the
 * socket is connected. Borrows. Softirq.
 */
void datagram_err(struct sock *sk, const struct sk_buff *skb, be16 port, u8 type, u8 code,
		  u32 info);

/* One line's common part of /proc/net/{udp,raw,icmp}. */
void datagram_proc_line(struct seq_file *s, const struct sock *sk, u32 bucket, int width, int pad);
/* The title of these files, padded to @pad columns like the lines. */
void datagram_proc_title(struct seq_file *s, int indent, int pad);

/*
 * A local port at random for @sk (RFC 6056 §3.3.1), for which @busy says no; -EADDRINUSE: there is
 * none. Bh off.
 */
int inet_pick_port(struct sock *sk, bool (*busy)(struct sock *sk, u16 port));
/* Is it one of net.ipv4.ip_local_reserved_ports, to be had only by its number? */
bool inet_port_reserved(u16 port);
extern const struct ctl_entry reserved_ports_sysctl;
/*
 * net.ipv4: the ports of inet_pick_port, both included; and leave to bind to addresses that are not
 * ours.
 */
/* The ports that @sk may be given without asking for one: *@low, and how many. */
u32 local_port_range(const struct sock *sk, u32 *low);

extern int sysctl_ip_local_port_range[2], sysctl_ip_nonlocal_bind;
