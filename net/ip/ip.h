/*
 * IPv4 (RFC 791, 1122): the header, its parsed view, and the way up and down through the layer.
 */
#pragma once

#include "net/core/sock.h"
#include "net/link/netdevice.h"

/* The header as it lies on the wire. */
struct iphdr {
	u8 ihl_version;
	u8 tos;
	be16 tot_len;
	be16 id;
	be16 frag_off;
	u8 ttl;
	u8 protocol;
	be16 check;
	be32 saddr;
	be32 daddr;
} __packed;

#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFSET 0x1fff
#define IPDEFTTL 64
#define IP_MAX_OPTIONS 40

static inline struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (struct iphdr *)skb_network_header(skb);
}

/* A checked header, host order where the wire has numbers. */
struct ip_view {
	u8 hlen; /* bytes, options included */
	u8 tos, ttl, protocol;
	u16 tot_len, id, frag_off; /* frag_off: flags and offset as on the wire, host order */
	be32 saddr, daddr;
};

/* ip's notes in skb->cb. */
struct ip_skb_cb {
	struct ip_view view;
	int iif; /* ifindex that it came in on */
	u8 opt_len;
	bool srr_hit; /* its source route leads on from here: to ip_srr_next */
};
static inline struct ip_skb_cb *IPCB(struct sk_buff *skb)
{
	_Static_assert(sizeof(struct ip_skb_cb) <= 40, "the transport's notes follow");
	return (struct ip_skb_cb *)skb->cb;
}

/*
 * Checks length, version, header length, checksum and total length, and fills @v.
 * DROP_NOT_SPECIFIED (== fine) is not returned: NR_DROP_REASONS means good. @len: bytes at @data.
 * Pure.
 */
enum drop_reason ip_parse(const u8 *data, u32 len, struct ip_view *v);
/*
 * The same for a header that an ICMP error quotes: the packet behind it is cut off, and routers
 * have changed its checksum. Pure.
 */
enum drop_reason ip_parse_quoted(const u8 *data, u32 len, struct ip_view *v);

/* ---- up; each consumes @skb; softirq ---- */
void ip_rcv(struct sk_buff *skb);
void ip_local_deliver(struct sk_buff *skb);
void ip_forward(struct sk_buff *skb);

/* Whose reassembly it is: pieces meet only pieces of their own user. */
enum ip_defrag_user {
	IP_DEFRAG_LOCAL_DELIVER,
	IP_DEFRAG_CALL_RA_CHAIN, /* a router's raw sockets with IP_ROUTER_ALERT */
};
/*
 * Takes a piece of a datagram, checked by ip_rcv, data at the IP header. NULL: kept, or dropped;
 * else the whole datagram, header and IPCB mended, with the route of the piece that came last.
 * Consumes. Softirq.
 */
struct sk_buff *ip_defrag_for(struct sk_buff *skb, enum ip_defrag_user user);
struct sk_buff *ip_defrag(struct sk_buff *skb); /* for local delivery */
void ip_frag_event(struct net_device *dev, enum netdev_event event);
void ip_frag_sockstat_show(struct seq_file *s); /* its line of /proc/net/sockstat */
void ip_frag_init(void);

void ip_error(struct sk_buff *skb); /* dst->input of a route that says no: answers with ICMP */

/* ---- down; softirq or bh off ---- */

/* What a transport wants of IP for one packet. */
struct ipcm_cookie {
	be32 saddr, daddr;
	u8 protocol, tos;
	u8 ttl;		       /* 0: the socket's, or the default; to a group 1 */
	bool df;	       /* ip_build_xmit sets it where IP_MTU_DISCOVER wants it */
	u16 id;		       /* 0: ip_select_ident */
	be16 dport;	       /* for error reports only */
	u8 optlen;	       /* bytes of @options, a multiple of 4 */
	const u8 *options;     /* borrowed */
	struct dst_entry *dst; /* borrowed */
};

