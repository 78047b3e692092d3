/*
 * The task's side of a connection: struct proto's operations beside opening and closing.
 *
 *   tcp_sendmsg.c  the task's bytes into write_queue       tcp_recvmsg.c  and out of receive_queue
 *   tcp_poll.c     readiness                    tcp_sockopt.c, tcp_getsockopt.c  its options
 *   tcp_info.c     struct tcp_info              tcp_proc.c, tcp_diag.c  /proc/net/tcp, tcp_diag
 */
#pragma once

#include "net/transport/tcp_sock.h"

/*
 * Fast open, client: the message of a sendmsg, while its connect runs. tcp_connect puts what fits
 * of it into the SYN (tcp_copy_from_task) and says so in @copied.
 */
struct tcp_fastopen_request {
	const struct sock *sk;
	struct msghdr *msg;
	size_t size, copied;
};
/* That of @sk's sendmsg; NULL: it is a connect() that connects. Task, locked, bh off. */
struct tcp_fastopen_request *tcp_fastopen_request(const struct sock *sk);

/*
 * Appends up to @len of the task's bytes to @skb (of write_queue or about to be): sequence numbers
 * and accounting are the caller's. Bytes, less than @len when no fragment or buffer is left;
 * -EFAULT, -ENOBUFS: not even one. Task.
 */
ssize_t tcp_copy_from_task(struct sk_buff *skb, struct msghdr *msg, u32 len);

/*
 * The room behind the last fragment, in its buffer. The bytes there are nobody else's: packets
 * that have been cut off share the buffer in front of this fragment's end, never behind.
 */
static inline u32 tcp_frag_room(const struct skb_frag *f)
{
	const u8 *data = skb_frag_data(f), *end = data + f->len;
	const u8 *buf = (const u8 *)ALIGN_DOWN((uintptr_t)data, SKB_BUF_SIZE);

	/* A head buffer's end is its shared part. The head may be another's, who was cut. */
	return (u32)(buf + (skb_buf_is_head(buf) ? SKB_MAX_LINEAR : SKB_BUF_SIZE) - end);
}

/* Not locked; they sleep. See sock.h. */
ssize_t tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len);
ssize_t tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);
u32 tcp_poll(struct sock *sk, struct poll_table *pt);
int tcp_ioctl(struct sock *sk, u32 cmd, void *arg); /* SIOCINQ, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD */
int tcp_setsockopt(struct sock *sk, int level, int name, const void *val, int len);
int tcp_getsockopt(struct sock *sk, int level, int name, void *val, int *len);

/* Are there @target bytes to read, or no more to be expected until some are read? */
bool tcp_epollin_ready(const struct sock *sk, u32 target);
/* SO_KEEPALIVE, SO_RCVLOWAT: struct proto. Task, locked. */
void tcp_keepalive_set(struct sock *sk, bool on);
int tcp_set_rcvlowat(struct sock *sk, int val);

/* ---- what is shown: tcp_info.c. Locked, or bh off ---- */

void tcp_get_info(struct sock *sk, struct tcp_info *info);
u64 tcp_delivery_rate(const struct tcp_sock *tp); /* bytes/s; 0: no sample yet */
u64 tcp_chrono_us(const struct tcp_sock *tp, enum tcp_chrono type);
/* "tr" of /proc/net/tcp: the timer that will fire, and when. */
enum tcp_timer_shown {
	TCP_SHOW_NONE,
	TCP_SHOW_RETRANS,
	TCP_SHOW_KEEPALIVE,
	TCP_SHOW_TIMEWAIT,
	TCP_SHOW_PROBE,
};
enum tcp_timer_shown tcp_timer_active(const struct tcp_sock *tp, u64 *expires);
/* TCP's line of /proc/net/sockstat: struct proto. */
void tcp_sockstat_show(struct seq_file *s);

/* ---- room to write: tcp_mem.c. Softirq rules, or task, locked, bh off ---- */

/* struct proto's write_space: wakes writers that found no room (SOCK_NOSPACE), when a third is
 * free. */
void tcp_write_space(struct sock *sk);
/* Something has left the send queues: a larger SO_SNDBUF if that is due, and tcp_write_space. */
void tcp_check_space(struct sock *sk);
/* Is a third of SO_SNDBUF free? What poll says. */
bool tcp_stream_is_writeable(const struct sock *sk);
/* Grows sk.sndbuf with the congestion window, up to tcp_wmem[2]. */
void tcp_sndbuf_expand(struct sock *sk);
/*
 * May the send queues take one more buffer? Under pressure each sock has its share: peers that do
 * not read must not keep all others from sending. Who has nothing queued may use the reserve.
 */
bool tcp_wmem_may_grow(const struct tcp_sock *tp);
/* The same for the out-of-order queue. */
bool tcp_ooo_may_grow(const struct sock *sk);
/* No buffer was to be had: shrinks SO_SNDBUF to about what is queued. */
void tcp_moderate_sndbuf(struct sock *sk);
