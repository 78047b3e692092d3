/*
 * INET sock: the half of a socket that the protocols see, and the operations (struct proto) by
 * which the socket layer reaches a transport that it does not know. A task that works on a sock
 * holds it (lock_sock); a packet that comes meanwhile waits in sk->backlog and is replayed by
 * release_sock - the rule of Linux 2.4.
 */
#pragma once

#include <abi/in.h>
#include <abi/poll.h>
#include <abi/socket.h>
#include <abi/tcp.h> /* the states, which other socks and /proc have, too */

#include "net/core/skbuff.h"
#include "net/core/snmp.h"

struct socket;
struct sock;
struct ip_mc_member;

struct proto {
	const char *name;	  /* "UDP": /proc/net/protocols */
	u32 obj_size;		  /* bytes of the transport's sock, struct sock first */
	u32 max_socks;		  /* bound; 0: none */
	struct kmem_cache *cache; /* made by proto_register */
	struct proto *next;	  /* in proto_list; proto_register */
	/* Bytes in all receive queues, and their bound (0: none); bh-disabled. */
	u64 rmem_alloc, rmem_max;

	/* Task, sock locked unless said otherwise. Return 0, bytes, or -errno. */
	int (*init)(struct sock *sk);
	/*
	 * Not locked; the task is done with it: drops the task's reference. May sleep for
	 * sk->linger, which is off where it must not.
	 */
	void (*close)(struct sock *sk);
	int (*bind)(struct sock *sk, const struct sockaddr *addr, int len);
	/*
	 * Datagrams: sets the peer. Streams: starts only, and never sleeps: 0: sk->state is
	 * TCP_SYN_SENT, and when it changes sk_state_change is called, with TCP_CLOSE and sk->err
	 * if it came to nothing; 1: put off until the first sendmsg. A sendmsg with MSG_FASTOPEN
	 * does its connect and the wait itself. @flags: O_NONBLOCK.
	 */
	int (*connect)(struct sock *sk, const struct sockaddr *addr, int len, int flags);
	/* Back to TCP_CLOSE, without peer; a connection is aborted. */
	int (*disconnect)(struct sock *sk);
	/* @sk has a port. Again on a listener: the new @backlog. */
	int (*listen)(struct sock *sk, int backlog);
	/*
	 * Never sleeps: the next connection (type, protocol, family set, no socket; the reference
	 * passes to the caller), or NULL: *@err is -EAGAIN, or -EINVAL if @sk does not listen. One
	 * that comes later calls sk_data_ready, once each.
	 */
	struct sock *(*accept)(struct sock *sk, int flags, int *err);
	/* @bits: RCV_SHUTDOWN, SEND_SHUTDOWN, already in sk->shutdown. */
	int (*shutdown)(struct sock *sk, int bits);
	int (*ioctl)(struct sock *sk, u32 cmd, void *arg); /* not locked */
	/* @val is kernel memory. @level SOL_SOCKET too, for what sock_setsockopt does not know. */
	int (*setsockopt)(struct sock *sk, int level, int name, const void *val, int len);
	int (*getsockopt)(struct sock *sk, int level, int name, void *val, int *len);
	/* SO_KEEPALIVE is about to change; SO_RCVLOWAT as it was given. May be NULL. */
	void (*keepalive)(struct sock *sk, bool on);
	int (*set_rcvlowat)(struct sock *sk, int val);
	void (*sockstat)(struct seq_file *s); /* its line of /proc/net/sockstat; NULL: the usual */
	/* Not locked, for they sleep. @msg: the kernel's copy; iov points at the task's bytes. */
	ssize_t (*sendmsg)(struct sock *sk, struct msghdr *msg, size_t len);
	ssize_t (*recvmsg)(struct sock *sk, struct msghdr *msg, size_t len, int flags);
	/* Not locked; names sk->wq, and no other queue, to @pt. NULL: datagram_poll. */
	u32 (*poll)(struct sock *sk, struct poll_table *pt);
	/* Binds @port (host order), 0: any; -EADDRINUSE. Bh off. NULL: it has no ports. */
	int (*get_port)(struct sock *sk, u16 port);
	void (*unhash)(struct sock *sk);
	/* sk_write_space, where half of sndbuf free is not the measure. NULL: it is. Bh off. */
	void (*write_space)(struct sock *sk);
	/* A full queue of ours drops @skb, before the card has seen it. Borrows. Bh off. May be
	 * NULL. */
	void (*tx_refused)(struct sock *sk, const struct sk_buff *skb);
	/* Consumes @skb. Softirq rules (bh off). */
	void (*backlog_rcv)(struct sock *sk, struct sk_buff *skb);
	/* release_sock, after the backlog: what timers left for later. Bh off. May be NULL. */
	void (*release_cb)(struct sock *sk);
};