/*
 * Sends @skb (data at the transport header, NET headroom in front): puts the IP header on, passes
 * LOCAL_OUT, dst->output. For transports that keep a route (TCP, ICMP answers). Consumes.
 */
void ip_queue_xmit(struct sk_buff *skb, const struct ipcm_cookie *ipc);

/*
 * Builds a datagram from a task's bytes: allocates (charged to @sk), lets @getfrag fill transport
 * header + payload, sends. Blocks for buffer space unless MSG_DONTWAIT. @length: transport header
 * + payload; of a socket with IP_HDRINCL the IP header too, whose total length, checksum and
 * (where zero) source and identification are then filled in. 0, or -EMSGSIZE, -EAGAIN, -ENOBUFS …
 * Task, sock not locked, bh on.
 *
 * @getfrag copies the next @len bytes to @to. What does not fit into one buffer is asked for in
 * several calls, in order; skb->dev (its features) and skb_transport_header(skb) are set from the
 * first one on. It runs with bh on and returns 0 or -errno.
 */
int ip_build_xmit(struct sock *sk, int (*getfrag)(void *arg, u8 *to, u32 len, struct sk_buff *skb),
		  void *arg, u32 length, const struct ipcm_cookie *ipc, int flags);

void ip_output(struct sk_buff *skb);	    /* dst->output of unicast and broadcast. Consumes */
void ip_finish_output(struct sk_buff *skb); /* the last step: to the neighbour. Consumes */
/*
 * Sends @skb (data at the IP header, dst set) through @output in pieces that fit its way, or drops
 * it and tells its sender, if that has forbidden it (DF). Consumes. Softirq or bh off.
 */
void ip_fragment(struct sk_buff *skb, void (*output)(struct sk_buff *));
u16 ip_select_ident(void); /* unpredictable, and none twice in 65535 (RFC 6864 §4.2) */

/* SOL_IP options of any INET sock. Task, locked; @val is kernel memory. */
int ip_setsockopt(struct sock *sk, int name, const void *val, int len);
int ip_getsockopt(struct sock *sk, int name, void *val, int *len);
/* Most options are an int; a byte will do, both ways. -EINVAL: not even that. Pure. */
int ip_opt_int(const void *val, int len, int *out);
int ip_opt_give_int(void *val, int *len, int n);
/* Control messages that the socket asked for (IP_PKTINFO, IP_RECVTTL, IP_RECVTOS). Task. */
void ip_cmsg_recv(struct sock *sk, struct sk_buff *skb, struct msghdr *msg);
/*
 * Queues an extended error (IP_RECVERR) for @sk about the packet in @skb (data at its embedded IP
 * header). Borrows.
 */
void ip_icmp_error(struct sock *sk, const struct sk_buff *skb, int err, be16 port, u8 type, u8 code,
		   u32 info);
void ip_local_error(struct sock *sk, int err, be32 daddr, be16 port, u32 info);
/* What is told of bytes that were sent (tcp_txnote.c). Bh off. */
void ip_zerocopy_done(struct sock *sk, u32 id);
/* @what: SCM_TSTAMP_*, now. @stamp: with the time; @payload: the task has asked for the bytes, too,
 * and is told that they are cut off. */
void ip_tx_stamp(struct sock *sk, u32 what, u32 id, bool stamp, bool payload);
/* recvmsg(MSG_ERRQUEUE). Task. */
ssize_t ip_recv_error(struct sock *sk, struct msghdr *msg, size_t len);
/* What errno an ICMP unreachable code stands for (RFC 1122 §4.2.3.9), and whether it is final. */
int icmp_err_convert(u8 type, u8 code, bool *fatal);

/* ---- options (RFC 791 §3.1) ---- */
#define IPOPT_END 0
#define IPOPT_NOP 1
#define IPOPT_SSRR 137
#define IPOPT_MINOFF 4 /* the least value of a pointer */

