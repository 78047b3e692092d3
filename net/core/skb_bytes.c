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

/* A walk over a packet's bytes. */
struct skb_walk {
	u8 *at;
	u32 left; /* of the run that @at is in */
	const struct skb_frag *next;
};

/* To byte @off, which there is. */
static inline struct skb_walk walk_from(const struct sk_buff *skb, u32 off)
{
	struct skb_walk w = { skb->data, skb_headlen(skb), skb_shinfo(skb)->frags };

	while (off >= w.left) {
		off -= w.left;
		w.at = skb_frag_data(w.next);
		w.left = w.next++->len;
	}
	w.at += off;
	w.left -= off;
	return w;
}

/* The bytes where @w stands, *@len of them at most; *@len becomes what there is in one run. */
static inline u8 *walk_look(struct skb_walk *w, u32 *len)
{
	while (!w->left) {
		w->at = skb_frag_data(w->next);
		w->left = w->next->len;
		w->next++;
	}
	*len = min(*len, w->left);
	return w->at;
}

static inline void walk_on(struct skb_walk *w, u32 len)
{
	w->at += len;
	w->left -= len;
}

/* Both. */
static inline u8 *walk_run(struct skb_walk *w, u32 *len)
{
	u8 *run = walk_look(w, len);

	walk_on(w, *len);
	return run;
}

int skb_copy_bits(const struct sk_buff *skb, u32 off, void *to, u32 len)
{
	struct skb_walk w;
	u8 *dst = to;

	if (!skb_has(skb, off, len))
		return -EFAULT;
	if (!len)
		return 0;
	net_bytes_copied += len;
	w = walk_from(skb, off);
	for (u32 n; len; dst += n, len -= n) {
		const u8 *src;

		n = len;
		src = walk_run(&w, &n);
		memcpy(dst, src, n);
	}
	return 0;
}

int skb_store_bits(struct sk_buff *skb, u32 off, const void *from, u32 len)
{
	const u8 *src = from;
	struct skb_walk w;

	if (!skb_has(skb, off, len))
		return -EFAULT;
	if (!len)
		return 0;
	net_bytes_copied += len;
	w = walk_from(skb, off);
	for (u32 n; len; src += n, len -= n) {
		u8 *dst;

		n = len;
		dst = walk_run(&w, &n);
		memcpy(dst, src, n);
	}
	return 0;
}

int skb_copy_datagram_iovec(const struct sk_buff *skb, u32 off, struct iovec *iov, u32 len)
{
	struct skb_walk w;
	int err = 0;

	if (!skb_has(skb, off, len))
		return -EFAULT;
	if (!len)
		return 0;
	net_bytes_copied += len;
	w = walk_from(skb, off);
	for (u32 n; len && !err; len -= n) {
		const u8 *src;

		n = len;
		src = walk_run(&w, &n);
		err = memcpy_toiovec(iov, src, n);
	}
	return err;
}

u32 skb_checksum(const struct sk_buff *skb, u32 off, u32 len, u32 sum)
{
	struct skb_walk w;
	u32 pos = 0;

	BUG_ON(!skb_has(skb, off, len));
	if (likely(len <= skb_headlen(skb) && off <= skb_headlen(skb) - len))
		return csum_partial(skb->data + off, len, sum);
	if (!len)
		return sum;
	w = walk_from(skb, off);
	for (u32 n; pos < len; pos += n) {
		const u8 *run;

		n = len - pos;
		run = walk_run(&w, &n);
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
	struct skb_walk w;

	if (hlen > skb->len)
		return -EINVAL;
	len = skb->len - hlen;
	if (len)
		w = walk_from(skb, hlen);
	for (u32 n; pos < len; pos += n) {
		const u8 *src;
		u8 *dst;

		n = len - pos;
		src = walk_look(&w, &n);
		dst = iov_run(&c, &n);
		walk_on(&w, n);
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