/* Makes the cache of @prot and lists it. Boot only. */
void proto_register(struct proto *prot);
extern struct proto *proto_list;
void protocols_proc_show(struct seq_file *s); /* /proc/net/protocols */

#define SOCK_MIN_RCVBUF 2304
#define SOCK_MIN_SNDBUF 4608

enum sock_flag {
	SOCK_DEAD,
	SOCK_BROADCAST,
	SOCK_RCVTSTAMP,
	SOCK_RCVTSTAMPNS, /* the same, in nanoseconds */
	SOCK_KEEPOPEN,
	SOCK_NOCHECK,
	SOCK_DONTROUTE,
	SOCK_OOBINLINE,
	SOCK_DBG,
	SOCK_DONE, /* streams: the peer has closed; nothing more will come, whatever sk->err says */
	SOCK_FILTERED,	    /* net/core/filter.h has a program for it */
	SOCK_FILTER_LOCKED, /* and keeps it */
	SOCK_NOSPACE,	    /* streams: a writer waits for room, or was told that there is none */
	SOCK_RARE,	    /* net/core/sock_rare.h has something for it */
	SOCK_FREEBIND,	    /* IP_FREEBIND: bind() to an address that is not here (yet) */
	SOCK_BIND_NO_PORT,  /* IP_BIND_ADDRESS_NO_PORT: port 0 is left to connect() */
};

/*
 * Small, for a server has very many: what only datagrams need is struct datagram_sock's. Bit fields
 * are the task's alone, under lock_sock.
 */
struct sock {
	/* identity; guarded by bh-disable while hashed */
	be32 daddr, rcv_saddr; /* peer; bound to (0: any) */
	be32 saddr;	       /* what we send from */
	be16 dport;
	u16 num; /* local port, host order */
	be16 sport;
	u8 state; /* TCP_ESTABLISHED, TCP_CLOSE … */
	u8 protocol;
	u8 family, type;
	bool reuse : 1, reuseport : 1;
	/* By bind(), not by connect() or the first packet: they outlive disconnect. */
	bool bound_addr : 1, bound_port : 1;
	bool sndbuf_locked : 1, rcvbuf_locked : 1; /* SO_SNDBUF, SO_RCVBUF: it keeps what it is */
	bool hdrincl : 1;			   /* raw: the task writes the IP headers */
	bool defer_connect : 1; /* streams: SYN_SENT without a SYN, which waits for the first send
				 */
	u8 shutdown;		/* RCV_SHUTDOWN | SEND_SHUTDOWN */
	struct hlist_node node; /* in the protocol's table */
	struct hlist_node bind_node;
	int bound_dev_if;

	/* references: table, socket, timers, packets that point here; bh-disabled */
	u32 refs;
	struct proto *prot;
	struct socket *socket; /* NULL: orphan */
	int owner;	       /* pid of the task that made or accepted it, for ss -p */
	u16 flags;	       /* bit per sock_flag */

	/* lock_sock; guarded by bh-disable */
	struct {
		bool owned;
	} lock;

	/* IP; the transport and ip/ip_sockglue.c */
	u8 tos;
	s16 ttl; /* -1: default */
	u8 mc_ttl;
	u8 pmtudisc : 3; /* IP_PMTUDISC_* */
	bool mc_loop : 1, recverr : 1, recv_pktinfo : 1, recv_ttl : 1, recv_tos : 1;

	/* queues and their bounds, in bytes of truesize; guarded by bh-disable */
	u32 backlog_len; /* bounded with rmem by rcvbuf */
	struct skb_list backlog, error_queue;
	struct sk_buff_head receive_queue;
	u32 rmem_alloc, wmem_alloc;
	u32 rcvbuf, sndbuf;
	u32 drops;

