/*
 * Between a task's message and the kernel: bytes along an iovec (with the checksum in the same
 * pass), control messages, timestamps.
 */
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/core/sock.h"

/* ---- iovecs: used-up entries have length 0, so each call begins again at the first ---- */

/* The next contiguous stretch of at most @len bytes of *@iov, taken off it. */
static u32 iovec_take(struct iovec **iov, u32 len, u8 **base)
{
	while ((*iov)->iov_len == 0)
		(*iov)++;
	len = (u32)min((size_t)len, (*iov)->iov_len);
	*base = (*iov)->iov_base;
	(*iov)->iov_base = *base + len;
	(*iov)->iov_len -= len;
	return len;
}

int memcpy_fromiovec(void *dst, struct iovec *iov, u32 len)
{
	u8 *to = dst, *base;

	net_bytes_copied += len;
	while (len) {
		u32 n = iovec_take(&iov, len, &base);

		if (copy_from_user(to, base, n))
			return -EFAULT;
		to += n;
		len -= n;
	}
	return 0;
}

/* Its callers count what they copy (skb_copy_datagram_iovec). */
int memcpy_toiovec(struct iovec *iov, const void *src, u32 len)
{
	const u8 *from = src;
	u8 *base;

	while (len) {
		u32 n = iovec_take(&iov, len, &base);

		if (copy_to_user(base, from, n))
			return -EFAULT;
		from += n;
		len -= n;
	}
	return 0;
}

int csum_copy_fromiovec(void *dst, struct iovec *iov, u32 len, u32 *csum)
{
	u32 done = 0;
	u8 *base;

	net_bytes_copied += len;
	while (done < len) {
		u32 n = iovec_take(&iov, len - done, &base);

		if (!access_ok(base, n))
			return -EFAULT;
		*csum = csum_block_add(*csum, csum_partial_copy(base, (u8 *)dst + done, n, 0),
				       done);
		done += n;
	}
	return 0;
}

/* ---- control messages ---- */

void put_cmsg(struct msghdr *msg, int level, int type, const void *data, u32 len)
{
	struct cmsghdr hdr = { .cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type };
	size_t space;

	if (!msg->msg_control || msg->msg_controllen < sizeof(hdr)) {
		msg->msg_flags |= MSG_CTRUNC;
		return;
	}
	if (hdr.cmsg_len > msg->msg_controllen) {
		msg->msg_flags |= MSG_CTRUNC;
		hdr.cmsg_len = msg->msg_controllen;
	}
	if (copy_to_user(msg->msg_control, &hdr, sizeof(hdr)) ||
	    copy_to_user(CMSG_DATA(msg->msg_control), data, hdr.cmsg_len - sizeof(hdr)))
		return;
	space = min(CMSG_SPACE((size_t)len), msg->msg_controllen);
	msg->msg_control = (u8 *)msg->msg_control + space;
	msg->msg_controllen -= space;
}

/* ---- timestamps ---- */

static struct timeval stamp_to_timeval(u64 stamp)
{
	u64 real = realtime_ns() - (ktime_ns() - stamp);

	return (struct timeval){ .tv_sec = (time_t)(real / NSEC_PER_SEC),
				 .tv_usec = (suseconds_t)(real % NSEC_PER_SEC / NSEC_PER_USEC) };
}

void sock_recv_timestamp(struct sock *sk, const struct sk_buff *skb, struct msghdr *msg)
{
	struct datagram_sock *dg = datagram_sk(sk);
	struct timeval tv;

	dg->stamp = skb->tstamp ? skb->tstamp : ktime_ns();
	if (likely(!sock_flag(sk, SOCK_RCVTSTAMP)))
		return;
	tv = stamp_to_timeval(dg->stamp);
	put_cmsg(msg, SOL_SOCKET, SCM_TIMESTAMP, &tv, sizeof(tv));
}

int sock_get_timestamp(struct sock *sk, void *user_timeval)
{
	struct timeval tv;

	if (sk->type == SOCK_STREAM || !datagram_sk(sk)->stamp)
		return -ENOENT;
	tv = stamp_to_timeval(datagram_sk(sk)->stamp);
	return copy_to_user(user_timeval, &tv, sizeof(tv));
}