/*
 * Checks all options of a header: NR_DROP_REASONS, DROP_IP_SOURCE_ROUTE (they are good, and there
 * is one among them), or DROP_IP_OPTIONS. Pure.
 */
enum drop_reason ip_options_parse(const u8 *opt, u32 len, u32 *bad_offset);
/*
 * Adds @addr, and the time, to the record route and timestamp options among @opt, which have been
 * checked; a timestamp that asks for certain hosts gets ours only.
 */
void ip_options_record(u8 *opt, u32 len, be32 addr);
/* Do they ask routers to look closer (RFC 2113)? @opt has been checked. Pure. */
bool ip_options_router_alert(const u8 *opt, u32 len);
/*
 * Writes to @to those of the options @opt (@len bytes, checked) that each fragment bears; returns
 * how many bytes, a multiple of 4. Pure.
 */
u32 ip_options_copied(u8 *to, const u8 *opt, u32 len);
/*
 * Leaves of @opt, *@len bytes that have been checked, what belongs into an answer to @to (RFC 1122
 * §3.2.2.6): a source route is turned round. Returns whom the answer goes to first. Pure.
 */
be32 ip_options_for_reply(u8 *opt, u32 *len, be32 to);
/* Where among @opt, which have been checked, the source route is; -1: there is none. Pure. */
int ip_options_srr(const u8 *opt, u32 len);

/* ---- source routes (ip_srr.c); the options have been checked ---- */
/*
 * Decides about a packet with a source route that has been routed: refused, or goes on (skb->dst),
 * perhaps as a copy. NULL: gone, its sender has been told. Consumes. Softirq.
 */
struct sk_buff *ip_srr_rcv(struct sk_buff *skb);
bool ip_srr_strict(struct sk_buff *skb);
/* The address that @skb goes to next, and the one of ours that takes its place. Header private. */
be32 ip_srr_next(struct sk_buff *skb);
void ip_srr_sign(struct sk_buff *skb, be32 addr);
/* Turns the source route @o round, to end at @to; its first address, which leaves it. Of one that
 * has visited nobody it makes a NOP. Pure. */
be32 ip_srr_reverse(u8 *o, be32 to);
/* Of a route as tasks write it: its first address out (-EINVAL: none, or begun already) and in
 * again, and the destination in the place that is free meanwhile. Pure. */
int ip_srr_take_first(u8 *o, be32 *first);
void ip_srr_give_first(u8 *o, be32 first);
void ip_srr_put_last(u8 *o, be32 addr);

/* ---- options that tasks set (ip_sockopts.c) ---- */
struct ip_options {
	u8 len;	    /* a multiple of 4 */
	u8 srr;	    /* not 0: the source route is at this place, counted from 1 */
	be32 first; /* its first address, which is not among bytes */
	u8 bytes[IP_MAX_OPTIONS];
};
/* Checks what a task gives: -EINVAL. Pure. */
int ip_options_get(struct ip_options *o, const void *data, u32 len);
/* Where a packet with @o to @daddr goes first; notes @daddr in a source route. Pure. */
be32 ip_options_address(struct ip_options *o, be32 daddr);
/* IP_OPTIONS of a datagram's sock. Task, locked. */
int ip_options_set(struct sock *sk, const void *data, int len);
int ip_options_give(const struct sock *sk, void *val, int *len);
/* @name: IP_RECVOPTS, IP_RETOPTS. A stream has none. Task, locked. */
int ip_options_want(struct sock *sk, int name, int on);
bool ip_options_wanted(const struct sock *sk, int name);
/* IP_RECVOPTS and IP_RETOPTS about @skb, which has options. Task. */
void ip_options_cmsg(const struct sock *sk, const struct sk_buff *skb, const struct ip_view *v,
		     struct msghdr *msg);
/* Milliseconds since midnight UT, as ICMP and IP's options have it (RFC 792). */
u32 ip_timestamp(void);

void ip_ident_init(void);
void ip_init(void);
extern int sysctl_ip_forward, sysctl_ip_default_ttl;