	/* the task's side */
	u32 rcvlowat;
	struct wait_queue wq; /* sleepers: readers, writers, poll */
	s16 err, err_soft;
	struct {
		u32 l_onoff : 1, l_linger : 31; /* seconds */
	} linger;
	u32 rcvtimeo, sndtimeo; /* ms; SOCK_NO_TIMEO */
	u32 priority, mark;
	struct dst_entry *dst_cache; /* connected: the route; a reference */
};
_Static_assert(sizeof(struct sock) <= 224, "fifty thousand of them are to fit");

/* The sock of a transport of datagrams; guarded by lock_sock. */
struct datagram_sock {
	struct sock sk;
	u64 stamp; /* skb->tstamp of what was read last; 0: nothing yet */
	int mc_index;
	be32 mc_addr;
	struct ip_mc_member *mc_list; /* groups joined; bh-disable; ip_mc_drop_socket at close */
	bool mc_joined_only; /* IP_MULTICAST_ALL is off: no groups that others have joined */
	bool recv_opts, recv_retopts; /* IP_RECVOPTS, IP_RETOPTS */
	struct ip_options *options;   /* IP_OPTIONS, NULL: none; ip_sockopts.c */
};

static inline struct datagram_sock *datagram_sk(const struct sock *sk)
{
	BUG_ON(sk->type == SOCK_STREAM);
	return container_of(sk, struct datagram_sock, sk);
}

#define RCV_SHUTDOWN 1
#define SEND_SHUTDOWN 2

static inline bool sock_flag(const struct sock *sk, enum sock_flag flag)
{
	return (sk->flags >> flag) & 1;
}

static inline void sock_set_flag(struct sock *sk, enum sock_flag flag, bool on)
{
	sk->flags = (u16)(on ? sk->flags | 1u << flag : sk->flags & ~(1u << flag));
}

/*
 * A sock with one reference and the defaults of sysctl net.core; NULL: no memory or the bound is
 * reached. Task.
 */
struct sock *sk_alloc(struct proto *prot, u16 family);
void sock_hold(struct sock *sk);
/* Drops a reference; the last one purges the queues and frees. Any context but hardirq. */
void sock_put(struct sock *sk);

/*
 * Holds and gives back @sk. lock_sock sleeps while another task has it. release_sock replays the
 * backlog. Task.
 */
void lock_sock(struct sock *sk);
void release_sock(struct sock *sk);
/* The backlog to the protocol, without giving @sk back. Task, locked, bh off. */
void sock_replay_backlog(struct sock *sk);
/* From softirq: true if a task has it, then the packet goes to sk_add_backlog. */
static inline bool sock_owned_by_user(const struct sock *sk)
{
	return sk->lock.owned;
}
/* Consumes @skb; over the bound it is dropped (SOCKET_RCVBUF) and -ENOBUFS returned. Softirq. */
int sk_add_backlog(struct sock *sk, struct sk_buff *skb);

/*
 * Charges @skb to @sk's receive memory, queues it (without its route), and calls sk_data_ready.
 * Consumes @skb. Over rcvbuf: -ENOMEM, over the protocol's rmem_max: -ENOBUFS; dropped and counted.
 * Softirq or bh off.
 */
int sock_queue_rcv_skb(struct sock *sk, struct sk_buff *skb);
/* The same for the error queue (bounded alike). */
int sock_queue_err_skb(struct sock *sk, struct sk_buff *skb);
/* Charges @skb to the sender's memory; its destructor gives it back and calls sk_write_space. */
void skb_set_owner_w(struct sk_buff *skb, struct sock *sk);
void skb_set_owner_r(struct sk_buff *skb, struct sock *sk);

#define SOCK_NO_TIMEO UINT32_MAX
/* When a call that may wait @timeo ms (sk->rcvtimeo, sk->sndtimeo) must give up. */
static inline u64 sock_deadline(u32 timeo)
{
	return timeo == SOCK_NO_TIMEO ? WAIT_FOREVER : ktime_ns() + timeo * NSEC_PER_MSEC;
}

/*
 * Waits until the sender's memory has room (SO_SNDTIMEO, MSG_DONTWAIT); 0, -EAGAIN, -EINTR, -EPIPE
 * or the socket's error. Task.
 */
int sock_wait_for_wmem(struct sock *sk, bool nonblock);
/*
 * Takes the next packet (MSG_PEEK: a clone of it, charged to nobody), sleeping as the flags and
 * SO_RCVTIMEO say. NULL: *@err. The caller owns the result. Task, sock not locked.
 */
struct sk_buff *skb_recv_datagram(struct sock *sk, int flags, int *err);

