/*
 * Between a task's message and the kernel: bytes along an iovec (with the checksum in the same
 * pass), control messages.
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

int memcpy_fromiovecs(void *dst, struct iovec *iov, u32 len)
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

int memcpy_toiovecs(struct iovec *iov, const void *src, u32 len)
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
