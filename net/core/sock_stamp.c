/*
 * When a packet came: taken at netif_rx while some socket wants to know (SO_TIMESTAMP and its kin,
 * packet sockets), told with the packet or, by ioctl, of the last one that was read.
 */
#include "net/core/sock.h"

u32 net_timestamps;

void net_enable_timestamp(void)
{
	net_timestamps++;
}

void net_disable_timestamp(void)
{
	BUG_ON(!net_timestamps);
	net_timestamps--;
}

/* Streams have no packets to tell of. */
void sock_set_timestamping(struct sock *sk, bool on, bool ns)
{
	if (on != sock_flag(sk, SOCK_RCVTSTAMP) && sk->type != SOCK_STREAM) {
		if (on)
			net_enable_timestamp();
		else
			net_disable_timestamp();
	}
	sock_set_flag(sk, SOCK_RCVTSTAMP, on);
	sock_set_flag(sk, SOCK_RCVTSTAMPNS, on && ns);
}

static struct timespec stamp_to_timespec(u64 stamp)
{
	u64 real = realtime_ns() - (ktime_ns() - stamp);

	return (struct timespec){ .tv_sec = (time_t)(real / NSEC_PER_SEC),
				  .tv_nsec = (long)(real % NSEC_PER_SEC) };
}

static struct timeval stamp_to_timeval(u64 stamp)
{
	struct timespec ts = stamp_to_timespec(stamp);

	return (struct timeval){ .tv_sec = ts.tv_sec,
				 .tv_usec = (suseconds_t)((u64)ts.tv_nsec / NSEC_PER_USEC) };
}

void put_cmsg_timestamping(struct msghdr *msg, u64 stamp)
{
	const struct timespec ts[3] = { stamp_to_timespec(stamp) };

	put_cmsg(msg, SOL_SOCKET, SCM_TIMESTAMPING, ts, sizeof(ts));
}

void sock_recv_timestamp(struct sock *sk, const struct sk_buff *skb, struct msghdr *msg)
{
	struct datagram_sock *dg = datagram_sk(sk);
	struct timespec ts;
	struct timeval tv;

	dg->stamp = skb->tstamp ? skb->tstamp : ktime_ns();
	if (likely(!sock_flag(sk, SOCK_RCVTSTAMP)))
		return;
	if (sock_flag(sk, SOCK_RCVTSTAMPNS)) {
		ts = stamp_to_timespec(dg->stamp);
		put_cmsg(msg, SOL_SOCKET, SCM_TIMESTAMPNS, &ts, sizeof(ts));
	} else {
		tv = stamp_to_timeval(dg->stamp);
		put_cmsg(msg, SOL_SOCKET, SCM_TIMESTAMP, &tv, sizeof(tv));
	}
}

int sock_stamp_ioctl(struct sock *sk, u32 cmd, void *arg)
{
	struct timespec ts;
	struct timeval tv;

	if (cmd != SIOCGSTAMP && cmd != SIOCGSTAMPNS)
		return -ENOTTY;
	if (sk->type == SOCK_STREAM || !datagram_sk(sk)->stamp)
		return -ENOENT;
	if (cmd == SIOCGSTAMPNS) {
		ts = stamp_to_timespec(datagram_sk(sk)->stamp);
		return copy_to_user(arg, &ts, sizeof(ts));
	}
	tv = stamp_to_timeval(datagram_sk(sk)->stamp);
	return copy_to_user(arg, &tv, sizeof(tv));
}