/* Ends a packet of skb_recv_datagram that was delivered, or (@reason) was not. Consumes. Task. */
void skb_free_datagram(struct sk_buff *skb);
void skb_kill_datagram(struct sk_buff *skb, enum drop_reason reason);

/*
 * What a protocol says to whoever waits for @sk: something to read, or a connection to accept;
 * room to write; another state, or an end; an error. Softirq or bh off.
 */
void sk_data_ready(struct sock *sk);
void sk_write_space(struct sock *sk);
void sk_state_change(struct sock *sk);
void sk_error_report(struct sock *sk);

/* The pending error as a negative errno, cleared; 0: none. Task or softirq. */
int sock_error(struct sock *sk);
u32 datagram_poll(struct sock *sk, struct poll_table *pt);
/* SOL_SOCKET. @val is kernel memory. -ENOPROTOOPT for what it does not know. Task, locked. */
int sock_setsockopt(struct sock *sk, int name, const void *val, int len);
int sock_getsockopt(struct sock *sk, int name, void *val, int *len);
/*
 * Appends one control message to @msg's control buffer (the task's memory); MSG_CTRUNC if it is
 * full. Task.
 */
void put_cmsg(struct msghdr *msg, int level, int type, const void *data, u32 len);

/* SO_TIMESTAMP, SO_TIMESTAMPNS (@ns): the one replaces the other. Task, locked. */
void sock_set_timestamping(struct sock *sk, bool on, bool ns);
/* Notes when @skb came, for SIOCGSTAMP, and tells of it if SO_TIMESTAMP asks. Task. */
void put_cmsg_timestamping(struct msghdr *msg, u64 stamp); /* SCM_TIMESTAMPING. Task */
void sock_recv_timestamp(struct sock *sk, const struct sk_buff *skb, struct msghdr *msg);
/* SIOCGSTAMP, SIOCGSTAMPNS. -ENOENT: nothing read yet; -ENOTTY: another @cmd. Task. */
int sock_stamp_ioctl(struct sock *sk, u32 cmd, void *arg);

/*
 * A getsockopt's answer: @size bytes at @src, cut to *@len, which becomes what was copied. Returns
 * 0.
 */
int sock_opt_give(void *val, int *len, const void *src, int size);

/* net.core.{rmem,wmem}_{default,max}, for new sockets and for SO_RCVBUF/SO_SNDBUF. */
extern int sysctl_rmem_default, sysctl_rmem_max, sysctl_wmem_default, sysctl_wmem_max;
/*
 * net.ipv4.ip_no_pmtu_disc: 0: sockets find out their paths' MTUs; else new ones do not, and of a
 * path that says it is smaller the least is believed (1), nothing (2), or what TCP has checked (3).
 */
extern int sysctl_ip_no_pmtu_disc;
extern int sysctl_somaxconn; /* net.core.somaxconn: the longest queue that listen() grants */

/*
 * Copies between the task and the kernel, advancing @iov (kernel's copy of the array). 0 or
 * -EFAULT. Task.
 */
int memcpy_fromiovecs(void *dst, struct iovec *iov, u32 len);
int memcpy_toiovecs(struct iovec *iov, const void *src, u32 len);

/* All in the first piece, which is the rule, is done without a call. */
static inline bool iovec_holds(const struct iovec *iov, u32 len)
{
	return len && iov->iov_len >= len;
}

static inline u8 *iovec_take_all(struct iovec *iov, u32 len)
{
	u8 *base = iov->iov_base;

	iov->iov_base = base + len;
	iov->iov_len -= len;
	return base;
}

static inline int memcpy_fromiovec(void *dst, struct iovec *iov, u32 len)
{
	if (unlikely(!iovec_holds(iov, len)))
		return memcpy_fromiovecs(dst, iov, len);
	net_bytes_copied += len;
	return copy_from_user(dst, iovec_take_all(iov, len), len);
}

/* Its callers count what they copy (skb_copy_datagram_iovec). */
static inline int memcpy_toiovec(struct iovec *iov, const void *src, u32 len)
{
	if (unlikely(!iovec_holds(iov, len)))
		return memcpy_toiovecs(iov, src, len);
	return copy_to_user(iovec_take_all(iov, len), src, len);
}
/* From the task with the checksum in the same pass: adds to *@csum. */
int csum_copy_fromiovec(void *dst, struct iovec *iov, u32 len, u32 *csum);
