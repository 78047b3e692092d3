/*
 * The bytes of a packet, wherever they lie: copied, summed, handed to a task. Each walk takes run
 * after run - the linear part, then the fragments - and what it copies is counted, for two copies a
 * byte is all that is allowed.
 */
#include "net/core/checksum.h"
#include "net/core/skbuff.h"
#include "net/core/snmp.h"
#include "net/core/sock.h"

/* True if [@off, @off + @len) is inside. */
static bool skb_has(const struct sk_buff *skb, u32 off, u32 len)
{
	return off <= skb->len && len <= skb->len - off;
}

/* The run of bytes that begins at @off, *@len of them at most; *@len becomes what it has. */
static u8 *skb_run(const struct sk_buff *skb, u32 off, u32 *len)
{
	const struct skb_frag *f = skb_shinfo(skb)->frags;
	u32 here = skb_headlen(skb);
	u8 *data = skb->data;

	while (off >= here) {
		off -= here;
		here = f->len;
		data = skb_frag_data(f);
		f++;
	}
	*len = min(*len, here - off);
	return data + off;
}

int skb_copy_bits(const struct sk_buff *skb, u32 off, void *to, u32 len)
{
	u8 *dst = to;

	if (!skb_has(skb, off, len))
		return -EFAULT;
	net_bytes_copied += len;
	for (u32 n; len; off += n, dst += n, len -= n) {
		const u8 *src;

		n = len;
		src = skb_run(skb, off, &n);
		memcpy(dst, src, n);
	}
	return 0;
}

int skb_store_bits(struct sk_buff *skb, u32 off, const void *from, u32 len)
{
	const u8 *src = from;

	if (!skb_has(skb, off, len))
		return -EFAULT;
	net_bytes_copied += len;
	for (u32 n; len; off += n, src += n, len -= n) {
		u8 *dst;

		n = len;
		dst = skb_run(skb, off, &n);
		memcpy(dst, src, n);
	}
	return 0;
}

int skb_copy_datagram_iovec(const struct sk_buff *skb, u32 off, struct iovec *iov, u32 len)
{
	int err = 0;

	if (!skb_has(skb, off, len))
		return -EFAULT;
	net_bytes_copied += len;
	for (u32 n; len && !err; off += n, len -= n) {
		const u8 *src;

		n = len;
		src = skb_run(skb, off, &n);
		err = memcpy_toiovec(iov, src, n);
	}
	return err;
}

u32 skb_checksum(const struct sk_buff *skb, u32 off, u32 len, u32 sum)
{
	u32 pos = 0;

	BUG_ON(!skb_has(skb, off, len));
	if (likely(len <= skb_headlen(skb) && off <= skb_headlen(skb) - len))
		return csum_partial(skb->data + off, len, sum);
	for (u32 n; pos < len; pos += n) {
		const u8 *run;

		n = len - pos;
		run = skb_run(skb, off + pos, &n);
		sum = csum_block_add(sum, csum_partial(run, n, 0), pos);
	}
	return sum;
}

/* A place in a task's iovec that has not been moved yet. */
struct iov_cursor {
	const struct iovec *iov;
	size_t used; /* of *iov */
};

/* The bytes at @c, *@len of them at most; moves @c past them. */
static u8 *iov_run(struct iov_cursor *c, u32 *len)
{
	u8 *to;

	while (c->used == c->iov->iov_len) {
		c->iov++;
		c->used = 0;
	}
	to = (u8 *)c->iov->iov_base + c->used;
	if (*len > c->iov->iov_len - c->used)
		*len = (u32)(c->iov->iov_len - c->used);
	c->used += *len;
	return to;
}

static void iov_advance(struct iovec *iov, u32 len)
{
	for (; len; iov++) {
		u32 n = (u32)min((size_t)len, iov->iov_len);

		iov->iov_base = (u8 *)iov->iov_base + n;
		iov->iov_len -= n;
		len -= n;
	}
}

int skb_copy_and_csum_datagram_iovec(struct sk_buff *skb, u32 hlen, struct iovec *iov)
{
	struct iov_cursor c = { iov, 0 };
	u32 pos = 0, len, sum = skb->csum;

	if (hlen > skb->len)
		return -EINVAL;
	len = skb->len - hlen;
	for (u32 n; pos < len; pos += n) {
		const u8 *src;
		u8 *dst;

		n = len - pos;
		src = skb_run(skb, hlen + pos, &n);
		dst = iov_run(&c, &n);
		if (!access_ok(dst, n))
			return -EFAULT;
		sum = csum_block_add(sum, csum_partial_copy(src, dst, n, 0), pos);
	}
	net_bytes_copied += len;
	if (csum_fold(sum) != 0)
		return -EINVAL;
	iov_advance(iov, len);
	return 0;
}

int skb_checksum_help(struct sk_buff *skb)
{
	u32 start = (u32)(skb->head + skb->csum_start - skb->data);
	u32 store = start + skb->csum_offset;
	be16 sum;

	if (start > skb->len || !skb_has(skb, store, sizeof(sum)))
		return -EINVAL;
	sum = csum_fold(skb_checksum(skb, start, skb->len - start, 0));
	if (sum == 0)
		sum = 0xffff; /* the same number, and for UDP not "no checksum" (RFC 768) */
	skb_store_bits(skb, store, &sum, sizeof(sum));
	skb->ip_summed = CHECKSUM_NONE;
	return 0;
}
